package web

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
	"parley.example/parley/internal/register"
)

// requestsOf are the requests of the node, where its registers have them.
func (d *OnNode) requestsOf() (*node.Requests, error) {
	if d.Asking == nil {
		return nil, parley.E(parley.NotFound, "this desk has no requests")
	}
	return d.Asking, nil
}

// Requests implements Requesting: those that a body of the officer's is asked or asks.
func (d *OnNode) Requests(ctx context.Context, by officer.Officer, q node.RequestQuery) (node.RequestList, error) {
	s, err := d.requestsOf()
	if err != nil {
		return node.RequestList{}, err
	}
	var out node.RequestList
	out.Rows, out.Next, err = mine(Page{After: q.After, Limit: q.Limit}, func(r node.ListRequest) ([]node.RequestRow, string, error) {
		q.After, q.Limit = r.After, r.Limit
		list, err := s.List(ctx, q)
		return list.Rows, list.Next, err
	}, func(r *node.RequestRow) bool { return sees(by, &r.Row) })
	return out, err
}

// Request implements Requesting. A step that the officer may not take is not offered.
func (d *OnNode) Request(ctx context.Context, by officer.Officer, id string, languages []string) (node.RequestView, error) {
	s, err := d.requestsOf()
	if err != nil {
		return node.RequestView{}, err
	}
	v, err := s.Show(ctx, id, languages...)
	if err != nil {
		return v, err
	}
	if !by.ActsFor(v.From) && !by.ActsForAny(v.To) {
		return node.RequestView{}, parley.E(parley.NotFound, "no request %q for a body of yours", id)
	}
	if !by.May(officer.Send) {
		v.Next = nil
	}
	return v, nil
}

// Text implements Requesting.
func (d *OnNode) Text(ctx context.Context, by officer.Officer, id string) (*agreement.Agreement, error) {
	l, err := d.Node.Line(id)
	if err != nil {
		return nil, err
	}
	return l.Text()
}

var _ node.RequestRegister = (*register.Register)(nil)
