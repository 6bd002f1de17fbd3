package evidence_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// delivered is a world in which Aster wrote to Borea, who holds it.
func delivered(t testing.TB, third bool) (*world, parley.Ref) {
	w := newWorld(t)
	w.write(aster, message("first", parley.MessageID{}, parley.MessageID{}), borea)
	ref := w.write(aster, message("your mail relay spreads malware", parley.MessageID{}, parley.MessageID{}), borea)
	o := w.parties["aster.example"].origin
	w.cosign(o, w.parties["borea.example"].mirror...)
	if third {
		w.cosign(o, w.archive...)
	}
	return w, ref
}

func TestMessage(t *testing.T) {
	for _, third := range []bool{false, true} {
		w, ref := delivered(t, third)
		r := w.verify(w.build(evidence.Ask{Message: ref, Facts: true}))
		if !r.Proven() {
			t.Errorf("not proven: %+v", r.Statements)
		}
		if s := find(r, evidence.SaysWritten); len(s) != 1 || !cmp.Equal(s[0].Against, []string{"aster.example"}) {
			t.Errorf("written: %+v", s)
		}
		if s := find(r, evidence.SaysDelivered); len(s) != 1 || !s[0].Proven || !cmp.Equal(s[0].Against, []string{"borea.example"}) || s[0].Size != 2 {
			t.Errorf("delivered: %+v", s)
		}
		s := find(r, evidence.SaysExisted)
		if len(s) != 1 || s[0].Proven != third || s[0].Third != third || third != strings.Contains(s[0].Text, archive) {
			t.Errorf("existed: %+v", s)
		}
		if s := find(r, evidence.SaysText); len(s) != 0 || r.Messages[0].Opened != nil || r.Messages[0].Facts.Precedence != parley.Flash {
			t.Errorf("the text is shown unasked: %+v", s)
		}
	}
}

func TestRevealShowsTheText(t *testing.T) {
	w, ref := delivered(t, false)
	r := w.verify(w.build(evidence.Ask{Message: ref, Reveal: true}))
	if len(find(r, evidence.SaysText)) != 1 || !strings.Contains(string(r.Messages[0].Opened.Content), "mail relay") {
		t.Errorf("%+v", r.Messages)
	}
	w.of(aster).inside[1].FileKey = make([]byte, 16)
	_, err := evidence.Build(w, w.signed.Note(), nil, evidence.Ask{Message: ref, Reveal: true})
	if parley.KindOf(err) != parley.Untrusted {
		t.Errorf("with another file key: %v", err)
	}
	w.of(aster).inside[1].FileKey = nil
	_, err = evidence.Build(w, w.signed.Note(), nil, evidence.Ask{Message: ref, Reveal: true})
	if parley.KindOf(err) != parley.NotFound {
		t.Errorf("without a file key: %v", err)
	}
}

func TestNobodyIsNamed(t *testing.T) {
	w, ref := delivered(t, true)
	raw := w.build(evidence.Ask{Message: ref})
	for _, tr := range []evidence.Trust{{}, {Agreement: parley.Hash{1}}, {Fingerprint: "00000 00000 00000 00000 00000 00000 00000 00000"}} {
		r, err := evidence.Verify(raw, tr)
		if err != nil || r.Tied || r.Proven() {
			t.Errorf("trust %+v: %+v, %v", tr, r, err)
		}
	}
	for _, given := range [][]byte{[]byte(w.signed.Agreement.Fingerprint()), []byte(strings.ReplaceAll(w.signed.Agreement.Fingerprint(), " ", "-") + "\n"),
		w.signed.Note(), w.signed.Agreement.Text(), []byte(w.chain.ID().String())} {
		tr, err := evidence.ParseTrust(given)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := evidence.Verify(raw, tr); err != nil || !r.Proven() {
			t.Errorf("trust %.40q: not proven, %v", given, err)
		}
	}
	for _, bad := range []string{"", "12345", "hello", string(raw)} {
		if _, err := evidence.ParseTrust([]byte(bad)); parley.KindOf(err) != parley.Invalid {
			t.Errorf("trust %.20q: %v", bad, err)
		}
	}
}

func TestUndeliveredIsSaid(t *testing.T) {
	w := newWorld(t)
	ref := w.write(aster, message("nobody took it", parley.MessageID{}, parley.MessageID{}), borea)
	r := w.verify(w.build(evidence.Ask{Message: ref}))
	if s := find(r, evidence.SaysDelivered); len(s) != 1 || s[0].Proven || s[0].Against != nil {
		t.Errorf("%+v", s)
	}
}

func TestEveryFlippedBitFails(t *testing.T) {
	w, ref := delivered(t, true)
	raw := w.build(evidence.Ask{Message: ref, Facts: true})
	for i := 0; i < len(raw); i += 1 + i/2000 { // every octet of the head, then fewer: one sum covers all
		bad := bytes.Clone(raw)
		bad[i] ^= 1 << (i % 8)
		if _, err := evidence.Verify(bad, w.trusting()); parley.KindOf(err) != parley.Invalid {
			t.Fatalf("octet %d: %v", i, err)
		}
	}
	for _, n := range []int{0, 1, 20, len(raw) / 2, len(raw) - 1} {
		if _, err := evidence.Verify(raw[:n], w.trusting()); parley.KindOf(err) != parley.Invalid {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	if _, err := evidence.Verify(append(bytes.Clone(raw), '\n'), w.trusting()); err == nil {
		t.Error("an octet more: accepted")
	}
}

func TestSilence(t *testing.T) {
	quiet := func(t *testing.T) (*world, parley.Ref) {
		w := newWorld(t)
		w.write(borea, message("before", parley.MessageID{}, parley.MessageID{}), aster)
		ref := w.write(aster, message("please stop it", parley.MessageID{}, parley.MessageID{}), borea)
		w.cosign(w.parties["aster.example"].origin, w.parties["borea.example"].mirror...)
		w.write(borea, message("something else", parley.MessageID{}, parley.MessageID{}), aster)
		w.write(borea, message("to our ministry", parley.MessageID{}, parley.MessageID{}), "borea.example/mfa")
		return w, ref
	}
	ask := func(ref parley.Ref) evidence.Ask {
		return evidence.Ask{Message: ref, Unanswered: []parley.Party{"borea.example"}}
	}
	t.Run("proven", func(t *testing.T) {
		w, ref := quiet(t)
		w.cosign(w.parties["borea.example"].origin, w.archive...)
		raw := w.build(ask(ref))
		r := w.verify(raw)
		s := find(r, evidence.SaysSilence)
		if len(s) != 1 || !s[0].Proven || !r.Proven() || s[0].Size != 3 || !strings.Contains(s[0].Text, "none of the 2 entries") {
			t.Errorf("%+v", s)
		}
		if !strings.Contains(string(raw), "run "+string(w.parties["borea.example"].origin)+" 1 3 ") {
			t.Error("the run does not begin where the message left that journal")
		}
		if s := find(r, evidence.SaysExisted); len(s) != 2 || !strings.Contains(s[1].Text, "none larger") {
			t.Errorf("the cut: %+v", s)
		}
	})
	t.Run("answered", func(t *testing.T) {
		w, ref := quiet(t)
		env, err := seal.ParseEntry(w.of(aster).raw[ref.Index])
		w.must(err)
		w.write(borea, message("we do", env.ID(), env.ID()), aster)
		r := w.verify(w.build(ask(ref)))
		if s := find(r, evidence.SaysSilence); len(s) != 1 || s[0].Proven || r.Proven() || !strings.Contains(s[0].Text, "names the thread") {
			t.Errorf("%+v", s)
		}
	})
	t.Run("facts closed", func(t *testing.T) {
		w, ref := quiet(t)
		w.of(borea).inside[1] = nil
		r := w.verify(w.build(ask(ref)))
		if s := find(r, evidence.SaysSilence); len(s) != 1 || s[0].Proven || !strings.Contains(s[0].Text, "not opened") {
			t.Errorf("%+v", s)
		}
	})
	t.Run("not delivered", func(t *testing.T) {
		w := newWorld(t)
		w.write(borea, message("before", parley.MessageID{}, parley.MessageID{}), aster)
		ref := w.write(aster, message("please stop it", parley.MessageID{}, parley.MessageID{}), borea)
		r := w.verify(w.build(ask(ref)))
		if s := find(r, evidence.SaysSilence); len(s) != 1 || s[0].Proven || !strings.Contains(s[0].Text, "delivered") {
			t.Errorf("%+v", s)
		}
	})
	t.Run("a void answer is none, where its inside is shown", func(t *testing.T) {
		w, ref := quiet(t)
		env := w.envelope(ref)
		id := env.ID()
		m := message("", id, id) // a receipt "seen" names no thread: JUDGE-19
		m.Kind, m.Content = parley.KindReceipt, []byte(`{"says":"seen","about":["`+id.String()+`"]}`)
		bad := w.write(borea, m, aster)
		if r := w.verify(w.build(ask(ref))); r.Proven() {
			t.Error("by its facts alone it names the thread")
		}
		w.of(borea).inside[bad.Index].Facts = nil // a node keeps no facts of what is void
		if r := w.verify(w.build(ask(ref))); !r.Proven() {
			t.Errorf("%+v", r.Statements)
		}
	})
	t.Run("a kind that the addressee does not accept", func(t *testing.T) {
		w := newWorld(t)
		m := message("", parley.MessageID{}, parley.MessageID{})
		m.Kind, m.Content = parley.KindMemo, []byte(`{"subject":"x","text":"y"}`)
		ref := w.write(aster, m, borea)
		w.cosign(w.parties["aster.example"].origin, w.parties["borea.example"].mirror...)
		w.write(borea, message("something else", parley.MessageID{}, parley.MessageID{}), aster)
		if s := find(w.verify(w.build(ask(ref))), evidence.SaysSilence); len(s) != 1 || s[0].Proven || !strings.Contains(s[0].Text, "does not accept") {
			t.Errorf("%+v", s)
		}
	})
	t.Run("malformed entries stop nothing", func(t *testing.T) {
		w, ref := quiet(t)
		w.append(w.of(borea), w.parties["borea.example"].origin, []byte("junk"), nil)
		if r := w.verify(w.build(ask(ref))); !r.Proven() {
			t.Errorf("%+v", r.Statements)
		}
	})
}

func TestFork(t *testing.T) {
	w, _ := delivered(t, false)
	other, _ := delivered(t, false) // the same keys, another past
	o := w.parties["borea.example"].origin
	w.write(borea, message("one past", parley.MessageID{}, parley.MessageID{}), aster)
	other.write(borea, message("another past", parley.MessageID{}, parley.MessageID{}), aster)
	log, err := w.chain.LogKeys(o)
	w.must(err)
	a, err := proof.OpenCheckpoint(w.books[o].cps[1], log...)
	w.must(err)
	b, err := proof.OpenCheckpoint(other.books[o].cps[1], log...)
	w.must(err)
	k, err := proof.NewFork(a, b)
	w.must(err)
	r := w.verify(w.build(evidence.Ask{Fork: &k}))
	if s := find(r, evidence.SaysFork); len(s) != 1 || !r.Proven() || !strings.Contains(s[0].Text, "fork") || !cmp.Equal(s[0].Against, []string{"borea.example"}) {
		t.Errorf("%+v", s)
	}
}
