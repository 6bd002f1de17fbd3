package intel

import (
	"context"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// Detained is one object in quarantine.
type Detained struct {
	Number int64     `json:"number"`
	ID     string    `json:"id,omitempty"` // as far as it says one
	Path   string    `json:"path"`         // where in what was imported
	Rule   string    `json:"rule"`
	Reason string    `json:"reason"`
	Kept   time.Time `json:"kept"`
	From   string    `json:"from,omitempty"`
	Entry  string    `json:"entry,omitempty"`
	Source Source    `json:"source"`
	Raw    []byte    `json:"-"`
}

// Quarantine lists what is kept to be looked at, the newest first, those before one
// (0: from the newest).
func (s *Store) Quarantine(ctx context.Context, before int64, limit int) ([]Detained, error) {
	return sqldb.Read(ctx, s.db, func(tx *sqldb.Tx) ([]Detained, error) {
		rows, err := tx.IntelQuarantined(before, limit)
		if err != nil {
			return nil, err
		}
		list := make([]Detained, 0, len(rows))
		for _, r := range rows {
			d, _, err := detained(tx, r)
			if err != nil {
				return nil, err
			}
			list = append(list, d)
		}
		return list, nil
	})
}

// Detained reads one with its octets; NotFound where there is none.
func (s *Store) Detained(ctx context.Context, number int64) (Detained, error) {
	return sqldb.Read(ctx, s.db, func(tx *sqldb.Tx) (Detained, error) {
		r, err := tx.IntelQuarantine(number)
		if err != nil {
			return Detained{}, err
		}
		d, _, err := detained(tx, r)
		d.Raw = r.Raw
		return d, err
	})
}

func detained(tx *sqldb.Tx, r sqldb.IntelQuarantine) (Detained, sqldb.IntelLot, error) {
	d := Detained{Number: r.ID, ID: r.Object, Path: r.Path, Rule: r.Rule, Reason: r.Reason, Kept: r.Kept}
	l, ok, err := tx.IntelLot(r.Lot)
	if err != nil || !ok {
		return d, l, orDamaged(err)
	}
	src, err := tx.IntelSource(l.Source)
	d.Source, d.From = sourceOf(src), l.Sender
	if l.Entry.Origin != "" {
		d.Entry = l.Entry.Short()
	}
	return d, l, err
}

// Release takes an object out of quarantine into the store as it is, with the source
// and the bringer that it came with. Invalid where it has no type and identifier to be
// found by: it stays where it is then.
func (s *Store) Release(ctx context.Context, number int64) (Line, error) {
	var row sqldb.IntelQuarantine
	var l sqldb.IntelLot
	err := s.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		if row, err = tx.IntelQuarantine(number); err == nil {
			_, l, err = detained(tx, row)
		}
		return err
	})
	if err != nil {
		return Line{}, err
	}
	o, err := stix.Parse(row.Raw, stix.Limits{})
	if err != nil {
		return Line{}, parley.E(parley.Invalid, "number %d cannot be released: %s", number, asFault(err).Error()).WithHint("mend it in its source and import it again, then drop it here")
	}
	in := &importer{store: s, lot: &lot{IntelLot: l}, opts: ImportOptions{Marking: stix.TLP(l.TLP), Labels: lines(l.Labels)}, markings: newMarkings(ctx, s, l.Source)}
	b := &batch{}
	in.place(b, &item{object: o, path: row.Path})
	in.rest(b)
	err = s.add(ctx, in.lot, b, func(tx *sqldb.Tx) error { return tx.DropIntelQuarantine(number) })
	return Line{Path: row.Path, ID: o.ID, What: b.items[0].what, Rule: row.Rule, Reason: row.Reason}, err
}

// Drop forgets an object in quarantine.
func (s *Store) Drop(ctx context.Context, number int64) error {
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.IntelQuarantine(number); err != nil {
			return err
		}
		return tx.DropIntelQuarantine(number)
	})
}
