package stix

import (
	"strings"
	"testing"
)

const observed20 = `{"type":"observed-data","id":"observed-data--0a1b2c3d-0000-4000-8000-00000000000a","created":"2026-11-01T00:00:00.000Z",
"modified":"2026-11-01T00:00:00.000Z","first_observed":"2026-11-01T00:00:00Z","last_observed":"2026-11-01T00:00:00Z","number_observed":1,
"object_marking_refs":["` + tlpGreen1 + `"],"granular_markings":[{"marking_ref":"` + tlpRed1 + `","selectors":["objects.0.name","number_observed"]}],
"objects":{"0":{"type":"file","name":"a.exe","created":"2026-11-01T00:00:00Z","hashes":{"sha256":"aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f"},
"parent_directory_ref":"1"},"1":{"type":"directory","path":"C:\\\\x","contains_refs":["0"]},"2":{"type":"process","pid":7,"binary_ref":"0"},
"3":{"type":"network-traffic","protocols":["tcp"],"dst_ref":"4"},"4":{"type":"ipv4-addr","value":"192.0.2.1"}}}`

func TestUpgradeObserved(t *testing.T) {
	made, changes, err := Upgrade([]byte(observed20))
	if err != nil || len(made) != 6 || len(changes) == 0 {
		t.Fatal(len(made), changes, err)
	}
	again, _, _ := Upgrade([]byte(observed20))
	ids := map[string]bool{}
	var parsed []*Object
	for i, raw := range made {
		if string(raw) != string(again[i]) {
			t.Error("two runs give different octets")
		}
		o, err := Parse(raw, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range Check(o) {
			t.Errorf("%s: %v", raw, &f)
		}
		ids[o.ID] = true
		parsed = append(parsed, o)
	}
	for i, o := range parsed {
		for _, r := range o.Refs {
			if !ids[r.Target] && !strings.HasPrefix(r.Target, "marking-definition--") {
				t.Errorf("%s names %s, which is nowhere", o.ID, r.Target)
			}
		}
		if want, err := DeterministicID(o.Raw); i > 0 && o.Type != "directory" && o.Type != "file" && err == nil && want != o.ID {
			t.Errorf("%s should be %s", o.ID, want)
		}
		if o.Marking.Strictest() != Red {
			t.Errorf("%s is marked %s, looser than what held it", o.ID, o.Marking.Strictest())
		}
	}
}

func TestUpgrade(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"type":"indicator","id":"indicator--0a1b2c3d-0000-4000-8000-00000000000a","created":"2026-11-01T00:00:00.000Z","modified":"2026-11-01T00:00:00.000Z","labels":["malicious-activity"],"pattern":"[url:value = 'http://a.example/']","valid_from":"2026-11-01T00:00:00Z"}`,
			`"indicator_types":["malicious-activity"],"pattern_type":"stix"}`},
		{`{"type":"malware","id":"malware--0a1b2c3d-0000-4000-8000-00000000000a","created":"2026-11-01T00:00:00.000Z","modified":"2026-11-01T00:00:00.000Z","labels":["trojan"],"name":"x"}`,
			`"malware_types":["trojan"],"is_family":true}`},
		{`{"type":"marking-definition","id":"` + tlpGreen1 + `","created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","definition":{"tlp":"green"}}`,
			`"name":"TLP:GREEN"}`},
	} {
		made, _, err := Upgrade([]byte(c.in))
		if err != nil || len(made) != 1 || !strings.HasSuffix(string(made[0]), c.want) || !strings.Contains(string(made[0]), `"spec_version":"2.1"`) {
			t.Errorf("%s\n%s %v", c.in, made, err)
			continue
		}
		o, err := Parse(made[0], Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if f := Check(o); len(f) > 0 {
			t.Errorf("%s: %v", made[0], f)
		}
	}
	if _, _, err := Upgrade([]byte(`{"type":"identity","id":"identity--1","spec_version":"3.0"}`)); err == nil {
		t.Error("3.0 is upgraded")
	}
	in := []byte(`{"type":"url","id":"url--1","value":"http://a.example/"}`)
	if made, changes, err := Upgrade(in); err != nil || len(made) != 1 || &made[0][0] != &in[0] || len(changes) != 0 {
		t.Errorf("an observable is changed: %s %v %v", made, changes, err)
	}
}
