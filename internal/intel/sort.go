package intel

import "slices"

// digit is how many bits of a term one pass of the sort looks at.
const digit = 11

// sortPostings sorts by term those that stand in the order of their numbers, a digit
// at a time and the lowest first, which keeps that order among equal terms: a batch has
// a hundred thousand, and comparing them was a sixth of an import.
func sortPostings(list []posting) {
	if len(list) < 1<<digit {
		slices.SortStableFunc(list, posting.compare)
		return
	}
	other := make([]posting, len(list))
	from, to := list, other
	for shift := 0; shift < 64; shift += digit {
		var count [1 << digit]int
		for i := range from {
			count[uint64(from[i].term)>>shift&(1<<digit-1)]++
		}
		if slices.Contains(count[:], len(from)) {
			continue // all have the same digit here
		}
		at := 0
		for i, n := range count {
			count[i] = at
			at += n
		}
		for i := range from {
			d := uint64(from[i].term) >> shift & (1<<digit - 1)
			to[count[d]] = from[i]
			count[d]++
		}
		from, to = to, from
	}
	if &from[0] != &list[0] {
		copy(list, from)
	}
}
