package web

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/store/sqldb"
)

// line is two real nodes and an archive, each party with a desk and officers.
type line struct {
	t            *testing.T
	circle       *parleytest.Circle
	aster, borea *OnNode
	anna, clara  officer.Officer // of Aster: may send and release
	boris        officer.Officer // of Borea's technical body
	reader       officer.Officer // of Borea's ministry, without a role
}

// twoSign makes a hotline message with precedence immediate wait for a second person.
var twoSign = strings.Replace(parleytest.DefaultTemplate, "[handling]", "[[handling.release]]\nkinds = [\"hotline\"]\nprecedences = [\"immediate\"]\nsignatures = 2\n\n[handling]", 1)

func newLine(t *testing.T) *line {
	t.Helper()
	return newLineOf(t, twoSign)
}

func newLineOf(t *testing.T, template string) *line {
	t.Helper()
	c, err := parleytest.MakeCircle(t.TempDir(), 7, template, "archive.example/parley")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	l := &line{t: t, circle: c}
	l.aster, l.borea = l.desk("aster.example"), l.desk("borea.example")
	l.anna = l.officer(l.aster, "anna", "aster.example/cert", "send", "release")
	l.clara = l.officer(l.aster, "clara", "aster.example/cert", "release")
	l.boris = l.officer(l.borea, "boris", "borea.example/cert", "send")
	l.reader = l.officer(l.borea, "reader", "borea.example/mfa")
	l.settle()
	return l
}

func (l *line) desk(name string) *OnNode {
	l.t.Helper()
	m := l.circle.Nodes[name]
	officers := officer.New(m.DB, m.Now, officer.WithCost(officer.Cost{Time: 1, Memory: 64, Threads: 1}))
	return &OnNode{Node: m.Node, Lists: node.NewLists(m.Node, m.Register), Officers: officers, Now: m.Now}
}

func (l *line) officer(d *OnNode, name, body string, roles ...string) officer.Officer {
	l.t.Helper()
	who, err := d.Officers.Add(context.Background(), officer.AddRequest{Name: name, Passphrase: passphrase, Bodies: []string{body}, Roles: roles})
	if err != nil {
		l.t.Fatal(err)
	}
	return who
}

func (l *line) settle() {
	l.t.Helper()
	if err := l.circle.Settle(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
}

func (l *line) send(n byte, p parley.Precedence, text string, files ...string) Sent {
	l.t.Helper()
	d := Draft{From: "aster.example/cert", To: []parley.Body{"borea.example/cert"}, Precedence: p, Text: text, Nonce: parley.Nonce{15: n}}
	if len(files) > 0 {
		d.Files = func(yield func(Upload, error) bool) {
			for _, f := range files {
				if !yield(Upload{Name: f, Content: strings.NewReader("content of " + f)}, nil) {
					return
				}
			}
		}
	}
	s, err := l.aster.Send(l.t.Context(), l.anna, d)
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

func (l *line) see(d *OnNode, by officer.Officer, id string) View {
	l.t.Helper()
	v, err := d.Message(l.t.Context(), by, id)
	if err != nil {
		l.t.Fatal(err)
	}
	return v
}

// steps is "state by: proofs" for each step.
func steps(v View) []string {
	var out []string
	for _, s := range v.Steps {
		text := string(s.State) + " " + string(s.By) + ":"
		for _, p := range s.Proofs {
			text += " " + string(p.Kind)
		}
		out = append(out, text)
	}
	return out
}

func TestDeskOnTwoNodes(t *testing.T) {
	l := newLine(t)
	ctx := t.Context()
	sent := l.send(1, parley.Flash, "We see scans from your range.\nPlease call.", "a.csv", "b.csv")
	if sent.State != StateQueued {
		t.Errorf("a flash is %s", sent.State)
	}
	if again := l.send(1, parley.Flash, "We see scans from your range."); again.ID != sent.ID {
		t.Errorf("the same nonce again is %+v", again)
	}
	l.settle()

	in, err := l.borea.Inbox(ctx, l.boris, Page{Limit: 50})
	if err != nil || len(in.Waiting) != 1 || len(in.Rows) != 0 {
		t.Fatalf("inbox %+v, %v", in, err)
	}
	got := in.Waiting[0]
	if got.State != StateNew || got.Ours || got.Line != "We see scans from your range." || got.Files != 2 || got.Proof == nil || got.Proof.Kind != ProofEntry {
		t.Errorf("row %+v", got)
	}
	for who, want := range map[*officer.Officer]Overview{&l.boris: {Waiting: 1, Flash: 1}, &l.reader: {}} {
		if o, err := l.borea.Overview(ctx, *who); err != nil || o != want {
			t.Errorf("overview of %s: %+v, %v", who.Name, o, err)
		}
	}
	if in, _ := l.borea.Inbox(ctx, l.reader, Page{Limit: 50}); len(in.Waiting)+len(in.Rows) != 0 {
		t.Errorf("an officer of another body sees %+v", in)
	}
	if _, err := l.borea.Message(ctx, l.reader, got.ID); parley.KindOf(err) != parley.NotFound {
		t.Errorf("an officer of another body opens it: %v", err)
	}

	v := l.see(l.borea, l.boris, got.ID)
	if want := (May{Seen: true, Acknowledge: true, Decline: true, Answer: true}); v.May != want {
		t.Errorf("may %+v", v.May)
	}
	if diff := cmp.Diff([]string{"sent aster.example: entry cosignature", "new : cosignature", "opened borea.example: receipt"}, sortedTail(steps(v))); diff != "" {
		t.Error(diff)
	}
	for i, name := range []string{"a.csv", "b.csv"} {
		f, err := l.borea.File(ctx, l.boris, got.ID, i)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(f)
		f.Close()
		if err != nil || !bytes.Equal(raw, []byte("content of "+name)) || f.Name != name {
			t.Errorf("file %d is %q %q, %v", i, f.Name, raw, err)
		}
	}
	if _, err := l.borea.File(ctx, l.reader, got.ID, 0); parley.KindOf(err) != parley.NotFound {
		t.Errorf("an officer of another body opens a file: %v", err)
	}

	for range 2 { // pressed twice
		if err := l.borea.Acknowledge(ctx, l.boris, got.ID, "we look"); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.borea.Acknowledge(ctx, l.reader, got.ID, ""); err == nil {
		t.Error("an officer of another body acknowledged it")
	}
	l.settle()
	ours := l.see(l.aster, l.anna, sent.ID)
	want := []string{"sent aster.example: entry", "acknowledged borea.example: receipt", "delivered borea.example: cosignature", "opened borea.example: receipt", "tendered archive.example/parley: cosignature"}
	if diff := cmp.Diff(want, sortedTail(steps(ours))); diff != "" {
		t.Error(diff)
	}
	if ours.State != StateAcknowledged || ours.By != "borea.example" || ours.Proof == nil || ours.Proof.Kind != ProofReceipt {
		t.Errorf("ours %+v", ours.Row)
	}
	for _, s := range ours.Steps {
		for _, p := range s.Proofs {
			if p.Kind == ProofCosignature && (p.Line == "" || p.Size == 0 || p.Time.IsZero() || !strings.Contains(p.Key, "/mirror+")) {
				t.Errorf("cosignature %+v", p)
			}
		}
	}
	list, err := l.aster.Hotline(ctx, l.anna, Page{Limit: 50})
	if err != nil || len(list.Rows) != 1 || list.Rows[0].State != StateAcknowledged {
		t.Errorf("hotline %+v, %v", list, err)
	}
	if err := l.borea.Decline(ctx, l.boris, got.ID, "too late"); parley.KindOf(err) != parley.Conflict {
		t.Errorf("declined after it was acknowledged: %v", err)
	}
}

// sortedTail orders what happened within one instant of the circle's clock.
func sortedTail(list []string) []string {
	slices.Sort(list[1:])
	return list
}

func TestDeskUndo(t *testing.T) {
	l := newLine(t)
	sent := l.send(1, parley.Routine, "To be taken back.", "a.csv")
	if sent.State != StateHeldBack || !sent.Until.After(l.circle.Clock.Now()) {
		t.Fatalf("sent %+v", sent)
	}
	v := l.see(l.aster, l.anna, sent.ID)
	if v.Text != "To be taken back." || len(v.Files) != 1 || !v.May.Undo || v.Held.IsZero() || v.Steps[0].Proofs[0].Kind != ProofOwn {
		t.Errorf("held back: %+v", v)
	}
	if err := l.aster.Undo(t.Context(), l.anna, sent.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := l.aster.Message(t.Context(), l.anna, sent.ID); parley.KindOf(err) != parley.NotFound {
		t.Errorf("after the undo: %v", err)
	}
	l.circle.Clock.Advance(time.Minute)
	l.settle()
	if in, _ := l.borea.Inbox(t.Context(), l.boris, Page{Limit: 50}); len(in.Waiting) != 0 {
		t.Errorf("it went all the same: %+v", in.Waiting)
	}

	sent = l.send(2, parley.Routine, "This one goes.")
	l.circle.Clock.Advance(time.Minute)
	l.settle()
	if err := l.aster.Undo(t.Context(), l.anna, sent.ID); parley.KindOf(err) != parley.Conflict {
		t.Errorf("undone after it went: %v", err)
	}
	if v := l.see(l.aster, l.anna, sent.ID); v.State != StateOpened || v.May.Undo {
		t.Errorf("gone: %s, may %+v", v.State, v.May)
	}
}

func TestDeskSecondPerson(t *testing.T) {
	l := newLine(t)
	ctx := t.Context()
	sent := l.send(1, parley.Immediate, "Two of us say so.")
	if sent.State != StateRelease {
		t.Fatalf("sent %+v", sent)
	}
	choices, err := l.aster.Addressees(ctx, l.anna)
	if err != nil || len(choices) != 1 || !slices.Equal(choices[0].Release, []parley.Precedence{parley.Immediate}) {
		t.Errorf("addressees %+v, %v", choices, err)
	}
	if v := l.see(l.aster, l.anna, sent.ID); v.May.Release || v.Text != "Two of us say so." {
		t.Errorf("its author may release it: %+v", v.May)
	}
	if err := l.aster.Release(ctx, l.anna, sent.ID); parley.KindOf(err) != parley.Forbidden {
		t.Errorf("its author released it: %v", err)
	}
	if v := l.see(l.aster, l.clara, sent.ID); !v.May.Release {
		t.Errorf("a second person may not: %+v", v.May)
	}
	if err := l.aster.Release(ctx, l.clara, sent.ID); err != nil {
		t.Fatal(err)
	}
	l.settle()
	if v := l.see(l.aster, l.anna, sent.ID); v.State != StateOpened {
		t.Errorf("released, and %s", v.State)
	}
}

func TestDeskRefusesWithoutTheRole(t *testing.T) {
	l := newLine(t)
	d := Draft{From: "aster.example/cert", To: []parley.Body{"borea.example/cert"}, Precedence: parley.Routine, Text: "x", Nonce: parley.Nonce{1}}
	if _, err := l.aster.Send(t.Context(), l.clara, d); parley.KindOf(err) != parley.Forbidden {
		t.Errorf("sent without the role: %v", err)
	}
	d.From = "aster.example/mfa"
	if _, err := l.aster.Send(t.Context(), l.anna, d); parley.KindOf(err) != parley.Forbidden {
		t.Errorf("sent for another body: %v", err)
	}
	if list, err := l.aster.Addressees(t.Context(), l.clara); err != nil || len(list) != 0 {
		t.Errorf("offered %+v, %v", list, err)
	}
}

func TestDeskSaysWhatIsDown(t *testing.T) {
	l := newLine(t)
	ctx := t.Context()
	if o, err := l.aster.Overview(ctx, l.anna); err != nil || o != (Overview{}) {
		t.Errorf("overview %+v, %v", o, err)
	}
	if err := l.circle.Nodes["borea.example"].Stop(); err != nil {
		t.Fatal(err)
	}
	sent := l.send(1, parley.Flash, "Are you there?")
	for range 10 {
		l.circle.Clock.Advance(30 * time.Second)
		l.circle.Nodes["aster.example"].Step(ctx) // what cannot be reached is no error of ours
		l.circle.Nodes["archive.example/parley"].Step(ctx)
	}
	if v := l.see(l.aster, l.anna, sent.ID); v.State != StateTendered {
		t.Errorf("state %s, steps %v", v.State, steps(v))
	}
	o, err := l.aster.Overview(ctx, l.anna)
	if err != nil || o.LinesDown != 1 || o.Alarms != 1 {
		t.Errorf("overview %+v, %v", o, err)
	}
	alarms, err := l.aster.Alarms(ctx, l.anna)
	if err != nil || len(alarms) != 1 || alarms[0].Kind != AlarmLineDown || alarms[0].Party != "borea.example" {
		t.Errorf("alarms %+v, %v", alarms, err)
	}
	lines, err := l.aster.Lines(ctx, l.anna)
	if err != nil || len(lines) != 2 {
		t.Fatalf("lines %+v, %v", lines, err)
	}
	i := slices.IndexFunc(lines, func(x Line) bool { return x.Party == "borea.example" })
	if lines[i].State != LineDown || lines[i].Waiting == 0 || lines[i].Why == "" {
		t.Errorf("line %+v", lines[i])
	}
}

func TestDeskSaysWhatIsStopped(t *testing.T) {
	l := newLine(t)
	ctx := t.Context()
	m := l.circle.Nodes["aster.example"]
	if err := m.DB.Update(ctx, func(tx *sqldb.Tx) error {
		return tx.RaiseAlarm("fork", "borea.example/fedcba9876543210", "two histories", m.Now())
	}); err != nil {
		t.Fatal(err)
	}
	lines, err := l.aster.Lines(ctx, l.anna)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range lines {
		if want := map[bool]LineState{true: LineStopped, false: LineUp}[x.Party == "borea.example"]; x.State != want {
			t.Errorf("%s is %s, want %s", x.Party, x.State, want)
		}
	}
	alarms, err := l.aster.Alarms(ctx, l.anna)
	if err != nil || len(alarms) != 1 || alarms[0].Kind != AlarmFork || alarms[0].Party != "borea.example" {
		t.Errorf("alarms %+v, %v", alarms, err)
	}
	if o, err := l.aster.Overview(ctx, l.anna); err != nil || o.Alarms != 1 || o.LinesDown != 1 {
		t.Errorf("overview %+v, %v", o, err)
	}
}

func TestDeskEvents(t *testing.T) {
	l := newLine(t)
	ctx, cancel := context.WithCancel(t.Context())
	events, err := l.borea.Subscribe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	l.send(1, parley.Flash, "wake up")
	l.settle()
	flash := false
	for !flash {
		select {
		case e := <-events:
			flash = e.Flash
		case <-time.After(10 * time.Second):
			t.Fatal("no event says that a flash has arrived")
		}
	}
	cancel()
	for range events { // closed by the node
	}
}
