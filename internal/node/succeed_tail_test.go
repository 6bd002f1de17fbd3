package node_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/parleytest/memnet"
	"parley.example/parley/internal/register"
)

// succeed closes the journal of a node.
func succeed(t *testing.T, m *parleytest.Member, officer string) node.Succeeded {
	t.Helper()
	s, err := m.Node.Succeed(t.Context(), node.SucceedRequest{Override: officer})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stands is the state of a message at its author.
func stands(t *testing.T, m *parleytest.Member, nonce parley.Nonce) register.State {
	t.Helper()
	msg, err := m.Node.Message(t.Context(), nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	ref, err := parley.ParseRef(msg.Ref)
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Register.At(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return r.State
}

func alarms(t *testing.T, m *parleytest.Member) (kinds []string) {
	t.Helper()
	list, err := m.Node.Alarms(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

// Who does not say what it holds could hold more and would refuse the succession for
// ever: it waits, unless an officer decides, on the record. SUCCESSION-3
func TestSucceedWaitsForAll(t *testing.T) {
	c := parleytest.NewCircle(t, 40, "archive.example/parley")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	c.Net.Part(a.Address, b.Address)
	_, err := a.Node.Succeed(t.Context(), node.SucceedRequest{})
	if parley.KindOf(err) != parley.Unavailable || !strings.Contains(err.Error(), borea) || strings.Contains(err.Error(), "archive") {
		t.Fatalf("%v: want it to name Borea", err)
	}
	if s := succeed(t, a, "A. Anders"); len(s.Silent) != 1 || s.Silent[0] != borea {
		t.Errorf("%+v", s)
	}
	list, err := a.Node.Alarms(t.Context(), false)
	if err != nil || len(list) != 2 || !strings.Contains(list[0].Text+list[1].Text, "A. Anders") {
		t.Errorf("%+v, %v", list, err)
	}
	c.Net.Heal(a.Address, b.Address)
	settle(t, c)
	speak(t, c, "on")
	if kinds := alarms(t, a); len(kinds) != 1 || kinds[0] != "override" {
		t.Errorf("%v: the succession is over, the decision stays", kinds)
	}
	if kinds := alarms(t, b); len(kinds) != 0 {
		t.Errorf("%v", kinds)
	}
}

// An end that its holder still gives is fetched whole before the journal is closed, over
// a network that loses answers: afterwards nobody fetches it any more. SUCCESSION-3
func TestSucceedFetchesTheEnd(t *testing.T) {
	c := parleytest.NewCircle(t, 62, "")
	a := c.Nodes[aster]
	settle(t, c)
	copied := t.TempDir()
	if err := a.PutAside(copied); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		flash(t, a, borea, "held by the other side")
	}
	settle(t, c)
	if err := a.PutBack(copied); err != nil {
		t.Fatal(err)
	}
	c.Net.SetRate(memnet.DropResponse, 0.1)
	var s node.Succeeded
	err := error(parley.E(parley.Unavailable, "not tried"))
	for range 200 {
		if s, err = a.Node.Succeed(t.Context(), node.SucceedRequest{}); parley.KindOf(err) != parley.Unavailable {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	c.Net.Calm()
	status, err := a.Node.LineStatus(t.Context())
	if err != nil || len(status[0].Past) != 1 || s.Size < 20 || status[0].Past[0].Ours != s.Size {
		t.Fatalf("%+v, %v: want all %d entries here", status, err, s.Size)
	}
	settle(t, c)
	whole(t, c)
}

// What stands in a journal between the last cosigned size and its end is still brought
// to the counterpart, over a restart, with its attachment; the same nonce stays the
// same message. SUCCESSION-6
func TestSucceedWithAnUnsentTail(t *testing.T) {
	c := parleytest.NewCircle(t, 41, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	c.Net.Part(a.Address, b.Address)
	file := bytes.Repeat([]byte("sample "), 9000)
	send := node.SendRequest{To: []string{borea + "/cert"}, Precedence: "flash", Text: "unsent", Nonce: "0123456789abcdef0123456789abcdef",
		Files: []node.File{{Name: "sample.bin", Body: bytes.NewReader(file)}}}
	h, err := a.Node.SendHotline(t.Context(), send)
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	s := succeed(t, a, "an officer")
	after := flash(t, a, borea, "in the next")
	settle(t, c)
	status, err := a.Node.LineStatus(t.Context())
	if err != nil || len(status[0].Past) != 1 || status[0].Past[0].Ours != s.Size || status[0].Past[0].Cosigned >= s.Size {
		t.Fatalf("%+v, %v: want the closed journal and what is missing of it", status, err)
	}
	send.Files[0].Body = bytes.NewReader(file)
	if again, err := a.Node.SendHotline(t.Context(), send); err != nil || again.State != "sequenced" {
		t.Fatalf("%+v, %v: want one message", again, err)
	}
	restart(t, a)
	c.Net.Heal(a.Address, b.Address)
	settle(t, c)
	settle(t, c)
	m := arrived(t, a, h, b)
	if m.Text != "unsent" || m.Origin() != s.Closed {
		t.Fatalf("%+v", m)
	}
	_, r, err := b.Node.File(t.Context(), m.Ref, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, file) {
		t.Fatalf("%d octets, %v", len(got), err)
	}
	if m := arrived(t, a, after, b); m.Text != "in the next" || m.Origin() != s.Next {
		t.Fatalf("%+v", m)
	}
	if st := stands(t, a, h.Nonce); st != register.StateOpened {
		t.Errorf("it is %s at its author", st)
	}
	if status, err = a.Node.LineStatus(t.Context()); err != nil || len(status[0].Past) != 0 {
		t.Errorf("%+v, %v", status, err)
	}
	whole(t, c)
}

// What waited in the outbox is sealed again for the next journal: the same text, file
// and nonce, and it can still be taken back. SUCCESSION-6
func TestSucceedSealsAgain(t *testing.T) {
	c := parleytest.NewCircle(t, 42, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	routine := func(text string) node.Held {
		h, err := a.Node.SendHotline(t.Context(), node.SendRequest{To: []string{borea + "/cert"}, Precedence: "routine", Text: text,
			Files: []node.File{{Name: "list.txt", Body: strings.NewReader("of " + text)}}})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	kept, undone := routine("held back"), routine("a mistake")
	if s := succeed(t, a, ""); s.Again != 2 || s.Held != 0 || s.Left != 0 {
		t.Fatalf("%+v", s)
	}
	if p, err := a.Node.Pending(t.Context(), kept.Nonce); err != nil || p.Text != "held back" || !p.HoldUntil.Equal(kept.HoldUntil) {
		t.Fatalf("%+v, %v: want it held back as long as before", p, err)
	}
	if err := a.Node.Undo(t.Context(), undone.Nonce); err != nil {
		t.Error(err)
	}
	settle(t, c)
	m := arrived(t, a, kept, b)
	if m.Text != "held back" || len(m.Files) != 1 {
		t.Fatalf("%+v", m)
	}
	_, r, err := b.Node.File(t.Context(), m.Ref, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != "of held back" {
		t.Fatalf("%q, %v", got, err)
	}
	if kinds := alarms(t, a); len(kinds) != 0 {
		t.Error(kinds)
	}
	whole(t, c)
}

// Two copies of one home wrote two histories. The succession closes the one that the
// counterpart holds; what only the other one said is said again, once, and the
// registers are what they would be from the beginning. SUCCESSION-3, SUCCESSION-6
func TestSucceedAfterAFork(t *testing.T) {
	for name, more := range map[string]int{"the lost history is shorter": 0, "the lost history is longer": 3} {
		t.Run(name, func(t *testing.T) {
			c := parleytest.NewCircle(t, 43, "", parleytest.Aster, parleytest.Borea)
			a, b := c.Nodes[aster], c.Nodes[borea]
			settle(t, c)
			flash(t, a, borea, "before")
			settle(t, c)
			copied := t.TempDir()
			if err := a.PutAside(copied); err != nil {
				t.Fatal(err)
			}
			settle(t, c)
			c.Forkers[parleytest.Aster] = true
			taken := flash(t, a, borea, "the history that Borea holds")
			settle(t, c)
			took := arrived(t, a, taken, b)
			c.Net.Part(a.Address, b.Address)
			if err := a.PutBack(copied); err != nil {
				t.Fatal(err)
			}
			if err := a.Node.Lines()[0].Override(t.Context(), "nobody"); err != nil {
				t.Fatal(err)
			}
			lost := []node.Held{flash(t, a, borea, "another history")}
			for range more {
				lost = append(lost, flash(t, a, borea, "more of it"))
			}
			settle(t, c)
			c.Net.Heal(a.Address, b.Address)
			settle(t, c)
			if n := convictions(t, c, b, parleytest.Aster); n == 0 {
				t.Fatal("no evidence")
			}
			s := succeed(t, a, "")
			if s.Again < len(lost) || s.Left != 0 {
				t.Errorf("%+v: want %d said again", s, len(lost))
			}
			settle(t, c)
			settle(t, c)
			for _, h := range lost {
				m := arrived(t, a, h, b)
				if m.Origin() != s.Next || !strings.Contains("another history, more of it", m.Text) {
					t.Errorf("%+v", m)
				}
			}
			if m, err := b.Node.Message(t.Context(), took.Ref); err != nil || m.Text != "the history that Borea holds" {
				t.Errorf("%+v, %v: what was delivered stands", m, err)
			}
			answer, err := b.Node.SendHotline(t.Context(), node.SendRequest{Answers: arrived(t, a, lost[0], b).Ref, Precedence: "flash", Text: "an answer"})
			if err != nil {
				t.Fatal(err)
			}
			restart(t, a)
			settle(t, c)
			if m := arrived(t, b, answer, a); m.Text != "an answer" {
				t.Errorf("%+v", m)
			}
			for _, m := range []*parleytest.Member{a, b} {
				if kinds := alarms(t, m); m == b && len(kinds) != 0 || m == a && slices.ContainsFunc(kinds, func(k string) bool { return k != "override" }) {
					t.Errorf("%s: %v", m.Name, kinds)
				}
				if r, err := m.Node.Check(t.Context(), nil); err != nil || r.Difference != "" {
					t.Errorf("%s: %+v, %v", m.Name, r, err)
				}
			}
		})
	}
}

// Who was put back to before our successions is told of them again. WIRE-16
func TestSuccessionsAreToldAgain(t *testing.T) {
	c := parleytest.NewCircle(t, 44, "archive.example/parley")
	a := c.Nodes[aster]
	settle(t, c)
	for _, name := range []string{borea, "archive.example/parley"} {
		m := c.Nodes[name]
		copied := t.TempDir()
		if err := m.PutAside(copied); err != nil {
			t.Fatal(err)
		}
		settle(t, c)
		for _, text := range []string{"one", "two"} {
			succeed(t, a, "")
			flash(t, a, borea, text)
			settle(t, c)
		}
		if err := m.PutBack(copied); err != nil {
			t.Fatal(err)
		}
		settle(t, c)
		settle(t, c)
		whole(t, c)
	}
}

// A full disk does not keep the next journal from beginning, and strands nothing: what
// waited was accepted before. SUCCESSION-6
func TestSucceedOnAFullDisk(t *testing.T) {
	c := parleytest.NewCircle(t, 45, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	waits, err := a.Node.SendHotline(t.Context(), node.SendRequest{To: []string{borea + "/cert"}, Precedence: "routine", Text: "held back"})
	if err != nil {
		t.Fatal(err)
	}
	a.Full = 99
	if s := succeed(t, a, ""); s.Again != 1 || s.Left != 0 {
		t.Errorf("%+v: want what waited sealed again", s)
	}
	if kinds := alarms(t, a); slices.Contains(kinds, node.AlarmStranded) {
		t.Error(kinds)
	}
	a.Full = 0
	settle(t, c)
	speak(t, c, "on")
	settle(t, c)
	if m := arrived(t, a, waits, b); m.Text != "held back" {
		t.Errorf("%+v", m)
	}
	whole(t, c)
}
