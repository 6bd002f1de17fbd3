package sqldb

import (
	"database/sql"
	"time"

	"parley.example/parley"
)

// IntelQuarantine is an object that an import did not take, kept to be looked at.
type IntelQuarantine struct {
	ID     int64
	Lot    int64
	Path   string // where in what was imported
	Object string // its identifier, where it says one
	Rule   string
	Reason string
	Kept   time.Time
	Raw    []byte
}

const intelQuarantineColumns = `id, lot, path, object, rule, reason, kept_at, raw`

// AddIntelQuarantine adds objects.
func (t *Tx) AddIntelQuarantine(list []IntelQuarantine) error {
	rows := make([]any, 0, 7*len(list))
	for i := range list {
		q := &list[i]
		rows = append(rows, q.Lot, q.Path, q.Object, q.Rule, q.Reason, toMicros(q.Kept), q.Raw)
	}
	if len(rows) > 0 {
		t.touch(Intel())
	}
	return t.insert("intel_quarantine", "lot, path, object, rule, reason, kept_at, raw", "", 7, rows)
}

// IntelQuarantined lists what is in quarantine, the newest first, before one (0: from
// the newest).
func (t *Tx) IntelQuarantined(before int64, limit int) ([]IntelQuarantine, error) {
	if before == 0 {
		before = 1 << 62
	}
	var list []IntelQuarantine
	err := t.query(`SELECT `+intelQuarantineColumns+` FROM intel_quarantine WHERE id < $1 ORDER BY id DESC LIMIT $2`, []any{before, limit}, func(r *sql.Rows) error {
		var q IntelQuarantine
		err := r.Scan(&q.ID, &q.Lot, &q.Path, &q.Object, &q.Rule, &q.Reason, micros{&q.Kept}, &q.Raw)
		list = append(list, q)
		return err
	})
	return list, err
}

// IntelQuarantine reads one; NotFound where there is none.
func (t *Tx) IntelQuarantine(id int64) (q IntelQuarantine, err error) {
	ok, err := t.one(`SELECT `+intelQuarantineColumns+` FROM intel_quarantine WHERE id = $1`, []any{id},
		&q.ID, &q.Lot, &q.Path, &q.Object, &q.Rule, &q.Reason, micros{&q.Kept}, &q.Raw)
	if err == nil && !ok {
		err = parley.E(parley.NotFound, "nothing in quarantine has the number %d", id).WithHint("`parley intel quarantine list` shows what is there")
	}
	return q, err
}

// DropIntelQuarantine takes one out.
func (t *Tx) DropIntelQuarantine(id int64) error {
	t.touch(Intel())
	_, err := t.exec(`DELETE FROM intel_quarantine WHERE id = $1`, id)
	return err
}

// CountIntelQuarantine says how many there are.
func (t *Tx) CountIntelQuarantine() (n int64, err error) {
	_, err = t.one(`SELECT COUNT(*) FROM intel_quarantine`, nil, &n)
	return n, err
}

// DropIntelQuarantineOf takes out what an entry brought.
func (t *Tx) DropIntelQuarantineOf(entry parley.Ref) error {
	_, err := t.exec(`DELETE FROM intel_quarantine WHERE lot IN (SELECT lot FROM intel_lot WHERE origin = $1 AND idx = $2)`, string(entry.Origin), int64(entry.Index))
	return err
}
