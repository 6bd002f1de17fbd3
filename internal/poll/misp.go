package poll

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
)

// Bounds of one poll of a MISP feed.
const (
	maxManifest    = 64 << 20
	maxEvents      = 100_000 // of a manifest; more are left and named
	eventsATurn    = 200     // or a quarter of all that are due; then others have their turn
	eventsASave    = 20      // or a twentieth of a turn; after so many the place is made durable
	eventsTogether = 2       // one is fetched and read while another is written
	maxEvent       = 256 << 20
	largeEvent     = 16 << 20 // octets; of those with more one is held at a time, whatever its feed
)

// misp brings in the events of a MISP feed (manifest.json and a file for each event)
// that are new, or newer than what was brought. An event that is not there, or is no
// event, costs no other.
func (p *Poller) misp(ctx context.Context, c *client, at *place, rep *Report, save func() error) error {
	base := strings.TrimSuffix(strings.TrimSuffix(c.feed.URL, "manifest.json"), "/") + "/"
	head := http.Header{"Accept": {"application/json"}}
	if at.ETag != "" {
		head.Set("If-None-Match", at.ETag)
	}
	resp, err := c.do(ctx, http.MethodGet, base+"manifest.json", head, nil, http.StatusOK, http.StatusNotModified)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	rep.Pages++
	if resp.StatusCode == http.StatusNotModified {
		rep.Complete = true
		return nil
	}
	body, err := c.content(resp.Body)
	if err != nil {
		return err
	}
	all, faults, err := misp.ParseManifest(io.LimitReader(body, maxManifest))
	if err != nil {
		return parley.E(parley.Unavailable, "feed %s: %w", c.feed.Name, err)
	}
	for _, f := range faults {
		if f.Refused {
			rep.Failed++
			rep.reason(f.Path + ": " + f.Reason)
		}
	}
	if len(all) > maxEvents {
		rep.reason("the manifest names more events than are taken: the newest are")
	}
	due, events := c.due(all, at)
	source, err := p.intel.SourceFor(ctx, c.feed.Source())
	if err != nil {
		return err
	}
	at.ETag, at.Events = "", events
	turn := min(len(due), max(eventsATurn, len(due)/4))
	failed, err := p.events(ctx, c, base, due[:turn], source, at, rep, save)
	if err != nil || turn < len(due) {
		return cmp.Or(save(), err) // not complete: due again at once
	}
	if rep.Complete = true; !failed {
		at.ETag = resp.Header.Get("ETag")
	}
	return save()
}

// events brings in some events. failed says that one is to be asked for again.
func (p *Poller) events(ctx context.Context, c *client, base string, some []misp.Entry, source intel.Source, at *place, rep *Report, save func() error) (failed bool, err error) {
	var mu sync.Mutex // over at, rep, failed and done
	done, each := 0, max(eventsASave, len(some)/20)
	g, ectx := errgroup.WithContext(ctx)
	g.SetLimit(eventsTogether)
	for _, e := range some {
		g.Go(func() error {
			if ectx.Err() != nil {
				return nil // the first error is known
			}
			one := Report{}
			taken, err := p.event(ectx, c, base, e, source, &one)
			mu.Lock()
			defer mu.Unlock()
			rep.add(one)
			if err != nil {
				return err
			}
			if failed = failed || !taken; taken {
				at.Events[e.UUID] = e.Timestamp.Unix()
			}
			if done++; done%each == 0 {
				return save()
			}
			return nil
		})
	}
	err = g.Wait()
	return failed, err
}

// due are the events to fetch, the oldest first, and what is known of those that the
// manifest still names.
func (c *client) due(all []misp.Entry, at *place) ([]misp.Entry, map[string]int64) {
	slices.SortFunc(all, func(a, b misp.Entry) int {
		return cmp.Or(a.Timestamp.Compare(b.Timestamp), cmp.Compare(a.UUID, b.UUID))
	})
	all = all[max(len(all)-maxEvents, 0):]
	known := make(map[string]int64, len(all))
	var due []misp.Entry
	for _, e := range all {
		had, ok := at.Events[e.UUID]
		if ok {
			known[e.UUID] = had
		}
		if (!ok || had < e.Timestamp.Unix()) && !(e.Timestamp.Before(c.feed.From) && !e.Timestamp.IsZero()) {
			due = append(due, e)
		}
	}
	return due, known
}

// event brings in one event. An answer that says the file is not there, or that the
// server failed on it, is this event's alone: it is asked for again with the next poll.
func (p *Poller) event(ctx context.Context, c *client, base string, e misp.Entry, source intel.Source, rep *Report) (bool, error) {
	resp, err := c.do(ctx, http.MethodGet, base+e.UUID+".json", http.Header{"Accept": {"application/json"}}, nil, http.StatusOK)
	if err != nil {
		if only, ok := err.(*statusError); ok && only.status != http.StatusUnauthorized && only.status != http.StatusForbidden {
			rep.Failed++
			rep.reason(err.Error())
			return false, nil
		}
		return false, err
	}
	defer resp.Body.Close()
	rep.Pages++
	// The whole event first: what is cut off on the way is asked for again, and is not
	// taken for all that there is.
	raw, err := io.ReadAll(io.LimitReader(resp.Body, largeEvent))
	if err == nil && len(raw) == largeEvent {
		select {
		case p.large <- struct{}{}:
			defer func() { <-p.large }()
		case <-ctx.Done():
			return false, ctx.Err()
		}
		var rest []byte
		rest, err = io.ReadAll(io.LimitReader(resp.Body, maxEvent-largeEvent+1))
		raw = append(raw, rest...)
	}
	switch {
	case err != nil:
		return false, parley.E(parley.Unavailable, "feed %s: the event %s ended early: %w", c.feed.Name, e.UUID, err)
	case len(raw) > maxEvent:
		rep.Failed++
		rep.reason("the event " + e.UUID + " is too large")
		return true, nil
	}
	r, err := p.intel.Import(ctx, bytes.NewReader(raw), intel.ImportOptions{Format: intel.MISP, Name: base + e.UUID + ".json", Source: source, Marking: c.feed.Marking, Labels: c.feed.Labels, Lazily: true})
	rep.took(r)
	if err != nil {
		if kind := parley.KindOf(err); kind != parley.Invalid {
			return false, err
		}
		rep.Failed++
		rep.reason(err.Error())
	}
	return true, nil
}
