package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"parley.example/parley"
	"parley.example/parley/internal/officer"
)

// officerCmd is about the people of this node.
type officerCmd struct {
	Add        officerAdd        `cmd:"" help:"Let a person log in to the desk and act for bodies of this party."`
	List       officerList       `cmd:"" help:"List the officers."`
	Remove     officerRemove     `cmd:"" help:"Remove an officer, end their sessions and their watch."`
	Passphrase officerPassphrase `cmd:"" help:"Give an officer a new passphrase, and end their sessions."`
}

type officerAdd struct {
	Name string   `arg:"" help:"How the officer logs in, such as anna; it never leaves this node."`
	Body []string `short:"b" required:"" placeholder:"BODY" help:"A body to act for, such as aster.example/cert; may be given again."`
	Role []string `short:"r" placeholder:"ROLE" help:"send, release, override or admin; may be given again. Without one: read, and acknowledge."`
	passphraseFlag
}

func (o *officerAdd) Run(c *Context) error {
	passphrase, err := o.read(c)
	if err != nil {
		return err
	}
	var who officer.Officer
	if err := c.Call("officer.add", officer.AddRequest{Name: o.Name, Passphrase: passphrase, Bodies: o.Body, Roles: o.Role}, &who); err != nil {
		return err
	}
	return c.Data(who, func(w io.Writer) { officerTable(w, []officer.Officer{who}) })
}

// officerAdd adds an officer who acts for bodies that this party has, once an
// agreement says which: a slip of the pen would make an officer who sees nothing.
func (h *house) officerAdd(ctx context.Context, in officer.AddRequest) (officer.Officer, error) {
	var ours []parley.Body
	for _, l := range h.node.Lines() {
		a, err := l.Text()
		if err != nil {
			return officer.Officer{}, err
		}
		if p, ok := a.Party(l.Us()); ok {
			for i := range p.Bodies {
				ours = append(ours, p.Bodies[i].Name)
			}
		}
	}
	for _, b := range in.Bodies {
		if len(ours) > 0 && !slices.Contains(ours, parley.Body(b)) {
			slices.Sort(ours)
			return officer.Officer{}, parley.E(parley.Invalid, "%.150s is no body of ours", b).WithHint("we have: %s", bodies(slices.Compact(ours)))
		}
	}
	return h.officers.Add(ctx, in)
}

// mayOverride is Forbidden where the named officer may not decide what the node
// will not decide by itself.
func (h *house) mayOverride(ctx context.Context, name string) error {
	if name == "" {
		return parley.E(parley.Invalid, "an override is an officer's decision: want a name")
	}
	who, err := h.officers.Find(ctx, name)
	if err != nil {
		return err
	}
	if !who.May(officer.Override) {
		return parley.E(parley.Forbidden, "%s does not have the role override", who.Name).WithHint("`parley officer list` shows who has")
	}
	return nil
}

type officerList struct{}

func (officerList) Run(c *Context) error {
	var list officer.ListResponse
	if err := c.Call("officer.list", officer.ListRequest{}, &list); err != nil {
		return err
	}
	return c.Data(list.Officers, func(w io.Writer) { officerTable(w, list.Officers) })
}

type officerRemove struct {
	Name string `arg:"" help:"The officer."`
}

func (o *officerRemove) Run(c *Context) error {
	var gone officer.RemoveResponse
	if err := c.Call("officer.remove", officer.RemoveRequest{Name: o.Name}, &gone); err != nil {
		return err
	}
	return c.Data(gone, func(w io.Writer) { fmt.Fprintf(w, "%s removed\n", printable(gone.Name)) })
}

type officerPassphrase struct {
	Name string `arg:"" help:"The officer."`
	passphraseFlag
}

func (o *officerPassphrase) Run(c *Context) error {
	passphrase, err := o.read(c)
	if err != nil {
		return err
	}
	var done officer.RemoveResponse
	if err := c.Call("officer.passphrase", officer.PassphraseRequest{Name: o.Name, Passphrase: passphrase}, &done); err != nil {
		return err
	}
	return c.Data(done, func(w io.Writer) { fmt.Fprintf(w, "%s has a new passphrase\n", printable(done.Name)) })
}

// passphraseFlag is where a new passphrase comes from: a prompt, twice, on a
// terminal; otherwise the first line of standard input or of a file.
type passphraseFlag struct {
	PassphraseFile string `type:"existingfile" placeholder:"FILE" help:"Read the passphrase from the first line of a file; default: ask, or the first line of standard input."`
}

// ask reads a passphrase that is known already: once.
func (p passphraseFlag) ask(c *Context) (string, error) { return p.from(c, "Passphrase") }

// read reads a new one: twice on a terminal.
func (p passphraseFlag) read(c *Context) (string, error) {
	return p.from(c, "Passphrase", "Once more")
}

func (p passphraseFlag) from(c *Context, prompts ...string) (string, error) {
	if p.PassphraseFile != "" {
		f, err := os.Open(p.PassphraseFile)
		if err != nil {
			return "", unreadable(p.PassphraseFile, err)
		}
		defer f.Close()
		return firstLine(f)
	}
	f, ok := c.In.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return firstLine(c.In)
	}
	typed := make([]string, len(prompts))
	for i, what := range prompts {
		fmt.Fprintf(c.Voice, "%s: ", what)
		raw, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(c.Voice)
		if err != nil {
			return "", err
		}
		typed[i] = string(raw)
	}
	if typed[0] != typed[len(typed)-1] {
		return "", parley.E(parley.Invalid, "the two passphrases differ")
	}
	return typed[0], nil
}

func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, officer.MaxPassphrase+2)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func officerTable(w io.Writer, list []officer.Officer) {
	rows := make([][]string, 0, len(list))
	for _, o := range list {
		roles := make([]string, len(o.Roles))
		for i, r := range o.Roles {
			roles[i] = string(r)
		}
		if len(roles) == 0 {
			roles = []string{"-"}
		}
		rows = append(rows, []string{o.Name, bodies(o.Bodies), strings.Join(roles, " "), stamp(o.Added)})
	}
	columns(w, []string{"NAME", "ACTS FOR", "MAY", "ADDED (UTC)"}, rows)
}
