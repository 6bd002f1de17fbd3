package node

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/constituency"
	"parley.example/parley/internal/contactfile"
	"parley.example/parley/internal/store/sqldb"
)

// The address book keeps what files say of others. Nobody signed it, and it is
// shown as that; it answers where no signed record does. CONTACT-15

// BookBatch is a part of an import.
type BookBatch struct {
	Source string    `json:"source"` // a word for the file: ti, first, sector-energy
	Format string    `json:"format"`
	Run    uint64    `json:"run,omitempty"` // 0: begin; else as the batch before answered
	Rows   []BookRow `json:"rows"`
	Last   bool      `json:"last,omitempty"`   // the import is whole: it takes the place of the one before
	Broken uint64    `json:"broken,omitempty"` // with Last: rows that were not taken
}

// BookRow is one row of a file.
type BookRow struct {
	N     uint64            `json:"n"`
	Entry contactfile.Entry `json:"entry"`
}

// BookTaken says how far an import is.
type BookTaken struct {
	Run   uint64 `json:"run"`
	Taken uint64 `json:"taken"`
}

// MaxBookBatch bounds the rows of one batch.
const MaxBookBatch = 1000

var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,39}$`)

// ImportContacts adds rows to the address book. A batch is one short transaction;
// what was imported before counts until the last batch has come.
func (n *Node) ImportContacts(ctx context.Context, b BookBatch) (BookTaken, error) {
	if !sourceName.MatchString(b.Source) {
		return BookTaken{}, parley.E(parley.Invalid, "source %.40q: want a word such as ti or sector-energy", b.Source)
	}
	if _, err := contactfile.ParseFormat(b.Format); err != nil {
		return BookTaken{}, err
	}
	if len(b.Rows) > MaxBookBatch {
		return BookTaken{}, parley.E(parley.Invalid, "%d rows: want at most %d in a batch", len(b.Rows), MaxBookBatch)
	}
	var taken BookTaken
	err := n.db.Update(ctx, func(tx *sqldb.Tx) error {
		s, ok, err := tx.BookSource(b.Source)
		if err != nil {
			return err
		}
		if !ok {
			s = sqldb.BookSource{Name: b.Source}
		}
		switch {
		case b.Run == 0:
			s.Next = max(s.Run, s.Next) + 1
		case b.Run != s.Next:
			return parley.E(parley.Conflict, "another import of %s has begun; want one at a time", b.Source)
		}
		list := make([]sqldb.BookEntry, 0, len(b.Rows))
		for i := range b.Rows {
			e := &b.Rows[i].Entry
			raw, err := json.Marshal(e)
			if err != nil {
				return err
			}
			k := e.Contact.Constituency
			list = append(list, sqldb.BookEntry{Source: b.Source, Run: s.Next, N: b.Rows[i].N, Name: folded(e.Name), Entry: raw,
				Claims: k != nil && len(k.ASNs)+len(k.Networks)+len(k.Domains) > 0})
		}
		if err := tx.PutBookEntries(list); err != nil {
			return err
		}
		taken.Run = s.Next
		if b.Last {
			s.Format, s.Run, s.Next, s.Broken, s.Imported = b.Format, s.Next, 0, b.Broken, n.now()
			if s.Taken, err = tx.CountBook(b.Source, s.Run); err != nil {
				return err
			}
			taken.Taken = s.Taken
		}
		return tx.PutBookSource(s)
	})
	if err != nil || !b.Last {
		return taken, err
	}
	return taken, n.sweepBook(ctx, b.Source, taken.Run)
}

// sweepBook removes rows of earlier runs, a few at a time.
func (n *Node) sweepBook(ctx context.Context, source string, before uint64) error {
	const some = 2000
	for {
		var gone int64
		err := n.db.Update(ctx, func(tx *sqldb.Tx) (err error) {
			gone, err = tx.DropBookRows(source, before, some)
			return err
		})
		if err != nil || gone < some {
			return err
		}
	}
}

// ForgetContacts removes a source of the address book. Its name stays, with the
// number of the run that follows, so that an import that begins meanwhile is not
// taken for what is removed.
func (n *Node) ForgetContacts(ctx context.Context, source string) error {
	next := uint64(0)
	err := n.db.Update(ctx, func(tx *sqldb.Tx) error {
		s, ok, err := tx.BookSource(source)
		if err != nil {
			return err
		}
		if !ok || s.Run == 0 {
			return parley.E(parley.NotFound, "no source %.40q in the address book", source).WithHint("`parley contact list --book` lists them")
		}
		next = max(s.Run, s.Next) + 1
		return tx.PutBookSource(sqldb.BookSource{Name: source, Next: next, Imported: n.now()})
	})
	if err != nil {
		return err
	}
	return n.sweepBook(ctx, source, next)
}

// BookQuery asks for a page of the address book.
type BookQuery struct {
	Name  string `json:"name,omitempty"` // one name; empty: all
	After string `json:"after,omitempty"`
	Limit int    `json:"limit,omitempty"` // 0: 50
}

// BookPage is a page of the address book, by name.
type BookPage struct {
	Sources []BookSource `json:"sources"`
	Entries []BookEntry  `json:"entries"`
	Next    string       `json:"next,omitempty"`
}

// BookSource is a file that was imported.
type BookSource struct {
	Name     string    `json:"name"`
	Format   string    `json:"format"`
	Taken    uint64    `json:"taken"`
	Broken   uint64    `json:"broken"`
	Imported time.Time `json:"imported"`
}

// BookEntry is one contact that nobody signed.
type BookEntry struct {
	Source string            `json:"source"`
	N      uint64            `json:"row"`
	Signed bool              `json:"signed"` // always false
	Stale  bool              `json:"unconfirmed"`
	Entry  contactfile.Entry `json:"entry"`
}

// Book lists the address book. Its cost does not depend on how long it is.
func (n *Node) Book(ctx context.Context, q BookQuery) (p BookPage, err error) {
	if q.Limit < 1 || q.Limit > 500 {
		q.Limit = 50
	}
	after, err := parseBookMark(q.After)
	if err != nil {
		return p, err
	}
	p.Sources, p.Entries = []BookSource{}, []BookEntry{}
	err = n.db.View(ctx, func(tx *sqldb.Tx) error {
		sources, err := tx.BookSources()
		if err != nil {
			return err
		}
		for _, s := range sources {
			if s.Run > 0 {
				p.Sources = append(p.Sources, BookSource{s.Name, s.Format, s.Taken, s.Broken, s.Imported})
			}
		}
		var rows []sqldb.BookEntry
		if q.Name != "" {
			rows, err = tx.BookNamed(folded(q.Name), q.Limit)
		} else {
			rows, err = tx.BookPage(after, q.Limit+1)
		}
		if err != nil {
			return err
		}
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			p.Next = formatBookMark(rows[q.Limit-1])
		}
		now := n.now().UTC().Format(form.TimeLayout)
		for i := range rows {
			e := BookEntry{Source: rows[i].Source, N: rows[i].N}
			if err := json.Unmarshal(rows[i].Entry, &e.Entry); err != nil {
				return err
			}
			e.Stale = e.Entry.Contact.Until <= now
			p.Entries = append(p.Entries, e)
		}
		return nil
	})
	return p, err
}

// A mark of a page names a row that its reader may read anyway.
func formatBookMark(e sqldb.BookEntry) string {
	e.Entry = nil
	raw, _ := json.Marshal(e)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseBookMark(s string) (e sqldb.BookEntry, err error) {
	if s == "" {
		return e, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(raw) > 1000 || json.Unmarshal(raw, &e) != nil || e.N > 1<<62 || e.Run > 1<<62 {
		return e, parley.E(parley.Invalid, "page %.40q: want the mark of a page before it", s)
	}
	return e, nil
}

// folded is a name as it is found: small letters, one space.
func folded(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), unicode.IsSpace), " ")
}

// book is the index of the address book, made when it is first asked.
type book struct {
	mu    sync.Mutex
	key   string              // guarded by mu; the runs that it was made of
	index *constituency.Index // guarded by mu; nil: the book claims nothing
}

// bookHolder is what a claim of the address book shows.
type bookHolder struct {
	source string
	until  time.Time
}

// indexNow is the index of the runs that count now; nil where there is none.
func (b *book) indexNow(ctx context.Context, db *sqldb.DB) (*constituency.Index, error) {
	var sources []sqldb.BookSource
	err := db.View(ctx, func(tx *sqldb.Tx) (err error) {
		sources, err = tx.BookSources()
		return err
	})
	if err != nil {
		return nil, err
	}
	var key strings.Builder
	for _, s := range sources {
		if s.Run > 0 {
			key.WriteString(s.Name + " " + strconv.FormatUint(s.Run, 10) + " " + s.Imported.String() + "\n")
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if key.String() == b.key {
		return b.index, nil
	}
	var builder constituency.Builder
	held := 0
	for _, s := range sources {
		if s.Run == 0 {
			continue
		}
		more, err := readBook(ctx, db, &builder, s)
		if err != nil {
			return nil, err
		}
		held += more
	}
	b.key, b.index = key.String(), nil
	if held > 0 {
		b.index = builder.Build()
	}
	return b.index, nil
}

// readBook puts a source's claims into an index, page by page.
func readBook(ctx context.Context, db *sqldb.DB, b *constituency.Builder, s sqldb.BookSource) (held int, err error) {
	const page = 2000
	holders := map[constituency.Holder]int{} // a file may have a row for each network
	for after := uint64(0); ; {
		var rows []sqldb.BookEntry
		err := db.View(ctx, func(tx *sqldb.Tx) (err error) {
			rows, err = tx.BookClaims(s.Name, s.Run, after, page)
			return err
		})
		if err != nil {
			return held, err
		}
		for i := range rows {
			var e contactfile.Entry
			if err := json.Unmarshal(rows[i].Entry, &e); err != nil {
				return held, err
			}
			until, _ := time.Parse(form.TimeLayout, e.Contact.Until)
			party := e.Party
			if party == "" {
				party = e.Name
			}
			holder := constituency.Holder{Party: party, Body: e.Body, Point: e.Contact.Point, Note: bookHolder{s.Name, until}}
			h, ok := holders[holder]
			if !ok {
				h = b.Holder(holder)
				holders[holder] = h
			}
			contactfile.Claims(e.Contact.Constituency, func(v constituency.Value) { b.Add(h, v) })
			held++
		}
		if len(rows) < page {
			return held, nil
		}
		after = rows[len(rows)-1].N
	}
}
