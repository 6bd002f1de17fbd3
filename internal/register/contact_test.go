package register_test

import (
	"encoding/json"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/register"
	"parley.example/parley/seal"
)

func (c *circle) contact(from parley.Body, step, point, track string) written {
	c.t.Helper()
	var raw json.RawMessage
	var err error
	if step == parley.ContactEnd {
		raw, err = json.Marshal(form.ContactEnd{Point: point})
	} else {
		raw, err = form.FormatContact(&form.Contact{Point: point, Title: []form.TextContent{{Language: "en", Text: "Desk"}}, Track: track,
			Routes: []form.ContactRoute{{Route: parley.RouteOther, Address: "by courier"}}, Confirmed: "2026-01-01T00:00:00Z", Until: "2027-01-01T00:00:00Z"})
	}
	if err != nil {
		c.t.Fatal(err)
	}
	to := []parley.Body{borea}
	if from.Party() == borea.Party() {
		to = []parley.Body{aster}
	}
	return c.say(from, to, seal.Message{Kind: parley.KindContact, Step: step, Content: raw})
}

// The last word on a point counts, an end takes it away, another body's word is
// about another point, and the order in which journals arrive does not matter. CONTACT-2
func TestContacts(t *testing.T) {
	c := newCircle(t)
	c.contact(aster, parley.ContactRecord, "duty", "technical")
	c.contact(aster, parley.ContactRecord, "watch", "technical")
	c.contact("aster.example/mfa", parley.ContactRecord, "duty", "diplomatic")
	c.contact(borea, parley.ContactRecord, "duty", "technical")
	c.contact(aster, parley.ContactRecord, "duty", "leadership")
	c.contact(aster, parley.ContactEnd, "watch", "")
	c.contact(borea, parley.ContactEnd, "duty", "")
	c.contact(borea, parley.ContactRecord, "duty", "law-enforcement")
	c.contact(borea, parley.ContactEnd, "nothing", "")
	c.contact("corvia.example/cert", parley.ContactRecord, "duty", "technical")
	want := "aster.example/cert/duty leadership aster/3; aster.example/mfa/duty diplomatic aster/2; borea.example/cert/duty law-enforcement borea/2"
	for _, us := range []parley.Party{parleytest.Aster, parleytest.Borea} {
		for seed := range uint64(6) {
			d := c.desk(us).all(seed)
			list, err := d.Contacts(t.Context(), nil, 50)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range list {
				if p.Party != parleytest.Corvia { // who addresses only one of them is known to that one
					got = append(got, p.Key()+" "+p.Track+" "+p.Ref.Short())
				}
				if p.Ours != (p.Party == us) {
					t.Errorf("%s is ours: %t", p.Key(), p.Ours)
				}
			}
			if s := strings.Join(got, "; "); s != want {
				t.Errorf("%s, seed %d: %s, want %s", us, seed, s, want)
			}
			first, err := d.Contacts(t.Context(), nil, 1)
			if err != nil || len(first) != 1 {
				t.Fatal(first, err)
			}
			rest, err := d.Contacts(t.Context(), &first[0], 50)
			if err != nil || len(rest) != len(list)-1 {
				t.Errorf("after the first follow %d of %d: %v", len(rest), len(list), err)
			}
			history, err := d.ContactHistory(t.Context(), list[0].Agreement, borea, "duty", 10)
			if err != nil || len(history) != 3 || history[0].Track != "law-enforcement" || history[1].Track != "" {
				t.Errorf("history: %+v %v", history, err)
			}
		}
	}
}

// A record whose part was erased says nothing any more; what was said before it
// counts again, as it does when everything is folded anew.
func TestContactErased(t *testing.T) {
	c := newCircle(t)
	c.contact(aster, parley.ContactRecord, "duty", "technical")
	c.contact(aster, parley.ContactRecord, "duty", "leadership")
	d := c.desk(parleytest.Borea).all(1)
	j := d.judgeAnew(c.Parties[parleytest.Aster].Origin, 1)
	facts := j.Opened.Facts
	j.Opened, j.Inside, j.Facts = nil, register.InsideGone, &facts
	if err := d.Again(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	list, err := d.Contacts(t.Context(), nil, 50)
	if err != nil || len(list) != 1 || list[0].Track != "technical" {
		t.Fatalf("%+v %v", list, err)
	}
	if err := d.Again(t.Context(), d.judgeAnew(c.Parties[parleytest.Aster].Origin, 1)); err != nil {
		t.Fatal(err)
	}
	if list, err = d.Contacts(t.Context(), nil, 50); err != nil || len(list) != 1 || list[0].Track != "leadership" {
		t.Fatalf("it came back: %+v %v", list, err)
	}
}
