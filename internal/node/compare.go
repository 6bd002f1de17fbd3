package node

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
)

// compare holds what a target shows of every journal that we mirror against our
// own copy: its own journal, and those that it mirrors too. A view that was split
// between us, or a past that its author rewrote, is found here; the mirror stores
// the evidence and stops. A target that shows what its tree does not bear out
// proves nothing, and is asked again. The caller holds t.step. JOURNAL-50
func (l *Line) compare(ctx context.Context, t *target, client peer.Node) {
	type pair struct {
		origin parley.Origin
		mirror *mirror.Mirror
		log    []proof.Key
	}
	var list []pair
	l.mu.RLock()
	for _, o := range l.chain.Origins() {
		m := l.mirrors[o]
		log, err := l.chain.LogKeys(o)
		if _, over := l.chain.Successor(o); over {
			continue // it has ended: whatever it was, its successor goes on
		}
		if m != nil && err == nil {
			list = append(list, pair{o, m, log})
		}
	}
	l.mu.RUnlock()
	l.compareOwn(ctx, t, client)
	for _, p := range list {
		note, err := client.Checkpoint(ctx, p.origin)
		if err != nil {
			continue // it holds nothing of it, or says so
		}
		cp, err := proof.OpenCheckpoint(note, p.log...)
		if err != nil || cp.Origin != p.origin {
			continue // not signed by its author: nobody's word but the target's
		}
		if p.origin.Party() == t.party {
			if err := l.confirm(ctx, p.mirror, p.origin, note); err != nil && parley.KindOf(err) != parley.NotFound {
				return // shown again at the next visit
			}
		}
		own, _, err := p.mirror.Latest(ctx)
		if err != nil || own.Size == cp.Size && own.Root == cp.Root {
			continue // nothing to compare yet, or the same
		}
		if seen := t.compared[p.origin]; seen.Size == cp.Size && seen.Root == cp.Root && seen.own == own.Size {
			continue
		}
		err = p.mirror.Investigate(ctx, note, courier.FetchTree(ctx, client, p.origin, cp.Size, cp.Root))
		forked := err != nil && parley.KindOf(err) == parley.Forbidden
		if forked {
			l.node.log.Warn("fork proven", "event", "fork", "origin", string(p.origin), "shown_by", t.name)
			l.refused(ctx, p.origin, err)
		}
		if forked || err == nil {
			t.compared[p.origin] = compared{cp, own.Size}
		}
	}
}

// compared is a checkpoint of somebody else that was held against our copy.
type compared struct {
	proof.Checkpoint
	own uint64 // the size of our copy then
}
