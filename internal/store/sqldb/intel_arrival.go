package sqldb

import (
	"database/sql"

	"parley.example/parley"
)

// IntelArrival is an attachment of a message of intelligence, or what a message says of
// another (a recall, a correction), on its way into the store.
type IntelArrival struct {
	Entry parley.Ref
	Place int         // of the attachment in its message; -1: a recall or a correction
	Blob  parley.Hash // zero: a recall or a correction
}

// PutIntelArrivals notes what is to be taken in; what is known keeps its state.
func (t *Tx) PutIntelArrivals(list []IntelArrival) error {
	rows := make([]any, 0, 5*len(list))
	for i := range list {
		a := &list[i]
		rows = append(rows, string(a.Entry.Origin), int64(a.Entry.Index), a.Place, a.Blob[:], "awaited")
	}
	if len(rows) > 0 {
		t.touch(Intel())
	}
	return t.insert("intel_arrival", "origin, idx, place, blob, state", "ON CONFLICT DO NOTHING", 5, rows)
}

// IntelArrived lists what waits to be taken in and is here: attachments that are whole,
// then recalls, each in the order of the entries.
func (t *Tx) IntelArrived(limit int) ([]IntelArrival, error) {
	var list []IntelArrival
	scan := func(r *sql.Rows) error {
		var a IntelArrival
		err := r.Scan(&a.Entry.Origin, (*int64bits)(&a.Entry.Index), &a.Place, hash{&a.Blob})
		list = append(list, a)
		return err
	}
	err := t.query(`SELECT a.origin, a.idx, a.place, a.blob FROM intel_arrival a JOIN line_blob b ON b.origin = a.origin AND b.hash = a.blob
		WHERE a.state = 'awaited' AND a.place >= 0 AND b.state <> 'awaited' ORDER BY a.origin, a.idx, a.place LIMIT $1`, []any{limit}, scan)
	if err != nil {
		return nil, err
	}
	err = t.query(`SELECT origin, idx, place, blob FROM intel_arrival WHERE state = 'awaited' AND place < 0 ORDER BY origin, idx LIMIT $1`, []any{limit}, scan)
	return list, err
}

// IntelAwaited says how many attachments of an entry were not taken in yet.
func (t *Tx) IntelAwaited(entry parley.Ref) (n int64, err error) {
	_, err = t.one(`SELECT COUNT(*) FROM intel_arrival WHERE state = 'awaited' AND origin = $1 AND idx = $2 AND place >= 0`, []any{string(entry.Origin), int64(entry.Index)}, &n)
	return n, err
}

// IntelFailed says how many attachments of an entry could not be taken in.
func (t *Tx) IntelFailed(entry parley.Ref) (n int64, err error) {
	_, err = t.one(`SELECT COUNT(*) FROM intel_arrival WHERE state = 'failed' AND origin = $1 AND idx = $2 AND place >= 0`, []any{string(entry.Origin), int64(entry.Index)}, &n)
	return n, err
}

// IntelTaken says whether an attachment was taken in.
func (t *Tx) IntelTaken(entry parley.Ref, place int) (bool, error) {
	var n int64
	return t.one(`SELECT lot FROM intel_arrival WHERE origin = $1 AND idx = $2 AND place = $3 AND state = 'taken'`, []any{string(entry.Origin), int64(entry.Index), place}, &n)
}

// SetIntelArrival notes what became of one: taken by a lot, or failed, and why.
func (t *Tx) SetIntelArrival(entry parley.Ref, place int, lot int64, why string) error {
	t.touch(Intel())
	state := "taken"
	if why != "" {
		state = "failed"
	}
	_, err := t.exec(`INSERT INTO intel_arrival (origin, idx, place, blob, state, lot, why) VALUES ($1, $2, $3, x'', $4, $5, $6)
		ON CONFLICT (origin, idx, place) DO UPDATE SET state = excluded.state, lot = excluded.lot, why = excluded.why`,
		string(entry.Origin), int64(entry.Index), place, state, lot, why)
	return err
}
