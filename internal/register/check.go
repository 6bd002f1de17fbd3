package register

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// What came of a test of a route. ENTRY-26, ENTRY-31
const (
	CheckOpen      = "open"       // nobody has replied
	CheckAnswered  = "answered"   // reached, and with the code where one was owed
	CheckFailed    = "failed"     // the tested body, or the tester, says so
	CheckWrongCode = "wrong code" // something else was heard on the route
	CheckNoCode    = "no code"    // a reply without the code that the ping has
	CheckConflict  = "conflict"   // the tested body has said two things
)

// Test is one route of one body, tested once.
type Test struct {
	Ref       parley.Ref
	ID        parley.MessageID
	Agreement parley.Hash
	Ours      bool        // we test; else we are tested
	From      parley.Body // who tests
	Body      parley.Body // who is tested
	Other     parley.Body // whichever of both is the counterpart's
	Route     string
	Series    string // the agreement's check; "" where it was done by hand
	Said      time.Time
	Stored    time.Time
	Clock     string
	Due       string // of the reply, where the ping says so
	Exercise  bool
	Delivered time.Time // when the tested party's mirror signed, by its stamp; zero: not yet

	Result  string
	Reply   parley.Ref // zero while it is open
	Replied time.Time  // by the replier's clock: its `at`, else its entry's time
	Role    string
	Took    time.Duration // from Delivered (else Said) to Replied; 0 where nobody replied, never negative
	Strays  int           // replies that count for nothing: by another body, or again
}

// isPing reports whether a message is a ping.
func isPing(m *sqldb.Message) bool { return m.Kind == parley.KindCheck && m.Step == seal.CheckPing }

// checks are the rows of a message of kind check.
func (w *world) checks(j *Judged, journal sqldb.Journal) []sqldb.CheckRow {
	if j.Opened.Facts.Kind != parley.KindCheck {
		return nil
	}
	content, err := seal.ParseContent(parley.KindCheck, j.Opened.Facts.Version, j.Opened.Content)
	c, ok := content.(*seal.Check)
	if err != nil || !ok {
		return nil
	}
	env, us := &j.Envelope, w.us[journal.Agreement]
	row := sqldb.CheckRow{Journal: journal.ID, Index: j.Ref.Index, ID: j.ID(), Answers: j.Opened.Facts.Answers, Step: c.Step, From: env.From, Route: c.Route,
		Series: c.Series, Result: c.Result, Role: c.Role, At: c.At, Stored: j.StoredAt, Ours: journal.Party == us}
	if c.Code != "" {
		row.Code = seal.CheckCommit(c.Code)
	}
	if c.Step != seal.CheckPing {
		return []sqldb.CheckRow{row}
	}
	row.Code, _ = parley.ParseHash(c.Commit) // zero where there is none
	var list []sqldb.CheckRow
	for _, b := range env.To {
		one := row
		if one.Addressee, one.Other = b, b; !row.Ours {
			one.Other = env.From
		}
		if b.Party() != env.From.Party() && (row.Ours || b.Party() == us) {
			list = append(list, one)
		}
	}
	return list
}

// CheckQuery asks for a page of tests, the newest here first.
type CheckQuery struct {
	Other parley.Body // the counterpart's body; "": all
	Route string      // with Other; "": all
	After string      // TestPage.Next of the page before
	Limit int         // 1 to 200
}

// TestPage is a part of the history.
type TestPage struct {
	Tests []Test
	Next  string // "" on the last page
}

// Checks gives a page of the history of routes. Its cost depends on Limit alone.
func (r *Register) Checks(ctx context.Context, q CheckQuery) (p TestPage, err error) {
	if q.Limit < 1 || q.Limit > 200 {
		return p, parley.E(parley.Invalid, "page of %d rows: want 1 to 200", q.Limit)
	}
	after, err := parseCheckCursor(q.After)
	if err != nil {
		return p, err
	}
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.CheckPage(sqldb.CheckQuery{Other: q.Other, Route: q.Route, After: after, Limit: q.Limit + 1})
		if err != nil {
			return err
		}
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			last := &rows[q.Limit-1]
			p.Next = formatCheckCursor(sqldb.CheckPlace{Addressee: last.Addressee,
				MessagePlace: sqldb.MessagePlace{Stored: last.Stored.UnixMicro(), Journal: last.Journal, Index: last.Index}})
		}
		p.Tests, err = r.tests(tx, rows)
		return err
	})
	return p, err
}

// Tests are the tests that one ping makes: one for each body. NotFound where the
// entry is no ping that is folded.
func (r *Register) Tests(ctx context.Context, ping parley.Ref) (list []Test, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(ping.Origin)
		if err != nil {
			return err
		}
		rows, err := tx.ChecksBy(j.ID, ping.Index)
		if err != nil {
			return err
		}
		if rows = slices.DeleteFunc(rows, func(c sqldb.CheckRow) bool { return c.Step != seal.CheckPing }); len(rows) == 0 {
			return parley.E(parley.NotFound, "entry %s tests no route", ping)
		}
		list, err = r.tests(tx, rows)
		return err
	})
	return list, err
}

// LastTest is the newest test of ours of a series and a body, under one agreement.
func (r *Register) LastTest(ctx context.Context, agreement parley.Hash, to parley.Body, series string) (last Test, ok bool, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		w, err := readWorld(tx)
		if err != nil {
			return err
		}
		var best sqldb.CheckRow
		for _, j := range w.byID {
			if j.Agreement != agreement || j.Role != sqldb.Ours {
				continue
			}
			row, found, err := tx.LastCheck(j.ID, to, series)
			if err != nil {
				return err
			}
			if found && (!ok || row.Stored.After(best.Stored)) {
				best, ok = row, true
			}
		}
		if !ok {
			return nil
		}
		list, err := r.tests(tx, []sqldb.CheckRow{best})
		if err == nil {
			last = list[0]
		}
		return err
	})
	return last, ok, err
}

// tests puts replies to pings.
func (r *Register) tests(tx *sqldb.Tx, rows []sqldb.CheckRow) ([]Test, error) {
	w, err := readWorld(tx)
	if err != nil {
		return nil, err
	}
	places, ids := make([]sqldb.Place, len(rows)), make([]parley.Hash, len(rows))
	for i := range rows {
		places[i], ids[i] = sqldb.Place{Journal: rows[i].Journal, Index: rows[i].Index}, parley.Hash(rows[i].ID)
	}
	messages := map[sqldb.Place]*sqldb.Message{}
	found, err := tx.MessagesAt(places)
	if err != nil {
		return nil, err
	}
	for i := range found {
		messages[at(&found[i])] = &found[i]
	}
	replies, err := tx.CheckReplies(ids)
	if err != nil {
		return nil, err
	}
	said := map[sqldb.Place]time.Time{}
	var where []sqldb.Place
	for i := range replies {
		where = append(where, sqldb.Place{Journal: replies[i].Journal, Index: replies[i].Index})
	}
	entries, err := tx.MessagesAt(where)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		said[at(&entries[i])] = entries[i].Said
	}
	list := make([]Test, len(rows))
	for i := range rows {
		c, m := &rows[i], messages[places[i]]
		t := &list[i]
		*t = Test{Ref: w.ref(c.Journal, c.Index), ID: c.ID, Agreement: w.agreement(c.Journal), Ours: c.Ours, From: c.From, Body: c.Addressee, Other: c.Other,
			Route: c.Route, Series: c.Series, Stored: c.Stored, Result: CheckOpen}
		if m != nil {
			t.Said, t.Clock, t.Due, t.Exercise = m.Said, m.Clock, m.Due, m.Exercise
		}
		if t.Delivered, err = r.signed(tx, w, c); err != nil {
			return nil, err
		}
		w.conclude(t, c, replies, said)
	}
	return list, nil
}

// signed is when the tested party's mirror first covered a ping.
func (r *Register) signed(tx *sqldb.Tx, w *world, c *sqldb.CheckRow) (first time.Time, err error) {
	for _, cosigner := range w.mirrors(w.agreement(c.Journal), c.Addressee.Party()) {
		line, ok, err := tx.FirstDelivered(c.Journal, cosigner, c.Index)
		if err != nil {
			return first, err
		}
		if stamp := line.Signed; ok && (first.IsZero() || stamp.Before(first)) {
			first = stamp
		}
	}
	return first, nil
}

// conclude says what came of a test. The first word of the tested body counts; the
// tester's own counts where the tested body has none.
func (w *world) conclude(t *Test, ping *sqldb.CheckRow, all []sqldb.CheckRow, said map[sqldb.Place]time.Time) {
	var first, tried *sqldb.CheckRow
	for i := range all {
		c := &all[i]
		if c.Answers != ping.ID || w.agreement(c.Journal) != t.Agreement {
			continue
		}
		switch {
		case c.Step == seal.CheckTried && c.From.Party() == ping.From.Party():
			tried = c
		case c.Step != seal.CheckReply || c.From.Party() == ping.From.Party():
			t.Strays++
		case c.From != ping.Addressee: // ENTRY-26
			t.Strays++
		case first == nil:
			first = c
		case resultOf(first, ping) != resultOf(c, ping):
			t.Result = CheckConflict
			t.Strays++
		default:
			t.Strays++
		}
	}
	if first == nil {
		if first = tried; first == nil || first.Result != seal.CheckFailed {
			return // that the tester reached somebody is not for the tester to say
		}
	}
	p := sqldb.Place{Journal: first.Journal, Index: first.Index}
	t.Reply, t.Role, t.Replied = w.ref(first.Journal, first.Index), first.Role, said[p]
	if at, err := time.Parse(time.RFC3339, first.At); err == nil {
		t.Replied = at
	}
	begun := t.Delivered
	if begun.IsZero() || t.Replied.Before(begun) {
		begun = t.Said
	}
	t.Took = max(0, t.Replied.Sub(begun))
	if t.Result == CheckOpen {
		t.Result = resultOf(first, ping)
	}
}

func resultOf(reply, ping *sqldb.CheckRow) string {
	switch {
	case reply.Result == seal.CheckFailed:
		return CheckFailed
	case ping.Code.IsZero():
		return CheckAnswered
	case reply.Code.IsZero():
		return CheckNoCode
	case reply.Code != ping.Code:
		return CheckWrongCode
	}
	return CheckAnswered
}

// A cursor of the history: opaque, and harmless in anybody's hands.
func formatCheckCursor(p sqldb.CheckPlace) string {
	raw, _ := json.Marshal(p) // numbers and a name
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseCheckCursor(s string) (p sqldb.CheckPlace, err error) {
	if s == "" {
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(raw) > 1000 || json.Unmarshal(raw, &p) != nil || p.Index > 1<<62 {
		return p, parley.E(parley.Invalid, "page %.40q: want the mark of a page before it", s)
	}
	return p, nil
}
