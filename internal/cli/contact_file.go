package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/contactfile"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/wholefile"
)

type contactImport struct {
	File   string `arg:"" help:"The file; - for standard input. It may have millions of rows."`
	Format string `required:"" enum:"first,ti,cerebrate,csv,rfc2350,securitytxt" placeholder:"WORD" help:"first, ti (Trusted Introducer), cerebrate, csv, rfc2350 or securitytxt."`
	Source string `placeholder:"WORD" help:"What the file is called in the address book; an import takes the place of the one before of that name. Default: the format."`
	Draft  string `placeholder:"DIR" help:"Write a draft of a record for each row into this folder instead: what is ours, to be read over and published."`
}

// imported is what an import says in the end.
type imported struct {
	Source string      `json:"source,omitempty"`
	Drafts []string    `json:"drafts,omitempty"`
	Taken  uint64      `json:"taken"`
	Broken []brokenRow `json:"broken"`        // the first of them
	More   uint64      `json:"broken_in_all"` // how many there were
	Left   []brokenRow `json:"left_out"`      // facts that were left out of rows that were taken, the first of them
	Lefts  uint64      `json:"left_out_in_all"`
}

type brokenRow struct {
	Row uint64 `json:"row"`
	Why string `json:"why"`
}

// maxNamed bounds how many rows are named one by one.
const maxNamed = 1000

func (i *contactImport) Run(c *Context) error {
	format, err := contactfile.ParseFormat(i.Format)
	if err != nil {
		return usage(err)
	}
	in, err := c.openInput(i.File)
	if err != nil {
		return err
	}
	defer in.Close()
	rows := contactfile.Read(format, bufio.NewReaderSize(in, 1<<20), contactfile.Options{Now: time.Now()})
	out := imported{Source: i.Source, Broken: []brokenRow{}, Left: []brokenRow{}}
	take := func(take func(contactfile.Row) error) error {
		for row, err := range rows {
			if err != nil {
				return err
			}
			if row.Broken != nil {
				if out.More++; len(out.Broken) < maxNamed {
					out.Broken = append(out.Broken, brokenRow{uint64(row.Number), row.Broken.Error()})
				}
				continue
			}
			for _, l := range row.Entry.Left {
				if out.Lefts++; len(out.Left) < maxNamed {
					out.Left = append(out.Left, brokenRow{uint64(row.Number), l})
				}
			}
			if err := take(row); err != nil {
				return err
			}
		}
		return nil
	}
	if i.Draft != "" {
		out.Source = ""
		err = take(func(row contactfile.Row) error { return i.draft(row, &out) })
	} else {
		if out.Source == "" {
			out.Source = i.Format
		}
		err = c.node(func(n ctl.Caller) error { return i.book(c, n, take, &out) })
	}
	if err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) { out.text(w, i.Draft) })
}

func (o *imported) text(w io.Writer, folder string) {
	for _, b := range o.Broken {
		fmt.Fprintf(w, "row %d is broken: %s\n", b.Row, printable(b.Why))
	}
	for _, l := range o.Left {
		fmt.Fprintf(w, "row %d: %s\n", l.Row, printable(l.Why))
	}
	where := "into the address book as " + o.Source + ": nobody signed them"
	if folder != "" {
		where = "as drafts into " + folder + "; read them over, then `parley contact publish FILE`"
	}
	fmt.Fprintf(w, "%s taken %s; %d broken, %s left out\n", count(o.Taken, "row"), where, o.More, count(o.Lefts, "fact"))
}

// draft writes a record to be published.
func (i *contactImport) draft(row contactfile.Row, out *imported) error {
	if err := os.MkdirAll(i.Draft, 0o755); err != nil {
		return parley.E(parley.Unavailable, "write %s: %w", i.Draft, err)
	}
	e := *row.Entry
	e.Contact.Confirmed, e.Contact.Until = "", "" // it is confirmed when it is published
	raw, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(i.Draft, fmt.Sprintf("%s-%d.json", e.Contact.Point, row.Number))
	if err := wholefile.Write(path, 0o644, append(raw, '\n')); err != nil {
		return err
	}
	out.Taken++
	if len(out.Drafts) < maxNamed {
		out.Drafts = append(out.Drafts, path)
	}
	return nil
}

// maxBatch bounds the octets of the rows of one call.
const maxBatch = 2 << 20

// book sends rows to the node, some at a time: the import before counts until the
// last has come.
func (i *contactImport) book(c *Context, n ctl.Caller, take func(func(contactfile.Row) error) error, out *imported) error {
	b := node.BookBatch{Source: out.Source, Format: i.Format}
	send := func() error {
		var taken node.BookTaken
		if err := n.Call(c, "contact.import", b, &taken); err != nil {
			return err
		}
		b.Run, b.Rows, out.Taken = taken.Run, b.Rows[:0], taken.Taken
		return nil
	}
	size := 0
	err := take(func(row contactfile.Row) error {
		e := *row.Entry
		e.Left = nil
		raw, err := json.Marshal(&e)
		if err != nil {
			return err
		}
		if size += len(raw); size > maxBatch && len(b.Rows) > 0 { // a call is bounded
			if err := send(); err != nil {
				return err
			}
			size = len(raw)
		}
		if b.Rows = append(b.Rows, node.BookRow{N: uint64(row.Number), Entry: e}); len(b.Rows) < node.MaxBookBatch/2 {
			return nil
		}
		size = 0
		return send()
	})
	if err != nil {
		return err
	}
	if out.Taken == 0 && len(b.Rows) == 0 && out.More > 0 {
		return parley.E(parley.Invalid, "none of %d rows could be taken, and the import before it stays: row %d: %s", out.More, out.Broken[0].Row, out.Broken[0].Why).
			WithHint("is the format %s?", i.Format)
	}
	b.Last, b.Broken = true, out.More
	return send()
}

type contactExport struct {
	Of        string `arg:"" optional:"" help:"A party, a body, or a contact point; default: all of the other parties."`
	Format    string `required:"" enum:"first,ti,cerebrate,csv,rfc2350,securitytxt" placeholder:"WORD" help:"first, ti (Trusted Introducer), cerebrate, csv, rfc2350 or securitytxt; the last two take one contact point."`
	Output    string `short:"o" placeholder:"FILE" help:"Write the file there instead of to standard output."`
	Ours      bool   `help:"Ours too."`
	Book      bool   `help:"The address book instead."`
	Agreement string `placeholder:"ID" help:"Only of this agreement."`
}

func (x *contactExport) Run(c *Context) error {
	format, err := contactfile.ParseFormat(x.Format)
	if err != nil {
		return usage(err)
	}
	if x.Output == "" || x.Output == "-" {
		return x.write(c, format, c.Out)
	}
	if err := wholefile.Fill(x.Output, 0o644, func(w io.Writer) error { return x.write(c, format, w) }); err != nil {
		return err
	}
	c.Say("wrote %s", x.Output)
	return nil
}

func (x *contactExport) write(c *Context, format contactfile.Format, to io.Writer) error {
	out := bufio.NewWriterSize(to, 1<<20)
	w := contactfile.NewWriter(format, out, contactfile.Options{Now: time.Now()})
	add := func(entries []contactfile.Entry) error {
		for i := range entries {
			if err := w.Add(&entries[i]); err != nil {
				return err
			}
		}
		return nil
	}
	err := c.node(func(n ctl.Caller) error {
		if x.Book {
			return x.book(c, n, add)
		}
		q := node.ContactQuery{Of: x.Of, Ours: x.Ours, Agreement: x.Agreement}
		var list node.ContactList
		if err := n.Call(c, "contact.list", q, &list); err != nil {
			return err
		}
		x.marked(c, list.Points)
		var entries []contactfile.Entry
		if err := n.Call(c, "contact.entries", q, &entries); err != nil {
			return err
		}
		return add(entries)
	})
	return first(err, w.Close(), out.Flush())
}

// marked says what is not to be passed on.
func (x *contactExport) marked(c *Context, points []*node.ContactView) {
	words := map[string]bool{}
	for _, p := range points {
		if !p.Ours && p.Marking != "TLP:CLEAR" {
			words[p.Marking] = true
		}
	}
	list := make([]string, 0, len(words))
	for w := range words {
		list = append(list, w)
	}
	if len(list) > 0 {
		c.Say("what others told us is marked %s: the file is for this house unless they agree", strings.Join(list, ", "))
	}
}

func (x *contactExport) book(c *Context, n ctl.Caller, add func([]contactfile.Entry) error) error {
	for after := ""; ; {
		var page node.BookPage
		if err := n.Call(c, "contact.book", node.BookQuery{Name: x.Of, After: after, Limit: 100}, &page); err != nil {
			return err
		}
		entries := make([]contactfile.Entry, len(page.Entries))
		for i := range page.Entries {
			entries[i] = page.Entries[i].Entry
		}
		if err := add(entries); err != nil {
			return err
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}
