package sqldb

import (
	"database/sql"
	"slices"
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
	Payload []byte      // OutboxHeads: the heading, or the payload where there is none
	Heading []byte      // what lists show, of the payload's codec; written with it, read by OutboxHeads
	Part    parley.Hash // of the sealed or clear part; written with the payload

	Audience string // the parties that it is addressed to: see Window; only written
}

const outgoingColumns = `seq, origin, body, nonce, state, rank, hold_until, queued_at, payload`

func scanOutgoing(o *Outgoing) []any {
	return []any{&o.Seq, &o.Origin, &o.Body, octets(o.Nonce[:]), &o.State, &o.Rank, micros{&o.Hold}, micros{&o.Queued}, &o.Payload}
}

// PutOutgoing queues a message and says whether it is new: the same nonce from the
// same body is the same message. ENTRY-7
func (t *Tx) PutOutgoing(o Outgoing) (bool, error) {
	t.touch(Outbox())
	n, err := t.exec(`INSERT INTO outbox (origin, body, nonce, state, rank, hold_until, queued_at, payload, audience, heading, part)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (origin, body, nonce) DO NOTHING`,
		string(o.Origin), string(o.Body), o.Nonce[:], o.State, o.Rank, toMicros(o.Hold), toMicros(o.Queued), o.Payload, o.Audience, orNull(o.Heading), o.Part[:])
	return n == 1, err
}

// SetOutgoing changes state, hold-back time and payload of a queued message.
func (t *Tx) SetOutgoing(o Outgoing) error {
	t.touch(Outbox())
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
	t.touch(Outbox())
	n, err := t.exec(`DELETE FROM outbox WHERE origin = $1 AND body = $2 AND nonce = $3`, string(origin), string(body), nonce[:])
	return n > 0, err
}

// DropSequenced takes out the messages of one body that are being appended; one that is
// not there is no error.
func (t *Tx) DropSequenced(origin parley.Origin, body parley.Body, nonces []parley.Nonce) error {
	t.touch(Outbox())
	for chunk := range slices.Chunk(nonces, lookups[len(lookups)-1]) {
		k := lookup(len(chunk))
		args := []any{string(origin), string(body)}
		for i := range lookups[k] {
			args = append(args, chunk[min(i, len(chunk)-1)][:])
		}
		if _, err := t.exec(dropSequencedText[k], args...); err != nil {
			return err
		}
	}
	return nil
}

var dropSequencedText = textsAfter(2, `DELETE FROM outbox WHERE origin = $1 AND body = $2 AND nonce IN (`, `)`)

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

// OutgoingAt finds one queued message.
func (t *Tx) OutgoingAt(origin parley.Origin, body parley.Body, nonce parley.Nonce) (Outgoing, bool, error) {
	list, err := t.outgoing(`SELECT `+outgoingColumns+` FROM outbox WHERE origin = $1 AND body = $2 AND nonce = $3`, string(origin), string(body), nonce[:])
	if err != nil || len(list) == 0 {
		return Outgoing{}, false, err
	}
	return list[0], true, nil
}

// OutgoingPart finds the queued messages with a sealed or clear part.
func (t *Tx) OutgoingPart(origin parley.Origin, part parley.Hash) ([]Outgoing, error) {
	return t.outgoing(`SELECT `+outgoingColumns+` FROM outbox WHERE origin = $1 AND (part = $2 OR part IS NULL) ORDER BY seq`, string(origin), part[:])
}

// OutboxHeads is Outbox without the payloads, which are large: headings stand in their
// place.
func (t *Tx) OutboxHeads(origin parley.Origin) ([]Outgoing, error) {
	return t.outgoing(`SELECT seq, origin, body, nonce, state, rank, hold_until, queued_at, COALESCE(heading, payload)
		FROM outbox WHERE origin = $1 ORDER BY rank, seq`, string(origin))
}

// CountOutbox counts what waits in one journal's outbox by its state, and says since when
// the oldest that is ready waits.
func (t *Tx) CountOutbox(origin parley.Origin) (ready, drafts int, oldest time.Time, err error) {
	_, err = t.one(`SELECT COUNT(CASE WHEN state = 'ready' THEN 1 END), COUNT(CASE WHEN state = 'draft' THEN 1 END),
		COALESCE(MIN(CASE WHEN state = 'ready' THEN queued_at END), 0) FROM outbox WHERE origin = $1`, []any{string(origin)}, &ready, &drafts, micros{&oldest})
	return ready, drafts, oldest, err
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
