package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/officer"
)

// memory is a node that knows a few messages by heart and plays a counterpart
// that never answers by itself. For page tests.
type memory struct {
	asking
	directory
	forming
	reporting
	calling
	reviewing
	knowing
	mu        sync.Mutex // guards all that follows
	now       func() time.Time
	hold      time.Duration
	messages  []*View // newest first
	files     map[string][]byte
	lines     []Line
	alarms    []Alarm
	findings  []Finding
	readOnly  string
	broken    error // what every reading answers
	listeners map[chan Event]bool
	uploads   map[string][]byte
	addressed []Addressees
}

const (
	asterCert = parley.Body("aster.example/cert")
	asterMFA  = parley.Body("aster.example/mfa")
	boreaCert = parley.Body("borea.example/cert")
	boreaMFA  = parley.Body("borea.example/mfa")
	bilateral = "Aster – Borea 2026"
)

func newMemory(now func() time.Time) *memory {
	return &memory{now: now, hold: 10 * time.Second, files: map[string][]byte{}, uploads: map[string][]byte{}, listeners: map[chan Event]bool{},
		addressed: []Addressees{{Agreement: strings.Repeat("a", 64), Title: bilateral, From: []parley.Body{asterCert}, To: []parley.Body{boreaCert, boreaMFA},
			Markings: []string{"TLP:AMBER", "TLP:GREEN"}, Languages: []string{"en", "ru"}, Release: []parley.Precedence{parley.Immediate}, MaxFiles: 4, MaxBytes: 64 << 20}}}
}

func (m *memory) add(v View) *View {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = slices.Insert(m.messages, 0, &v)
	return &v
}

// arrive is a message of the counterpart.
func (m *memory) arrive(n int, p parley.Precedence, text string) *View {
	at := m.now().UTC()
	line, _, _ := strings.Cut(text, "\n")
	v := m.add(View{Row: Row{ID: fmt.Sprintf("%064x", n), Short: fmt.Sprintf("borea/%d", n), Agreement: bilateral, From: boreaCert, To: []parley.Body{asterCert},
		Kind: parley.KindHotline, Precedence: p, State: StateNew, Line: line, At: at,
		Proof: &Proof{Kind: ProofEntry, Ref: fmt.Sprintf("borea/%d", n), Time: at}},
		Thread: fmt.Sprintf("%064x", n), Text: text, Marking: "TLP:AMBER", Languages: []string{"en"},
		Steps: []Step{{State: StateSent, By: "borea.example", At: at, Proofs: []Proof{{Kind: ProofEntry, Ref: fmt.Sprintf("borea/%d", n), ID: fmt.Sprintf("%064x", n), Key: "borea.example/cert+0f1e2d3c", Time: at, Line: "— borea.example/cert Dx4tPA"}}},
			{State: StateNew, At: at, Proofs: []Proof{{Kind: ProofCosignature, Key: "aster.example/0123456789abcdef/mirror+5a6b7c8d", Time: at, Size: uint64(n + 1), Line: "— aster.example/0123456789abcdef/mirror Wmt8jQ"}}}},
		May: May{Seen: true, Acknowledge: true, Decline: true, Answer: true}})
	m.publish(Event{Topic: TopicMessage, ID: v.ID, Flash: p == parley.Flash})
	return v
}

// last is the newest message, as it is now.
func (m *memory) last() View {
	m.mu.Lock()
	defer m.mu.Unlock()
	return *m.messages[0]
}

func (m *memory) publish(e Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for c := range m.listeners {
		select {
		case c <- e:
		default:
		}
	}
}

func (m *memory) Subscribe(ctx context.Context) (<-chan Event, error) {
	c := make(chan Event, 16)
	m.mu.Lock()
	m.listeners[c] = true
	m.mu.Unlock()
	context.AfterFunc(ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.listeners, c)
		close(c)
	})
	return c, nil
}

func (m *memory) Overview(_ context.Context, by officer.Officer) (Overview, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := Overview{ReadOnly: m.readOnly}
	for _, v := range m.messages {
		if v.May.Acknowledge {
			o.Waiting++
			if v.Precedence == parley.Flash {
				o.Flash++
			}
		}
	}
	for _, a := range m.alarms {
		if a.Over.IsZero() {
			o.Alarms++
		}
	}
	for _, l := range m.lines {
		if l.State != LineUp && l.State != LineQuiet {
			o.LinesDown++
		}
	}
	return o, nil
}

func (m *memory) Inbox(_ context.Context, by officer.Officer, p Page) (Inbox, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return Inbox{}, m.broken
	}
	var in Inbox
	for _, v := range m.messages {
		switch {
		case v.Ours || !by.ActsForAny(v.To):
		case v.May.Acknowledge:
			in.Waiting = append(in.Waiting, v.Row)
		default:
			in.Rows = append(in.Rows, v.Row)
		}
	}
	slices.SortStableFunc(in.Waiting, func(a, b Row) int { return a.Precedence.Rank() - b.Precedence.Rank() })
	return in, nil
}

func (m *memory) Hotline(_ context.Context, _ officer.Officer, p Page) (List, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var l List
	start := 0
	fmt.Sscan(p.After, &start)
	for i, v := range m.messages {
		if i >= start+p.Limit {
			l.Next = fmt.Sprint(i)
			break
		}
		if i >= start {
			l.Rows = append(l.Rows, v.Row)
		}
	}
	return l, nil
}

func (m *memory) find(id string) (*View, error) {
	for _, v := range m.messages {
		if v.ID == id {
			return v, nil
		}
	}
	return nil, parley.E(parley.NotFound, "there is no such message")
}

func (m *memory) Message(_ context.Context, _ officer.Officer, id string, _ ...string) (View, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, err := m.find(id)
	if err != nil {
		return View{}, err
	}
	return *v, nil
}

func (m *memory) Thread(ctx context.Context, by officer.Officer, id string, _ ...string) (Thread, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := Thread{ID: id}
	for _, v := range slices.Backward(m.messages) {
		if v.Thread == id {
			t.Messages = append(t.Messages, *v)
		}
	}
	return t, nil
}

func (m *memory) File(_ context.Context, _ officer.Officer, id string, n int) (Download, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, err := m.find(id)
	if err != nil {
		return Download{}, err
	}
	if n >= len(v.Files) {
		return Download{}, parley.E(parley.NotFound, "there is no such file")
	}
	raw := m.files[v.Files[n].Name]
	return Download{Name: v.Files[n].Name, Size: int64(len(raw)), ReadCloser: io.NopCloser(bytes.NewReader(raw))}, nil
}

func (m *memory) Addressees(context.Context, officer.Officer) ([]Addressees, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.addressed, nil
}

func (m *memory) Lines(context.Context, officer.Officer) ([]Line, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lines, nil
}

func (m *memory) Countersign(_ context.Context, _ officer.Officer, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, v := range m.messages {
		if v.ID == id && v.Unsigned {
			v.Unsigned, v.May.Countersign = false, false
			return nil
		}
	}
	return parley.E(parley.Conflict, "no second signature is owed any more")
}

func (m *memory) Settle(_ context.Context, by officer.Officer, id, why string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.alarms {
		if a := &m.alarms[i]; a.ID == id && a.Settles && why != "" {
			a.Over, a.EndedBy, a.EndedWhy, a.Settles = m.now().UTC(), by.Name, why, false
			return nil
		}
	}
	return parley.E(parley.NotFound, "no such alarm stands")
}

func (m *memory) Alarms(context.Context, officer.Officer) ([]Alarm, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.alarms, nil
}

func (m *memory) Doctor(context.Context, officer.Officer) ([]Finding, error) { return m.findings, nil }

func (m *memory) Send(_ context.Context, by officer.Officer, d Draft) (Sent, error) {
	if !by.May(officer.Send) {
		return Sent{}, parley.E(parley.Forbidden, "this officer may not send")
	}
	if strings.Contains(d.Text, "refuse me") {
		return Sent{}, parley.E(parley.Invalid, "the marking does not allow this addressee").WithHint("choose TLP:GREEN")
	}
	id := d.Nonce.String()
	if v, err := m.Message(context.Background(), by, id); err == nil {
		return Sent{ID: id, State: v.State, Until: v.Held}, nil
	}
	at := m.now().UTC()
	line, _, _ := strings.Cut(d.Text, "\n")
	v := View{Row: Row{ID: id, Agreement: bilateral, Ours: true, From: d.From, To: d.To, Kind: parley.KindHotline, Precedence: d.Precedence, State: StateQueued,
		Line: line, At: at, Exercise: d.Exercise}, Text: d.Text, Thread: id, Marking: d.Marking, Languages: []string{d.Language}}
	if d.Precedence != parley.Flash {
		v.State, v.Held, v.May.Undo = StateHeldBack, at.Add(m.hold), true
	}
	v.Steps = []Step{{State: v.State, At: at, Proofs: []Proof{{Kind: ProofOwn, Time: at}}}}
	if d.Files != nil {
		for u, err := range d.Files {
			if err != nil {
				return Sent{}, err
			}
			raw, err := io.ReadAll(u.Content)
			if err != nil {
				return Sent{}, err
			}
			m.mu.Lock()
			m.uploads[u.Name] = raw
			m.mu.Unlock()
			v.Files = append(v.Files, File{Name: u.Name, Type: u.Type, Size: int64(len(raw)), Have: int64(len(raw)), State: FileWaiting})
			v.Row.Files++
		}
	}
	m.add(v)
	m.publish(Event{Topic: TopicMessage, ID: id})
	return Sent{ID: id, State: v.State, Until: v.Held}, nil
}

// change is what every act has in common.
func (m *memory) change(id string, allowed func(May) bool, f func(v *View)) error {
	m.mu.Lock()
	v, err := m.find(id)
	if err == nil && !allowed(v.May) {
		err = parley.E(parley.Conflict, "the message is no longer in a state for this")
	}
	if err == nil {
		f(v)
	}
	m.mu.Unlock()
	m.publish(Event{Topic: TopicMessage, ID: id})
	return err
}

func (m *memory) step(v *View, s State, text string) {
	at := m.now().UTC()
	v.State, v.Proof = s, &Proof{Kind: ProofReceipt, Ref: "aster/9", Time: at}
	v.Steps = append(v.Steps, Step{State: s, At: at, Text: text, Proofs: []Proof{{Kind: ProofReceipt, Ref: "aster/9", Time: at, Key: "aster.example/cert+01020304"}}})
}

func (m *memory) Undo(_ context.Context, _ officer.Officer, id string) error {
	return m.change(id, func(p May) bool { return p.Undo }, func(v *View) { v.Held = time.Time{}; v.May = May{}; m.step(v, StateUndone, "") })
}

func (m *memory) Release(_ context.Context, _ officer.Officer, id string) error {
	return m.change(id, func(p May) bool { return p.Release }, func(v *View) { v.May.Release = false; m.step(v, StateQueued, "") })
}

func (m *memory) Seen(_ context.Context, _ officer.Officer, id string) error {
	return m.change(id, func(p May) bool { return p.Seen }, func(v *View) { v.May.Seen = false; m.step(v, StateSeen, "") })
}

func (m *memory) Acknowledge(_ context.Context, _ officer.Officer, id, note string) error {
	return m.change(id, func(p May) bool { return p.Acknowledge }, func(v *View) { v.May = May{Answer: true}; m.step(v, StateAcknowledged, note) })
}

func (m *memory) Decline(_ context.Context, _ officer.Officer, id, reason string) error {
	if reason == "" {
		return parley.E(parley.Invalid, "a refusal needs a reason")
	}
	return m.change(id, func(p May) bool { return p.Decline }, func(v *View) { v.May = May{Answer: true}; m.step(v, StateDeclined, reason) })
}
