package sqldb

import (
	"database/sql"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// Role says what a journal is to this node.
type Role string

const (
	Ours     Role = "ours"     // we write it
	Theirs   Role = "theirs"   // a counterpart writes it, we mirror it
	Archived Role = "archived" // we are the third that keeps it for others
)

// Journal is one log that this node keeps. ID is local to this database.
type Journal struct {
	ID        int64
	Origin    parley.Origin
	Agreement parley.Hash // of the founding text
	Party     parley.Party
	Role      Role
	MinIndex  uint64 // the first index held
	Opened    time.Time
}

// End is how a journal ended: by a successor ("closed": Detail is its origin, Size
// and Root say where) or because its author forked ("forked": Detail is the hash of
// the evidence).
type End struct {
	How    string
	Detail string
	At     time.Time
	Size   uint64
	Root   tlog.Hash
}

// The two ways in which a journal ends.
const (
	Closed = "closed"
	Forked = "forked"
)

const journalColumns = `journal, origin, agreement, party, role, min_index, opened_at`

func scanJournal(j *Journal) []any {
	return []any{&j.ID, &j.Origin, hash{&j.Agreement}, &j.Party, &j.Role, (*int64bits)(&j.MinIndex), micros{&j.Opened}}
}

// PutJournal registers a journal. They are numbered from 16: SQLite plans a statement
// again whenever a number that it compares with becomes, or was, 0 or 1. Registering the same one again is no change;
// another agreement, role or first index for a known origin is a Conflict.
func (t *Tx) PutJournal(j Journal) (Journal, error) {
	t.touch(Journals())
	_, err := t.exec(`INSERT INTO log_journal (journal, origin, agreement, party, role, min_index, opened_at)
		SELECT COALESCE(MAX(journal), 15) + 1, $1, $2, $3, $4, $5, $6 FROM log_journal WHERE true ON CONFLICT (origin) DO NOTHING`,
		string(j.Origin), j.Agreement[:], string(j.Party), string(j.Role), int64(j.MinIndex), toMicros(j.Opened))
	if err != nil {
		return Journal{}, err
	}
	got, err := t.Journal(j.Origin)
	if err != nil {
		return Journal{}, err
	}
	if got.Agreement != j.Agreement || got.Role != j.Role || got.MinIndex != j.MinIndex || got.Party != j.Party {
		return Journal{}, parley.E(parley.Conflict, "journal %s is known already, as %s", j.Origin, got.Role)
	}
	return got, nil
}

// Journal finds a journal by its origin.
func (t *Tx) Journal(o parley.Origin) (Journal, error) {
	var j Journal
	ok, err := t.one(`SELECT `+journalColumns+` FROM log_journal WHERE origin = $1`, []any{string(o)}, scanJournal(&j)...)
	if err == nil && !ok {
		err = parley.E(parley.NotFound, "no journal %s here", o)
	}
	return j, err
}

// Journals lists all journals in the order in which they were registered.
func (t *Tx) Journals() ([]Journal, error) {
	var list []Journal
	err := t.query(`SELECT `+journalColumns+` FROM log_journal ORDER BY journal`, nil, func(r *sql.Rows) error {
		var j Journal
		if err := r.Scan(scanJournal(&j)...); err != nil {
			return err
		}
		list = append(list, j)
		return nil
	})
	return list, err
}

// PutEnd records how a journal ended; the first record stays.
func (t *Tx) PutEnd(journal int64, e End) error {
	t.touch(Journals())
	_, err := t.exec(`INSERT INTO log_end (journal, how, ended_at, detail, size, root) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`, journal, e.How, toMicros(e.At), e.Detail, int64(e.Size), orNull(e.Root[:]))
	return err
}

// Ends lists how a journal ended; empty while it goes on.
func (t *Tx) Ends(journal int64) ([]End, error) {
	var list []End
	err := t.query(`SELECT how, detail, ended_at, size, root FROM log_end WHERE journal = $1 ORDER BY how`, []any{journal}, func(r *sql.Rows) error {
		var e End
		if err := r.Scan(&e.How, &e.Detail, micros{&e.At}, (*int64bits)(&e.Size), octets(e.Root[:])); err != nil {
			return err
		}
		list = append(list, e)
		return nil
	})
	return list, err
}
