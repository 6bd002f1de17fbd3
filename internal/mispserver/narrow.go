package mispserver

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
)

// tagged finds the events in which something can have the tags that a search wants, by
// the labels that the store knows objects by and by what the index knows of events. ok
// is false where these do not tell: what is wanted has a %, says only what is not wanted,
// comes from a marking or a galaxy, or is on more than maxFound objects.
func (q *request) tagged(ctx context.Context, x *index, f *filter) (found map[string]bool, ok bool, err error) {
	words := f.tags.any
	if len(words) == 0 && len(f.tags.all) > 0 {
		words = f.tags.all[:1]
	}
	if len(words) == 0 || slices.ContainsFunc(words, untold) {
		return nil, false, nil
	}
	iq := intel.Query{Clearance: q.who.Clearance, Labels: words, NoRaw: true, Limit: 1000, WithRevoked: f.deleted != present}
	var held []intel.Held
	for more := true; more; {
		p, err := q.Store.Find(ctx, iq)
		if err != nil {
			return nil, false, err
		}
		for _, h := range p.Objects {
			if h.Source.Direction != intel.Out {
				held = append(held, h)
			}
		}
		if len(held) > maxFound {
			return nil, false, nil
		}
		iq.After, more = p.Next, p.More
	}
	if found, err = eventsOf(ctx, x, held); err != nil {
		return nil, false, err
	}
	own, err := x.list(ctx, func(e *entry) bool { return choice{any: words}.fits(tagNames(e.Tags)...) })
	for i := range own {
		found[own[i].UUID] = true
	}
	return found, true, err
}

// untold says of a tag that an attribute can have it without a label that says so.
func untold(word string) bool {
	w := strings.ToLower(word)
	return strings.Contains(w, "%") || strings.HasPrefix(w, "tlp:") || strings.HasPrefix(w, "misp-galaxy:")
}

// patience is how long a search goes on without finding anything, where Options say
// nothing.
const patience = 30 * time.Second

var errPatience = parley.E(parley.Invalid, "nothing that fits was found for so long that the search was ended: what was not looked at may fit").
	WithHint("ask by value, uuid or tags without %%, which the index knows, or for fewer events: last, from, eventid, org, event_tags")

// patient is a context that ends with errPatience when rest is called and work is not
// within the patience of the server: what neither finds nor writes is ended.
func (q *request) patient() (ctx context.Context, rest, work, end func()) {
	ctx, cancel := context.WithCancelCause(q.ctx())
	t := time.AfterFunc(q.Patience, func() { cancel(errPatience) })
	return ctx, func() { t.Stop() }, func() { t.Reset(q.Patience) }, func() { t.Stop(); cancel(nil) }
}

// why is errPatience where that is what ended ctx, else err.
func why(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errPatience) {
		return errPatience
	}
	return err
}
