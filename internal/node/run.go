package node

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Run does all steps until ctx ends, and returns when every goroutine has
// stopped. It is the only place of this package that starts goroutines or waits
// for time to pass; tests and the simulation call the steps themselves.
func (n *Node) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { n.upkeep(ctx) })
	wg.Go(func() { n.runIntel(ctx) })
	started := map[any]bool{} // lines and targets: an agreement, an amendment brings more
	for {
		for _, l := range n.Lines() {
			l.run(ctx, &wg, started)
		}
		if !wait(ctx, n.bell, time.Second) {
			return
		}
		for _, l := range n.Lines() {
			l.ring()
		}
	}
}

// Round is one turn of what Run does for lines, in the caller's goroutine: the own
// work of each, one visit to each of its targets, and what that brought. For whoever
// brings a clock that moves by steps.
func (n *Node) Round(ctx context.Context) error {
	for _, l := range n.Lines() {
		if _, err := l.Step(ctx); err != nil {
			return err
		}
		for _, t := range l.Targets() {
			l.Serve(ctx, t)
		}
		if _, err := l.Step(ctx); err != nil {
			return err
		}
	}
	_, err := n.stepIntel(ctx)
	return err
}

// run starts the loops of one line that do not run yet: its own work, and one for
// each target, so that a counterpart that does not answer holds back nobody else.
func (l *Line) run(ctx context.Context, wg *sync.WaitGroup, started map[any]bool) {
	if !started[l] {
		started[l] = true
		l.runs.Store(true)
		wg.Go(func() { l.loop(ctx) })
	}
	for _, t := range l.Targets() {
		if !started[t] {
			started[t] = true
			wg.Go(func() { l.serveTarget(ctx, t) })
		}
	}
}

// receiptPause is how long our node's receipts wait for others that can go with them
// (RECEIPT-4): under fire one says what ten would, and the next message finds the
// cores and the disk free.
const receiptPause = 50 * time.Millisecond

func (l *Line) loop(ctx context.Context) {
	var tidied time.Time
	var due time.Time // of the receipts; zero: none is owed
	for {
		if now := l.node.now(); now.Sub(tidied) > time.Hour {
			tidied = now
			if err := l.Tidy(ctx); err != nil && ctx.Err() == nil {
				l.node.log.Error("tidying failed", "event", "line.tidy", "error", err)
			}
			if err := l.retainAll(ctx); err != nil && ctx.Err() == nil {
				l.node.log.Error("erasing by rule failed", "event", "line.tidy", "error", err)
			}
			if err := l.RemindChecks(ctx); err != nil && ctx.Err() == nil {
				l.node.log.Error("reminding of checks failed", "event", "check.remind", "error", err)
			}
		}
		next, err := l.advance(ctx)
		switch now := l.node.now(); {
		case !l.owes.Load() || !l.speaks():
			due = time.Time{}
		case due.IsZero() || due.Sub(now) > receiptPause: // the clock was put back
			due = now.Add(receiptPause)
		case !now.Before(due):
			due = time.Time{}
			next, err = l.answerOwed(ctx, next, err)
		}
		if err != nil && ctx.Err() == nil {
			l.node.log.Error("line step failed", "event", "line.step", "agreement", l.id.String()[:16], "error", err)
		}
		pause := time.Second
		for _, at := range []time.Time{next, due} {
			if !at.IsZero() {
				pause = min(pause, max(at.Sub(l.node.now()), time.Millisecond))
			}
		}
		if !wait(ctx, l.bell, pause) {
			return
		}
	}
}

// Step does what is due on this line but the pushing: sequence, judge and fold,
// answer with receipts. It says when the next message is due.
func (l *Line) Step(ctx context.Context) (next time.Time, err error) {
	next, err = l.advance(ctx)
	return l.answerOwed(ctx, next, err)
}

// advance is Step without the receipts. A message that waits goes first: what is sent
// is on its way before anything else is looked at.
func (l *Line) advance(ctx context.Context) (next time.Time, err error) {
	if err := l.enter(ctx); err != nil {
		return next, err
	}
	if err := l.endAlarms(ctx); err != nil {
		return next, err
	}
	var unsaid error // holds back nothing that came in
	if l.speaks() {
		next, unsaid = l.Sequence(ctx)
	}
	return next, errors.Join(unsaid, l.Follow(ctx))
}

// speaks says that we have a journal, and that it waits for nobody's word.
func (l *Line) speaks() bool { return l.journal() != nil && !l.journal().Asking() }

// answerOwed makes the receipts that are owed and sends them. next and before are what
// advance returned: a message that cannot be said holds back nothing that came in.
func (l *Line) answerOwed(ctx context.Context, next time.Time, before error) (time.Time, error) {
	if !l.speaks() || !l.owes.Swap(false) {
		return next, before
	}
	answered, err := l.Receipts(ctx)
	if err != nil || answered {
		l.owes.Store(true) // until a round finds nothing
	}
	if err = errors.Join(before, err); err != nil || !answered {
		return next, err
	}
	if next, err = l.Sequence(ctx); err != nil {
		return next, err
	}
	return next, l.Follow(ctx)
}

func (l *Line) serveTarget(ctx context.Context, t *target) {
	for !t.gone() {
		next := l.Serve(ctx, t)
		if !wait(ctx, t.bell, max(next.Sub(l.node.now()), time.Millisecond)) {
			return
		}
	}
}

func (l *Line) ring() {
	ring(l.bell)
	for _, t := range l.Targets() {
		ring(t.bell)
	}
}

func ring(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// wait returns false when ctx has ended.
func wait(ctx context.Context, bell <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-bell:
	case <-t.C:
	}
	return ctx.Err() == nil
}
