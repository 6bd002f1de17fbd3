package sqldb

import (
	"fmt"
	"slices"
	"strings"

	"parley.example/parley"
)

// lookups are the numbers of values that one lookup asks for: few texts for all lengths.
var lookups = [...]int{1, 4, 32}

// texts is a query for each of the lookups.
type texts [len(lookups)]string

// textsIn puts that many placeholders between before and after.
func textsIn(before, after string) texts { return textsAfter(0, before, after) }

// textsAfter is textsIn where so many stand before them.
func textsAfter(first int, before, after string) (t texts) {
	for k, n := range lookups {
		t[k] = before + holders(first+1, n) + after
	}
	return t
}

// textsAt puts that many rows of two numbers between before and after. The casts tell
// PostgreSQL what they are.
func textsAt(before, after string) (t texts) {
	for k, n := range lookups {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ", (CAST($%d AS BIGINT), CAST($%d AS BIGINT))", 2*i+1, 2*i+2)
		}
		t[k] = before + "(VALUES" + b.String()[1:] + ")" + after
	}
	return t
}

// lookup is the smallest of the lookups that n values fit into, or the largest.
func lookup(n int) int {
	k := 0
	for k < len(lookups)-1 && lookups[k] < n {
		k++
	}
	return k
}

// inChunks calls f with lookups[k] arguments at a time; the last one is repeated.
func inChunks(values []parley.Hash, f func(k int, args []any) error) error {
	for chunk := range slices.Chunk(values, lookups[len(lookups)-1]) {
		k := lookup(len(chunk))
		args := make([]any, lookups[k], lookups[k]+1)
		for i := range args {
			args[i] = chunk[min(i, len(chunk)-1)][:]
		}
		if err := f(k, args); err != nil {
			return err
		}
	}
	return nil
}

// atPlaces calls f with lookups[k] pairs of arguments at a time; the last is repeated.
func atPlaces(places []Place, f func(k int, args []any) error) error {
	for chunk := range slices.Chunk(places, lookups[len(lookups)-1]) {
		k := lookup(len(chunk))
		args := make([]any, 0, 2*lookups[k])
		for i := range lookups[k] {
			p := chunk[min(i, len(chunk)-1)]
			args = append(args, p.Journal, int64(p.Index))
		}
		if err := f(k, args); err != nil {
			return err
		}
	}
	return nil
}
