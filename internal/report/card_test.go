package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/callwords"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/report"
)

// The card says routes, hours, fingerprints, pouch steps and words; what others
// wrote stays text.
func TestEmergencyCard(t *testing.T) {
	secret := callwords.Secret{1, 2, 3}
	pair := callwords.Pair{Caller: "borea.example/cert", Called: "aster.example/cert"}
	lines := secret.Card(pair, 2)
	c := &node.EmergencyCard{Made: time.Date(2027, 2, 9, 9, 0, 0, 0, time.UTC), Here: "Tue 2027-02-09 10:00 +01:00", Us: "borea.example", Title: "Line <of> two", Fingerprint: "12345 67890",
		Parties: []node.CardParty{{Name: "aster.example", Title: "Aster & co", Identity: "11111", Points: []*node.ContactView{{
			Key: "aster.example/cert/duty", Body: "aster.example/cert", Track: "technical", Role: []form.TextContent{{Language: "en", Text: "Duty <b>officer</b>\u202e"}},
			Hours: []string{"mon-fri 09:00-17:00"}, There: "Tue 2027-02-09 10:00 +01:00", Unconfirmed: true, Since: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
			Routes: []node.ContactRoute{{Route: parley.RouteTelephone, Address: "+999 1 505 6416"}, {Route: parley.RouteEmergency, Address: "+999 1 505 6417", Hours: []string{form.Always}}},
			Keys:   []node.ContactKey{{ContactKey: form.ContactKey{Sort: "pgp", Fingerprint: strings.Repeat("ab", 20), Expires: "2026-01-01"}, Expired: true}},
		}}}, {Name: "corvia.example", Title: "Corvia"}},
		Words: []node.CardWords{{Ours: "borea.example/cert", Theirs: "aster.example/cert", Calling: lines, Called: lines}}, NoWords: []string{"corvia has none"}}
	var page, text bytes.Buffer
	if err := report.EmergencyCard(&page, c); err != nil {
		t.Fatal(err)
	}
	if err := report.EmergencyCardText(&text, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"mon-fri 09:00-17:00", "always", "abab abab", "2026-01-01", "2027-01-01", "parley pouch pack", "It has published no contact point", "corvia has none",
		lines[1].Called.String(), lines[0].Caller.Spoken(), "12345 67890", "11111"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not say %q", want)
		}
		if !strings.Contains(strings.ReplaceAll(page.String(), "&#43;", "+"), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page.String(), "<b>officer") || strings.Contains(page.String(), "<script") || strings.Contains(page.String(), "Aster & co") {
		t.Error("what others wrote is markup")
	}
	if strings.Contains(text.String(), "\u202e") {
		t.Error("the text turns its direction")
	}
}
