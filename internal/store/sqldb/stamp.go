package sqldb

import "database/sql"

// PutStamps records verified lines on sizes of a journal of which no checkpoint is
// held; the first line of each cosigner, key and size stays. REVIEW-3
func (t *Tx) PutStamps(journal int64, list []Cosignature) error {
	const width = 7
	rows := make([]any, 0, len(list)*width)
	for _, c := range list {
		rows = append(rows, journal, int64(c.Size), c.Cosigner, int64(c.KeyID), toMicros(c.Signed), toMicros(c.Stored), c.Line)
	}
	return t.insert("log_stamp", "journal, size, cosigner, key_id, signed_at, stored_at, line", "ON CONFLICT DO NOTHING", width, rows)
}

// EachStamp calls f with every line that is held on sizes from 1 to the given one,
// under a checkpoint or without one, sizes ascending.
func (t *Tx) EachStamp(journal int64, size uint64, f func(Cosignature) error) error {
	return t.query(`SELECT `+cosignatureColumns+` FROM log_cosignature WHERE journal = $1 AND size BETWEEN 1 AND $2
		UNION ALL SELECT `+cosignatureColumns+` FROM log_stamp WHERE journal = $1 AND size BETWEEN 1 AND $2
		ORDER BY size, cosigner, key_id`, []any{journal, int64(size)}, func(r *sql.Rows) error {
		c, err := scanStamp(r)
		if err != nil {
			return err
		}
		return f(c)
	})
}

// Stamps lists the lines on sizes in [from, to) of which no checkpoint is held, sizes ascending.
func (t *Tx) Stamps(journal int64, from, to uint64) ([]Cosignature, error) {
	var list []Cosignature
	err := t.query(`SELECT `+cosignatureColumns+` FROM log_stamp WHERE journal = $1 AND size >= $2 AND size < $3
		ORDER BY size, cosigner, key_id`, []any{journal, int64(from), int64(to)}, func(r *sql.Rows) error {
		c, err := scanStamp(r)
		list = append(list, c)
		return err
	})
	return list, err
}

// StampsBy lists the lines of one cosigner on sizes above one, sizes ascending, at most limit.
func (t *Tx) StampsBy(journal int64, cosigner string, above uint64, limit int) ([]Cosignature, error) {
	var list []Cosignature
	err := t.query(`SELECT `+cosignatureColumns+` FROM log_cosignature WHERE journal = $1 AND cosigner = $2 AND size > $3
		UNION ALL SELECT `+cosignatureColumns+` FROM log_stamp WHERE journal = $1 AND cosigner = $2 AND size > $3
		ORDER BY size, key_id LIMIT $4`, []any{journal, cosigner, int64(above), limit}, func(r *sql.Rows) error {
		c, err := scanStamp(r)
		list = append(list, c)
		return err
	})
	return list, err
}

func scanStamp(r *sql.Rows) (Cosignature, error) {
	var c Cosignature
	var id int64
	err := r.Scan((*int64bits)(&c.Size), &c.Cosigner, &id, micros{&c.Signed}, micros{&c.Stored}, &c.Line)
	c.KeyID = uint32(id)
	return c, err
}
