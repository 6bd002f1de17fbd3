package sqldb

import (
	"database/sql"
	"time"

	"parley.example/parley"
)

// CallWord is a slot of call words that was said or heard here.
type CallWord struct {
	Secret         parley.Hash // of the secret
	Caller, Called parley.Body
	Hour           int64
	N              int
	How            string // said, heard
	At             time.Time
}

// PutCallWord takes a slot. ok is false, and was is what is there, where it is taken. CALL-12
func (t *Tx) PutCallWord(w CallWord) (was CallWord, ok bool, err error) {
	n, err := t.exec(`INSERT INTO call_word (secret, caller, called, hour, n, how, at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		w.Secret[:], string(w.Caller), string(w.Called), w.Hour, w.N, w.How, toMicros(w.At))
	if err != nil || n == 1 {
		return w, n == 1, err
	}
	list, err := t.CallWords(w.Secret, w.Caller, w.Called, w.Hour)
	for _, x := range list {
		if x.N == w.N {
			return x, false, err
		}
	}
	return CallWord{}, false, err
}

// CallWords lists the slots of one hour and direction that are taken, by number.
func (t *Tx) CallWords(secret parley.Hash, caller, called parley.Body, hour int64) (list []CallWord, err error) {
	err = t.query(`SELECT n, how, at FROM call_word WHERE secret = $1 AND caller = $2 AND called = $3 AND hour = $4 ORDER BY n`,
		[]any{secret[:], string(caller), string(called), hour}, func(r *sql.Rows) error {
			w := CallWord{Secret: secret, Caller: caller, Called: called, Hour: hour}
			err := r.Scan(&w.N, &w.How, micros{&w.At})
			list = append(list, w)
			return err
		})
	return list, err
}

// CallSecrets lists the newest messages of kind call and step words that a body wrote.
func (t *Tx) CallSecrets(from parley.Body, limit int) ([]Message, error) {
	return t.messages(`SELECT `+messageColumns+` FROM view_message m WHERE m.kind = 'call' AND m.step = 'words' AND m.sender = $1
		ORDER BY m.stored_at DESC, m.journal DESC, m.idx DESC LIMIT $2`, string(from), limit)
}

// WatchStatements lists the newest messages of kind watch of a body in one journal.
func (t *Tx) WatchStatements(journal int64, from parley.Body, limit int) ([]Message, error) {
	return t.messages(`SELECT `+messageColumns+` FROM view_message m WHERE m.kind = 'watch' AND m.journal = $1 AND m.sender = $2
		ORDER BY m.idx DESC LIMIT $3`, journal, string(from), limit)
}
