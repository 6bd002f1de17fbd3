package proof_test

import (
	"bytes"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/proof"
)

const (
	aster  = parley.Origin("aster.example/0123456789abcdef")
	borea  = parley.Origin("borea.example/fedcba9876543210")
	corvia = "archive.corvia.example/parley"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// key makes the same key on every run: its seed repeats one octet.
func key(t testing.TB, seed byte, typ byte, name string) proof.Signer {
	t.Helper()
	s, err := proof.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 32)), typ, name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// world is one journal with two keys, a mirror with two, a witness with one.
type world struct {
	log, mirror []proof.Signer
	witness     proof.Signer
}

func newWorld(t testing.TB) world {
	return world{
		log:     []proof.Signer{key(t, 1, proof.TypeEd25519, string(aster)), key(t, 2, proof.TypeMLDSA44, string(aster))},
		mirror:  []proof.Signer{key(t, 3, proof.TypeCosignature, borea.Mirror()), key(t, 4, proof.TypeMLDSA44, borea.Mirror())},
		witness: key(t, 5, proof.TypeCosignature, corvia),
	}
}

func keys(list ...proof.Signer) []proof.Key {
	var out []proof.Key
	for _, s := range list {
		out = append(out, s.Key())
	}
	return out
}

func (w world) checkpoint(t testing.TB, tr *tree, size int) proof.Checkpoint {
	t.Helper()
	cp, err := proof.SignCheckpoint(aster, uint64(size), tr.root(size), noon, w.log...)
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

func wantKind(t *testing.T, err error, want parley.ErrorKind) {
	t.Helper()
	if err == nil || parley.KindOf(err) != want {
		t.Errorf("got error %v (%s), want one of kind %s", err, parley.KindOf(err), want)
	}
}
