package node

import (
	"context"
	"net/netip"
	"strings"
	"time"
	"unicode"

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

// NoticesNow asks what is announced for an instant. The newest 200 notices are
// looked at.
type NoticesNow struct {
	At    time.Time `json:"at,omitzero"`     // zero: now
	About string    `json:"about,omitempty"` // an address, a prefix or a domain; empty: everything
}

// NoticesOn lists the notices that are on at an instant, and touch what is asked
// about: is what I see somebody's announced drill?
func (s *Lists) NoticesOn(ctx context.Context, r NoticesNow) (NoticeList, error) {
	if _, err := (&Notice{Networks: []string{"192.0.2.0/24"}}).touches(r.About); err != nil { // also where nothing is announced
		return NoticeList{Notices: []Notice{}}, err
	}
	all, err := s.Notices(ctx, ListRequest{Limit: 200})
	if err != nil {
		return all, err
	}
	at := r.At
	if at.IsZero() {
		at = s.node.now()
	}
	out := NoticeList{Notices: []Notice{}}
	for _, n := range all.Notices {
		from, _ := time.Parse(time.RFC3339, n.Begins)
		until, _ := time.Parse(time.RFC3339, n.Ends)
		if n.Standing == NoticeCancelled || at.Before(from) || !at.Before(until) || n.Standing == NoticeOver && !at.Before(s.node.now()) {
			continue
		}
		touches, err := n.touches(r.About)
		if err != nil {
			return out, err
		}
		if touches {
			out.Notices = append(out.Notices, n)
		}
	}
	return out, nil
}

// touches says whether a notice names what an address, a prefix or a domain lies
// in; one that names nothing touches everything.
func (n *Notice) touches(what string) (bool, error) {
	if what == "" || len(n.Networks)+len(n.Domains) == 0 {
		return true, nil
	}
	prefix, err := netip.ParsePrefix(what)
	if a, failed := netip.ParseAddr(what); failed == nil {
		a = a.Unmap()
		prefix, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	if err == nil {
		for _, s := range n.Networks {
			p, err := netip.ParsePrefix(s)
			if a, failed := netip.ParseAddr(s); failed == nil {
				p, err = netip.PrefixFrom(a, a.BitLen()), nil
			}
			if err == nil && p.Overlaps(prefix) {
				return true, nil
			}
		}
		return false, nil
	}
	name, err := constituency.CanonicalDomain(what)
	if err != nil || !strings.Contains(name, ".") || strings.IndexFunc(name, unicode.IsLetter) < 0 {
		return false, parley.E(parley.Invalid, "%.80q: want an address, a prefix or a domain, without a port", what)
	}
	for _, d := range n.Domains {
		if name == d || strings.HasSuffix(name, "."+d) {
			return true, nil
		}
	}
	return false, nil
}
