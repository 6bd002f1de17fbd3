package proof_test

import (
	"bytes"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"parley.example/parley/internal/vectors"
	"parley.example/parley/proof"
)

// seed adds the bodies of all vectors of one kind.
func seed(f *testing.F, kinds ...string) {
	list, err := vectors.Read(vectorDir)
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range list {
		for _, k := range kinds {
			if v.Get("kind") == k {
				f.Add(v.Body)
			}
		}
	}
}

func FuzzParseVKey(f *testing.F) {
	seed(f, "vkey")
	f.Fuzz(func(t *testing.T, raw []byte) {
		k, err := proof.ParseVKey(string(raw))
		if err != nil {
			return
		}
		if k.String() != string(raw) {
			t.Fatalf("a second spelling: %q", raw)
		}
		k.Verifier().Verify(raw, raw)
	})
}

func FuzzParseNote(f *testing.F) {
	seed(f, "note", "checkpoint", "cosignature")
	f.Fuzz(func(t *testing.T, raw []byte) {
		n, err := proof.ParseNote(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(n.Bytes(), raw) {
			t.Fatalf("a second spelling: %q", raw)
		}
		// What we can read, x/mod can read too, up to its hundred lines.
		if _, err := note.Open(raw, nil); len(n.Lines) <= 100 {
			if u, ok := err.(*note.UnverifiedNoteError); !ok || u.Note.Text != n.Text {
				t.Fatalf("x/mod: %v", err)
			}
		}
	})
}

func FuzzOpenCheckpoint(f *testing.F) {
	seed(f, "checkpoint", "cosignature")
	log := keys(newWorld(f).log...)
	f.Fuzz(func(t *testing.T, raw []byte) {
		cp, err := proof.OpenCheckpoint(raw, log...)
		if err != nil {
			return
		}
		again, err := proof.OpenCheckpoint(cp.Note, log...)
		if err != nil || !again.Same(cp) || !bytes.HasPrefix(raw, []byte(cp.Text())) {
			t.Fatalf("%q: %v", raw, err)
		}
	})
}

func FuzzParseProof(f *testing.F) {
	seed(f, "proof")
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := proof.ParseProof(raw)
		if err == nil && !bytes.Equal(p.Format(), raw) {
			t.Fatalf("a second spelling: %q", raw)
		}
	})
}

func FuzzParsePolicy(f *testing.F) {
	seed(f, "policy")
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := proof.ParsePolicy(raw)
		if err != nil {
			return
		}
		q, err := proof.ParsePolicy(p.Format())
		if err != nil || !bytes.Equal(q.Format(), p.Format()) {
			t.Fatalf("%q: %v", raw, err)
		}
		p.Quorum(p.Keys()...)
	})
}

func FuzzParseFork(f *testing.F) {
	seed(f, "fork")
	log := keys(newWorld(f).log...)
	f.Fuzz(func(t *testing.T, raw []byte) {
		k, err := proof.ParseFork(raw, log...)
		if err == nil && !bytes.Equal(k.Format(), raw) {
			t.Fatalf("a second spelling: %q", raw)
		}
	})
}

func FuzzParseSigner(f *testing.F) {
	f.Add("PARLEY-PRIVATE-KEY+01+a.example+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := proof.ParseSigner(text)
		if err == nil && s.Text() != text {
			t.Fatalf("a second spelling: %q", text)
		}
	})
}
