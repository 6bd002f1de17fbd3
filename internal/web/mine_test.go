package web

import (
	"slices"
	"strconv"
	"testing"

	"parley.example/parley/internal/node"
)

// A page is full as long as there is something that the officer may see, nothing is
// left out between pages, and no question is without an end.
func TestMine(t *testing.T) {
	asked := 0
	numbers := func(r node.ListRequest) (list []int, next string, err error) {
		asked++
		from, _ := strconv.Atoi(r.After)
		for n := from; n < min(1000, from+r.Limit); n++ {
			list = append(list, n)
		}
		if from+r.Limit < 1000 {
			next = strconv.Itoa(from + r.Limit)
		}
		return list, next, nil
	}
	var all []int
	for after := ""; ; {
		rows, next, err := mine(Page{After: after, Limit: 10}, numbers, func(n *int) bool { return *n%7 == 0 })
		if err != nil || len(rows) != 10 && next != "" {
			t.Fatalf("%d rows of 10, then %q: %v", len(rows), next, err)
		}
		all = append(all, rows...)
		if after = next; after == "" {
			break
		}
	}
	if len(all) != 143 || !slices.IsSorted(all) || all[142] != 994 {
		t.Errorf("%d of 143, the last %d", len(all), all[len(all)-1])
	}
	asked = 0
	if rows, next, err := mine(Page{Limit: 1}, numbers, func(*int) bool { return false }); err != nil || len(rows) != 0 || next == "" || asked > maxAsked {
		t.Errorf("%d, %q after %d questions: %v", rows, next, asked, err)
	}
}
