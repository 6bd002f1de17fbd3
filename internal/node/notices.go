package node

import (
	"context"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/constituency"
)

// Notice is a notice as its register shows it.
type Notice struct {
	Row
	Standing string       `json:"standing"` // ahead, on, over, cancelled
	Sort     string       `json:"sort"`
	Begins   string       `json:"begins"`
	Ends     string       `json:"ends"`
	Zones    []Zoned      `json:"zones,omitempty"` // of its beginning
	Late     bool         `json:"late,omitempty"`  // it reached us after it had begun
	Networks []string     `json:"networks,omitempty"`
	Domains  []string     `json:"domains,omitempty"`
	Steps    []MatterStep `json:"steps,omitempty"` // one notice only
}

// Where a notice stands. INCIDENT-9
const (
	NoticeAhead     = "ahead"
	NoticeOn        = "on"
	NoticeOver      = "over"
	NoticeCancelled = "cancelled"
)

// NoticeList is a page of notices.
type NoticeList struct {
	Notices []Notice `json:"notices"`
	Next    string   `json:"next,omitempty"`
}

// Notices lists notices, ours and theirs, the newest here first.
func (s *Lists) Notices(ctx context.Context, r ListRequest) (NoticeList, error) {
	out := NoticeList{Notices: []Notice{}}
	var err error
	out.Next, err = s.matters(ctx, r, parley.KindNotice, func(o openedMatter) {
		out.Notices = append(out.Notices, s.noticeOf(&o))
	})
	return out, err
}

// Notice is one notice with its steps, by any message of its thread.
func (s *Lists) Notice(ctx context.Context, name string, languages ...string) (Notice, error) {
	o, err := s.matter(ctx, name, parley.KindNotice)
	if err != nil {
		return Notice{}, err
	}
	err = o.read(languages...)
	n := s.noticeOf(&o)
	n.Steps = o.steps
	return n, err
}

func (s *Lists) noticeOf(o *openedMatter) Notice {
	n := Notice{Row: o.row}
	ended := ""
	for k := range o.steps {
		st := &o.steps[k]
		if st.From.Party() != o.first.From.Party() || ended != "" {
			continue
		}
		switch st.Step {
		case parley.NoticeCancel:
			ended = NoticeCancelled
		case parley.NoticeEnd:
			ended = NoticeOver
		}
		c := content[form.NoticeContent](st.Raw)
		for _, v := range []struct {
			to   *string
			from string
		}{{&n.Sort, c.Sort}, {&n.Begins, c.Begins}, {&n.Ends, c.Ends}} {
			if v.from != "" {
				*v.to = v.from
			}
		}
		if len(c.Networks) > 0 {
			n.Networks = c.Networks
		}
		if len(c.Domains) > 0 {
			n.Domains = c.Domains
		}
	}
	from, _ := time.Parse(time.RFC3339, n.Begins)
	until, _ := time.Parse(time.RFC3339, n.Ends)
	now := s.node.now()
	switch {
	case ended != "":
		n.Standing = ended
	case now.Before(from):
		n.Standing = NoticeAhead
	case now.Before(until):
		n.Standing = NoticeOn
	default:
		n.Standing = NoticeOver
	}
	n.Late = !n.Ours && !from.IsZero() && o.first.Stored.After(from)
	n.Zones = o.zoned(from)
	return n
}

// NoticesNow asks what is announced for an instant.
type NoticesNow struct {
	At    time.Time `json:"at,omitzero"`     // zero: now
	About string    `json:"about,omitempty"` // an address, a prefix or a domain; empty: everything
}

// Announced is what was found, among the newest noticesSearched notices.
type Announced struct {
	Notices []Notice `json:"notices"`
	Partial bool     `json:"partial,omitempty"` // there are older notices that were not looked at
}

// noticesSearched bounds the notices that one question opens.
const noticesSearched = 200

// NoticesOn lists the notices that are on at an instant, and touch what is asked
// about: is what I see somebody's announced drill?
func (s *Lists) NoticesOn(ctx context.Context, r NoticesNow) (Announced, error) {
	out := Announced{Notices: []Notice{}}
	var seen constituency.Value
	if r.About != "" {
		var err error
		if seen, err = constituency.ParseValue(r.About); err != nil {
			return out, err
		}
		if seen.Sort == constituency.ASN || seen.Sort == constituency.Domain && !strings.Contains(seen.Name, ".") {
			return out, parley.E(parley.Invalid, "%s: want an address, a prefix or a domain: that is what notices name", seen)
		}
	}
	all, err := s.Notices(ctx, ListRequest{Limit: noticesSearched})
	if err != nil {
		return out, err
	}
	out.Partial = all.Next != ""
	at := r.At
	if at.IsZero() {
		at = s.node.now()
	}
	for _, n := range all.Notices {
		from, _ := time.Parse(time.RFC3339, n.Begins)
		until, _ := time.Parse(time.RFC3339, n.Ends)
		if n.Standing == NoticeCancelled || at.Before(from) || !at.Before(until) || n.Standing == NoticeOver && !at.Before(s.node.now()) {
			continue
		}
		if r.About == "" || n.touches(seen) {
			out.Notices = append(out.Notices, n)
		}
	}
	return out, nil
}

// touches says whether a notice names what a value lies in, or a part of it; one
// that names nothing touches everything.
func (n *Notice) touches(seen constituency.Value) bool {
	if len(n.Networks)+len(n.Domains) == 0 {
		return true
	}
	if seen.Sort == constituency.Domain {
		return slices.ContainsFunc(n.Domains, func(d string) bool { return seen.Name == d || strings.HasSuffix(seen.Name, "."+d) })
	}
	return slices.ContainsFunc(n.Networks, func(s string) bool {
		v, err := constituency.ParseValue(s)
		return err == nil && v.Prefix.Overlaps(seen.Prefix)
	})
}
