package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
)

type intelExport struct {
	intelQuery
	Format string `default:"stix" placeholder:"WORD" help:"stix, misp, csv or list; or misp-feed: a folder that any web server can give out."`
	Out    string `short:"o" required:"" placeholder:"FILE" help:"Where to write it; a file that is there is not replaced, a feed's folder is brought up to date; - is standard output, up to 32 MiB."`
}

type intelExportIn struct {
	Query  node.IntelQuery `json:"query"`
	Format string          `json:"format"`
	Path   string          `json:"path,omitempty"` // absolute; the node writes it; empty: in the answer
}

type intelExportOut struct {
	intel.Report
	Path string `json:"path,omitempty"`
	Text []byte `json:"text,omitempty"`
}

func (e *intelExport) Run(c *Context) error {
	in := intelExportIn{Query: e.query(), Format: e.Format}
	if e.Out != "-" {
		var err error
		if in.Path, err = filepath.Abs(e.Out); err != nil {
			return err
		}
	}
	var out intelExportOut
	if err := c.Call("intel.export", in, &out); err != nil {
		return err
	}
	if in.Path == "" {
		_, err := c.Out.Write(out.Text)
		return err
	}
	return c.Data(out, func(w io.Writer) { reportExport(w, &out) })
}

func reportExport(w io.Writer, r *intelExportOut) {
	fmt.Fprintf(w, "%s (%s): %d of %s\n", printable(r.Path), r.Format, r.Taken, count(r.Objects, "object"))
	for _, l := range r.Lines {
		fmt.Fprintf(w, "  %s %s: %s\n", l.What, printable(l.ID), printable(l.Reason))
	}
	for _, lost := range r.Lost {
		fmt.Fprintf(w, "  cannot be said there: %s\n", printable(lost))
	}
}

// maxAnswer bounds an export that goes through the socket, in octets.
const maxAnswer = 32 << 20

// intelExport writes what a query finds to a file, or into the answer.
func (h *house) intelExport(ctx context.Context, in intelExportIn) (out intelExportOut, err error) {
	if in.Format == mispFeed {
		return h.exportFeed(ctx, in)
	}
	if f := in.Format; f != "" && f != intel.STIX && f != intel.MISP && f != intel.CSV && f != intel.List {
		return out, parley.E(parley.Invalid, "format %.40q: want stix, misp, misp-feed, csv or list", f)
	}
	q, err := in.Query.IntelFor(intel.Operator())
	if err != nil {
		return out, err
	}
	if in.Path == "" {
		b := &bounded{}
		out.Report, err = h.node.Intel().Export(ctx, b, q, intel.ExportOptions{Format: in.Format, Us: string(h.party())})
		out.Text = b.Bytes()
		return out, err
	}
	out.Path = in.Path
	return out, byNode(in.Path, func(w io.Writer) error {
		out.Report, err = h.node.Intel().Export(ctx, w, q, intel.ExportOptions{Format: in.Format, Us: string(h.party())})
		return err
	})
}

// bounded is a buffer that takes no more than maxAnswer.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxAnswer {
		return 0, parley.E(parley.Invalid, "more than 32 MiB: too much for standard output").WithHint("name a file: -o FILE")
	}
	return b.Buffer.Write(p)
}
