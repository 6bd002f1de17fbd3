package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/poll"
	"parley.example/parley/internal/stix"
)

// feedCmd is about what this node fetches from, and pushes to, by itself.
type feedCmd struct {
	Add    feedAdd    `cmd:"" help:"Fetch from a collection or a file again and again, or push to a collection."`
	List   feedList   `cmd:"" help:"List the feeds, and how the last poll of each ended."`
	Poll   feedPoll   `cmd:"" help:"Poll a feed now, from where the last poll ended."`
	Remove feedRemove `cmd:"" help:"Forget a feed and its place; what it brought stays."`
}

type feedAdd struct {
	Name       string        `arg:"" help:"The feed's name."`
	URL        string        `arg:"" help:"A collection of a TAXII 2.1 server (.../collections/ID/), with --kind misp the folder of a MISP feed, with --kind http the file."`
	Kind       string        `default:"taxii" enum:"taxii,misp,http" help:"taxii, misp: a MISP feed, or http: a file of a web server."`
	User       string        `placeholder:"NAME" help:"The user name; without one the secret is a bearer token."`
	SecretFile string        `type:"existingfile" placeholder:"FILE" help:"Its first line is the password or token; read at each poll."`
	Cert       string        `name:"certificate" type:"existingfile" placeholder:"FILE" help:"Our certificate, PEM."`
	Key        string        `type:"existingfile" placeholder:"FILE" help:"The certificate's key, PEM."`
	CA         string        `name:"ca" type:"existingfile" placeholder:"FILE" help:"Who signs the server's certificate, PEM; default: whom the system trusts."`
	Every      time.Duration `default:"15m" placeholder:"TIME" help:"How often, from 1m to 168h."`
	Type       []string      `placeholder:"TYPE" help:"Only objects of this type, such as indicator; may be given again."`
	From       string        `placeholder:"TIME" help:"Only what was added after this time, RFC 3339."`
	Format     string        `placeholder:"WORD" help:"Of a file: stix, misp, csaf, csv or list; default: as it looks."`
	Marking    string        `placeholder:"TLP" help:"Mark what it brings at least so."`
	Label      []string      `placeholder:"LABEL" help:"What it brings is found by this label too; with --push: only what has one of these. May be given again."`
	Push       bool          `help:"Push ours there, in place of fetching."`
	TLP        string        `placeholder:"TLP" help:"With --push: the strictest marking that goes out."`
	Own        bool          `help:"With --push: our own objects."`
	Agreement  []string      `short:"a" placeholder:"AGREEMENT" help:"With --push: what came and went under this agreement; may be given again."`
}

func (a *feedAdd) Run(c *Context) error {
	in := feedIn{Name: a.Name, Agreements: a.Agreement, TLP: a.TLP, Marking: a.Marking, From: a.From,
		Feed: poll.Feed{Kind: a.Kind, URL: a.URL, User: a.User, Every: a.Every, Types: a.Type, Format: a.Format, Labels: a.Label, Push: a.Push, Own: a.Own}}
	for _, f := range []struct {
		from string
		to   *string
	}{{a.SecretFile, &in.Feed.SecretFile}, {a.Cert, &in.Feed.CertFile}, {a.Key, &in.Feed.KeyFile}, {a.CA, &in.Feed.CAFile}} {
		if f.from == "" {
			continue
		}
		abs, err := filepath.Abs(f.from)
		if err != nil {
			return err
		}
		*f.to = abs
	}
	if err := c.Call("feed.add", in, nil); err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "%s added: due at once where the node serves\n", printable(a.Name))
	return nil
}

type feedList struct{}

func (feedList) Run(c *Context) error {
	var rows []feedRow
	if err := c.Call("feed.list", ctl.None{}, &rows); err != nil {
		return err
	}
	return c.Data(rows, func(w io.Writer) {
		table := make([][]string, 0, len(rows))
		for _, r := range rows {
			way, state := "in", "-"
			if r.Feed.Push {
				way = "out"
			}
			if r.State != "" {
				state = strings.TrimPrefix(r.State, "feed "+r.Name+": ")
			}
			table = append(table, []string{r.Name, way, r.Feed.URL, r.Feed.Every.String(), strconv.FormatInt(r.Objects, 10), stamp(r.Last), stamp(r.Due), state})
		}
		columns(w, []string{"NAME", "WAY", "FROM OR TO", "EVERY", "OBJECTS", "LAST (UTC)", "DUE (UTC)", "TROUBLE"}, table)
	})
}

type feedPoll struct {
	Name string `arg:"" help:"The feed."`
}

func (p *feedPoll) Run(c *Context) error {
	var rep poll.Report
	if err := c.Call("feed.poll", named{Name: p.Name}, &rep); err != nil {
		return err
	}
	return c.Data(rep, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s on %s, %d new, %d not taken\n", printable(rep.Name), count(rep.Objects, "object"), count(rep.Pages, "page"), rep.New, rep.Failed)
		for _, s := range rep.Reasons {
			fmt.Fprintf(w, "  %s\n", printable(s))
		}
	})
}

type feedRemove struct {
	Name string `arg:"" help:"The feed."`
}

func (r *feedRemove) Run(c *Context) error {
	if err := c.Call("feed.remove", named{Name: r.Name}, nil); err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "%s removed\n", printable(r.Name))
	return nil
}

// feedIn is a feed as a command describes it.
type feedIn struct {
	Name       string    `json:"name"`
	Feed       poll.Feed `json:"feed"`
	TLP        string    `json:"tlp,omitempty"`
	Marking    string    `json:"marking,omitempty"`
	From       string    `json:"from,omitempty"`
	Agreements []string  `json:"agreements,omitempty"`
}

type feedRow struct {
	Name    string    `json:"name"`
	Feed    poll.Feed `json:"feed"`
	Due     time.Time `json:"due"`
	Last    time.Time `json:"last,omitzero"`
	State   string    `json:"trouble,omitempty"`
	Objects int64     `json:"objects"`
}

// feedTable is the feeds' part of the calls.
func (h *house) feedTable() ctl.Table {
	return ctl.Table{
		"feed.add": ctl.Handle(h.feedAdd),
		"feed.list": ctl.Handle(func(ctx context.Context, _ ctl.None) ([]feedRow, error) {
			list, err := h.poller.List(ctx)
			rows := make([]feedRow, len(list))
			for i, l := range list {
				rows[i] = feedRow{Name: l.Name, Feed: l.Feed, Due: l.Due, Last: l.Last, State: l.State, Objects: l.Objects}
			}
			return rows, err
		}),
		"feed.poll": ctl.Handle(func(ctx context.Context, in named) (poll.Report, error) { return h.poller.Poll(ctx, in.Name) }),
		"feed.remove": ctl.Handle(func(ctx context.Context, in named) (ctl.None, error) {
			return ctl.None{}, h.poller.Remove(ctx, in.Name)
		}),
	}
}

// feedFindings are the feeds that failed the last time they were tried.
func (h *house) feedFindings(ctx context.Context) (found []node.Finding, err error) {
	list, err := h.poller.List(ctx)
	for _, l := range list {
		if l.State != "" {
			found = append(found, node.Finding{Name: "feed " + l.Name, State: node.FindingWarn, Value: strings.TrimPrefix(l.State, "feed "+l.Name+": "), Hint: "it is tried again; `parley feed poll " + l.Name + "` tries now"})
		}
	}
	return found, err
}

func (h *house) feedAdd(ctx context.Context, in feedIn) (ctl.None, error) {
	f := in.Feed
	f.Name = in.Name
	for _, word := range []struct {
		text string
		to   *stix.TLP
	}{{in.TLP, &f.TLP}, {in.Marking, &f.Marking}} {
		if word.text == "" {
			continue
		}
		t, ok := stix.ParseTLP(word.text)
		if !ok {
			return ctl.None{}, parley.E(parley.Invalid, "%.40q: want clear, green, amber, amber+strict or red", word.text)
		}
		*word.to = t
	}
	if in.From != "" {
		t, err := time.Parse(time.RFC3339, strings.ToUpper(in.From))
		if err != nil {
			return ctl.None{}, parley.E(parley.Invalid, "%.40q: want a time such as 2026-11-22T12:00:00Z", in.From)
		}
		f.From = t.UTC()
	}
	for _, name := range in.Agreements {
		l, err := h.node.Line(name)
		if err != nil {
			return ctl.None{}, err
		}
		f.Agreements = append(f.Agreements, l.ID())
	}
	return ctl.None{}, h.poller.Add(ctx, f)
}
