package sqldb

import (
	"database/sql"
	"time"
)

// BookSource is one file of the address book.
type BookSource struct {
	Name     string
	Format   string
	Run      uint64 // that counts; 0: none
	Next     uint64 // that is being read; 0: none
	Taken    uint64
	Broken   uint64
	Imported time.Time
}

// BookEntry is one row of a source. CONTACT-15
type BookEntry struct {
	Source string
	Run    uint64
	N      uint64
	Name   string
	Claims bool
	Entry  []byte // JSON, as package contactfile writes it
}

const bookColumns = `name, format, run, next, taken, broken, imported`

// BookSources lists the sources by name.
func (t *Tx) BookSources() ([]BookSource, error) {
	return t.bookSources(`SELECT ` + bookColumns + ` FROM book_source ORDER BY name`)
}

// BookSource finds one source.
func (t *Tx) BookSource(name string) (BookSource, bool, error) {
	return one(t.bookSources(`SELECT `+bookColumns+` FROM book_source WHERE name = $1`, name))
}

// PutBookSource stores a source, anew or changed.
func (t *Tx) PutBookSource(s BookSource) error {
	_, err := t.exec(`INSERT INTO book_source (`+bookColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (name) DO UPDATE SET format = $2, run = $3, next = $4, taken = $5, broken = $6, imported = $7`,
		s.Name, s.Format, int64(s.Run), int64(s.Next), int64(s.Taken), int64(s.Broken), toMicros(s.Imported))
	return err
}

// PutBookEntries adds rows; one that is there stays.
func (t *Tx) PutBookEntries(list []BookEntry) error {
	const width = 6
	rows := make([]any, 0, len(list)*width)
	for i := range list {
		e := &list[i]
		rows = append(rows, e.Source, int64(e.Run), int64(e.N), e.Name, bit(e.Claims), string(e.Entry))
	}
	return t.insert("book_entry", `source, run, n, name, claims, entry`, ` ON CONFLICT DO NOTHING`, width, rows)
}

// DropBookRows removes at most limit rows of a source that are of an earlier run,
// and says how many it removed: a long list goes in many short transactions.
func (t *Tx) DropBookRows(source string, before uint64, limit int) (int64, error) {
	return t.exec(`DELETE FROM book_entry WHERE (source, run, n) IN
		(SELECT source, run, n FROM book_entry WHERE source = $1 AND run < $2 ORDER BY run, n LIMIT $3)`, source, int64(before), limit)
}

// BookPage lists the rows that count by name, from after one on. Its cost does not
// depend on how many there are.
func (t *Tx) BookPage(after BookEntry, limit int) ([]BookEntry, error) {
	return t.bookEntries(`SELECT e.source, e.run, e.n, e.name, e.claims, e.entry FROM book_entry e JOIN book_source s ON s.name = e.source AND s.run = e.run
		WHERE (e.name, e.source, e.run, e.n) > ($1, $2, $3, $4) ORDER BY e.name, e.source, e.run, e.n LIMIT $5`,
		after.Name, after.Source, int64(after.Run), int64(after.N), limit)
}

// BookClaims lists the rows of a source that claim something, in the order of the file.
func (t *Tx) BookClaims(source string, run, after uint64, limit int) ([]BookEntry, error) {
	return t.bookEntries(`SELECT source, run, n, name, claims, entry FROM book_entry
		WHERE source = $1 AND run = $2 AND n > $3 AND claims = 1 ORDER BY n LIMIT $4`, source, int64(run), int64(after), limit)
}

// BookNamed lists the rows of one name that count.
func (t *Tx) BookNamed(name string, limit int) ([]BookEntry, error) {
	return t.bookEntries(`SELECT e.source, e.run, e.n, e.name, e.claims, e.entry FROM book_entry e JOIN book_source s ON s.name = e.source AND s.run = e.run
		WHERE e.name = $1 ORDER BY e.source, e.n LIMIT $2`, name, limit)
}

func (t *Tx) bookSources(query string, args ...any) ([]BookSource, error) {
	var list []BookSource
	err := t.query(query, args, func(r *sql.Rows) error {
		var s BookSource
		err := r.Scan(&s.Name, &s.Format, (*int64bits)(&s.Run), (*int64bits)(&s.Next), (*int64bits)(&s.Taken), (*int64bits)(&s.Broken), micros{&s.Imported})
		list = append(list, s)
		return err
	})
	return list, err
}

func (t *Tx) bookEntries(query string, args ...any) ([]BookEntry, error) {
	var list []BookEntry
	err := t.query(query, args, func(r *sql.Rows) error {
		var e BookEntry
		err := r.Scan(&e.Source, (*int64bits)(&e.Run), (*int64bits)(&e.N), &e.Name, &e.Claims, &e.Entry)
		list = append(list, e)
		return err
	})
	return list, err
}

// CountBook counts the rows of a run.
func (t *Tx) CountBook(source string, run uint64) (n uint64, err error) {
	_, err = t.one(`SELECT COUNT(*) FROM book_entry WHERE source = $1 AND run = $2`, []any{source, int64(run)}, (*int64bits)(&n))
	return n, err
}
