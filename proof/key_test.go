package proof_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
	"parley.example/parley/proof"
)

func TestVKeyAndSignerRoundTrip(t *testing.T) {
	for _, typ := range []byte{proof.TypeEd25519, proof.TypeCosignature, proof.TypeMLDSA44} {
		s := key(t, 7, typ, "aster.example/cert")
		k, err := proof.ParseVKey(s.Key().String())
		if err != nil || !k.Equal(s.Key()) || k.ID != s.Key().ID {
			t.Fatalf("type %d: %v", typ, err)
		}
		again, err := proof.ParseSigner(s.Text())
		if err != nil || again.Text() != s.Text() || !again.Key().Equal(s.Key()) {
			t.Fatalf("type %d: private key: %v", typ, err)
		}
		for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%+v %#v %s", s, s, s)} {
			if strings.Contains(shown, s.Text()[len(s.Text())-20:]) || strings.Contains(shown, "7 7 7") || strings.Contains(shown, "0x7, 0x7") {
				t.Errorf("printing a private key shows it: %s", shown)
			}
		}
	}
}

func TestParseSignerRefuses(t *testing.T) {
	good := key(t, 7, proof.TypeEd25519, "aster.example").Text()
	for _, bad := range []string{"", "PARLEY-PRIVATE-KEY", good + "\n", good[:len(good)-1], "X" + good,
		strings.Replace(good, "+01+", "+1+", 1), strings.Replace(good, "+01+", "+02+", 1), strings.Replace(good, "aster.example", "", 1)} {
		_, err := proof.ParseSigner(bad)
		wantKind(t, err, parley.Invalid)
		if err != nil && len(bad) > 60 && strings.Contains(err.Error(), "BwcHBwc") {
			t.Errorf("the error quotes the key: %v", err)
		}
	}
}

// A note that we sign opens with x/mod's note, and one that x/mod signs with ours.
func TestNotesAreThoseOfXMod(t *testing.T) {
	s := key(t, 7, proof.TypeEd25519, "aster.example/cert")
	raw, err := note.Sign(&note.Note{Text: "hello\n"}, s.NoteSigner(noon))
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(s.Key().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(raw, note.VerifierList(v)); err != nil {
		t.Fatal(err)
	}
	n, err := proof.ParseNote(raw)
	if err != nil || !bytes.Equal(n.Bytes(), raw) {
		t.Fatalf("round trip: %v", err)
	}
	if _, err := n.Verify(s.Key()); err != nil {
		t.Fatal(err)
	}
	_, err = n.Verify(key(t, 8, proof.TypeEd25519, "aster.example/cert").Key())
	wantKind(t, err, parley.NotFound)
	n.Text = "hullo\n"
	_, err = n.Verify(s.Key())
	wantKind(t, err, parley.Untrusted)
}

// x/mod accepts some flipped bits in the padding of base64; here none passes.
func TestNoFlippedBitOfANotePasses(t *testing.T) {
	s := key(t, 7, proof.TypeEd25519, "aster.example/cert")
	raw, err := note.Sign(&note.Note{Text: "hello\nthere\n"}, s.NoteSigner(noon))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for bit := range 8 {
			bad := bytes.Clone(raw)
			bad[i] ^= 1 << bit
			n, err := proof.ParseNote(bad)
			if err != nil {
				continue
			}
			if _, err := n.Verify(s.Key()); err == nil {
				t.Errorf("octet %d bit %d: accepted %q", i, bit, bad)
			}
		}
	}
}

func TestEveryLineOfAKeyMustHold(t *testing.T) {
	s := key(t, 7, proof.TypeEd25519, "aster.example/cert")
	good, err := proof.SignLine("hello\n", s.NoteSigner(noon))
	if err != nil {
		t.Fatal(err)
	}
	bad := good
	bad.Sig = bytes.Clone(good.Sig)
	bad.Sig[0] ^= 1
	for _, lines := range [][]proof.Line{{good, bad}, {bad, good}} {
		_, err := proof.Note{Text: "hello\n", Lines: lines}.Verify(s.Key())
		wantKind(t, err, parley.Untrusted)
	}
}

func TestEmptyKeyVerifiesNothing(t *testing.T) {
	var k proof.Key
	if k.Verifier().Verify([]byte("x"), make([]byte, 64)) {
		t.Error("an empty key accepts")
	}
	if _, err := (proof.Signer{}).Sign([]byte("x"), noon); err == nil {
		t.Error("an empty signer signs")
	}
}

func TestNoteBounds(t *testing.T) {
	line := "\u2014 a " + base64.StdEncoding.EncodeToString(make([]byte, 68)) + "\n"
	if _, err := proof.ParseNote([]byte("t\n\n" + strings.Repeat(line, proof.MaxLines))); err != nil {
		t.Error(err)
	}
	_, err := proof.ParseNote([]byte("t\n\n" + strings.Repeat(line, proof.MaxLines+1)))
	wantKind(t, err, parley.Invalid)
	_, err = proof.ParseNote(bytes.Repeat([]byte("a"), proof.MaxNote+1))
	wantKind(t, err, parley.Invalid)
}
