package register

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Query asks for a page of messages, the newest here first.
type Query struct {
	Kind  parley.Kind // "": every kind that a person's list shows; then Box is owed
	Box   string      // "" with a Kind: all
	Opens bool        // with a Kind and no Box: only messages that open a thread
	After string      // Page.Next of the page before; "": the first page
	Limit int         // 1 to 200
}

// Page is a part of a list.
type Page struct {
	Messages []Message
	Next     string // "" on the last page
}

// List gives a page. Its cost depends on Limit alone, not on how many messages
// there are.
func (r *Register) List(ctx context.Context, q Query) (Page, error) {
	if q.Kind == "" && q.Box == "" {
		return Page{}, parley.E(parley.Invalid, "list: want a kind or a box")
	}
	var p Page
	var err error
	p.Next, err = r.page(ctx, sqldb.MessageQuery{Kind: q.Kind, Box: q.Box, Opens: q.Opens, Limit: q.Limit}, q.After, func(tx *sqldb.Tx, rows []sqldb.Message) (err error) {
		p.Messages, err = r.read(tx, rows)
		return err
	})
	return p, err
}

// page reads the rows after a mark and gives them to read, within one transaction;
// next is the mark of the page that follows, "" on the last.
func (r *Register) page(ctx context.Context, q sqldb.MessageQuery, mark string, read func(*sqldb.Tx, []sqldb.Message) error) (next string, err error) {
	limit := q.Limit
	if limit < 1 || limit > 200 {
		return "", parley.E(parley.Invalid, "page of %d rows: want 1 to 200", limit)
	}
	if q.After, err = parseCursor(mark); err != nil {
		return "", err
	}
	q.Limit++ // one more says whether there is more
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.MessagePage(q)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			rows = rows[:limit]
			last := &rows[limit-1]
			next = formatCursor(sqldb.MessagePlace{Stored: last.Stored.UnixMicro(), Journal: last.Journal, Index: last.Index})
		}
		return read(tx, rows)
	})
	return next, err
}

// At is one message by its place, with the cosignature that first covers it as
// the proof of delivery. NotFound where the entry is not folded.
func (r *Register) At(ctx context.Context, ref parley.Ref) (m Message, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(ref.Origin)
		if err != nil {
			return err
		}
		row, ok, err := tx.MessageAt(j.ID, ref.Index)
		if err != nil {
			return err
		}
		if !ok {
			return parley.E(parley.NotFound, "no entry %s here", ref)
		}
		m, err = r.readOne(tx, row)
		return err
	})
	return m, err
}

// Find is one message by its id. Where octets were replayed, that is the entry
// that is not void. NotFound where there is none.
func (r *Register) Find(ctx context.Context, id parley.MessageID) (m Message, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.MessagesBy(sqldb.ByID, []parley.Hash{parley.Hash(id)})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return parley.E(parley.NotFound, "no message %s here", id)
		}
		i := max(0, slices.IndexFunc(rows, func(m sqldb.Message) bool { return m.Reason == "" }))
		m, err = r.readOne(tx, rows[i])
		return err
	})
	return m, err
}

// Thread is the messages of the thread that a message stands in, in canonical
// order, the entries that run the line among them. NotFound as for Find.
func (r *Register) Thread(ctx context.Context, id parley.MessageID) (list []Message, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.MessagesBy(sqldb.ByID, []parley.Hash{parley.Hash(id)})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(rows, func(m sqldb.Message) bool { return m.Reason == "" && !m.Thread.IsZero() })
		if i < 0 {
			return parley.E(parley.NotFound, "no thread with the message %s here", id)
		}
		w, err := readWorld(tx)
		if err != nil {
			return err
		}
		agreement := w.agreement(rows[i].Journal)
		if rows, err = tx.MessagesBy(sqldb.ByThread, []parley.Hash{rows[i].Thread}); err != nil {
			return err
		}
		rows = slices.DeleteFunc(rows, func(m sqldb.Message) bool { return w.agreement(m.Journal) != agreement })
		slices.SortFunc(rows, func(a, b sqldb.Message) int { return a.Seq - b.Seq })
		list, err = r.read(tx, rows)
		return err
	})
	return list, err
}

func (r *Register) readOne(tx *sqldb.Tx, row sqldb.Message) (Message, error) {
	list, err := r.read(tx, []sqldb.Message{row})
	if err != nil {
		return Message{}, err
	}
	m := list[0]
	return m, r.firstProofs(tx, &m)
}

func (r *Register) read(tx *sqldb.Tx, rows []sqldb.Message) ([]Message, error) {
	w, err := readWorld(tx)
	if err != nil {
		return nil, err
	}
	d := &deliveries{tx: tx, world: w, register: r, known: map[deliveryKey]Proof{}}
	places := make([]sqldb.Place, len(rows))
	for i := range rows {
		places[i] = at(&rows[i])
	}
	steps, err := tx.StepsAt(places)
	if err != nil {
		return nil, err
	}
	list := make([]Message, len(rows))
	for i := range rows {
		list[i] = w.message(&rows[i], steps[places[i]])
		if err := d.fill(&list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// A cursor is opaque to callers and harmless in their hands: it names a place in
// a list that they may read anyway.
func formatCursor(p sqldb.MessagePlace) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(p.Stored))
	b = binary.BigEndian.AppendUint64(b, uint64(p.Journal))
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(b, p.Index))
}

func parseCursor(s string) (sqldb.MessagePlace, error) {
	if s == "" {
		return sqldb.MessagePlace{}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 24 || b[0]|b[8]|b[16] > 0x7f {
		return sqldb.MessagePlace{}, parley.E(parley.Invalid, "page %.40q: want the mark of a page before it", s)
	}
	return sqldb.MessagePlace{Stored: int64(binary.BigEndian.Uint64(b)), Journal: int64(binary.BigEndian.Uint64(b[8:])), Index: binary.BigEndian.Uint64(b[16:])}, nil
}
