package node

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/internal/config"
	"parley.example/parley/proof"
)

// Setup is what `parley init` asks for.
type Setup struct {
	Name      string // a party (aster.example), or with Archive its name (archive.example/parley)
	Title     agreement.Texts
	Languages []string
	Address   string // host:port at which counterparts reach this node; empty: it opens no port
	Calendar  clock.Table
	Bodies    []SetupBody
	Archive   bool // this node keeps the journals of others
}

// SetupBody is one body of the party.
type SetupBody struct {
	Name  string // the part after the slash
	Title agreement.Texts
	Roles []string
}

// Create makes a home: keys, settings, and the card that names them, which is also
// written to card.txt. It refuses a folder that holds a party. Where it fails nothing of it
// stays: keys that no card names would only be in the way of the next attempt. KEYS-1
func Create(dir string, s Setup, peerListen, deskListen string) (h Home, card *agreement.Card, err error) {
	if made := missing(dir, "", "keys", "blobs", config.FileName, "card.txt"); !(Home{Dir: dir}).Exists() {
		defer func() {
			if err != nil {
				for _, path := range slices.Backward(made) {
					os.RemoveAll(path)
				}
			}
		}()
	}
	if h, err = CreateHome(dir, s.Name); err != nil {
		return h, nil, err
	}
	if err := os.WriteFile(h.Path(config.FileName), config.Initial(peerListen, deskListen), 0o600); err != nil {
		return h, nil, parley.E(parley.Unavailable, "write %s: %w", config.FileName, err)
	}
	if s.Archive {
		if err := h.CreateThird(s.Name); err != nil {
			return h, nil, err
		}
	}
	for _, b := range s.Bodies {
		if err := h.CreateBody(parley.Body(s.Name + "/" + b.Name)); err != nil {
			return h, nil, err
		}
	}
	card, err = h.NewCard(s)
	return h, card, err
}

// missing are those of the names in a folder that nothing has yet, as paths.
func missing(dir string, names ...string) (paths []string) {
	for _, name := range names {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			paths = append(paths, path)
		}
	}
	return paths
}

// NewCard makes fresh journal and mirror keys and a card that offers them, for
// one agreement. An archive's card is for any number of them. CARD-5
func (h Home) NewCard(s Setup) (*agreement.Card, error) {
	identity, err := h.Identity()
	if err != nil {
		return nil, err
	}
	_, pin, err := h.TLS()
	if err != nil {
		return nil, err
	}
	text := []byte(nil)
	if s.Archive {
		mirror, err := h.ThirdSigners()
		if err != nil {
			return nil, err
		}
		text = agreement.FormatArchiveCard(&agreement.Archive{Name: s.Name, Title: s.Title, Identity: vkey(identity),
			Mirror: vkeys(mirror), TLS: []parley.Hash{pin}, Address: s.Address, Disinterested: true})
	} else {
		p, err := h.offer(s, identity, pin)
		if err != nil {
			return nil, err
		}
		text = agreement.FormatCard(p)
	}
	card, err := agreement.SignCard(text, identity)
	if slip := (*agreement.ParseError)(nil); errors.As(err, &slip) && slip.Line > 0 {
		return nil, parley.E(parley.Invalid, "%s: %s; want %s", slip.Key, slip.What, slip.Want) // nobody has seen the text that has the line
	}
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(h.Path("card.txt"), card.Note(), 0o644); err != nil {
		return nil, parley.E(parley.Unavailable, "write card.txt: %w", err)
	}
	return card, nil
}

func (h Home) offer(s Setup, identity proof.Signer, pin parley.Hash) (*agreement.Party, error) {
	party, err := parley.ParseParty(s.Name)
	if err != nil {
		return nil, err
	}
	origin, err := h.CreateJournal(party)
	if err != nil {
		return nil, err
	}
	log, err := h.JournalSigners(origin)
	if err != nil {
		return nil, err
	}
	mirror, err := h.MirrorSigners(origin)
	if err != nil {
		return nil, err
	}
	p := &agreement.Party{Name: party, Title: s.Title, Languages: s.Languages, Identity: vkey(identity), Origin: origin,
		Journal: vkeys(log), Mirror: vkeys(mirror), TLS: []parley.Hash{pin}, Address: s.Address, Calendar: s.Calendar}
	for _, b := range s.Bodies {
		body, err := h.OfferBody(party, b)
		if err != nil {
			return nil, err
		}
		p.Bodies = append(p.Bodies, *body)
	}
	return p, nil
}

// OfferBody is a body with the keys that this home has for it.
func (h Home) OfferBody(party parley.Party, b SetupBody) (*agreement.Body, error) {
	name, err := parley.ParseBody(string(party) + "/" + b.Name)
	if err != nil {
		return nil, err
	}
	signing, err := h.BodySigner(name)
	if err != nil {
		return nil, err
	}
	release, err := h.ReleaseSigner(name)
	if err != nil {
		return nil, err
	}
	recipient, err := h.Recipient(name)
	if err != nil {
		return nil, err
	}
	return &agreement.Body{Name: name, Title: b.Title, Roles: b.Roles, Signing: vkey(signing), Release: vkey(release), Age: recipient}, nil
}

// SignAgreement adds our lines to a text: identity, bodies, release keys. AGREEMENT-7
func (h Home) SignAgreement(s *agreement.Signed) error {
	identity, err := h.Identity()
	if err != nil {
		return err
	}
	p, ok := s.Agreement.Party(parley.Party(identity.Key().Name))
	if !ok {
		return parley.E(parley.Forbidden, "%s is no party of this agreement", identity.Key().Name).
			WithHint("an archive or a witness signs nothing: it only accepts")
	}
	signers := []proof.Signer{identity}
	for i := range p.Bodies {
		body := &p.Bodies[i]
		all, err := h.BodySigners(body.Name)
		if err != nil {
			return err
		}
		signer, err := choose(all, body.Signing.ID, body.Name, "signing")
		if err != nil {
			return err
		}
		signers = append(signers, signer)
		if body.Release.IsZero() {
			continue
		}
		if all, err = h.ReleaseSigners(body.Name); err != nil {
			return err
		}
		if signer, err = choose(all, body.Release.ID, body.Name, "release"); err != nil {
			return err
		}
		signers = append(signers, signer)
	}
	return s.Sign(signers...)
}

func vkey(s proof.Signer) agreement.VKey { return agreement.VKey{Key: s.Key()} }

func vkeys(list []proof.Signer) []agreement.VKey {
	out := make([]agreement.VKey, len(list))
	for i := range list {
		out[i] = vkey(list[i])
	}
	return out
}
