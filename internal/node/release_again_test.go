package node_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// twoSign is an agreement under which a memo needs two signatures.
func twoSign(t *testing.T, seed uint64) *parleytest.Circle {
	t.Helper()
	template := strings.Replace(parleytest.DefaultTemplate, "[[traffic.accept]]", "[[handling.release]]\nkinds = [\"memo\"]\nsignatures = 2\n\n[[traffic.accept]]", 1)
	c, err := parleytest.MakeCircle(t.TempDir(), seed, template, "", parleytest.Aster, parleytest.Borea)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Check(context.Background()); err != nil {
			t.Error(err)
		}
		c.Close()
	})
	settle(t, c)
	return c
}

// memo queues a message that needs two signatures, and gives the second.
func memo(t *testing.T, m *parleytest.Member) node.Held {
	t.Helper()
	h, err := m.Node.SendMemo(t.Context(), node.SendRequest{To: []string{borea + "/cert"}, Precedence: "routine", Subject: "two signed", Text: "it"})
	if err != nil || h.State != node.StateNeedsRelease {
		t.Fatalf("%+v, %v", h, err)
	}
	release(t, m, h)
	return h
}

func release(t *testing.T, m *parleytest.Member, h node.Held) {
	t.Helper()
	if err := m.Node.Release(t.Context(), h.Nonce); err != nil {
		t.Fatal(err)
	}
}

// waits is the state of the one message in the outbox.
func waits(t *testing.T, m *parleytest.Member) string {
	t.Helper()
	list, err := m.Node.Lines()[0].Outbox(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v: want one message", list, err)
	}
	return list[0].State
}

// A message that was released by a key that was rotated before it went would be void:
// it waits for its second signature once more, and is delivered with the new one.
func TestReleaseKeyRotatedInBetween(t *testing.T) {
	c := twoSign(t, 50)
	a, b := c.Nodes[aster], c.Nodes[borea]
	h := memo(t, a)
	a.Full = 99 // it was accepted before: to hold it again needs no room
	if _, err := a.Node.Rotate(t.Context(), node.RotateIn{What: "release", Body: "cert"}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	a.Full = 0
	if s := waits(t, a); s != node.StateNeedsRelease {
		t.Fatalf("it is %s: want it held again", s)
	}
	release(t, a, h)
	settle(t, c)
	if m := arrived(t, a, h, b); m.Text != "it" || !m.Readable {
		t.Errorf("%+v", m)
	}
}

// A message that was released for a journal that is closed is held again for the next:
// the signature is over other lines. SUCCESSION-6
func TestSucceedHoldsAgain(t *testing.T) {
	c := twoSign(t, 51)
	a, b := c.Nodes[aster], c.Nodes[borea]
	h := memo(t, a)
	if s := succeed(t, a, ""); s.Again != 1 || s.Held != 1 {
		t.Fatalf("%+v", s)
	}
	settle(t, c)
	if s := waits(t, a); s != node.StateNeedsRelease {
		t.Fatalf("it is %s", s)
	}
	f, err := a.Node.Doctor(t.Context(), node.DoctorTerms{Running: true})
	if err != nil {
		t.Fatal(err)
	}
	told := false
	for _, one := range f {
		told = told || one.Name == "outbox" && one.State == node.FindingWarn && strings.Contains(one.Value, "1 without their second signature")
	}
	if !told {
		t.Errorf("%+v", f)
	}
	release(t, a, h)
	settle(t, c)
	if m := arrived(t, a, h, b); m.Text != "it" {
		t.Errorf("%+v", m)
	}
}

// The attachment of a message that was taken back leaves the disk, not before the
// message is out of the outbox, also where the node dies in between.
func TestUndoRemovesAttachments(t *testing.T) {
	c := parleytest.NewCircle(t, 52, "")
	a := c.Nodes[aster]
	settle(t, c)
	send := func() node.Held {
		h, err := a.Node.SendHotline(t.Context(), node.SendRequest{To: []string{borea + "/cert"}, Precedence: "routine", Text: "x",
			Files: []node.File{{Name: "f", Body: strings.NewReader("what must not stay")}}})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	files := func() int {
		list, err := filepath.Glob(filepath.Join(a.Home.Path("blobs"), "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if err := a.Node.Undo(t.Context(), send().Nonce); err != nil || files() != 0 {
		t.Fatalf("%v, %d files", err, files())
	}
	h := send()
	died := parley.E(parley.Unavailable, "died")
	a.DB.SetFault(func(step string) error {
		if step == "commit" {
			return died
		}
		return nil
	})
	if err := a.Node.Undo(t.Context(), h.Nonce); err == nil || files() != 1 {
		t.Fatalf("%v, %d files: want nothing to have happened", err, files())
	}
	a.DB.SetFault(nil)
	dir := filepath.Join(a.Home.Path("blobs"))
	list, _ := filepath.Glob(filepath.Join(dir, "*"))
	if err := os.Chmod(list[0], 0o500); err != nil {
		t.Fatal(err)
	}
	err := a.Node.Undo(t.Context(), h.Nonce)
	os.Chmod(list[0], 0o700)
	if err != nil {
		t.Fatal(err)
	}
	restart(t, a)
	c.Clock.Advance(time.Hour)
	for _, l := range a.Node.Lines() {
		if err := l.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if files() != 0 {
		t.Errorf("%d files are left", files())
	}
	settle(t, c)
}
