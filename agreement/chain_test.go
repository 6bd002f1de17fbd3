package agreement_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/proof"
)

const aster, borea, corvia = parleytest.Aster, parleytest.Borea, parleytest.Corvia

// newChain is a world, its chain after every entry 0, and Aster's origin.
func newChain(t *testing.T, seed uint64, parties ...parley.Party) (*parleytest.World, *agreement.Chain, parley.Origin) {
	t.Helper()
	w := parleytest.NewWorld(t, seed, parties...)
	c := w.Chain(t)
	for _, o := range c.Origins() {
		check(t, c.Apply(parley.Ref{Origin: o}, parley.KindAgreement, encode(t, agreement.SwitchContent{Text: c.ID()})))
	}
	return w, c, w.Parties[aster].Origin
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := agreement.FormatContent(v)
	check(t, err)
	return b
}

func key(t *testing.T, seed uint64, typ byte, name string) proof.Signer {
	t.Helper()
	s, err := proof.GenerateKey(parleytest.Rand(seed), typ, name)
	check(t, err)
	return s
}

func wantErr(t *testing.T, err error, kind parley.ErrorKind, say string) {
	t.Helper()
	if err == nil || parley.KindOf(err) != kind || !strings.Contains(err.Error(), say) {
		t.Errorf("got %v (%v), want %v: ... %s ...", err, parley.KindOf(err), kind, say)
	}
}

func sameKey(t *testing.T, v note.Verifier, err error, k proof.Key) {
	t.Helper()
	check(t, err)
	if v.KeyHash() != k.ID {
		t.Errorf("key %s %08x, want %08x", v.Name(), v.KeyHash(), k.ID)
	}
}

// KEYS-7: a key holds from the entry after the one that brought it, and the old
// one stays good for what it signed.
func TestBodyKeyByIndex(t *testing.T) {
	w, c, o := newChain(t, 1)
	old := w.Parties[aster].Cert()
	next := key(t, 100, proof.TypeEd25519, "aster.example/cert")
	change := &agreement.Change{Agreement: c.ID(), Journal: o, Address: "parley.aster.example:7443",
		Signing: []agreement.BodyKey{{Body: old.Name, Key: next.Key()}}}
	identity := w.Parties[aster].Identity
	n, err := change.Sign(&identity)
	check(t, err)
	ref := parley.Ref{Origin: o, Index: 7}
	check(t, c.Apply(ref, parley.KindKeys, encode(t, agreement.NoteContent{Note: string(n)})))
	check(t, c.Apply(ref, parley.KindKeys, nil)) // a repeat repeats its answer
	for i, want := range map[uint64]proof.Key{0: old.Signing.Key(), 7: old.Signing.Key(), 8: next.Key(), 1000: next.Key()} {
		v, err := c.BodyKey(old.Name, parley.Ref{Origin: o, Index: i})
		sameKey(t, v, err, want)
	}
	v, err := c.ReleaseKey(old.Name, parley.Ref{Origin: o, Index: 9})
	sameKey(t, v, err, old.Release.Key())
	if c.Address(aster) != "parley.aster.example:7443" || c.Address(borea) != "borea.example:7443" {
		t.Error("addresses")
	}
	_, err = c.BodyKey(old.Name, parley.Ref{Origin: w.Parties[borea].Origin})
	wantErr(t, err, parley.NotFound, "no body of borea.example")
	_, err = c.BodyKey("aster.example/nobody", parley.Ref{Origin: o})
	wantErr(t, err, parley.NotFound, "no body")
}

func TestKeysRefused(t *testing.T) {
	w, c, o := newChain(t, 1)
	p := w.Parties[aster]
	foreign := w.Parties[borea].Identity
	signing := key(t, 100, proof.TypeEd25519, "aster.example/cert")
	base := agreement.Change{Agreement: c.ID(), Journal: o}
	with := func(f func(*agreement.Change)) *agreement.Change { x := base; f(&x); return &x }
	tests := map[string]struct {
		change   *agreement.Change
		identity *proof.Signer
		kind     parley.ErrorKind
		say      string
	}{
		"signed by another party": {with(func(x *agreement.Change) {
			x.Signing = []agreement.BodyKey{{Body: "aster.example/cert", Key: signing.Key()}}
		}),
			&foreign, parley.Untrusted, "identity key"}, // KEYS-6
		"a key used before": {with(func(x *agreement.Change) {
			x.Release = []agreement.BodyKey{{Body: "aster.example/cert", Key: p.Cert().Release.Key()}}
		}), &p.Identity, parley.Invalid, "used before"}, // KEYS-11
		"another journal":   {with(func(x *agreement.Change) { x.Journal = w.Parties[borea].Origin; x.Address = "-" }), nil, parley.Invalid, "another agreement or journal"},
		"another agreement": {with(func(x *agreement.Change) { x.Agreement = parley.Hash{}; x.Address = "-" }), nil, parley.Invalid, "another agreement or journal"},
		"no such body": {with(func(x *agreement.Change) {
			x.Age = []agreement.BodyAge{{Body: "aster.example/navy", Recipient: w.Parties[borea].Cert().Age.Recipient().String()}}
		}), nil, parley.Invalid, "no body"},
	}
	i := uint64(0)
	for name, tc := range tests {
		n, err := tc.change.Sign(tc.identity)
		check(t, err)
		i++
		err = c.Apply(parley.Ref{Origin: o, Index: i}, parley.KindKeys, encode(t, agreement.NoteContent{Note: string(n)}))
		if err == nil || parley.KindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, content := range map[string]string{
		"two spellings":  `{ "note":"x"}`,
		"unknown key":    `{"note":"x","more":1}`,
		"not a note":     `{"note":"x"}`,
		"unsorted lines": string(encode(t, agreement.NoteContent{Note: strings.Replace(with(func(x *agreement.Change) { x.Address = "-" }).Text(), "journal", "address -\njournal", 1)})),
	} {
		i++
		if err := c.Apply(parley.Ref{Origin: o, Index: i}, parley.KindKeys, []byte(content)); parley.KindOf(err) != parley.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	v, err := c.BodyKey("aster.example/cert", parley.Ref{Origin: o, Index: 1000})
	sameKey(t, v, err, p.Cert().Signing.Key())
	check(t, c.Apply(parley.Ref{Origin: o, Index: 20}, parley.KindHotline, nil))
	wantErr(t, c.Apply(parley.Ref{Origin: o, Index: 18}, parley.KindHotline, nil), parley.Conflict, "applied before")
	if _, err := with(func(x *agreement.Change) { x.Mirror = []proof.Key{signing.Key(), signing.Key()} }).Sign(nil); err == nil {
		t.Error("a mirror pair of wrong types, without identity")
	}
}

// KEYS-8: an ended mirror pair is good only for what its party says it cosigned.
func TestMirrorRotation(t *testing.T) {
	w, c, o := newChain(t, 1)
	p, bo := w.Parties[aster], w.Parties[borea].Origin
	next := []proof.Signer{key(t, 100, proof.TypeCosignature, o.Mirror()), key(t, 101, proof.TypeMLDSA44, o.Mirror())}
	n, err := (&agreement.Change{Agreement: c.ID(), Journal: o, Mirror: []proof.Key{next[0].Key(), next[1].Key()},
		Last: []agreement.Last{{Origin: bo, Size: 12}}}).Sign(&p.Identity)
	check(t, err)
	check(t, c.Apply(parley.Ref{Origin: o, Index: 3}, parley.KindKeys, encode(t, agreement.NoteContent{Note: string(n)})))
	for _, tc := range []struct {
		of   parley.Origin
		size uint64
		n    int
	}{{bo, 12, 4}, {bo, 13, 2}, {parley.Origin("corvia.example/0000000000000000"), 1, 2}} {
		keys, err := c.MirrorKeys(aster, tc.of, tc.size)
		check(t, err)
		if len(keys) != tc.n || !keys[0].Equal(next[0].Key()) {
			t.Errorf("%s %d: %d keys", tc.of, tc.size, len(keys))
		}
	}
}

func TestTLSRotation(t *testing.T) {
	w, c, o := newChain(t, 1)
	old := w.Parties[aster].Pin
	fresh := parleytest.PinOf(key(t, 100, proof.TypeEd25519, "x").Key().Public)
	apply := func(i uint64, pins ...parley.Hash) error {
		n, err := (&agreement.Change{Agreement: c.ID(), Journal: o, TLS: pins}).Sign(nil)
		check(t, err)
		return c.Apply(parley.Ref{Origin: o, Index: i}, parley.KindKeys, encode(t, agreement.NoteContent{Note: string(n)}))
	}
	check(t, apply(1, old, fresh))
	check(t, apply(2, fresh))
	wantErr(t, apply(3, old, fresh), parley.Invalid, "used before")
	if pins := c.TLSPins(aster); len(pins) != 1 || pins[0] != fresh {
		t.Error(pins)
	}
}

func TestSuccession(t *testing.T) {
	w, c, o := newChain(t, 1)
	p := w.Parties[aster]
	next := parley.Origin("aster.example/00000000000000ff")
	keys := []proof.Signer{key(t, 100, proof.TypeEd25519, string(next)), key(t, 101, proof.TypeMLDSA44, string(next))}
	s := agreement.Succession{Agreement: c.ID(), Close: o, Size: 20, Next: next, Keys: []proof.Key{keys[0].Key(), keys[1].Key()}}
	wantErr(t, c.Apply(parley.Ref{Origin: o, Index: 19}, parley.KindKeys, nil), parley.Invalid, "content")
	n, err := s.Sign(p.Identity)
	check(t, err)
	content := encode(t, agreement.NoteContent{Note: string(n)})
	wantErr(t, c.Apply(parley.Ref{Origin: next, Index: 1}, parley.KindSuccession, content), parley.Invalid, "entry 0")

	bad := s
	bad.Size = 19
	bn, err := bad.Sign(p.Identity)
	check(t, err)
	_, err = c.Succeed(bn)
	wantErr(t, err, parley.Untrusted, "below entry 19") // SUCCESSION-3
	fn, err := (&agreement.Succession{Agreement: s.Agreement, Close: s.Close, Size: 20, Next: s.Next, Keys: s.Keys}).Sign(p.Cert().Signing)
	check(t, err)
	_, err = c.Succeed(fn)
	wantErr(t, err, parley.Untrusted, "identity key")

	check(t, c.Apply(parley.Ref{Origin: next, Index: 0}, parley.KindSuccession, content))
	if c.Current(aster) != next || len(c.Origins()) != 3 {
		t.Error("the next journal is not the current one")
	}
	if got, ok := c.Successor(o); !ok || got.Next != next {
		t.Error("successor")
	}
	log, err := c.LogKeys(next)
	check(t, err)
	if !log[1].Equal(keys[1].Key()) {
		t.Error("log keys")
	}
	_, err = c.At(parley.Ref{Origin: o, Index: 20})
	wantErr(t, err, parley.NotFound, "closed at size 20")
	if _, err = c.At(parley.Ref{Origin: o, Index: 19}); err != nil {
		t.Error(err)
	}
	wantErr(t, c.Apply(parley.Ref{Origin: o, Index: 20}, parley.KindKeys, nil), parley.Invalid, "closed")
	v, err := c.BodyKey("aster.example/cert", parley.Ref{Origin: next, Index: 0})
	sameKey(t, v, err, p.Cert().Signing.Key())

	_, err = c.Succeed(n) // again
	check(t, err)
	other := s
	other.Size, other.Next = 21, "aster.example/00000000000000aa"
	other.Keys = []proof.Key{key(t, 102, proof.TypeEd25519, string(other.Next)).Key(), key(t, 103, proof.TypeMLDSA44, string(other.Next)).Key()}
	on, err := other.Sign(p.Identity)
	check(t, err)
	_, err = c.Succeed(on)
	wantErr(t, err, parley.Untrusted, "another one") // SUCCESSION-4
	if e, ok := err.(*parley.Error); !ok || !e.Proves {
		t.Error("two successions of one journal convict their party")
	}
}

// KEYS-9: body key, new key and all other parties bring a new identity key.
func TestLostIdentity(t *testing.T) {
	w, c, o := newChain(t, 1, aster, borea, corvia)
	p := w.Parties[aster]
	fresh := key(t, 100, proof.TypeEd25519, "aster.example")
	x := &agreement.Replacement{Agreement: c.ID(), Journal: o, Old: p.Identity.Key(), New: fresh.Key()}
	_, n, err := agreement.ParseReplacement([]byte(x.Text()))
	check(t, err)
	ref := parley.Ref{Origin: o, Index: 1}
	for i, s := range []proof.Signer{p.Cert().Signing, fresh, w.Parties[borea].Identity} {
		n, err = x.AddLine(n, s)
		check(t, err)
		ref.Index = uint64(i + 1)
		wantErr(t, c.Apply(ref, parley.KindKeys, encode(t, agreement.NoteContent{Note: string(n.Bytes())})), parley.Untrusted, "corvia.example")
	}
	n, err = x.AddLine(n, w.Parties[corvia].Identity)
	check(t, err)
	ref.Index = 9
	check(t, c.Apply(ref, parley.KindKeys, encode(t, agreement.NoteContent{Note: string(n.Bytes())})))
	k, err := c.IdentityKey(aster)
	check(t, err)
	if !k.Equal(fresh.Key()) {
		t.Error("the new identity key is not in force")
	}
	next := parley.Origin("aster.example/00000000000000ff")
	sn, err := (&agreement.Succession{Agreement: c.ID(), Close: o, Size: 20, Next: next, Keys: []proof.Key{
		key(t, 101, proof.TypeEd25519, string(next)).Key(), key(t, 102, proof.TypeMLDSA44, string(next)).Key()}}).Sign(p.Identity)
	check(t, err)
	_, err = c.Succeed(sn)
	wantErr(t, err, parley.Untrusted, "identity key") // the lost key closes nothing
}

func TestAmendment(t *testing.T) {
	w, c, o := newChain(t, 1)
	text := string(w.Agreement().Text())
	newcomer, err := parleytest.NewParty(parleytest.Rand(50), corvia)
	check(t, err)
	id := c.ID().String()
	text = strings.Replace(text, "title =", "founding = \""+id+"\"\namends = \""+id+"\"\ntitle =", 1)
	a, err := agreement.Parse(agreement.Draft([]byte(text), newcomer.Card))
	check(t, err)
	s := agreement.NewSigned(a)
	wantErr(t, c.Learn(s), parley.Conflict, "not signed yet")
	check(t, s.Sign(append(append(w.Parties[aster].Signers(), w.Parties[borea].Signers()...), newcomer.Signers()...)...))
	parts := agreement.Switch(s)
	for i, part := range parts {
		check(t, c.Apply(parley.Ref{Origin: o, Index: 4 + uint64(i)}, parley.KindAgreement, encode(t, part)))
	}
	last := 3 + uint64(len(parts))
	for i, want := range map[uint64]parley.Hash{0: c.ID(), last: c.ID(), last + 1: a.Hash()} {
		got, err := c.At(parley.Ref{Origin: o, Index: i})
		check(t, err)
		if got.Hash() != want {
			t.Errorf("text at %d", i)
		}
	}
	if got, _ := c.At(parley.Ref{Origin: w.Parties[borea].Origin, Index: 99}); got.Hash() != c.ID() {
		t.Error("Borea has not switched")
	}
	check(t, c.Apply(parley.Ref{Origin: newcomer.Origin}, parley.KindAgreement, encode(t, agreement.SwitchContent{Text: a.Hash()})))
	if len(c.Parties()) != 3 || c.Newest().Hash() != a.Hash() || a.ID() != c.ID() {
		t.Error("the newcomer is not there")
	}
	wantErr(t, c.Apply(parley.Ref{Origin: o, Index: 90}, parley.KindAgreement, encode(t, parts[0])), parley.Invalid, "")
}

// AGREEMENT-22: an amendment changes no key, and leaves nobody out unasked.
func TestAmendmentRefused(t *testing.T) {
	w, c, o := newChain(t, 1, aster, borea, corvia)
	id := c.ID().String()
	text := strings.Replace(string(w.Agreement().Text()), "title =", "founding = \""+id+"\"\namends = \""+id+"\"\ntitle =", 1)
	without := text[:strings.LastIndex(text, "# From the card")]
	left, err := agreement.Parse([]byte(without))
	check(t, err)
	s := agreement.NewSigned(left)
	check(t, s.Sign(append(w.Parties[aster].Signers(), w.Parties[borea].Signers()...)...))
	wantErr(t, c.Learn(s), parley.Conflict, "leaves out corvia.example")

	old := w.Parties[aster].Identity
	next := key(t, 100, proof.TypeEd25519, "aster.example")
	changed, err := agreement.Parse([]byte(strings.Replace(text, old.Key().String(), next.Key().String(), 1)))
	check(t, err)
	s = agreement.NewSigned(changed)
	signers := append(append(w.Parties[aster].Signers(), w.Parties[borea].Signers()...), w.Parties[corvia].Signers()...)
	for i := range signers {
		if signers[i].Key().Equal(old.Key()) {
			signers[i] = next
		}
	}
	check(t, s.Sign(signers...))
	wantErr(t, c.Learn(s), parley.Untrusted, "not the one of the text before")
	wantErr(t, c.Apply(parley.Ref{Origin: o, Index: 1}, parley.KindAgreement, encode(t, agreement.SwitchContent{Text: changed.Hash()})), parley.Invalid, "entry 0")

	// KEYS-10: with the replacement quoted, the amendment follows.
	x := &agreement.Replacement{Agreement: c.ID(), Journal: o, Old: old.Key(), New: next.Key()}
	var n proof.Note
	for _, by := range []proof.Signer{next, w.Parties[borea].Identity, w.Parties[corvia].Identity} {
		n, err = x.AddLine(n, by)
		check(t, err)
	}
	quoted := strings.Replace(string(changed.Text()), "languages =", "replaced = ['''\n"+string(n.Bytes())+"''']\nlanguages =", 1)
	follows, err := agreement.Parse([]byte(quoted))
	check(t, err)
	s = agreement.NewSigned(follows)
	check(t, s.Sign(signers...))
	check(t, c.Learn(s))
}

func TestState(t *testing.T) {
	w, err := parleytest.MakeWorld(1, full, "")
	check(t, err)
	c := w.Chain(t)
	o := w.Parties[aster].Origin
	day := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	give := func(i uint64, what string, days int) error {
		return c.Apply(parley.Ref{Origin: o, Index: i}, parley.KindAgreement,
			encode(t, agreement.NoticeContent{Notice: what, Effect: day.AddDate(0, 0, days).Format(time.RFC3339)}))
	}
	is := func(days int, want agreement.State) {
		t.Helper()
		if got := c.State(day.AddDate(0, 0, days), true); got != want {
			t.Errorf("day %d: %s, want %s", days, got, want)
		}
	}
	if c.State(day, false) != agreement.FullySigned {
		t.Error("no first entries yet")
	}
	is(0, agreement.InForce)
	check(t, give(1, "suspend", 7))
	check(t, give(2, "resume", 20))
	is(6, agreement.InForce)
	is(7, agreement.Suspended)
	is(20, agreement.InForce)
	check(t, give(3, "denounce", 90))
	is(30, agreement.Denounced)
	is(90, agreement.Ended)
	check(t, give(4, "revoke", 90)) // too late
	is(95, agreement.Ended)
	check(t, give(5, "revoke", 40))
	is(95, agreement.InForce)
	wantErr(t, give(6, "sulk", 1), parley.Invalid, "suspend, resume")
	a := w.Agreement()
	if !a.Passes(agreement.Suspended, "hotline") || a.Passes(agreement.Suspended, "memo") || !a.Passes(agreement.Ended, "erased") || a.Passes(agreement.Ended, "hotline") {
		t.Error("what passes")
	}
	at, err := a.Earliest("suspend", day, aster)
	check(t, err)
	if want := time.Date(2026, 11, 29, 22, 0, 0, 0, time.UTC); !at.Equal(want) {
		t.Errorf("earliest %s, want %s", at, want)
	}
}

// A succession may be known before all entries of the closed journal are: the
// next journal still begins with the text that they led to. AGREEMENT-24
func TestSuccessionBeforeAmendment(t *testing.T) {
	w, c, o := newChain(t, 1)
	id := c.ID().String()
	a, err := agreement.Parse([]byte(strings.Replace(string(w.Agreement().Text()), "title =", "founding = \""+id+"\"\namends = \""+id+"\"\ntitle =", 1)))
	check(t, err)
	signed := agreement.NewSigned(a)
	check(t, signed.Sign(append(w.Parties[aster].Signers(), w.Parties[borea].Signers()...)...))
	next := parley.Origin("aster.example/00000000000000ff")
	s := agreement.Succession{Agreement: c.ID(), Close: o, Size: 20, Next: next, Keys: []proof.Key{
		key(t, 100, proof.TypeEd25519, string(next)).Key(), key(t, 101, proof.TypeMLDSA44, string(next)).Key()}}
	n, err := s.Sign(w.Parties[aster].Identity)
	check(t, err)
	_, err = c.Succeed(n)
	check(t, err)
	for i, part := range agreement.Switch(signed) {
		check(t, c.Apply(parley.Ref{Origin: o, Index: uint64(10 + i)}, parley.KindAgreement, encode(t, part)))
	}
	got, err := c.At(parley.Ref{Origin: next})
	check(t, err)
	if got.Hash() != a.Hash() || c.Newest().Hash() != a.Hash() {
		t.Error("the next journal begins with the text before the amendment")
	}
}
