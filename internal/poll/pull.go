package poll

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
)

const (
	mediaType = "application/taxii+json;version=2.1"
	pageLimit = 1000
	maxLimit  = 64_000 // where a server that pages by date alone has that many of one instant
	maxIdle   = 100    // pages in a row that could be one page given again
	maxPages  = 10_000 // of one poll; the next goes on from there
)

// pull brings in what was added to a collection since the last poll, page by page.
// save is called after each page. OASIS TAXII 2.1 §5.4
func (p *Poller) pull(ctx context.Context, c *client, at *place, rep *Report, save func() error) error {
	source, err := p.intel.SourceFor(ctx, c.feed.Source())
	if err != nil {
		return err
	}
	begun, forgotten, idle := p.now().UTC(), false, 0
	for rep.Pages < maxPages {
		before, had := *at, rep.New
		more, err := p.page(ctx, c, at, rep, source)
		var e *statusError
		if errors.As(err, &e) && before.Next != "" && !forgotten && (e.status == http.StatusBadRequest || e.status == http.StatusNotFound || e.status == http.StatusGone) {
			// The server has forgotten the place: go on by date, once.
			forgotten = true
			*at = place{AddedAfter: orElse(before.Last, before.AddedAfter), Last: before.Last, Limit: before.Limit}
			if err := save(); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if !more {
			if at.Last == "" && at.AddedAfter == "" && rep.Objects > 0 {
				// A server that says no dates: come back from a little before this poll.
				at.Last = begun.Add(-5 * time.Minute).Format("2006-01-02T15:04:05.000000Z")
			}
			*at = place{AddedAfter: orElse(at.Last, at.AddedAfter)}
			rep.Complete = true
			return save()
		}
		if idle++; rep.New > had || at.Next != before.Next || at.Last != before.Last {
			idle = 0
		}
		if err := onward(before, at, idle); err != nil {
			return err
		}
		if err := save(); err != nil {
			return err
		}
	}
	return nil
}

// page fetches and imports one page, and moves the place to its end.
func (p *Poller) page(ctx context.Context, c *client, at *place, rep *Report, source intel.Source) (more bool, err error) {
	q := url.Values{"limit": {strconv.Itoa(max(at.Limit, pageLimit))}}
	if at.Next != "" {
		q.Set("next", at.Next)
	}
	// Filters go along with next: §3.5 wants the same query.
	if at.AddedAfter != "" {
		q.Set("added_after", at.AddedAfter)
	} else if !c.feed.From.IsZero() {
		q.Set("added_after", c.feed.From.UTC().Format("2006-01-02T15:04:05.000000Z"))
	}
	if len(c.feed.Types) > 0 {
		q.Set("match[type]", strings.Join(c.feed.Types, ","))
	}
	resp, err := c.do(ctx, http.MethodGet, strings.TrimSuffix(c.feed.URL, "/")+"/objects/?"+q.Encode(), http.Header{"Accept": {mediaType}}, nil, http.StatusOK)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	rep.Pages++
	envelope := &tap{r: resp.Body}
	in, err := c.content(envelope)
	if err != nil {
		return false, err
	}
	if empty(in) {
		at.Next = ""
		return false, nil
	}
	r, err := p.intel.Import(ctx, in, intel.ImportOptions{Format: intel.STIX, Name: c.feed.URL, Source: source, Marking: c.feed.Marking, Labels: c.feed.Labels, Lazily: true})
	rep.took(r)
	if err != nil {
		return false, parley.E(parley.Unavailable, "feed %s: a page ended early: %w", c.feed.Name, err)
	}
	if last := resp.Header.Get("X-TAXII-Date-Added-Last"); newer(last, at.Last) {
		at.Last = last
	}
	at.Next = envelope.Next
	return envelope.More && r.Objects > 0 || envelope.Next != "" && r.Objects > 0, nil
}

// empty says whether a page is an envelope without objects: it is short, and there is
// nothing to import. OASIS TAXII 2.1 §3.7
func empty(in *bufio.Reader) bool {
	raw, err := in.Peek(4096)
	var names map[string]json.RawMessage
	return err == io.EOF && json.Unmarshal(raw, &names) == nil && names["objects"] == nil
}

// onward sees to it that each page is another one than the page before.
// OASIS TAXII 2.1 §3.5: where a server gives no next, its dates are the way.
// There are servers that give one next for all pages, and one date for many objects:
// idle is how many pages in a row brought nothing new and were alike in both.
func onward(before place, at *place, idle int) error {
	if at.Next != "" {
		if idle >= maxIdle {
			return parley.E(parley.Unavailable, "the server gives the same page again and again")
		}
		return nil
	}
	switch {
	case newer(at.Last, before.AddedAfter):
		at.AddedAfter = at.Last
	case max(at.Limit, pageLimit) < maxLimit: // one instant fills a page
		at.Limit = 4 * max(at.Limit, pageLimit)
	default:
		return parley.E(parley.Unavailable, "the server pages by date alone and has more than %d objects of one instant", maxLimit)
	}
	return nil
}

func (r *Report) took(i intel.Report) {
	r.Objects += i.Objects
	r.New += i.Taken + i.Changed + i.Contested
	r.Failed += i.Quarantined + i.Refused
	for _, l := range i.Lines {
		if l.What == intel.Quarantined || l.What == intel.Refused {
			r.reason(orElse(l.ID, l.Path) + ": " + l.Reason)
		}
	}
}

// newer compares dates as servers write them; what is no date is never newer.
func newer(a, b string) bool {
	t, err := time.Parse(time.RFC3339Nano, a)
	if err != nil {
		return false
	}
	u, err := time.Parse(time.RFC3339Nano, b)
	return err != nil || t.After(u)
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
