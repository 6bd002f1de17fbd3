package agreement

import "parley.example/parley"

// Words are this agreement's own vocabulary; nothing in Parley interprets them. AGREEMENT-14
type Words struct {
	Threats  []Threat     `toml:"threat"`
	Glossary []Gloss      `toml:"term"`
	Markings []Equivalent `toml:"marking"`
	Refusals []Ground     `toml:"refusal"`
	Phrases  []Phrase     `toml:"phrase"`
	Severity []Level      `toml:"severity"` // the common scale, the least first
}

// Threat is one threat class of the agreement.
type Threat struct {
	ID        string   `toml:"id"`
	Title     Texts    `toml:"title"`
	Text      Texts    `toml:"text"`
	Articles  []string `toml:"articles"`
	Contested bool     `toml:"contested"` // the parties do not read it alike
}

// Gloss explains one term.
type Gloss struct {
	ID   string `toml:"id"`
	Term Texts  `toml:"term"`
	Text Texts  `toml:"text"`
}

// Equivalent says which common marking a national one is handled as.
type Equivalent struct {
	Party    parley.Party `toml:"party"`
	National string       `toml:"national"`
	Handled  string       `toml:"handled"` // a marking: TLP:AMBER, PAP:RED, or one of handling.marking
}

// Ground is a ground on which a request may be refused.
type Ground struct {
	ID      string `toml:"id"`
	Title   Texts  `toml:"title"`
	Article string `toml:"article"`
}

// Phrase is a numbered sentence that both sides read in their own language.
type Phrase struct {
	Number int    `toml:"number"`
	Text   Texts  `toml:"text"` // slots in braces: "Our {system} is down since {time}."
	Slots  []Slot `toml:"slot"`
}

// Slot is a gap in a phrase.
type Slot struct {
	Name string `toml:"name"`
	Kind string `toml:"kind"` // text, time, date, length, number, party, body, message, place, network, asn, domain
}

// Level is one step of the common scale of severity.
type Level struct {
	ID    string `toml:"id"`
	Title Texts  `toml:"title"`
}
