package poll

import (
	"context"
	"net/http"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
)

// file brings in a file of a web server where it has changed since. RFC 9110 §13
func (p *Poller) file(ctx context.Context, c *client, at *place, rep *Report, save func() error) error {
	head := http.Header{"Accept": {"*/*"}}
	if at.ETag != "" {
		head.Set("If-None-Match", at.ETag)
	}
	if at.Modified != "" {
		head.Set("If-Modified-Since", at.Modified)
	}
	resp, err := c.do(ctx, http.MethodGet, c.feed.URL, head, nil, http.StatusOK, http.StatusNotModified)
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
	source, err := p.intel.SourceFor(ctx, c.feed.Source())
	if err != nil {
		return err
	}
	r, err := p.intel.Import(ctx, body, intel.ImportOptions{Format: c.feed.Format, Name: c.feed.URL, Source: source, Marking: c.feed.Marking, Labels: c.feed.Labels})
	rep.took(r)
	if err != nil {
		return parley.E(parley.Unavailable, "feed %s: the file ended early: %w", c.feed.Name, err)
	}
	*at = place{ETag: resp.Header.Get("ETag"), Modified: resp.Header.Get("Last-Modified")}
	rep.Complete = true
	return save()
}
