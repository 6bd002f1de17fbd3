package register

import (
	"cmp"
	"math"
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// height places an entry after everything that its author's journal, and the
// journals that it says its author's node mirrored, held before it. base is the
// entries of the journals that its own one succeeds, before the height of the
// entry before it. It is never larger than math.MaxInt64: an author that claims
// to mirror absurd sizes places its own entries late, and nobody else's.
func height(env *seal.Envelope, index, base, before uint64) uint64 {
	h := add(add(index, 1), base)
	for _, m := range env.Mirrored {
		h = add(h, m.Size)
	}
	return max(h, add(before, 1))
}

func add(a, b uint64) uint64 {
	if a > math.MaxInt64-min(b, math.MaxInt64) {
		return math.MaxInt64
	}
	return a + b
}

// canonical puts the entries of one thread in order: each journal's by index, an
// entry never before the one that it answers, and where that leaves a choice the
// one of the least height, origin, index. Where two authors made a circle of
// answers, the same choice breaks it.
func (w *world) canonical(list []*sqldb.Message) []*sqldb.Message {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b *sqldb.Message) int {
		return w.compare(a.Height, a.Journal, a.Index, b.Height, b.Journal, b.Index)
	})
	queues := map[int64][]*sqldb.Message{}
	waiting := map[parley.MessageID]int{} // how many entries with this id are not placed yet
	for _, m := range list {
		queues[m.Journal] = append(queues[m.Journal], m)
		waiting[m.ID]++
	}
	for id := range queues { // height grows with the index in honest journals, and is made to
		slices.SortFunc(queues[id], func(a, b *sqldb.Message) int { return cmp.Compare(a.Index, b.Index) })
	}
	out := make([]*sqldb.Message, 0, len(list))
	for len(out) < len(list) {
		var best, blocked *sqldb.Message
		for _, q := range queues {
			if len(q) == 0 {
				continue
			}
			head := q[0]
			if !head.Answers.IsZero() && waiting[head.Answers] > 0 && head.Answers != head.ID {
				blocked = w.first(blocked, head)
				continue
			}
			best = w.first(best, head)
		}
		if best == nil {
			best = blocked
		}
		queues[best.Journal] = queues[best.Journal][1:]
		waiting[best.ID]--
		out = append(out, best)
	}
	return out
}

func (w *world) first(a, b *sqldb.Message) *sqldb.Message {
	if a == nil || w.compare(b.Height, b.Journal, b.Index, a.Height, a.Journal, a.Index) < 0 {
		return b
	}
	return a
}

func (w *world) compare(ha uint64, ja int64, ia uint64, hb uint64, jb int64, ib uint64) int {
	return cmp.Or(cmp.Compare(ha, hb), cmp.Compare(w.byID[ja].Origin, w.byID[jb].Origin), cmp.Compare(ia, ib))
}
