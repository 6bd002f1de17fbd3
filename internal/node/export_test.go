package node

import (
	"context"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Tail is tail, for tests from outside.
func (l *Line) Tail(ctx context.Context) (size, least uint64, err error) { return l.tail(ctx) }

// SetWindow makes a window small, before the node is used.
func (n *Node) SetWindow(messages uint64) { n.window = messages }

// Silent says whether our journal signs nothing.
func (l *Line) Silent() bool { return l.journal().Asking() }

// MirroredHoldsLaw makes mirrored wait for a reader of the database, and says
// whether it keeps the lock of the law meanwhile: then the two could wait for each
// other for ever, since a verdict takes that lock within its reader.
func (l *Line) MirroredHoldsLaw(ctx context.Context) bool {
	free, in := make(chan struct{}), make(chan struct{}, 16)
	done := make(chan struct{}, 17)
	for range 16 { // more than there are readers
		go func() {
			l.node.db.View(ctx, func(*sqldb.Tx) error { in <- struct{}{}; <-free; return nil })
			done <- struct{}{}
		}()
	}
	<-in
	<-in
	time.Sleep(20 * time.Millisecond)
	go func() { l.mirrored(ctx); done <- struct{}{} }()
	time.Sleep(50 * time.Millisecond)
	held := !l.mu.TryLock()
	if !held {
		l.mu.Unlock()
	}
	close(free)
	for range 17 {
		<-done
	}
	return held
}

// LoseSigner takes the signing keys of a body of ours away; back gives them back.
func (l *Line) LoseSigner(b parley.Body) (back func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.signers[b]
	delete(l.signers, b)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.signers[b] = kept
	}
}
