package form_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/form"
	"parley.example/parley/internal/vectors"
)

const requestVectors = "../testdata/vectors/request"

// TestRequestVectors: contents of requests and of what answers them, valid and
// not, each with the field where the fault is. REQUEST-1, REQUEST-2, REQUEST-6,
// REQUEST-9
func TestRequestVectors(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(requestVectors, "agreement.toml"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := agreement.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	fill := func(name string, values map[string]any) string {
		kind, step, _ := strings.Cut(name, ".")
		f, _ := form.Find(parley.Kind(kind), step, 1)
		raw, err := f.Fill(values, a)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return string(raw)
	}
	without := func(body, member string) string { // in the same spelling
		var raw map[string]json.RawMessage
		if err := json.Unmarshal([]byte(body), &raw); err != nil {
			t.Fatal(err)
		}
		at := strings.Index(body, `"`+member+`":`)
		end := at + len(member) + 3 + len(raw[member])
		if at > 1 {
			at--
		} else {
			end++
		}
		return body[:at] + body[end:]
	}
	keep := fill("request.preservation", preservation())
	stop := fill("request.mitigation", map[string]any{"invokes": "3", "reading": "It covers what leaves a territory.", "activity": "Scans.", "measure": "Stop them.",
		"networks": "192.0.2.0/24", "domains": "c2.borea.example", "since": "2026-11-22T09:00:00Z"})
	urgent := fill("request.emergency-disclosure", map[string]any{"invokes": "3", "reading": "r", "danger": "A bomb threat.", "data": "Who wrote it.", "custodian": "Mail Ltd", "authority": "Police of Aster",
		"wanted-by": "2026-11-22T12:00:00Z"})
	refuse := fill("response.refuse", map[string]any{"ground": "law", "text": "Article 10 forbids it."})
	contest := fill("contest", map[string]any{"claim": "answered-elsewhere", "channel": "note verbale", "reference": "17/2026", "text": "On Tuesday."})
	for _, v := range []struct{ file, what, of, body, fault string }{
		{"information", "a request for information", "request.information", fill("request.information", map[string]any{"invokes": "3", "reading": "r", "question": "Whose range is it?", "use": "To ask them."}), ""},
		{"assistance", "a request for assistance", "request.assistance", fill("request.assistance", map[string]any{"invokes": "3", "reading": "r", "situation": "s", "wanted": "h", "severity": "high", "threat": "intrusion"}), ""},
		{"preservation", "the six fields of a preservation", "request.preservation", keep, ""},
		{"preservation-authority", "no authority", "request.preservation", without(keep, "authority"), "authority"},
		{"preservation-intent", "no intent to send a formal request", "request.preservation", without(keep, "intent"), "intent"},
		{"preservation-invokes", "no article is invoked", "request.preservation", without(keep, "invokes"), "invokes"},
		{"preservation-article", "an article that the agreement does not list", "request.preservation", strings.Replace(keep, `"invokes":"3"`, `"invokes":"17"`, 1), "invokes"},
		{"preservation-reading", "the sender does not say how it reads the article", "request.preservation", without(keep, "reading"), "reading"},
		{"mitigation", "networks, domains, and since when", "request.mitigation", stop, ""},
		{"mitigation-domains", "domains alone", "request.mitigation", without(stop, "networks"), ""},
		{"mitigation-nothing", "neither networks nor domains", "request.mitigation", without(without(stop, "networks"), "domains"), "networks"},
		{"mitigation-host-bits", "a prefix with bits behind its length", "request.mitigation", strings.Replace(stop, "192.0.2.0/24", "192.0.2.7/24", 1), "networks.0"},
		{"mitigation-day", "a day that does not exist", "request.mitigation", strings.Replace(stop, "2026-11-22T", "2026-02-30T", 1), "since"},
		{"emergency", "a request for emergency disclosure", "request.emergency-disclosure", urgent, ""},
		{"emergency-hour", "it does not say by when", "request.emergency-disclosure", without(urgent, "wanted-by"), "wanted-by"},
		{"acknowledge", "an acknowledgement without a word", "response.acknowledge", `{}`, ""},
		{"offer-terms", "an offer without terms", "response.offer", `{"time-frame":{"language":"en","text":"a"},"nature":{"language":"en","text":"b"},"scope":{"language":"en","text":"c"}}`, "terms"},
		{"result", "data is preserved", "response.result", `{"outcome":"preserved","text":{"language":"en","text":"Kept."},"kept-until":"2027-02-22T00:00:00Z"}`, ""},
		{"result-kept", "kept, where nothing was preserved", "response.result", `{"outcome":"given","text":{"language":"en","text":"Done."},"kept-until":"2027-02-22T00:00:00Z"}`, "kept-until"},
		{"refuse", "a refusal with its ground", "response.refuse", refuse, ""},
		{"refuse-ground", "a ground that the agreement does not list", "response.refuse", strings.Replace(refuse, `"law"`, `"mood"`, 1), "ground"},
		{"refuse-reasons", "a refusal without reasons", "response.refuse", without(refuse, "text"), "text"},
		{"cannot-ensure", "what was asked for is not in their hands", "response.cannot-ensure", `{"text":{"language":"en","text":"The provider is abroad."}}`, ""},
		{"contest", "answered on another channel", "contest", contest, ""},
		{"contest-reference", "answered elsewhere, without the reference", "contest", without(contest, "reference"), "reference"},
		{"withdraw", "no longer needed", "withdraw", `{"reason":"no-longer-needed"}`, ""},
		{"withdraw-by", "another request, where none takes its place", "withdraw", `{"reason":"mistake","by":"` + strings.Repeat("ab", 32) + `"}`, "by"},
	} {
		kind, step, _ := strings.Cut(v.of, ".")
		head := []string{"expect", map[bool]string{true: "valid", false: "invalid"}[v.fault == ""], "kind", "form", "of", kind}
		if step != "" {
			head = append(head, "step", step)
		}
		head = append(head, "agreement", "agreement.toml")
		if v.fault != "" {
			head = append(head, "field", v.fault)
		}
		vector(t, v.file+".txt", vectors.Format(v.what, []byte(v.body), head...))
	}
	list, err := vectors.Read(requestVectors)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		f, ok := form.Find(parley.Kind(v.Get("of")), v.Get("step"), 1)
		if !ok {
			t.Errorf("%s: no form of %s", v.Name, v.Get("of"))
			continue
		}
		err := f.Check(v.Body, a)
		var faults form.Faults
		if (err == nil) != (v.Expect() == "valid") || err != nil && (!errors.As(err, &faults) || len(faults.Of(v.Get("field"))) == 0) {
			t.Errorf("%s: %v, want %s in %q", v.Name, err, v.Expect(), v.Get("field"))
		}
	}
}

// vector compares a file with what is made, or writes it.
func vector(t *testing.T, name string, b []byte) {
	t.Helper()
	path := filepath.Join(requestVectors, name)
	if *update {
		if err := os.MkdirAll(requestVectors, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, b) {
		t.Errorf("%s is not what is made: go test ./form -run TestRequestVectors -update (%v)", name, err)
	}
}
