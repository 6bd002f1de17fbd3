package form_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/form"
	"parley.example/parley/internal/vectors"
)

//go:generate go test . -run ^(TestVectors|TestReference)$ -update

var update = flag.Bool("update", false, "write the vectors")

const vectorDir = "../testdata/vectors/form"

// example is one vector: content of a kind that the agreement of the folder is
// in force for, and the field where the fault is.
type example struct{ name, what, of, body, fault string }

var examples = []example{
	{"phrase", "a sentence with a value of each type", "phrase", phrase2, ""},
	{"phrase-without-slots", "a sentence that has none", "phrase", `{"number":1}`, ""},
	{"phrase-unknown", "a number that the phrasebook does not have (FORM-12)", "phrase", `{"number":99}`, "number"},
	{"phrase-values-missing", "the values are missing (FORM-12)", "phrase", `{"number":2}`, "values"},
	{"phrase-values-too-many", "values where the sentence has no slot (FORM-12)", "phrase", `{"number":1,"values":{"time":"2027-01-31T09:00:00Z"}}`, "values"},
	{"phrase-slot-order", "slots in another order than the agreement's (FORM-12)", "phrase", `{"number":2,"values":{"place":"Port Aster"}}`, "values.system"},
	{"phrase-number-quoted", "a number as a string (FORM-8)", "phrase", `{"number":"1"}`, "number"},
	{"phrase-number-zeros", "leading zeros (FORM-8)", "phrase", `{"number":01}`, "number"},
	{"translation", "two texts", "translation", `{"into":"ru","machine":false,"texts":[{"field":"text","text":{"language":"ru","text":"Просим подтвердить получение."}},{"field":"subject","text":{"language":"ru","text":"Сбой"}}]}`, ""},
	{"translation-empty", "no text (FORM-4)", "translation", `{"into":"ru","machine":false,"texts":[]}`, "texts"},
	{"translation-unknown-field", "a field that the form does not have (FORM-3)", "translation", `{"into":"ru","machine":false,"of":"x","texts":[{"field":"text","text":{"language":"ru","text":"x"}}]}`, "of"},
	{"translation-order", "members out of their order (FORM-3)", "translation", `{"machine":false,"into":"ru","texts":[{"field":"text","text":{"language":"ru","text":"x"}}]}`, "into"},
	{"translation-space", "a space (FORM-3)", "translation", `{"into": "ru","machine":false,"texts":[{"field":"text","text":{"language":"ru","text":"x"}}]}`, "into"},
	{"translation-twice", "a member twice (FORM-3)", "translation", `{"into":"ru","into":"ru","machine":false,"texts":[{"field":"text","text":{"language":"ru","text":"x"}}]}`, "into"},
	{"translation-language", "a language that is no tag (FORM-5)", "translation", `{"into":"RU","machine":false,"texts":[{"field":"text","text":{"language":"ru","text":"x"}}]}`, "into"},
	{"translation-text-without-language", "free text without its language (FORM-5)", "translation", `{"into":"ru","machine":false,"texts":[{"field":"text","text":"x"}]}`, "texts.0.text"},
	{"translation-control", "a control character (FORM-5)", "translation", `{"into":"ru","machine":false,"texts":[{"field":"text","text":{"language":"ru","text":"x\u0000"}}]}`, "texts.0.text"},
	{"translation-null", "null (FORM-3)", "translation", `{"into":"ru","machine":null,"texts":[{"field":"text","text":{"language":"ru","text":"x"}}]}`, "machine"},
	{"correct", "a value, a text, and one that is struck", "correct", `{"changes":[{"field":"began","value":"2027-01-31T09:00:00Z"},{"field":"summary","text":{"language":"en","text":"Two servers, not three."}},{"field":"source","struck":true}],"why":{"language":"en","text":"Counted twice."}}`, ""},
	{"correct-both", "value and text contradict each other (FORM-13)", "correct", `{"changes":[{"field":"summary","value":"x","text":{"language":"en","text":"y"}}]}`, "changes.0.value"},
	{"correct-neither", "a change that says nothing (FORM-13)", "correct", `{"changes":[{"field":"summary"}]}`, "changes.0.value"},
	{"correct-empty-text", "an empty text (FORM-3)", "correct", `{"changes":[{"field":"summary","text":{"language":"en","text":""}}]}`, "changes.0.text"},
	{"correct-more-behind", "octets after the object (FORM-3)", "correct", "{\"changes\":[{\"field\":\"summary\",\"value\":\"x\"}]}\n", ""},
	{"correct-escape", "an escape that is not needed (FORM-3)", "correct", `{"changes":[{"field":"summary","value":"\u0078"}]}`, "changes.0.value"},
	{"correct-html", "an HTML escape (FORM-3)", "correct", `{"changes":[{"field":"summary","value":"\u003cb\u003e"}]}`, "changes.0.value"},
	{"correct-utf8", "octets that are no UTF-8 (FORM-3)", "correct", "{\"changes\":[{\"field\":\"summary\",\"value\":\"\xff\"}]}", "changes.0.value"},
	{"correct-direction", "a character that turns the direction of writing (FORM-5)", "correct", "{\"changes\":[{\"field\":\"summary\",\"value\":\"a\u202eb\"}]}", "changes.0.value"},
}

func (e example) file() []byte {
	expect := "valid"
	if e.fault != "" || e.name == "correct-more-behind" {
		expect = "invalid"
	}
	head := []string{"expect", expect, "kind", "form", "of", e.of, "agreement", "agreement.toml"}
	if e.fault != "" {
		head = append(head, "field", e.fault)
	}
	return vectors.Format(e.what, []byte(e.body), head...)
}

// TestVectors: what the generator makes is committed, and every file of the
// folder gets the verdict that it expects.
func TestVectors(t *testing.T) {
	made := map[string][]byte{"agreement.toml": law(t).Text()}
	for _, e := range examples {
		made[e.name+".txt"] = e.file()
	}
	for name, b := range made {
		path := filepath.Join(vectorDir, name)
		if *update {
			if err := os.MkdirAll(vectorDir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%s is not what is made: go generate ./form (%v)", name, err)
		}
	}
	list, err := vectors.Read(vectorDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		f, ok := form.Find(parley.Kind(v.Get("of")), v.Get("step"), 1)
		if !ok {
			t.Errorf("%s: no form of %s", v.Name, v.Get("of"))
			continue
		}
		text, err := os.ReadFile(filepath.Join(vectorDir, v.Get("agreement")))
		if err != nil {
			t.Fatal(err)
		}
		a, err := agreement.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		got := "valid"
		err = f.Check(v.Body, a)
		if err != nil {
			got = "invalid"
		}
		var faults form.Faults
		if got != v.Expect() || err != nil && (!errors.As(err, &faults) || len(faults.Of(v.Get("field"))) == 0) {
			t.Errorf("%s: got %s, want %s in %q: %v", v.Name, got, v.Expect(), v.Get("field"), err)
		}
	}
}
