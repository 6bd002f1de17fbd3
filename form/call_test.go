package form_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/vectors"
)

//go:generate go test . -run ^TestCallVectors$ -update-calls

var updateCalls = flag.Bool("update-calls", false, "write testdata/vectors/call")

const callFolder = "../testdata/vectors/call"

const secret = "a4dqobyha4dqobyha4dqobyha4dqobyha4dqobyha4dqobyhaeaq"

// calls are content of the kinds call and watch, and the field where the fault is.
var calls = []struct{ name, what, of, step, body, field string }{
	{"record", "A call with everything on record.", "call", "record", `{"at":"2027-01-31T09:00:00Z","direction":"out","route":"telephone","role":"duty-officer","result":"spoke","minutes":4,"words":"matched","note":{"language":"en","text":"They will look."}}`, ""},
	{"record-rang", "It just rang: nobody was spoken to (CALL-2).", "call", "record", `{"at":"2027-01-31T09:00:00Z","direction":"out","route":"emergency","result":"no-answer"}`, ""},
	{"record-nobody", "Spoken, and to nobody (CALL-2).", "call", "record", `{"at":"2027-01-31T09:00:00Z","direction":"out","route":"telephone","result":"spoke"}`, "role"},
	{"record-person", "A person's name in place of a role (CALL-2).", "call", "record", `{"at":"2027-01-31T09:00:00Z","direction":"out","route":"telephone","role":"Anna Berg","result":"spoke"}`, "role"},
	{"record-no-time", "A call at no time.", "call", "record", `{"direction":"out","route":"telephone","result":"busy"}`, "at"},
	{"record-february", "A day that does not exist.", "call", "record", `{"at":"2027-02-30T09:00:00Z","direction":"out","route":"telephone","result":"busy"}`, "at"},
	{"record-offset", "A time that is not in UTC.", "call", "record", `{"at":"2027-01-31T09:00:00+03:00","direction":"out","route":"telephone","result":"busy"}`, "at"},
	{"record-long", "A call of more than a day.", "call", "record", `{"at":"2027-01-31T09:00:00Z","direction":"in","route":"radio","role":"cert","result":"spoke","minutes":1441}`, "minutes"},
	{"record-busy-minutes", "A length where nobody spoke.", "call", "record", `{"at":"2027-01-31T09:00:00Z","direction":"out","route":"telephone","result":"busy","minutes":3}`, "minutes"},
	{"record-sideways", "A direction that there is not.", "call", "record", `{"at":"2027-01-31T09:00:00Z","direction":"both","route":"telephone","result":"busy"}`, "direction"},
	{"record-extra", "A member that the form does not have.", "call", "record", `{"at":"2027-01-31T09:00:00Z","direction":"out","route":"telephone","result":"busy","number":"+1"}`, "number"},
	{"confirm", "The least that a confirmation says.", "call", "confirm", `{}`, ""},
	{"confirm-role", "Who was on the telephone.", "call", "confirm", `{"role":"duty-officer"}`, ""},
	{"deny", "The other side knows of no such call.", "call", "deny", `{"reason":"no-call"}`, ""},
	{"deny-why", "A denial without a reason (CALL-6).", "call", "deny", `{}`, "reason"},
	{"deny-reason", "A reason that is not on the list (CALL-6).", "call", "deny", `{"reason":"politics"}`, "reason"},
	{"words", "A secret for call words (CALL-8).", "call", "words", `{"secret":"` + secret + `","until":"2027-07-31T00:00:00Z"}`, ""},
	{"words-short", "A secret that is too short (CALL-8).", "call", "words", `{"secret":"` + secret[1:] + `","until":"2027-07-31T00:00:00Z"}`, "secret"},
	{"words-spelling", "Bits after the 32nd octet: another spelling (CALL-8).", "call", "words", `{"secret":"` + secret[:51] + `b","until":"2027-07-31T00:00:00Z"}`, "secret"},
	{"words-digits", "Digits that base32 does not have (CALL-8).", "call", "words", `{"secret":"` + secret[:50] + `1q","until":"2027-07-31T00:00:00Z"}`, "secret"},
	{"words-for-ever", "A secret without an end (CALL-8).", "call", "words", `{"secret":"` + secret + `"}`, "until"},
	{"attended", "A desk is attended until an instant (CALL-7).", "watch", "attended", `{"until":"2027-01-31T18:00:00Z","role":"duty-officer"}`, ""},
	{"attended-never", "Attended until nothing (CALL-7).", "watch", "attended", `{"role":"duty-officer"}`, "until"},
	{"attended-leap", "An instant that does not exist.", "watch", "attended", `{"until":"2027-01-31T24:00:00Z"}`, "until"},
	{"ended", "The desk is left.", "watch", "ended", `{}`, ""},
	{"ended-until", "An end that says until when.", "watch", "ended", `{"until":"2027-01-31T18:00:00Z"}`, "until"},
}

// TestCallVectors: each vector gets the verdict that it expects, and the folder is
// what the table makes. CALL-1, CALL-2, CALL-6, CALL-7, CALL-8
func TestCallVectors(t *testing.T) {
	for _, c := range calls {
		head := []string{"kind", "form", "of", c.of, "step", c.step, "expect", "valid"}
		if c.field != "" {
			head[7] = "invalid"
			head = append(head, "field", c.field)
		}
		file, path := vectors.Format(c.what, []byte(c.body), head...), filepath.Join(callFolder, c.name+".txt")
		if *updateCalls {
			if err := os.WriteFile(path, file, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if there, err := os.ReadFile(path); err != nil || string(there) != string(file) {
			t.Errorf("%s is not what the table makes: %v", path, err)
		}
	}
	list, err := vectors.Read(callFolder)
	if err != nil || len(list) != len(calls) {
		t.Fatalf("%d vectors, want %d: %v", len(list), len(calls), err)
	}
	for _, v := range list {
		f, ok := form.Find(parley.Kind(v.Get("of")), v.Get("step"), 1)
		if !ok {
			t.Fatalf("%s: no form", v.Name)
		}
		err := f.Check(v.Body, nil)
		var faults form.Faults
		switch errors.As(err, &faults); {
		case v.Expect() == "valid" && err != nil:
			t.Errorf("%s: %v", v.Name, err)
		case v.Expect() == "invalid" && (parley.KindOf(err) != parley.Invalid || len(faults.Of(v.Get("field"))) == 0):
			t.Errorf("%s: %v, want a fault of %s", v.Name, err, v.Get("field"))
		}
	}
}

// TestSecretIsNotShown: whoever reads the message on a screen reads no secret.
func TestSecretIsNotShown(t *testing.T) {
	f, _ := form.Find(parley.KindCall, parley.CallWords, 1)
	content := []byte(`{"secret":"` + secret + `","until":"2027-07-31T00:00:00Z"}`)
	rows := f.Read(content, nil, "en")
	if len(rows) != 2 || rows[0].String() != "•••" || rows[0].Values[0].Value != "" {
		t.Errorf("shown: %+v", rows)
	}
	if gist := f.Gist(content, nil, "en"); gist == "" || gist == secret {
		t.Errorf("gist: %q", gist)
	}
}
