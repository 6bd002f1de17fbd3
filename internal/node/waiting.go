package node

import (
	"context"
	"slices"

	"parley.example/parley"
)

// maxWaiting bounds what is looked at to count for some bodies: who has more
// waiting than that needs no exact number.
const maxWaiting = 1000

// CountWaitingFor counts what waits for a person of these bodies of ours, and the
// flashes among it; at most maxWaiting.
func (s *Lists) CountWaitingFor(ctx context.Context, bodies []parley.Body) (all, flash int, err error) {
	if all, flash, err = s.folded.CountWaiting(ctx); err != nil || all == 0 {
		return all, flash, err // most of the time nothing waits
	}
	list, err := s.folded.Waiting(ctx, min(all, maxWaiting))
	all, flash = 0, 0
	for i := range list {
		if slices.ContainsFunc(list[i].To, func(b parley.Body) bool { return slices.Contains(bodies, b) }) {
			all++
			if list[i].Precedence == parley.Flash {
				flash++
			}
		}
	}
	return all, flash, err
}
