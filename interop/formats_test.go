package interop

import (
	"strings"
	"testing"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"parley.example/parley/proof"
)

// theirs is transparency-dev's verifier for a key of ours.
func theirs(t *testing.T, k proof.Key) note.Verifier {
	t.Helper()
	var v note.Verifier
	var err error
	switch k.Type {
	case proof.TypeEd25519:
		v, err = note.NewVerifier(k.String())
	case proof.TypeCosignature:
		v, err = fnote.NewVerifierForCosignatureV1(k.String())
	default:
		v, err = fnote.NewMLDSAVerifier(k.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Every signature on our checkpoints, of all three types, verifies with the code
// of transparency-dev, which has another implementation of ML-DSA-44.
func TestFormatsVerifiesOurCosignatures(t *testing.T) {
	var signers []proof.Signer
	for typ, name := range map[byte]string{proof.TypeEd25519: "aster.example/0123456789abcdef", proof.TypeMLDSA44: "aster.example/0123456789abcdef"} {
		s, err := proof.GenerateKey(zeros{}, typ, name)
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, s)
	}
	tr := &memory{}
	for i := range 9 {
		tr.add([]byte{byte(i)})
	}
	cp, err := proof.SignCheckpoint("aster.example/0123456789abcdef", 9, tr.root(), noon, signers...)
	if err != nil {
		t.Fatal(err)
	}
	var mirror []proof.Signer
	for _, typ := range []byte{proof.TypeCosignature, proof.TypeMLDSA44} {
		s, err := proof.GenerateKey(zeros{}, typ, "borea.example/fedcba9876543210/mirror")
		if err != nil {
			t.Fatal(err)
		}
		mirror = append(mirror, s)
	}
	list, err := proof.Cosign(cp, noon, mirror...)
	if err != nil {
		t.Fatal(err)
	}
	var verifiers []note.Verifier
	for _, s := range append(signers, mirror...) {
		verifiers = append(verifiers, theirs(t, s.Key()))
	}
	n, err := note.Open(cp.WithCosignatures(list...), note.VerifierList(verifiers...))
	if err != nil || len(n.Sigs) != 4 {
		t.Fatalf("%d of 4 signatures, %v", len(n.Sigs), err)
	}
	for _, s := range n.Sigs {
		if !strings.HasSuffix(s.Name, "/mirror") {
			continue
		}
		if at, err := fnote.CoSigV1Timestamp(s); err != nil || !at.Equal(noon) {
			t.Errorf("%s: at %v, %v", s.Name, at, err)
		}
	}
}

// And theirs with ours: a cosigner of theirs on a checkpoint of ours.
func TestWeVerifyFormatsCosignatures(t *testing.T) {
	log, err := proof.GenerateKey(zeros{}, proof.TypeEd25519, "aster.example/0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	tr := &memory{}
	tr.add([]byte("one"))
	cp, err := proof.SignCheckpoint("aster.example/0123456789abcdef", 1, tr.root(), noon, log)
	if err != nil {
		t.Fatal(err)
	}
	secret, vkey, err := fnote.GenerateMLDSAKey("witness.example/pq")
	if err != nil {
		t.Fatal(err)
	}
	quantum, err := fnote.NewMLDSASigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	k, err := proof.ParseVKey(vkey)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := note.Sign(&note.Note{Text: cp.Text()}, quantum)
	if err != nil {
		t.Fatal(err)
	}
	lines := raw[len(cp.Text())+1:]
	list, err := proof.OpenCosignatures(cp, lines, k)
	if err != nil || len(list) != 1 || list[0].Time.IsZero() {
		t.Fatalf("%+v, %v", list, err)
	}
}
