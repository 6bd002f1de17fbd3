package node

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/form"
	"parley.example/parley/internal/contactfile"
)

// ContactRequest is a contact point's record as a person or a program writes it.
// What is left out of the addressing goes to every body of the other parties that
// accept contacts.
type ContactRequest struct {
	SendRequest
	Fields map[string]any `json:"fields"`          // by name, as form.Contact; or {"contact": {...}} as an import writes it
	Zone   string         `json:"zone,omitempty"`  // of the IANA database: its offsets are listed in the record
	Years  int            `json:"years,omitempty"` // how far; 0: 5
	Valid  string         `json:"valid,omitempty"` // a length such as "6 months"; empty: the agreement's
}

// ContactPointRequest is about one contact point of ours that is published.
type ContactPointRequest struct {
	SendRequest
	Point string   `json:"point"`           // aster.example/cert/duty; duty alone where that is enough
	Facts []string `json:"facts,omitempty"` // confirm: addresses and fingerprints; none: everything
	Valid string   `json:"valid,omitempty"` // confirm: a length; empty: the agreement's
	Why   string   `json:"why,omitempty"`   // end: the reason
}

// maxListLines bounds an attached list of a constituency.
const maxListLines = 1_000_000

// PublishContact queues a contact point's record: with what the person left out
// filled in, in the one spelling of a record. CONTACT-1
func (n *Node) PublishContact(ctx context.Context, r ContactRequest) ([]Held, error) {
	l, a, err := n.contactLine(&r.SendRequest)
	if err != nil {
		return nil, err
	}
	fields := maps.Clone(r.Fields)
	if inner, ok := fields["contact"].(map[string]any); ok { // a draft that an import wrote
		fields = maps.Clone(inner)
	}
	if fields == nil {
		return nil, parley.E(parley.Invalid, "nothing to publish; want the fields of a contact point").WithHint("`parley form show contact.record` lists them")
	}
	for _, draft := range []string{"confirmed", "until"} {
		if s, _ := fields[draft].(string); s == "" || s <= n.now().UTC().Format(form.TimeLayout) && draft == "until" {
			delete(fields, draft)
		}
	}
	if err := n.fillValidity(fields, a, r.Valid); err != nil {
		return nil, err
	}
	if r.Zone != "" {
		years := r.Years
		if years == 0 {
			years = 5
		}
		calendar, err := contactfile.Zone(r.Zone, n.now(), years)
		if err != nil {
			return nil, err
		}
		if before, ok := fields["calendar"].(map[string]any); ok { // the zone brings offsets; the holidays stay
			calendar.Holidays = stringsOf(before["holidays"])
		}
		fields["zone"], fields["calendar"] = r.Zone, asFields(calendar)
	}
	shifts(fields)
	if len(r.Files) > 0 {
		if k, ok := fields["constituency"].(map[string]any); ok {
			if _, given := k["list"]; !given {
				k["list"] = 1
			}
		} else {
			fields["constituency"] = map[string]any{"list": 1}
		}
	}
	return n.sendContact(ctx, l, a, r.SendRequest, parley.ContactRecord, fields)
}

// ConfirmContact sends the last record of a point of ours again, with new
// instants: of all its facts, or of those named. CONTACT-8
func (n *Node) ConfirmContact(ctx context.Context, r ContactPointRequest) ([]Held, error) {
	p, err := n.ownContact(ctx, r.Agreement, r.Point)
	if err != nil {
		return nil, err
	}
	if p.record.Constituency != nil && p.record.Constituency.List > 0 {
		return nil, parley.E(parley.Conflict, "%s lists its constituency in an attachment", p.Key).WithHint("publish it again with its list: `parley contact publish`")
	}
	r.From, r.Agreement = string(p.Body), p.Agreement.String()
	l, a, err := n.contactLine(&r.SendRequest)
	if err != nil {
		return nil, err
	}
	c := *p.record
	if err := renew(&c, r.Facts); err != nil {
		return nil, err
	}
	fields := asFields(&c)
	delete(fields, "confirmed")
	delete(fields, "until")
	if err := n.fillValidity(fields, a, r.Valid); err != nil {
		return nil, err
	}
	return n.sendContact(ctx, l, a, r.SendRequest, parley.ContactRecord, fields)
}

// EndContact says that a contact point of ours is no more. CONTACT-2
func (n *Node) EndContact(ctx context.Context, r ContactPointRequest) ([]Held, error) {
	p, err := n.ownContact(ctx, r.Agreement, r.Point)
	if err != nil {
		return nil, err
	}
	r.From, r.Agreement = string(p.Body), p.Agreement.String()
	l, a, err := n.contactLine(&r.SendRequest)
	if err != nil {
		return nil, err
	}
	fields := map[string]any{"point": p.Point}
	if r.Why != "" {
		fields["why"] = r.Why
	}
	return n.sendContact(ctx, l, a, r.SendRequest, parley.ContactEnd, fields)
}

// contactLine finds the agreement, our body and the addressees.
func (n *Node) contactLine(r *SendRequest) (*Line, *agreement.Agreement, error) {
	if r.Agreement == "" && r.From != "" {
		to := []parley.Body{parley.Body(r.From)}
		for _, b := range r.To {
			to = append(to, parley.Body(b))
		}
		if l, err := n.lineTo("", to); err == nil {
			r.Agreement = l.id.String()
		}
	}
	l, err := n.Line(r.Agreement)
	if err != nil {
		return nil, nil, err
	}
	r.Agreement = l.id.String()
	a, err := l.text()
	if err != nil {
		return nil, nil, err
	}
	if r.From == "" {
		from, err := l.speaker("")
		if err != nil {
			return nil, nil, err
		}
		r.From = string(from)
	}
	if len(r.To) > 0 {
		return l, a, nil
	}
	for i := range a.Parties {
		if p := &a.Parties[i]; p.Name != l.us && a.Accepts(p.Name, parley.KindContact, 1) {
			for j := range p.Bodies {
				r.To = append(r.To, string(p.Bodies[j].Name))
			}
		}
	}
	if len(r.To) == 0 {
		return nil, nil, parley.E(parley.Forbidden, "no other party accepts messages of kind contact under this agreement").
			WithHint("an amendment adds [[traffic.accept]] kind = \"contact\"")
	}
	return l, a, nil
}

// sendContact queues a record for all addressees: one entry names at most sixteen. ENTRY-6
func (n *Node) sendContact(ctx context.Context, l *Line, a *agreement.Agreement, r SendRequest, step string, fields map[string]any) ([]Held, error) {
	if p, ok := a.Body(parley.Body(r.From)); !ok || p.Name.Party() != l.us {
		return nil, parley.E(parley.Forbidden, "%s is not a body of ours under this agreement", r.From)
	}
	r.Answers = ""
	if r.Precedence == "" {
		r.Precedence = string(parley.Routine)
	}
	var all []Held
	nonce := r.Nonce
	for i, some := range slices.Collect(slices.Chunk(r.To, parley.MaxTo)) {
		one := r
		if one.To = some; nonce != "" && i > 0 { // each entry has a nonce of its own, the same again when it is sent again
			sum := sha256.Sum256([]byte(nonce + string(rune('0'+i))))
			one.Nonce = parley.Hash(sum).String()[:32]
		}
		h, err := n.SendForm(ctx, FormRequest{SendRequest: one, Kind: parley.KindContact, Step: step, Fields: fields})
		if err != nil {
			return all, err
		}
		all = append(all, h)
	}
	return all, nil
}

// fillValidity dates what the person did not: confirmed now, for the length that
// was asked for, else for the agreement's. CONTACT-8, CONTACT-9
func (n *Node) fillValidity(fields map[string]any, a *agreement.Agreement, valid string) error {
	now := n.now().UTC().Truncate(time.Second)
	if _, ok := fields["confirmed"]; !ok {
		fields["confirmed"] = now.Format(form.TimeLayout)
	}
	if _, ok := fields["until"]; ok && valid == "" {
		return nil
	}
	longest := ContactLength(a)
	length := longest
	if valid != "" {
		var err error
		if length, err = clock.ParseLength(valid); err != nil {
			return err
		}
	}
	until, ok, err := length.Deadline(now, clock.UTC())
	if err != nil || !ok {
		return parley.E(parley.Invalid, "valid for %q: want a length such as 6 months", valid)
	}
	if end, ok, err := longest.Deadline(now, clock.UTC()); err == nil && ok && until.After(end) {
		return parley.E(parley.Invalid, "valid for %s: nothing that is said of a contact point stands longer than %s under this agreement", length, longest)
	}
	fields["until"] = until.Format(form.TimeLayout)
	return nil
}

// ContactLength is the agreement's length: after it a fact that nobody confirmed
// is unconfirmed. CONTACT-9
func ContactLength(a *agreement.Agreement) clock.Length {
	shortest, _ := clock.ParseLength("1 year")
	var least time.Time
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) // any day: only which of them is the shortest counts
	for i := range a.Promises.Commitments {
		c := &a.Promises.Commitments[i]
		if c.Sort != "recurring" || !slices.Contains(c.Kinds, parley.KindContact) {
			continue
		}
		l, err := clock.ParseLength(c.Every)
		if err != nil {
			continue
		}
		if by, ok, err := l.Deadline(begin, clock.UTC()); err == nil && ok && (least.IsZero() || by.Before(least)) {
			least, shortest = by, l
		}
	}
	return shortest
}

// shifts spells hours as records do: "always", and shifts over midnight. CONTACT-3
func shifts(fields map[string]any) {
	one := func(m map[string]any) {
		lines := stringsOf(m["hours"])
		if len(lines) == 0 {
			return
		}
		var out []string
		for _, s := range lines {
			for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ';' || r == '\n' }) {
				if part = strings.TrimSpace(part); strings.EqualFold(part, "always") || part == "24/7" {
					out = append(out, form.Always)
				} else if part != "" {
					out = append(out, contactfile.SplitShift(part)...)
				}
			}
		}
		m["hours"] = out
	}
	one(fields)
	if list, ok := fields["routes"].([]any); ok {
		for _, r := range list {
			if m, ok := r.(map[string]any); ok {
				one(m)
			}
		}
	}
}

func stringsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []string:
		return v
	case []any:
		var list []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				list = append(list, s)
			}
		}
		return list
	}
	return nil
}

// asFields is a record as a form takes it.
func asFields(v any) map[string]any {
	var m map[string]any
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err != nil {
		return nil // a struct of strings and numbers
	}
	return m
}

// renew takes the validity of its own from each fact that is confirmed now, and
// gives those that are not the one that they had.
func renew(c *form.Contact, facts []string) error {
	if len(facts) == 0 {
		for i := range c.Routes {
			c.Routes[i].Confirmed, c.Routes[i].Until = "", ""
		}
		for i := range c.Keys {
			c.Keys[i].Confirmed, c.Keys[i].Until = "", ""
		}
		if c.Constituency != nil {
			c.Constituency.Confirmed, c.Constituency.Until = "", ""
		}
		return nil
	}
	left := slices.Clone(facts)
	old := func(name string, confirmed, until *string) {
		if i := slices.Index(left, name); i >= 0 {
			left = slices.Delete(left, i, i+1)
			*confirmed, *until = "", ""
			return
		}
		if *confirmed == "" {
			*confirmed = c.Confirmed
		}
		if *until == "" {
			*until = c.Until
		}
	}
	c.Routes, c.Keys = slices.Clone(c.Routes), slices.Clone(c.Keys)
	for i := range c.Routes {
		old(c.Routes[i].Address, &c.Routes[i].Confirmed, &c.Routes[i].Until)
	}
	for i := range c.Keys {
		old(c.Keys[i].Fingerprint, &c.Keys[i].Confirmed, &c.Keys[i].Until)
	}
	if c.Constituency != nil {
		k := *c.Constituency
		c.Constituency = &k
		old("constituency", &k.Confirmed, &k.Until)
	}
	if len(left) > 0 {
		return parley.E(parley.Invalid, "no fact %q in this record; want an address, a fingerprint, or constituency", left[0])
	}
	return nil
}
