package poll

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
)

// mispFeed brings in the events of a feed of MISP that are new or have changed, the
// oldest first: manifest.json says which there are, and each stands in a file named by
// its UUID. An event is known by its timestamp, not by its place in time: a feed
// publishes old ones late.
func (p *Poller) mispFeed(ctx context.Context, c *client, at *place, rep *Report, save func() error) error {
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
	entries, faults, err := misp.ParseManifest(resp.Body)
	if err != nil {
		return parley.E(parley.Unavailable, "feed %s: %w", c.feed.Name, err)
	}
	for _, f := range faults {
		rep.Failed++
		rep.reason("manifest.json: " + f.Reason)
	}
	source, err := p.intel.SourceFor(ctx, c.feed.Source())
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b misp.Entry) int {
		return cmp.Or(a.Timestamp.Compare(b.Timestamp), cmp.Compare(a.UUID, b.UUID))
	})
	had, kept := at.Events, 0
	at.Events = make(map[string]int64, len(entries)) // what is no longer in the manifest is forgotten
	var due []misp.Entry
	for _, e := range entries {
		if t, ok := had[e.UUID]; ok && t == e.Timestamp.Unix() {
			at.Events[e.UUID] = t
		} else if c.feed.From.IsZero() || e.Timestamp.After(c.feed.From) {
			due = append(due, e)
		}
	}
	for _, e := range due {
		if err := p.event(ctx, c, base, e, source, rep); err != nil {
			return err
		}
		at.Events[e.UUID] = e.Timestamp.Unix()
		// The place grows with the feed: it is saved as often as that costs little.
		if kept++; kept >= max(20, len(at.Events)/10) {
			if err := save(); err != nil {
				return err
			}
			kept = 0
		}
	}
	at.ETag, rep.Complete = resp.Header.Get("ETag"), true
	return save()
}

// event brings in one event. One that is not there, or is no event, costs itself only.
func (p *Poller) event(ctx context.Context, c *client, base string, e misp.Entry, source intel.Source, rep *Report) error {
	resp, err := c.do(ctx, http.MethodGet, base+e.UUID+".json", http.Header{"Accept": {"application/json"}}, nil, http.StatusOK)
	var gone *statusError
	if errors.As(err, &gone) && gone.status/100 == 4 && gone.status != http.StatusUnauthorized && gone.status != http.StatusForbidden {
		rep.Failed++
		rep.reason(e.UUID + ": " + err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	rep.Pages++
	r, err := p.intel.Import(ctx, resp.Body, intel.ImportOptions{Format: intel.MISP, Name: base + e.UUID + ".json", Source: source, Marking: c.feed.Marking, Labels: c.feed.Labels})
	rep.took(r)
	if parley.KindOf(err) == parley.Invalid && err != nil {
		rep.Failed++
		rep.reason(e.UUID + ": " + err.Error())
		return nil
	}
	if err != nil {
		return parley.E(parley.Unavailable, "feed %s: event %s of %s ended early: %w", c.feed.Name, e.UUID, e.Timestamp.Format(time.DateOnly), err)
	}
	return nil
}
