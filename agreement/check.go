package agreement

import (
	"fmt"
	"regexp"
	"time"

	"parley.example/parley"
	"parley.example/parley/clock"
)

// check holds the text against spec/agreement.md, chapter by chapter.
func (a *Agreement) check(c *checker) {
	if a.Version != Version {
		c.bad("agreement", quote(a.Version)+" is not known here", "%q", Version)
	}
	a.checkIdentity(c)
	a.checkParties(c)
}

// checkIdentity: what the text is, and what it follows. AGREEMENT-5
func (a *Agreement) checkIdentity(c *checker) {
	if (a.Founding == nil) != (a.Amends == nil) {
		c.bad("founding", "founding and amends come together", "both in an amendment, none in a founding text")
	}
	if a.SignBy != "" {
		if _, err := parseTime(a.SignBy); err != nil {
			c.bad("sign_by", quote(a.SignBy)+" is no instant", "an instant such as 2027-01-31T00:00:00Z")
		}
	}
	if a.Parent != nil && a.Founding != nil && *a.Parent == *a.Founding {
		c.bad("parent", "an agreement cannot stand under itself", "the identifier of another agreement")
	}
}

// checkParties: names, keys and calendars of all. AGREEMENT-2, AGREEMENT-3, AGREEMENT-4
func (a *Agreement) checkParties(c *checker) {
	if n := len(a.Parties); n < 2 || n > parley.MaxParties {
		c.bad("party", fmt.Sprintf("%d parties", n), "2 to %d, each with a [[party]] table from its card", parley.MaxParties)
	}
	names, keys := map[parley.Party]bool{}, keyring{}
	for i := range a.Parties {
		p, path := &a.Parties[i], fmt.Sprintf("party[%d]", i)
		p.check(c, path, keys)
		if names[p.Name] {
			c.bad(path+".name", string(p.Name)+" is a party twice", "each party once")
		}
		names[p.Name] = true
	}
	for i := range a.Eyes.Archives {
		a.Eyes.Archives[i].check(c, fmt.Sprintf("eyes.archive[%d]", i), keys)
	}
	for i := range a.Eyes.Witnesses {
		a.Eyes.Witnesses[i].check(c, fmt.Sprintf("eyes.witness[%d]", i), keys)
	}
}

// texts checks that a text is there in every language named, in known tags only.
func (c *checker) texts(path string, t Texts, want []string) {
	for _, l := range want {
		if t[l] == "" {
			c.bad(path, "no text in "+quote(l), "a text in each of %v", want)
		}
	}
	for _, l := range sortedKeys(t) {
		if !languageTag.MatchString(l) {
			c.bad(path+"."+l, quote(l)+" is no language tag", "a tag in lower case such as en, fr or zh-hans")
		}
	}
}

func (c *checker) oneOf(path, got string, want ...string) {
	if !contains(want, got) {
		c.bad(path, quote(got)+" is not known here", "one of %q", want)
	}
}

func (c *checker) length(path, s string) clock.Length {
	l, err := clock.ParseLength(s)
	if err != nil {
		c.bad(path, quote(s)+" is no length", "a number and a unit, such as 72 hours, 1 month or 3 working days")
	}
	return l
}

func (c *checker) day(path, s string) {
	if t, err := time.Parse(time.DateOnly, s); err != nil || t.Format(time.DateOnly) != s {
		c.bad(path, quote(s)+" is no day", "YYYY-MM-DD")
	}
}

func parseTime(s string) (time.Time, error) { return time.Parse("2006-01-02T15:04:05Z", s) }

var (
	languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$`)
	word        = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)
)
