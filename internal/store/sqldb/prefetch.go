package sqldb

import (
	"database/sql"
	"slices"

	"parley.example/parley"
)

// prefetched is what judging some entries of one journal will ask for, read at once. It
// is of a read-only transaction, in which nothing changes.
type prefetched struct {
	journal    int64
	start, end uint64                 // indexes
	nonces     map[usedNonce]uint64   // where each was used first
	asked      map[usedNonce]bool     // also those that were not
	first      map[parley.Hash]uint64 // where each part is named first
	parts      map[parley.Hash][]byte // those that are held; nil for one that is not
	keys       map[uint64][]byte      // wrapped, by index
	facts      map[uint64][]byte      // by index
}

type usedNonce struct {
	from  parley.Body
	nonce parley.Nonce
}

// Prefetch reads what FirstNonce, FirstPart, Part, FileKey and Facts will be asked about
// entries of one journal that follow one another, at most 32 of them, in a few queries
// instead of a few for each. In a write transaction it does nothing.
func (t *Tx) Prefetch(journal int64, entries []Entry) error {
	t.ahead = nil
	if t.db != nil || len(entries) == 0 || len(entries) > lookups[len(lookups)-1] {
		return nil
	}
	p := &prefetched{journal: journal, start: entries[0].Index, end: entries[len(entries)-1].Index + 1,
		nonces: map[usedNonce]uint64{}, asked: map[usedNonce]bool{}, first: map[parley.Hash]uint64{},
		parts: map[parley.Hash][]byte{}, keys: map[uint64][]byte{}, facts: map[uint64][]byte{}}
	var nonces, parts [][]byte
	for i := range entries {
		e := &entries[i]
		if e.Part.IsZero() { // the bytes are no entry
			continue
		}
		p.asked[usedNonce{e.From, e.Nonce}] = true
		p.parts[e.Part] = nil
		nonces, parts = append(nonces, e.Nonce[:]), append(parts, e.Part[:])
	}
	for _, step := range []func() error{
		func() error {
			return t.inMany(firstNoncesText, journal, nonces, func(r *sql.Rows) error {
				var k usedNonce
				var i int64bits
				err := r.Scan(octets(k.nonce[:]), &k.from, &i)
				p.nonces[k] = uint64(i)
				return err
			})
		},
		func() error {
			return t.inMany(firstPartsText, journal, parts, func(r *sql.Rows) error {
				var h parley.Hash
				var i int64bits
				err := r.Scan(hash{&h}, &i)
				p.first[h] = uint64(i)
				return err
			})
		},
		func() error {
			return t.inMany(partsText, journal, parts, func(r *sql.Rows) error {
				var h parley.Hash
				var b []byte
				err := r.Scan(hash{&h}, &b)
				p.parts[h] = b
				return err
			})
		},
		func() error {
			return t.indexed(`SELECT idx, wrapped FROM log_filekey WHERE journal = $1 AND idx >= $2 AND idx < $3`, p, p.keys)
		},
		func() error {
			return t.indexed(`SELECT idx, facts FROM log_facts WHERE journal = $1 AND idx >= $2 AND idx < $3`, p, p.facts)
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	t.ahead = p
	return nil
}

// inMany runs one of the texts for values of one journal, at most as many as a lookup holds.
func (t *Tx) inMany(text texts, journal int64, values [][]byte, scan func(*sql.Rows) error) error {
	if len(values) == 0 {
		return nil
	}
	k := lookup(len(values))
	args := []any{journal}
	for i := range lookups[k] {
		args = append(args, values[min(i, len(values)-1)])
	}
	return t.query(text[k], args, scan)
}

func (t *Tx) indexed(text string, p *prefetched, into map[uint64][]byte) error {
	return t.query(text, []any{p.journal, int64(p.start), int64(p.end)}, func(r *sql.Rows) error {
		var i int64bits
		var b []byte
		err := r.Scan(&i, &b)
		into[uint64(i)] = b
		return err
	})
}

var (
	firstNoncesText = textsAfter(1, `SELECT nonce, author, MIN(idx) FROM log_entry WHERE journal = $1 AND nonce IN (`, `) GROUP BY nonce, author`)
	firstPartsText  = textsAfter(1, `SELECT part, MIN(idx) FROM log_entry WHERE journal = $1 AND part IN (`, `) GROUP BY part`)
	partsText       = textsAfter(1, `SELECT hash, bytes FROM log_part WHERE journal = $1 AND hash IN (`, `)`)
)

// of says whether the journal's entry was prefetched.
func (p *prefetched) of(journal int64, index uint64) bool {
	return p != nil && p.journal == journal && index >= p.start && index < p.end
}

func (p *prefetched) nonce(journal int64, from parley.Body, n parley.Nonce) (index uint64, ok, known bool) {
	k := usedNonce{from, n}
	if p == nil || p.journal != journal || !p.asked[k] {
		return 0, false, false
	}
	index, ok = p.nonces[k]
	return index, ok, true
}

func (p *prefetched) part(journal int64, h parley.Hash) (part []byte, first uint64, named, known bool) {
	if p == nil || p.journal != journal {
		return nil, 0, false, false
	}
	if part, known = p.parts[h]; known {
		first, named = p.first[h]
		part = slices.Clip(part)
	}
	return part, first, named, known
}
