package node

import (
	"context"
	"encoding/json"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// Pending is a message that still waits in the outbox, with what it says: whoever
// takes it back or gives the second signature must be able to read it.
type Pending struct {
	Held
	Agreement parley.Hash       `json:"agreement"`
	Answers   parley.MessageID  `json:"answers"`
	Marking   string            `json:"marking"`
	Languages []string          `json:"languages"`
	Exercise  bool              `json:"exercise"`
	Text      string            `json:"text"`
	Subject   string            `json:"subject,omitempty"`
	Files     []seal.Attachment `json:"files"`
	Step      string            `json:"step,omitempty"`
	Content   json.RawMessage   `json:"content,omitempty"`
}

// Pending opens a message of the outbox. NotFound where it is not, or no longer, there.
func (n *Node) Pending(ctx context.Context, nonce parley.Nonce) (Pending, error) {
	row, o, err := n.waiting(ctx, nonce)
	if err != nil {
		return Pending{}, err
	}
	p := Pending{Held: held(row, o, n.now()), Agreement: o.Agreement, Answers: o.Answers}
	r, err := o.ready(nonce, n.keep)
	if err != nil {
		return p, err
	}
	opened, err := r.Open()
	if err != nil {
		return p, err
	}
	p.Marking, p.Languages, p.Exercise, p.Files = opened.Marking, opened.Languages, opened.Facts.Exercise, opened.Blobs
	p.Step, p.Content = opened.Facts.Step, opened.Content
	content, err := seal.ParseContent(opened.Facts.Kind, opened.Facts.Version, opened.Content)
	if err != nil {
		return p, err
	}
	switch c := content.(type) {
	case *seal.Hotline:
		p.Text = c.Text
	case *seal.Memo:
		p.Text, p.Subject = c.Text, c.Subject
	}
	return p, nil
}

// waiting reads one row of the outbox.
func (n *Node) waiting(ctx context.Context, nonce parley.Nonce) (sqldb.Outgoing, *outgoing, error) {
	rows, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) ([]sqldb.Outgoing, error) { return tx.Outgoing(nonce) })
	if err == nil && len(rows) == 0 {
		err = parley.E(parley.NotFound, "message %s does not wait in the outbox", nonce)
	}
	if err != nil {
		return sqldb.Outgoing{}, nil, err
	}
	o, err := decodeOutgoing(rows[0].Payload)
	return rows[0], o, err
}
