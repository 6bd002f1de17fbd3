package sqldb

import (
	"database/sql"

	"parley.example/parley"
)

// IntelPack is some dozens of objects of one lot.
type IntelPack struct {
	First                 uint64
	Source, Lot           int64
	Objects               int64
	AddedFirst, AddedLast int64 // milliseconds
	TLPs                  int64 // bit t is set where an object has TLP t
	Flagged               bool
	Lender                uint64 // first of the pack that has its octets; 0: it has them itself
	Heads, Raw            []byte // only where they were asked for
}

// PutIntelPacks adds packs.
func (t *Tx) PutIntelPacks(list []IntelPack) error {
	narrow := make([]any, 0, len(list)*8)
	wide := make([]any, 0, len(list)*3)
	for i := range list {
		p := &list[i]
		narrow = append(narrow, int64(p.First), p.Source, p.Lot, p.Objects, p.AddedFirst, p.AddedLast, p.TLPs, int64(p.Lender))
		wide = append(wide, int64(p.First), p.Heads, p.Raw)
	}
	if err := t.insert("intel_pack", "first, source, lot, objects, added_first, added_last, tlps, lender", "", 8, narrow); err != nil {
		return err
	}
	return t.insert("intel_octets", "first, heads, raw", "", 3, wide)
}

const intelPackColumns = `first, source, lot, objects, added_first, added_last, tlps, flagged, lender`

func scanIntelPack(p *IntelPack) []any {
	return []any{(*int64bits)(&p.First), &p.Source, &p.Lot, &p.Objects, &p.AddedFirst, &p.AddedLast, &p.TLPs, &p.Flagged, (*int64bits)(&p.Lender)}
}

// IntelPackOf finds the pack that holds an object, without its octets.
func (t *Tx) IntelPackOf(n uint64) (p IntelPack, ok bool, err error) {
	ok, err = t.one(`SELECT `+intelPackColumns+` FROM intel_pack WHERE first <= $1 ORDER BY first DESC LIMIT 1`, []any{int64(n)}, scanIntelPack(&p)...)
	return p, ok && n < p.First+uint64(p.Objects), err
}

// IntelOctets reads the heads of a pack, and its objects where they are wanted.
func (t *Tx) IntelOctets(p *IntelPack, raw bool) error {
	if raw {
		_, err := t.one(`SELECT heads, raw FROM intel_octets WHERE first = $1`, []any{int64(p.First)}, &p.Heads, &p.Raw)
		return err
	}
	_, err := t.one(`SELECT heads FROM intel_octets WHERE first = $1`, []any{int64(p.First)}, &p.Heads)
	return err
}

// SetIntelOctets gives a pack other octets, where an object was taken out of it; they
// are its own from then on.
func (t *Tx) SetIntelOctets(p IntelPack) error {
	if p.Lender > 0 {
		if _, err := t.exec(`UPDATE intel_pack SET lender = 0 WHERE first = $1`, int64(p.First)); err != nil {
			return err
		}
	}
	_, err := t.exec(`UPDATE intel_octets SET heads = $2, raw = $3 WHERE first = $1`, int64(p.First), p.Heads, p.Raw)
	return err
}

// IntelBorrowers lists the packs whose octets another one has.
func (t *Tx) IntelBorrowers(lender uint64) ([]IntelPack, error) {
	return t.intelPacks(`SELECT `+intelPackColumns+` FROM intel_pack WHERE lender = $1 AND lender > 0 ORDER BY first`, int64(lender))
}

// IntelSentPacks lists the packs of what was sent, in the order of their numbers.
func (t *Tx) IntelSentPacks() ([]IntelPack, error) {
	return t.intelPacks(`SELECT ` + intelPackColumns + ` FROM intel_pack WHERE source IN (SELECT source FROM intel_source WHERE direction = 'out') ORDER BY first`)
}

func (t *Tx) intelPacks(query string, args ...any) (list []IntelPack, err error) {
	err = t.query(query, args, func(r *sql.Rows) error {
		var p IntelPack
		err := r.Scan(scanIntelPack(&p)...)
		list = append(list, p)
		return err
	})
	return list, err
}

// IntelPacks lists packs of a source (0: of all) that hold an object of one of the
// traffic lights: those from the one that may hold number after+1 on, or, with back,
// from the one that holds a number below after on downwards.
func (t *Tx) IntelPacks(source int64, after uint64, tlps int64, back bool, limit int) ([]IntelPack, error) {
	query := intelPackQueries[btoi(source != 0)][btoi(back)]
	args := []any{int64(min(after, 1<<62)), tlps, limit}
	if source != 0 {
		args = append(args, source)
	}
	list := make([]IntelPack, 0, limit)
	err := t.query(query, args, func(r *sql.Rows) error {
		var p IntelPack
		err := r.Scan(scanIntelPack(&p)...)
		list = append(list, p)
		return err
	})
	return list, err
}

var intelPackQueries = [2][2]string{
	{
		`SELECT ` + intelPackColumns + ` FROM intel_pack WHERE first + objects > $1 + 1 AND first > $1 - 4096 AND tlps & $2 <> 0 ORDER BY first LIMIT $3`,
		`SELECT ` + intelPackColumns + ` FROM intel_pack WHERE first < $1 AND tlps & $2 <> 0 ORDER BY first DESC LIMIT $3`,
	}, {
		`SELECT ` + intelPackColumns + ` FROM intel_pack WHERE source = $4 AND first + objects > $1 + 1 AND first > $1 - 4096 AND tlps & $2 <> 0 ORDER BY first LIMIT $3`,
		`SELECT ` + intelPackColumns + ` FROM intel_pack WHERE source = $4 AND first < $1 AND tlps & $2 <> 0 ORDER BY first DESC LIMIT $3`,
	},
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// IntelFirstAfter is the number of the first object of the pack in which a source
// first has one that was added after a time; 0 where it has none.
func (t *Tx) IntelFirstAfter(source, added int64) (first uint64, err error) {
	_, err = t.one(`SELECT first FROM intel_pack WHERE source = $1 AND added_last > $2 ORDER BY added_last, first LIMIT 1`, []any{source, added}, (*int64bits)(&first))
	return first, err
}

// IntelFlags reads the flags of the objects from lo up to hi, hi not included.
func (t *Tx) IntelFlags(lo, hi uint64) (map[uint64]int64, error) {
	flags := map[uint64]int64{}
	err := t.query(`SELECT n, flags FROM intel_flag WHERE n >= $1 AND n < $2`, []any{int64(lo), int64(hi)}, func(r *sql.Rows) error {
		var n uint64
		var f int64
		err := r.Scan((*int64bits)(&n), &f)
		flags[n] = f
		return err
	})
	return flags, err
}

// SetIntelFlag sets and clears flags of an object.
func (t *Tx) SetIntelFlag(n uint64, set, clear int64) error {
	if _, err := t.exec(`INSERT INTO intel_flag (n, flags) VALUES ($1, $2) ON CONFLICT (n) DO UPDATE SET flags = (flags | excluded.flags) & ~$3`, int64(n), set, clear); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE intel_pack SET flagged = 1 WHERE first = (SELECT MAX(first) FROM intel_pack WHERE first <= $1)`, int64(n))
	return err
}

// IntelPacksOfLot lists the packs of a lot.
func (t *Tx) IntelPacksOfLot(lot int64) ([]IntelPack, error) {
	return t.intelPacks(`SELECT `+intelPackColumns+` FROM intel_pack WHERE lot = $1 ORDER BY first`, lot)
}

// IntelPacksOf lists the packs that an entry brought.
func (t *Tx) IntelPacksOf(entry parley.Ref) ([]IntelPack, error) {
	return t.intelPacks(`SELECT `+intelPackColumns+` FROM intel_pack WHERE lot IN (SELECT lot FROM intel_lot WHERE origin = $1 AND idx = $2) ORDER BY first`,
		string(entry.Origin), int64(entry.Index))
}
