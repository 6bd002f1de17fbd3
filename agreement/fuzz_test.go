package agreement_test

import (
	"bytes"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/vectors"
)

func seed(f *testing.F, kinds ...string) {
	list, err := vectors.Read(vectorDir)
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range list {
		for _, k := range kinds {
			if v.Get("kind") == k && len(v.Body) > 0 {
				f.Add(v.Body)
			}
		}
	}
}

// A text that is read is what is signed: its octets are kept.
func FuzzParse(f *testing.F) {
	seed(f, "signed")
	f.Add([]byte(full))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := agreement.Parse(text)
		if err != nil {
			if parley.KindOf(err) != parley.Invalid {
				t.Errorf("%v: %v", parley.KindOf(err), err)
			}
			return
		}
		if !bytes.Equal(a.Text(), text) {
			t.Error("the text changed")
		}
	})
}

func FuzzParseCard(f *testing.F) {
	seed(f, "card")
	f.Fuzz(func(t *testing.T, note []byte) {
		c, err := agreement.ParseCard(note)
		if err != nil {
			return
		}
		again, err := agreement.ParseCard(c.Note())
		if err != nil || again.Fingerprint() != c.Fingerprint() {
			t.Errorf("a card that was read does not read again: %v", err)
		}
	})
}

func FuzzOpenSigned(f *testing.F) {
	seed(f, "signed")
	f.Fuzz(func(t *testing.T, note []byte) {
		s, err := agreement.OpenSigned(note)
		if err != nil {
			return
		}
		again, err := agreement.OpenSigned(s.Note())
		if err != nil || len(again.Missing()) != len(s.Missing()) || !bytes.Equal(again.Note(), s.Note()) {
			t.Errorf("a signed text that was read does not read again: %v", err)
		}
	})
}

// Nothing in a content panics or is taken without its signatures.
func FuzzApply(f *testing.F) {
	list, err := vectors.Read(vectorDir)
	if err != nil {
		f.Fatal(err)
	}
	var base []byte
	for _, v := range list {
		switch v.Name {
		case "signed":
			base = v.Body
		case "chain-keys", "chain-succession", "chain-identity", "chain-notice":
			for line := range bytes.Lines(v.Body) {
				if p := bytes.SplitN(line, []byte(" "), 4); len(p) == 4 {
					f.Add(string(p[2]), bytes.TrimSuffix(p[3], []byte("\n")))
				}
			}
		}
	}
	s, err := agreement.OpenSigned(base)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind string, content []byte) {
		c, err := agreement.NewChain(s)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range c.Origins() {
			_ = c.Apply(parley.Ref{Origin: o, Index: uint64(i)}, parley.Kind(kind), content)
		}
		agreement.ParseSuccession(content)
		agreement.ParseReplacement(content)
	})
}
