package node

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/indicator"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

// IntelQuery is intel.Query as a person or a program writes it.
type IntelQuery struct {
	Terms         []string  `json:"terms,omitempty"` // as typed: an id, a value, a pattern, label:WORD, type:WORD, or words of a text
	New           bool      `json:"new,omitempty"`   // what came since people looked last
	Types         []string  `json:"types,omitempty"`
	IDs           []string  `json:"ids,omitempty"`
	Labels        []string  `json:"labels,omitempty"`
	Values        []string  `json:"values,omitempty"`   // refanged, in all readings
	Covering      bool      `json:"covering,omitempty"` // also what one of the values lies in
	Pattern       string    `json:"pattern,omitempty"`  // a STIX pattern: what is found by one of its values
	Refs          []string  `json:"refs,omitempty"`
	Text          string    `json:"text,omitempty"`
	Sources       []int64   `json:"sources,omitempty"`
	Party         string    `json:"party,omitempty"`     // only what came from it or went to it
	Direction     string    `json:"direction,omitempty"` // own, in, out; empty: own and in
	Versions      []string  `json:"versions,omitempty"`
	MaxTLP        string    `json:"max_tlp,omitempty"`
	MinTLP        string    `json:"min_tlp,omitempty"`
	AddedAfter    time.Time `json:"added_after,omitzero"`
	ModifiedFrom  time.Time `json:"modified_from,omitzero"`
	ModifiedUntil time.Time `json:"modified_until,omitzero"`
	Revoked       bool      `json:"revoked,omitempty"`
	Recalled      bool      `json:"recalled,omitempty"`
	Contested     bool      `json:"contested,omitempty"`
	OnlyContested bool      `json:"only_contested,omitempty"`
	Newest        bool      `json:"newest,omitempty"`
	After         uint64    `json:"after,omitempty"`
	Limit         int       `json:"limit,omitempty"`
	NoRaw         bool      `json:"no_raw,omitempty"`
	Octets        bool      `json:"octets,omitempty"` // IntelObject.Octets instead of Object
}

// sort puts what was typed where it belongs.
func (r IntelQuery) sort() IntelQuery {
	r.Types, r.Labels, r.IDs, r.Values = slices.Clone(r.Types), slices.Clone(r.Labels), slices.Clone(r.IDs), slices.Clone(r.Values)
	for _, t := range r.Terms {
		kind, rest, cut := strings.Cut(t, ":")
		switch {
		case cut && kind == "label":
			r.Labels = append(r.Labels, rest)
		case cut && kind == "type":
			r.Types = append(r.Types, rest)
		case cut && kind == "text":
			r.Text += " " + rest
		case cut && kind == "tlp":
			r.MaxTLP = rest
		case strings.HasPrefix(t, "["):
			r.Pattern = t
		case stixID.MatchString(t):
			r.IDs = append(r.IDs, t)
		default:
			if v, err := indicator.Recognise(t); err == nil && telling[v.Kind] {
				r.Values = append(r.Values, t)
			} else {
				r.Text += " " + t
			}
		}
	}
	r.Text = strings.TrimSpace(r.Text)
	return r
}

// narrows says whether the query asks for less than all that there is.
func (r *IntelQuery) narrows() bool {
	return len(r.Terms)+len(r.Types)+len(r.IDs)+len(r.Labels)+len(r.Values)+len(r.Refs)+len(r.Sources) > 0 || r.Pattern+r.Text+r.Party+r.Direction+r.MaxTLP+r.MinTLP != "" ||
		!r.AddedAfter.IsZero() || !r.ModifiedFrom.IsZero() || !r.ModifiedUntil.IsZero()
}

// errCopies refuses to send what the store has of what was sent: its original may be there
// no more, or recalled.
func errCopies() error {
	return parley.E(parley.Invalid, "direction out is what was sent already").WithHint("send it from where it came: --direction own or in")
}

// errEverything refuses to send what nobody has chosen.
func errEverything() error {
	return parley.E(parley.Invalid, "which objects: the query is empty").WithHint("name an id, a value, label:WORD or type:WORD; --direction own is all of our own")
}

var stixID = regexp.MustCompile(`^[a-z0-9-]{3,250}--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// telling are the kinds of values that no word of a text looks like.
var telling = map[indicator.Kind]bool{"ipv4-addr": true, "ipv6-addr": true, "domain-name": true, "url": true, "email-addr": true, "mac-addr": true,
	"md5": true, "sha1": true, "sha256": true, "sha512": true, "ssdeep": true, "tlsh": true, "autonomous-system": true}

// parse gives the query for the store; who asks is the caller's to say.
func (r *IntelQuery) parse() (intel.Query, error) {
	for _, list := range [][]string{r.Terms, r.Types, r.IDs, r.Labels, r.Values, r.Refs} {
		if slices.Contains(list, "") { // an unset variable of a script must not mean everything
			return intel.Query{}, parley.E(parley.Invalid, "a query with an empty word: leave it out, or say which objects are meant")
		}
	}
	sorted := r.sort()
	r = &sorted
	q := intel.Query{Types: r.Types, IDs: r.IDs, Labels: r.Labels, Refs: r.Refs, Text: r.Text, Sources: r.Sources, Versions: r.Versions,
		AddedAfter: r.AddedAfter, ModifiedFrom: r.ModifiedFrom, ModifiedUntil: r.ModifiedUntil, WithRevoked: r.Revoked, WithRecalled: r.Recalled,
		WithContested: r.Contested, OnlyContested: r.OnlyContested, Newest: r.Newest, After: intel.Cursor(r.After), Limit: r.Limit, NoRaw: r.NoRaw, Party: parley.Party(r.Party), Directions: []intel.Direction{intel.Own, intel.In}}
	switch d := intel.Direction(r.Direction); d {
	case "":
	case intel.Own, intel.In, intel.Out:
		q.Directions = []intel.Direction{d}
	default:
		return q, parley.E(parley.Invalid, "direction %.20q: want own, in or out", r.Direction)
	}
	for _, x := range []struct {
		word string
		to   *stix.TLP
	}{{r.MaxTLP, &q.MaxTLP}, {r.MinTLP, &q.MinTLP}} {
		var ok bool
		if *x.to, ok = stix.ParseTLP(x.word); !ok && x.word != "" {
			return q, parley.E(parley.Invalid, "marking %.40q: want clear, green, amber, amber+strict or red", x.word)
		}
	}
	for _, text := range r.Values {
		all := indicator.Readings(text)
		if len(all) == 0 {
			_, err := indicator.Recognise(text)
			return q, parley.E(parley.Invalid, "value %.80q: %s", text, err)
		}
		q.Values = append(q.Values, all...)
	}
	if r.Pattern != "" {
		p, err := indicator.ParsePattern(r.Pattern)
		if err != nil {
			return q, parley.E(parley.Invalid, "pattern: %s", err)
		}
		values, _ := p.Values()
		if len(values) == 0 {
			return q, parley.E(parley.Invalid, "the pattern has no value to look for").WithHint("a comparison with = or IN has one; --text finds words")
		}
		q.Values = append(q.Values, values...)
	}
	if r.Covering {
		if len(q.Values) == 0 {
			return q, parley.E(parley.Invalid, "covering is for a search by value: name an address, a domain, a URL or an e-mail address")
		}
		q.Values = withCovering(q.Values)
	}
	return q, nil
}
