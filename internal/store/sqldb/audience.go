package sqldb

import (
	"database/sql"
	"strings"
	"time"

	"parley.example/parley"
)

// Window says which queued messages wait although they are due: those of a rank above
// Rank to one of the audiences.
type Window struct {
	Rank      int
	Audiences []string
}

// Audiences lists to whom the messages of one journal go that are ready and of a rank
// above that one: each set of parties once.
func (t *Tx) Audiences(origin parley.Origin, rank int) ([]string, error) {
	var list []string
	err := t.query(`SELECT DISTINCT audience FROM outbox WHERE origin = $1 AND state = 'ready' AND rank > $2`,
		[]any{string(origin), rank}, func(r *sql.Rows) error {
			var a string
			err := r.Scan(&a)
			list = append(list, a)
			return err
		})
	return list, err
}

// DueWithin is Due without what the window holds back.
func (t *Tx) DueWithin(origin parley.Origin, now time.Time, limit int, w Window) ([]Outgoing, error) {
	if len(w.Audiences) == 0 {
		return t.Due(origin, now, limit)
	}
	n := 1 // few texts: the list is filled up by repeating its last member
	for n < len(w.Audiences) {
		n *= 4
	}
	args := []any{string(origin), toMicros(now), limit, w.Rank}
	for i := range n {
		args = append(args, w.Audiences[min(i, len(w.Audiences)-1)])
	}
	var b strings.Builder
	b.WriteString(`SELECT ` + outgoingColumns + ` FROM outbox WHERE origin = $1 AND state = 'ready'
		AND (hold_until <= $2 OR 2 * queued_at - hold_until > $2) AND (rank <= $4 OR audience NOT IN (`)
	b.WriteString(holders(len(args)-n+1, n))
	b.WriteString(`)) ORDER BY rank, seq LIMIT $3`)
	return t.outgoing(b.String(), args...)
}
