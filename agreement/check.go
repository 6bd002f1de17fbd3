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
	a.checkLanguage(c)
	a.checkParties(c)
	a.checkLegal(c)
	a.checkWords(c)
	a.checkHandling(c)
	a.checkTraffic(c)
	a.checkClocks(c)
	a.checkPromises(c)
	a.checkEyes(c)
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

// checkLanguage: which languages speak, and which one counts. AGREEMENT-12
func (a *Agreement) checkLanguage(c *checker) {
	l := &a.Language
	if len(l.Authentic) == 0 {
		c.bad("language.authentic", "no authentic language", "at least one language tag")
	}
	for key, list := range map[string][]string{"language.authentic": l.Authentic, "language.working": l.Working} {
		for i, tag := range list {
			if !languageTag.MatchString(tag) || contains(list[:i], tag) {
				c.bad(fmt.Sprintf("%s[%d]", key, i), quote(tag)+" is no language tag, or stands twice", "tags in lower case such as en, fr or zh-hans, each once")
			}
		}
	}
	if l.Prevails != "" && !contains(l.Authentic, l.Prevails) {
		c.bad("language.prevails", quote(l.Prevails)+" is not authentic", "one of %q, or nothing where all are equal", l.Authentic)
	}
	c.texts("title", a.Title, l.Authentic)
}

// maxOwed bounds the lines of a complete text, so that a note can hold them. AGREEMENT-7
const maxOwed = 400

// checkParties: names, keys and calendars of all. AGREEMENT-2, AGREEMENT-3, AGREEMENT-4
func (a *Agreement) checkParties(c *checker) {
	if n := len(a.Parties); n < 2 || n > parley.MaxParties {
		c.bad("party", fmt.Sprintf("%d parties", n), "2 to %d, each with a [[party]] table from its card", parley.MaxParties)
		return
	}
	owed := 0
	for i := range a.Parties {
		owed += len(a.Parties[i].signers())
	}
	if owed > maxOwed {
		c.bad("party", fmt.Sprintf("%d keys owe a line", owed), "at most %d identity, signing and release keys: fewer bodies", maxOwed)
	}
	names, keys := map[parley.Party]bool{}, keyring{}
	for i := range a.Parties {
		p, path := &a.Parties[i], fmt.Sprintf("party[%d]", i)
		p.check(c, path, keys)
		if names[p.Name] {
			c.bad(path+".name", string(p.Name)+" is a party twice", "each party once")
		}
		names[p.Name] = true
		for j, text := range p.Replaced {
			if x, _, err := ParseReplacement([]byte(text)); err != nil || a.Founding == nil || x.Journal.Party() != p.Name {
				c.bad(fmt.Sprintf("%s.replaced[%d]", path, j), "it replaces no identity key of this party in an amendment", "a signed text as spec/keys.md defines it, in an amendment only")
			}
		}
	}
	for i := range a.Eyes.Archives {
		a.Eyes.Archives[i].check(c, fmt.Sprintf("eyes.archive[%d]", i), keys)
	}
	for i := range a.Eyes.Witnesses {
		a.Eyes.Witnesses[i].check(c, fmt.Sprintf("eyes.witness[%d]", i), keys)
	}
}

// texts checks that a text is there in every language that is wanted, under
// tags in lower case only. AGREEMENT-12
func (c *checker) texts(path string, t Texts, want []string) {
	for _, l := range want {
		if t[l] == "" {
			c.bad(path, "no text in "+quote(l), "a text in each of %q", want)
		}
	}
	for _, l := range sortedKeys(t) {
		if !languageTag.MatchString(l) {
			c.bad(path+"."+l, quote(l)+" is no language tag", "a tag in lower case such as en, fr or zh-hans")
		}
	}
}

// optional is texts where the text may be left out altogether.
func (c *checker) optional(path string, t Texts, want []string) {
	if len(t) > 0 {
		c.texts(path, t, want)
	}
}

func (c *checker) oneOf(path, got string, want ...string) {
	if !contains(want, got) {
		c.bad(path, quote(got)+" is not known here", "one of %q", want)
	}
}

// length checks a promised length; limits says which units fit the place.
func (c *checker) length(path, s string, limits ...clock.Unit) {
	l, err := clock.ParseLength(s)
	if err != nil {
		c.bad(path, quote(s)+" is no length", "a number and a unit, such as 72 hours, 1 month or 3 working days")
	} else if len(limits) > 0 && !contains(limits, l.Unit()) {
		c.bad(path, quote(s)+" has the wrong unit here", "one of %q", limits)
	}
}

// Units that fit a place: spans of a calendar, and spans of a clock.
var (
	exact = []clock.Unit{clock.Second, clock.Minute, clock.Hour}
	spans = []clock.Unit{clock.Hour, clock.Day, clock.Week, clock.Month, clock.Year}
)

func (c *checker) day(path, s string) {
	if t, err := time.Parse(time.DateOnly, s); err != nil || t.Format(time.DateOnly) != s {
		c.bad(path, quote(s)+" is no day", "YYYY-MM-DD")
	}
}

// id checks an identifier and that it stands once in its list.
func (c *checker) id(path, s string, seen map[string]bool) {
	if !word.MatchString(s) || len(s) > 60 {
		c.bad(path, quote(s)+" is no identifier", "lower-case letters and digits, with dots or hyphens between them, at most 60")
	} else if seen[s] {
		c.bad(path, quote(s)+" stands twice", "each identifier once")
	}
	seen[s] = true
}

func (c *checker) words(path string, list []string) {
	for i, s := range list {
		if !word.MatchString(s) || contains(list[:i], s) {
			c.bad(fmt.Sprintf("%s[%d]", path, i), quote(s)+" is no word, or stands twice", "lower-case words such as technical or law-enforcement, each once")
		}
	}
}

func (c *checker) kinds(path string, list []parley.Kind) {
	for i, k := range list {
		if !known(k) || contains(list[:i], k) {
			c.bad(fmt.Sprintf("%s[%d]", path, i), quote(string(k))+" is no kind of message, or stands twice", "kinds of %v, each once", Kinds())
		}
	}
}

// member checks that a party of the agreement is named.
func (a *Agreement) member(c *checker, path string, p parley.Party) {
	if _, ok := a.Party(p); !ok {
		c.bad(path, quote(string(p))+" is no party of this agreement", "the name of one of its parties")
	}
}

func (a *Agreement) members(c *checker, path string, list []parley.Party) {
	for i, p := range list {
		a.member(c, fmt.Sprintf("%s[%d]", path, i), p)
	}
}

func (a *Agreement) bodies(c *checker, path string, list []parley.Body) {
	for i, b := range list {
		if _, ok := a.Body(b); !ok {
			c.bad(fmt.Sprintf("%s[%d]", path, i), quote(string(b))+" is no body of this agreement", "the name of a party's body")
		}
	}
}

// article checks a reference; "" refers to none. AGREEMENT-13
func (a *Agreement) article(c *checker, path, id string) {
	if _, ok := a.Legal.Article(id); id != "" && !ok {
		c.bad(path, quote(id)+" is no article of this agreement", "the id of a [[legal.article]], or nothing")
	}
}

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04:05Z", s)
	if err == nil && t.Format("2006-01-02T15:04:05Z") != s {
		err = fmt.Errorf("time %q has another spelling", s)
	}
	return t, err
}

var (
	languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$`)
	word        = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)
)
