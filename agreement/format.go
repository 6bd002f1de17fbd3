package agreement

import (
	"fmt"
	"strings"

	"parley.example/parley/clock"
)

// FormatCard is the text of a party's card, ready for SignCard. CARD-3
func FormatCard(p *Party) []byte {
	w := &writer{}
	w.line("# A card of Parley: who we are and which keys speak for us. Signed below with our identity key.")
	w.pair("card", CardVersion)
	w.line("")
	w.party("[party]", p)
	return []byte(w.b.String())
}

// FormatArchiveCard is the text of an archive's card. CARD-3
func FormatArchiveCard(a *Archive) []byte {
	w := &writer{}
	w.line("# A card of Parley: an archive that parties may name. Signed below with its identity key.")
	w.pair("card", CardVersion)
	w.line("")
	w.archive("[archive]", a)
	return []byte(w.b.String())
}

// Draft is a template with the tables of the cards after it. It is not checked:
// a template may leave places to fill in. Parse says what they are.
func Draft(template []byte, cards ...*Card) []byte {
	w := &writer{}
	w.b.Write(template)
	for _, c := range cards {
		w.line("")
		if c.Party != nil {
			w.line("# From the card with the fingerprint " + c.Fingerprint())
			w.party("[[party]]", c.Party)
		} else {
			w.line("# From the card with the fingerprint " + c.Fingerprint())
			w.archive("[[eyes.archive]]", c.Archive)
		}
	}
	return []byte(w.b.String())
}

// writer writes TOML in one layout. It keeps no error: a strings.Builder has none.
type writer struct{ b strings.Builder }

func (w *writer) line(s string) { w.b.WriteString(s + "\n") }

func (w *writer) pair(key, value string) { fmt.Fprintf(&w.b, "%s = %s\n", key, tomlString(value)) }

func (w *writer) list(key string, values []string) {
	if len(values) > 1 {
		fmt.Fprintf(&w.b, "%s = [\n", key)
		for _, v := range values {
			fmt.Fprintf(&w.b, "  %s,\n", tomlString(v))
		}
		w.line("]")
		return
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = tomlString(v)
	}
	fmt.Fprintf(&w.b, "%s = [%s]\n", key, strings.Join(quoted, ", "))
}

func (w *writer) texts(key string, t Texts) {
	parts := make([]string, 0, len(t))
	for _, l := range sortedKeys(t) {
		parts = append(parts, l+" = "+tomlString(t[l]))
	}
	fmt.Fprintf(&w.b, "%s = { %s }\n", key, strings.Join(parts, ", "))
}

func (w *writer) party(header string, p *Party) {
	w.line(header)
	w.pair("name", string(p.Name))
	w.texts("title", p.Title)
	w.list("languages", p.Languages)
	w.pair("identity", p.Identity.String())
	w.pair("origin", string(p.Origin))
	w.list("journal", vkeys(p.Journal))
	w.list("mirror", vkeys(p.Mirror))
	w.list("tls", hashes(p.TLS))
	w.pair("address", p.Address)
	w.calendar(&p.Calendar)
	for i := range p.Bodies {
		w.line("")
		w.body(&p.Bodies[i])
	}
}

func (w *writer) body(b *Body) {
	w.line("[[party.body]]")
	w.pair("name", string(b.Name))
	w.texts("title", b.Title)
	w.list("roles", b.Roles)
	if len(b.Hours) > 0 {
		w.list("hours", b.Hours)
	}
	w.pair("signing", b.Signing.String())
	if !b.Release.IsZero() {
		w.pair("release", b.Release.String())
	}
	w.pair("age", b.Age)
}

// FormatBody is the table of one body, as it stands behind the others of its party
// in the draft of an amendment. AGREEMENT-22
func FormatBody(b *Body) []byte {
	w := &writer{}
	w.body(b)
	return []byte(w.b.String())
}

func (w *writer) calendar(t *clock.Table) {
	w.line("\n[party.calendar]")
	w.pair("from", t.From)
	w.pair("to", t.To)
	w.list("hours", t.Hours)
	w.list("holidays", t.Holidays)
	for _, o := range t.Offsets {
		w.line("[[party.calendar.offset]]")
		if o.From != "" {
			w.pair("from", o.From)
		}
		w.pair("utc", o.UTC)
	}
}

func (w *writer) archive(header string, a *Archive) {
	w.line(header)
	w.pair("name", a.Name)
	w.texts("title", a.Title)
	w.pair("identity", a.Identity.String())
	w.list("mirror", vkeys(a.Mirror))
	w.list("tls", hashes(a.TLS))
	w.pair("address", a.Address)
	fmt.Fprintf(&w.b, "disinterested = %t\n", a.Disinterested)
}

// tomlString is a basic string of TOML. Cards and agreements hold no control
// characters, so a newline is the only one that is escaped by name.
func tomlString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

func vkeys(keys []VKey) []string {
	all := make([]string, len(keys))
	for i := range keys {
		all[i] = keys[i].String()
	}
	return all
}

func hashes[T fmt.Stringer](list []T) []string {
	all := make([]string, len(list))
	for i := range list {
		all[i] = list[i].String()
	}
	return all
}
