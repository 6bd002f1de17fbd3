package agreement

import (
	"slices"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// CardVersion is the value of a card's first key. CARD-1
const CardVersion = "parley/card/v1"

// MaxCard bounds a signed card, in octets. CARD-1
const MaxCard = 64 << 10

// Card is what strangers exchange first: a party's (or an archive's) names,
// keys, address and pins, signed by the identity key inside. It proves that
// whoever made it holds that key, and nothing about who that is: two people
// compare the fingerprint. Only ParseCard makes one.
type Card struct {
	Party   *Party   // exactly one of both is there
	Archive *Archive //
	text    []byte
	note    []byte
}

type cardText struct {
	Version string   `toml:"card"`
	Party   *Party   `toml:"party"`
	Archive *Archive `toml:"archive"`
}

// ParseCard reads a signed card and verifies the line of the identity key that
// stands inside; other lines are ignored. Errors are parley.Invalid (with a
// *ParseError where the text is wrong) or parley.Untrusted. CARD-1, CARD-2
func ParseCard(note []byte) (*Card, error) {
	if len(note) > MaxCard {
		return nil, parley.E(parley.Invalid, "a card of %d octets: want at most %d", len(note), MaxCard)
	}
	n, err := proof.ParseNote(note)
	if err != nil {
		return nil, parley.E(parley.Invalid, "read a card: %w", err)
	}
	card, err := parseCardText([]byte(n.Text))
	if err != nil {
		return nil, err
	}
	lines, err := n.Verify(card.identity())
	if err != nil {
		return nil, parley.E(parley.Untrusted, "card of %s: %w", card.Name(), err)
	}
	card.note = proof.Note{Text: n.Text, Lines: lines[:1]}.Bytes()
	return card, nil
}

func parseCardText(text []byte) (*Card, error) {
	var t cardText
	c, err := decode(text, &t)
	if err != nil {
		return nil, err
	}
	if t.Version != CardVersion {
		c.bad("card", quote(t.Version)+" is not known here", "%q", CardVersion)
	}
	switch {
	case (t.Party == nil) == (t.Archive == nil):
		c.bad("", "a card of nobody or of two", "either a [party] or an [archive] table") // CARD-3
	case t.Party != nil:
		t.Party.check(c, "party", keyring{})
	default:
		t.Archive.check(c, "archive", keyring{})
	}
	return &Card{Party: t.Party, Archive: t.Archive, text: slices.Clone(text)}, c.err()
}

// SignCard signs the text of a card with the identity key that stands in it.
func SignCard(text []byte, identity proof.Signer) (*Card, error) {
	card, err := parseCardText(text)
	if err != nil {
		return nil, err
	}
	if !identity.Key().Equal(card.identity()) {
		return nil, parley.E(parley.Invalid, "sign a card: the key given is not the identity key in the text")
	}
	line, err := signLine(string(text), identity)
	if err != nil {
		return nil, err
	}
	card.note = proof.Note{Text: string(text), Lines: []proof.Line{line}}.Bytes()
	return card, nil
}

// Name is the party's or the archive's.
func (c *Card) Name() string {
	if c.Party != nil {
		return string(c.Party.Name)
	}
	return c.Archive.Name
}

func (c *Card) identity() proof.Key {
	if c.Party != nil {
		return c.Party.Identity.Key
	}
	return c.Archive.Identity.Key
}

// Note is the signed card, with the identity key's line only.
func (c *Card) Note() []byte { return c.note }

// Text is the signed text.
func (c *Card) Text() []byte { return c.text }

// Fingerprint is what two people compare aloud when a card has travelled by
// an open way. CARD-4
func (c *Card) Fingerprint() string { return Fingerprint(parley.Sum(c.text)) }
