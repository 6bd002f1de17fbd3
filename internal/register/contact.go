package register

import (
	"context"
	"strings"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/store/sqldb"
)

// ContactPoint is the last word on one contact point: where it stands. What it
// says is in its sealed part. CONTACT-2
type ContactPoint struct {
	Agreement parley.Hash
	Party     parley.Party
	Body      parley.Body
	Point     string
	Track     string // "" where the point is ended
	Ref       parley.Ref
	Ours      bool
}

// Key names the point for people and pages: a body and a word of it.
func (p *ContactPoint) Key() string { return string(p.Body) + "/" + p.Point }

// contacts is the row of a message of kind contact that opens here.
func (w *world) contacts(j *Judged, journal sqldb.Journal) []sqldb.ContactRow {
	f := &j.Opened.Facts
	if f.Kind != parley.KindContact {
		return nil
	}
	row := sqldb.ContactRow{Journal: journal.ID, Index: j.Ref.Index, Agreement: journal.Agreement, Party: j.Envelope.From.Party(), Body: j.Envelope.From}
	switch f.Step { // the content was held against its form when it was judged. JUDGE-19
	case parley.ContactRecord:
		c, err := form.ReadContact(j.Opened.Content, nil)
		if err != nil {
			return nil
		}
		row.Point, row.Track = c.Point, c.Track
	case parley.ContactEnd:
		c, err := form.ReadContactEnd(j.Opened.Content, nil)
		if err != nil {
			return nil
		}
		row.Point = c.Point
	default:
		return nil
	}
	return []sqldb.ContactRow{row}
}

// putContacts stores rows and finds the last word on their points again: the
// greatest height, which within one party's journals is the order of its words.
// CONTACT-2
func (w *world) putContacts(tx *sqldb.Tx, rows []sqldb.ContactRow, dropped ...sqldb.ContactPoint) error {
	if err := tx.PutContacts(rows); err != nil {
		return err
	}
	points := map[sqldb.ContactPoint]bool{}
	for _, p := range dropped {
		points[p] = true
	}
	for i := range rows {
		points[sqldb.ContactPoint{Agreement: rows[i].Agreement, Body: rows[i].Body, Point: rows[i].Point}] = true
	}
	for p := range points {
		list, err := tx.HighestContacts(p)
		if err != nil {
			return err
		}
		var last *sqldb.ContactRow
		for i := range list {
			if last == nil || w.after(&list[i], last) {
				last = &list[i]
			}
		}
		if err := tx.SetLatestContact(p, last); err != nil {
			return err
		}
	}
	return nil
}

// after breaks a tie as the canonical order of a thread does.
func (w *world) after(a, b *sqldb.ContactRow) bool {
	if n := strings.Compare(string(w.byID[a.Journal].Origin), string(w.byID[b.Journal].Origin)); n != 0 {
		return n > 0
	}
	return a.Index > b.Index
}

func (w *world) contactPoint(row *sqldb.ContactRow) ContactPoint {
	return ContactPoint{Agreement: row.Agreement, Party: row.Party, Body: row.Body, Point: row.Point, Track: row.Track,
		Ref: w.ref(row.Journal, row.Index), Ours: row.Party == w.us[row.Agreement]}
}

// Contacts lists the contact points that are not ended, in the order of agreement,
// body and point, from after the one named on; nil: from the first. Its cost
// depends on limit alone.
func (r *Register) Contacts(ctx context.Context, after *ContactPoint, limit int) (list []ContactPoint, err error) {
	var from sqldb.ContactPoint
	if after != nil {
		from = sqldb.ContactPoint{Agreement: after.Agreement, Body: after.Body, Point: after.Point}
	}
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		w, err := readWorld(tx)
		if err != nil {
			return err
		}
		rows, err := tx.LatestContacts(from, limit)
		for i := range rows {
			list = append(list, w.contactPoint(&rows[i]))
		}
		return err
	})
	return list, err
}

// ContactHistory is what was said of a point, the latest first, its ends among it.
func (r *Register) ContactHistory(ctx context.Context, agreement parley.Hash, body parley.Body, point string, limit int) (list []ContactPoint, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		w, err := readWorld(tx)
		if err != nil {
			return err
		}
		rows, err := tx.ContactHistory(sqldb.ContactPoint{Agreement: agreement, Body: body, Point: point}, limit)
		for i := range rows {
			list = append(list, w.contactPoint(&rows[i]))
		}
		return err
	})
	return list, err
}

// againContacts puts an entry's row anew after its part was erased or came back.
func (w *world) againContacts(tx *sqldb.Tx, d *digest, old sqldb.Message) error {
	for i := range d.contacts {
		d.contacts[i].Height = old.Height
	}
	p, ok, err := tx.DropContact(old.Journal, old.Index)
	if err != nil {
		return err
	}
	if ok {
		return w.putContacts(tx, d.contacts, p)
	}
	return w.putContacts(tx, d.contacts)
}
