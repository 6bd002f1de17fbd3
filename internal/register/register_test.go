package register_test

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

func base64Of(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }

// talk is a conversation with everything in it.
func talk(t testing.TB) *circle {
	c := newCircle(t)
	one := c.hotline(aster, borea)
	two := c.hotline(borea, aster, corvia)
	c.receipt(borea, seal.SaysOpened, "", one)
	c.receipt(aster, seal.SaysOpened, "", two)
	c.receipt(aster, seal.SaysSeen, "", two)
	c.receipt(corvia, seal.SaysOpened, "", two)
	ans := c.answer(aster, two)
	c.receipt(aster, seal.SaysAcknowledged, "we look into it", two)
	c.receipt(corvia, seal.SaysDeclined, "not ours", two)
	c.receipt(borea, seal.SaysOpened, "", ans)
	c.answer(borea, ans)
	three := c.hotline(aster, corvia)
	c.receipt(borea, seal.SaysSeen, "", three) // of somebody to whom it was not said
	c.say(corvia, []parley.Body{borea}, seal.Message{Kind: parley.KindHotline, Thread: three.thread, Answers: three.id, Content: content(t, &seal.Hotline{Text: "x"})})
	c.say(corvia, []parley.Body{borea, aster}, seal.Message{Kind: parley.KindHotline, Thread: one.thread, Answers: one.id, Content: content(t, &seal.Hotline{Text: "x"})})
	c.say(corvia, []parley.Body{borea}, seal.Message{Kind: parley.KindHotline, Thread: one.thread, Answers: one.id, Content: content(t, &seal.Hotline{Text: "x"})})
	lost := c.hotline(aster, borea)
	env, err := seal.ParseEntry(lost.raw)
	if err != nil {
		t.Fatal(err)
	}
	c.say(aster, []parley.Body{borea}, seal.Message{Kind: parley.KindGone, Content: content(t, &seal.Gone{Parts: []parley.Hash{env.Part}, Why: seal.GoneLost})})
	memo := c.say(borea, []parley.Body{aster}, seal.Message{Kind: parley.KindMemo, Content: content(t, &seal.Memo{Subject: "files", Text: ""}),
		Blobs: []seal.Attachment{{Name: "a"}, {Name: "b"}}})
	c.say(aster, []parley.Body{borea}, seal.Message{Kind: parley.KindReceipt, Content: content(t, &seal.Receipt{Says: seal.SaysHeld,
		About: []parley.MessageID{memo.id}, Blobs: []parley.Hash{parley.Sum([]byte{byte(c.nonce), 0})}})})
	c.journals[c.Parties[parleytest.Borea].Origin] = append(c.journals[c.Parties[parleytest.Borea].Origin], written{raw: []byte("no entry")}, c.journals[c.Parties[parleytest.Borea].Origin][0])
	c.receipt(aster, seal.SaysUnreadable, "", c.junk(borea, aster))
	c.say(aster, []parley.Body{borea}, seal.Message{Kind: parley.KindReceipt, Content: content(t, &seal.Receipt{Says: seal.SaysVoid,
		Refs: []string{c.ref(parleytest.Borea, 0).String()}, Why: "signature"})})
	return c
}

func (c *circle) ref(p parley.Party, i int) parley.Ref {
	return parley.Ref{Origin: c.Parties[p].Origin, Index: uint64(i)}
}

// junk is a message whose part is no age file.
func (c *circle) junk(from, to parley.Body) written {
	w := c.hotline(from, to)
	o := c.Parties[from.Party()].Origin
	j := c.journals[o]
	env, err := seal.ParseEntry(w.raw)
	if err != nil {
		c.t.Fatal(err)
	}
	part := []byte("junk")
	lines := fmt.Sprintf("parley/entry/v1\njournal %s\nagreement %s\nfrom %s\nto %s\nnonce %s\nfacts %s\nsealed %s %d\n",
		env.Journal, env.Agreement, env.From, to, env.Nonce, env.Facts, parley.Sum(part), len(part))
	c.journals[o] = j[:len(j)-1]
	delete(c.first[o], string(from)+env.Nonce.String()) // the same place says something else
	delete(c.first[o], env.Part.String())
	return c.append(from, &seal.Ready{Lines: []byte(lines), Sealed: part}, env.Mirrored, parley.MessageID{})
}

// Any order of arrival folds to the same rows, at every party.
func TestOrderOfArrival(t *testing.T) {
	c := talk(t)
	for _, us := range []parley.Party{parleytest.Aster, parleytest.Borea, parleytest.Corvia} {
		want := c.desk(us).all(0)
		for seed := range uint64(3) {
			got := c.desk(us).all(seed + 1)
			diff, err := sqldb.RegisterDifference(t.Context(), want.db, got.db)
			if err != nil || diff != "" {
				t.Fatalf("%s, order %d: %s %v", us, seed+1, diff, err)
			}
		}
	}
}

// A rebuild beside the live registers gives the same rows, and a changed row is found.
func TestRebuild(t *testing.T) {
	c := talk(t)
	live := c.desk(parleytest.Aster).all(3)
	live.log()
	scratch, err := live.db.Scratch(t.Context(), filepath.Join(t.TempDir(), "again.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	again := c.deskOn(parleytest.Aster, scratch)
	judge := func(_ *sqldb.Tx, j sqldb.Journal, e sqldb.Entry) (register.Judged, error) {
		return again.judge(j.Origin, int(e.Index)), nil
	}
	entries := uint64(0)
	diff, err := register.Rebuild(t.Context(), live.db, scratch, judge, func(n uint64) { entries = n })
	if diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	total := 0
	for _, j := range c.journals {
		total += len(j)
	}
	if entries != uint64(total) {
		t.Errorf("%d entries of %d", entries, total)
	}
	if err := again.Again(t.Context(), again.judge(c.Parties[parleytest.Borea].Origin, 0)); err != nil {
		t.Fatal(err)
	}
	if diff, err := sqldb.RegisterDifference(t.Context(), live.db, again.db); diff != "" || err != nil {
		t.Fatal("folding again changed something:", diff, err)
	}
	erased := again.judge(c.Parties[parleytest.Borea].Origin, 0)
	erased.Facts, erased.Opened, erased.Inside = &erased.Opened.Facts, nil, register.InsideGone
	if err := again.Again(t.Context(), erased); err != nil {
		t.Fatal(err)
	}
	if diff, err := sqldb.RegisterDifference(t.Context(), live.db, again.db); diff == "" || err != nil {
		t.Fatal("an erased part was not found:", err)
	}
	if m := again.find(c.journals[c.Parties[parleytest.Borea].Origin][0]); m.Kind != parley.KindHotline || m.Inside != register.InsideGone || len(m.Steps) == 0 {
		t.Errorf("what stays of an erased message: %+v", m)
	}
}

// An entry that is folded already changes nothing; one that leaves a gap is refused.
func TestFoldTwice(t *testing.T) {
	c := talk(t)
	d := c.desk(parleytest.Aster).all(1)
	want := c.desk(parleytest.Aster).all(1)
	var batch []register.Judged
	for i := range c.journals[c.Parties[parleytest.Borea].Origin] {
		batch = append(batch, d.judge(c.Parties[parleytest.Borea].Origin, i))
	}
	if err := d.Fold(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if diff, err := sqldb.RegisterDifference(t.Context(), want.db, d.db); diff != "" || err != nil {
		t.Error(diff, err)
	}
	fresh := c.desk(parleytest.Aster)
	if err := fresh.Fold(t.Context(), batch[1:2]); parley.KindOf(err) != parley.Conflict {
		t.Errorf("a gap: %v", err)
	}
	if p, err := d.Position(t.Context(), c.Parties[parleytest.Borea].Origin); err != nil || p != uint64(len(batch)) {
		t.Errorf("position %d, %v", p, err)
	}
}

// The states of one message, each with what proves it.
func TestStates(t *testing.T) {
	c := newCircle(t)
	d := c.desk(parleytest.Aster)
	m := c.hotline(aster, borea)
	look := func(state register.State, proof register.Proof) {
		t.Helper()
		d.all(1)
		got := d.find(m)
		if got.State != state || len(got.Addressees) != 1 || got.Addressees[0].State != state {
			t.Errorf("state %s, want %s", got.State, state)
		}
		if diff := cmp.Diff(proof, got.Addressees[0].Proof); diff != "" {
			t.Errorf("%s: proof %s", state, diff)
		}
	}
	look(register.StateSequenced, register.Proof{})
	d.SetTerms(c.Agreement().ID(), register.Terms{Archives: []string{c.Parties[parleytest.Corvia].Origin.Mirror()}})
	d.cosign(parleytest.Aster, parleytest.Corvia, 1)
	look(register.StateTendered, register.Proof{Cosigner: c.Parties[parleytest.Corvia].Origin.Mirror(), Size: 1})
	d.cosign(parleytest.Aster, parleytest.Borea, 2)
	d.cosign(parleytest.Aster, parleytest.Borea, 1)
	look(register.StateDelivered, register.Proof{Cosigner: c.Parties[parleytest.Borea].Origin.Mirror(), Size: 1})
	for i, says := range []seal.Says{seal.SaysUnreadable, seal.SaysOpened, seal.SaysSeen, seal.SaysAcknowledged} {
		c.receipt(borea, says, "", m)
		look(register.State(says), register.Proof{Ref: c.ref(parleytest.Borea, i)})
	}
	c.receipt(borea, seal.SaysDeclined, "on second thoughts", m)
	look(register.StateDeclined, register.Proof{Ref: c.ref(parleytest.Borea, 4)})
	c.answer(borea, m)
	look(register.StateAnswered, register.Proof{Ref: c.ref(parleytest.Borea, 5)})

	d.SetTerms(c.Agreement().ID(), register.Terms{Quantum: true}) // both signatures are owed now
	n := c.hotline(aster, borea)
	d.cosign(parleytest.Aster, parleytest.Borea, 3)
	d.all(1)
	if got := d.find(n); got.State != register.StateSequenced {
		t.Errorf("delivered on one signature: %s", got.State)
	}
}

// The whole is where the addressee who is least far is.
func TestSeveralAddressees(t *testing.T) {
	c := newCircle(t)
	m := c.hotline(aster, borea, corvia)
	c.receipt(borea, seal.SaysSeen, "", m)
	d := c.desk(parleytest.Aster).all(1)
	d.cosign(parleytest.Aster, parleytest.Corvia, 1)
	got := d.find(m)
	if got.State != register.StateDelivered || got.Addressees[0].State != register.StateSeen || got.Addressees[1].State != register.StateDelivered {
		t.Errorf("%s %+v", got.State, got.Addressees)
	}
}

func TestGone(t *testing.T) {
	c := newCircle(t)
	m := c.hotline(aster, borea)
	env, err := seal.ParseEntry(m.raw)
	if err != nil {
		t.Fatal(err)
	}
	c.say(aster, []parley.Body{borea}, seal.Message{Kind: parley.KindGone, Content: content(t, &seal.Gone{Parts: []parley.Hash{env.Part}, Why: seal.GoneLost})})
	d := c.desk(parleytest.Aster).all(1)
	d.cosign(parleytest.Aster, parleytest.Borea, 2)
	if got := d.find(m); got.State != register.StateGone { // the mirror held the entry that says so, maybe not the part
		t.Errorf("state %s, want gone", got.State)
	}
	d.cosign(parleytest.Aster, parleytest.Borea, 1)
	if got := d.find(m); got.State != register.StateDelivered { // it held the part before
		t.Errorf("state %s, want delivered", got.State)
	}
}

// What two parties say against each other is a conflict, and neither wins.
func TestConflict(t *testing.T) {
	c := newCircle(t)
	m := c.hotline(aster, borea)
	c.receipt(borea, seal.SaysOpened, "", m)
	c.say(borea, []parley.Body{aster}, seal.Message{Kind: parley.KindReceipt, Content: content(t, &seal.Receipt{Says: seal.SaysVoid,
		Refs: []string{c.ref(parleytest.Aster, 0).String()}, Why: "content"})})
	wrong := seal.Message{Kind: parley.KindHotline, Thread: m.thread, Answers: m.id, Content: content(t, &seal.Hotline{Text: "x"})}
	v := c.say(corvia, []parley.Body{borea}, wrong) // does not name the asker: void
	c.receipt(borea, seal.SaysOpened, "", v)
	for seed := range uint64(4) {
		d := c.desk(parleytest.Borea).all(seed)
		if got := d.find(m); got.State != register.StateConflict || got.Conflict != "void" || got.Void != "" {
			t.Errorf("%s %q", got.State, got.Conflict)
		}
		if got := d.find(v); got.State != register.StateConflict || got.Void != seal.VoidAddressee {
			t.Errorf("%s %q %q", got.State, got.Conflict, got.Void)
		}
	}
}

// What a node owes, and what waits for its people.
func TestOwed(t *testing.T) {
	c := newCircle(t)
	c.hotline(borea, aster)
	c.junk(borea, aster)
	c.hotline(borea, corvia)
	c.journals[c.Parties[parleytest.Borea].Origin] = append(c.journals[c.Parties[parleytest.Borea].Origin], written{raw: []byte("no entry")})
	memo := c.say(borea, []parley.Body{aster}, seal.Message{Kind: parley.KindMemo, Content: content(t, &seal.Memo{Subject: "files"}), Blobs: []seal.Attachment{{Name: "a"}}})
	blob := parley.Sum([]byte{byte(c.nonce), 0})
	d := c.desk(parleytest.Aster).all(1)
	origin := c.Parties[parleytest.Borea].Origin
	owed := func() (list []string) {
		t.Helper()
		got, err := d.Owed(t.Context(), origin, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range got {
			list = append(list, fmt.Sprintf("%s %d %s", o.Says, o.Ref.Index, o.Why))
		}
		return list
	}
	if diff := cmp.Diff([]string{"opened 0 ", "unreadable 1 ", "void 3 malformed", "opened 4 "}, owed()); diff != "" {
		t.Error(diff)
	}
	files, err := d.Files(t.Context(), origin, 0, 10)
	if err != nil || len(files) != 1 || len(files[0].Blobs) != 1 || files[0].Blobs[0].Hash != blob {
		t.Errorf("files %+v, %v", files, err)
	}
	if n, flash, err := d.CountWaiting(t.Context()); n != 2 || flash != 1 || err != nil {
		t.Errorf("waiting %d, flash %d, %v", n, flash, err)
	}
	c.receipt(aster, seal.SaysOpened, "", c.journals[c.Parties[parleytest.Borea].Origin][0], memo)
	c.receipt(aster, seal.SaysUnreadable, "", c.journals[c.Parties[parleytest.Borea].Origin][1])
	c.say(aster, []parley.Body{borea}, seal.Message{Kind: parley.KindReceipt, Content: content(t, &seal.Receipt{Says: seal.SaysVoid,
		Refs: []string{c.ref(parleytest.Borea, 3).String()}, Why: "malformed"})})
	c.say(aster, []parley.Body{borea}, seal.Message{Kind: parley.KindReceipt, Content: content(t, &seal.Receipt{Says: seal.SaysHeld,
		About: []parley.MessageID{memo.id}, Blobs: []parley.Hash{blob}})})
	c.receipt(aster, seal.SaysSeen, "", c.journals[c.Parties[parleytest.Borea].Origin][0])
	d.all(1)
	if got := owed(); len(got) != 0 {
		t.Error("still owed:", got)
	}
	if files, err := d.Files(t.Context(), origin, 0, 10); err != nil || len(files) != 0 {
		t.Errorf("files %+v, %v", files, err)
	}
	waiting, err := d.Waiting(t.Context(), 10)
	if err != nil || len(waiting) != 1 || waiting[0].ID != memo.id {
		t.Errorf("waiting %+v, %v", waiting, err)
	}
	inbox, err := d.Inbox(t.Context(), "", 3)
	if err != nil || len(inbox.Messages) != 3 || inbox.Next == "" {
		t.Fatalf("%+v %v", inbox, err)
	}
	rest, err := d.Inbox(t.Context(), inbox.Next, 3)
	if err != nil || len(rest.Messages) != 1 || rest.Next != "" {
		t.Errorf("%d rows, %v", len(rest.Messages), err)
	}
}

// Octets that are written again and again are found by their place only.
func TestReplayedEntries(t *testing.T) {
	c := newCircle(t)
	m := c.hotline(borea, aster)
	o := c.origins[1]
	for range 3 {
		c.journals[o] = append(c.journals[o], c.journals[o][0])
	}
	c.journals[c.origins[2]] = append(c.journals[c.origins[2]], m) // in another journal
	d := c.desk(parleytest.Aster).all(1)
	if got := d.find(m); got.Ref != c.ref(parleytest.Borea, 0) || got.Void != "" {
		t.Errorf("found %s, void %q", got.Ref, got.Void)
	}
	for ref, want := range map[parley.Ref]seal.Reason{c.ref(parleytest.Borea, 3): seal.VoidDuplicate, c.ref(parleytest.Corvia, 0): seal.VoidJournal} {
		if got, err := d.At(t.Context(), ref); err != nil || got.Void != want || !got.ID.IsZero() || got.State != register.StateVoid {
			t.Errorf("%s: %+v, %v", ref, got, err)
		}
	}
}

// A thread in canonical order: an answer never stands before its question.
func TestThread(t *testing.T) {
	c := newCircle(t)
	one := c.hotline(aster, borea)
	two := c.answer(borea, one)
	three := c.say(aster, []parley.Body{borea}, seal.Message{Kind: parley.KindHotline, Thread: one.thread, Answers: two.id, Content: content(t, &seal.Hotline{Text: "x"})}, parleytest.Borea)
	c.receipt(borea, seal.SaysAcknowledged, "", three)
	d := c.desk(parleytest.Borea).all(2)
	list, err := d.Thread(t.Context(), two.id)
	if err != nil {
		t.Fatal(err)
	}
	var got []parley.Ref
	for _, m := range list {
		got = append(got, m.Ref)
	}
	want := []parley.Ref{c.ref(parleytest.Aster, 0), c.ref(parleytest.Borea, 0), c.ref(parleytest.Aster, 1), c.ref(parleytest.Borea, 1)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := d.Thread(t.Context(), parley.MessageID{1}); parley.KindOf(err) != parley.NotFound {
		t.Error(err)
	}
}

// Threads go on across a succession, whichever journal arrives first.
func TestSuccession(t *testing.T) {
	c := newCircle(t)
	for range 5 {
		c.hotline(borea, corvia) // so that the closed journal is longer than the next one
	}
	one := c.hotline(borea, aster)
	two := c.answer(aster, one)
	note := c.succeed(parleytest.Borea)
	three := c.answer(borea, two)
	four := c.answer(aster, three)
	c.receipt(borea, seal.SaysAcknowledged, "", four)
	var want *desk
	for seed := range uint64(6) {
		d := c.desk(parleytest.Aster)
		if _, err := d.chain.Succeed(note); err != nil {
			t.Fatal(err)
		}
		d.all(seed)
		list, err := d.Thread(t.Context(), one.id)
		if err != nil {
			t.Fatal(err)
		}
		var got []parley.MessageID
		for _, m := range list {
			got = append(got, m.ID)
		}
		if diff := cmp.Diff([]parley.MessageID{one.id, two.id, three.id, four.id}, got[:4]); diff != "" || len(got) != 5 {
			t.Errorf("order %d: %s", seed, diff)
		}
		if want == nil {
			want = d
		}
		if diff, err := sqldb.RegisterDifference(t.Context(), want.db, d.db); diff != "" || err != nil {
			t.Errorf("order %d: %s %v", seed, diff, err)
		}
	}
}

// succeed closes a party's journal and begins the next one.
func (c *circle) succeed(p parley.Party) []byte {
	c.t.Helper()
	old := c.Parties[p]
	s := &agreement.Succession{Agreement: c.Agreement().ID(), Close: old.Origin, Size: uint64(len(c.journals[old.Origin])), Next: parley.Origin(string(p) + "/00000000000000ff")}
	for _, typ := range []byte{proof.TypeEd25519, proof.TypeMLDSA44} {
		k, err := proof.GenerateKey(c.Rand, typ, string(s.Next))
		if err != nil {
			c.t.Fatal(err)
		}
		s.Keys = append(s.Keys, k.Key())
	}
	note, err := s.Sign(old.Identity)
	if err != nil {
		c.t.Fatal(err)
	}
	content, err := agreement.FormatContent(agreement.NoteContent{Note: string(note)})
	if err != nil {
		c.t.Fatal(err)
	}
	old.Origin = s.Next
	c.origins = append(c.origins, s.Next)
	c.say(parley.Body(p+"/cert"), []parley.Body{aster}, seal.Message{Kind: parley.KindSuccession, Content: content})
	return note
}

// log stores the entries as a node does before it judges them.
func (d *desk) log() {
	d.c.t.Helper()
	err := d.db.Update(d.c.t.Context(), func(tx *sqldb.Tx) error {
		for _, o := range d.c.origins {
			j, err := tx.Journal(o)
			if err != nil {
				return err
			}
			for i, w := range d.c.journals[o] {
				if err := tx.PutEntries(j.ID, []sqldb.Entry{{Index: uint64(i), Raw: w.raw, Stored: start}}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		d.c.t.Fatal(err)
	}
}

// The second signature that follows counts for its message, and only from the
// body that sent it.
func TestCountersign(t *testing.T) {
	c := newCircle(t)
	m, n := c.hotline(aster, borea), c.hotline(aster, borea)
	for from, about := range map[parley.Body]written{aster: m, borea: n} {
		env, err := seal.ParseEntry(about.raw)
		if err != nil {
			t.Fatal(err)
		}
		sign, err := seal.NewCountersign(env, c.Body(from).Release)
		if err != nil {
			t.Fatal(err)
		}
		to := borea
		if from == borea {
			to = aster
		}
		c.say(from, []parley.Body{to}, seal.Message{Kind: parley.KindCountersign, Thread: about.thread, Answers: about.id, Content: content(t, sign)})
	}
	d := c.desk(parleytest.Borea).all(1)
	if got := d.find(m); !got.Released || len(got.Steps) != 1 || got.Steps[0].Says != register.SaysCountersigned {
		t.Errorf("%+v", got.Steps)
	}
	if got := d.find(n); got.Released || len(got.Steps) != 0 {
		t.Errorf("another party's signature counts: %+v", got.Steps)
	}
}

// What a party says about a message that is not addressed to it, or in another
// thread than the message's, folds to nothing.
func TestStatementsThatDoNotCount(t *testing.T) {
	c := newCircle(t)
	m, other := c.hotline(aster, borea), c.hotline(aster, borea)
	c.say(corvia, []parley.Body{aster}, seal.Message{Kind: parley.KindReceipt, Content: content(t, &seal.Receipt{Says: seal.SaysSeen, About: []parley.MessageID{m.id}})})
	c.say(aster, []parley.Body{borea}, seal.Message{Kind: parley.KindReceipt, Content: content(t, &seal.Receipt{Says: seal.SaysSeen, About: []parley.MessageID{m.id}})})
	c.say(borea, []parley.Body{aster}, seal.Message{Kind: parley.KindReceipt, Thread: other.thread, Answers: m.id,
		Content: content(t, &seal.Receipt{Says: seal.SaysAcknowledged, About: []parley.MessageID{m.id}})})
	env, err := seal.ParseEntry(m.raw)
	if err != nil {
		t.Fatal(err)
	}
	c.say(borea, []parley.Body{aster}, seal.Message{Kind: parley.KindGone, Content: content(t, &seal.Gone{Parts: []parley.Hash{env.Part}, Why: seal.GoneLost})})
	d := c.desk(parleytest.Aster).all(1)
	if got := d.find(m); len(got.Steps) != 0 || got.State != register.StateSequenced {
		t.Errorf("%s %+v", got.State, got.Steps)
	}
	c.say(borea, []parley.Body{aster}, seal.Message{Kind: parley.KindErased, Content: content(t, &seal.Erased{Parts: []parley.Hash{env.Part}, Rule: "retention"})})
	if got := d.all(1).find(m); len(got.Steps) != 1 || got.Steps[0].Says != register.SaysErased || got.Steps[0].Why != "retention" || got.State != register.StateSequenced {
		t.Errorf("%s %+v", got.State, got.Steps)
	}
}

// A crash between the two halves of a fold loses nothing: whoever opens the
// registers next finishes it.
func TestFoldCutInTwo(t *testing.T) {
	c := talk(t)
	want := c.desk(parleytest.Aster).all(1)
	d := c.desk(parleytest.Aster)
	for crash := 1; ; crash++ {
		commits := 0
		d.db.SetFault(func(step string) error {
			if step == "commit" || step == "committed" {
				if commits++; commits == crash%5 {
					return parley.E(parley.Unavailable, "crash at %s", step)
				}
			}
			return nil
		})
		var batch []register.Judged
		o := c.origins[crash%3]
		for i := range min(5, len(c.journals[o])-d.held[o]) {
			batch = append(batch, d.judge(o, d.held[o]+i))
		}
		_ = d.Fold(t.Context(), batch) // fails or not
		d.db.SetFault(nil)
		next := c.deskOn(parleytest.Aster, d.db) // starts again
		left := 0
		for _, o := range c.origins {
			p, err := next.Position(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			next.held[o] = int(p)
			left += len(c.journals[o]) - int(p)
		}
		if d = next; left == 0 {
			break
		}
		if crash > 500 {
			t.Fatal("does not come to an end")
		}
	}
	if diff, err := sqldb.RegisterDifference(t.Context(), want.db, d.db); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// Rows that were folded by other rules are dropped at the next start, and come
// back the same from the log.
func TestOtherRules(t *testing.T) {
	c := talk(t)
	want := c.desk(parleytest.Aster).all(1)
	d := c.desk(parleytest.Aster).all(2)
	err := d.db.Update(t.Context(), func(tx *sqldb.Tx) error { return tx.SetSetting("register.rules", []byte("0")) })
	if err != nil {
		t.Fatal(err)
	}
	d = c.deskOn(parleytest.Aster, d.db)
	if p, err := d.Position(t.Context(), c.origins[0]); err != nil || p != 0 {
		t.Errorf("position %d, %v: want the beginning", p, err)
	}
	d.all(3)
	if diff, err := sqldb.RegisterDifference(t.Context(), want.db, d.db); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
