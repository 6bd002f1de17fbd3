package parleytest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Plant appends a leaf to a party's journal as it is, under the journal's own
// signature and past every check that an honest node makes: what somebody who
// breaks the rules can do with valid keys. part goes beside it; nil: it is withheld.
func (m *Member) Plant(ctx context.Context, raw, part []byte) error {
	p := m.circle.World.Parties[parley.Party(m.Name)]
	return m.DB.Update(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(p.Origin)
		if err != nil {
			return err
		}
		size, err := tx.Size(j)
		if err != nil {
			return err
		}
		edge, err := tx.Edge(j.ID, 0, size)
		if err != nil {
			return err
		}
		row := sqldb.Entry{Index: size, Stored: m.Now(), Raw: raw}
		if env, err := seal.ParseEntry(raw); err == nil {
			row.ID, row.From, row.Nonce, row.Part = env.ID(), env.From, env.Nonce, env.Part
		}
		if part != nil {
			if err := tx.PutParts(j.ID, []sqldb.Part{{Hash: parley.Sum(part), Bytes: part, Stored: m.Now()}}); err != nil {
				return err
			}
		}
		if err := tx.PutEntries(j.ID, []sqldb.Entry{row}); err != nil {
			return err
		}
		if err := tx.PutLeaves(j.ID, &edge, []tlog.Hash{tlog.RecordHash(raw)}); err != nil {
			return err
		}
		cp, err := proof.SignCheckpoint(j.Origin, edge.Size(), edge.Root(), m.Now(), p.Journal...)
		if err != nil {
			return err
		}
		return tx.PutCheckpoint(j.ID, sqldb.Checkpoint{Size: cp.Size, Root: cp.Root, Note: cp.Note, Stored: m.Now()})
	})
}

// Forged is an entry as Plant takes it: signed by the first body of a party, to one
// body, with a part that is sealed to recipients of the caller's choice.
type Forged struct {
	To         parley.Body
	Kind       parley.Kind
	Content    json.RawMessage
	Recipients []string // empty: those of the addressee
	Nonce      parley.Nonce
	// Spoil may change what is sealed before it is signed.
	Spoil func(*seal.Ready)
}

// Forge makes the entry and its part.
func (m *Member) Forge(f Forged) (raw, part []byte, err error) {
	w := m.circle.World
	p := w.Parties[parley.Party(m.Name)]
	if f.Nonce.IsZero() {
		rand.Read(f.Nonce[:])
	}
	if f.Kind == "" {
		f.Kind, f.Content = parley.KindHotline, json.RawMessage(`{"text":"forged"}`)
	}
	if len(f.Recipients) == 0 {
		f.Recipients = []string{w.Body(f.To).Age.Recipient().String()}
	}
	to, err := seal.ParseRecipients(f.Recipients...)
	if err != nil {
		return nil, nil, fmt.Errorf("forge: %w", err)
	}
	r, err := seal.Seal(rand.Reader,
		seal.Draft{Journal: p.Origin, Agreement: w.Agreement().ID(), From: p.Cert().Name, To: []parley.Body{f.To}, Nonce: f.Nonce},
		seal.Message{Kind: f.Kind, Version: 1, Precedence: parley.Flash, Marking: "TLP:AMBER", Languages: []string{"en"}, Content: f.Content},
		to)
	if err != nil {
		return nil, nil, fmt.Errorf("forge: %w", err)
	}
	if f.Spoil != nil {
		f.Spoil(r)
	}
	raw, err = seal.Sign(r, m.Now(), nil, p.Cert().Signing)
	return raw, r.Sealed, err
}

// Leaves reads the entries that a node holds of a party's journal.
func (m *Member) Leaves(ctx context.Context, of parley.Party) (list [][]byte, err error) {
	err = m.DB.View(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(m.circle.World.Parties[of].Origin)
		if err != nil {
			return err
		}
		entries, err := tx.Entries(j.ID, 0, 1<<40)
		for _, e := range entries {
			list = append(list, e.Raw)
		}
		return err
	})
	return list, err
}
