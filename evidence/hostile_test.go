package evidence_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/proof"
)

// resum makes the sum hold again after somebody changed the rest.
func resum(raw []byte) []byte {
	_, rest, _ := bytes.Cut(raw, []byte("\n"))
	_, rest, _ = bytes.Cut(rest, []byte("\n"))
	return append(fmt.Appendf(nil, "parley/evidence/v1\nsha256 %s\n", parley.Sum(rest)), rest...)
}

// Whoever changes an octet and makes the sum again gains nothing: signatures
// and proofs bind everything.
func TestNoChangeWithANewSum(t *testing.T) {
	w, ref := delivered(t, true)
	w.write(borea, message("something else", parley.MessageID{}, parley.MessageID{}), aster)
	raw := w.build(evidence.Ask{Message: ref, Reveal: true}, evidence.Ask{Message: ref, Unanswered: []parley.Party{"borea.example"}})
	w.verify(raw)
	head := bytes.Index(raw, []byte("about"))
	for i := head; i < len(raw); i += 1 + (i-head)/25 {
		bad := bytes.Clone(raw)
		bad[i] ^= 1 << (i % 7)
		if r, err := evidence.Verify(resum(bad), w.trusting()); err == nil {
			t.Errorf("octet %d, %q: accepted: %+v", i, raw[max(0, i-30):min(len(raw), i+10)], r.Statements)
		}
	}
}

// edit changes one text of a built file and makes the sum again.
func edit(t *testing.T, raw []byte, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(raw, []byte(old)) {
		t.Fatalf("the file does not hold %q", old)
	}
	return resum(bytes.Replace(raw, []byte(old), []byte(new), 1))
}

func TestHostileFiles(t *testing.T) {
	w, ref := delivered(t, true)
	w.write(borea, message("something else", parley.MessageID{}, parley.MessageID{}), aster)
	raw := w.build(evidence.Ask{Message: ref, Unanswered: []parley.Party{"borea.example"}})
	o := w.parties["borea.example"].origin
	second := w.build(evidence.Ask{Message: parley.Ref{Origin: ref.Origin, Index: 0}})
	entry := func(raw []byte) string {
		i := bytes.Index(raw, []byte("entry "))
		return string(raw[i:])
	}
	for name, bad := range map[string][]byte{
		"about an entry not there":    edit(t, raw, "about message "+ref.String(), "about message "+string(ref.Origin)+"/7"),
		"about a fork not there":      edit(t, raw, "about message", "about fork "+string(o)+"\nabout message"),
		"about another party":         edit(t, raw, "silence "+ref.String()+" borea.example", "silence "+ref.String()+" aster.example"),
		"about a stranger":            edit(t, raw, "silence "+ref.String()+" borea.example", "silence "+ref.String()+" corvia.example"),
		"a run that starts later":     edit(t, raw, fmt.Sprintf("run %s 0 1", o), fmt.Sprintf("run %s 1 1", o)),
		"an entry that nobody needs":  resum(append(bytes.Clone(raw), entry(second)...)),
		"an entry twice":              resum(append(bytes.Clone(second), entry(second)...)),
		"lines after the end":         resum(append(bytes.Clone(raw), "more\n"...)),
		"the agreement without lines": edit(t, raw, fmt.Sprintf("agreement %d\n%s", len(w.signed.Note()), w.signed.Note()), fmt.Sprintf("agreement %d\n%s", len(w.signed.Agreement.Text()), w.signed.Agreement.Text())),
		"a huge block":                edit(t, raw, "agreement ", "agreement 9"),
		"a block of 2^62":             edit(t, raw, "agreement "+fmt.Sprint(len(w.signed.Note())), "agreement 4611686018427387904"),
	} {
		if r, err := evidence.Verify(bad, w.trusting()); err == nil {
			t.Errorf("%s: accepted: %+v", name, r.Statements)
		}
	}
}

// A signature line of nobody that counts is not allowed, though it breaks nothing.
func TestUnknownLinesAreRefused(t *testing.T) {
	w, ref := delivered(t, false)
	stranger, err := proof.GenerateKey(w.rand, proof.TypeCosignature, "stranger.example/mirror")
	w.must(err)
	raw := w.build(evidence.Ask{Message: ref})
	f, err := evidence.Parse(raw)
	w.must(err)
	p, err := proof.ParseProof(f.Steps[0].Leaf.Proofs[0])
	w.must(err)
	log, err := w.chain.LogKeys(ref.Origin)
	w.must(err)
	cp, err := proof.OpenCheckpoint(p.Checkpoint, log...)
	w.must(err)
	line, err := proof.Cosign(cp, noon, stranger)
	w.must(err)
	p.Checkpoint = append(bytes.Clone(p.Checkpoint), line[0].Line...)
	old := f.Steps[0].Leaf.Proofs[0]
	bad := edit(t, raw, fmt.Sprintf("proof %d\n%s", len(old), old), fmt.Sprintf("proof %d\n%s", len(p.Format()), p.Format()))
	if _, err := evidence.Verify(bad, w.trusting()); err == nil || !strings.Contains(err.Error(), "nobody that counts") {
		t.Errorf("got %v", err)
	}
}

// Reading is fuzzed by itself, as verifying is slow under a fuzzer's instruments.
func FuzzParse(f *testing.F) {
	seeds(f, func(rest []byte) { f.Add(rest) })
	f.Fuzz(func(t *testing.T, rest []byte) {
		raw := append(fmt.Appendf(nil, "parley/evidence/v1\nsha256 %s\n", parley.Sum(rest)), rest...)
		if f, err := evidence.Parse(raw); err == nil && len(f.About) == 0 {
			t.Fatal("accepted and is about nothing")
		}
	})
}

func FuzzVerify(f *testing.F) {
	trust := seeds(f, func(rest []byte) { f.Add(rest) })
	f.Fuzz(func(t *testing.T, rest []byte) {
		raw := append(fmt.Appendf(nil, "parley/evidence/v1\nsha256 %s\n", parley.Sum(rest)), rest...)
		r, err := evidence.Verify(raw, trust)
		if err == nil && len(r.Statements) < 2 {
			t.Fatal("accepted and says nothing")
		}
	})
}

// seeds gives two files without their first two lines.
func seeds(f *testing.F, add func([]byte)) evidence.Trust {
	w, ref := delivered(f, true)
	w.write(borea, message("something else", parley.MessageID{}, parley.MessageID{}), aster)
	for _, raw := range [][]byte{
		w.build(evidence.Ask{Message: ref}),
		w.build(evidence.Ask{Message: ref, Reveal: true, Unanswered: []parley.Party{"borea.example"}}),
	} {
		_, rest, _ := bytes.Cut(raw, []byte("\n"))
		_, rest, _ = bytes.Cut(rest, []byte("\n"))
		add(rest)
	}
	return w.trusting()
}
