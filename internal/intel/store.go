package intel

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"parley.example/parley"
	"parley.example/parley/indicator"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/warninglist"
)

type indicatorValue = indicator.Value

// Store is the objects of a node. Safe for concurrent use by one process.
type Store struct {
	db   *sqldb.DB
	now  func() time.Time
	runs atomic.Pointer[runs] // of some generation: snapshot says whether it is the present one

	warnings atomic.Pointer[warninglist.Set] // nil: there are none

	writing  sync.Mutex // one batch at a time
	filter   *filter    // guarded by writing; nil until the first batch
	filtered int64      // guarded by writing: the generation that filter knows
}

// Open makes the store of a database.
func Open(ctx context.Context, db *sqldb.DB, now func() time.Time) (*Store, error) {
	s := &Store{db: db, now: now}
	return s, db.View(ctx, func(tx *sqldb.Tx) error {
		_, err := s.snapshot(tx)
		return err
	})
}

// Newest is the number of the object that was added last; 0 where there is none.
func (s *Store) Newest(ctx context.Context) (n uint64, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		r, err := s.snapshot(tx)
		if err == nil {
			n = r.next() - 1
		}
		return err
	})
	return n, err
}

// Sources lists the sources that a clearance sees, in the order of their numbers.
func (s *Store) Sources(ctx context.Context, c Clearance) ([]Source, error) {
	rows, err := sqldb.Read(ctx, s.db, (*sqldb.Tx).IntelSources)
	var list []Source
	for _, r := range rows {
		if src := sourceOf(r); c.Sees(src) {
			list = append(list, src)
		}
	}
	return list, err
}

func sourceOf(r sqldb.IntelSource) Source {
	src := Source{N: r.N, Agreement: r.Agreement, Party: r.Party, Direction: Direction(r.Direction), Name: r.Name, Objects: r.Objects, Withdrawn: r.Withdrawn}
	if r.Added != 0 {
		src.Added = time.UnixMilli(r.Added).UTC()
	}
	return src
}

// SourceFor finds a source, and makes it where it is not there yet.
func (s *Store) SourceFor(ctx context.Context, want Source) (Source, error) {
	if err := want.check(); err != nil {
		return want, err
	}
	r := sqldb.IntelSource{Direction: string(want.Direction), Agreement: want.Agreement, Party: want.Party, Name: want.Name}
	list, err := sqldb.Read(ctx, s.db, (*sqldb.Tx).IntelSources)
	if err != nil {
		return want, err
	}
	for _, x := range list { // mostly it is there, and nothing waits for the writer
		if x.Direction == r.Direction && x.Agreement == r.Agreement && x.Party == r.Party && x.Name == r.Name {
			return sourceOf(x), nil
		}
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) (err error) { r, err = tx.PutIntelSource(r); return err })
	return sourceOf(r), err
}

func (s Source) check() error {
	switch {
	case s.Direction == Own && (s.Party != "" || !s.Agreement.IsZero()),
		s.Direction != Own && (s.Party == "" || s.Agreement.IsZero()),
		s.Direction != Own && s.Direction != In && s.Direction != Out:
		return parley.E(parley.Internal, "source %+v: want own without a party, or in or out with an agreement and a party", s)
	case len(s.Name) > 256:
		return parley.E(parley.Invalid, "a source's name of %d octets: want at most 256", len(s.Name))
	}
	return nil
}
