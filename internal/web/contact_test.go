package web

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	kindform "parley.example/parley/form"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// directory is the contact points that a memory knows by heart. It implements
// Contacting.
type directory struct {
	points    []*node.ContactView
	contested []node.Whose
	own       kindform.Contact
	published []ContactDraft
	acts      []string
}

func (m *directory) Contacts(_ context.Context, _ officer.Officer, q node.ContactQuery) (out node.ContactList, err error) {
	out.Here = "Sun 2026-11-22 10:00 +01:00"
	for _, v := range m.points {
		if (q.Of == "" || string(v.Party) == q.Of || string(v.Body) == q.Of) && (q.Track == "" || v.Track == q.Track) {
			out.Points = append(out.Points, v)
		}
	}
	if q.After == "" && len(out.Points) > 0 {
		out.Next = "more"
	}
	return out, nil
}

func (m *directory) Contact(_ context.Context, _ officer.Officer, key string) (node.ContactShown, error) {
	for _, v := range m.points {
		if "0000000000000000/"+v.Key == key {
			return node.ContactShown{ContactView: *v, Here: "Sun 2026-11-22 10:00 +01:00",
				History: []node.ContactRecord{{Short: "borea/7", Ref: "borea.example/0123456789abcdef/7", Step: "record", Time: time.Unix(1795336200, 0)}}}, nil
		}
	}
	return node.ContactShown{}, parley.E(parley.NotFound, "there is no such contact point")
}

func (m *directory) OwnContact(_ context.Context, _ officer.Officer, key string) (OwnContact, error) {
	return OwnContact{Agreement: bilateral, Body: asterCert, Language: "en", Fields: typed(&m.own)}, nil
}

func (m *directory) PublishContact(_ context.Context, _ officer.Officer, d ContactDraft) error {
	if d.Fields["track"] == nil {
		x, _ := kindform.Find(parley.KindContact, parley.ContactRecord, 1)
		_, err := x.FillIn("en", d.Fields, nil)
		return err
	}
	m.published = append(m.published, d)
	return nil
}

func (m *directory) ConfirmContact(_ context.Context, _ officer.Officer, key string, _ parley.Nonce) error {
	m.acts = append(m.acts, "confirm "+key)
	return nil
}

func (m *directory) EndContact(_ context.Context, _ officer.Officer, key, why string, _ parley.Nonce) error {
	m.acts = append(m.acts, "end "+key+" "+why)
	return nil
}

func (m *directory) Whose(_ context.Context, _ officer.Officer, values []string) (out []node.Whose, err error) {
	for _, v := range values {
		w := node.Whose{Value: v, Is: v}
		switch {
		case v == "192.0.2.4":
			w = m.contested[0]
		case v == "nonsense":
			w.Is, w.Broken = "", "want an address"
		case strings.HasPrefix(v, "203."):
			w.Holders = []node.Claim{{Claim: "203.0.113.0/24", Party: "Corvia <CERT>", Source: "ti"}}
		}
		out = append(out, w)
	}
	return out, nil
}

func (m *directory) Conflicts(context.Context, officer.Officer) ([]node.Whose, bool, error) {
	return m.contested, len(m.contested) > 0, nil
}

// fill puts a contact point of Borea on the desk: one route open, one shut, and what others wrote as markup.
func (m *directory) fill() {
	m.points = []*node.ContactView{{Key: "borea.example/cert/duty", Party: "borea.example", Body: "borea.example/cert", Point: "duty", Track: "technical", Title: bilateral,
		Role: []kindform.TextContent{{Language: "en", Text: "Duty <b>officer</b>"}}, Hours: []string{"mon-fri 09:00-17:00"}, HoursOf: "point", There: "Sun 2026-11-22 11:00 +02:00",
		Unconfirmed: true, Since: time.Unix(1795336200, 0), Marking: "TLP:AMBER", Languages: []string{"en"},
		Routes: []node.ContactRoute{{Route: "emergency-telephone", Address: "+998 1 2345", Open: true}, {Route: "e-mail", Address: "duty@borea.example", Why: "holiday", OpensThere: "Mon 2026-11-23 09:00 +02:00", OpensHere: "Mon 2026-11-23 08:00 +01:00"}},
		Keys:   []node.ContactKey{{ContactKey: kindform.ContactKey{Sort: "pgp", Fingerprint: "abcd", Expires: "2026-01-01"}, Expired: true}},
		Held:   &kindform.Constituency{ASNs: []uint32{64497}, Networks: []string{"192.0.2.0/24"}, Domains: []string{"borea.example"}, Sectors: []string{"energy"}}}}
	m.contested = []node.Whose{{Value: "192.0.2.4", Is: "192.0.2.4", Conflict: node.ConflictSame, Signed: true, Claims: []node.Claim{
		{Claim: "192.0.2.0/24", Key: "borea.example/cert/duty", Party: "borea.example"}, {Claim: "192.0.2.0/24", Key: "aster.example/cert/duty", Party: "aster.example", Ours: true, Unconfirmed: true}}}}
	m.contested[0].Holders = m.contested[0].Claims
}

// The directory, one point, and the box: what is open, what has aged, both claims of
// a conflict; what others wrote stays text. CONTACT-9, CONTACT-14, CONTACT-15
func TestContactPages(t *testing.T) {
	h := newHouse(t)
	h.directory.fill()
	b := h.as("anna")
	b.get("/contacts").want(t, 200, "borea.example/cert/duty", "&#43;998 1 2345", "around the clock", "unconfirmed since", "a holiday there",
		"opens Mon 2026-11-23 09:00 &#43;02:00 there", "both claim exactly this", "Here it is", "?after=more")
	b.get("/contacts?of=borea.example&track=technical&open=1&after=x").want(t, 200, "From the first", "checked")
	b.get("/contacts?of=nobody.example").want(t, 200, "No contact point that fits")
	b.get("/contact/0000000000000000/borea.example/cert/duty").want(t, 200, "Duty &lt;b&gt;officer", "expired 2026-01-01", "192.0.2.0/24", "AS64497", "energy", "TLP:AMBER", "borea/7")
	b.get("/contact/0000000000000000/nobody").want(t, 404, "no such contact point")
	b.get("/whose").want(t, 200, "<textarea")
	b.post("/whose", "values", "192.0.2.4, nonsense\n203.0.113.9 # remark\n\n8.8.8.8").want(t, 200, "both claim exactly this", "claimed by", "want an address",
		"Corvia &lt;CERT&gt;", "not signed: ti", "as far as anybody has said")
	b.post("/whose", "values", " \n # nothing").want(t, 400, "nothing to look for")
	var many strings.Builder
	for i := range maxWhose + 1 {
		fmt.Fprintf(&many, "AS%d\n", i+1)
	}
	b.post("/whose", "values", many.String()).want(t, 400, "more than 2000 values")
}

// TestPageOfContacts looks at the pages in a browser.
func TestPageOfContacts(t *testing.T) {
	h := newHouse(t)
	h.directory.fill()
	b := chromium(h)
	b.login("anna")
	for name, path := range map[string]string{"contacts": "/contacts", "contact": "/contact/0000000000000000/borea.example/cert/duty", "whose": "/whose"} {
		b.open(path)
		b.shot(name, 1280, "light")
		b.shot(name+"-narrow", 390, "light")
		for _, scheme := range []string{"light", "dark"} {
			b.do(media(scheme))
			if got := b.eval(audit); got != "" {
				t.Errorf("%s in %s:\n%s", path, scheme, got)
			}
		}
		if got := b.eval(`document.documentElement.scrollWidth > document.documentElement.clientWidth ? "scrolls sideways: " + [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth).map(e => e.tagName + "." + e.className).join(" ") : ""`); got != "" {
			t.Errorf("%s %s", path, got)
		}
	}
}

// A contact point of ours is written, changed, confirmed and ended on the desk; what was
// typed stays where it is wrong, with the fault beside its field. CONTACT-1, CONTACT-2, CONTACT-8
func TestPublishContact(t *testing.T) {
	h := newHouse(t)
	h.fill()
	h.own = kindform.Contact{Point: "duty", Title: []kindform.TextContent{{Language: "en", Text: "Duty officer"}, {Language: "ru", Text: "Дежурный"}}, Track: "technical",
		Routes:       []kindform.ContactRoute{{Route: "telephone", Address: "998 1 <2345>", Hours: []string{"mon-fri 09:00-17:00", "sat 10:00-12:00"}, Confirmed: "2026-01-01T00:00:00Z"}},
		Constituency: &kindform.Constituency{ASNs: []uint32{64496, 64497}}}
	own := *h.points[0]
	own.Key, own.Party, own.Body, own.Ours = "aster.example/cert/duty", "aster.example", asterCert, true
	h.points = append(h.points, &own)
	anna := h.as("anna")
	anna.get("/contacts").want(t, 200, `href="/contacts/publish"`)
	page := anna.get("/contact/0000000000000000/aster.example/cert/duty")
	page.want(t, 200, "It still holds", "/contacts/publish?point=0000000000000000%2Faster.example%2Fcert%2Fduty")
	if a := anna.get("/contact/0000000000000000/borea.example/cert/duty"); strings.Contains(a.body, "It still holds") {
		t.Error("another's point can be changed")
	}
	anna.get("/contacts/publish").want(t, 200, "New contact point", `name="f.point"`, `name="iana"`)
	if a := anna.get("/contacts/publish"); strings.Contains(a.body, `name="f.confirmed"`) {
		t.Error("it asks for what the node fills in")
	}
	anna.get("/contacts/publish?point=0000000000000000/aster.example/cert/duty").want(t, 200, "Change it", `value="Duty officer"`, "998 1 &lt;2345&gt;", "mon-fri 09:00-17:00\nsat 10:00-12:00", "64496\n64497")
	nonce := strings.Repeat("5a", 16)
	post := func(fields ...string) answer {
		return anna.form("/contacts/publish", append([]string{"nonce", nonce, "from", string(asterCert), "language", "en", "f.point", "duty"}, fields...)...)
	}
	post("f.routes.0.address", "998 <1>", "iana", "Europe/Vienna").want(t, 400, "998 &lt;1&gt;", `value="Europe/Vienna"`, "wrong")
	post("f.nothing", "x").want(t, 400, "has no field")
	post("f.track", "technical", "f.title", "Duty officer", "f.routes.0.route", "telephone", "f.routes.0.address", "+998 1", "valid", "6 months").want(t, 303)
	if len(h.published) != 1 || h.published[0].Valid != "6 months" || h.published[0].From != asterCert {
		t.Errorf("%+v", h.published)
	}
	anna.post("/contacts/act/confirm", "point", "0000000000000000/aster.example/cert/duty", "nonce", nonce).want(t, 303)
	anna.post("/contacts/act/end", "point", "x", "why", "moved", "nonce", nonce).want(t, 303)
	anna.post("/contacts/act/other", "point", "x", "nonce", nonce).want(t, 404)
	anna.post("/contacts/act/end", "point", "x").want(t, 400)
	if len(h.acts) != 2 || h.acts[1] != "end x moved" {
		t.Errorf("%q", h.acts)
	}
}
