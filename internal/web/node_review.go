package web

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
	"parley.example/parley/internal/review"
)

// ReviewsWith implements Reviewing.
func (d *OnNode) ReviewsWith(context.Context, officer.Officer) ([]ReviewWith, error) {
	var list []ReviewWith
	for _, l := range d.Node.Lines() {
		for _, p := range l.Others() {
			list = append(list, ReviewWith{Agreement: l.ID().String(), Title: l.Title(), With: p})
		}
	}
	return list, nil
}

// Review implements Reviewing.
func (d *OnNode) Review(ctx context.Context, _ officer.Officer, w ReviewWith) (*review.Review, error) {
	out, err := d.Node.Review(ctx, node.ReviewRequest{Agreement: w.Agreement, With: w.With})
	if err != nil {
		return nil, err
	}
	return review.Parse(out.Review)
}

// Remark implements Reviewing: an officer speaks for a body that they act for.
func (d *OnNode) Remark(ctx context.Context, by officer.Officer, r node.RemarkRequest) error {
	var from parley.Body
	if len(by.Bodies) > 0 {
		from = by.Bodies[0]
	}
	if err := d.speaks(by, from); err != nil {
		return err
	}
	r.From = string(from)
	_, err := d.Node.Remark(ctx, r)
	return err
}
