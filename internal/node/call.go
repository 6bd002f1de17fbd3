package node

import (
	"context"
	"encoding/json"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/register"
)

// oldestCall is how long after a call it may be put on record.
const oldestCall = 366 * 24 * time.Hour

// RecordCall puts a call on record for the other side to confirm. The fields are
// those of the form; kind and step of the request are not looked at. Invalid for a
// call that has not been made, or that is too long ago. CALL-2, CALL-5
func (n *Node) RecordCall(ctx context.Context, r FormRequest) (Held, error) {
	if r.Answers != "" {
		return Held{}, parley.E(parley.Invalid, "a call's record opens a matter of its own")
	}
	r.Kind, r.Step = parley.KindCall, parley.CallRecord
	l, m, err := n.fillForm(ctx, r)
	if err != nil {
		return Held{}, err
	}
	a, err := l.text()
	if err != nil {
		return Held{}, err
	}
	for _, b := range m.To {
		if b.Party() == l.us {
			return Held{}, parley.E(parley.Invalid, "%s is a body of ours: the record goes to the other side of the call", b)
		}
	}
	c := content[form.CallRecord](m.Raw)
	at, err := time.Parse(time.RFC3339, c.At)
	if err != nil {
		return Held{}, parley.E(parley.Invalid, "at %q: want an instant such as 2027-01-31T09:00:00Z", c.At)
	}
	switch end, now := at.Add(time.Duration(c.Minutes)*time.Minute), n.now(); {
	case at.After(now.Add(a.Tolerance())):
		return Held{}, parley.E(parley.Invalid, "at %s: that call has not been made yet, by our clock", c.At)
	case end.After(now.Add(a.Tolerance() + time.Minute)):
		return Held{}, parley.E(parley.Invalid, "minutes %d: a call that began at %s has not lasted so long yet", c.Minutes, c.At)
	case at.Before(now.Add(-oldestCall)):
		return Held{}, parley.E(parley.Invalid, "at %s: a call goes on record within a year", c.At)
	}
	return l.send(ctx, m)
}

// ConfirmCall says that a call took place as the other side put it on record.
// Forbidden for the side that recorded it and for a body that the record does not
// name; Conflict where the body has said so, or the contrary. CALL-3, CALL-4
func (n *Node) ConfirmCall(ctx context.Context, r FormRequest) (Held, error) {
	return n.answerCall(ctx, r, parley.CallConfirm)
}

// DenyCall says that there was no such call, or another one. CALL-6
func (n *Node) DenyCall(ctx context.Context, r FormRequest) (Held, error) {
	return n.answerCall(ctx, r, parley.CallDeny)
}

func (n *Node) answerCall(ctx context.Context, r FormRequest, step string) (Held, error) {
	m, err := n.Message(ctx, r.Answers)
	if err != nil {
		return Held{}, err
	}
	l, err := n.Line(m.Agreement.String())
	if err != nil {
		return Held{}, err
	}
	from := parley.Body(r.From)
	if from == "" {
		from = l.bodyAmong(m.To)
	}
	switch {
	case m.Kind != parley.KindCall || m.Step != parley.CallRecord:
		return Held{}, parley.E(parley.Invalid, "%s is no call on record: it is a %s", m.Short, kindWord(m))
	case m.Ours:
		return Held{}, parley.E(parley.Forbidden, "%s was recorded by us: the other side confirms or denies it", m.Short)
	case from == "" || !named(m.To, from):
		return Held{}, parley.E(parley.Forbidden, "%s names %s: another body cannot answer it", m.Short, joined(m.To))
	case step == parley.CallConfirm && l.impossible(&m):
		return Held{}, parley.E(parley.Invalid, "%s tells of a call that had not been made when it was written: it cannot be confirmed", m.Short).
			WithHint("`parley call deny %s --reason time`", m.Short)
	}
	folded, err := n.checks()
	if err != nil {
		return Held{}, err
	}
	known, err := folded.At(ctx, m.ref)
	if err != nil {
		return Held{}, err
	}
	for _, s := range known.Steps {
		if s.From == from && (s.Says == "call."+parley.CallConfirm || s.Says == "call."+parley.CallDeny) {
			return Held{}, parley.E(parley.Conflict, "%s has answered %s already, by %s", from, m.Short, n.Name(s.Ref)).WithHint("say more on the hotline, in this thread")
		}
	}
	r.From, r.To, r.Answers = string(from), []string{string(m.From)}, m.ID.String()
	return n.SendForm(ctx, FormRequest{SendRequest: r.SendRequest, Kind: parley.KindCall, Step: step, Fields: r.Fields})
}

// impossible: a record of a call that had not been made when it was written. CALL-5
func (l *Line) impossible(m *Message) bool {
	var c form.CallRecord
	a, err := l.text()
	if err != nil || json.Unmarshal(m.Content, &c) != nil {
		return false
	}
	at, err := time.Parse(time.RFC3339, c.At)
	return err == nil && at.After(m.Time.Add(a.Tolerance()))
}

// Call is a call on record, as a person reads it.
type Call struct {
	Row
	Call       form.CallRecord `json:"call"`
	Stands     string          `json:"stands"` // recorded, confirmed, denied, conflict
	Impossible bool            `json:"impossible,omitempty"`
	Answers    []CallAnswer    `json:"answered,omitempty"`
}

// CallAnswer is what a body says to a record.
type CallAnswer struct {
	Says   string      `json:"says"` // confirm, deny
	From   parley.Body `json:"from"`
	Ref    string      `json:"ref"`
	Said   time.Time   `json:"said"`
	Role   string      `json:"role,omitempty"`
	Reason string      `json:"reason,omitempty"` // of a denial
	Note   string      `json:"note,omitempty"`
}

// CallList is a page of calls. It may hold fewer rows than asked for: secrets for
// call words are left out.
type CallList struct {
	Calls []Call `json:"calls"`
	Next  string `json:"next,omitempty"` // empty on the last page
}

// CallReader shows calls.
type CallReader struct{ lists *Lists }

// Calls is the register of calls as people read it.
func (s *Lists) Calls() CallReader { return CallReader{s} }

// List is a page of calls on record, the newest here first. What is still in the
// outbox comes on the first page without its fields.
func (c CallReader) List(ctx context.Context, r ListRequest) (out CallList, err error) {
	list, err := c.lists.list(ctx, r, register.Query{Kind: parley.KindCall, Opens: true}, nil)
	if err != nil {
		return out, err
	}
	out.Calls, out.Next = []Call{}, list.Next
	for i := range list.Rows {
		if list.Rows[i].Step == parley.CallRecord {
			one, err := c.Show(ctx, list.Rows[i].Ref)
			if err != nil {
				return out, err
			}
			out.Calls = append(out.Calls, one)
		}
	}
	return out, nil
}

// Show is one call on record with what was said to it. NotFound where the message
// is no call's record.
func (c CallReader) Show(ctx context.Context, name string) (Call, error) {
	n := c.lists.node
	m, err := n.Message(ctx, name)
	if err != nil {
		return Call{}, err
	}
	if m.Kind != parley.KindCall || m.Step != parley.CallRecord {
		return Call{}, parley.E(parley.NotFound, "%s is no call on record", m.Short)
	}
	f, err := c.lists.folded.At(ctx, m.ref)
	if err != nil {
		return Call{}, err
	}
	out := Call{Row: c.lists.foldedRow(&f), Stands: register.CallState(&f)}
	out.Ours = m.Ours
	if m.Readable && json.Unmarshal(m.Content, &out.Call) != nil {
		return Call{}, parley.E(parley.Internal, "call %s does not read back", m.Short)
	}
	if l, err := n.Line(m.Agreement.String()); err == nil {
		out.Impossible = l.impossible(&m)
	}
	for _, s := range f.Steps {
		if s.Says != "call."+parley.CallConfirm && s.Says != "call."+parley.CallDeny {
			continue
		}
		a := CallAnswer{Says: s.Says[len("call."):], From: s.From, Ref: n.Name(s.Ref), Said: s.Said}
		if said, err := n.MessageAt(ctx, s.Ref); err == nil {
			var d struct {
				Role   string            `json:"role"`
				Reason string            `json:"reason"`
				Note   *form.TextContent `json:"note"`
			}
			if json.Unmarshal(said.Content, &d) == nil {
				a.Role, a.Reason = d.Role, d.Reason
				if d.Note != nil {
					a.Note = d.Note.Text
				}
			}
		}
		out.Answers = append(out.Answers, a)
	}
	return out, nil
}
