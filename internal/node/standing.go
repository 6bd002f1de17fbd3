package node

import (
	"context"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/store/sqldb"
)

// Text is the agreement's text in force for our next entry.
func (l *Line) Text() (*agreement.Agreement, error) { return l.text() }

// ReadOnly says in a sentence why the line takes no new message; empty: it does.
func (l *Line) ReadOnly() string {
	switch {
	case l.journal() == nil:
		return "this node keeps the journals of others and writes none"
	case l.journal().Asking():
		return "not every counterpart has said yet what it holds of our journal " + string(l.origin()) + ": what you write waits in the outbox"
	}
	return ""
}

// TargetStates are the states of all targets, without looking anything up.
func (n *Node) TargetStates() []string {
	var list []string
	for _, l := range n.Lines() {
		for _, t := range l.Targets() {
			t.mu.Lock()
			list = append(list, t.status.State)
			t.mu.Unlock()
		}
	}
	return list
}

// FilesHere says for each attachment of a message whether it is here, whole.
func (n *Node) FilesHere(ctx context.Context, name string) []bool {
	m, err := n.Message(ctx, name)
	if err != nil {
		return nil
	}
	here := make([]bool, len(m.env.Blobs))
	for i, b := range m.env.Blobs {
		_, whole, err := n.blobs.Held(m.ref.Origin, b.Hash, b.Size)
		here[i] = whole && err == nil
	}
	return here
}

// Signature is a cosignature that first covers a message: for its addressees'
// mirrors, the receipt of delivery.
type Signature struct {
	Party parley.Party
	Key   string // key name
	Time  time.Time
	Size  uint64
	Line  string
}

// Delivered are the first cosignatures of the addressees' mirrors over a message.
func (n *Node) Delivered(ctx context.Context, name string) []Signature {
	m, err := n.Message(ctx, name)
	if err != nil {
		return nil
	}
	l, ok := n.LineOf(m.ref.Origin)
	if !ok {
		return nil
	}
	var list []Signature
	n.db.View(ctx, func(tx *sqldb.Tx) error { // what cannot be read is not shown
		j, err := tx.Journal(m.ref.Origin)
		if err != nil {
			return err
		}
		seen := map[parley.Party]bool{m.From.Party(): true}
		for _, b := range m.To {
			p := b.Party()
			if seen[p] {
				continue
			}
			seen[p] = true
			keys, err := l.cosignerKeys(string(p), m.ref.Origin, m.ref.Index+1)
			if err != nil {
				return err
			}
			for _, k := range keys {
				c, ok, err := tx.FirstCosignatureOver(j.ID, m.ref.Index, k.Name, k.ID)
				if err != nil {
					return err
				}
				if ok {
					list = append(list, Signature{Party: p, Key: c.Cosigner, Time: c.Signed, Size: c.Size, Line: c.Line})
					break
				}
			}
		}
		return nil
	})
	return list
}
