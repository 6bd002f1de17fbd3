package poll

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
)

// Bounds of an envelope that we push.
const (
	pushObjects = 500
	pushOctets  = 4 << 20
)

// status is what a server says of what we pushed. OASIS TAXII 2.1 §4.3.1
type status struct {
	ID           string `json:"id"`
	Status       string `json:"status"`
	SuccessCount int    `json:"success_count"`
	FailureCount int    `json:"failure_count"`
	PendingCount int    `json:"pending_count"`
	Failures     []struct {
		ID      string `json:"id"`
		Message string `json:"message"`
	} `json:"failures"`
}

// push sends what is new here and within the feed's clearance to a collection.
// OASIS TAXII 2.1 §5.5
func (p *Poller) push(ctx context.Context, c *client, at *place, rep *Report, save func() error) error {
	if at.Pending != "" {
		if err := p.pending(ctx, c, at, rep, save); err != nil || at.Pending != "" {
			return err
		}
	}
	sources, err := p.pushed(ctx, c.feed)
	if err != nil {
		return err
	}
	size, octets := pushObjects, pushOctets
	for {
		if len(sources) == 0 {
			rep.Complete = true
			return nil
		}
		page, err := p.intel.Find(ctx, intel.Query{Clearance: c.feed.Clearance(), Sources: sources, Types: c.feed.Types, Labels: c.feed.Labels, Versions: []string{intel.AllVersions},
			AddedAfter: c.feed.From, WithRevoked: true, After: at.Pushed, Limit: size})
		if err != nil {
			return err
		}
		if len(page.Objects) == 0 {
			at.Pushed = page.Next
			if !page.More {
				rep.Complete = true
				return save()
			}
			continue
		}
		body, n := envelope(page.Objects, octets)
		st, err := p.post(ctx, c, body)
		var e *statusError
		if errors.As(err, &e) && e.status == http.StatusRequestEntityTooLarge && n > 1 {
			size, octets = max(n/2, 1), max(len(body)/2, 1)
			continue
		}
		if err != nil {
			return err
		}
		rep.Pages++
		rep.Objects += n
		at.Pushed = page.Next
		if n < len(page.Objects) {
			at.Pushed = intel.Cursor(page.Objects[n-1].N)
		}
		if rep.says(st); st.Status != "complete" && st.ID != "" {
			at.Pending = st.ID
		}
		if err := save(); err != nil {
			return err
		}
		if at.Pending != "" {
			return p.pending(ctx, c, at, rep, save)
		}
	}
}

// pushed are the sources that a feed pushes: never what feeds brought, so that nothing
// goes back to where it came from.
func (p *Poller) pushed(ctx context.Context, f Feed) (list []int64, err error) {
	all, err := p.intel.Sources(ctx, f.Clearance())
	for _, s := range all {
		if !strings.HasPrefix(s.Name, feedPrefix) {
			list = append(list, s.N)
		}
	}
	return list, err
}

// envelope takes as many objects as fit, one at least.
func envelope(list []intel.Held, octets int) ([]byte, int) {
	b := []byte(`{"objects":[`)
	for i, o := range list {
		if i > 0 && len(b)+len(o.Raw) > octets {
			return append(b, "]}"...), i
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, o.Raw...)
	}
	return append(b, "]}"...), len(list)
}

func (p *Poller) post(ctx context.Context, c *client, body []byte) (status, error) {
	resp, err := c.do(ctx, http.MethodPost, strings.TrimSuffix(c.feed.URL, "/")+"/objects/", http.Header{"Accept": {mediaType}, "Content-Type": {mediaType}}, body, http.StatusAccepted)
	if err != nil {
		return status{}, err
	}
	return readStatus(c, resp)
}

func readStatus(c *client, resp *http.Response) (st status, err error) {
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxSmall+1))
	if err != nil {
		return st, parley.E(parley.Unavailable, "feed %s: %w", c.feed.Name, err)
	}
	if len(bytes.TrimSpace(raw)) == 0 { // there are servers that say nothing
		return status{Status: "complete"}, nil
	}
	if err := json.Unmarshal(raw, &st); err != nil || len(raw) > maxSmall {
		return st, parley.E(parley.Unavailable, "feed %s: the server's status cannot be read", c.feed.Name)
	}
	return st, nil
}

// pending asks for a status that was not complete; it is asked again at the next poll.
// OASIS TAXII 2.1 §4.3
func (p *Poller) pending(ctx context.Context, c *client, at *place, rep *Report, save func() error) error {
	root, _, _ := strings.Cut(c.feed.URL, "/collections/")
	resp, err := c.do(ctx, http.MethodGet, root+"/status/"+at.Pending+"/", http.Header{"Accept": {mediaType}}, nil, http.StatusOK)
	var e *statusError
	if errors.As(err, &e) && e.status == http.StatusNotFound { // it is no longer kept
		at.Pending = ""
		return save()
	}
	if err != nil {
		return err
	}
	st, err := readStatus(c, resp)
	if err != nil || st.Status != "complete" {
		return err
	}
	rep.says(st)
	at.Pending = ""
	return save()
}

func (r *Report) says(s status) {
	r.New += s.SuccessCount
	r.Failed += s.FailureCount
	for _, f := range s.Failures {
		r.reason(f.ID + ": " + f.Message)
	}
}
