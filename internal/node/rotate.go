package node

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/proof"
)

// RotateIn says which key of ours is to be replaced by a new one, or which
// address is new.
type RotateIn struct {
	What    string `json:"what"`    // signing, release, age, address; nothing for a mirror
	Body    string `json:"body"`    // for signing, release, age
	Address string `json:"address"` // for address; "-": we open no port

	Identity string `json:"identity,omitempty"` // file of the identity key, absolute; empty: the home's
}

// Rotated says where the change stands: the entry in each agreement, by its nonce.
type Rotated struct {
	Agreement parley.Hash `json:"agreement"`
	Entry     string      `json:"entry"`
}

// Rotate makes a new key and says so in every agreement in which we are a party.
// It is in force from the entry after; until then, and for what it signed, the
// old one stays. Signing and release keys need the identity key in the home. KEYS-5, KEYS-6
func (n *Node) Rotate(ctx context.Context, in RotateIn) ([]Rotated, error) {
	lines := n.written()
	if len(lines) == 0 {
		return nil, n.nothingToRotate()
	}
	for _, l := range lines {
		if err := l.ready(); err != nil {
			return nil, err
		}
	}
	change, identity, err := n.change(in)
	if err != nil {
		return nil, err
	}
	var done []Rotated
	for _, l := range lines {
		if err := l.reload(); err != nil {
			return done, err
		}
		entry, err := l.announce(ctx, change, identity)
		if err != nil {
			return done, err
		}
		done = append(done, Rotated{l.id, entry})
	}
	return done, nil
}

// nothingToRotate says why there is no journal that could carry a change of keys.
func (n *Node) nothingToRotate() error {
	if len(n.Lines()) > 0 {
		return parley.E(parley.Forbidden, "this node is an archive: it writes no journal that could say new keys").
			WithHint("its keys stand in the agreement: the parties change them by an amendment")
	}
	return parley.E(parley.NotFound, "no agreement is in force here: the next card carries new keys anyway")
}

// Forgotten says how many age identities of a body were destroyed.
type Forgotten struct {
	Body      parley.Body `json:"body"`
	Destroyed int         `json:"destroyed"`
}

// ForgetAge destroys the age identities of a body that are no longer in force:
// what they opened stays readable by its stored file keys, and a backup or a disk
// that somebody recorded earlier no longer opens with this home. Conflict while a
// counterpart has not cosigned the entry that brought the newest one, or a message
// that is held is not judged yet. KEYS-4
func (n *Node) ForgetAge(ctx context.Context, body string) (Forgotten, error) {
	b, err := n.ourBody(body)
	if err != nil {
		return Forgotten{}, err
	}
	newest, err := n.home.Recipient(b)
	if err != nil {
		return Forgotten{}, err
	}
	for _, l := range n.written() {
		if err := l.Follow(ctx); err != nil {
			return Forgotten{}, err
		}
		l.mu.RLock()
		known, err := l.chain.Recipient(b)
		l.mu.RUnlock()
		if err != nil {
			return Forgotten{}, err
		}
		size, least, err := l.tail(ctx)
		if err != nil {
			return Forgotten{}, err
		}
		if known != newest || least < size {
			return Forgotten{}, parley.E(parley.Conflict, "not every counterpart has cosigned the newest age key of %s yet", b).
				WithHint("`parley line status` says who; ask again when all have")
		}
	}
	out := Forgotten{Body: b}
	out.Destroyed, err = n.home.forgetAge(b)
	for _, l := range n.written() {
		if err == nil {
			err = l.reload()
		}
	}
	return out, err
}

// written are the lines in which we write a journal.
func (n *Node) written() []*Line {
	var list []*Line
	for _, l := range n.Lines() {
		if l.journal() != nil {
			list = append(list, l)
		}
	}
	return list
}

// ready is Unavailable while the journal waits for what others hold of it.
func (l *Line) ready() error {
	if err := l.writable(); err != nil {
		return err
	}
	if l.journal().Asking() {
		return parley.E(parley.Unavailable, "the journal %s waits for its counterparts: a change of keys would not be written now", l.origin()).
			WithHint("`parley journal resume` says for whom")
	}
	return nil
}

// change makes the new key and what is said about it.
func (n *Node) change(in RotateIn) (c agreement.Change, identity *proof.Signer, err error) {
	if in.What == "address" {
		c.Address = in.Address
		return c, nil, nil
	}
	b, err := n.ourBody(in.Body)
	if err != nil {
		return c, nil, err
	}
	if in.What == "age" {
		recipient, err := n.home.AddAgeIdentity(b)
		c.Age = []agreement.BodyAge{{Body: b, Recipient: recipient}}
		return c, nil, err
	}
	id, err := n.home.WithIdentity(in.Identity).Identity() // before anything is made
	if err != nil {
		return c, nil, err
	}
	switch in.What {
	case "signing":
		s, err := n.home.AddBodySigner(b)
		c.Signing = []agreement.BodyKey{{Body: b, Key: s.Key()}}
		return c, &id, err
	case "release":
		s, err := n.home.AddReleaseSigner(b)
		c.Release = []agreement.BodyKey{{Body: b, Key: s.Key()}}
		return c, &id, err
	}
	return c, nil, parley.E(parley.Invalid, "rotate %q: want signing, release, age or address", in.What)
}

// ourBody accepts "cert" and "aster.example/cert".
func (n *Node) ourBody(name string) (parley.Body, error) {
	for _, l := range n.written() {
		a, err := l.text()
		if err != nil {
			return "", err
		}
		p, ok := a.Party(l.us)
		if !ok {
			continue
		}
		for i := range p.Bodies {
			if b := p.Bodies[i].Name; string(b) == name || b.Name() == name {
				return b, nil
			}
		}
	}
	return "", parley.E(parley.NotFound, "%q is no body of ours", name)
}

// announce writes the change into our journal and takes it into force here.
func (l *Line) announce(ctx context.Context, c agreement.Change, identity *proof.Signer) (entry string, err error) {
	c.Agreement, c.Journal = l.id, l.origin()
	note, err := c.Sign(identity)
	if err != nil {
		return "", err
	}
	content, err := agreement.FormatContent(agreement.NoteContent{Note: string(note)})
	if err != nil {
		return "", err
	}
	m, err := l.toEverybody(parley.KindKeys, content)
	if err != nil {
		return "", err
	}
	h, err := l.send(ctx, m)
	if err != nil {
		return "", err
	}
	_, err = l.Sequence(ctx)
	return h.Nonce.String(), err
}

// reload takes the home's keys again after a change of them.
func (l *Line) reload() error {
	a, err := l.text()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.loadKeys(a)
}

// signer is the key by which a body signs the next entry of our journal. KEYS-7
func (l *Line) signer(b parley.Body) (proof.Signer, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	want, err := l.chain.BodyKey(b, parley.Ref{Origin: l.chain.Current(l.us), Index: 1 << 61})
	if err != nil {
		return proof.Signer{}, err
	}
	return choose(l.signers[b], want.KeyHash(), b, "signing")
}

// releaseSigner is the key that gives the second signature now. KEYS-7
func (l *Line) releaseSigner(b parley.Body) (proof.Signer, error) {
	return l.releaseSignerAt(b, parley.Ref{Origin: l.origin(), Index: 1 << 61})
}

// releaseSignerAt is the one that was in force at a place of a journal of ours.
func (l *Line) releaseSignerAt(b parley.Body, ref parley.Ref) (proof.Signer, error) {
	all, err := l.node.home.ReleaseSigners(b)
	if err != nil {
		return proof.Signer{}, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	want, err := l.chain.ReleaseKey(b, ref)
	if err != nil {
		return proof.Signer{}, err
	}
	return choose(all, want.KeyHash(), b, "release")
}

func choose(all []proof.Signer, id uint32, b parley.Body, role string) (proof.Signer, error) {
	for _, s := range all {
		if s.Key().ID == id {
			return s, nil
		}
	}
	return proof.Signer{}, parley.E(parley.NotFound, "the %s key of %s that is in force is not in %s", role, b, bodyFile(b, role)).
		WithHint("put it back from where you keep it, or rotate it")
}
