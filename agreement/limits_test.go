package agreement_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/parleytest"
)

// AGREEMENT-1: however the octets are chosen, reading them costs little. Each of
// these takes minutes in a reader without bounds.
func TestParseBounds(t *testing.T) {
	const n = 500 << 10
	for name, text := range map[string]string{
		"tables":        strings.Repeat("[[party]]\n", n/10),
		"nested tables": "[[party]]\n" + strings.Repeat("[[party.body]]\n", n/15),
		"unknown keys":  strings.Repeat("[[x]]\n", n/6),
		"long keys":     strings.Repeat("a.", n/2) + "a = 1\n",
		"long headers":  "[" + strings.Repeat("a.", n/2) + "a]\n",
		"brackets":      "x = " + strings.Repeat("[", n/2) + strings.Repeat("]", n/2) + "\n",
		"inline tables": "x = " + strings.Repeat("{x=", 9000) + "1" + strings.Repeat("}", 9000) + "\n",
		"a list":        "[[party]]\nlanguages = [" + strings.Repeat("'x',", n/4-20) + "]\n",
		"a long text":   "title = { en = \"" + strings.Repeat("x", agreement.MaxText) + "\" }\n",
	} {
		_, err := agreement.Parse([]byte(text))
		var pe *agreement.ParseError
		if !errors.As(err, &pe) || parley.KindOf(err) != parley.Invalid || len(err.Error()) > 8000 {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}

// AGREEMENT-10: no error speaks of the program instead of the text.
func TestParseTypes(t *testing.T) {
	for old, fault := range map[string]struct{ new, want string }{
		`record = "existence"`:  {`record = 7`, "quotation marks"},
		`times = 2`:             {`times = "twice"`, "whole number"},
		`post_quantum = true`:   {`post_quantum = "yes"`, "true or false"},
		`seen_owed = ["flash"]`: {`seen_owed = "flash"`, "list"},
		`grace = "1 hour"`:      {"grace = \"1 hour\"\n[[eyes.witness]]\nname = \"w.example\"\nkeys = [\"w.example+0+A\"]", "base64"},
	} {
		_, err := parse(t, strings.Replace(full, old, fault.new, 1))
		var pe *agreement.ParseError
		if !errors.As(err, &pe) || pe.Line == 0 || pe.Key == "" {
			t.Errorf("%s: %v", fault.new, err)
			continue
		}
		if !strings.Contains(err.Error(), fault.want) || strings.Contains(err.Error(), "struct") || strings.Contains(err.Error(), "Go value") {
			t.Errorf("%s: %v", fault.new, err)
		}
	}
}

// AGREEMENT-2: thirty-two parties fit in a text, a note and the entries that
// carry it; thirty-three do not.
func TestManyParties(t *testing.T) {
	var parties []parley.Party
	for i := range parley.MaxParties {
		parties = append(parties, parley.Party(fmt.Sprintf("party-%d.example", i)))
	}
	w := parleytest.NewWorld(t, 1, parties...)
	note := w.Signed.Note()
	s, err := agreement.OpenSigned(note)
	check(t, err)
	if !s.Complete() || len(s.Owed()) != 5*parley.MaxParties {
		t.Errorf("%d of %d lines are missing", len(s.Missing()), len(s.Owed()))
	}
	if n := len(agreement.Switch(s)); n > 16 {
		t.Errorf("%d octets in %d entries", len(note), n)
	}
	if c := w.Chain(t); len(c.Origins()) != parley.MaxParties {
		t.Error("journals are missing")
	}
	_, err = parleytest.MakeWorld(1, parleytest.DefaultTemplate, "", append(parties, "one-too-many.example")...)
	var pe *agreement.ParseError
	if !errors.As(err, &pe) || pe.Key != "party" {
		t.Errorf("thirty-three parties: %.200v", err)
	}
}
