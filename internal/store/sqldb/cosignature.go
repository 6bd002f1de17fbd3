package sqldb

import (
	"database/sql"
	"time"
)

// Cosignature is one line by one key under a checkpoint of log_checkpoint.
type Cosignature struct {
	Size     uint64
	Cosigner string // key name
	KeyID    uint32
	Signed   time.Time // the stamp inside the signature
	Stored   time.Time
	Line     string // with its newline
}

// PutCosignatures records verified lines. For each size, cosigner and key the
// first one stays, so that repeats show the same bytes. JOURNAL-46
func (t *Tx) PutCosignatures(journal int64, list []Cosignature) error {
	const width = 7
	rows := make([]any, 0, len(list)*width)
	for _, c := range list {
		rows = append(rows, journal, int64(c.Size), c.Cosigner, int64(c.KeyID), toMicros(c.Signed), toMicros(c.Stored), c.Line)
	}
	if len(rows) > 0 {
		t.touch(Cosignatures(journal))
	}
	return t.insert("log_cosignature", "journal, size, cosigner, key_id, signed_at, stored_at, line",
		"ON CONFLICT DO NOTHING", width, rows)
}

const cosignatureColumns = `size, cosigner, key_id, signed_at, stored_at, line`

// Cosignatures lists the lines under one checkpoint, by cosigner and key.
func (t *Tx) Cosignatures(journal int64, size uint64) ([]Cosignature, error) {
	return t.cosignatures(`SELECT `+cosignatureColumns+` FROM log_cosignature WHERE journal = $1 AND size = $2
		ORDER BY cosigner, key_id`, journal, int64(size))
}

// CosignaturesBy lists the lines of one cosigner under one checkpoint.
func (t *Tx) CosignaturesBy(journal int64, size uint64, cosigner string) ([]Cosignature, error) {
	return t.cosignatures(`SELECT `+cosignatureColumns+` FROM log_cosignature WHERE journal = $1 AND cosigner = $2 AND size = $3
		ORDER BY key_id`, journal, cosigner, int64(size))
}

// LatestCosignature is the line by this cosigner and key under its largest checkpoint.
func (t *Tx) LatestCosignature(journal int64, cosigner string, keyID uint32) (Cosignature, bool, error) {
	list, err := t.cosignatures(`SELECT `+cosignatureColumns+` FROM log_cosignature
		WHERE journal = $1 AND cosigner = $2 AND key_id = $3 ORDER BY size DESC LIMIT 1`, journal, cosigner, int64(keyID))
	if err != nil || len(list) == 0 {
		return Cosignature{}, false, err
	}
	return list[0], true, nil
}

// FirstCosignatureOver is the line by this cosigner and key under the smallest
// checkpoint larger than index: its receipt for that entry.
func (t *Tx) FirstCosignatureOver(journal int64, index uint64, cosigner string, keyID uint32) (Cosignature, bool, error) {
	list, err := t.cosignatures(`SELECT `+cosignatureColumns+` FROM log_cosignature
		WHERE journal = $1 AND cosigner = $2 AND key_id = $3 AND size > $4 ORDER BY size LIMIT 1`,
		journal, cosigner, int64(keyID), int64(index))
	if err != nil || len(list) == 0 {
		return Cosignature{}, false, err
	}
	return list[0], true, nil
}

func (t *Tx) cosignatures(query string, args ...any) ([]Cosignature, error) {
	var list []Cosignature
	err := t.query(query, args, func(r *sql.Rows) error {
		var c Cosignature
		var id int64
		if err := r.Scan((*int64bits)(&c.Size), &c.Cosigner, &id, micros{&c.Signed}, micros{&c.Stored}, &c.Line); err != nil {
			return err
		}
		c.KeyID = uint32(id)
		list = append(list, c)
		return nil
	})
	return list, err
}
