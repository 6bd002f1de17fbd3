package mispserver

import (
	"bytes"
	"context"
	"io"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
)

// FeedPrefix is where a client finds its feed.
const FeedPrefix = "/feed/"

// feed answers GET /feed/manifest.json, /feed/hashes.csv and /feed/<uuid>.json, as a
// folder of files would: each with a strong tag. Distributions stand one step lower
// than in a pull, since an instance that takes in a feed lowers none.
func (q *request) feed() error {
	x := q.indexOf(q.who)
	switch name := q.at.name; {
	case name == "manifest.json":
		entries, err := x.list(q.ctx(), isPublished)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := misp.WriteManifest(&b, manifestOf(entries)); err != nil {
			return err
		}
		return q.writeTagged(q.w, q.r, kindJSON, b.Bytes())
	case name == "hashes.csv":
		var b bytes.Buffer
		if err := q.hashes(q.ctx(), x, &b); err != nil {
			return err
		}
		return q.writeTagged(q.w, q.r, "text/csv; charset=UTF-8", b.Bytes())
	case strings.HasSuffix(name, ".json"):
		e, ok, err := x.find(q.ctx(), strings.TrimSuffix(name, ".json"))
		if err != nil || !ok || !e.published {
			return orNone(err)
		}
		var b bytes.Buffer
		if err := q.writeFeedEvent(q.ctx(), x, e, &b); err != nil {
			return err
		}
		return q.writeTagged(q.w, q.r, kindJSON, b.Bytes())
	}
	return errNoSuchCall
}

func orNone(err error) error {
	if err != nil {
		return err
	}
	return errNoSuchEvent
}

func isPublished(e *entry) bool { return e.published && !e.hollow }

func manifestOf(entries []entry) []misp.Entry {
	list := make([]misp.Entry, len(entries))
	for i, e := range entries {
		list[i] = e.Entry
	}
	return list
}

func (s *Server) writeFeedEvent(ctx context.Context, x *index, e entry, w io.Writer) error {
	event, err := s.gather(ctx, x, e, wish{})
	if err != nil {
		return err
	}
	shape(event, params{"excludeLocalTags": {"1"}}, present)
	downgraded(event)
	return event.Write(w)
}

// hashes writes the MD5 of every value, with its event's UUID: one event at a time.
func (s *Server) hashes(ctx context.Context, x *index, w io.Writer) error {
	entries, err := x.list(ctx, isPublished)
	if err != nil {
		return err
	}
	for _, e := range entries {
		event, err := s.gather(ctx, x, e, wish{})
		if parley.KindOf(err) == parley.NotFound && err != nil {
			continue
		}
		if err != nil {
			return err
		}
		if err := event.WriteHashes(w); err != nil {
			return err
		}
	}
	return nil
}

// Folder is where the files of a feed go.
type Folder interface {
	// Create opens a file that takes its name's place when it is closed.
	Create(name string) (io.WriteCloser, error)
}

// WriteFeed writes all that a clearance sees as the files of a MISP feed, which any web
// server can give out. It says how many events there are.
func WriteFeed(ctx context.Context, o Options, c intel.Clearance, to Folder) (events int, err error) {
	s := New(o)
	x := &index{server: s, clearance: c}
	entries, err := x.list(ctx, isPublished)
	if err != nil {
		return 0, err
	}
	kept := entries[:0]
	sums, err := to.Create("hashes.csv")
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		event, err := s.gather(ctx, x, e, wish{})
		if parley.KindOf(err) == parley.NotFound && err != nil {
			continue
		}
		if err != nil {
			return events, err
		}
		if len(event.Attributes)+len(event.Objects)+len(event.Reports) == 0 {
			continue // see hollow
		}
		shape(event, params{"excludeLocalTags": {"1"}}, present)
		if err := event.WriteHashes(sums); err != nil {
			return events, err
		}
		downgraded(event)
		if err := writeFile(to, e.UUID+".json", event.Write); err != nil {
			return events, err
		}
		kept = append(kept, e)
		events++
	}
	if err := sums.Close(); err != nil {
		return events, err
	}
	return events, writeFile(to, "manifest.json", func(w io.Writer) error { return misp.WriteManifest(w, manifestOf(kept)) })
}

func writeFile(to Folder, name string, f func(io.Writer) error) error {
	w, err := to.Create(name)
	if err != nil {
		return err
	}
	if err := f(w); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}
