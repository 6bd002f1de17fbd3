package intel

import (
	"bufio"
	"context"
	"io"

	"parley.example/parley"
	"parley.example/parley/internal/stix"
)

// Export writes what fits in a format, a page at a time. The report says how many
// objects there were, and what the format cannot say.
func (s *Store) Export(ctx context.Context, w io.Writer, q Query, format string) (Report, error) {
	begun := s.now()
	report := Report{Format: format}
	out := bufio.NewWriterSize(w, 1<<16)
	e, err := exporterFor(out, format)
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

func exporterFor(w io.Writer, format string) (exporter, error) {
	switch format {
	case STIX, "":
		return &stixExporter{stix.NewBundle(w, "")}, nil
	}
	return nil, parley.E(parley.Invalid, "format %q: want stix, misp, csv or list", format)
}

// stixExporter writes a bundle, each object byte for byte.
type stixExporter struct{ b *stix.BundleWriter }

func (e *stixExporter) add(h Held, r *Report) error {
	r.Taken++
	return e.b.Add(h.Raw)
}

func (e *stixExporter) close(*Report) error { return e.b.Close() }
