package node

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"maps"
	"slices"

	"parley.example/parley"
	"parley.example/parley/form"
)

// IncidentSplit says to whom an incident went by constituency, and what of it to nobody.
type IncidentSplit struct {
	Nonce parley.Nonce   `json:"nonce"` // with it, the same again is the same messages
	Sent  []IncidentPart `json:"sent"`
	Left  Routed         `json:"left"` // conflicts, address book only, nobody's, broken, and our own
}

// IncidentPart is one body's message with the addresses that are its own.
type IncidentPart struct {
	Body   parley.Body `json:"body"`
	Values []string    `json:"values"`
	Held   Held        `json:"held"`
}

// SplitIncident opens an incident with each body whose constituency the addresses
// in `from-territory` and `affected` belong to: each gets its own, and what is
// nobody's, disputed or ours stays here and is shown. All are checked and sealed
// before one is queued, and the same again with the nonce that was given, or that
// is named, is the same messages. Invalid where no address belongs to a
// counterpart. INCIDENT-7
func (n *Node) SplitIncident(ctx context.Context, r FormRequest) (IncidentSplit, error) {
	r.Kind = parley.KindIncident
	out := IncidentSplit{Sent: []IncidentPart{}}
	if r.Answers != "" || len(r.To) > 0 {
		return out, parley.E(parley.Invalid, "by constituency an incident is opened, and its addresses say with whom: want no addressee and no matter that it goes on with")
	}
	if r.Nonce == "" {
		rand.Read(out.Nonce[:])
	} else if nonce, err := parley.ParseNonce(r.Nonce); err != nil {
		return out, err
	} else {
		out.Nonce = nonce
	}
	affected, routed, err := n.routeIncident(ctx, r)
	if err != nil {
		return out, err
	}
	out.Left = routed
	out.Left.Bodies = []RoutedTo{}
	var parcels []parcel
	for _, b := range routed.Bodies {
		if b.Ours {
			out.Left.Bodies = append(out.Left.Bodies, b)
			continue
		}
		l, m, err := n.incident(ctx, r.partFor(&b, affected, out.Nonce))
		var p parcel
		if err == nil {
			p, err = l.pack(ctx, m)
		}
		if err != nil {
			return out, parley.E(parley.KindOf(err), "to %s: %w", b.Body, err).WithHint("%s", parley.HintOf(err))
		}
		parcels, out.Sent = append(parcels, p), append(out.Sent, IncidentPart{Body: b.Body, Values: b.Values})
	}
	if len(out.Sent) == 0 {
		return out, parley.E(parley.Invalid, "none of the %d addresses and domains belongs to a body of a counterpart", len(affected["affected"])+len(affected["affected-domains"])+len(affected["from-territory"])).
			WithHint("`parley contact whose` shows whose each is; name the addressees yourself to report it all the same")
	}
	for i, p := range parcels {
		if out.Sent[i].Held, err = p.send(ctx); err != nil {
			return out, parley.E(parley.KindOf(err), "to %s: %w", out.Sent[i].Body, err).
				WithHint("%d of %d are queued: the same again with --nonce %s queues the rest, and none twice", i, len(parcels), out.Nonce)
		}
	}
	return out, nil
}

// routeIncident says whose the addresses of an incident are; affected are those of
// each field, in their one spelling.
func (n *Node) routeIncident(ctx context.Context, r FormRequest) (affected map[string][]string, routed Routed, err error) {
	f, ok := form.Find(r.Kind, r.Step, 1)
	if !ok {
		return nil, routed, parley.E(parley.Invalid, "an incident has no stage %.40q: want early or full", r.Step)
	}
	raw, err := f.FillIn(r.Language, r.Fields, nil)
	if err != nil {
		return nil, routed, err
	}
	c := content[form.IncidentContent](raw)
	affected = map[string][]string{"from-territory": c.FromTerritory, "affected": c.Affected, "affected-domains": c.AffectedDomains}
	var all []string
	for _, name := range []string{"from-territory", "affected", "affected-domains"} {
		answers, err := n.Whose(ctx, WhoseRequest{Values: affected[name], Agreement: r.Agreement})
		if err != nil {
			return nil, routed, err
		}
		for i, w := range answers {
			if w.Broken != "" {
				return nil, routed, parley.E(parley.Invalid, "%s: %.80q: %s", name, w.Value, w.Broken)
			}
			affected[name][i] = w.Is
		}
		all = append(all, affected[name]...)
	}
	routed, err = n.Route(ctx, WhoseRequest{Values: all, Agreement: r.Agreement})
	return affected, routed, err
}

// partFor is one body's message, with a nonce that follows from that of all.
func (r FormRequest) partFor(b *RoutedTo, affected map[string][]string, nonce parley.Nonce) FormRequest {
	r.To, r.Agreement, r.Fields = []string{string(b.Body)}, b.Agreement.String(), maps.Clone(r.Fields)
	for name, values := range affected {
		delete(r.Fields, name)
		if own := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !slices.Contains(b.Values, v) }); len(own) > 0 {
			r.Fields[name] = own
		}
	}
	sum := sha256.Sum256(append(nonce[:], b.Body...))
	r.Nonce = parley.Nonce(sum[:len(nonce)]).String()
	return r
}
