package node

import (
	"context"
	"errors"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
)

// compareOwn holds what a target shows of our own journal against it, while we write
// it: whoever signs with our key elsewhere is found here, on our own desk. The
// caller holds t.step.
func (l *Line) compareOwn(ctx context.Context, t *target, client peer.Node) {
	if l.journal() == nil || l.journal().Asking() {
		return
	}
	note, err := client.Checkpoint(ctx, l.origin())
	if err != nil {
		return // it holds nothing of it, or says so
	}
	if cp, err := l.openOwn(note); err != nil || t.compared[cp.Origin].Root == cp.Root && t.compared[cp.Origin].Size == cp.Size {
		return
	} else if l.sameHistory(ctx, t, client, note) == nil {
		t.compared[cp.Origin] = compared{Checkpoint: cp}
	}
}

// sameHistory is Conflict where a target shows that our key signed another history of
// our journal than the one that is here: then the alarm is raised, and nothing more
// is signed. What it cannot prove by our own signature says nothing. JOURNAL-26
func (l *Line) sameHistory(ctx context.Context, t *target, client peer.Node, note []byte) error {
	theirs, err := l.openOwn(note)
	if note == nil || err != nil {
		return nil
	}
	own, err := l.journal().Latest(ctx)
	if err != nil {
		return notFoundIsNil(err)
	}
	size := min(own.Size, theirs.Size)
	ours, err := tlog.TreeHash(int64(size), l.journal().HashReader(ctx))
	if err != nil {
		return err
	}
	root := theirs.Root
	if theirs.Size > size { // every hash of it is proven to be under what we signed
		if root, err = tlog.TreeHash(int64(size), courier.FetchTree(ctx, client, theirs.Origin, theirs.Size, theirs.Root)); err != nil {
			return nil // it holds no entries up to there: asked again when it is ahead
		}
	}
	if root == ours {
		return nil
	}
	l.journal().Silence()
	e := parley.E(parley.Conflict, "%s holds another history of our journal %s, signed with our key, that differs within its first %d entries", t.name, theirs.Origin, size).
		WithHint("keep both copies; parley journal succeed opens the next journal")
	l.alarm(ctx, AlarmOwnFork, string(theirs.Origin), e.Msg+"; nothing is added to this journal any more, and what was delivered stands; "+
		"stop any other node with these keys, or treat the key as stolen, then `parley journal succeed`")
	return e
}

// alarm raises an alarm and tells the desk. One that cannot be stored is in the log.
func (l *Line) alarm(ctx context.Context, kind, subject, text string) {
	err := l.node.db.Update(ctx, func(tx *sqldb.Tx) error { return tx.RaiseAlarm(kind, subject, text, l.node.now()) })
	if err != nil && !errors.Is(err, context.Canceled) {
		l.node.log.Error("alarm not stored", "event", "alarm.lost", "error", err)
	}
	l.node.publish(Event{What: "alarm", Agreement: l.id})
}
