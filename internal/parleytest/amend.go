package parleytest

import (
	"bytes"
	"context"
	"fmt"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/node"
)

// Amend writes an amendment of the text in force: edit changes the text, and each
// newcomer's card is added. All sign it; nobody has accepted it yet.
func (c *Circle) Amend(edit func([]byte) []byte, newcomers ...parley.Party) (*agreement.Signed, error) {
	now := c.World.Signed.Agreement
	text := now.Text()
	for _, key := range []string{"founding", "amends"} {
		if i := bytes.Index(text, []byte("\n"+key+" =")); i >= 0 {
			end := i + 1 + bytes.IndexByte(text[i+1:], '\n')
			text = append(bytes.Clone(text[:i]), text[end:]...)
		}
	}
	head, rest, _ := bytes.Cut(text, []byte("\n"))
	text = fmt.Appendf(nil, "%s\nfounding = %q\namends = %q\n%s", head, now.ID(), now.Hash(), edit(bytes.Clone(rest)))
	var cards []*agreement.Card
	for _, name := range newcomers {
		p, err := NewParty(c.World.Rand, name)
		if err != nil {
			return nil, err
		}
		c.World.Parties[name] = p
		cards = append(cards, p.Card)
	}
	a, err := agreement.Parse(agreement.Draft(text, cards...))
	if err != nil {
		return nil, err
	}
	s := agreement.NewSigned(a)
	for i := range a.Parties {
		if err := s.Sign(c.World.Parties[a.Parties[i].Name].Signers()...); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Join starts the node of a newcomer, which takes over all texts.
func (c *Circle) Join(ctx context.Context, name parley.Party, texts ...*agreement.Signed) error {
	p := c.World.Parties[name]
	if err := c.add(string(name), p.Card.Party.Address, func(h node.Home) error { return p.write(h) }); err != nil {
		return err
	}
	var notes [][]byte
	for _, s := range texts {
		notes = append(notes, s.Note())
	}
	_, err := c.Nodes[string(name)].Node.AcceptAll(ctx, notes)
	return err
}
