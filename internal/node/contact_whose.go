package node

import (
	"context"
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/constituency"
)

// MaxWhose bounds the values of one question; a longer file is asked in parts.
const MaxWhose = 20_000

// WhoseRequest asks whose values are.
type WhoseRequest struct {
	Agreement string   `json:"agreement,omitempty"` // empty: every one
	Values    []string `json:"values"`              // addresses, prefixes, AS numbers, domains
}

// How two parties claim one value. CONTACT-14
const (
	ConflictSame   = "same"   // both claim exactly this: a person decides
	ConflictInside = "inside" // the longer claim, which is followed, lies inside the other's
)

// Whose is the answer for one value.
type Whose struct {
	Value    string  `json:"value"`          // as it was asked
	Is       string  `json:"is,omitempty"`   // its one spelling
	Sort     string  `json:"sort,omitempty"` // address, prefix, asn, domain
	Holders  []Claim `json:"holders"`        // of the longest match; empty: nobody's
	Conflict string  `json:"conflict,omitempty"`
	Claims   []Claim `json:"claims,omitempty"` // of a conflict: every one, the longest first
	Inside   []Claim `json:"inside,omitempty"` // of a prefix: claims on parts of it
	More     bool    `json:"more,omitempty"`   // of those
	Signed   bool    `json:"signed"`           // false: the address book says so, nobody signed it
	Broken   string  `json:"broken,omitempty"` // it is no value: what would be right
}

// Claim is who claims what.
type Claim struct {
	Claim       string      `json:"claim"`
	Agreement   parley.Hash `json:"agreement,omitzero"`
	Party       string      `json:"party"`
	Body        string      `json:"body,omitempty"`
	Point       string      `json:"point,omitempty"`
	Key         string      `json:"key,omitempty"`
	Ours        bool        `json:"ours,omitempty"`
	Unconfirmed bool        `json:"unconfirmed,omitempty"`
	Source      string      `json:"source,omitempty"` // of the address book
}

// Whose answers "whose is this?", value by value and in their order. A value that
// is none is answered with what would be right; the others are answered. CONTACT-13
func (n *Node) Whose(ctx context.Context, r WhoseRequest) ([]Whose, error) {
	if len(r.Values) > MaxWhose {
		return nil, parley.E(parley.Invalid, "%d values: want at most %d in one question", len(r.Values), MaxWhose)
	}
	asked, err := n.indexes(ctx, r.Agreement)
	if err != nil {
		return nil, err
	}
	out := make([]Whose, len(r.Values))
	for i, s := range r.Values {
		out[i] = n.whose(asked, s)
	}
	return out, nil
}

// claims is an index of what is claimed; unsigned: by the address book.
type claims struct {
	*constituency.Index
	unsigned bool
}

// indexes are those of one agreement or of all, the address book's last.
func (n *Node) indexes(ctx context.Context, id string) ([]claims, error) {
	_, byLine, err := n.directoryNow(ctx)
	if err != nil {
		return nil, err
	}
	var asked []claims
	lines := n.Lines()
	if id != "" {
		l, err := n.Line(id)
		if err != nil {
			return nil, err
		}
		lines = []*Line{l}
	}
	for _, l := range lines {
		if x := byLine[l.id]; x != nil {
			asked = append(asked, claims{x, false})
		}
	}
	book, err := n.book.indexNow(ctx, n.db)
	if err != nil || book == nil {
		return asked, err
	}
	return append(asked, claims{book, true}), nil
}

func (n *Node) whose(asked []claims, s string) Whose {
	w := Whose{Value: s, Holders: []Claim{}}
	v, err := constituency.ParseValue(s)
	if err != nil {
		w.Broken = err.Error()
		return w
	}
	w.Is, w.Sort = v.String(), string(v.Sort)
	for _, x := range asked {
		if x.unsigned && len(w.Holders) > 0 { // a signed word stands. CONTACT-15
			continue
		}
		w.inside(n, x, v)
		h := x.Find(v)
		if !h.Found() {
			continue
		}
		w.Signed = !x.unsigned
		all := x.Claims(v)
		for _, c := range all {
			if c.Value == all[0].Value {
				w.Holders = append(w.Holders, n.claim(x, c))
			}
		}
		fought, inside := h.Contested()
		if !fought && !inside {
			continue
		}
		if w.Conflict = ConflictInside; fought {
			w.Conflict = ConflictSame
		}
		for _, c := range all {
			w.Claims = append(w.Claims, n.claim(x, c))
		}
	}
	return w
}

func (w *Whose) inside(n *Node, x claims, v constituency.Value) {
	list, more := x.Inside(v)
	for _, c := range list {
		w.Inside = append(w.Inside, n.claim(x, c))
	}
	w.More = w.More || more
}

func (n *Node) claim(x claims, c constituency.Claim) Claim {
	h := x.Holder(c.Holder)
	out := Claim{Claim: c.Value, Party: h.Party, Body: h.Body, Point: h.Point}
	switch of := h.Note.(type) {
	case *ContactView:
		k := of.record.Constituency
		out.Agreement, out.Key, out.Ours = of.Agreement, of.Key, of.Ours
		out.Unconfirmed = of.stale(k.Confirmed, k.Until, n.now().UTC())
	case bookHolder:
		out.Source = of.source
		out.Unconfirmed = n.now().UTC().After(of.until)
	}
	return out
}

// Conflicts are the claims of two parties on the same value, under one agreement
// or all of them, at most 200 for each; more says that there are others. CONTACT-14
func (n *Node) Conflicts(ctx context.Context, id string) (list []Whose, more bool, err error) {
	asked, err := n.indexes(ctx, id)
	if err != nil {
		return nil, false, err
	}
	for _, x := range asked {
		if x.unsigned {
			continue
		}
		conflicts, others := x.Conflicts()
		more = more || others
		for _, c := range conflicts {
			w := Whose{Value: c.Value, Is: c.Value, Conflict: ConflictInside, Signed: true, Holders: []Claim{}}
			if c.Fought {
				w.Conflict = ConflictSame
			}
			for _, claim := range c.Claims {
				w.Claims = append(w.Claims, n.claim(x, claim))
			}
			list = append(list, w)
		}
	}
	return list, more, nil
}

// Routed is a list of affected values split by whose they are.
type Routed struct {
	Bodies    []RoutedTo `json:"bodies"`    // in the order of their names
	Conflicts []Whose    `json:"conflicts"` // two parties claim exactly this: a person decides
	Unsigned  []Whose    `json:"unsigned"`  // only the address book knows: nobody signed it
	Nobody    []string   `json:"nobody"`
	Broken    []Whose    `json:"broken"`
}

// RoutedTo is what goes to one body.
type RoutedTo struct {
	Agreement parley.Hash  `json:"agreement"`
	Party     parley.Party `json:"party"`
	Body      parley.Body  `json:"body"`
	Points    []string     `json:"points"` // whose constituency it is: duty
	Ours      bool         `json:"ours"`
	Values    []string     `json:"values"`          // in their one spelling and the order in which they were asked, each once
	Contested []Whose      `json:"contested"`       // those among them that lie inside another party's claim
	Parts     []Whose      `json:"parts,omitempty"` // prefixes of which others claim a part
}

// Route splits affected values by the body whose constituency they are in: an
// incident, or a list, goes to each with its own part. Nothing is sent. CONTACT-13
func (n *Node) Route(ctx context.Context, r WhoseRequest) (Routed, error) {
	answers, err := n.Whose(ctx, r)
	if err != nil {
		return Routed{}, err
	}
	out := Routed{Bodies: []RoutedTo{}, Conflicts: []Whose{}, Unsigned: []Whose{}, Nobody: []string{}, Broken: []Whose{}}
	type place struct {
		agreement parley.Hash
		body      string
	}
	at, done := map[place]int{}, map[string]bool{}
	for _, w := range answers {
		switch {
		case w.Broken != "":
			out.Broken = append(out.Broken, w)
			continue
		case done[w.Is]:
			continue
		case len(w.Holders) == 0:
			out.Nobody = append(out.Nobody, w.Is)
		case !w.Signed:
			out.Unsigned = append(out.Unsigned, w)
		case w.Conflict == ConflictSame:
			out.Conflicts = append(out.Conflicts, w)
		}
		done[w.Is] = true
		if len(w.Holders) == 0 || !w.Signed || w.Conflict == ConflictSame {
			continue
		}
		for _, h := range w.Holders {
			p := place{h.Agreement, h.Body}
			i, ok := at[p]
			if !ok {
				i = len(out.Bodies)
				at[p] = i
				out.Bodies = append(out.Bodies, RoutedTo{Agreement: h.Agreement, Party: parley.Party(h.Party), Body: parley.Body(h.Body), Ours: h.Ours, Contested: []Whose{}})
			}
			b := &out.Bodies[i]
			if !slices.Contains(b.Points, h.Point) {
				b.Points = append(b.Points, h.Point)
			}
			if k := len(b.Values); k > 0 && b.Values[k-1] == w.Is { // two points of one body
				continue
			}
			b.Values = append(b.Values, w.Is)
			if w.Conflict != "" {
				b.Contested = append(b.Contested, w)
			}
			if len(w.Inside) > 0 {
				b.Parts = append(b.Parts, w)
			}
		}
	}
	slices.SortFunc(out.Bodies, func(a, b RoutedTo) int {
		if a.Body != b.Body {
			return map[bool]int{true: -1, false: 1}[a.Body < b.Body]
		}
		return slices.Compare(a.Agreement[:], b.Agreement[:])
	})
	return out, nil
}
