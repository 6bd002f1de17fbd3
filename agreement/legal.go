package agreement

import "parley.example/parley"

// Language says in which languages the text speaks and which one counts. AGREEMENT-12
type Language struct {
	Authentic []string `toml:"authentic"` // languages of equal or ranked authority
	Prevails  string   `toml:"prevails"`  // one of them where they differ; empty: all are equal
	Working   []string `toml:"working"`   // in which messages may be written; empty: the authentic ones
}

// Legal is the frame: what stands behind the text, and how it begins, changes and ends. AGREEMENT-13
type Legal struct {
	Instrument    Instrument     `toml:"instrument"`
	Articles      []Article      `toml:"article"`
	Signatories   []Signatory    `toml:"signatory"`
	Notifications []Notification `toml:"notification"`
	Force         Force          `toml:"force"`
	Term          Term           `toml:"term"`
	Amendment     Amendment      `toml:"amendment"`
	Suspension    Suspension     `toml:"suspension"`
	Ending        Ending         `toml:"ending"`
	Accession     Accession      `toml:"accession"`
	Depositary    parley.Party   `toml:"depositary"` // keeps the original and registers notices; may be empty
	Groups        []Group        `toml:"group"`
	Declarations  []Declaration  `toml:"declaration"`
	Disputes      Texts          `toml:"disputes"`
	Costs         Texts          `toml:"costs"`
}

// Instrument is the signed paper behind this text.
type Instrument struct {
	Title    Texts        `toml:"title"`
	Nature   string       `toml:"nature"`   // treaty, executive-agreement, memorandum, arrangement, contract, none
	Signed   string       `toml:"signed"`   // YYYY-MM-DD
	Prevails string       `toml:"prevails"` // "instrument" or "text", where the two differ
	SHA256   *parley.Hash `toml:"sha256"`   // of the file of the signed paper
	Source   string       `toml:"source"`   // where it is published
}

// Article is one article of the instrument, so that promises can cite it.
type Article struct {
	ID    string `toml:"id"` // "4", "4.1", "annex-2"
	Title Texts  `toml:"title"`
	Text  Texts  `toml:"text"`
}

// Signatory is an office that signs for a party; no officer is named.
type Signatory struct {
	Party    parley.Party `toml:"party"`
	Capacity Texts        `toml:"capacity"`
	On       string       `toml:"on"` // YYYY-MM-DD
}

// Notification is one party's notice on the way into force.
type Notification struct {
	Party parley.Party `toml:"party"`
	Of    string       `toml:"of"` // procedures-completed, ratification, bodies-named
	On    string       `toml:"on"` // YYYY-MM-DD
}

// Force is what has to happen before the instrument binds.
type Force struct {
	By    string `toml:"by"`    // signature, notification
	After string `toml:"after"` // a length: "30 days"; empty: at once
}

// Term is how long it lasts.
type Term struct {
	Length  string `toml:"length"`  // "5 years" or "indefinite"
	Renewal string `toml:"renewal"` // none, automatic, agreed
	Each    string `toml:"each"`    // length of a renewal
}

// Amendment is who must agree to a change, and how it is made.
type Amendment struct {
	By   string `toml:"by"` // all
	Form Texts  `toml:"form"`
}

// Suspension is how the parties pause, and what goes on meanwhile.
type Suspension struct {
	By        string        `toml:"by"` // any, all, none
	Notice    string        `toml:"notice"`
	Continues []parley.Kind `toml:"continues"` // kinds that still pass
}

// Ending is how a party leaves, and what outlives it.
type Ending struct {
	By       string   `toml:"by"` // any, all
	Notice   string   `toml:"notice"`
	Survives []string `toml:"survives"` // articles; "handling" is the chapter of this text
}

// Accession is who may join, and who must agree.
type Accession struct {
	Open string `toml:"open"` // none, invited, open
	By   string `toml:"by"`   // all, depositary
	Text Texts  `toml:"text"`
}

// Group is a working group with members.
type Group struct {
	ID      string        `toml:"id"`
	Title   Texts         `toml:"title"`
	Task    Texts         `toml:"task"`
	Members []parley.Body `toml:"members"`
}

// Declaration is one party's own reading; it binds nobody else.
type Declaration struct {
	Party   parley.Party `toml:"party"`
	Article string       `toml:"article"`
	Text    Texts        `toml:"text"`
}

// Article finds an article by its id.
func (l *Legal) Article(id string) (*Article, bool) {
	for i := range l.Articles {
		if l.Articles[i].ID == id {
			return &l.Articles[i], true
		}
	}
	return nil, false
}

// Group finds a group by its id.
func (l *Legal) Group(id string) (*Group, bool) {
	for i := range l.Groups {
		if l.Groups[i].ID == id {
			return &l.Groups[i], true
		}
	}
	return nil, false
}
