package proof_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/proof"
)

func TestCheckpointsAreSignedByEveryKey(t *testing.T) {
	w := newWorld(t)
	tr := newTree(t, 9, "")
	cp := w.checkpoint(t, tr, 9)
	got, err := proof.OpenCheckpoint(proof.RawCheckpoint(cp.Note), keys(w.log...)...)
	if err != nil || !got.Same(cp) || !bytes.Equal(got.Note, cp.Note) {
		t.Fatalf("open: %v", err)
	}
	one, err := proof.SignCheckpoint(aster, 9, tr.root(9), noon, w.log[0])
	if err != nil {
		t.Fatal(err)
	}
	_, err = proof.OpenCheckpoint(proof.RawCheckpoint(one.Note), keys(w.log...)...)
	wantKind(t, err, parley.Untrusted)
	_, err = proof.OpenCheckpoint(proof.RawCheckpoint(cp.Note), keys(w.witness)...)
	wantKind(t, err, parley.Untrusted)
	_, err = proof.OpenCheckpoint(proof.RawCheckpoint(cp.Note))
	wantKind(t, err, parley.Internal)
	_, err = proof.SignCheckpoint(borea, 9, tr.root(9), noon, w.log...)
	wantKind(t, err, parley.Internal)
	_, err = proof.SignCheckpoint(aster, 0, tr.root(9), noon, w.log...)
	wantKind(t, err, parley.Invalid)
	if _, err := proof.SignCheckpoint(aster, 0, proof.EmptyRoot(), noon, w.log...); err != nil {
		t.Error(err)
	}
}

// The Ed25519 line verifies with x/mod alone, the rest being unknown to it.
func TestCheckpointOpensWithXMod(t *testing.T) {
	w := newWorld(t)
	cp := w.checkpoint(t, newTree(t, 3, ""), 3)
	v, err := note.NewVerifier(w.log[0].Key().String())
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(cp.Note, note.VerifierList(v))
	if err != nil || n.Text != cp.Text() || len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 1 {
		t.Fatalf("%+v, %v", n, err)
	}
}

func TestCosignaturesStateATime(t *testing.T) {
	w := newWorld(t)
	cp := w.checkpoint(t, newTree(t, 3, ""), 3)
	list, err := proof.Cosign(cp, noon.Add(400*time.Millisecond), append(w.mirror, w.witness)...)
	if err != nil {
		t.Fatal(err)
	}
	raw := cp.WithCosignatures(list...)
	n, err := proof.ParseNote(raw)
	if err != nil || len(n.Lines) != 5 {
		t.Fatalf("%d lines, %v", len(n.Lines), err)
	}
	lines := bytes.TrimPrefix(raw, []byte(cp.Text()+"\n"))
	got, err := proof.OpenCosignatures(cp, lines, keys(append(w.mirror, w.witness)...)...)
	if err != nil || len(got) != 3 {
		t.Fatalf("%d cosignatures, %v", len(got), err)
	}
	for i, c := range got {
		if !c.Time.Equal(noon) || c.Line != list[i].Line || !c.Key.Equal(list[i].Key) {
			t.Errorf("cosignature %d: %+v", i, c)
		}
	}
	// Unknown keys are ignored, also under a known name.
	stranger := key(t, 9, proof.TypeCosignature, borea.Mirror())
	if got, err := proof.OpenCosignatures(cp, lines, stranger.Key()); err != nil || len(got) != 0 {
		t.Errorf("%d cosignatures of a stranger, %v", len(got), err)
	}
	// A line moved to another checkpoint is wrong, not ignored.
	other := w.checkpoint(t, newTree(t, 4, ""), 4)
	_, err = proof.OpenCosignatures(other, lines, w.mirror[0].Key())
	wantKind(t, err, parley.Untrusted)
	_, err = proof.OpenCosignatures(other, lines, w.mirror[1].Key())
	wantKind(t, err, parley.Untrusted)
	_, err = proof.OpenCosignatures(cp, lines[:len(lines)-1], w.mirror[0].Key())
	wantKind(t, err, parley.Invalid)
	_, err = proof.Cosign(cp, noon, w.log[0])
	wantKind(t, err, parley.Internal)
	for _, at := range []time.Time{{}, time.Unix(0, 0), time.Unix(253402300800, 0)} {
		_, err = proof.Cosign(cp, at, w.witness)
		wantKind(t, err, parley.Invalid)
	}
}

// An ML-DSA-44 cosignature commits to the cosigner's name: the same key bytes
// under another name verify nothing.
func TestMLDSACommitsToTheName(t *testing.T) {
	w := newWorld(t)
	cp := w.checkpoint(t, newTree(t, 3, ""), 3)
	list, err := proof.Cosign(cp, noon, w.mirror[1])
	if err != nil {
		t.Fatal(err)
	}
	lines, err := proof.ParseLines([]byte(list[0].Line))
	if err != nil {
		t.Fatal(err)
	}
	twin, err := proof.NewKey(corvia, proof.TypeMLDSA44, w.mirror[1].Key().Public)
	if err != nil {
		t.Fatal(err)
	}
	lines[0].Name, lines[0].ID = twin.Name, twin.ID
	_, err = proof.OpenCosignatures(cp, []byte(lines[0].String()), twin)
	wantKind(t, err, parley.Untrusted)
}

func TestInclusionProofs(t *testing.T) {
	w := newWorld(t)
	tr := newTree(t, 20, "")
	cp := w.checkpoint(t, tr, 20)
	list, err := proof.Cosign(cp, noon, append(w.mirror, w.witness)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, extra := range [][]byte{nil, {}, []byte("where from")} {
		hashes, err := proof.ProveInclusion(tr, 11, 20)
		if err != nil {
			t.Fatal(err)
		}
		p := proof.Proof{Extra: extra, Index: 11, Hashes: hashes, Checkpoint: cp.WithCosignatures(list...)}
		q, err := proof.ParseProof(p.Format())
		if err != nil || !bytes.Equal(q.Format(), p.Format()) {
			t.Fatalf("round trip with extra %q: %v", extra, err)
		}
		got, err := q.Verify([]byte("11"), keys(w.log...), keys(append(w.mirror, w.witness)...))
		if err != nil || len(got.Cosignatures) != 3 || got.Index != 11 || !got.Checkpoint.Same(cp) {
			t.Fatalf("%+v, %v", got, err)
		}
		_, err = q.Verify([]byte("12"), keys(w.log...), nil)
		wantKind(t, err, parley.Untrusted)
	}
}

func TestForks(t *testing.T) {
	w := newWorld(t)
	left, right := newTree(t, 8, ""), newTree(t, 12, "other")
	a, b, c := w.checkpoint(t, left, 8), w.checkpoint(t, right, 8), w.checkpoint(t, right, 12)
	roots, err := proof.NewFork(a, b)
	if err != nil {
		t.Fatal(err)
	}
	leaf := func(tr *tree, size uint64) proof.ForkLeaf {
		p, err := proof.ProveInclusion(tr, 5, size)
		if err != nil {
			t.Fatal(err)
		}
		return proof.ForkLeaf{Hash: tr.leaves[5], Proof: p}
	}
	leaves, err := proof.NewLeafFork(5, a, leaf(left, 8), c, leaf(right, 12))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []proof.Fork{roots, leaves} {
		raw := f.Format()
		got, err := proof.ParseFork(raw, keys(w.log...)...)
		if err != nil || got.String() != f.String() || !strings.Contains(f.String(), "fork") {
			t.Fatalf("%v: %v", f, err)
		}
		for i := 0; i < len(raw); i += 1 + i/200 { // all of the head, samples of the signatures
			bad := bytes.Clone(raw)
			bad[i] ^= 1
			if _, err := proof.ParseFork(bad, keys(w.log...)...); err == nil {
				t.Fatalf("octet %d flipped: accepted", i)
			}
			if _, err := proof.ParseFork(raw[:i], keys(w.log...)...); err == nil {
				t.Fatalf("cut at %d: accepted", i)
			}
		}
		_, err = proof.ParseFork(raw, key(t, 9, proof.TypeEd25519, string(aster)).Key())
		wantKind(t, err, parley.Untrusted)
	}
	_, err = proof.NewFork(a, a)
	wantKind(t, err, parley.Untrusted)
	_, err = proof.NewFork(a, c)
	wantKind(t, err, parley.Untrusted)
	_, err = proof.NewLeafFork(5, a, leaf(left, 8), a, leaf(left, 8))
	wantKind(t, err, parley.Untrusted)
	_, err = proof.NewLeafFork(5, a, proof.ForkLeaf{Hash: tlog.Hash{1}}, c, leaf(right, 12))
	wantKind(t, err, parley.Untrusted)
}
