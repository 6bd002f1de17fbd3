package node

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
)

// reminder takes what the author of a journal shows of our own mirror's newest
// cosignature, where we have started again and cannot reach the author ourselves:
// peer.Returner on a journal of the caller. What shows no cosignature of ours
// teaches nothing; the author has answered all the same. JOURNAL-51
type reminder struct {
	line   *Line
	mirror *mirror.Mirror
}

// Return implements peer.Returner.
func (r *reminder) Return(ctx context.Context, note []byte) error {
	switch err := r.mirror.LearnOwn(ctx, note); parley.KindOf(err) {
	case parley.Unavailable, parley.Internal:
		if err != nil {
			return err
		}
	}
	r.mirror.Ready()
	return nil
}

// remind shows a target, which takes nothing because it has started again and
// does not reach us, what its mirror last cosigned of our journal.
func (l *Line) remind(ctx context.Context, t *target, client peer.Node, j *journal.Journal) error {
	size, _ := l.cosignedOf(ctx, j, t.name)
	cp, err := j.Latest(ctx)
	if err == nil && size > 0 {
		cp, err = j.CheckpointAt(ctx, size)
	}
	if err != nil {
		return err
	}
	note := append([]byte(nil), cp.Note...)
	rows, err := j.Cosignatures(ctx, cp.Size)
	if err != nil {
		return err
	}
	keys, err := l.cosignerKeys(t.name, cp.Origin, cp.Size)
	if err != nil {
		return err
	}
	for _, row := range rows {
		for _, k := range keys {
			if row.Cosigner == k.Name && row.KeyID == k.ID {
				note = append(note, row.Line...)
			}
		}
	}
	return client.Return(ctx, cp.Origin, note)
}

// answered takes a counterpart's cosignatures as its answer to what it holds of
// our journal, where we have started again and cannot ask it: a party that opens
// no port brings them by itself. JOURNAL-24
func (l *Line) answered(ctx context.Context, name string, cp proof.Checkpoint) error {
	if !l.journal().Asking() {
		return nil
	}
	for _, t := range l.Targets() {
		if t.name != name {
			continue
		}
		l.mu.Lock()
		if _, known := l.answers[name]; !known {
			l.answers[name] = journal.Held{Who: name, Note: cp.Note}
		}
		l.mu.Unlock()
		t.mu.Lock()
		t.asked = true
		t.mu.Unlock()
	}
	return l.resume(ctx)
}
