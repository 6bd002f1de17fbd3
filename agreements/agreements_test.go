package agreements_test

import (
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreements"
	"parley.example/parley/form"
	"parley.example/parley/internal/parleytest"
)

// Every template and model becomes a valid agreement by adding cards alone.
func TestTemplates(t *testing.T) {
	if len(agreements.Names()) < 5 {
		t.Errorf("only %v", agreements.Names())
	}
	starter, err := agreements.Phrasebook("starter")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range agreements.Names() {
		text, err := agreements.Template(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, archive := range []string{"", "archive.example/parley"} {
			if _, err := parleytest.MakeWorld(1, string(agreements.WithPhrasebook(text, starter)), archive); err != nil {
				t.Errorf("%s:\n%v", name, err)
			}
		}
		if _, err := parleytest.MakeWorld(1, string(text), "", parleytest.Aster, parleytest.Borea, parleytest.Corvia); err != nil {
			t.Errorf("%s with three parties:\n%v", name, err)
		}
	}
	if _, err := agreements.Template("trilateral"); parley.KindOf(err) != parley.NotFound {
		t.Error(err)
	}
}

// The starter phrasebook has sixty sentences, each in three languages, each of
// which can be sent and read.
func TestPhrasebook(t *testing.T) {
	starter, err := agreements.Phrasebook("starter")
	if err != nil {
		t.Fatal(err)
	}
	bilateral, err := agreements.Template("bilateral")
	if err != nil {
		t.Fatal(err)
	}
	w, err := parleytest.MakeWorld(1, string(agreements.WithPhrasebook(bilateral, starter)), "")
	if err != nil {
		t.Fatal(err)
	}
	a := w.Signed.Agreement
	if n := len(a.Words.Phrases); n != 60 {
		t.Errorf("%d sentences", n)
	}
	f, _ := form.Find(parley.KindPhrase, "", 1)
	sample := map[string]string{"text": "the registry", "time": "2027-01-31T09:00:00Z", "date": "2027-01-31", "number": "12", "body": "borea.example/cert",
		"message": strings.Repeat("0123456789abcdef", 4), "place": "Port Aster", "network": "192.0.2.0/24", "domain": "www.aster.example"}
	said := map[string]int{}
	for i, p := range a.Words.Phrases {
		if p.Number != i+1 {
			t.Errorf("sentence %d has the number %d", i+1, p.Number)
		}
		values := map[string]any{"number": p.Number}
		slots := map[string]any{}
		for _, s := range p.Slots {
			slots[s.Name] = sample[s.Kind]
		}
		if len(slots) > 0 {
			values["values"] = slots
		}
		raw, err := f.Fill(values, a)
		if err != nil {
			t.Errorf("sentence %d: %v", p.Number, err)
			continue
		}
		for _, l := range []string{"en", "ru", "zh-hans"} {
			text, in, ok := form.Say(raw, a, l)
			if !ok || in != l || text == "" || strings.ContainsAny(text, "{}") {
				t.Errorf("sentence %d in %s: %q (%s)", p.Number, l, text, in)
			}
			if said[text]++; said[text] > 1 {
				t.Errorf("sentence %d says the same as another: %s", p.Number, text)
			}
		}
	}
	if _, err := agreements.Phrasebook("mine"); parley.KindOf(err) != parley.NotFound {
		t.Error(err)
	}
}
