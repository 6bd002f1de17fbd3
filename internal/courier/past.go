package courier

import (
	"context"
	"time"

	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/peer"
	"parley.example/parley/seal"
)

// PushPast is PushJournal for a journal of ours that a succession closed. A target
// that was promised more of it than we have lacks that for good: it gets what there is
// in one combined push, up to a checkpoint of ours.
func PushPast(ctx context.Context, at time.Time, j Journal, t Target, k Known) (Pushed, error) {
	out, err := PushJournal(ctx, at, j, t, k)
	if _, promised := as[*Ahead](err); !promised {
		return out, err
	}
	newest, bad := j.Latest(ctx)
	if bad != nil {
		return out, bad
	}
	p := &pusher{journal: j, target: t, at: at, out: out}
	room := journal.Room{Entries: peer.MaxPushEntries, Parts: peer.MaxPushParts, Octets: PushOctets}
	tail, ok, bad := j.Tail(ctx, min(out.Next, newest.Size), 0, room, func(i uint64, e *seal.Envelope) bool { return t.Holds(i, e) })
	if bad != nil {
		return out, bad
	}
	if !ok {
		return out, err
	}
	lines, bad := t.Node.Push(ctx, peer.Push{Note: tail.Checkpoint.Note, Start: tail.Start, Entries: tail.Entries, Parts: tail.Parts})
	if bad != nil {
		return out, bad
	}
	err = p.cosigned(ctx, tail.Checkpoint, lines)
	return p.out, err
}
