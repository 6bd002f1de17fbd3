package sqldb

import (
	"database/sql"
	"time"

	"parley.example/parley"
)

// Agreement is a text with the lines that were collected for it so far.
type Agreement struct {
	Text     parley.Hash // of the text
	Founding parley.Hash // of the founding text: the agreement's identifier
	Note     []byte
	Stored   time.Time
}

// PutAgreement stores a copy; earlier copies of the same text stay, the newest counts.
func (t *Tx) PutAgreement(a Agreement) error {
	_, err := t.exec(`INSERT INTO log_agreement (text_hash, version, founding, stored_at, note)
		SELECT $1, COALESCE(MAX(version) + 1, 0), $2, $3, $4 FROM log_agreement WHERE text_hash = $1`,
		a.Text[:], a.Founding[:], toMicros(a.Stored), a.Note)
	return err
}

// Agreement reads the newest copy of a text.
func (t *Tx) Agreement(text parley.Hash) (Agreement, error) {
	var a Agreement
	ok, err := t.one(`SELECT text_hash, founding, stored_at, note FROM log_agreement WHERE text_hash = $1
		ORDER BY version DESC LIMIT 1`, []any{text[:]}, scanAgreement(&a)...)
	if err == nil && !ok {
		err = parley.E(parley.NotFound, "no agreement %s here", text)
	}
	return a, err
}

// Agreements lists the newest copy of every text, the oldest text first.
func (t *Tx) Agreements() ([]Agreement, error) {
	var list []Agreement
	err := t.query(`SELECT text_hash, founding, stored_at, note FROM log_agreement a WHERE version =
		(SELECT MAX(version) FROM log_agreement b WHERE b.text_hash = a.text_hash) ORDER BY stored_at, text_hash`,
		nil, func(r *sql.Rows) error {
			var a Agreement
			if err := r.Scan(scanAgreement(&a)...); err != nil {
				return err
			}
			list = append(list, a)
			return nil
		})
	return list, err
}

func scanAgreement(a *Agreement) []any {
	return []any{hash{&a.Text}, hash{&a.Founding}, micros{&a.Stored}, &a.Note}
}
