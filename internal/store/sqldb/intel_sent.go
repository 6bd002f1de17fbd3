package sqldb

import (
	"time"

	"parley.example/parley"
)

// PutIntelSent notes which objects an attachment of ours carries, and forgets what was
// noted before a time.
func (t *Tx) PutIntelSent(content parley.Hash, numbers []byte, now, before time.Time) error {
	if _, err := t.exec(`DELETE FROM intel_sent WHERE made_at < $1`, toMicros(before)); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO intel_sent (content, numbers, made_at) VALUES ($1, $2, $3) ON CONFLICT (content) DO UPDATE SET numbers = excluded.numbers, made_at = excluded.made_at`,
		content[:], numbers, toMicros(now))
	return err
}

// IntelSent finds which objects an attachment of ours carries; ok is false where that
// was not noted.
func (t *Tx) IntelSent(content parley.Hash) (numbers []byte, ok bool, err error) {
	ok, err = t.one(`SELECT numbers FROM intel_sent WHERE content = $1`, []any{content[:]}, &numbers)
	return numbers, ok, err
}

// DropIntelSent forgets it.
func (t *Tx) DropIntelSent(content parley.Hash) error {
	_, err := t.exec(`DELETE FROM intel_sent WHERE content = $1`, content[:])
	return err
}
