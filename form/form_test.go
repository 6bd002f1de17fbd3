package form_test

import (
	"regexp"
	"slices"
	"testing"

	"parley.example/parley/form"
)

// reserved are the flags of every command that sends a form.
var reserved = []string{"help", "home", "json", "fields", "precedence", "file", "now", "wait", "timeout", "nonce", "from", "agreement", "marking", "language", "exercise", "answers", "by-constituency"}

var word = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// TestForms holds every form of the table to the rules that all forms keep.
func TestForms(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range form.All() {
		if seen[f.Name()] {
			t.Errorf("%s stands twice in version %d", f.Name(), f.Version)
		}
		seen[f.Name()] = true
		if !word.MatchString(string(f.Kind)) || f.Step != "" && !word.MatchString(f.Step) || f.Version < 1 {
			t.Errorf("%s, version %d: want words and a version from 1", f.Name(), f.Version)
		}
		switch f.Place {
		case form.Opens, form.Answers, form.Either:
		default:
			t.Errorf("%s stands nowhere: %q", f.Name(), f.Place)
		}
		told(t, f.Name(), f.Title, true)
		told(t, f.Name()+" (help)", f.Help, true)
		fields(t, f.Name(), f.Fields, f.Some)
		for i := range f.Fields {
			if slices.Contains(reserved, f.Fields[i].Name) {
				t.Errorf("%s.%s: commands have a flag of that name already", f.Name(), f.Fields[i].Name)
			}
		}
		if got, ok := form.Find(f.Kind, f.Step, f.Version); !ok || got != f || !form.Known(f.Kind, f.Version) {
			t.Errorf("%s is not found", f.Name())
		}
	}
	if _, ok := form.Find("telepathy", "", 1); ok || form.Known("telepathy", 1) {
		t.Error("a form that nobody wrote")
	}
}

func told(t *testing.T, where string, text map[string]string, owed bool) {
	t.Helper()
	if !owed && len(text) == 0 {
		return
	}
	for _, l := range []string{"en", "ru", "zh-hans"} {
		if text[l] == "" {
			t.Errorf("%s has no words in %s", where, l) // FORM-14
		}
	}
}

func fields(t *testing.T, where string, list []form.Field, some [][]string) {
	t.Helper()
	names := map[string]int{}
	for i, f := range list {
		at := where + "." + f.Name
		if _, twice := names[f.Name]; twice || !word.MatchString(f.Name) {
			t.Errorf("%s: no word, or twice", at)
		}
		names[f.Name] = i
		told(t, at, f.Title, true)
		told(t, at+" (help)", f.Help, false)
		if (f.Type == form.OneOf) != (len(f.Choices) > 0) || (f.Type == form.Group) != (len(f.Fields) > 0) {
			t.Errorf("%s: choices belong to a choice, fields to a group", at)
		}
		if f.Type == form.Term && !slices.Contains(form.Lists(), f.Words) {
			t.Errorf("%s takes words of %q: want one of %q", at, f.Words, form.Lists())
		}
		ids := map[string]bool{}
		for _, c := range f.Choices {
			told(t, at+"="+c.ID, c.Title, true)
			if ids[c.ID] {
				t.Errorf("%s: the choice %s stands twice", at, c.ID)
			}
			ids[c.ID] = true
		}
		fields(t, at, f.Fields, f.Some)
	}
	for i, f := range list { // conditions name fields beside them
		others := append(slices.Clone(f.NotWith), f.After, f.NotBefore)
		for _, c := range []*form.If{f.NeededWhen, f.OnlyWhen} {
			if c == nil {
				continue
			}
			others = append(others, c.Field)
			if at, ok := names[c.Field]; ok && list[at].Type == form.OneOf {
				for _, is := range c.Is {
					if !slices.ContainsFunc(list[at].Choices, func(x form.Choice) bool { return x.ID == is }) {
						t.Errorf("%s.%s: %s is no choice of %s", where, f.Name, is, c.Field)
					}
				}
			}
		}
		for _, other := range others {
			if at, ok := names[other]; other != "" && (!ok || at == i) {
				t.Errorf("%s.%s speaks of %q, which is no other field beside it", where, f.Name, other)
			}
		}
	}
	for _, one := range some {
		for _, name := range one {
			if _, ok := names[name]; !ok || len(one) < 2 {
				t.Errorf("%s: at least one of %q: want two fields or more", where, one)
			}
		}
	}
}
