package web

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// SendForm implements Forming.
func (d *OnNode) SendForm(ctx context.Context, by officer.Officer, m FormDraft) (Sent, error) {
	if d.Forms == nil {
		return Sent{}, parley.E(parley.NotFound, "this desk fills in no forms")
	}
	from := m.From
	if from == "" && m.Answers != "" {
		v, err := d.find(ctx, by, m.Answers)
		if err != nil {
			return Sent{}, err
		}
		for _, b := range append([]parley.Body{v.From}, v.To...) {
			if from == "" && by.ActsFor(b) {
				from = b
			}
		}
	}
	if !by.May(officer.Send) || from == "" || !by.ActsFor(from) {
		return Sent{}, parley.E(parley.Forbidden, "you may not send for %s", from)
	}
	if err := d.Officers.Record(ctx, by, "send", m.Nonce.String()); err != nil {
		return Sent{}, err
	}
	h, err := d.Forms.Send(ctx, m.request(from))
	if err != nil {
		return Sent{}, err
	}
	return Sent{ID: h.Nonce.String(), State: stateOf(&node.Row{State: h.State, Ours: true}), Until: h.HoldUntil}, nil
}

// request is what the node takes.
func (m FormDraft) request(from parley.Body) node.FormRequest {
	r := node.FormRequest{Kind: m.Kind, Step: m.Step, Fields: m.Fields, SendRequest: node.SendRequest{Agreement: m.Agreement, From: string(from),
		Precedence: string(m.Precedence), Marking: m.Marking, Language: m.Language, Answers: m.Answers, Exercise: m.Exercise, Nonce: m.Nonce.String()}}
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
