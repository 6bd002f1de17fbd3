package node_test

import (
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

const archive = "archive.example/parley"

// What a node proves, an outsider verifies, with nothing but the fingerprint.
func TestProve(t *testing.T) {
	c := parleytest.NewCircle(t, 7, archive)
	ctx := t.Context()
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	trust := evidence.Trust{Fingerprint: c.World.Agreement().Fingerprint()}
	send := func(m *parleytest.Member, to, text string) string {
		t.Helper()
		h, err := m.Node.SendHotline(ctx, node.SendRequest{To: []string{to}, Text: text, Precedence: "flash", Now: true})
		if err != nil {
			t.Fatal(err)
		}
		return h.Nonce.String()
	}
	settle := func() {
		t.Helper()
		if err := c.Settle(ctx); err != nil {
			t.Fatal(err)
		}
	}
	settle()
	first := send(aster, "borea.example/cert", "your mail relay spreads malware")
	settle()
	send(borea, "aster.example/cert", "something else")
	settle()

	prove := func(m *parleytest.Member, r node.ProveRequest) *evidence.Report {
		t.Helper()
		e, err := m.Node.Prove(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		report, err := evidence.Verify(e.File, trust)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	says := func(r *evidence.Report, what string) (list []evidence.Statement) {
		for _, s := range r.Statements {
			if s.Says == what {
				list = append(list, s)
			}
		}
		return list
	}

	r := prove(aster, node.ProveRequest{Name: first})
	if !r.Proven() || !says(r, evidence.SaysDelivered)[0].Proven || r.Messages[0].Opened != nil {
		t.Errorf("one message: %+v", r.Statements)
	}
	if s := says(r, evidence.SaysExisted); len(s) != 1 || !s[0].Third {
		t.Errorf("the archive: %+v", s)
	}
	ref := r.Messages[0].Ref
	if r := prove(aster, node.ProveRequest{Name: ref.String(), Reveal: true}); r.Messages[0].Opened == nil || !strings.Contains(string(r.Messages[0].Opened.Content), "mail relay") {
		t.Errorf("revealed by its author: %+v", r.Statements)
	}
	if r := prove(borea, node.ProveRequest{Name: ref.String(), Reveal: true}); r.Messages[0].Opened == nil || !says(r, evidence.SaysDelivered)[0].Proven {
		t.Errorf("revealed by its addressee: %+v", r.Statements)
	}
	if r := prove(aster, node.ProveRequest{Name: first, Unanswered: true}); !r.Proven() || len(says(r, evidence.SaysSilence)) != 1 {
		t.Errorf("unanswered: %+v", r.Statements)
	}
	if _, err := borea.Node.Acknowledge(ctx, node.AnswerRequest{Message: ref.String()}); err != nil {
		t.Fatal(err)
	}
	settle()
	if r := prove(aster, node.ProveRequest{Name: first, Unanswered: true}); r.Proven() || says(r, evidence.SaysSilence)[0].Proven {
		t.Errorf("acknowledged: %+v", r.Statements)
	}
	if _, err := aster.Node.Prove(ctx, node.ProveRequest{Name: "borea.example/0000000000000000"}); parley.KindOf(err) != parley.NotFound {
		t.Errorf("a fork of nobody: %v", err)
	}
}

// A stored conviction becomes a file that convicts without the node.
func TestProveFork(t *testing.T) {
	c := parleytest.NewCircle(t, 8, "")
	ctx := t.Context()
	aster, p := c.Nodes["aster.example"], c.World.Parties["borea.example"]
	var cps []proof.Checkpoint
	for _, root := range []tlog.Hash{{1}, {2}} {
		cp, err := proof.SignCheckpoint(p.Origin, 9, root, aster.Now(), p.Journal...)
		if err != nil {
			t.Fatal(err)
		}
		cps = append(cps, cp)
	}
	f, err := proof.NewFork(cps[0], cps[1])
	if err != nil {
		t.Fatal(err)
	}
	raw := f.Format()
	if err := aster.DB.Update(ctx, func(tx *sqldb.Tx) error {
		return tx.PutEvidence(sqldb.Evidence{Hash: parley.Sum(raw), Kind: "fork", Origin: p.Origin, Bytes: raw, Stored: aster.Now()})
	}); err != nil {
		t.Fatal(err)
	}
	e, err := aster.Node.Prove(ctx, node.ProveRequest{Name: string(p.Origin)})
	if err != nil {
		t.Fatal(err)
	}
	r, err := evidence.Verify(e.File, evidence.Trust{Agreement: c.World.Agreement().ID()})
	if err != nil || !r.Proven() || !strings.Contains(r.Statements[1].Text, "fork") {
		t.Errorf("%+v, %v", r, err)
	}
}

// After a rotation the file carries the keys entry, from whichever node it comes.
func TestProveAfterARotation(t *testing.T) {
	c := parleytest.NewCircle(t, 9, archive)
	ctx := t.Context()
	settle := func() {
		t.Helper()
		if err := c.Settle(ctx); err != nil {
			t.Fatal(err)
		}
	}
	settle()
	aster := c.Nodes["aster.example"]
	for _, what := range []string{"signing", "release", "age"} {
		if _, err := aster.Node.Rotate(ctx, node.RotateIn{What: what, Body: "aster.example/cert"}); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		settle()
	}
	h, err := aster.Node.SendHotline(ctx, node.SendRequest{To: []string{"borea.example/cert"}, Text: "under a new key", Precedence: "flash", Now: true})
	if err != nil {
		t.Fatal(err)
	}
	settle()
	m, err := aster.Node.Message(ctx, h.Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Nodes["borea.example"].Node.SendHotline(ctx, node.SendRequest{To: []string{"aster.example/cert"}, Text: "and back", Precedence: "flash", Now: true})
	if err != nil {
		t.Fatal(err)
	}
	settle()
	back, err := c.Nodes["borea.example"].Node.Message(ctx, answer.Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{m.Ref, back.Ref} { // the second is sealed to the new age key
		for _, name := range []string{"aster.example", "borea.example"} {
			e, err := c.Nodes[name].Node.Prove(ctx, node.ProveRequest{Name: ref, Reveal: true})
			if err != nil {
				t.Fatalf("%s at %s: %v", ref, name, err)
			}
			r, err := evidence.Verify(e.File, evidence.Trust{Agreement: c.World.Agreement().ID()})
			if err != nil || !r.Proven() || r.Law != 3 {
				t.Fatalf("%s at %s: %v %+v", ref, name, err, r)
			}
			for _, s := range r.Statements {
				if s.Says == evidence.SaysDelivered && !s.Proven {
					t.Errorf("%s at %s: %s", ref, name, s.Text)
				}
			}
		}
	}
}

// Silence goes on over a succession: both journals are shown, to their ends.
func TestProveSilenceAfterASuccession(t *testing.T) {
	c := parleytest.NewCircle(t, 10, archive)
	ctx := t.Context()
	settle := func() {
		t.Helper()
		if err := c.Settle(ctx); err != nil {
			t.Fatal(err)
		}
	}
	settle()
	aster, borea := c.Nodes["aster.example"].Node, c.Nodes["borea.example"].Node
	h, err := aster.SendHotline(ctx, node.SendRequest{To: []string{"borea.example/cert"}, Text: "please stop it", Precedence: "flash", Now: true})
	if err != nil {
		t.Fatal(err)
	}
	settle()
	if _, err := borea.Succeed(ctx, node.SucceedRequest{}); err != nil {
		t.Fatal(err)
	}
	settle()
	back, err := borea.SendHotline(ctx, node.SendRequest{To: []string{"aster.example/cert"}, Text: "something else", Precedence: "flash", Now: true})
	if err != nil {
		t.Fatal(err)
	}
	settle()
	trust := evidence.Trust{Agreement: c.World.Agreement().ID()}
	e, err := aster.Prove(ctx, node.ProveRequest{Name: h.Nonce.String(), Unanswered: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := evidence.Verify(e.File, trust)
	if err != nil || !r.Proven() || strings.Count(string(e.File), "\nrun borea.example/") != 2 {
		t.Errorf("%v: %+v", err, r)
	}
	if e, err = borea.Prove(ctx, node.ProveRequest{Name: back.Nonce.String(), Reveal: true}); err != nil {
		t.Fatal(err)
	}
	if r, err := evidence.Verify(e.File, trust); err != nil || !r.Proven() {
		t.Errorf("a message of the next journal: %v: %+v", err, r)
	}
}
