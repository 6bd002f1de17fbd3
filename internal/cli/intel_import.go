package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"golang.org/x/term"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

type intelImport struct {
	File    []string `arg:"" help:"Files; - is standard input."`
	Format  string   `placeholder:"WORD" help:"stix, misp, csaf, csv or list; default: what the file looks like."`
	Marking string   `placeholder:"WORD" help:"At least this traffic light for every object, such as TLP:AMBER."`
	Label   []string `placeholder:"WORD" help:"A label that all of them are found by; may be given more than once."`
	Name    string   `name:"source" placeholder:"NAME" help:"The source of our own that they belong to."`
	DryRun  bool     `help:"Say what stands in it, and take nothing."`
	Lines   int      `default:"20" placeholder:"ROWS" help:"At most so many objects that were not simply taken are listed; --json has them all."`
}

type intelImportIn struct {
	Path    string   `json:"path"` // absolute; the node reads it
	Name    string   `json:"name"`
	Format  string   `json:"format,omitempty"`
	Marking string   `json:"marking,omitempty"`
	Labels  []string `json:"labels,omitempty"`
	Source  string   `json:"source,omitempty"`
	DryRun  bool     `json:"dry_run,omitempty"`
	Ticket  string   `json:"ticket"` // for intel.progress
}

// Again is for ctl.Again.
func (intelImportIn) Again() string {
	return "give the command again: what was taken in before is known then, and the rest is taken"
}

func (i *intelImport) Run(c *Context) error {
	for _, name := range i.File {
		if err := c.readable(name); err != nil {
			return err
		}
	}
	var reports []intel.Report
	var failed error
	err := c.node(func(n ctl.Caller) error {
		for _, name := range i.File {
			r, err := i.one(c, n, name)
			switch {
			case err == nil:
				reports = append(reports, r)
			case len(i.File) == 1:
				return err
			default:
				c.complain(fmt.Errorf("%s: %w", name, err))
				failed = err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.Data(reports, func(w io.Writer) {
		for i2 := range reports {
			importText(w, &reports[i2], i.Lines)
		}
	}); err != nil {
		return err
	}
	if failed != nil {
		return parley.E(parley.KindOf(failed), "not every file was taken in")
	}
	for _, r := range reports {
		if r.Broken {
			return parley.E(parley.Invalid, "%s is cut off or damaged: only what stands before that was read", r.Name).WithHint("get the file again, whole: what was taken in is known then")
		}
	}
	if len(reports) > 0 && !slices.ContainsFunc(reports, func(r intel.Report) bool { return r.Objects == 0 || r.Objects > r.Refused+r.Quarantined }) {
		return parley.E(parley.Invalid, "nothing of it was taken in").WithHint("`parley intel quarantine list` has what was set aside, and why")
	}
	return nil
}

func (i *intelImport) one(c *Context, n ctl.Caller, name string) (r intel.Report, err error) {
	path, shown := name, filepath.Base(name)
	if name == "-" {
		if path, err = spool(c); err != nil {
			return r, err
		}
		defer os.Remove(path)
		shown = "standard input"
	} else if path, err = filepath.Abs(name); err != nil {
		return r, err
	}
	in := intelImportIn{Path: path, Name: shown, Format: i.Format, Marking: i.Marking, Labels: i.Label, Source: i.Name, DryRun: i.DryRun, Ticket: rand.Text()}
	defer c.progress(n, in.Ticket, shown)()
	err = n.Call(c, "intel.import", in, &r)
	return r, err
}

// spool copies standard input to a file that the node can read, beside the home's own.
func spool(c *Context) (path string, err error) {
	f, err := os.CreateTemp(c.Home, "import-")
	if err != nil {
		return "", parley.E(parley.Unavailable, "cannot keep standard input: %w", err)
	}
	if _, err = io.Copy(f, c.In); err != nil {
		err = parley.E(parley.Unavailable, "cannot keep standard input: %w", err)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
	}
	return f.Name(), err
}

// progress shows on a terminal how far an import is, until the function that it
// returns is called, which waits for it to end.
func (c *Context) progress(n ctl.Caller, ticket, name string) (stop func()) {
	f, ok := c.Voice.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || c.JSON {
		return func() {}
	}
	ctx, cancel := context.WithCancel(c)
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				fmt.Fprint(f, "\r\033[K")
				return
			case <-tick.C:
			}
			var r intel.Report
			if n.Call(ctx, "intel.progress", named{ticket}, &r) == nil && r.Objects > 0 {
				fmt.Fprintf(f, "\r\033[K%s: %s, %.1f MB", printable(name), count(r.Objects, "object"), float64(r.Octets)/1e6)
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}

func importText(w io.Writer, r *intel.Report, most int) {
	fmt.Fprintf(w, "%s (%s): %s: %d taken", printable(r.Name), r.Format, count(r.Objects, "object"), r.Taken+r.Changed)
	if r.Changed > 0 {
		fmt.Fprintf(w, " (%d of them changed into STIX 2.1)", r.Changed)
	}
	for _, x := range []struct {
		n    int
		word string
	}{{r.Known, "known already"}, {r.Contested, "contested"}, {r.Quarantined, "in quarantine"}, {r.Refused, "refused"}} {
		if x.n > 0 {
			fmt.Fprintf(w, ", %d %s", x.n, x.word)
		}
	}
	fmt.Fprintln(w)
	for i, l := range r.Lines {
		if i == most {
			fmt.Fprintf(w, "  and %d more\n", len(r.Lines)-most+r.More)
			break
		}
		fmt.Fprint(w, "  ", l.What)
		for _, word := range []string{l.Path, l.ID} {
			if word != "" {
				fmt.Fprint(w, " ", printable(word))
			}
		}
		fmt.Fprintf(w, ": %s\n", printable(l.Reason))
	}
	for _, lost := range r.Lost {
		fmt.Fprintf(w, "  cannot be said there: %s\n", printable(lost))
	}
}

// sourceName is how people may name a source of our own: feeds and clients have theirs.
var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// intelImport reads a file into the store; how far it is can be asked meanwhile.
func (h *house) intelImport(ctx context.Context, in intelImportIn) (intel.Report, error) {
	if in.Source != "" && !sourceName.MatchString(in.Source) {
		return intel.Report{}, parley.E(parley.Invalid, "source %.80q: want a name of lower-case letters, digits, dots, hyphens and underscores, at most 63", in.Source)
	}
	o := intel.ImportOptions{Format: in.Format, Name: in.Name, Labels: in.Labels, DryRun: in.DryRun, Source: intel.Source{Direction: intel.Own, Name: in.Source}}
	if in.Marking != "" {
		var ok bool
		if o.Marking, ok = stix.ParseTLP(in.Marking); !ok {
			return intel.Report{}, parley.E(parley.Invalid, "marking %.40q: want TLP:CLEAR, TLP:GREEN, TLP:AMBER, TLP:AMBER+STRICT or TLP:RED", in.Marking)
		}
	}
	i, err := os.Stat(in.Path)
	if err != nil {
		return intel.Report{}, parley.E(parley.Invalid, "cannot read %s: %w", in.Path, err).WithHint("the node reads it: it must be readable for the node's user; `-` sends standard input")
	}
	if !i.Mode().IsRegular() {
		return intel.Report{}, parley.E(parley.Invalid, "%s is no regular file: want one, or - for standard input", in.Path)
	}
	f, err := os.Open(in.Path)
	if err != nil {
		return intel.Report{}, parley.E(parley.Invalid, "cannot read %s: %w", in.Path, err).WithHint("the node reads it: it must be readable for the node's user; `-` sends standard input")
	}
	defer f.Close()
	defer h.imports.Delete(in.Ticket)
	o.Progress = func(r intel.Report) {
		r.Lines = nil
		h.imports.Store(in.Ticket, r)
	}
	return h.node.Intel().Import(ctx, f, o)
}

func (h *house) intelProgress(_ context.Context, in named) (intel.Report, error) {
	r, ok := h.imports.Load(in.Name)
	if !ok {
		return intel.Report{}, parley.E(parley.NotFound, "no import of that name")
	}
	return r.(intel.Report), nil
}
