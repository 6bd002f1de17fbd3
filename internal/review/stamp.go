package review

import (
	"slices"
	"sort"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

type clockInterval = clock.Interval

// cosigner is somebody whose stamp on a journal counts: the other party, or a
// third that the agreement names. REVIEW-3
type cosigner struct {
	name          string
	party         parley.Party // "" for a third
	archive       bool
	disinterested bool
	keys          []proof.Key // of a third
}

// cosigners of a journal: the other party first, then archives, then witnesses.
func (f *Fold) cosigners(a *agreement.Agreement, j *journal) []cosigner {
	other := f.pair[1-j.side]
	list := []cosigner{{name: string(other), party: other}}
	for _, x := range a.Eyes.Archives {
		list = append(list, cosigner{name: x.Name, archive: true, disinterested: x.Disinterested, keys: bare(x.Mirror)})
	}
	for _, x := range a.Eyes.Witnesses {
		list = append(list, cosigner{name: x.Name, disinterested: x.Disinterested, keys: bare(x.Keys)})
	}
	return list
}

func bare(list []agreement.VKey) []proof.Key {
	keys := make([]proof.Key, len(list))
	for i := range list {
		keys[i] = list[i].Key
	}
	return keys
}

func (j *journal) of(c cosigner) *stamps {
	s := j.stamps[c.name]
	if s == nil {
		s = &stamps{by: c, half: map[uint64]halfStamp{}}
		j.stamps[c.name] = s
	}
	return s
}

// stamps are those of one cosigner on one journal.
type stamps struct {
	by     cosigner
	list   []stamp
	half   map[uint64]halfStamp // sizes that one of two owed lines is known of
	sorted bool
}

type stamp struct {
	size     uint64
	at       time.Time
	earliest time.Time // of this size and all larger ones
}

// halfStamp is one of the two lines that are owed.
type halfStamp struct {
	kind byte
	at   time.Time
}

// put adds a line. Where both kinds are owed, a size counts once both are there,
// from the later of the two on. REVIEW-3
func (s *stamps) put(x Stamp, kind byte, both bool) {
	at := x.Time
	if both {
		other, ok := s.half[x.Size]
		switch {
		case !ok:
			s.half[x.Size] = halfStamp{kind, at}
			return
		case other.kind == kind:
			return
		case other.at.After(at):
			at = other.at
		}
	} else if kind != proof.TypeCosignature {
		return
	}
	s.list = append(s.list, stamp{size: x.Size, at: at})
}

func (s *stamps) sort() {
	if s.sorted {
		return
	}
	s.sorted = true
	slices.SortFunc(s.list, func(a, b stamp) int {
		if a.size != b.size {
			if a.size < b.size {
				return -1
			}
			return 1
		}
		return a.at.Compare(b.at)
	})
	var best time.Time
	for i := len(s.list) - 1; i >= 0; i-- {
		if best.IsZero() || s.list[i].at.Before(best) {
			best = s.list[i].at
		}
		s.list[i].earliest = best
	}
}

// over is the earliest stamp on a tree that holds the entry; zero where there is none.
func (s *stamps) over(index uint64) time.Time {
	if s == nil {
		return time.Time{}
	}
	s.sort()
	if i := sort.Search(len(s.list), func(i int) bool { return s.list[i].size > index }); i < len(s.list) {
		return s.list[i].earliest
	}
	return time.Time{}
}

// first is the stamp on the smallest tree that holds the entry: the receipt for it.
func (s *stamps) first(index uint64) (stamp, bool) {
	if s == nil {
		return stamp{}, false
	}
	s.sort()
	if i := sort.Search(len(s.list), func(i int) bool { return s.list[i].size > index }); i < len(s.list) {
		return s.list[i], true
	}
	return stamp{}, false
}

// upTo is the stamp on the largest tree of at most this size.
func (s *stamps) upTo(size uint64) (stamp, bool) {
	if s == nil {
		return stamp{}, false
	}
	s.sort()
	if i := sort.Search(len(s.list), func(i int) bool { return s.list[i].size > size }); i > 0 {
		return s.list[i-1], true
	}
	return stamp{}, false
}

// when bounds the time of an entry, and of all that its author writes after it.
//
// Not after: the earliest stamp of a disinterested third; without one, of anybody
// else who counts. Not before: what the author itself has said, here or earlier: the
// `time` of an entry, and its own stamps on what its `mirrored` lines name. Nobody
// else's word counts against it, and no word of its own beyond a stamp: a clock that
// ran ahead makes nobody late. REVIEW-4, REVIEW-5
func (f *Fold) when(j *journal, index uint64, env *seal.Envelope) clock.Interval {
	s := f.sides[j.side]
	existed, decides := j.notAfter(index)
	i := clock.Interval{NotAfter: decides}
	said := env.Time
	for _, m := range env.Mirrored {
		if o := f.journals[m.Origin]; o != nil && o.side != j.side {
			if own, ok := o.stamps[string(s.party)].upTo(m.Size); ok && own.at.After(said) {
				said = own.at
			}
		}
	}
	if !existed.IsZero() && said.After(existed) {
		said = existed
	}
	if said.After(s.said) {
		s.said = said
	}
	i.NotBefore = s.said
	return i
}

// notAfter is the earliest stamp on an entry, and the one that decides. REVIEW-5
func (j *journal) notAfter(index uint64) (earliest, decides time.Time) {
	for _, s := range j.stamps {
		at := s.over(index)
		if at.IsZero() {
			continue
		}
		if earliest.IsZero() || at.Before(earliest) {
			earliest = at
		}
		if s.by.disinterested && (decides.IsZero() || at.Before(decides)) {
			decides = at
		}
	}
	if decides.IsZero() {
		decides = earliest
	}
	return earliest, decides
}
