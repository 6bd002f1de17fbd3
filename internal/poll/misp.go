package poll

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
)

// Bounds of a feed of MISP.
const (
	maxManifest = 64 << 20 // octets
	maxSettled  = 1000     // events that are remembered with their time
	mispAsk     = 250      // events that the store is asked for at once
	maxEvents   = 10_000   // of one poll; the next goes on from there
)

// feed brings in the events of a MISP feed that are new or newer there. Its place is
// the store itself: an event is asked for where the store does not have it, or has an
// older one; so a poll that is broken off goes on where it was, and nothing is brought
// twice. What could not be had is remembered with its time, and asked for again when
// the feed says that it has changed.
func (p *Poller) feed(ctx context.Context, c *client, at *place, rep *Report, save func() error) error {
	head := http.Header{"Accept": {"application/json"}}
	if at.ETag != "" {
		head.Set("If-None-Match", at.ETag)
	}
	base := strings.TrimSuffix(strings.TrimSuffix(c.feed.URL, "manifest.json"), "/")
	resp, err := c.do(ctx, http.MethodGet, base+"/manifest.json", head, nil, http.StatusOK, http.StatusNotModified)
	if err != nil {
		return err
	}
	rep.Pages++
	if resp.StatusCode == http.StatusNotModified {
		rep.Complete = true
		return resp.Body.Close()
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxManifest+1))
	resp.Body.Close()
	if err != nil {
		return parley.E(parley.Unavailable, "feed %s: the manifest ended early: %w", c.feed.Name, err)
	}
	entries, faults, err := misp.ParseManifest(bytes.NewReader(raw))
	if err != nil {
		return parley.E(parley.Unavailable, "feed %s: %w", c.feed.Name, err)
	}
	for _, f := range faults {
		rep.Failed++
		rep.reason(orElse(f.UUID, f.Path) + ": " + f.Reason)
	}
	source, err := p.intel.SourceFor(ctx, c.feed.Source())
	if err != nil {
		return err
	}
	wanted, err := p.wanted(ctx, c.feed, at, source, entries)
	if err != nil {
		return err
	}
	for i, e := range wanted {
		if i == maxEvents {
			return save()
		}
		if err := p.event(ctx, c, base, at, rep, source, e); err != nil {
			return err
		}
		if err := save(); err != nil {
			return err
		}
	}
	at.ETag = resp.Header.Get("ETag")
	rep.Complete = true
	return save()
}

// wanted are the events that the store does not have as new as the feed has, the
// oldest first.
func (p *Poller) wanted(ctx context.Context, f Feed, at *place, source intel.Source, entries []misp.Entry) (list []misp.Entry, err error) {
	for some := range slices.Chunk(entries, mispAsk) {
		var ids []string
		for _, e := range some {
			ids = append(ids, "report--"+e.UUID, "grouping--"+e.UUID)
		}
		have := map[string]time.Time{}
		q := intel.Query{Clearance: intel.Operator(), Sources: []int64{source.N}, IDs: ids, NoRaw: true, WithRevoked: true, WithRecalled: true, Limit: 2 * mispAsk}
		for more := true; more; {
			page, err := p.intel.Find(ctx, q)
			if err != nil {
				return nil, err
			}
			for _, h := range page.Objects {
				_, uuid, _ := strings.Cut(h.ID, "--")
				if h.Version.After(have[uuid]) {
					have[uuid] = h.Version
				}
			}
			q.After, more = page.Next, page.More
		}
		for _, e := range some {
			there, known := have[e.UUID]
			switch {
			case !f.From.IsZero() && !e.Timestamp.After(f.From):
			case known && !e.Timestamp.After(there):
			case settled(at, e):
			default:
				list = append(list, e)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b misp.Entry) int { return a.Timestamp.Compare(b.Timestamp) })
	return list, nil
}

func settled(at *place, e misp.Entry) bool {
	t, ok := at.Settled[e.UUID]
	return ok && t >= e.Timestamp.Unix()
}

// event brings in one event. That a server does not have it, or that it is none, is
// remembered and ends nothing.
func (p *Poller) event(ctx context.Context, c *client, base string, at *place, rep *Report, source intel.Source, e misp.Entry) error {
	fails := func(reason string) {
		rep.Failed++
		rep.reason(e.UUID + ": " + reason)
		at.settle(e)
	}
	resp, err := c.do(ctx, http.MethodGet, base+"/"+url.PathEscape(e.UUID)+".json", http.Header{"Accept": {"application/json"}}, nil, http.StatusOK)
	var refused *statusError
	if errors.As(err, &refused) && (refused.status == http.StatusNotFound || refused.status == http.StatusGone) {
		fails("the feed lists it and does not have it")
		return nil
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	rep.Pages++
	body := &broken{Reader: resp.Body}
	r, err := p.intel.Import(ctx, body, intel.ImportOptions{Format: intel.MISP, Name: base + "/" + e.UUID + ".json", Source: source, Marking: c.feed.Marking, Labels: c.feed.Labels})
	rep.took(r)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case body.err != nil:
		return parley.E(parley.Unavailable, "feed %s: event %s ended early: %w", c.feed.Name, e.UUID, body.err)
	case err != nil && parley.KindOf(err) != parley.Invalid:
		return err
	case err != nil:
		fails(err.Error())
	case r.Taken+r.Changed+r.Known+r.Contested == 0:
		fails("nothing of it could be taken")
	case r.Taken+r.Changed+r.Contested == 0: // the event itself is not as new as the manifest says
		at.settle(e)
	default:
		delete(at.Settled, e.UUID)
	}
	return nil
}

// settle remembers an event as it stands in the manifest: it is asked for again when
// that changes.
func (p *place) settle(e misp.Entry) {
	if p.Settled == nil {
		p.Settled = map[string]int64{}
	}
	if len(p.Settled) < maxSettled {
		p.Settled[e.UUID] = e.Timestamp.Unix()
	}
}

// broken keeps what went wrong with a connection apart from what is wrong with a file.
type broken struct {
	io.Reader
	err error
}

func (b *broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}
