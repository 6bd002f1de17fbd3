package intel

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// markings resolves how objects are marked, with the definitions that came with them,
// those that their source gave before, and those that people imported here: nobody says
// what the markings of others mean. It belongs to one goroutine. INTEL-3
type markings struct {
	ctx    context.Context
	store  *Store
	source int64
	known  map[string]*stix.Object // by identifier; nil: looked for, and not there
}

// maxMarkings bounds how many definitions one import remembers.
const maxMarkings = 10_000

func newMarkings(ctx context.Context, s *Store, source int64) *markings {
	return &markings{ctx: ctx, store: s, source: source, known: map[string]*stix.Object{}}
}

func (m *markings) learn(o *stix.Object) {
	if o.Type == "marking-definition" && len(m.known) < maxMarkings {
		kept := *o
		kept.Raw = bytes.Clone(o.Raw)
		m.known[o.ID] = &kept
	}
}

func (m *markings) resolve(o *stix.Object) stix.Marking {
	got, err := stix.Resolve(o, m.find)
	if err != nil { // it says how far it came: nobody knows the rest
		got.TLP = stix.Red
	}
	return got
}

func (m *markings) find(id string) (*stix.Object, bool) {
	if o, ok := m.known[id]; ok {
		return o, o != nil
	}
	var found *stix.Object
	err := m.store.db.View(m.ctx, func(tx *sqldb.Tx) error {
		r, err := m.store.snapshot(tx)
		if err != nil {
			return err
		}
		sources, err := tx.IntelSources()
		if err != nil {
			return err
		}
		heard := func(n int64) bool {
			return n == m.source || slices.ContainsFunc(sources, func(x sqldb.IntelSource) bool {
				return x.N == n && x.Direction == string(Own) && x.Name == ""
			})
		}
		numbers, err := lookup(tx, r, []term{termOf(termID, id)})
		s := &shelf{tx: tx}
		for _, n := range numbers[termOf(termID, id)] {
			ok, e := s.take(n)
			if e != nil || !ok || s.head(n).id != id || s.flags[n]&flagRemoved != 0 || !heard(s.pack.Source) {
				err = errors.Join(err, e)
				continue
			}
			raw, e := s.octets(n)
			if e != nil {
				return e
			}
			if found, e = stix.Parse(append([]byte(nil), raw...), stix.Limits{}); e == nil {
				return err
			}
			found = nil
		}
		return err
	})
	if err == nil && len(m.known) < maxMarkings {
		m.known[id] = found
	}
	return found, found != nil
}

func asFault(err error) *stix.Fault {
	var f *stix.Fault
	if errors.As(err, &f) {
		return f
	}
	return &stix.Fault{Rule: "unreadable", Message: err.Error()}
}
