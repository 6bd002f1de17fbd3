package sqldb

import (
	"database/sql"

	"parley.example/parley"
)

// ContactRow is one record or end of a contact point. CONTACT-2
type ContactRow struct {
	Journal   int64
	Index     uint64
	Agreement parley.Hash
	Party     parley.Party
	Body      parley.Body
	Point     string
	Track     string // "" of an end
	Height    uint64
}

// ContactPoint names a point.
type ContactPoint struct {
	Agreement parley.Hash
	Body      parley.Body
	Point     string
}

const contactColumns = `journal, idx, agreement, party, body, point, track, height`

// PutContacts adds rows; SetLatestContact follows for each of their points.
func (t *Tx) PutContacts(list []ContactRow) error {
	const width = 9
	rows := make([]any, 0, len(list)*width)
	for i := range list {
		c := &list[i]
		rows = append(rows, c.Journal, int64(c.Index), c.Agreement[:], string(c.Party), string(c.Body), c.Point, c.Track, int64(c.Height), 0)
	}
	return t.insert("view_contact", contactColumns+`, latest`, "", width, rows)
}

// DropContact removes the row of one entry, whose part was erased or came back,
// and says of which point it was; ok is false where there was none.
func (t *Tx) DropContact(journal int64, index uint64) (p ContactPoint, ok bool, err error) {
	row, ok, err := one(t.contacts(`SELECT `+contactColumns+` FROM view_contact WHERE journal = $1 AND idx = $2`, journal, int64(index)))
	if err != nil || !ok {
		return p, false, err
	}
	_, err = t.exec(`DELETE FROM view_contact WHERE journal = $1 AND idx = $2`, journal, int64(index))
	return ContactPoint{row.Agreement, row.Body, row.Point}, true, err
}

// HighestContacts are the rows of a point with the greatest height: one, unless a
// party has contradicted itself.
func (t *Tx) HighestContacts(p ContactPoint) ([]ContactRow, error) {
	return t.contacts(`SELECT `+contactColumns+` FROM view_contact WHERE agreement = $1 AND body = $2 AND point = $3
		AND height = (SELECT MAX(height) FROM view_contact WHERE agreement = $1 AND body = $2 AND point = $3)`, p.Agreement[:], string(p.Body), p.Point)
}

// SetLatestContact marks the last word on a point; nil: there is none.
func (t *Tx) SetLatestContact(p ContactPoint, row *ContactRow) error {
	if _, err := t.exec(`UPDATE view_contact SET latest = 0 WHERE agreement = $1 AND body = $2 AND point = $3 AND latest = 1`,
		p.Agreement[:], string(p.Body), p.Point); err != nil || row == nil {
		return err
	}
	_, err := t.exec(`UPDATE view_contact SET latest = 1 WHERE journal = $1 AND idx = $2`, row.Journal, int64(row.Index))
	return err
}

// LatestContacts lists the last word on each point that is not ended, by
// agreement, body and point: from after the one named on.
func (t *Tx) LatestContacts(after ContactPoint, limit int) ([]ContactRow, error) {
	return t.contacts(`SELECT `+contactColumns+` FROM view_contact WHERE latest = 1 AND track <> ''
		AND (agreement, body, point) > ($1, $2, $3) ORDER BY agreement, body, point LIMIT $4`,
		after.Agreement[:], string(after.Body), after.Point, limit)
}

// LatestContact is the last word on one point, an end among them.
func (t *Tx) LatestContact(p ContactPoint) (ContactRow, bool, error) {
	return one(t.contacts(`SELECT `+contactColumns+` FROM view_contact WHERE latest = 1 AND agreement = $1 AND body = $2 AND point = $3`,
		p.Agreement[:], string(p.Body), p.Point))
}

// ContactHistory lists what was said of a point, the latest first.
func (t *Tx) ContactHistory(p ContactPoint, limit int) ([]ContactRow, error) {
	return t.contacts(`SELECT `+contactColumns+` FROM view_contact WHERE agreement = $1 AND body = $2 AND point = $3
		ORDER BY height DESC, journal DESC, idx DESC LIMIT $4`, p.Agreement[:], string(p.Body), p.Point, limit)
}

func (t *Tx) contacts(query string, args ...any) ([]ContactRow, error) {
	var list []ContactRow
	err := t.query(query, args, func(r *sql.Rows) error {
		var c ContactRow
		err := r.Scan(&c.Journal, (*int64bits)(&c.Index), hash{&c.Agreement}, &c.Party, &c.Body, &c.Point, &c.Track, (*int64bits)(&c.Height))
		list = append(list, c)
		return err
	})
	return list, err
}
