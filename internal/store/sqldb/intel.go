package sqldb

import (
	"database/sql"
	"time"

	"parley.example/parley"
)

// IntelSource is one stream of objects.
type IntelSource struct {
	N         int64
	Direction string // own, in, out
	Agreement parley.Hash
	Party     parley.Party
	Name      string
	Objects   int64
	Added     int64 // of the last object, in milliseconds
	Withdrawn int64 // objects that were recalled or taken out
}

const intelSourceColumns = `source, direction, agreement, party, name, objects, added, withdrawn`

func scanIntelSource(s *IntelSource) []any {
	return []any{&s.N, &s.Direction, hash{&s.Agreement}, &s.Party, &s.Name, &s.Objects, &s.Added, &s.Withdrawn}
}

// IntelSources lists all sources in the order of their numbers.
func (t *Tx) IntelSources() ([]IntelSource, error) {
	var list []IntelSource
	err := t.query(`SELECT `+intelSourceColumns+` FROM intel_source ORDER BY source`, nil, func(r *sql.Rows) error {
		var s IntelSource
		err := r.Scan(scanIntelSource(&s)...)
		list = append(list, s)
		return err
	})
	return list, err
}

// PutIntelSource finds a source, and adds it where it is new.
func (t *Tx) PutIntelSource(s IntelSource) (IntelSource, error) {
	key := []any{s.Direction, s.Agreement[:], string(s.Party), s.Name}
	if _, err := t.exec(`INSERT INTO intel_source (direction, agreement, party, name) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, key...); err != nil {
		return s, err
	}
	_, err := t.one(`SELECT `+intelSourceColumns+` FROM intel_source WHERE direction = $1 AND agreement = $2 AND party = $3 AND name = $4`, key, scanIntelSource(&s)...)
	return s, err
}

// SetIntelSource stores how far a source has come.
func (t *Tx) SetIntelSource(n, objects, added int64) error {
	t.touch(Intel())
	_, err := t.exec(`UPDATE intel_source SET objects = $2, added = $3 WHERE source = $1`, n, objects, added)
	return err
}

// AddIntelWithdrawn counts objects of a source that were recalled or taken out.
func (t *Tx) AddIntelWithdrawn(n, objects int64) error {
	t.touch(Intel())
	_, err := t.exec(`UPDATE intel_source SET withdrawn = withdrawn + $2 WHERE source = $1`, n, objects)
	return err
}

// IntelLot is what came or went at one time.
type IntelLot struct {
	N      int64
	Source int64
	Entry  parley.Ref // zero: no entry brought it
	Sender string
	Proof  string
	TLP    int
	Labels string // one a line
	Format string
	Begun  time.Time
	Report []byte // nil until it is whole
}

const intelLotColumns = `lot, source, origin, idx, sender, proof, tlp, labels, format, begun_at, report`

func scanIntelLot(l *IntelLot) []any {
	return []any{&l.N, &l.Source, &l.Entry.Origin, (*int64bits)(&l.Entry.Index), &l.Sender, &l.Proof, &l.TLP, &l.Labels, &l.Format, micros{&l.Begun}, &l.Report}
}

// AddIntelLot adds a lot and returns its number.
func (t *Tx) AddIntelLot(l IntelLot) (int64, error) {
	_, err := t.exec(`INSERT INTO intel_lot (source, origin, idx, sender, proof, tlp, labels, format, begun_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		l.Source, string(l.Entry.Origin), int64(l.Entry.Index), l.Sender, l.Proof, l.TLP, l.Labels, l.Format, toMicros(l.Begun))
	if err != nil {
		return 0, err
	}
	var n int64
	_, err = t.one(`SELECT MAX(lot) FROM intel_lot`, nil, &n)
	return n, err
}

// EndIntelLot stores what became of it, and which objects were here already.
func (t *Tx) EndIntelLot(n int64, report, known []byte) error {
	_, err := t.exec(`UPDATE intel_lot SET report = $2, known = $3 WHERE lot = $1`, n, report, known)
	return err
}

// IntelKnownOf lists what EndIntelLot stored of the objects that an entry brought again.
func (t *Tx) IntelKnownOf(entry parley.Ref) (list [][]byte, err error) {
	err = t.query(`SELECT known FROM intel_lot WHERE origin = $1 AND idx = $2 AND known IS NOT NULL`, []any{string(entry.Origin), int64(entry.Index)}, func(r *sql.Rows) error {
		var b []byte
		err := r.Scan(&b)
		list = append(list, b)
		return err
	})
	return list, err
}

// IntelLot finds one; ok is false where there is none.
func (t *Tx) IntelLot(n int64) (l IntelLot, ok bool, err error) {
	ok, err = t.one(`SELECT `+intelLotColumns+` FROM intel_lot WHERE lot = $1`, []any{n}, scanIntelLot(&l)...)
	return l, ok, err
}

// IntelLots lists the newest lots first, those before one (0: from the newest).
func (t *Tx) IntelLots(before int64, limit int) ([]IntelLot, error) {
	if before == 0 {
		before = 1 << 62
	}
	var list []IntelLot
	err := t.query(`SELECT `+intelLotColumns+` FROM intel_lot WHERE lot < $1 ORDER BY lot DESC LIMIT $2`, []any{before, limit}, func(r *sql.Rows) error {
		var l IntelLot
		err := r.Scan(scanIntelLot(&l)...)
		list = append(list, l)
		return err
	})
	return list, err
}

// IntelSource reads one source by its number.
func (t *Tx) IntelSource(n int64) (s IntelSource, err error) {
	ok, err := t.one(`SELECT `+intelSourceColumns+` FROM intel_source WHERE source = $1`, []any{n}, scanIntelSource(&s)...)
	if err == nil && !ok {
		err = parley.E(parley.NotFound, "no source %d of intelligence", n)
	}
	return s, err
}
