package node

import (
	"context"
	"maps"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/form"
)

// nameMessages gives the values with the messages that people named as aster/118,
// or by the beginning of an id, by their whole id: only that is signed.
func (n *Node) nameMessages(ctx context.Context, f *form.Form, values map[string]any, a *agreement.Agreement) (map[string]any, error) {
	fields := f.Fields
	if f.Kind == parley.KindPhrase {
		fields = form.WithSlots(f, values, a)
	}
	return n.nameIn(ctx, fields, values)
}

func (n *Node) nameIn(ctx context.Context, fields []form.Field, values map[string]any) (map[string]any, error) {
	out := maps.Clone(values)
	for i := range fields {
		f := &fields[i]
		v, ok := out[f.Name]
		if !ok || f.Type != form.Message && f.Type != form.Group {
			continue
		}
		var err error
		if out[f.Name], err = n.nameOne(ctx, f, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (n *Node) nameOne(ctx context.Context, f *form.Field, v any) (any, error) {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var err error
			if list[i], err = n.nameOne(ctx, f, v[i]); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		if f.Type == form.Group {
			return n.nameIn(ctx, f.Fields, v)
		}
	case string:
		if v == "" || f.Type != form.Message {
			return v, nil
		}
		if _, err := parley.ParseHash(v); err == nil {
			return v, nil
		}
		m, err := n.Message(ctx, v)
		if err != nil {
			return nil, parley.E(parley.KindOf(err), "%s: %w", f.Name, err).WithHint("%s", parley.HintOf(err))
		}
		return m.ID.String(), nil
	}
	return v, nil
}
