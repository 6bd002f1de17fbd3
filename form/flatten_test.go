package form_test

import (
	"encoding/json"
	"testing"

	"parley.example/parley"
	"parley.example/parley/form"
)

// TestFlatten: what is taken apart for a page and put together again is the same record.
func TestFlatten(t *testing.T) {
	c := form.Contact{Point: "duty", Title: []form.TextContent{{Language: "en", Text: "Duty officer"}, {Language: "ru", Text: "Дежурный"}}, Track: "technical", Languages: []string{"en", "ru"},
		Zone: "Europe/Vienna", Calendar: &form.ContactCalendar{From: "2026-01-01", To: "2026-12-31", Offsets: []form.ContactOffset{{UTC: "+01:00"}, {From: "2026-03-29T01:00:00Z", UTC: "+02:00"}}, Holidays: []string{"2026-12-25"}},
		Routes:       []form.ContactRoute{{Route: "telephone", Address: "+998 1 2345", Hours: []string{"mon-fri 09:00-17:00", "sat 10:00-12:00"}, Note: &form.TextContent{Language: "en", Text: "two\nlines"}}},
		Constituency: &form.Constituency{ASNs: []uint32{64496, 64497}, Networks: []string{"192.0.2.0/24"}},
		Confirmed:    "2026-01-01T00:00:00Z", Until: "2026-07-01T00:00:00Z"}
	want, err := form.FormatContact(&c)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := form.Find(parley.KindContact, parley.ContactRecord, 1)
	got, err := x.FillIn("en", form.Nest(form.Flatten(&c)), nil)
	if err != nil || string(got) != string(want) {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
	for _, nothing := range []any{nil, 1, "text", []int{1}, func() {}, json.RawMessage("{")} {
		if flat := form.Flatten(nothing); len(flat) != 0 {
			t.Errorf("%v gives %v", nothing, flat)
		}
	}
}
