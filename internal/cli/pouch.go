package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

// pouchCmd carries a line as files, where there is no network.
type pouchCmd struct {
	Pack  pouchPack  `cmd:"" help:"Pack what a counterpart has not shown to hold, and our receipts, into sealed files."`
	Open  pouchOpen  `cmd:"" help:"Take in every pouch of a folder; duplicates, gaps and any order are normal."`
	Watch pouchWatch `cmd:"" help:"Folder in, folder out, until it is told to stop."`
}

type pouchPack struct {
	Out       string `short:"o" required:"" placeholder:"DIR" help:"The folder that things are carried out of."`
	To        string `placeholder:"PARTY" help:"The counterpart, where there are several."`
	Agreement string `placeholder:"ID" help:"The agreement, where there is more than one."`
	Size      int64  `placeholder:"MIB" help:"The medium's size in MiB (at least 4): the pouch is split to it."`
}

func (p *pouchPack) request(fresh bool) (node.PackPouchIn, error) {
	dir, err := filepath.Abs(p.Out)
	return node.PackPouchIn{Agreement: p.Agreement, To: parley.Party(p.To), Dir: dir, Volume: p.Size << 20, Fresh: fresh}, err
}

func (p *pouchPack) Run(c *Context) error {
	in, err := p.request(false)
	if err != nil {
		return err
	}
	var out node.PackedPouch
	if err := c.Call("pouch.pack", in, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) { packed(w, out) })
}

func packed(w io.Writer, out node.PackedPouch) {
	if out.Volumes == 0 {
		fmt.Fprintf(w, "nothing to pack: %s has shown that it holds everything\n", out.To)
		return
	}
	fmt.Fprintf(w, "pouch %d for %s: %s, %s, %s, our receipts\n", out.Number, out.To, count(out.Entries, "entry"), count(out.Parts, "part"), count(out.Blobs, "attachment"))
	for _, f := range out.Files {
		fmt.Fprintln(w, "  "+f)
	}
}

type pouchOpen struct {
	Dir string `arg:"" type:"existingdir" help:"The folder that things were carried into. What was taken in is moved to done/ inside it."`
}

func (p *pouchOpen) Run(c *Context) error {
	dir, err := filepath.Abs(p.Dir)
	if err != nil {
		return err
	}
	var list []node.OpenedPouch
	if err := c.Call("pouch.open", node.OpenPouchesIn{Dir: dir}, &list); err != nil {
		return err
	}
	if len(list) == 0 {
		c.Say("no pouch in %s: those that were taken in are in its folder done", p.Dir)
	}
	if err := c.Data(list, func(w io.Writer) { opened(w, list) }); err != nil {
		return err
	}
	return refusedPouches(list)
}

// refusedPouches names the files that were not taken: exit code 3.
func refusedPouches(list []node.OpenedPouch) error {
	var names []string
	for _, o := range list {
		if o.State == "refused" {
			names = append(names, o.File)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return parley.E(parley.Untrusted, "%d of %d files were refused: %s", len(names), len(list), strings.Join(names, ", ")).
		WithHint("they stay in the folder; what it says beside each is why")
}

func opened(w io.Writer, list []node.OpenedPouch) {
	if len(list) == 0 {
		return
	}
	rows := [][]string{}
	for _, o := range list {
		what := strings.Join([]string{count(o.Entries, "entry"), count(o.Parts, "part"), count(o.Blobs, "piece") + " of attachments", count(o.Returns, "receipt")}, ", ")
		switch {
		case o.Why != "":
			what = printable(o.Why)
		case o.Entries+o.Parts+o.Blobs+o.Returns == 0:
			what = "nothing new: all of it was known already"
		case o.Entries+o.Parts+o.Blobs == 0:
			what = "no new entry or attachment, " + count(o.Returns, "receipt")
		}
		rows = append(rows, []string{printable(o.File), o.State, what})
	}
	columns(w, []string{"FILE", "STATE", "WHAT"}, rows)
}

type pouchWatch struct {
	In string `required:"" placeholder:"DIR" help:"The folder that things are carried into."`
	pouchPack
	Every time.Duration `default:"5s" help:"How often the folders are looked at."`
}

// Run opens what comes in and packs what is new, until the command's context ends.
// A pouch is packed once for each thing that is new; one that was lost is packed
// again by hand.
func (p *pouchWatch) Run(c *Context) error {
	in, err := filepath.Abs(p.In)
	if err != nil {
		return err
	}
	pack, err := p.request(true)
	if err != nil {
		return err
	}
	for _, dir := range []string{in, pack.Dir} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return parley.E(parley.Invalid, "cannot make the folder: %w", err)
		}
	}
	tick := time.NewTicker(max(p.Every, time.Second))
	defer tick.Stop()
	said := map[string]string{} // what was said of each file that stays
	for {
		if err := p.look(c, in, pack, said); err != nil {
			return err
		}
		select {
		case <-c.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (p *pouchWatch) look(c *Context, in string, pack node.PackPouchIn, said map[string]string) error {
	var list, news []node.OpenedPouch
	if err := c.Call("pouch.open", node.OpenPouchesIn{Dir: in}, &list); err != nil {
		return err
	}
	for _, o := range list {
		if o.State == "taken" || said[o.File] != o.Why {
			news = append(news, o)
		}
		said[o.File] = o.Why
	}
	if len(news) > 0 {
		opened(c.Voice, news)
	}
	var out node.PackedPouch
	if err := c.Call("pouch.pack", pack, &out); err != nil {
		return err
	}
	if out.Volumes > 0 {
		packed(c.Voice, out)
	}
	return nil
}
