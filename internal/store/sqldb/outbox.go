package sqldb

import (
	"database/sql"
	"time"

	"parley.example/parley"
)

// States of a message in the outbox.
const (
	Draft = "draft" // waits for a person: a release, a correction
	Ready = "ready" // goes once its hold-back time is over
)

// Outgoing is a message that has no place in a journal yet. The payload is its
// author's business (package journal has a codec for sealed ones).
type Outgoing struct {
	Seq     int64 // order of arrival; set by PutOutgoing
	Origin  parley.Origin
	Body    parley.Body
	Nonce   parley.Nonce
	State   string
	Rank    int // parley.Precedence.Rank
	Hold    time.Time
	Queued  time.Time
	Payload []byte

	Audience string // the parties that it is addressed to: see Window; only written
}

const outgoingColumns = `seq, origin, body, nonce, state, rank, hold_until, queued_at, payload`

func scanOutgoing(o *Outgoing) []any {
	return []any{&o.Seq, &o.Origin, &o.Body, octets(o.Nonce[:]), &o.State, &o.Rank, micros{&o.Hold}, micros{&o.Queued}, &o.Payload}
}

// PutOutgoing queues a message and says whether it is new: the same nonce from the
// same body is the same message. ENTRY-7
func (t *Tx) PutOutgoing(o Outgoing) (bool, error) {
	n, err := t.exec(`INSERT INTO outbox (origin, body, nonce, state, rank, hold_until, queued_at, payload, audience)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (origin, body, nonce) DO NOTHING`,
		string(o.Origin), string(o.Body), o.Nonce[:], o.State, o.Rank, toMicros(o.Hold), toMicros(o.Queued), o.Payload, o.Audience)
	return n == 1, err
}

// SetOutgoing changes state, hold-back time and payload of a queued message.
func (t *Tx) SetOutgoing(o Outgoing) error {
	n, err := t.exec(`UPDATE outbox SET state = $4, hold_until = $5, payload = $6, rank = $7 WHERE origin = $1 AND body = $2 AND nonce = $3`,
		string(o.Origin), string(o.Body), o.Nonce[:], o.State, toMicros(o.Hold), o.Payload, o.Rank)
	if err == nil && n == 0 {
		err = parley.E(parley.NotFound, "no message %s in the outbox: it may be on its way already", o.Nonce)
	}
	return err
}

// DropOutgoing takes a message out, and says whether it was there: an undo, or
// part of the transaction that appends it.
func (t *Tx) DropOutgoing(origin parley.Origin, body parley.Body, nonce parley.Nonce) (bool, error) {
	n, err := t.exec(`DELETE FROM outbox WHERE origin = $1 AND body = $2 AND nonce = $3`, string(origin), string(body), nonce[:])
	return n > 0, err
}

// Outgoing finds queued messages by nonce (any body, any journal).
func (t *Tx) Outgoing(nonce parley.Nonce) ([]Outgoing, error) {
	return t.outgoing(`SELECT `+outgoingColumns+` FROM outbox WHERE nonce = $1 ORDER BY seq`, nonce[:])
}

// Due lists messages of one journal that may go now, the most urgent first, then by
// arrival. One that was queued further in the future than it is held back goes too:
// the clock was put back, and nobody knows how long it has waited.
func (t *Tx) Due(origin parley.Origin, now time.Time, limit int) ([]Outgoing, error) {
	return t.outgoing(`SELECT `+outgoingColumns+` FROM outbox WHERE origin = $1 AND state = 'ready'
		AND (hold_until <= $2 OR 2 * queued_at - hold_until > $2)
		ORDER BY rank, seq LIMIT $3`, string(origin), toMicros(now), limit)
}

// Outbox lists everything that waits in one journal's outbox, the most urgent first.
func (t *Tx) Outbox(origin parley.Origin) ([]Outgoing, error) {
	return t.outgoing(`SELECT `+outgoingColumns+` FROM outbox WHERE origin = $1 ORDER BY rank, seq`, string(origin))
}

// NextDue is when the next message of a journal may go that may not go yet.
func (t *Tx) NextDue(origin parley.Origin, after time.Time) (at time.Time, ok bool, err error) {
	ok, err = t.one(`SELECT hold_until FROM outbox WHERE origin = $1 AND state = 'ready' AND hold_until > $2 ORDER BY hold_until LIMIT 1`,
		[]any{string(origin), toMicros(after)}, micros{&at})
	return at, ok, err
}

func (t *Tx) outgoing(query string, args ...any) ([]Outgoing, error) {
	var list []Outgoing
	err := t.query(query, args, func(r *sql.Rows) error {
		var o Outgoing
		if err := r.Scan(scanOutgoing(&o)...); err != nil {
			return err
		}
		list = append(list, o)
		return nil
	})
	return list, err
}
