package form_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley/form"
)

func TestRead(t *testing.T) {
	rows := every.Read(json.RawMessage(full), law(t), "ru", "en")
	flat := map[string]string{}
	var walk func([]form.Row)
	walk = func(rows []form.Row) {
		for _, r := range rows {
			if len(r.Values) > 0 {
				flat[r.Path] = r.Title + ": " + r.String()
			}
			for _, g := range r.Groups {
				walk(g)
			}
		}
	}
	walk(rows)
	for path, want := range map[string]string{
		"threat": "Threat (ru): Несанкционированный доступ", "sure": "Sure (ru): да", "asn": "ASN (ru): AS64496", "choice": "Choice (ru): Red (ru)",
		"networks": "Networks (ru): 192.0.2.7, 2001:db8::/32", "impact.users": "Users (ru): 12", "routes.1.address": "Address (ru): +00 1",
	} {
		if diff := cmp.Diff(want, flat[path]); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	if rows[0].Values[0].Language != "en" {
		t.Error("a text without its language")
	}
	if every.Read(json.RawMessage(`{"text":1}`), nil) != nil {
		t.Error("what does not fit is shown")
	}
}
