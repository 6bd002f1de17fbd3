package node

import (
	"context"
	"fmt"
	"os"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/wholefile"
	"parley.example/parley/proof"
)

// ReplacementText is the text that replaces a lost identity key, with the lines
// that it has so far.
type ReplacementText struct {
	Note        string `json:"note"`
	Fingerprint string `json:"fingerprint,omitempty"`
}

// LoseIdentity makes a new identity key and the text that replaces the lost one,
// signed by the new key and our first body. The other parties sign it after its
// fingerprint was read aloud. Asking again gives the same text. KEYS-9
func (n *Node) LoseIdentity(_ context.Context, agreementID string) (ReplacementText, error) {
	l, err := n.Line(agreementID)
	if err != nil {
		return ReplacementText{}, err
	}
	if err := l.writable(); err != nil {
		return ReplacementText{}, err
	}
	fresh, err := n.home.NextIdentity(string(l.us))
	if err != nil {
		return ReplacementText{}, err
	}
	l.mu.RLock()
	old, err := l.chain.IdentityKey(l.us)
	l.mu.RUnlock()
	if err != nil {
		return ReplacementText{}, err
	}
	a, err := l.text()
	if err != nil {
		return ReplacementText{}, err
	}
	p, _ := a.Party(l.us)
	body, err := l.signer(p.Bodies[0].Name)
	if err != nil {
		return ReplacementText{}, err
	}
	x := &agreement.Replacement{Agreement: l.id, Journal: l.origin(), Old: old, New: fresh.Key()}
	var note proof.Note
	for _, s := range []proof.Signer{body, fresh} {
		if note, err = x.AddLine(note, s); err != nil {
			return ReplacementText{}, err
		}
	}
	return ReplacementText{Note: string(note.Bytes()), Fingerprint: x.Fingerprint()}, nil
}

// Replaced is what an amendment must say of a party whose identity key was replaced
// since a text: the new key, and the notes that led to it. KEYS-10
type Replaced struct {
	Party    parley.Party `json:"party"`
	Identity string       `json:"identity"` // vkey
	Notes    []string     `json:"notes"`
}

// ReplacedSince lists them for the text in force of an agreement.
func (n *Node) ReplacedSince(_ context.Context, agreementID string) ([]Replaced, error) {
	l, err := n.Line(agreementID)
	if err != nil {
		return nil, err
	}
	a, err := l.text()
	if err != nil {
		return nil, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	list := []Replaced{}
	for i := range a.Parties {
		p := &a.Parties[i]
		notes := l.chain.Replaced(p.Name, p.Identity.Key)
		if len(notes) == 0 {
			continue
		}
		key, err := l.chain.IdentityKey(p.Name)
		if err != nil {
			return nil, err
		}
		list = append(list, Replaced{Party: p.Name, Identity: key.String(), Notes: notes})
	}
	return list, nil
}

// ReplaceIdentity puts the replacement into our journal, once all have signed it,
// and the new key in the lost one's place in the home. KEYS-9
func (n *Node) ReplaceIdentity(ctx context.Context, in ReplacementText) (Rotated, error) {
	x, note, err := agreement.ParseReplacement([]byte(in.Note))
	if err != nil {
		return Rotated{}, err
	}
	l, err := n.Line(x.Agreement.String())
	if err != nil {
		return Rotated{}, err
	}
	if err := l.ready(); err != nil {
		return Rotated{}, err
	}
	l.mu.RLock()
	missing, err := l.chain.MissingFor(x, note, parley.Ref{Origin: x.Journal, Index: 1 << 61})
	l.mu.RUnlock()
	if err != nil {
		return Rotated{}, err
	}
	if len(missing) > 0 {
		return Rotated{}, parley.E(parley.Conflict, "not signed yet by %v", missing).WithHint("each of them: parley keys identity agree FILE")
	}
	content, err := agreement.FormatContent(agreement.NoteContent{Note: in.Note})
	if err != nil {
		return Rotated{}, err
	}
	m, err := l.toEverybody(parley.KindKeys, content)
	if err != nil {
		return Rotated{}, err
	}
	h, err := l.send(ctx, m)
	if err != nil {
		return Rotated{}, err
	}
	if _, err := l.Sequence(ctx); err != nil {
		return Rotated{}, err
	}
	l.mu.RLock()
	now, err := l.chain.IdentityKey(l.us)
	l.mu.RUnlock()
	if err == nil && !now.Equal(x.New) {
		err = parley.E(parley.Conflict, "the replacement is void: it was written for another key or journal")
	}
	if err != nil {
		return Rotated{}, err
	}
	return Rotated{l.id, h.Nonce.String()}, n.home.TakeNextIdentity()
}

// NextIdentity reads the identity key that is to replace a lost one, and makes it
// where there is none.
func (h Home) NextIdentity(name string) (proof.Signer, error) {
	s, err := h.signer("keys/identity.next.key")
	if parley.KindOf(err) != parley.NotFound || err == nil {
		return s, err
	}
	return h.addSigner("keys/identity.next.key", name)
}

// TakeNextIdentity makes the next identity key the identity key. What is left of
// the old one stays beside it.
func (h Home) TakeNextIdentity() error {
	for i := 1; ; i++ {
		old := h.Path("keys", fmt.Sprintf("identity.old%d.key", i))
		if _, err := os.Stat(old); err == nil {
			continue
		}
		if err := os.Rename(h.Path("keys", "identity.key"), old); err != nil && !os.IsNotExist(err) {
			return parley.E(parley.Unavailable, "keep the old identity key: %w", err)
		}
		break
	}
	if err := os.Rename(h.Path("keys", "identity.next.key"), h.Path("keys", "identity.key")); err != nil {
		return parley.E(parley.Unavailable, "take the new identity key: %w", err)
	}
	return wholefile.SyncFolder(h.Path("keys"))
}

// KeyStatus is a key that is in force now.
type KeyStatus struct {
	Owner string `json:"owner"` // a party or a body
	Role  string `json:"role"`  // identity, signing, release, age, journal, mirror, tls
	Key   string `json:"key"`
}

// Keys lists what is in force now, of every party. KEYS-7
func (n *Node) Keys(_ context.Context, agreementID string) ([]KeyStatus, error) {
	l, err := n.Line(agreementID)
	if err != nil {
		return nil, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	list := []KeyStatus{}
	for _, p := range l.chain.Parties() {
		one, err := l.keysOf(p)
		if err != nil {
			return nil, err
		}
		list = append(list, one...)
	}
	return list, nil
}

// keysOf lists one party's keys; the caller holds l.mu.
func (l *Line) keysOf(p parley.Party) (list []KeyStatus, err error) {
	add := func(owner, role, key string) { list = append(list, KeyStatus{owner, role, key}) }
	o := l.chain.Current(p)
	ref := parley.Ref{Origin: o, Index: 1 << 61}
	identity, err := l.chain.IdentityKey(p)
	if err != nil {
		return nil, err
	}
	add(string(p), "identity", identity.String())
	log, err := l.chain.LogKeys(o)
	if err != nil {
		return nil, err
	}
	add(string(p), "journal", log[0].String())
	mirror, err := l.chain.MirrorKeys(p, "", 0)
	if err != nil {
		return nil, err
	}
	add(string(p), "mirror", mirror[0].String())
	for _, pin := range l.chain.TLSPins(p) {
		add(string(p), "tls", pin.String())
	}
	a, err := l.chain.At(ref)
	if err != nil {
		return nil, err
	}
	member, ok := a.Party(p)
	if !ok {
		return list, nil // it has left
	}
	for i := range member.Bodies {
		b := member.Bodies[i].Name
		k, err := l.chain.BodyVKey(b, ref)
		if err != nil {
			return nil, err
		}
		add(string(b), "signing", k.String())
		if r, err := l.chain.ReleaseKey(b, ref); err == nil {
			add(string(b), "release", fmt.Sprintf("%s+%08x", r.Name(), r.KeyHash()))
		}
		age, err := l.chain.Recipient(b)
		if err != nil {
			return nil, err
		}
		add(string(b), "age", age)
	}
	return list, nil
}
