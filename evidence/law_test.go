package evidence_test

import (
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/evidence"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// lay writes a clear entry that changes the law, and applies it.
func (w *world) lay(from parley.Body, kind parley.Kind, note []byte, to ...parley.Body) parley.Ref {
	w.t.Helper()
	c, err := json.Marshal(agreement.NoteContent{Note: string(note)})
	w.must(err)
	ref := w.write(from, seal.Message{Kind: kind, Version: 1, Precedence: parley.Routine, Content: c}, to...)
	w.must(w.chain.Apply(ref, kind, c))
	w.law = append(w.law, ref)
	return ref
}

func TestKeysEntriesAreShown(t *testing.T) {
	w := newWorld(t)
	p := w.parties["aster.example"]
	next, err := proof.GenerateKey(w.rand, proof.TypeEd25519, string(aster))
	w.must(err)
	change := agreement.Change{Agreement: w.chain.ID(), Journal: p.origin, Signing: []agreement.BodyKey{{Body: aster, Key: next.Key()}}}
	note, err := change.Sign(&p.identity)
	w.must(err)
	w.lay(aster, parley.KindKeys, note, borea)
	p.signing[aster] = next
	ref := w.write(aster, message("under the new key", parley.MessageID{}, parley.MessageID{}), borea)
	w.cosign(p.origin, w.parties["borea.example"].mirror...)
	r := w.verify(w.build(evidence.Ask{Message: ref}))
	if !r.Proven() || r.Law != 1 {
		t.Errorf("law %d: %+v", r.Law, r.Statements)
	}
	w.law = nil
	_, err = evidence.Build(w, w.signed.Note(), nil, evidence.Ask{Message: ref})
	if parley.KindOf(err) != parley.Untrusted || !strings.Contains(err.Error(), "signature") {
		t.Errorf("without the keys entry: %v", err)
	}
}

func TestSilenceGoesOnAfterASuccession(t *testing.T) {
	w := newWorld(t)
	p := w.parties["borea.example"]
	old := w.of(borea)
	w.write(borea, message("before", parley.MessageID{}, parley.MessageID{}), aster)
	ref := w.write(aster, message("please stop it", parley.MessageID{}, parley.MessageID{}), borea)
	w.cosign(w.parties["aster.example"].origin, p.mirror...)
	w.write(borea, message("something else", parley.MessageID{}, parley.MessageID{}), aster)
	root, err := tlog.TreeHash(2, old)
	w.must(err)

	next := parley.Origin("borea.example/00000000000000aa")
	var keys []proof.Signer
	for _, typ := range []byte{proof.TypeEd25519, proof.TypeMLDSA44} {
		k, err := proof.GenerateKey(w.rand, typ, string(next))
		w.must(err)
		keys = append(keys, k)
	}
	s := agreement.Succession{Agreement: w.chain.ID(), Close: p.origin, Size: 2, Root: root, Next: next,
		Keys: []proof.Key{keys[0].Key(), keys[1].Key()}}
	note, err := s.Sign(p.identity)
	w.must(err)
	_, err = w.chain.Succeed(note)
	w.must(err)
	heir := *p
	heir.journal = keys
	w.books[next] = &book{party: &heir, inside: map[uint64]*seal.Ready{}, cps: map[uint64]proof.RawCheckpoint{}}
	w.lay(borea, parley.KindSuccession, note, aster)
	w.write(borea, message("yet something else", parley.MessageID{}, parley.MessageID{}), aster)

	ask := evidence.Ask{Message: ref, Unanswered: []parley.Party{"borea.example"}}
	raw := w.build(ask)
	r := w.verify(raw)
	if !r.Proven() || strings.Count(string(raw), "\nrun ") != 2 {
		t.Errorf("%+v", r.Statements)
	}
	env, err := seal.ParseEntry(w.of(aster).raw[ref.Index])
	w.must(err)
	w.write(borea, message("we do", env.ID(), env.ID()), aster)
	if r := w.verify(w.build(ask)); r.Proven() {
		t.Errorf("answered in the next journal: %+v", r.Statements)
	}
}

// Where the agreement has a policy, its quorum is told of.
func TestQuorum(t *testing.T) {
	w := newWorld(t)
	policy := "witness archive " + w.archive[0].Key().String() + "\nwitness borea " + w.parties["borea.example"].mirror[0].Key().String() +
		"\ngroup both all archive borea\nquorum both\n"
	draft := strings.Replace(string(w.signed.Agreement.Text()), "grace = \"1 hour\"\n", "grace = \"1 hour\"\npolicy = '''\n"+policy+"'''\n", 1)
	text, err := agreement.Parse([]byte(draft))
	w.must(err)
	w.signed = agreement.NewSigned(text)
	for _, p := range w.parties {
		p.sign(t, w.signed)
	}
	w.chain, err = agreement.NewChain(w.signed)
	w.must(err)
	ref := w.write(aster, message("hello", parley.MessageID{}, parley.MessageID{}), borea)
	o := w.parties["aster.example"].origin
	for _, step := range []struct {
		keys []proof.Signer
		want bool
	}{{nil, false}, {w.parties["borea.example"].mirror, false}, {w.archive, true}} {
		if step.keys != nil {
			w.cosign(o, step.keys...)
		}
		s := find(w.verify(w.build(evidence.Ask{Message: ref})), evidence.SaysQuorum)
		if len(s) != 1 || s[0].Proven != step.want {
			t.Errorf("want quorum %v: %+v", step.want, s)
		}
	}
}
