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
	return sentAs(h), nil
}

// request is what the node takes.
func (m *FormDraft) request(from parley.Body) node.FormRequest {
	return node.FormRequest{Kind: m.Kind, Step: m.Step, Fields: m.Fields, SendRequest: m.Draft.request(from)}
}
