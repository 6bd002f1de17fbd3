package node

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"

	"parley.example/parley"
)

// IncidentSplit says to whom an incident went by constituency, and what of it to nobody.
type IncidentSplit struct {
	Sent []IncidentPart `json:"sent"`
	Left Routed         `json:"left"` // conflicts, address book only, nobody's, broken, and our own
}

// IncidentPart is one body's message with the addresses that are its own.
type IncidentPart struct {
	Body   parley.Body `json:"body"`
	Values []string    `json:"values"`
	Held   Held        `json:"held"`
}

// SplitIncident opens an incident with each body whose constituency the addresses
// in `from-territory` and `affected` belong to: each gets its own, and what is
// nobody's, disputed or ours stays here and is shown. With a nonce, the same again
// is the same messages. Invalid where no address belongs to a counterpart. INCIDENT-7
func (n *Node) SplitIncident(ctx context.Context, r FormRequest) (IncidentSplit, error) {
	out := IncidentSplit{Sent: []IncidentPart{}}
	if r.Answers != "" || len(r.To) > 0 {
		return out, parley.E(parley.Invalid, "by constituency an incident is opened, and its addresses say with whom: want no addressee and no matter that it goes on with")
	}
	spelled := map[string][]string{} // the values of each field, in their one spelling
	var all []string
	for _, name := range []string{"from-territory", "affected", "affected-domains"} {
		answers, err := n.Whose(ctx, WhoseRequest{Values: listOf(r.Fields, name), Agreement: r.Agreement})
		if err != nil {
			return out, err
		}
		for _, w := range answers {
			if w.Broken != "" {
				return out, parley.E(parley.Invalid, "%s: %.80q: %s", name, w.Value, w.Broken)
			}
			spelled[name] = append(spelled[name], w.Is)
		}
		all = append(all, spelled[name]...)
	}
	routed, err := n.Route(ctx, WhoseRequest{Values: all, Agreement: r.Agreement})
	if err != nil {
		return out, err
	}
	bodies := routed.Bodies
	out.Left, out.Left.Bodies = routed, []RoutedTo{}
	for _, b := range bodies {
		if b.Ours {
			out.Left.Bodies = append(out.Left.Bodies, b)
			continue
		}
		part := r
		part.To, part.Agreement, part.Fields = []string{string(b.Body)}, b.Agreement.String(), maps.Clone(r.Fields)
		for name, values := range spelled {
			delete(part.Fields, name)
			if own := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !slices.Contains(b.Values, v) }); len(own) > 0 {
				part.Fields[name] = own
			}
		}
		if r.Nonce != "" {
			nonce, err := parley.ParseNonce(r.Nonce)
			if err != nil {
				return out, err
			}
			sum := sha256.Sum256(append(nonce[:], b.Body...))
			part.Nonce = parley.Nonce(sum[:len(nonce)]).String()
		}
		h, err := n.ReportIncident(ctx, part)
		if err != nil {
			return out, parley.E(parley.KindOf(err), "to %s: %w", b.Body, err)
		}
		out.Sent = append(out.Sent, IncidentPart{b.Body, b.Values, h})
	}
	if len(out.Sent) == 0 {
		return out, parley.E(parley.Invalid, "none of the %d addresses and domains belongs to a body of a counterpart", len(all)).
			WithHint("`parley contact whose` shows whose each is; name the addressees yourself to report it all the same")
	}
	return out, nil
}

// listOf is a field that lists values, as flags, pages and JSON give it.
func listOf(fields map[string]any, name string) (list []string) {
	switch v := fields[name].(type) {
	case string:
		return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
	case []string:
		return v
	case []any:
		for _, x := range v {
			if s, ok := x.(string); ok {
				list = append(list, s)
			}
		}
	}
	return list
}
