package journal_test

import (
	"testing"

	"parley.example/parley/internal/journal"
	"parley.example/parley/seal"
)

func TestTail(t *testing.T) {
	d := newDesk(t)
	j := d.create(d.open())
	for _, n := range []int{3, 4, 1} { // checkpoints of size 3, 7, 8
		d.append(j, n)
	}
	all := func(uint64, *seal.Envelope) bool { return true }
	none := func(uint64, *seal.Envelope) bool { return false }
	for name, c := range map[string]struct {
		start, least uint64
		room         journal.Room
		wanted       func(uint64, *seal.Envelope) bool
		size         uint64 // of the checkpoint; 0: none fits
		parts        int
	}{
		"all":                  {0, 0, journal.Room{Entries: 256, Parts: 256, Octets: 1 << 20}, all, 8, 8},
		"without parts":        {0, 0, journal.Room{Entries: 256, Parts: 0, Octets: 1 << 20}, none, 8, 0},
		"few entries":          {0, 0, journal.Room{Entries: 6, Parts: 256, Octets: 1 << 20}, all, 3, 3},
		"few parts":            {0, 0, journal.Room{Entries: 256, Parts: 7, Octets: 1 << 20}, all, 7, 7},
		"few octets":           {0, 0, journal.Room{Entries: 256, Parts: 256, Octets: 5000}, all, 3, 3},
		"fewer octets":         {0, 0, journal.Room{Entries: 256, Parts: 256, Octets: 2000}, all, 0, 0},
		"in the middle":        {5, 0, journal.Room{Entries: 256, Parts: 256, Octets: 1 << 20}, all, 8, 3},
		"no smaller than that": {0, 4, journal.Room{Entries: 6, Parts: 256, Octets: 1 << 20}, all, 0, 0},
		"no room between":      {3, 0, journal.Room{Entries: 2, Parts: 256, Octets: 1 << 20}, all, 0, 0},
		"nothing follows":      {8, 0, journal.Room{Entries: 256, Parts: 256, Octets: 1 << 20}, all, 8, 0},
		"more than there is":   {9, 0, journal.Room{Entries: 256, Parts: 256, Octets: 1 << 20}, all, 0, 0},
	} {
		got, ok, err := j.Tail(t.Context(), c.start, c.least, c.room, c.wanted)
		if err != nil || ok != (c.size > 0) {
			t.Errorf("%s: %v, %v: want %v", name, ok, err, c.size > 0)
			continue
		}
		if ok && (got.Checkpoint.Size != c.size || got.Start != c.start || uint64(len(got.Entries)) != c.size-c.start || len(got.Parts) != c.parts) {
			t.Errorf("%s: %d entries from %d, %d parts, under %d: want %d parts under %d", name, len(got.Entries), got.Start, len(got.Parts), got.Checkpoint.Size, c.parts, c.size)
		}
	}
}
