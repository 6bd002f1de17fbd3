package form_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/form"
	"parley.example/parley/internal/parleytest"
)

func titled(s string) agreement.Texts { return agreement.Texts{"en": s, "ru": s + " (ru)"} }

// every is a form with each type and each condition.
var every = &form.Form{
	Kind: "sample", Version: 1, Place: form.Either,
	Some: [][]string{{"line", "place"}},
	Fields: []form.Field{
		{Name: "text", Type: form.Text, Required: true, Max: 100, Title: titled("Text")},
		{Name: "line", Type: form.Line, Max: 20, Title: titled("Line")},
		{Name: "word", Type: form.Word, Title: titled("Word")},
		{Name: "choice", Type: form.OneOf, Choices: []form.Choice{{"red", titled("Red")}, {"green", titled("Green")}}, Title: titled("Choice")},
		{Name: "threat", Type: form.Term, Words: form.Threats, Title: titled("Threat")},
		{Name: "began", Type: form.Time, Title: titled("Began")},
		{Name: "ended", Type: form.Time, After: "began", Title: titled("Ended")},
		{Name: "day", Type: form.Date, Title: titled("Day")},
		{Name: "last", Type: form.Date, NotBefore: "day", Title: titled("Last")},
		{Name: "number", Type: form.Number, Min: -5, Max: 500, Title: titled("Number")},
		{Name: "sure", Type: form.Bool, Title: titled("Sure")},
		{Name: "party", Type: form.Party, Title: titled("Party")},
		{Name: "body", Type: form.Body, Words: form.Members, Title: titled("Body")},
		{Name: "message", Type: form.Message, Title: titled("Message")},
		{Name: "networks", Type: form.Network, List: true, Most: 3, Title: titled("Networks")},
		{Name: "asn", Type: form.ASN, Title: titled("ASN")},
		{Name: "domain", Type: form.Domain, Title: titled("Domain")},
		{Name: "within", Type: form.Length, NotWith: []string{"day"}, Title: titled("Within")},
		{Name: "place", Type: form.PlaceName, Title: titled("Place")},
		{Name: "tongue", Type: form.Language, Title: titled("Language")},
		{Name: "impact", Type: form.Group, OnlyWhen: &form.If{Field: "choice", Is: []string{"red"}}, NeededWhen: &form.If{Field: "sure", Is: []string{"true"}}, Title: titled("Impact"),
			Fields: []form.Field{{Name: "users", Type: form.Number, Title: titled("Users")}, {Name: "note", Type: form.Text, Title: titled("Note")}}},
		{Name: "routes", Type: form.Group, List: true, Least: 2, Title: titled("Routes"),
			Fields: []form.Field{{Name: "kind", Type: form.Word, Required: true, Title: titled("Kind")}, {Name: "address", Type: form.Line, Title: titled("Address")}}},
	},
}

const zero64 = "0000000000000000000000000000000000000000000000000000000000000000"

// full has a value in every field that may stand beside the others.
const full = `{"text":{"language":"en","text":"Lines \"and\"\n\tmore \\ <b>"},"line":"One line","word":"a-word.2","choice":"red","threat":"intrusion",` +
	`"began":"2027-01-31T09:00:00Z","ended":"2027-01-31T10:00:00Z","day":"2028-02-29","last":"2028-02-29","number":-5,"sure":true,` +
	`"party":"deltia.example","body":"aster.example/cert","message":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",` +
	`"networks":["192.0.2.7","2001:db8::/32"],"asn":64496,"domain":"www.xn--bcher-kva.example","place":"Port Aster","tongue":"zh-hans",` +
	`"impact":{"users":12,"note":{"language":"ru","text":"Заметка"}},"routes":[{"kind":"line"},{"kind":"telephone","address":"+00 1"}]}`

const least = `{"text":{"language":"en","text":"x"},"line":"l"}`

func law(t testing.TB) *agreement.Agreement {
	t.Helper()
	w, err := parleytest.MakeWorld(1, template, "")
	if err != nil {
		t.Fatal(err)
	}
	return w.Signed.Agreement
}

// template is the agreement of these tests and of their vectors.
const template = `agreement = "parley/agreement/v1"
title = { en = "Agreement for tests" }

[language]
authentic = ["en"]
working = ["ru", "en"]

[[words.threat]]
id = "intrusion"
title = { en = "Unauthorised access", ru = "Несанкционированный доступ" }

[[words.phrase]]
number = 1
text = { en = "We are ready.", ru = "Мы готовы." }

[[words.phrase]]
number = 2
text = { en = "We lost {system} in {place} at {time}; {count} users, {net}, {who}, {side}.", ru = "{time}: {place}, нет {system}; {count}, {net}, {who}, {side}." }
slot = [{ name = "system", kind = "text" }, { name = "place", kind = "place" }, { name = "time", kind = "time" }, { name = "count", kind = "number" }, { name = "net", kind = "network" }, { name = "who", kind = "body" }, { name = "side", kind = "party" }]

[handling]
default = "TLP:AMBER"
third_party = "consent"
publication = "none"
record = "full"

[traffic.limits]
entries_per_day = 100000
bytes_per_day = 10000000000
blob_bytes = 67108864
blobs_per_entry = 32

[eyes]
grace = "1 hour"
`

func TestCheck(t *testing.T) {
	a := law(t)
	for _, raw := range []string{full, least} {
		if err := every.Check(json.RawMessage(raw), a); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
		if err := every.Check(json.RawMessage(raw), nil); err != nil {
			t.Errorf("without an agreement: %v", err)
		}
	}
	if err := every.Check(json.RawMessage(strings.Replace(full, `"intrusion"`, `"weather"`, 1)), nil); err != nil {
		t.Errorf("without an agreement no word is checked: %v", err)
	}
}

// Each fault is found, in the field where it is, with words that say so. Between
// them they stand for every clause.
func TestCheckRefuses(t *testing.T) {
	a := law(t)
	for _, c := range []struct{ name, old, new, field, says string }{
		{"missing", `"text":{"language":"en","text":"Lines \"and\"\n\tmore \\ <b>"},`, ``, "text", "missing"},
		{"unknown", `"word":"a-word.2"`, `"wrod":"a-word.2"`, "wrod", "no field of this form"},
		{"out of order", `"line":"One line","word":"a-word.2"`, `"word":"a-word.2","line":"One line"`, "line", "out of its place"},
		{"twice", `"line":"One line"`, `"line":"One line","line":"Two"`, "line", "given twice"},
		{"case of a name", `"line":`, `"Line":`, "Line", "no field"},
		{"escaped name", `"line":`, `"l\u0069ne":`, `l\\u0069ne`, "no field"},
		{"null", `"line":"One line"`, `"line":null`, "line", "spelling"},
		{"space", `"line":"One line"`, `"line": "One line"`, "line", "spelling"},
		{"empty", `"line":"One line"`, `"line":""`, "line", "leave the field out"},
		{"empty list", `["192.0.2.7","2001:db8::/32"]`, `[]`, "networks", "at least 1"},
		{"empty group", `{"users":12,"note":{"language":"ru","text":"Заметка"}}`, `{}`, "impact", "leave the field out"},
		{"other escape", `One line`, `One l\u0069ne`, "line", "no escape"},
		{"HTML escape", `<b>`, `\u003cb>`, "text", "no escape"},
		{"separator not escaped", `<b>`, "\u2028", "text", "separators"},
		{"not UTF-8", `One line`, "One \xff", "line", "UTF-8"},
		{"control character", `One line`, `One\u0007line`, "line", "control"},
		{"newline in a line", `One line`, `One\nline`, "line", "control"},
		{"reordered", `One line`, "One \u202eline", "line", "control"},
		{"space around a line", `One line`, ` One line`, "line", "spaces"},
		{"long line", `One line`, strings.Repeat("x", 21), "line", "at most 20"},
		{"long text", `Lines `, strings.Repeat("x", 100), "text", "attachment"},
		{"no language", `{"language":"en","text":"Lines `, `{"text":"Lines `, "text", "language"},
		{"bad language", `"language":"en"`, `"language":"English"`, "text", "tag"},
		{"text without object", `{"language":"ru","text":"Заметка"}`, `"Заметка"`, "impact.note", "spelling"},
		{"word", `a-word.2`, `a-.word`, "word", "hyphens between"},
		{"choice", `"red"`, `"blue"`, "choice", "red, green"},
		{"term", `"intrusion"`, `"weather"`, "threat", "intrusion"},
		{"impossible day", `2028-02-29","last`, `2027-02-29","last`, "day", "exists"},
		{"impossible hour", `T10:00:00Z`, `T24:00:00Z`, "ended", "exists"},
		{"zone", `T10:00:00Z`, `T10:00:00+03:00`, "ended", "UTC"},
		{"fraction", `T10:00:00Z`, `T10:00:00.5Z`, "ended", "UTC"},
		{"not after", `T10:00:00Z`, `T09:00:00Z`, "ended", "later than"},
		{"before", `"last":"2028-02-29"`, `"last":"2028-02-28"`, "last", "not before"},
		{"number low", `-5`, `-6`, "number", "-5 to 500"},
		{"number high", `-5`, `501`, "number", "-5 to 500"},
		{"number form", `-5`, `5.0`, "", "spelling"},
		{"number zero", `-5`, `007`, "number", "whole number"},
		{"number minus zero", `-5`, `-0`, "number", "whole number"},
		{"number huge", `-5`, `99999999999999999999`, "number", "whole number"},
		{"bool", `true`, `1`, "sure", "true or false"},
		{"bool quoted", `true`, `"true"`, "sure", "true or false"},
		{"party", `deltia.example`, `Deltia`, "party", "party such as"},
		{"body not named", `aster.example/cert`, `aster.example/press`, "body", "none of this agreement"},
		{"message", `0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef`, `0123`, "message", "64"},
		{"message of zeros", `0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef`, zero64, "message", "64"},
		{"host bits", `192.0.2.7`, `192.0.2.7/24`, "networks.0", "prefix"},
		{"other spelling of an address", `2001:db8::/32`, `2001:DB8::/32`, "networks.1", "prefix"},
		{"address in an address", `192.0.2.7`, `::ffff:192.0.2.7`, "networks.0", "prefix"},
		{"zone of an address", `192.0.2.7`, `fe80::1%eth0`, "networks.0", "prefix"},
		{"network twice", `2001:db8::/32`, `192.0.2.7`, "networks", "twice"},
		{"too many", `"192.0.2.7",`, `"192.0.2.7","192.0.2.8","192.0.2.9",`, "networks", "at most 3"},
		{"too few", `,{"kind":"telephone","address":"+00 1"}`, ``, "routes", "at least 2"},
		{"asn", `64496`, `4294967296`, "asn", "4294967295"},
		{"asn zero", `64496`, `0`, "asn", "1 to"},
		{"domain", `www.xn--bcher-kva.example`, `www.Bücher.example`, "domain", "ASCII"},
		{"domain address", `www.xn--bcher-kva.example`, `192.0.2.1`, "domain", "ASCII"},
		{"length", `"place":"Port Aster"`, `"within":"three days","place":"x"`, "within", "72 hours"},
		{"contradiction", `"place":"Port Aster"`, `"within":"3 days","place":"x"`, "within", "together"},
		{"only when", `"choice":"red"`, `"choice":"green"`, "impact", "choice red"},
		{"needed when", `"impact":{"users":12,"note":{"language":"ru","text":"Заметка"}},`, ``, "impact", "sure true"},
		{"missing below", `{"kind":"line"}`, `{"address":"x"}`, "routes.0.kind", "missing"},
		{"unknown below", `"users":12`, `"user":12`, "impact.user", "no field"},
		{"tongue", `"zh-hans"`, `"zh_Hans"`, "tongue", "tag"},
		{"more behind", `"+00 1"}]}`, `"+00 1"}]} `, "", "nothing else"},
		{"cut", `"+00 1"}]}`, `"+00 1"}]`, "", "brace"},
		{"array", full, `[]`, "", "object"},
		{"nothing", full, ``, "", "object"},
		{"some", full, `{"text":{"language":"en","text":"x"}}`, "line", "at least one of line, place"},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := strings.Replace(full, c.old, c.new, 1)
			if raw == full {
				t.Fatal("the case changes nothing")
			}
			err := every.Check(json.RawMessage(raw), a)
			if parley.KindOf(err) != parley.Invalid || err == nil {
				t.Fatalf("got %v", err)
			}
			var faults form.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("no faults in %v", err)
			}
			text := strings.Join(strings.Fields(err.Error()), " ")
			found := false
			for _, x := range faults {
				found = found || x.Field == c.field && strings.Contains(x.String(), c.says)
			}
			if !found {
				t.Errorf("want %q in field %q: %s", c.says, c.field, text)
			}
		})
	}
}

// FORM-2: size is looked at before anything else.
func TestCheckBounds(t *testing.T) {
	raw := `{"text":{"language":"en","text":"` + strings.Repeat("x", form.MaxContent) + `"}}`
	if err := every.Check(json.RawMessage(raw), nil); err == nil || !strings.Contains(err.Error(), "attachment") {
		t.Error(err)
	}
	deep := `{"text":` + strings.Repeat(`{"text":`, 5000)
	if err := every.Check(json.RawMessage(deep), nil); err == nil {
		t.Error("braces without end pass")
	}
	many := `{"text":{"language":"en","text":"x"},"routes":[` + strings.Repeat(`{},`, 10000)
	var faults form.Faults
	if err := every.Check(json.RawMessage(many), nil); !errors.As(err, &faults) || len(faults) > form.MaxFaults {
		t.Errorf("%d faults", len(faults))
	}
}

func BenchmarkCheck(b *testing.B) {
	a := law(b)
	raw := json.RawMessage(full)
	b.ReportAllocs()
	for b.Loop() {
		if err := every.Check(raw, a); err != nil {
			b.Fatal(err)
		}
	}
}
