package cli

import (
	"io"
	"os"
	"path/filepath"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/node"
)

// cardCmd is about cards: ours, and those of others.
type cardCmd struct {
	Show cardShow `cmd:"" default:"withargs" help:"Print our card, or read one and print what it says; with --print, an emergency card."`
	New  cardNew  `cmd:"" help:"Make a card for another agreement: a new origin, new journal and mirror keys."`
}

type cardShow struct {
	File string `arg:"" optional:"" help:"A card; - is standard input. Without it, ours is printed as it is sent."`
	cardPrinted
}

// Run prints our card, or what a foreign one says. CARD-2, CARD-4
func (s cardShow) Run(c *Context) error {
	switch {
	case s.Print && s.File != "":
		return usage(parley.E(parley.Invalid, "--print and a card; want one of both"))
	case s.Print:
		return s.cardPrinted.run(c)
	case s.used():
		return usage(parley.E(parley.Invalid, "these flags belong to --print; want --print too"))
	}
	if s.File == "" {
		card, err := ownCard(c.Home)
		if err != nil {
			return err
		}
		c.Say("fingerprint: %s", card.Fingerprint())
		return c.Data(cardView(card), func(w io.Writer) { w.Write(card.Note()) })
	}
	card, err := readCard(c, s.File)
	if err != nil {
		return err
	}
	v := cardView(card)
	return c.Data(v, func(w io.Writer) {
		rows := [][]string{{v.Name, v.Title, orDash(v.Address), v.Fingerprint}}
		columns(w, []string{"NAME", "TITLE", "ADDRESS", "FINGERPRINT"}, rows)
		for _, b := range v.Bodies {
			columns(w, []string{"BODY", "TITLE"}, [][]string{{b.Name, b.Title}})
		}
	})
}

type cardNew struct {
	Output string `short:"o" placeholder:"FILE" help:"Write the card there instead of to standard output."`
	identityFlag
}

// Run makes new journal and mirror keys and a card that offers them. CARD-5
func (n cardNew) Run(c *Context) error {
	old, err := ownCard(c.Home)
	if err != nil {
		return err
	}
	card, err := node.Home{Dir: c.Home}.WithIdentity(n.path()).NewCard(setupOf(old))
	if err != nil {
		return err
	}
	c.Say("fingerprint: %s", card.Fingerprint())
	if c.JSON {
		return c.Data(cardView(card), nil)
	}
	return writeOut(c, n.Output, card.Note())
}

// setupOf is what a card was made from.
func setupOf(card *agreement.Card) node.Setup {
	if a := card.Archive; a != nil {
		return node.Setup{Name: a.Name, Title: a.Title, Address: a.Address, Archive: true}
	}
	p := card.Party
	s := node.Setup{Name: string(p.Name), Title: p.Title, Languages: p.Languages, Address: p.Address, Calendar: p.Calendar}
	for _, b := range p.Bodies {
		s.Bodies = append(s.Bodies, node.SetupBody{Name: b.Name.Name(), Title: b.Title, Roles: b.Roles})
	}
	return s
}

func ownCard(home string) (*agreement.Card, error) {
	raw, err := os.ReadFile(filepath.Join(home, "card.txt"))
	if err != nil {
		return nil, parley.E(parley.NotFound, "%s has no card", home).WithHint("`parley init` makes a home and its card; --home or PARLEY_HOME names it")
	}
	return agreement.ParseCard(raw)
}

func readCard(c *Context, file string) (*agreement.Card, error) {
	raw, err := readBounded(c, file, agreement.MaxCard)
	if err != nil {
		return nil, err
	}
	card, err := agreement.ParseCard(raw)
	if err != nil {
		return nil, inFile(file, err)
	}
	return card, nil
}

// inFile says in which file it went wrong, and keeps kind and hint.
func inFile(file string, err error) error {
	e := parley.E(parley.KindOf(err), "%s: %w", file, err)
	e.Hint = parley.HintOf(err)
	return e
}

type cardData struct {
	Name        string     `json:"name"`
	Title       string     `json:"title"`
	Address     string     `json:"address"`
	Origin      string     `json:"origin,omitempty"`
	Bodies      []bodyData `json:"bodies,omitempty"`
	Fingerprint string     `json:"fingerprint"`
}

type bodyData struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

func cardView(card *agreement.Card) cardData {
	if a := card.Archive; a != nil {
		return cardData{Name: a.Name, Title: a.Title.In("en"), Address: a.Address, Fingerprint: card.Fingerprint()}
	}
	p := card.Party
	v := cardData{Name: string(p.Name), Title: p.Title.In("en"), Address: p.Address, Origin: string(p.Origin), Fingerprint: card.Fingerprint()}
	for _, b := range p.Bodies {
		v.Bodies = append(v.Bodies, bodyData{string(b.Name), b.Title.In("en")})
	}
	return v
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
