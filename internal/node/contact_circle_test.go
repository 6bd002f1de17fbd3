package node_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// dutyFields is a contact point as a person writes it.
func dutyFields(more ...string) map[string]any {
	f := map[string]any{
		"point": "duty", "title": "Duty officer", "track": "technical", "languages": "en fr",
		"hours": []any{"mon-fri 08:00-18:00", "sat 22:00-06:00"},
		"routes": []any{
			map[string]any{"route": "telephone", "address": "+999 1 505 6416"},
			map[string]any{"route": "emergency-telephone", "address": "+999 1 505 6417", "hours": "always"},
			map[string]any{"route": "e-mail", "address": "duty@aster.example"},
		},
		"constituency": map[string]any{"networks": "198.51.100.0/24 2001:db8:a::/48", "asns": "AS64496", "domains": "aster.example"},
	}
	for i := 0; i+1 < len(more); i += 2 {
		f[more[i]] = more[i+1]
	}
	return f
}

func publish(t *testing.T, m *parleytest.Member, r node.ContactRequest) {
	t.Helper()
	r.Now = true
	held, err := m.Node.PublishContact(t.Context(), r)
	if err != nil || len(held) == 0 {
		t.Fatalf("%v %v", held, err)
	}
}

// A contact point is published, read on the other side, confirmed, and ended; its
// facts age. CONTACT-1, CONTACT-2, CONTACT-8, CONTACT-9
func TestContactLife(t *testing.T) {
	c := parleytest.NewCircle(t, 41, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	publish(t, a, node.ContactRequest{Fields: dutyFields(), Zone: "Europe/Vienna", Years: 3})
	settle(t, c)
	list, err := b.Node.Contacts(t.Context(), node.ContactQuery{})
	if err != nil || len(list.Points) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	p := list.Points[0]
	if p.Key != "aster.example/cert/duty" || p.Unconfirmed || p.HoursOf != "point" || len(p.Hours) != 3 || p.Zone != "Europe/Vienna" || p.Ours {
		t.Errorf("%+v", p)
	}
	if own, err := a.Node.Contacts(t.Context(), node.ContactQuery{Ours: true}); err != nil || len(own.Points) != 1 || !own.Points[0].Ours {
		t.Errorf("ours: %+v %v", own, err)
	}
	if own, err := a.Node.Contacts(t.Context(), node.ContactQuery{}); err != nil || len(own.Points) != 0 {
		t.Errorf("a list of others has ours: %+v %v", own, err)
	}

	later := c.Clock.Now().AddDate(1, 0, 2)
	if list, err = b.Node.Contacts(t.Context(), node.ContactQuery{At: later}); err != nil || !list.Points[0].Unconfirmed || !list.Points[0].Routes[0].Unconfirmed || !list.Points[0].HeldStale {
		t.Errorf("after a year nothing is confirmed: %+v %v", list.Points[0], err)
	}

	c.Clock.Advance(300 * 24 * time.Hour)
	if _, err := a.Node.ConfirmContact(t.Context(), node.ContactPointRequest{Point: "duty", Facts: []string{"+999 1 505 6416"}, SendRequest: node.SendRequest{Now: true}}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	list, err = b.Node.Contacts(t.Context(), node.ContactQuery{At: later})
	if err != nil {
		t.Fatal(err)
	}
	if r := list.Points[0].Routes; r[0].Unconfirmed || !r[1].Unconfirmed || list.Points[0].Unconfirmed || !list.Points[0].HeldStale {
		t.Errorf("one route was confirmed: %+v", list.Points[0])
	}
	shown, err := b.Node.Contact(t.Context(), "duty", time.Time{})
	if err != nil || len(shown.History) != 2 || shown.History[0].Step != "record" {
		t.Errorf("%+v %v", shown.History, err)
	}

	if _, err := a.Node.EndContact(t.Context(), node.ContactPointRequest{Point: "aster.example/cert/duty", Why: "the desk has moved", SendRequest: node.SendRequest{Now: true}}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if list, err = b.Node.Contacts(t.Context(), node.ContactQuery{}); err != nil || len(list.Points) != 0 {
		t.Errorf("it was ended: %+v %v", list, err)
	}
	if _, err := b.Node.Contact(t.Context(), "duty", time.Time{}); parley.KindOf(err) != parley.NotFound {
		t.Error(err)
	}
}

// Whom can I reach now: over a weekend, at night, and over the end of summer time;
// where nobody is there, the next moment at which somebody is. CONTACT-10
func TestReach(t *testing.T) {
	c := parleytest.NewCircle(t, 42, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	fields := dutyFields()
	fields["routes"] = []any{map[string]any{"route": "telephone", "address": "+999 1 505 6416"}}
	publish(t, a, node.ContactRequest{Fields: fields, Zone: "Europe/Vienna", Years: 3})
	desk := dutyFields("point", "desk", "track", "diplomatic")
	desk["routes"] = []any{map[string]any{"route": "e-mail", "address": "desk@aster.example"}}
	desk["calendar"] = map[string]any{"holidays": []any{"12-24", "12-25"}}
	delete(desk, "hours")
	desk["hours"] = "mon-fri 09:00-12:00"
	publish(t, a, node.ContactRequest{Fields: desk, Zone: "Europe/Vienna", Years: 3})
	settle(t, c)
	for _, tc := range []struct{ at, track, awake, next string }{
		{"2026-11-23T07:30:00Z", "", "duty", ""},                                       // 08:30 on a Monday
		{"2026-11-23T06:59:00Z", "", "", "duty Mon 2026-11-23 08:00 +01:00"},           // a minute before eight
		{"2026-11-28T23:30:00Z", "", "duty", ""},                                       // half past midnight on Sunday, within the shift
		{"2026-11-29T05:00:00Z", "", "", "duty Mon 2026-11-30 08:00 +01:00"},           // Sunday at six: the shift is over
		{"2027-03-27T22:30:00Z", "", "duty", ""},                                       // the night into summer time
		{"2027-03-28T04:00:00Z", "", "", "duty Mon 2027-03-29 08:00 +02:00"},           // six o'clock is an hour earlier
		{"2027-10-31T04:30:00Z", "", "duty", ""},                                       // out of summer time: six o'clock is an hour later
		{"2027-10-31T05:00:00Z", "", "", "duty Mon 2027-11-01 08:00 +01:00"},           //
		{"2026-12-24T09:00:00Z", "diplomatic", "", "desk Mon 2026-12-28 09:00 +01:00"}, // two holidays and a weekend
		{"2026-11-23T10:00:00Z", "diplomatic", "desk", ""},                             //
		{"2035-01-01T10:00:00Z", "", "", ""},                                           // the calendar lists nothing there
	} {
		at, _ := time.Parse(time.RFC3339, tc.at)
		r, err := b.Node.Reach(t.Context(), node.ContactQuery{At: at, Track: tc.track, Of: "aster.example"})
		if err != nil {
			t.Fatal(err)
		}
		var awake []string
		for _, p := range r.Points {
			for _, route := range p.Routes {
				if route.Open {
					awake = append(awake, p.Point)
				}
			}
		}
		next := ""
		if r.Next != nil {
			next = r.Next.Key[strings.LastIndexByte(r.Next.Key, '/')+1:] + " " + r.Next.There
		}
		if got := strings.Join(awake, " "); got != tc.awake && !(tc.awake == "duty" && got == "duty desk") || next != tc.next {
			t.Errorf("%s: awake %q, next %q; want %q, %q", tc.at, got, next, tc.awake, tc.next)
		}
	}
	for _, year := range []int{2, 9999} {
		if _, err := b.Node.Reach(t.Context(), node.ContactQuery{At: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)}); parley.KindOf(err) != parley.Invalid {
			t.Errorf("the year %d: %v", year, err)
		}
	}
}

// A constituency that claims the other party's prefix is a conflict with both
// claims; what is affected is split and routed by the others. CONTACT-13, CONTACT-14
func TestWhoseAndRoute(t *testing.T) {
	c := parleytest.NewCircle(t, 43, "", aster, borea, "corvia.example")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	publish(t, a, node.ContactRequest{Fields: dutyFields()})
	other := dutyFields()
	other["constituency"] = map[string]any{"networks": "192.0.2.0/24 198.51.100.128/25 2001:db8:a::/48", "domains": "borea.example"}
	publish(t, b, node.ContactRequest{Fields: other})
	settle(t, c)
	for _, m := range c.Nodes {
		r, err := m.Node.Route(t.Context(), node.WhoseRequest{Values: []string{"198.51.100.7", "198.51.100.200", "192.0.2.1", "::ffff:192.0.2.1", "2001:db8:a::1", "AS64496",
			"www.borea.example", "203.0.113.1", "nonsense here", "198.51.100.0/24"}})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		contested := ""
		for _, x := range r.Bodies {
			got[string(x.Body)] = strings.Join(x.Values, " ")
			for _, w := range x.Contested {
				contested += string(x.Body) + " " + w.Is + " " + w.Conflict + ";"
			}
		}
		if got["aster.example/cert"] != "198.51.100.7 AS64496 198.51.100.0/24" || got["borea.example/cert"] != "198.51.100.200 192.0.2.1 www.borea.example" || len(got) != 2 {
			t.Errorf("%s: %v", m.Name, got)
		}
		if contested != "borea.example/cert 198.51.100.200 inside;" {
			t.Errorf("%s: contested %s", m.Name, contested)
		}
		if len(r.Conflicts) != 1 || r.Conflicts[0].Is != "2001:db8:a::1" || len(r.Conflicts[0].Claims) != 2 || r.Conflicts[0].Conflict != node.ConflictSame {
			t.Errorf("%s: conflicts %+v", m.Name, r.Conflicts)
		}
		if strings.Join(r.Nobody, " ") != "203.0.113.1" || len(r.Broken) != 1 || r.Broken[0].Broken == "" {
			t.Errorf("%s: nobody %v, broken %+v", m.Name, r.Nobody, r.Broken)
		}
		list, more, err := m.Node.Conflicts(t.Context(), "")
		if err != nil || more || len(list) != 2 {
			t.Errorf("%s: %+v %t %v", m.Name, list, more, err)
		}
	}
	if _, err := a.Node.Whose(t.Context(), node.WhoseRequest{Values: make([]string, node.MaxWhose+1)}); parley.KindOf(err) != parley.Invalid {
		t.Error(err)
	}
}

// A list in an attachment counts like one in the record; broken lines do not.
func TestConstituencyList(t *testing.T) {
	c := parleytest.NewCircle(t, 44, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	f := dutyFields()
	f["constituency"] = map[string]any{"note": "all public bodies"}
	text := "# public bodies\n192.0.2.0/24\nnonsense\n0.0.0.0/0\n10.0.0.0/8\nAS64500 # a ministry\nministry.aster.example\n"
	publish(t, a, node.ContactRequest{Fields: f, SendRequest: node.SendRequest{Files: []node.File{{Name: "constituency.txt", Body: strings.NewReader(text)}}}})
	settle(t, c)
	c.Clock.Advance(2 * time.Minute)
	for _, m := range []*parleytest.Member{a, b} {
		got, err := m.Node.Whose(t.Context(), node.WhoseRequest{Values: []string{"192.0.2.9", "10.1.1.1", "8.8.8.8", "AS64500", "www.ministry.aster.example"}})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{true, false, false, true, true} {
			if found := len(got[i].Holders) == 1; found != want {
				t.Errorf("%s: %s: %+v", m.Name, got[i].Value, got[i].Holders)
			}
		}
	}
}

// What cannot be published, and what is said instead.
func TestContactRefused(t *testing.T) {
	c := parleytest.NewCircle(t, 45, "")
	a := c.Nodes[aster]
	settle(t, c)
	ctx := t.Context()
	for name, r := range map[string]node.ContactRequest{
		"nothing":           {},
		"no such zone":      {Fields: dutyFields(), Zone: "Mars/Olympus"},
		"no length":         {Fields: dutyFields(), Valid: "soon"},
		"an impossible day": {Fields: dutyFields("until", "2027-02-30T00:00:00Z")},
		"all the world": {Fields: func() map[string]any {
			f := dutyFields()
			f["constituency"] = map[string]any{"networks": "0.0.0.0/0"}
			return f
		}()},
		"a person": {Fields: dutyFields("name", "A. Person")},
	} {
		if _, err := a.Node.PublishContact(ctx, r); err == nil || parley.KindOf(err) != parley.Invalid && parley.KindOf(err) != parley.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := a.Node.PublishContact(ctx, node.ContactRequest{Fields: dutyFields(), SendRequest: node.SendRequest{From: "borea.example/cert"}}); parley.KindOf(err) != parley.Forbidden {
		t.Errorf("another party's body: %v", err)
	}
	for _, f := range []func(context.Context, node.ContactPointRequest) ([]node.Held, error){a.Node.ConfirmContact, a.Node.EndContact} {
		if _, err := f(ctx, node.ContactPointRequest{Point: "nobody"}); parley.KindOf(err) != parley.NotFound {
			t.Error(err)
		}
	}
}
