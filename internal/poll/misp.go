package poll

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
)

// Bounds of one poll of a MISP feed.
const (
	maxManifest  = 64 << 20
	maxEvents    = 100_000 // of a manifest; more are left and named
	eventsAtOnce = 200     // then others have their turn
	eventsASave  = 20      // after so many the place is made durable
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
	all, faults, err := misp.ParseManifest(io.LimitReader(resp.Body, maxManifest))
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
	failed := false
	for i, e := range due {
		if i == eventsAtOnce {
			return save() // not complete: due again at once
		}
		taken, err := p.event(ctx, c, base, e, source, rep)
		if err != nil {
			return cmp.Or(save(), err)
		}
		if failed = failed || !taken; taken {
			at.Events[e.UUID] = e.Timestamp.Unix()
		}
		if i%eventsASave == eventsASave-1 {
			if err := save(); err != nil {
				return err
			}
		}
	}
	if rep.Complete = true; !failed {
		at.ETag = resp.Header.Get("ETag")
	}
	return save()
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
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxEvent+1))
	switch {
	case err != nil:
		return false, parley.E(parley.Unavailable, "feed %s: the event %s ended early: %w", c.feed.Name, e.UUID, err)
	case len(raw) > maxEvent:
		rep.Failed++
		rep.reason("the event " + e.UUID + " is too large")
		return true, nil
	}
	r, err := p.intel.Import(ctx, bytes.NewReader(raw), intel.ImportOptions{Format: intel.MISP, Name: base + e.UUID + ".json", Source: source, Marking: c.feed.Marking, Labels: c.feed.Labels})
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

// maxEvent is how many octets an event of a feed has at most.
const maxEvent = 256 << 20
