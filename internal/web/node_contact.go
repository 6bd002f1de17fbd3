package web

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// mine are the agreements in which the officer acts for a body of ours.
func (d *OnNode) mine(by officer.Officer) (map[parley.Hash]bool, error) {
	mine := map[parley.Hash]bool{}
	for _, l := range d.Node.Lines() {
		a, err := l.Text()
		if err != nil {
			return nil, err
		}
		if p, ok := a.Party(l.Us()); ok {
			for i := range p.Bodies {
				mine[l.ID()] = mine[l.ID()] || by.ActsFor(p.Bodies[i].Name)
			}
		}
	}
	return mine, nil
}

// Contacts implements Contacting.
func (d *OnNode) Contacts(ctx context.Context, by officer.Officer, q node.ContactQuery) (node.ContactList, error) {
	mine, err := d.mine(by)
	if err != nil {
		return node.ContactList{}, err
	}
	list, err := d.Node.Contacts(ctx, q)
	if err != nil {
		return list, err
	}
	rows := list.Points[:0]
	for _, v := range list.Points {
		if mine[v.Agreement] {
			rows = append(rows, v)
		}
	}
	list.Points = rows
	return list, nil
}

// Contact implements Contacting.
func (d *OnNode) Contact(ctx context.Context, by officer.Officer, key string) (node.ContactShown, error) {
	mine, err := d.mine(by)
	if err != nil {
		return node.ContactShown{}, err
	}
	v, err := d.Node.Contact(ctx, key, d.Now())
	if err == nil && !mine[v.Agreement] {
		return node.ContactShown{}, parley.E(parley.NotFound, "no contact point %.80q for a body of yours", key)
	}
	return v, err
}

// Whose implements Contacting: by the agreements of the officer, and by the
// address book, which is the house's.
func (d *OnNode) Whose(ctx context.Context, by officer.Officer, values []string) ([]node.Whose, error) {
	mine, err := d.mine(by)
	if err != nil {
		return nil, err
	}
	all := true
	var only []string
	for _, l := range d.Node.Lines() {
		if mine[l.ID()] {
			only = append(only, l.ID().String())
		} else {
			all = false
		}
	}
	if all {
		return d.Node.Whose(ctx, node.WhoseRequest{Values: values})
	}
	if len(only) != 1 {
		return nil, parley.E(parley.Forbidden, "this officer does not act under every agreement; ask under one: `parley contact whose --agreement`")
	}
	return d.Node.Whose(ctx, node.WhoseRequest{Agreement: only[0], Values: values})
}

// Conflicts implements Contacting.
func (d *OnNode) Conflicts(ctx context.Context, by officer.Officer) (list []node.Whose, more bool, err error) {
	mine, err := d.mine(by)
	if err != nil {
		return nil, false, err
	}
	for _, l := range d.Node.Lines() {
		if !mine[l.ID()] {
			continue
		}
		some, others, err := d.Node.Conflicts(ctx, l.ID().String())
		if err != nil {
			return nil, false, err
		}
		list, more = append(list, some...), more || others
	}
	return list, more, nil
}
