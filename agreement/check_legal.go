package agreement

import (
	"fmt"
	"regexp"
	"strings"
)

// checkLegal: the frame. AGREEMENT-13
func (a *Agreement) checkLegal(c *checker) {
	l, want := &a.Legal, a.Language.Authentic
	seen := map[string]bool{}
	for i := range l.Articles {
		r, path := &l.Articles[i], fmt.Sprintf("legal.article[%d]", i)
		c.id(path+".id", r.ID, seen)
		c.texts(path+".text", r.Text, want)
		c.optional(path+".title", r.Title, want)
	}
	a.checkInstrument(c)
	for i := range l.Signatories {
		s, path := &l.Signatories[i], fmt.Sprintf("legal.signatory[%d]", i)
		a.member(c, path+".party", s.Party)
		c.texts(path+".capacity", s.Capacity, want)
		if s.On != "" {
			c.day(path+".on", s.On)
		}
	}
	for i := range l.Notifications {
		n, path := &l.Notifications[i], fmt.Sprintf("legal.notification[%d]", i)
		a.member(c, path+".party", n.Party)
		c.oneOf(path+".of", n.Of, "procedures-completed", "ratification", "bodies-named")
		c.day(path+".on", n.On)
	}
	a.checkLife(c)
	if l.Depositary != "" {
		a.member(c, "legal.depositary", l.Depositary)
	}
	seen = map[string]bool{}
	for i := range l.Groups {
		g, path := &l.Groups[i], fmt.Sprintf("legal.group[%d]", i)
		c.id(path+".id", g.ID, seen)
		c.texts(path+".title", g.Title, want)
		c.optional(path+".task", g.Task, want)
		a.bodies(c, path+".members", g.Members)
	}
	for i := range l.Declarations {
		d, path := &l.Declarations[i], fmt.Sprintf("legal.declaration[%d]", i)
		a.member(c, path+".party", d.Party)
		a.article(c, path+".article", d.Article)
		if len(d.Text) == 0 {
			c.bad(path+".text", "no text", "the declaration in at least one language")
		}
		c.texts(path+".text", d.Text, nil)
	}
	c.optional("legal.disputes", l.Disputes, want)
	c.optional("legal.costs", l.Costs, want)
}

// checkInstrument: the paper behind the text, and which of both counts.
func (a *Agreement) checkInstrument(c *checker) {
	i := &a.Legal.Instrument
	if i.Nature == "" && len(i.Title) == 0 {
		return // no paper stands behind this text
	}
	c.texts("legal.instrument.title", i.Title, a.Language.Authentic)
	c.oneOf("legal.instrument.nature", i.Nature, "treaty", "executive-agreement", "memorandum", "arrangement", "contract", "none")
	c.oneOf("legal.instrument.prevails", i.Prevails, "instrument", "text")
	if i.Signed != "" {
		c.day("legal.instrument.signed", i.Signed)
	}
}

// checkLife: how the agreement begins, lasts, changes, pauses, ends and grows.
func (a *Agreement) checkLife(c *checker) {
	l, want := &a.Legal, a.Language.Authentic
	if l.Force != (Force{}) {
		c.oneOf("legal.force.by", l.Force.By, "signature", "notification")
		if l.Force.After != "" {
			c.length("legal.force.after", l.Force.After, spans...)
		}
	}
	if l.Term != (Term{}) {
		if l.Term.Length != "indefinite" {
			c.length("legal.term.length", l.Term.Length, spans...)
		}
		c.oneOf("legal.term.renewal", l.Term.Renewal, "none", "automatic", "agreed")
		if l.Term.Renewal == "automatic" {
			c.length("legal.term.each", l.Term.Each, spans...)
		}
	}
	if l.Amendment.By != "" {
		c.oneOf("legal.amendment.by", l.Amendment.By, "all") // AGREEMENT-22
	}
	c.optional("legal.amendment.form", l.Amendment.Form, want)
	if s := &l.Suspension; s.By != "" {
		c.oneOf("legal.suspension.by", s.By, "any", "all", "none")
		if s.Notice != "" {
			c.length("legal.suspension.notice", s.Notice, spans...)
		}
		c.kinds("legal.suspension.continues", s.Continues)
	}
	if e := &l.Ending; e.By != "" {
		c.oneOf("legal.ending.by", e.By, "any", "all")
		if e.Notice != "" {
			c.length("legal.ending.notice", e.Notice, spans...)
		}
		for i, s := range e.Survives {
			if s != "handling" {
				a.article(c, fmt.Sprintf("legal.ending.survives[%d]", i), s)
			}
		}
	}
	if r := &l.Accession; r.Open != "" {
		c.oneOf("legal.accession.open", r.Open, "none", "invited", "open")
		if r.Open != "none" {
			c.oneOf("legal.accession.by", r.By, "all", "depositary")
			if r.By == "depositary" && l.Depositary == "" {
				c.bad("legal.accession.by", "there is no depositary", "legal.depositary, or by = \"all\"")
			}
		}
		c.optional("legal.accession.text", r.Text, want)
	}
}

// checkWords: the agreement's own vocabulary. AGREEMENT-14
func (a *Agreement) checkWords(c *checker) {
	w, want := &a.Words, a.Language.Authentic
	seen := map[string]bool{}
	for i := range w.Threats {
		t, path := &w.Threats[i], fmt.Sprintf("words.threat[%d]", i)
		c.id(path+".id", t.ID, seen)
		c.texts(path+".title", t.Title, want)
		c.optional(path+".text", t.Text, want)
		for j, id := range t.Articles {
			a.article(c, fmt.Sprintf("%s.articles[%d]", path, j), id)
		}
	}
	seen = map[string]bool{}
	for i := range w.Glossary {
		g, path := &w.Glossary[i], fmt.Sprintf("words.term[%d]", i)
		c.id(path+".id", g.ID, seen)
		c.texts(path+".term", g.Term, want)
		c.texts(path+".text", g.Text, want)
	}
	for i := range w.Markings {
		m, path := &w.Markings[i], fmt.Sprintf("words.marking[%d]", i)
		a.member(c, path+".party", m.Party)
		if m.National == "" {
			c.bad(path+".national", "no national marking", "the marking as the party writes it")
		}
		a.marking(c, path+".handled", m.Handled)
	}
	seen = map[string]bool{}
	for i := range w.Refusals {
		r, path := &w.Refusals[i], fmt.Sprintf("words.refusal[%d]", i)
		c.id(path+".id", r.ID, seen)
		c.texts(path+".title", r.Title, want)
		a.article(c, path+".article", r.Article)
	}
	seen = map[string]bool{}
	for i := range w.Severity {
		s, path := &w.Severity[i], fmt.Sprintf("words.severity[%d]", i)
		c.id(path+".id", s.ID, seen)
		c.texts(path+".title", s.Title, want)
	}
	a.checkPhrases(c)
}

// slotMark finds the slots of a phrase.
var slotMark = regexp.MustCompile(`\{([^{}]*)\}`)

// slotKinds are the types of a slot's value. AGREEMENT-14, FORM-12
var slotKinds = []string{"text", "time", "date", "length", "number", "party", "body", "message", "place", "network", "asn", "domain"}

// checkPhrases: every slot stands in every language, and no other.
func (a *Agreement) checkPhrases(c *checker) {
	numbers := map[int]bool{}
	for i := range a.Words.Phrases {
		p, path := &a.Words.Phrases[i], fmt.Sprintf("words.phrase[%d]", i)
		if p.Number < 1 || p.Number > 9999 || numbers[p.Number] {
			c.bad(path+".number", fmt.Sprintf("%d is no number, or stands twice", p.Number), "1 to 9999, each once")
		}
		numbers[p.Number] = true
		c.texts(path+".text", p.Text, a.Language.Authentic)
		slots := map[string]bool{}
		for j, s := range p.Slots {
			at := fmt.Sprintf("%s.slot[%d]", path, j)
			c.id(at+".name", s.Name, slots)
			c.oneOf(at+".kind", s.Kind, slotKinds...)
		}
		for _, l := range sortedKeys(p.Text) {
			found := map[string]bool{}
			for _, m := range slotMark.FindAllStringSubmatch(p.Text[l], -1) {
				found[m[1]] = true
			}
			for name := range slots {
				if !found[name] {
					c.bad(path+".text."+l, "the slot {"+name+"} is missing", "every slot in every language")
				}
			}
			for name := range found {
				if !slots[name] {
					c.bad(path+".text."+l, "{"+name+"} is no slot", "slots that a [[words.phrase.slot]] lists")
				}
			}
			if rest := slotMark.ReplaceAllString(p.Text[l], ""); strings.ContainsAny(rest, "{}") {
				c.bad(path+".text."+l, "a brace stands alone", "braces around the name of a slot only")
			}
		}
	}
}
