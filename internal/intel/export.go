package intel

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"parley.example/parley"
	"parley.example/parley/internal/stix"
)

// ExportOptions say how objects are written.
type ExportOptions struct {
	Format string
	Us     string // whose node this is, "aster.example": who stands behind objects of our own that name nobody
}

// Export writes what fits in a format, a page at a time. The report says how many
// objects there were, and what the format cannot say.
func (s *Store) Export(ctx context.Context, w io.Writer, q Query, o ExportOptions) (Report, error) {
	begun := s.now()
	report := Report{Format: o.Format}
	out := bufio.NewWriterSize(w, 1<<16)
	e, err := s.exporterFor(out, o)
	if err != nil {
		return report, err
	}
	q.NoRaw, q.After, q.Limit = false, 0, 1000
	err = s.Each(ctx, q, func(h Held) error {
		report.Objects++
		return e.add(h, &report)
	})
	if err == nil {
		err = e.close(&report)
	} else if v, ok := e.(*valueExporter); ok {
		v.close(&Report{}) // which ends its goroutine
	}
	if err == nil {
		err = out.Flush()
	}
	report.Took = s.now().Sub(begun)
	return report, err
}

// Each calls f for all that a query finds, from its cursor on; f must not call the store
// to write. The error of f ends it.
func (s *Store) Each(ctx context.Context, q Query, f func(Held) error) error {
	for {
		p, err := s.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, h := range p.Objects {
			if err := f(h); err != nil {
				return err
			}
		}
		if !p.More {
			return nil
		}
		q.After = p.Next
	}
}

// exporter writes objects in a format.
type exporter interface {
	add(h Held, r *Report) error
	close(r *Report) error
}

func (s *Store) exporterFor(w io.Writer, o ExportOptions) (exporter, error) {
	switch o.Format {
	case STIX, "":
		return &stixExporter{b: stix.NewBundle(w, "")}, nil
	case MISP:
		return &mispExporter{w: w, now: s.now(), us: o.Us, from: map[string]string{}}, nil
	case CSV, List:
		return newValueExporter(w, o.Format, s), nil
	}
	return nil, parley.E(parley.Invalid, "format %q: want stix, misp, csv or list", o.Format)
}

// stixExporter writes a bundle, each object byte for byte.
type stixExporter struct {
	b    *stix.BundleWriter
	less int // objects that are marked more strictly here than their octets say
}

func (e *stixExporter) add(h Held, r *Report) error {
	r.Taken++
	if o, err := stix.Parse(h.Raw, stix.Limits{}); err == nil && o.Marking.Strictest() < h.Marking && h.Marking > stix.Amber {
		e.less++
	}
	return e.b.Add(h.Raw)
}

func (e *stixExporter) close(r *Report) error {
	if e.less > 0 {
		r.Lost = append(r.Lost, fmt.Sprintf("%d objects came with a message that is marked more strictly than their octets say: keep to TLP:RED or what `parley intel search` shows", e.less))
	}
	return e.b.Close()
}
