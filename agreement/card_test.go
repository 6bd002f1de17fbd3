package agreement_test

import (
	"bytes"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/parleytest"
)

func TestCard(t *testing.T) {
	p, err := parleytest.NewParty(parleytest.Rand(1), parleytest.Aster)
	if err != nil {
		t.Fatal(err)
	}
	card, err := agreement.ParseCard(p.Card.Note())
	if err != nil {
		t.Fatal(err)
	}
	if card.Name() != "aster.example" || card.Fingerprint() != p.Card.Fingerprint() || !bytes.Equal(card.Note(), p.Card.Note()) {
		t.Error("a card came back changed")
	}
	foreign := append(append([]byte{}, p.Card.Note()...), "\u2014 borea.example AAAAAAAAAA==\n"...)
	if c, err := agreement.ParseCard(foreign); err != nil || !bytes.Equal(c.Note(), card.Note()) {
		t.Errorf("a foreign line is dropped: %v", err)
	}
}

// CARD-2: nothing of a card counts that its own identity key has not signed.
func TestCardFaults(t *testing.T) {
	p, err := parleytest.NewParty(parleytest.Rand(1), parleytest.Aster)
	if err != nil {
		t.Fatal(err)
	}
	other, err := parleytest.NewParty(parleytest.Rand(2), parleytest.Aster)
	if err != nil {
		t.Fatal(err)
	}
	note := string(p.Card.Note())
	pin, key := p.Pin.String(), p.Cert().Signing.Key().String()
	tests := map[string]struct {
		note string
		kind parley.ErrorKind
		say  string
	}{
		"another address":      {strings.Replace(note, ":7443", ":7444", 1), parley.Untrusted, "signature"},
		"another identity":     {strings.Replace(note, p.Identity.Key().String(), other.Identity.Key().String(), 1), parley.Untrusted, "no signature"},
		"no line":              {string(p.Card.Text()), parley.Invalid, ""},
		"a wrong key id":       {strings.Replace(note, key, strings.Replace(key, "+", "+f", 1), 1), parley.Invalid, "line"},
		"a key in two roles":   {strings.Replace(note, key, strings.Replace(key, "/cert", "", 1), 1), parley.Invalid, "line"},
		"two parties":          {note[:strings.Index(note, "\n\n\u2014")] + "\n[archive]\nname = \"x.example\"\n" + note[strings.Index(note, "\n\n\u2014")+1:], parley.Invalid, "of two"},
		"a pin twice":          {strings.Replace(note, `["`+pin+`"]`, `["`+pin+`", "`+pin+`"]`, 1), parley.Invalid, "the same key"},
		"an agreement instead": {strings.Replace(note, "card =", "agreement =", 1), parley.Invalid, "unknown key"},
		"too long":             {note + strings.Repeat(" ", agreement.MaxCard), parley.Invalid, "octets"},
	}
	for name, tc := range tests {
		_, err := agreement.ParseCard([]byte(tc.note))
		if err == nil || parley.KindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// KEYS-11: an Ed25519 key that signs must not also serve TLS.
func TestSigningKeyAsTLSKey(t *testing.T) {
	p, err := parleytest.NewParty(parleytest.Rand(1), parleytest.Aster)
	if err != nil {
		t.Fatal(err)
	}
	pin := parleytest.PinOf(p.Identity.Key().Public)
	text := strings.Replace(string(p.Card.Text()), p.Pin.String(), pin.String(), 1)
	if _, err := agreement.SignCard([]byte(text), p.Identity); err == nil || !strings.Contains(err.Error(), "party.identity") {
		t.Errorf("identity key as TLS key: %v", err)
	}
}

func TestSigned(t *testing.T) {
	w := parleytest.NewWorld(t, 1)
	draft := agreement.NewSigned(w.Agreement())
	if len(draft.Missing()) != 10 || draft.Complete() {
		t.Errorf("missing %v", draft.Missing())
	}
	aster, borea := agreement.NewSigned(w.Agreement()), agreement.NewSigned(w.Agreement())
	check(t, aster.Sign(w.Parties[parleytest.Aster].Signers()...))
	check(t, borea.Sign(w.Parties[parleytest.Borea].Signers()...))
	if !aster.SignedBy(parleytest.Aster) || aster.SignedBy(parleytest.Borea) || aster.Complete() {
		t.Error("signed by Aster only")
	}
	got, err := agreement.OpenSigned(aster.Note())
	check(t, err)
	check(t, got.Merge(borea))
	if !got.Complete() || !bytes.Equal(got.Note(), w.Signed.Note()) {
		t.Error("merged lines do not make the whole")
	}
	if s, err := agreement.OpenSigned(w.Agreement().Text()); err != nil || len(s.Missing()) != 10 {
		t.Errorf("a text alone is a draft: %v", err)
	}
	if err := draft.Sign(parleytest.NewWorld(t, 2).Parties[parleytest.Aster].Identity); parley.KindOf(err) != parley.Invalid {
		t.Errorf("a key that the text does not name: %v", err)
	}
	if err := draft.Merge(parleytest.NewWorld(t, 2).Signed); parley.KindOf(err) != parley.Conflict {
		t.Errorf("another text: %v", err)
	}
	note := w.Signed.Note()
	for i := range 200 {
		n := bytes.Clone(note)
		n[len(n)-1-i*7] ^= 1
		if s, err := agreement.OpenSigned(n); err == nil && s.Complete() {
			t.Fatalf("octet %d from the end flipped, and still complete", i*7)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
