package node

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// outgoing is a sealed message that has no place in a journal yet: what the
// outbox keeps. The file key is wrapped, so that the outbox holds no secret.
type outgoing struct {
	Agreement  parley.Hash       `json:"agreement"`
	Kind       parley.Kind       `json:"kind"`
	Precedence parley.Precedence `json:"precedence"`
	From       parley.Body       `json:"from"`
	To         []parley.Body     `json:"to"`
	Thread     parley.MessageID  `json:"thread"`
	Answers    parley.MessageID  `json:"answers"`
	Lines      []byte            `json:"lines,omitempty"`
	Part       []byte            `json:"part,omitempty"`
	Clear      bool              `json:"clear,omitempty"`
	Facts      []byte            `json:"facts,omitempty"`
	Wrapped    []byte            `json:"wrapped,omitempty"`
}

// Held is what the outbox shows of a message that has not been sequenced.
type Held struct {
	Nonce      parley.Nonce      `json:"nonce"`
	State      string            `json:"state"` // held back, queued, needs release
	Kind       parley.Kind       `json:"kind"`
	Precedence parley.Precedence `json:"precedence"`
	From       parley.Body       `json:"from"`
	To         []parley.Body     `json:"to"`
	Thread     parley.MessageID  `json:"thread"`
	Queued     time.Time         `json:"queued"`
	HoldUntil  time.Time         `json:"hold_until"`
}

// States of a message before it is sequenced.
const (
	StateHeldBack     = "held back"
	StateQueued       = "queued"
	StateNeedsRelease = "needs release"
)

// ready is the message as the journal takes it.
func (o *outgoing) ready(nonce parley.Nonce, keep journal.Keep) (*seal.Ready, error) {
	r := o.unwrapped()
	if !o.Clear {
		key, err := keep.Unwrap(outboxLabel(nonce), o.Wrapped)
		if err != nil {
			return nil, err
		}
		r.FileKey = key
	}
	return r, nil
}

// unwrapped is the message without its file key.
func (o *outgoing) unwrapped() *seal.Ready {
	return &seal.Ready{Lines: o.Lines, Sealed: o.Part, Clear: o.Clear, Facts: o.Facts}
}

// outboxLabel binds a wrapped file key to the message that waits.
func outboxLabel(nonce parley.Nonce) string { return "outbox " + nonce.String() }

func decodeOutgoing(payload []byte) (*outgoing, error) {
	o := new(outgoing)
	if err := json.Unmarshal(payload, o); err != nil {
		return nil, parley.E(parley.Internal, "outbox row: %w", err)
	}
	return o, nil
}

func held(row sqldb.Outgoing, o *outgoing, now time.Time) Held {
	h := Held{Nonce: row.Nonce, Kind: o.Kind, Precedence: o.Precedence, From: o.From, To: o.To, Thread: o.Thread,
		Queued: row.Queued, HoldUntil: row.Hold, State: StateQueued}
	switch {
	case row.State == sqldb.Draft:
		h.State = StateNeedsRelease
	case row.Hold.After(now):
		h.State = StateHeldBack
	}
	return h
}

// queued is a message that is sealed, with its row in the outbox.
type queued struct {
	row     sqldb.Outgoing // its payload is there after fill
	message *outgoing
	ready   *seal.Ready // as it was sealed; nil where it comes from the outbox
}

// heading is what lists show of the message.
func (o *outgoing) heading() *outgoing {
	return &outgoing{Agreement: o.Agreement, Kind: o.Kind, Precedence: o.Precedence, From: o.From, To: o.To, Thread: o.Thread, Answers: o.Answers}
}

// queue makes the row of a message that was sealed for a journal of ours.
func (l *Line) queue(origin parley.Origin, nonce parley.Nonce, o *outgoing, r *seal.Ready, state string, hold time.Time) queued {
	return queued{sqldb.Outgoing{Origin: origin, Body: o.From, Nonce: nonce, State: state, Rank: o.Precedence.Rank(),
		Hold: hold, Queued: l.node.now(), Audience: audience(o.To), Part: parley.Sum(o.Part)}, o, r}
}

// fill writes out what the outbox keeps of a message, with its file key wrapped.
func (l *Line) fill(q *queued) (err error) {
	o := q.message
	if q.row.Payload != nil {
		return nil
	}
	if !o.Clear {
		if o.Wrapped, err = l.node.keep.Wrap(outboxLabel(q.row.Nonce), q.ready.FileKey); err != nil {
			return err
		}
	}
	payload, err := json.Marshal(o)
	heading, bad := json.Marshal(o.heading())
	if err = errors.Join(err, bad); err != nil {
		return parley.E(parley.Internal, "outbox row: %w", err)
	}
	q.row.Payload, q.row.Heading = payload, heading
	return nil
}

// enqueue makes messages durable, all or none. The same body and nonce again is
// the same message: what is stored stays. The first one's place is returned.
func (l *Line) enqueue(ctx context.Context, list ...queued) (Held, error) {
	for i := range list {
		if err := l.fill(&list[i]); err != nil {
			return Held{}, err
		}
	}
	first := list[0]
	err := l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
		for i, q := range list {
			added, err := tx.PutOutgoing(q.row)
			if err != nil {
				return err
			}
			if added || i > 0 {
				continue
			}
			rows, err := tx.Outgoing(q.row.Nonce)
			if err != nil || len(rows) == 0 {
				return err
			}
			first.row = rows[0]
			if first.message, err = decodeOutgoing(rows[0].Payload); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Held{}, err
	}
	if first.row.Origin != l.origin() { // its journal was closed meanwhile
		l.strays.Store(true)
	}
	ring(l.bell)
	return held(first.row, first.message, l.node.now()), nil
}

// Undo takes a message back that is still held back or waits for its release.
// Conflict: it has been sequenced, and what is in the journal stays there.
// NotFound: it was taken back already.
func (n *Node) Undo(ctx context.Context, nonce parley.Nonce) error {
	err := n.undo(ctx, nonce)
	if err != nil {
		return err
	}
	if err := n.sweepBlobs(ctx); err != nil { // it is taken back; what is left goes later
		n.log.Warn("an attachment of a message that was taken back is still here", "event", "blob.left", "error", err)
	}
	return nil
}

func (n *Node) undo(ctx context.Context, nonce parley.Nonce) error {
	return n.db.Update(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Outgoing(nonce)
		if err != nil {
			return err
		}
		sent, err := n.findNonce(tx, nonce) // as after its tail was fetched back
		if err != nil {
			return err
		}
		if len(sent) > 0 {
			rows = nil
		}
		for _, row := range rows {
			if l, ok := n.LineOf(row.Origin); ok && l.journal() != nil && l.journal().Asking() {
				return parley.E(parley.Unavailable, "message %s may have left an earlier life of this node: the line has not heard yet what others hold", nonce).
					WithHint("try again when `parley line status` shows every counterpart; until then it is not sent")
			}
			gone, err := tx.DropOutgoing(row.Origin, row.Body, row.Nonce)
			if err == nil && gone {
				err = doom(tx, row)
			}
			if err != nil || gone {
				return err
			}
		}
		if len(sent) == 0 {
			return parley.E(parley.NotFound, "nothing with the nonce %s waits here: it was taken back, or never queued", nonce)
		}
		return parley.E(parley.Conflict, "message %s has left the outbox: it can no longer be undone", nonce).
			WithHint("send a correction in the same thread")
	})
}

// Outbox lists what has not been sequenced, the most urgent first.
func (l *Line) Outbox(ctx context.Context) ([]Held, error) {
	rows, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) ([]sqldb.Outgoing, error) { return tx.OutboxHeads(l.origin()) })
	if err != nil {
		return nil, err
	}
	list := make([]Held, 0, len(rows))
	for _, row := range rows {
		o, err := decodeOutgoing(row.Payload)
		if err != nil {
			return nil, err
		}
		list = append(list, held(row, o, l.node.now()))
	}
	return list, nil
}
