package agreement

import "fmt"

// checkClocks: the promised durations. AGREEMENT-19
func (a *Agreement) checkClocks(c *checker) {
	seen := map[string]bool{}
	for i := range a.Clocks {
		k, path := &a.Clocks[i], fmt.Sprintf("clock[%d]", i)
		c.id(path+".id", k.ID, seen)
		c.optional(path+".title", k.Title, a.Language.Authentic)
		c.optional(path+".lapse", k.Lapse, a.Language.Authentic)
		c.length(path+".length", k.Length)
		c.oneOf(path+".starts", k.Starts, "sent", "delivered", "seen", "event")
		c.oneOf(path+".proven", k.Proven, "author", "addressee", "third")
		c.oneOf(path+".calendar", k.Time, "owing", "author", "utc")
		if k.Proven == "third" && len(a.Eyes.Witnesses)+len(a.Eyes.Archives) == 0 {
			c.bad(path+".proven", "no third is named", "an [[eyes.witness]] or [[eyes.archive]], or author or addressee")
		}
		if k.Time == "utc" && a.workingLength(k.Length) {
			c.bad(path+".calendar", "UTC has no working hours", "owing or author")
		}
	}
}

// checkPromises: commitments, consultations, checks. AGREEMENT-20
func (a *Agreement) checkPromises(c *checker) {
	p, want := &a.Promises, a.Language.Authentic
	seen := map[string]bool{}
	for i := range p.Commitments {
		m, path := &p.Commitments[i], fmt.Sprintf("promises.commitment[%d]", i)
		c.id(path+".id", m.ID, seen)
		c.texts(path+".title", m.Title, want)
		a.article(c, path+".article", m.Article)
		a.members(c, path+".owed", m.Owed)
		c.kinds(path+".kinds", m.Kinds)
		c.words(path+".steps", m.Steps)
		c.words(path+".next", m.Next)
		if len(m.Next) > 0 && (m.Sort != "answer" || len(m.Kinds) != 1) {
			c.bad(path+".next", "only a report in stages has a next step", "sort = \"answer\" and one kind, or no next")
		}
		for j, p := range m.Precedences {
			c.precedence(fmt.Sprintf("%s.precedences[%d]", path, j), p)
		}
		c.oneOf(path+".sort", m.Sort, "answer", "recurring", "once", "standing")
		switch m.Sort {
		case "answer", "once":
			a.clockRef(c, path+".clock", m.Clock)
			if m.Times != 0 || m.Every != "" {
				c.bad(path+".every", "only a recurring commitment has times and every", "sort = \"recurring\", or none of both")
			}
		case "recurring":
			c.times(path, m.Times, m.Every)
			fallthrough
		case "standing":
			if m.Clock != "" {
				c.bad(path+".clock", "only answer and once run on a clock", "no clock here")
			}
		}
	}
	for i := range p.Consultations {
		m, path := &p.Consultations[i], fmt.Sprintf("promises.consultation[%d]", i)
		c.id(path+".id", m.ID, seen)
		c.texts(path+".title", m.Title, want)
		a.article(c, path+".article", m.Article)
		c.times(path, m.Times, m.Every)
		c.oneOf(path+".host", m.Host, "turns", "remote")
		if m.Notice != "" {
			c.length(path+".notice", m.Notice)
		}
		c.optional(path+".agenda", m.Agenda, want)
	}
	for i := range p.Checks {
		m, path := &p.Checks[i], fmt.Sprintf("promises.check[%d]", i)
		c.id(path+".id", m.ID, seen)
		c.oneOf(path+".route", m.Route, Routes()...)
		c.words(path+".roles", m.Roles)
		c.length(path+".every", m.Every, spans...)
		a.clockRef(c, path+".clock", m.Clock)
	}
}

func (c *checker) times(path string, times int, every string) {
	if times < 1 || times > 1000 {
		c.bad(path+".times", fmt.Sprintf("%d times", times), "1 to 1000")
	}
	c.length(path+".every", every, spans...)
}

func (a *Agreement) clockRef(c *checker, path, id string) {
	if _, ok := a.Clock(id); !ok {
		c.bad(path, quote(id)+" is no clock of this agreement", "the id of a [[clock]]")
	}
}
