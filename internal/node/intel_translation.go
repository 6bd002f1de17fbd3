package node

import (
	"maps"
	"slices"
	"strings"
	"time"

	"parley.example/parley/internal/stix"
)

// IntelTranslation is what a language-content says of one version of an object in one
// language: never the object's own words, and its giver answers for it.
// OASIS STIX 2.1 §7.1
type IntelTranslation struct {
	ID       string      `json:"id"` // of the language-content
	Language string      `json:"language"`
	By       string      `json:"by"`              // who gave it
	Entry    string      `json:"entry,omitempty"` // in which message
	Marking  string      `json:"marking"`
	Texts    []IntelText `json:"texts"`
}

// IntelText is one property, translated.
type IntelText struct {
	Property string `json:"property"`
	Text     string `json:"text"`
}

// TranslationQuery finds what may translate an object: Translations reads it.
func TranslationQuery(id string) IntelQuery {
	return IntelQuery{Refs: []string{id}, Types: []string{"language-content"}, Newest: true, Limit: 100}
}

// Translations are those of a version of an object into the first of some languages
// (RFC 5646) that each language-content has; where it has the very tag that is wanted
// not, one of the same language.
func Translations(contents []IntelObject, id string, version time.Time, languages []string) (list []IntelTranslation) {
	for i := range contents {
		c := &contents[i]
		raw := []byte(c.Object)
		if c.Octets != nil {
			raw = c.Octets
		}
		o, err := stix.Parse(raw, stix.Limits{})
		if err != nil {
			continue
		}
		t, ok := stix.Translated(o)
		if !ok || t.Of != id || !t.Version.IsZero() && !t.Version.Equal(version) {
			continue
		}
		language, ok := wanted(t.Languages, languages)
		if !ok {
			continue
		}
		one := IntelTranslation{ID: c.ID, Language: language, By: c.From, Entry: c.Entry, Marking: c.Marking}
		if one.By == "" {
			one.By = string(c.Direction)
		}
		for _, property := range slices.Sorted(maps.Keys(t.Texts[language])) {
			one.Texts = append(one.Texts, IntelText{property, t.Texts[language][property]})
		}
		if len(one.Texts) > 0 {
			list = append(list, one)
		}
	}
	return list
}

// wanted is the first of some languages that is there.
func wanted(there, languages []string) (string, bool) {
	base := func(tag string) string {
		first, _, _ := strings.Cut(strings.ToLower(tag), "-")
		return first
	}
	for _, l := range languages {
		for _, same := range []func(string) bool{
			func(x string) bool { return strings.EqualFold(x, l) },
			func(x string) bool { return base(x) == base(l) },
		} {
			if i := slices.IndexFunc(there, same); i >= 0 {
				return there[i], true
			}
		}
	}
	return "", false
}
