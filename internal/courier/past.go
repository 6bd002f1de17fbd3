package courier

import (
	"context"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
)

// PushPast is PushJournal for a journal of ours that a succession closed. A target
// that was promised more of it than we have lacks that for good: it gets what there is
// in one combined push, up to our largest checkpoint.
func PushPast(ctx context.Context, at time.Time, j Journal, t Target, k Known) (Pushed, error) {
	out, err := PushJournal(ctx, at, j, t, k)
	if _, promised := as[*Ahead](err); !promised {
		return out, err
	}
	cp, bad := j.Latest(ctx)
	if bad != nil {
		return out, bad
	}
	p := &pusher{journal: j, target: t, at: at, out: out, asked: map[parley.Hash]int{}}
	p.out.Next = min(p.out.Next, cp.Size)
	if cp.Size-p.out.Next > peer.MaxPushEntries {
		return out, err
	}
	push, ok, bad := p.combine(ctx, cp)
	if bad != nil || !ok {
		return out, parley.E(parley.Conflict, "%s was promised more of the closed journal than there is: %w", t.Name, err)
	}
	lines, bad := t.Node.Push(ctx, push)
	if bad != nil {
		return out, bad
	}
	return p.out, p.cosigned(ctx, cp, lines)
}
