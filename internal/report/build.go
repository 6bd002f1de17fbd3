package report

import (
	"fmt"
	"strconv"
	"strings"

	"parley.example/parley/agreement"
)

// builder collects the chapters of one document in its languages.
type builder struct {
	languages []string
	chapters  []chapter
}

func (b *builder) open(title string) { b.chapters = append(b.chapters, chapter{Title: title}) }

// texts adds a text per language; nothing where there is none.
func (b *builder) texts(label string, t agreement.Texts) {
	if len(t) == 0 {
		return
	}
	r := row{Label: label}
	for _, l := range b.languages {
		if s, ok := t[l]; ok {
			r.Texts = append(r.Texts, s)
		} else {
			r.Texts = append(r.Texts, t.In()) // declarations and titles may have one language
		}
	}
	b.add(r)
}

// says adds what is the same in all languages; nothing where it is empty.
func (b *builder) says(label string, values ...string) {
	s := strings.Join(values, ", ")
	if strings.Trim(s, ", ") != "" {
		b.add(row{Label: label, Texts: []string{s}, Same: true})
	}
}

func (b *builder) add(r row) {
	c := &b.chapters[len(b.chapters)-1]
	c.Rows = append(c.Rows, r)
}

// close drops a chapter that stayed empty.
func (b *builder) close() {
	if n := len(b.chapters); n > 0 && len(b.chapters[n-1].Rows) == 0 {
		b.chapters = b.chapters[:n-1]
	}
}

func (b *builder) agreement(a *agreement.Agreement) {
	b.head(a)
	b.parties(a)
	b.legal(a)
	b.words(&a.Words)
	b.handling(&a.Handling)
	b.traffic(a)
	b.promises(a)
	b.eyes(&a.Eyes)
}

func (b *builder) head(a *agreement.Agreement) {
	b.open("What this is")
	b.texts("Title", a.Title)
	if a.Amends != nil {
		b.says("Amends", agreement.Fingerprint(*a.Amends))
	}
	if a.Parent != nil {
		b.says("Stands under", a.Parent.String())
	}
	b.says("To be signed by", a.SignBy)
	b.says("Authentic languages", a.Language.Authentic...)
	b.says("Prevailing language", a.Language.Prevails)
	b.says("Working languages", a.Language.Working...)
	i := &a.Legal.Instrument
	b.texts("Instrument", i.Title)
	b.says("Nature", i.Nature)
	b.says("Signed on", i.Signed)
	if i.Prevails != "" {
		b.says("Where text and instrument differ", "the "+i.Prevails+" prevails")
	}
	b.says("Source", i.Source)
}

func (b *builder) parties(a *agreement.Agreement) {
	for i := range a.Parties {
		p := &a.Parties[i]
		b.open("Party: " + string(p.Name))
		b.texts("Name", p.Title)
		b.says("Reads", p.Languages...)
		b.says("Address", orElse(p.Address, "opens no port"))
		b.says("Journal", string(p.Origin))
		b.says("Identity key", p.Identity.String())
		b.says("Working hours", p.Calendar.Hours...)
		b.says("Holidays", p.Calendar.Holidays...)
		b.says("Calendar lists", p.Calendar.From+" to "+p.Calendar.To)
		for j := range p.Bodies {
			body := &p.Bodies[j]
			b.texts("Body "+string(body.Name), body.Title)
			b.says("Roles", body.Roles...)
			b.says("Hours", body.Hours...)
			b.says("Signing key", body.Signing.String())
			if !body.Release.IsZero() {
				b.says("Release key", body.Release.String())
			}
		}
	}
}

func (b *builder) legal(a *agreement.Agreement) {
	l := &a.Legal
	b.open("Articles")
	for i := range l.Articles {
		label := "Article " + l.Articles[i].ID
		b.texts(label, l.Articles[i].Title)
		b.texts(label, l.Articles[i].Text)
	}
	b.close()
	b.open("Legal frame")
	for i := range l.Signatories {
		b.texts("Signs for "+string(l.Signatories[i].Party), l.Signatories[i].Capacity)
	}
	for _, n := range l.Notifications {
		b.says("Notification", string(n.Party), n.Of, n.On)
	}
	b.says("Enters into force by", l.Force.By, l.Force.After)
	b.says("Term", l.Term.Length, "renewal: "+orElse(l.Term.Renewal, "none"), l.Term.Each)
	b.says("Amended by", l.Amendment.By)
	b.texts("Form of amendment", l.Amendment.Form)
	b.says("Suspended by", l.Suspension.By, l.Suspension.Notice)
	b.says("Goes on while suspended", words(l.Suspension.Continues)...)
	b.says("Ended by", l.Ending.By, l.Ending.Notice)
	b.says("Survives", l.Ending.Survives...)
	b.says("Accession", l.Accession.Open, l.Accession.By)
	b.texts("Accession", l.Accession.Text)
	b.says("Depositary", string(l.Depositary))
	for i := range l.Groups {
		b.texts("Group "+l.Groups[i].ID, l.Groups[i].Title)
		b.says("Members", words(l.Groups[i].Members)...)
	}
	for i := range l.Declarations {
		b.texts("Declaration of "+string(l.Declarations[i].Party), l.Declarations[i].Text)
	}
	b.texts("Disputes", l.Disputes)
	b.texts("Costs", l.Costs)
	b.close()
}

func (b *builder) words(w *agreement.Words) {
	b.open("Words")
	for i := range w.Threats {
		label := "Threat " + w.Threats[i].ID
		if w.Threats[i].Contested {
			label += " (not read alike)"
		}
		b.texts(label, w.Threats[i].Title)
		b.texts(label, w.Threats[i].Text)
	}
	for i := range w.Glossary {
		b.texts("Term", w.Glossary[i].Term)
		b.texts("means", w.Glossary[i].Text)
	}
	for _, m := range w.Markings {
		b.says("Marking of "+string(m.Party), m.National+" is handled as "+m.Handled)
	}
	for i := range w.Refusals {
		b.texts("Ground of refusal "+w.Refusals[i].ID, w.Refusals[i].Title)
	}
	for i := range w.Severity {
		b.texts("Severity "+w.Severity[i].ID, w.Severity[i].Title)
	}
	for i := range w.Phrases {
		b.texts("Phrase "+strconv.Itoa(w.Phrases[i].Number), w.Phrases[i].Text)
	}
	b.close()
}

func (b *builder) handling(h *agreement.Handling) {
	b.open("Handling")
	b.says("Default marking", h.Default)
	for i := range h.Own {
		b.texts("Marking "+h.Own[i].ID+" ("+h.Own[i].As+")", h.Own[i].Title)
	}
	b.says("Passing on", h.ThirdParty)
	b.says("Purposes", h.Purposes...)
	b.says("Publication", h.Publication)
	b.says("Record", h.Record)
	for _, r := range h.Release {
		s := plural(r.Signatures, "signature")
		if r.Follows != "" {
			s += ", the second within " + r.Follows
		}
		b.says("Release of "+orElse(strings.Join(words(r.Kinds), ", "), "all kinds"), orElse(strings.Join(words(r.Precedences), ", "), "every precedence"),
			orElse(strings.Join(words(r.Bodies), ", "), "every body")+": "+s)
	}
	for _, k := range h.Retention {
		b.says("Kept: "+orElse(strings.Join(words(k.Kinds), ", "), "all kinds"), k.Length+", then "+k.Then)
	}
}

func (b *builder) traffic(a *agreement.Agreement) {
	t := &a.Traffic
	b.open("Traffic")
	for _, r := range t.Accept {
		b.says("Accepted: "+string(r.Kind), fmt.Sprintf("versions %v", r.Versions), orElse(strings.Join(words(r.Parties), ", "), "by every party"))
	}
	b.says("A day, to each other party", plural(int(t.Limits.EntriesPerDay), "entry"), fmt.Sprintf("%d octets", t.Limits.BytesPerDay))
	b.says("Attachments", fmt.Sprintf("at most %d in one message, %d octets each", t.Limits.BlobsPerEntry, t.Limits.BlobBytes))
	b.says("Clocks may differ by", a.Tolerance().String())
	b.says("Hold-back below flash", a.HoldBack().String())
	b.says("A person's seen is owed for", words(t.SeenOwed)...)
	if t.Quantum {
		b.says("Delivered needs", "the ML-DSA-44 cosignature too")
	}
}

func (b *builder) promises(a *agreement.Agreement) {
	b.open("Clocks and promises")
	for i := range a.Clocks {
		k := &a.Clocks[i]
		b.says("Clock "+k.ID, k.Length, "starts when "+k.Starts, "proven by the log of the "+k.Proven, "calendar: "+k.Time)
		b.texts("Clock "+k.ID, k.Title)
		b.texts("When it lapses", k.Lapse)
	}
	for i := range a.Promises.Commitments {
		m := &a.Promises.Commitments[i]
		b.texts("Promise "+m.ID, m.Title)
		how := m.Sort
		if m.Clock != "" {
			how += ", clock " + m.Clock
		}
		if m.Times > 0 {
			how += ", " + plural(m.Times, "time") + " every " + m.Every
		}
		b.says("How", how, orElse(strings.Join(words(m.Owed), ", "), "owed by every party"))
	}
	for i := range a.Promises.Consultations {
		m := &a.Promises.Consultations[i]
		b.texts("Consultation "+m.ID, m.Title)
		b.says("How often", plural(m.Times, "time")+" every "+m.Every, "host: "+m.Host)
		b.texts("Agenda", m.Agenda)
	}
	for _, m := range a.Promises.Checks {
		b.says("Check "+m.ID, "route "+m.Route, "every "+m.Every, "reply on clock "+m.Clock)
	}
	b.close()
}

func (b *builder) eyes(e *agreement.Eyes) {
	b.open("Thirds")
	for i := range e.Witnesses {
		b.texts("Witness "+e.Witnesses[i].Name, e.Witnesses[i].Title)
		b.says("URL", e.Witnesses[i].URL)
	}
	for i := range e.Archives {
		b.texts("Archive "+e.Archives[i].Name, e.Archives[i].Title)
		b.says("Address", e.Archives[i].Address)
	}
	b.says("Tendered after", e.Grace)
	b.says("Policy", e.Policy)
	b.close()
}

func words[T ~string](list []T) []string {
	all := make([]string, len(list))
	for i := range list {
		all[i] = string(list[i])
	}
	return all
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if s, ok := strings.CutSuffix(one, "y"); ok {
		return strconv.Itoa(n) + " " + s + "ies"
	}
	return strconv.Itoa(n) + " " + one + "s"
}
