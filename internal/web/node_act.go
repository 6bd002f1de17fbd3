package web

import (
	"context"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// Send implements Acting.
func (d *OnNode) Send(ctx context.Context, by officer.Officer, m Draft) (Sent, error) {
	if !by.May(officer.Send) || !by.ActsFor(m.From) {
		return Sent{}, parley.E(parley.Forbidden, "you may not send for %s", m.From)
	}
	if err := d.Officers.Record(ctx, by, "send", m.Nonce.String()); err != nil {
		return Sent{}, err
	}
	r := m.request(m.From)
	r.Text = m.Text
	h, err := d.Node.SendHotline(ctx, r)
	if err != nil {
		return Sent{}, err
	}
	return sentAs(h), nil
}

// request is what the node takes, without the text.
func (m *Draft) request(from parley.Body) node.SendRequest {
	r := node.SendRequest{Agreement: m.Agreement, From: string(from), Precedence: string(m.Precedence), Marking: m.Marking,
		Language: m.Language, Answers: m.Answers, Exercise: m.Exercise, Nonce: m.Nonce.String()}
	for _, b := range m.To {
		r.To = append(r.To, string(b))
	}
	if m.Files != nil {
		r.Stream = func(yield func(node.File, error) bool) {
			for u, err := range m.Files {
				if !yield(node.File{Name: u.Name, Body: u.Content}, err) {
					return
				}
			}
		}
	}
	return r
}

// sentAs is what the page says of a message in the outbox.
func sentAs(h node.Held) Sent {
	return Sent{ID: h.Nonce.String(), State: stateOf(&node.Row{State: h.State, Ours: true}), Until: h.HoldUntil}
}

// Undo implements Acting.
func (d *OnNode) Undo(ctx context.Context, by officer.Officer, id string) error {
	v, err := d.find(ctx, by, id)
	if err != nil {
		return err
	}
	if v.Nonce == "" {
		return parley.E(parley.Conflict, "the message has left the outbox: it can no longer be undone").WithHint("send a correction in the same thread")
	}
	if !by.ActsFor(v.From) {
		return parley.E(parley.Forbidden, "you do not act for %s", v.From)
	}
	nonce, err := parley.ParseNonce(v.Nonce)
	if err != nil {
		return err
	}
	if err := d.Officers.Record(ctx, by, "undo", v.Nonce); err != nil {
		return err
	}
	return d.Node.Undo(ctx, nonce)
}

// Release implements Acting.
func (d *OnNode) Release(ctx context.Context, by officer.Officer, id string) error {
	v, err := d.find(ctx, by, id)
	if err != nil {
		return err
	}
	if !by.May(officer.Release) || !by.ActsFor(v.From) {
		return parley.E(parley.Forbidden, "you may not release for %s", v.From)
	}
	nonce, err := parley.ParseNonce(v.Nonce)
	if err != nil {
		return parley.E(parley.Conflict, "the message has left the outbox already")
	}
	if err := d.Officers.SecondPerson(ctx, by, v.Nonce); err != nil {
		return err
	}
	if err := d.Officers.Record(ctx, by, "release", v.Nonce); err != nil {
		return err
	}
	return d.Node.Release(ctx, nonce)
}

// Countersign implements Acting.
func (d *OnNode) Countersign(ctx context.Context, by officer.Officer, id string) error {
	v, err := d.find(ctx, by, id)
	if err != nil {
		return err
	}
	if !by.May(officer.Release) || !by.ActsFor(v.From) {
		return parley.E(parley.Forbidden, "you may not give the second signature for %s", v.From)
	}
	if !v.Unsigned {
		return parley.E(parley.Conflict, "no second signature is owed any more")
	}
	m, err := d.Node.Message(ctx, v.Ref)
	if err != nil {
		return err
	}
	if err := d.Officers.SecondPerson(ctx, by, m.Nonce().String()); err != nil {
		return err
	}
	if err := d.Officers.Record(ctx, by, "countersign", v.ID); err != nil {
		return err
	}
	_, err = d.Node.Countersign(ctx, node.CountersignRequest{Message: v.Ref})
	return err
}

// Settle implements Acting.
func (d *OnNode) Settle(ctx context.Context, by officer.Officer, id, why string) error {
	if !by.May(officer.Override) {
		return parley.E(parley.Forbidden, "ending an alarm is a decision for an officer with the role override")
	}
	kind, rest, _ := strings.Cut(id, " ")
	subject, _, _ := strings.Cut(rest, " ")
	if err := d.Officers.Record(ctx, by, "settle", kind+" "+subject); err != nil {
		return err
	}
	_, err := d.Node.Settle(ctx, node.SettleRequest{Kind: kind, Subject: subject, Officer: by.Name, Why: strings.Join(strings.Fields(why), " ")})
	return err
}

// Seen implements Acting.
func (d *OnNode) Seen(ctx context.Context, by officer.Officer, id string) error {
	return d.answer(ctx, by, id, "seen", "", d.Node.Seen)
}

// Acknowledge implements Acting.
func (d *OnNode) Acknowledge(ctx context.Context, by officer.Officer, id, note string) error {
	return d.answer(ctx, by, id, "acknowledge", note, d.Node.Acknowledge)
}

// Decline implements Acting.
func (d *OnNode) Decline(ctx context.Context, by officer.Officer, id, reason string) error {
	return d.answer(ctx, by, id, "decline", reason, d.Node.Decline)
}

func (d *OnNode) answer(ctx context.Context, by officer.Officer, id, act, words string, say func(context.Context, node.AnswerRequest) (node.Held, error)) error {
	v, err := d.find(ctx, by, id)
	if err != nil {
		return err
	}
	if !by.ActsForAny(v.To) {
		return parley.E(parley.Forbidden, "you act for none of the bodies that it is addressed to")
	}
	if err := d.Officers.Record(ctx, by, act, v.ID); err != nil {
		return err
	}
	// pressed twice, it is one receipt; another word is another
	sum := parley.Sum([]byte("desk receipt " + act + " " + v.ID))
	_, err = say(ctx, node.AnswerRequest{Message: v.Ref, Reason: words, Nonce: parley.Nonce(sum[:16]).String()})
	return err
}
