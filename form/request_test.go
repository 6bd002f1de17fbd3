package form_test

import (
	"errors"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/form"
)

// asked is an agreement with the words that requests and answers take.
func asked() *agreement.Agreement {
	return &agreement.Agreement{
		Language: agreement.Language{Authentic: []string{"en"}},
		Legal:    agreement.Legal{Articles: []agreement.Article{{ID: "3", Title: agreement.Texts{"en": "Assist", "ru": "Содействие"}}}},
		Words:    agreement.Words{Refusals: []agreement.Ground{{ID: "law", Title: agreement.Texts{"en": "Not permitted by our law"}}}},
	}
}

// preservation is a whole request for preservation. REQUEST-2
func preservation() map[string]any {
	return map[string]any{"invokes": "3", "reading": "It covers data that providers hold.", "authority": "Aster's prosecutor", "offence": "Fraud; 40 victims.",
		"data": "Login records that show who used the server.", "custodian": "Hosting Ltd, host h7.borea.example", "necessity": "They are deleted after 30 days.",
		"intent": "The ministry sends a formal request within 60 days."}
}

// TestRequestForms: what a request owes, the article that it invokes, the ground
// of a refusal. REQUEST-1, REQUEST-2, REQUEST-6
func TestRequestForms(t *testing.T) {
	with := func(m map[string]any, name string, v any) map[string]any { m[name] = v; return m }
	mitigation := func() map[string]any {
		return map[string]any{"invokes": "3", "reading": "r", "activity": "scans", "measure": "stop them", "networks": "192.0.2.0/24", "since": "2026-11-22T09:00:00Z"}
	}
	for _, tc := range []struct {
		name       string
		kind       parley.Kind
		step       string
		values     map[string]any
		field, why string // the fault; "" where it fits
	}{
		{"whole", parley.KindRequest, parley.RequestPreservation, preservation(), "", ""},
		{"no article", parley.KindRequest, parley.RequestPreservation, with(preservation(), "invokes", nil), "invokes", "missing"},
		{"an article that is none", parley.KindRequest, parley.RequestPreservation, with(preservation(), "invokes", "17"), "invokes", "3"},
		{"no reading", parley.KindRequest, parley.RequestPreservation, with(preservation(), "reading", " "), "reading", "missing"},
		{"without its authority", parley.KindRequest, parley.RequestPreservation, with(preservation(), "authority", nil), "authority", "missing"},
		{"without the offence", parley.KindRequest, parley.RequestPreservation, with(preservation(), "offence", nil), "offence", "missing"},
		{"without the data", parley.KindRequest, parley.RequestPreservation, with(preservation(), "data", nil), "data", "missing"},
		{"without the custodian", parley.KindRequest, parley.RequestPreservation, with(preservation(), "custodian", nil), "custodian", "missing"},
		{"without the need", parley.KindRequest, parley.RequestPreservation, with(preservation(), "necessity", nil), "necessity", "missing"},
		{"without the intent", parley.KindRequest, parley.RequestPreservation, with(preservation(), "intent", nil), "intent", "missing"},
		{"too long", parley.KindRequest, parley.RequestPreservation, with(preservation(), "data", strings.Repeat("x", 6<<10+1)), "data", "6144"},
		{"a field of another form", parley.KindRequest, parley.RequestPreservation, with(preservation(), "danger", "x"), "danger", "no field"},
		{"mitigation", parley.KindRequest, parley.RequestMitigation, mitigation(), "", ""},
		{"mitigation of nothing", parley.KindRequest, parley.RequestMitigation, with(mitigation(), "networks", nil), "networks", "at least one of"},
		{"until before since", parley.KindRequest, parley.RequestMitigation, with(mitigation(), "until", "2026-11-21T09:00:00Z"), "until", "not after since"},
		{"a day that is none", parley.KindRequest, parley.RequestMitigation, with(mitigation(), "since", "2026-02-30T09:00:00Z"), "since", "exists"},
		{"an emergency without its hour", parley.KindRequest, parley.RequestEmergency,
			map[string]any{"invokes": "3", "reading": "r", "danger": "d", "data": "d", "custodian": "c", "authority": "a"}, "wanted-by", "missing"},
		{"acknowledged without a word", parley.KindResponse, parley.ResponseAcknowledge, map[string]any{}, "", ""},
		{"an offer without terms", parley.KindResponse, parley.ResponseOffer, map[string]any{"time-frame": "a", "nature": "b", "scope": "c"}, "terms", "missing"},
		{"refused", parley.KindResponse, parley.ResponseRefuse, map[string]any{"ground": "law", "text": "Article 10 forbids it."}, "", ""},
		{"refused on no ground", parley.KindResponse, parley.ResponseRefuse, map[string]any{"text": "no"}, "ground", "missing"},
		{"refused on a ground of one's own", parley.KindResponse, parley.ResponseRefuse, map[string]any{"ground": "mood", "text": "no"}, "ground", "law"},
		{"refused without reasons", parley.KindResponse, parley.ResponseRefuse, map[string]any{"ground": "law"}, "text", "missing"},
		{"kept, where nothing was", parley.KindResponse, parley.ResponseResult,
			map[string]any{"outcome": "given", "text": "t", "kept-until": "2027-01-01T00:00:00Z"}, "kept-until", "does not belong"},
		{"answered elsewhere", parley.KindContest, "", map[string]any{"claim": "answered-elsewhere", "channel": "note verbale", "reference": "17/2026", "text": "on Tuesday"}, "", ""},
		{"answered nobody knows where", parley.KindContest, "", map[string]any{"claim": "answered-elsewhere", "channel": "note verbale", "text": "t"}, "reference", "missing"},
		{"replaced by something else", parley.KindWithdraw, "", map[string]any{"reason": "mistake", "by": strings.Repeat("ab", 32)}, "by", "does not belong"},
	} {
		f, ok := form.Find(tc.kind, tc.step, 1)
		if !ok {
			t.Fatalf("no form %s.%s", tc.kind, tc.step)
		}
		raw, err := f.Fill(tc.values, asked())
		if tc.field == "" {
			if err != nil || f.Check(raw, asked()) != nil {
				t.Errorf("%s: %v", tc.name, err)
			}
			continue
		}
		var faults form.Faults
		if !errors.As(err, &faults) || len(faults.Of(tc.field)) == 0 || !strings.Contains(err.Error(), tc.why) || parley.KindOf(err) != parley.Invalid {
			t.Errorf("%s: %v, want a fault of %s that says %q", tc.name, err, tc.field, tc.why)
		}
	}
}

// TestRequestRead: each side reads it in its own language. FORM-14
func TestRequestRead(t *testing.T) {
	f, _ := form.Find(parley.KindRequest, parley.RequestPreservation, 1)
	raw, err := f.FillIn("en", preservation(), asked())
	if err != nil {
		t.Fatal(err)
	}
	rows := f.Read(raw, asked(), "ru")
	if len(rows) != 8 || rows[0].Title != "Ссылка на статью" || rows[0].String() != "3, Содействие" || rows[2].Values[0].Language != "en" {
		t.Errorf("%+v", rows)
	}
}
