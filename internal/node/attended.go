package node

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/register"
)

// longestAttended bounds how far ahead a desk may say that it is attended. CALL-7
const longestAttended = 31 * 24 * time.Hour

// AttendRequest says, or takes back, that people sit at a desk of ours.
type AttendRequest struct {
	Agreement string   `json:"agreement,omitempty"`
	From      string   `json:"from,omitempty"` // a body of ours; empty: the first
	To        []string `json:"to,omitempty"`   // empty: every body of the other parties, up to 16
	Until     string   `json:"until,omitempty"`
	Role      string   `json:"role,omitempty"`
	Note      string   `json:"note,omitempty"`
	Nonce     string   `json:"nonce,omitempty"`
}

// Attend says, signed, that people sit at our desk until an instant. It is
// voluntary, and takes the place of what the body said before. CALL-7
func (n *Node) Attend(ctx context.Context, r AttendRequest) (Held, error) {
	until, err := time.Parse(time.RFC3339, r.Until)
	switch now := n.now(); {
	case err != nil:
		return Held{}, parley.E(parley.Invalid, "until %.40q: want an instant such as 2027-01-31T18:00:00Z", r.Until)
	case !until.After(now):
		return Held{}, parley.E(parley.Invalid, "until %s: that time has passed", r.Until)
	case until.After(now.Add(longestAttended)):
		return Held{}, parley.E(parley.Invalid, "until %s: want at most 31 days ahead", r.Until)
	}
	fields := map[string]any{"until": until.UTC().Format("2006-01-02T15:04:05Z")}
	if r.Role != "" {
		fields["role"] = r.Role
	}
	return n.watch(ctx, r, parley.WatchAttended, fields)
}

// EndAttended says, signed, that people no longer sit at our desk.
func (n *Node) EndAttended(ctx context.Context, r AttendRequest) (Held, error) {
	if r.Until != "" || r.Role != "" {
		return Held{}, parley.E(parley.Invalid, "the end of a watch has no time and no role of its own: it is now")
	}
	return n.watch(ctx, r, parley.WatchEnded, map[string]any{})
}

func (n *Node) watch(ctx context.Context, r AttendRequest, step string, fields map[string]any) (Held, error) {
	l, err := n.Line(r.Agreement)
	if len(r.To) > 0 {
		to := make([]parley.Body, len(r.To))
		for i, s := range r.To {
			if to[i], err = parley.ParseBody(s); err != nil {
				return Held{}, err
			}
		}
		l, err = n.lineTo(r.Agreement, to)
	}
	if err != nil {
		return Held{}, err
	}
	a, err := l.text()
	if err != nil {
		return Held{}, err
	}
	if len(r.To) == 0 {
		r.To = l.bodies(a)
		r.To = r.To[:min(len(r.To), parley.MaxTo)]
	}
	if r.Note != "" {
		fields["note"] = r.Note
	}
	return n.SendForm(ctx, FormRequest{SendRequest: SendRequest{Agreement: l.id.String(), From: r.From, To: r.To, Nonce: r.Nonce, Now: true},
		Kind: parley.KindWatch, Step: step, Fields: fields})
}

// Attendance is what a desk has said of its own watch. Whoever has said nothing
// does not stand here: nothing follows from that. CALL-7
type Attendance struct {
	Agreement parley.Hash `json:"agreement"`
	Body      parley.Body `json:"body"`
	Ours      bool        `json:"ours"`
	Attended  bool        `json:"attended"` // now
	Until     time.Time   `json:"until,omitzero"`
	Ended     time.Time   `json:"ended,omitzero"` // by its author's clock
	Role      string      `json:"role,omitempty"`
	Note      string      `json:"note,omitempty"`
	Said      time.Time   `json:"said"`
	Ref       string      `json:"ref"`
}

// Attendance lists what each desk has said last, ours too, by agreement and body.
func (n *Node) Attendance(ctx context.Context) ([]Attendance, error) {
	folded, err := n.checks()
	if err != nil {
		return nil, err
	}
	list := []Attendance{}
	for _, l := range n.Lines() {
		a, err := l.text()
		if err != nil {
			return nil, err
		}
		for i := range a.Parties {
			origins := l.originsOf(a.Parties[i].Name)
			for j := range a.Parties[i].Bodies {
				b := a.Parties[i].Bodies[j].Name
				m, ok, err := lastWatch(ctx, folded, origins, b)
				if err != nil {
					return nil, err
				}
				if ok {
					if one, ok := n.attendance(ctx, &m); ok {
						one.Ours = b.Party() == l.us
						list = append(list, one)
					}
				}
			}
		}
	}
	return list, nil
}

// lastWatch is the newest statement of a body in its party's journals, which are
// given in order of succession: a succession takes nothing back that was said before.
func lastWatch(ctx context.Context, folded *register.Register, origins []parley.Origin, b parley.Body) (m register.Message, ok bool, err error) {
	for _, o := range slices.Backward(origins) {
		m, ok, err = folded.LastWatch(ctx, o, b)
		if ok || err != nil && parley.KindOf(err) != parley.NotFound {
			return m, ok, err
		}
	}
	return m, false, nil
}

func (n *Node) attendance(ctx context.Context, f *register.Message) (out Attendance, ok bool) {
	out = Attendance{Agreement: f.Agreement, Body: f.From, Said: f.Said, Ref: n.Name(f.Ref)}
	m, err := n.MessageAt(ctx, f.Ref)
	if err != nil || !m.Readable {
		return out, false
	}
	var c form.WatchAttended
	if json.Unmarshal(m.Content, &c) != nil {
		return out, false
	}
	if c.Note != nil {
		out.Note = c.Note.Text
	}
	if out.Role = c.Role; f.Step == parley.WatchEnded {
		out.Ended = f.Said
		return out, true
	}
	if out.Until, err = time.Parse(time.RFC3339, c.Until); err != nil || !out.Until.After(f.Said) || out.Until.After(f.Said.Add(longestAttended)) {
		return out, false // it says nothing
	}
	out.Attended = n.now().Before(out.Until)
	return out, true
}
