package poll

import (
	"cmp"
	"context"
	"slices"
	"time"

	"parley.example/parley/internal/store/sqldb"
)

// atOnce is how many feeds Step polls at one time.
const atOnce = 4

// Step begins to poll the feeds that are due, the longest due first, as many at once as may be,
// and does not wait for them: Changed tells when one has ended. It says when the next one is
// due; the zero time: none before Changed tells. A poll ends when ctx does; see Wait.
func (p *Poller) Step(ctx context.Context) (next time.Time, err error) {
	rows, err := p.store.Feeds(ctx)
	if err != nil {
		return next, err
	}
	slices.SortStableFunc(rows, func(a, b sqldb.FeedRow) int { return cmp.Compare(a.Due, b.Due) })
	for _, r := range rows {
		if ctx.Err() != nil {
			return next, ctx.Err()
		}
		if due := time.UnixMicro(r.Due).UTC(); due.After(p.now()) {
			if !p.polled(r.Name) {
				return due, nil // and what stands behind it is due later
			}
			continue
		}
		if end, _ := p.begin(r.Name, atOnce); end != nil {
			p.steps.Go(func() {
				defer end()
				p.step(ctx, r.Name)
			})
		}
	}
	return next, nil
}

// step polls one feed, and says in the log what came of it.
func (p *Poller) step(ctx context.Context, name string) {
	rep, err := p.poll(ctx, name)
	if err != nil && ctx.Err() == nil {
		p.log.Warn("a feed could not be polled", "event", "feed.failed", "feed", name, "error", err)
	} else if rep.New+rep.Failed > 0 {
		p.log.Info("a feed was polled", "event", "feed.polled", "feed", name, "new", rep.New, "failed", rep.Failed)
	}
}

// Changed tells that Step should look again. It is never closed.
func (p *Poller) Changed() <-chan struct{} { return p.changed }

// Wait returns when no poll that Step began is under way.
func (p *Poller) Wait() { p.steps.Wait() }

func (p *Poller) look() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// begin makes a feed ours until end is called. end is nil where it is polled already, until
// other is closed, and where most feeds are polled.
func (p *Poller) begin(name string, most int) (end func(), other <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if other := p.busy[name]; other != nil || len(p.busy) >= most {
		return nil, other
	}
	done := make(chan struct{})
	p.busy[name] = done
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.busy, name)
		close(done)
		p.look()
	}, nil
}

func (p *Poller) polled(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.busy[name] != nil
}
