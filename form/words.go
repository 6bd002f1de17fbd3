package form

import (
	"strconv"
	"strings"

	"parley.example/parley/agreement"
)

// Lists of an agreement that a Term takes its words from. FORM-6
const (
	Threats       = "threats"       // words.threat
	Refusals      = "refusals"      // words.refusal
	Severity      = "severity"      // words.severity: the common scale
	Glossary      = "glossary"      // words.term
	Articles      = "articles"      // legal.article
	Groups        = "groups"        // legal.group
	Clocks        = "clocks"        // clock
	Commitments   = "commitments"   // promises.commitment
	Consultations = "consultations" // promises.consultation
	Checks        = "checks"        // promises.check
)

// Members, on a Party or Body, takes those only that the agreement names; Phrases,
// on a Number, the numbers of its sentences. FORM-9, FORM-12
const (
	Members = "members"
	Phrases = "phrases"
)

// Lists names every list that a Term may take its words from.
func Lists() []string {
	return []string{Threats, Refusals, Severity, Glossary, Articles, Groups, Clocks, Commitments, Consultations, Checks}
}

// Listed is one word of an agreement's list; Title is nil where the agreement gives none.
type Listed struct {
	ID    string
	Title agreement.Texts
}

// WordsOf is what a list of an agreement holds, in the order of the text.
func WordsOf(a *agreement.Agreement, list string) []Listed {
	var all []Listed
	each(a, list, func(id string, title agreement.Texts) bool {
		all = append(all, Listed{id, title})
		return true
	})
	return all
}

// each walks a list until visit says false.
func each(a *agreement.Agreement, list string, visit func(string, agreement.Texts) bool) {
	switch list {
	case Threats:
		walk(a.Words.Threats, func(x *agreement.Threat) bool { return visit(x.ID, x.Title) })
	case Refusals:
		walk(a.Words.Refusals, func(x *agreement.Ground) bool { return visit(x.ID, x.Title) })
	case Severity:
		walk(a.Words.Severity, func(x *agreement.Level) bool { return visit(x.ID, x.Title) })
	case Glossary:
		walk(a.Words.Glossary, func(x *agreement.Gloss) bool { return visit(x.ID, x.Term) })
	case Articles:
		walk(a.Legal.Articles, func(x *agreement.Article) bool { return visit(x.ID, x.Title) })
	case Groups:
		walk(a.Legal.Groups, func(x *agreement.Group) bool { return visit(x.ID, x.Title) })
	case Clocks:
		walk(a.Clocks, func(x *agreement.Clock) bool { return visit(x.ID, x.Title) })
	case Commitments:
		walk(a.Promises.Commitments, func(x *agreement.Commitment) bool { return visit(x.ID, x.Title) })
	case Consultations:
		walk(a.Promises.Consultations, func(x *agreement.Consultation) bool { return visit(x.ID, x.Title) })
	case Checks:
		walk(a.Promises.Checks, func(x *agreement.Check) bool { return visit(x.ID, nil) })
	}
}

func walk[T any](all []T, visit func(*T) bool) {
	for i := range all {
		if !visit(&all[i]) {
			return
		}
	}
}

func hasWord(a *agreement.Agreement, list, word string) bool {
	found := false
	each(a, list, func(id string, _ agreement.Texts) bool {
		found = id == word
		return !found
	})
	return found
}

func wordList(a *agreement.Agreement, list string) string {
	var ids []string
	each(a, list, func(id string, _ agreement.Texts) bool { ids = append(ids, id); return len(ids) < 40 })
	if len(ids) == 0 {
		return "it lists none"
	}
	return strings.Join(ids, ", ")
}

// phraseOf finds a sentence by its number, or nil. FORM-12
func phraseOf(a *agreement.Agreement, number int) *agreement.Phrase {
	for i := range a.Words.Phrases {
		if a.Words.Phrases[i].Number == number {
			return &a.Words.Phrases[i]
		}
	}
	return nil
}

func phraseNumbers(a *agreement.Agreement) string {
	var list []string
	for i := range a.Words.Phrases {
		list = append(list, strconv.Itoa(a.Words.Phrases[i].Number))
	}
	if len(list) == 0 {
		return "it has none"
	}
	if len(list) > 20 {
		list = append(list[:20], "...")
	}
	return strings.Join(list, ", ")
}
