package node

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// Message is one entry with what this node can read of it.
type Message struct {
	ID         parley.MessageID  `json:"id"`
	Ref        string            `json:"ref"`   // <origin>/<index>
	Short      string            `json:"short"` // aster/118, or <origin>/118 where that is not enough
	Agreement  parley.Hash       `json:"agreement"`
	Ours       bool              `json:"ours"`
	From       parley.Body       `json:"from"`
	To         []parley.Body     `json:"to"`
	Kind       parley.Kind       `json:"kind"`
	Step       string            `json:"step,omitempty"`
	Precedence parley.Precedence `json:"precedence"`
	Thread     parley.MessageID  `json:"thread"`  // the message that opened the thread; itself where it did
	Answers    parley.MessageID  `json:"answers"` // zero: none
	Time       time.Time         `json:"time"`    // as its author says
	Marking    string            `json:"marking"`
	Languages  []string          `json:"languages"`
	Clock      string            `json:"clock,omitempty"`
	Due        string            `json:"due,omitempty"`
	Exercise   bool              `json:"exercise"`
	Text       string            `json:"text"`
	Subject    string            `json:"subject,omitempty"`
	Files      []seal.Attachment `json:"files"`
	Readable   bool              `json:"readable"`
	Why        string            `json:"why,omitempty"`    // why it is not readable here
	Erased     string            `json:"erased,omitempty"` // the rule, and the reason, by which our copy was erased
	Content    json.RawMessage   `json:"content,omitempty"`

	ref parley.Ref
	env seal.Envelope
}

// Message finds and opens one entry: by message id or a beginning of it, by nonce
// of ours, as aster/118 or <origin>/118.
func (n *Node) Message(ctx context.Context, name string) (Message, error) {
	ref, err := n.Find(ctx, name)
	if err != nil {
		return Message{}, err
	}
	return n.MessageAt(ctx, ref)
}

// Find resolves what people type to an entry. NotFound, or Invalid where more
// than one entry fits.
func (n *Node) Find(ctx context.Context, name string) (parley.Ref, error) {
	if ref, err := parley.ParseRef(name); err == nil {
		return ref, nil
	}
	if ref, ok, err := n.findShort(name); ok || err != nil {
		return ref, err
	}
	var refs []parley.Ref
	err := n.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		if id, bad := parley.ParseHash(name); bad == nil {
			refs, err = tx.Find(parley.MessageID(id), 2)
			return err
		}
		if nonce, bad := parley.ParseNonce(name); bad == nil {
			refs, err = n.findNonce(tx, nonce)
			return err
		}
		refs, err = tx.FindPrefix(name, 2)
		return err
	})
	switch {
	case err != nil:
		return parley.Ref{}, err
	case len(refs) == 0:
		return parley.Ref{}, parley.E(parley.NotFound, "no message %q here", name).
			WithHint("name it as aster/118, by its id or the beginning of it, or by the nonce that `send` printed")
	case len(refs) > 1 && refs[0] != refs[1]:
		return parley.Ref{}, parley.E(parley.Invalid, "more than one message fits %q: %s and %s", name, refs[0], refs[1])
	}
	return refs[0], nil
}

// findShort reads aster/118: the first label of a party, and the index in its
// current journal.
func (n *Node) findShort(name string) (parley.Ref, bool, error) {
	label, digits, ok := strings.Cut(name, "/")
	if !ok {
		return parley.Ref{}, false, nil
	}
	index, err := parley.ParseSize(digits)
	if err != nil {
		return parley.Ref{}, false, nil
	}
	var found []parley.Ref
	for _, l := range n.Lines() {
		l.mu.RLock()
		for _, p := range l.chain.Parties() {
			if first, _, _ := strings.Cut(string(p), "."); first == label || string(p) == label {
				found = append(found, parley.Ref{Origin: l.chain.Current(p), Index: index})
			}
		}
		l.mu.RUnlock()
	}
	switch len(found) {
	case 0:
		return parley.Ref{}, false, parley.E(parley.NotFound, "no party %q in an agreement here", label)
	case 1:
		return found[0], true, nil
	}
	return parley.Ref{}, false, parley.E(parley.Invalid, "%q fits more than one journal: %s and %s", name, found[0], found[1]).
		WithHint("name the whole origin: %s", found[0])
}

// Name is what people type to name an entry: aster/118 where that finds it, and
// with the whole origin where it does not, as in a journal that was succeeded.
func (n *Node) Name(ref parley.Ref) string {
	if found, ok, err := n.findShort(ref.Short()); ok && err == nil && found == ref {
		return ref.Short()
	}
	return ref.String()
}

func (n *Node) findNonce(tx *sqldb.Tx, nonce parley.Nonce) ([]parley.Ref, error) {
	journals, err := tx.Journals()
	if err != nil {
		return nil, err
	}
	var refs []parley.Ref
	for _, j := range journals {
		if j.Role != sqldb.Ours {
			continue
		}
		used, err := tx.Used(j.ID, []parley.Nonce{nonce})
		if err != nil {
			return nil, err
		}
		l, _ := n.LineOf(j.Origin)
		for _, e := range used {
			ref := parley.Ref{Origin: j.Origin, Index: e.Index}
			if l != nil && l.isDead(ref) {
				continue // what nobody else took is said again, or lost
			}
			lost, err := tx.Lost(j.ID, e.Part)
			if err == nil && lost && l != nil {
				_, ref, _, err = l.said(tx, e.From, nonce)
			}
			if err != nil {
				return nil, err
			}
			refs = append(refs, ref)
		}
	}
	return refs, nil
}

// MessageAt opens the entry at a place.
func (n *Node) MessageAt(ctx context.Context, ref parley.Ref) (m Message, err error) {
	l, ok := n.LineOf(ref.Origin)
	if !ok {
		return m, parley.E(parley.NotFound, "no journal %s here", ref.Origin)
	}
	err = n.db.View(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(ref.Origin)
		if err != nil {
			return err
		}
		list, err := tx.Entries(j.ID, ref.Index, ref.Index+1)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return parley.E(parley.NotFound, "journal %s has no entry %d here", ref.Origin, ref.Index)
		}
		m, err = l.read(tx, j, list[0])
		return err
	})
	m.Short = n.Name(ref)
	return m, err
}

// read opens an entry with its stored file key. What does not open is returned
// with Why instead of an error.
func (l *Line) read(tx *sqldb.Tx, j sqldb.Journal, e sqldb.Entry) (Message, error) {
	ref := parley.Ref{Origin: j.Origin, Index: e.Index}
	m := Message{ID: e.ID, Ref: ref.String(), Short: ref.Short(), Agreement: l.id, Ours: j.Role == sqldb.Ours, Files: []seal.Attachment{}, ref: ref}
	env, err := seal.ParseEntry(e.Raw)
	if err != nil {
		m.Why = "malformed"
		return m, nil
	}
	m.env, m.From, m.To, m.Time, m.Thread = env, env.From, env.To, env.Time, e.ID
	part, err := tx.Part(j.ID, env.Part)
	if err != nil {
		if parley.KindOf(err) != parley.NotFound {
			return m, err
		}
		m.Why = "the sealed part is not here"
		if _, reason, ok, err := tx.Erased(j.ID, env.Part); err != nil {
			return m, err
		} else if ok {
			m.Why, m.Erased = "erased: "+reason, reason
		} else if _, at, again, err := l.said(tx, e.From, e.ID.Again()); err != nil {
			return m, err
		} else if again {
			m.Why += "; what it said, " + l.node.Name(at) + " says again"
		}
		return m, l.readFacts(tx, j, e, &m)
	}
	l.mu.RLock()
	o, _, err := l.open(tx, j, e.Index, env, part)
	l.mu.RUnlock()
	if err != nil {
		m.Why = err.Error()
		return m, nil
	}
	m.fill(o.Facts)
	m.Readable, m.Marking, m.Languages, m.Content = true, o.Marking, o.Languages, o.Content
	m.Files = append(m.Files, o.Blobs...)
	switch c, _ := seal.ParseContent(o.Facts.Kind, o.Facts.Version, o.Content); c := c.(type) {
	case *seal.Hotline:
		m.Text = c.Text
	case *seal.Memo:
		m.Text, m.Subject = c.Text, c.Subject
	case *seal.Check:
		m.Text, m.Subject = c.Note, c.Route
	default:
		m.Text = l.gist(&m)
	}
	return m, nil
}

func (l *Line) readFacts(tx *sqldb.Tx, j sqldb.Journal, e sqldb.Entry, m *Message) error {
	b, ok, err := tx.Facts(j.ID, e.Index)
	if err != nil || !ok {
		return err
	}
	if f, err := seal.OpenFacts(m.env, b); err == nil {
		m.fill(f)
	}
	return nil
}

func (m *Message) fill(f seal.Facts) {
	m.Kind, m.Step, m.Precedence, m.Answers, m.Clock, m.Due, m.Exercise = f.Kind, f.Step, f.Precedence, f.Answers, f.Clock, f.Due, f.Exercise
	if !f.Thread.IsZero() {
		m.Thread = f.Thread
	}
}

// Origin is the journal that the entry stands in.
func (m *Message) Origin() parley.Origin { return m.ref.Origin }

// Nonce is what its author's node named it by before it had a place.
func (m *Message) Nonce() parley.Nonce { return m.env.Nonce }

// Part is the hash of the entry's sealed or clear part.
func (m *Message) Part() parley.Hash { return m.env.Part }
