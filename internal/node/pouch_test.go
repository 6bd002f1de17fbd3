package node_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// Two nodes without any network between them, for ever: the agreement comes into
// force, a message with an attachment goes, is read, acknowledged, and its receipts
// come back, over restarts, a lost pouch and one that comes twice. POUCH-1, POUCH-11
func TestPouchOnly(t *testing.T) {
	c := parleytest.NewCircle(t, 3, "")
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	c.Net.Part(aster.Address, borea.Address)
	defer func() { c.Net.Heal(aster.Address, borea.Address); settle(t, c) }()
	carry := func(from, to *parleytest.Member) {
		t.Helper()
		settle(t, c)
		dir := t.TempDir()
		packed, err := from.Node.PackPouch(t.Context(), node.PackPouchIn{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range packed.Files { // twice
			b, err := os.ReadFile(filepath.Join(dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "again-"+f), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		list, err := to.Node.OpenPouches(t.Context(), node.OpenPouchesIn{Dir: dir})
		if err != nil || len(list) != 2*packed.Volumes {
			t.Fatalf("%+v, %v: want %d volumes", list, err, 2*packed.Volumes)
		}
		for _, o := range list {
			if o.State != "taken" || o.Why != "" {
				t.Fatalf("%+v: want it taken", o)
			}
		}
		settle(t, c)
	}
	both := func() { carry(aster, borea); carry(borea, aster) }
	both()
	both()
	for _, m := range []*parleytest.Member{aster, borea} {
		list, err := m.Node.Agreements(t.Context())
		if err != nil || len(list) != 1 || list[0].State != "in force" {
			t.Fatalf("%s: %+v, %v: want it in force by pouch alone", m.Name, list, err)
		}
	}
	sent, err := aster.Node.SendMemo(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Text: "by hand", Precedence: "flash",
		Files: []node.File{{Name: "capture.pcap", Body: bytes.NewReader(bytes.Repeat([]byte("packet "), 400_000))}}})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if _, err := aster.Node.PackPouch(t.Context(), node.PackPouchIn{Dir: t.TempDir()}); err != nil { // lost on the way
		t.Fatal(err)
	}
	for _, m := range []*parleytest.Member{aster, borea} { // both are started again
		if err := m.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := m.Start(); err != nil {
			t.Fatal(err)
		}
	}
	both()
	ours, err := aster.Node.Message(t.Context(), sent.Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := borea.Node.Message(t.Context(), ours.Ref)
	if err != nil || theirs.Text != "by hand" || theirs.ID != ours.ID {
		t.Fatalf("%+v, %v: want the message", theirs, err)
	}
	if _, err := borea.Node.Acknowledge(t.Context(), node.AnswerRequest{Message: theirs.Short}); err != nil {
		t.Fatal(err)
	}
	both()
	status, err := aster.Node.LineStatus(t.Context())
	if err != nil || status[0].Cosigned == 0 || status[0].Theirs == 0 {
		t.Fatalf("%+v, %v", status, err)
	}
	// nothing is left to carry but the receipts of receipts, which end
	for range 4 {
		both()
	}
	packed, err := aster.Node.PackPouch(t.Context(), node.PackPouchIn{Dir: t.TempDir()})
	if err != nil || packed.Volumes != 0 {
		t.Errorf("%+v, %v: want nothing to pack", packed, err)
	}
	// a journal that ends, and the next, go the same way
	if _, err := aster.Node.Succeed(t.Context(), node.SucceedRequest{Override: "an officer"}); err != nil {
		t.Fatal(err)
	}
	after, err := aster.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Precedence: "flash", Text: "from the next journal"})
	if err != nil {
		t.Fatal(err)
	}
	both()
	both()
	if ours, err = aster.Node.Message(t.Context(), after.Nonce.String()); err != nil {
		t.Fatal(err)
	}
	if theirs, err = borea.Node.Message(t.Context(), ours.Ref); err != nil || theirs.Text != "from the next journal" {
		t.Fatalf("%+v, %v: want the message of the next journal", theirs, err)
	}
	if _, err := aster.Node.PackPouch(t.Context(), node.PackPouchIn{To: parley.Party("corvia.example"), Dir: t.TempDir()}); parley.KindOf(err) != parley.NotFound {
		t.Errorf("for somebody else: %v: want not found", err)
	}
}
