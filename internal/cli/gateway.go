package cli

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/taxii"
)

// gatewayCmd is about the tools of this organisation.
type gatewayCmd struct {
	Client gatewayClientCmd `cmd:"" help:"The tools that may enter, and what each may see and do."`
	Status gatewayStatus    `cmd:"" help:"Show where tools reach the gateway, who came, and the collections that a client sees."`
}

type gatewayClientCmd struct {
	Add    clientAdd    `cmd:"" help:"Let a tool in; prints its token, once."`
	List   clientList   `cmd:"" help:"List the tools."`
	Revoke clientRevoke `cmd:"" help:"Keep a tool out, from its next request on."`
}

type clientAdd struct {
	Name        string   `arg:"" help:"The tool's name, such as misp; also its user name."`
	TLP         string   `required:"" placeholder:"TLP" help:"The strictest marking that it may see: clear, green, amber, amber+strict or red."`
	Own         bool     `help:"It sees our own objects."`
	Agreement   []string `short:"a" placeholder:"AGREEMENT" help:"It sees what came and went under this agreement; may be given again."`
	Party       []string `placeholder:"PARTY" help:"It sees what came and went under every agreement with this party; may be given again."`
	Write       bool     `help:"It may write objects of our own."`
	Delete      bool     `help:"It may take away what it wrote; needs --write."`
	Certificate string   `type:"existingfile" placeholder:"FILE" help:"PEM; the tool is known by the key of this certificate, and gets no token unless --token is given too."`
	Token       bool     `help:"Give a token beside the certificate."`
}

// Run sends what the command says; the node finds the agreements.
func (a *clientAdd) Run(c *Context) error {
	in := clientIn{Name: a.Name, TLP: a.TLP, Own: a.Own, Agreements: a.Agreement, Parties: a.Party, Write: a.Write, Delete: a.Delete, Token: a.Token || a.Certificate == ""}
	if a.Certificate != "" {
		cert, err := readCertificate(a.Certificate)
		if err != nil {
			return err
		}
		pin := gateway.Pin(cert)
		in.Pin = pin[:]
	}
	var out clientOut
	if err := c.Call("gateway.client.add", in, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) {
		clientTable(w, []clientRow{out.Client})
		if out.Token != "" {
			fmt.Fprintf(w, "token: %s\n", out.Token)
			c.Say("the token is shown this once; the node keeps only its hash")
		}
	})
}

func readCertificate(name string) (*x509.Certificate, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, parley.E(parley.Invalid, "%s: want a PEM block CERTIFICATE", name)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, parley.E(parley.Invalid, "%s: want an X.509 certificate: %w", name, err)
	}
	return cert, nil
}

type clientList struct{}

func (clientList) Run(c *Context) error {
	var rows []clientRow
	if err := c.Call("gateway.client.list", ctl.None{}, &rows); err != nil {
		return err
	}
	return c.Data(rows, func(w io.Writer) { clientTable(w, rows) })
}

type clientRevoke struct {
	Name string `arg:"" help:"The tool."`
}

func (r *clientRevoke) Run(c *Context) error {
	if err := c.Call("gateway.client.revoke", named{Name: r.Name}, nil); err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "%s revoked\n", printable(r.Name))
	return nil
}

type gatewayStatus struct {
	Client string `short:"c" placeholder:"NAME" help:"The collections that this tool sees."`
}

func (s *gatewayStatus) Run(c *Context) error {
	var out gatewayOut
	if err := c.Call("gateway.status", named{Name: s.Client}, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) {
		switch {
		case out.Listen == "":
			fmt.Fprintln(w, "no gateway: gateway.listen in parley.toml is empty")
		case !out.Serving:
			fmt.Fprintf(w, "gateway at %s, once the node serves\n", printable(out.TAXII))
		default:
			fmt.Fprintf(w, "gateway at %s\n", printable(out.TAXII))
		}
		clientTable(w, out.Clients)
		if len(out.Collections) > 0 {
			fmt.Fprintln(w)
			rows := make([][]string, 0, len(out.Collections))
			for _, s := range out.Collections {
				may := "read"
				switch {
				case s.CanWrite && s.CanRead:
					may = "read write"
				case s.CanWrite:
					may = "write"
				}
				rows = append(rows, []string{s.ID, may, s.Title, printable(cmp.Or(s.Source, "-"))})
			}
			columns(w, []string{"COLLECTION", "MAY", "TITLE", "SOURCE"}, rows)
		}
	})
}

// clientIn is a tool as a command describes it.
type clientIn struct {
	Name       string   `json:"name"`
	TLP        string   `json:"tlp"`
	Own        bool     `json:"own,omitempty"`
	Agreements []string `json:"agreements,omitempty"`
	Parties    []string `json:"parties,omitempty"`
	Write      bool     `json:"write,omitempty"`
	Delete     bool     `json:"delete,omitempty"`
	Pin        []byte   `json:"pin,omitempty"`
	Token      bool     `json:"token,omitempty"`
}

type clientOut struct {
	Client clientRow `json:"client"`
	Token  string    `json:"token,omitempty"`
}

// clientRow is a tool as people see it.
type clientRow struct {
	Name       string        `json:"name"`
	TLP        string        `json:"tlp"`
	Own        bool          `json:"own"`
	Agreements []parley.Hash `json:"agreements,omitempty"`
	Write      bool          `json:"write"`
	Delete     bool          `json:"delete"`
	By         string        `json:"by"` // token, certificate, or both
	Added      time.Time     `json:"added"`
	Seen       time.Time     `json:"seen,omitzero"`
	Revoked    time.Time     `json:"revoked,omitzero"`
}

type gatewayOut struct {
	Listen      string      `json:"listen"`
	Serving     bool        `json:"serving"`
	TAXII       string      `json:"taxii,omitempty"`
	Clients     []clientRow `json:"clients"`
	Collections []shelf     `json:"collections,omitempty"`
}

// shelf is a collection as a client sees it, and what people here call its source.
type shelf struct {
	taxii.Collection
	Source string `json:"source,omitempty"`
}

// gatewayTable is the gateway's part of the calls.
func (h *house) gatewayTable() ctl.Table {
	return ctl.Table{
		"gateway.client.add":  ctl.Handle(h.clientAdd),
		"gateway.client.list": ctl.Handle(func(ctx context.Context, _ ctl.None) ([]clientRow, error) { return h.clientRows(ctx) }),
		"gateway.client.revoke": ctl.Handle(func(ctx context.Context, in named) (ctl.None, error) {
			return ctl.None{}, h.clients.Revoke(ctx, in.Name)
		}),
		"gateway.status": ctl.Handle(h.gatewayStatus),
	}
}

func (h *house) clientAdd(ctx context.Context, in clientIn) (clientOut, error) {
	tlp, ok := stix.ParseTLP(in.TLP)
	if !ok {
		return clientOut{}, parley.E(parley.Invalid, "%.40q: want clear, green, amber, amber+strict or red", in.TLP)
	}
	who := gateway.Client{Name: in.Name, Delete: in.Delete, Token: in.Token, Pin: in.Pin, Clearance: intel.Clearance{TLP: tlp, Own: in.Own, Write: in.Write}}
	for _, name := range in.Agreements {
		l, err := h.node.Line(name)
		if err != nil {
			return clientOut{}, err
		}
		who.Clearance.Agreements = append(who.Clearance.Agreements, l.ID())
	}
	for _, p := range in.Parties {
		found := false
		for _, l := range h.node.Lines() {
			a, err := l.Text()
			if err != nil {
				return clientOut{}, err
			}
			if _, ok := a.Party(parley.Party(p)); ok && parley.Party(p) != l.Us() {
				who.Clearance.Agreements, found = append(who.Clearance.Agreements, l.ID()), true
			}
		}
		if !found {
			return clientOut{}, parley.E(parley.NotFound, "there is no agreement with %.150s in force here", p).WithHint("`parley agreement status` lists what is signed")
		}
	}
	slices.SortFunc(who.Clearance.Agreements, func(a, b parley.Hash) int { return slices.Compare(a[:], b[:]) })
	who.Clearance.Agreements = slices.Compact(who.Clearance.Agreements)
	who, token, err := h.clients.Add(ctx, who)
	return clientOut{clientRowOf(who), token}, err
}

func (h *house) clientRows(ctx context.Context) ([]clientRow, error) {
	list, err := h.clients.List(ctx)
	rows := make([]clientRow, len(list))
	for i, c := range list {
		rows[i] = clientRowOf(c)
	}
	return rows, err
}

func clientRowOf(c gateway.Client) clientRow {
	by := "token"
	switch {
	case c.Pin != nil && c.Token:
		by = "token, certificate"
	case c.Pin != nil:
		by = "certificate"
	}
	return clientRow{Name: c.Name, TLP: c.Clearance.TLP.String(), Own: c.Clearance.Own, Agreements: c.Clearance.Agreements, Write: c.Clearance.Write, Delete: c.Delete,
		By: by, Added: c.Added, Seen: c.Seen, Revoked: c.Revoked}
}

func (h *house) gatewayStatus(ctx context.Context, in named) (gatewayOut, error) {
	g := h.settings.Gateway
	out := gatewayOut{Listen: g.Listen, Serving: h.serving, TAXII: gatewayURL(g) + taxii.Prefix}
	list, err := h.clients.List(ctx)
	if err != nil {
		return out, err
	}
	for _, c := range list {
		out.Clients = append(out.Clients, clientRowOf(c))
		if c.Name == in.Name {
			all, err := h.shelves().Of(ctx, c)
			if err != nil {
				return out, err
			}
			for _, one := range all {
				out.Collections = append(out.Collections, shelf{one, one.Source.Name})
			}
		}
	}
	if in.Name != "" && out.Collections == nil && !slices.ContainsFunc(list, func(c gateway.Client) bool { return c.Name == in.Name }) {
		return out, parley.E(parley.NotFound, "there is no client %.80q", in.Name).WithHint("`parley gateway client list` shows them")
	}
	return out, nil
}

func clientTable(w io.Writer, list []clientRow) {
	rows := make([][]string, 0, len(list))
	for _, c := range list {
		var sees, may []string
		if c.Own {
			sees = append(sees, "own")
		}
		for _, a := range c.Agreements {
			sees = append(sees, a.String()[:12])
		}
		if c.Write {
			may = append(may, "write")
		}
		if c.Delete {
			may = append(may, "delete")
		}
		seen := stamp(c.Seen)
		if !c.Revoked.IsZero() {
			seen = "revoked " + stamp(c.Revoked)
		}
		rows = append(rows, []string{c.Name, c.TLP, dash(sees), dash(may), c.By, stamp(c.Added), seen})
	}
	columns(w, []string{"NAME", "UP TO", "SEES", "MAY", "BY", "ADDED (UTC)", "LAST SEEN"}, rows)
}

func dash(words []string) string {
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, " ")
}
