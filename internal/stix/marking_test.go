package stix

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	tlpGreen1 = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
	tlpRed1   = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
	ours      = "marking-definition--0a1b2c3d-0000-4000-8000-000000000001"
	statement = "marking-definition--0a1b2c3d-0000-4000-8000-000000000002"
)

func object21(t testing.TB, more string) *Object {
	t.Helper()
	o, err := Parse([]byte(`{"type":"identity","spec_version":"2.1","id":"identity--0a1b2c3d-0000-4000-8000-00000000000a",`+
		`"created":"2026-11-01T00:00:00.000Z","modified":"2026-11-01T00:00:00.000Z","name":"Aster","roles":["a","b"]`+more+`}`), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestResolve(t *testing.T) {
	known := func(id string) (*Object, bool) {
		switch id {
		case ours:
			o, err := Parse([]byte(`{"type":"marking-definition","spec_version":"2.1","id":"`+ours+`","created":"2026-11-01T00:00:00.000Z","extensions":{"`+tlpExtension+
				`":{"extension_type":"property-extension","tlp_2_0":"amber+strict"},"`+papExtension+`":{"extension_type":"property-extension","pap":"amber"}}}`), Limits{})
			return o, err == nil
		case statement:
			o, err := Parse([]byte(`{"type":"marking-definition","spec_version":"2.1","id":"`+statement+`","created":"2026-11-01T00:00:00.000Z",`+
				`"definition_type":"statement","definition":{"statement":"Copyright Aster"}}`), Limits{})
			return o, err == nil
		case "identity--0a1b2c3d-0000-4000-8000-00000000000a":
			return object21(t, ""), true
		}
		return nil, false
	}
	for _, c := range []struct {
		more      string
		tlp, most TLP
		pap       PAP
		others    int
		parts     int
		fault     bool
	}{
		{"", Unmarked, Unmarked, NoPAP, 0, 0, false},
		{`,"object_marking_refs":["` + tlpGreen1 + `"]`, Green, Green, NoPAP, 0, 0, false},
		{`,"object_marking_refs":["` + tlpGreen1 + `","` + MarkingID(Amber) + `"]`, Amber, Amber, NoPAP, 0, 0, false},
		{`,"object_marking_refs":["` + ours + `"]`, AmberStrict, AmberStrict, PAPAmber, 0, 0, false},
		{`,"object_marking_refs":["` + tlpGreen1 + `","marking-definition--740d36e5-7714-4c30-961a-3ae632ceee0e"]`, Green, Green, PAPRed, 0, 0, false},
		{`,"object_marking_refs":["` + statement + `"]`, Unmarked, Unmarked, NoPAP, 0, 0, false},
		{`,"object_marking_refs":["marking-definition--0a1b2c3d-0000-4000-8000-0000000000ff"]`, Red, Red, NoPAP, 1, 0, false},
		{`,"object_marking_refs":["identity--0a1b2c3d-0000-4000-8000-00000000000a"]`, Red, Red, NoPAP, 1, 0, true},
		{`,"object_marking_refs":["` + tlpGreen1 + `"],"granular_markings":[{"marking_ref":"` + tlpRed1 + `","selectors":["roles.[1]"]}]`, Green, Red, NoPAP, 0, 1, false},
		{`,"object_marking_refs":["` + tlpRed1 + `"],"granular_markings":[{"marking_ref":"` + tlpGreen1 + `","selectors":["name"]}]`, Red, Red, NoPAP, 0, 0, false},
		{`,"granular_markings":[{"marking_ref":"` + tlpRed1 + `","selectors":["nothing"]}]`, Red, Red, NoPAP, 0, 0, false},
		{`,"granular_markings":[{"lang":"ru","selectors":["name"]}]`, Unmarked, Unmarked, NoPAP, 0, 0, false},
	} {
		o := object21(t, c.more)
		m, err := Resolve(o, known)
		if m.TLP != c.tlp || m.Strictest() != c.most || m.PAP != c.pap || len(m.Others) != c.others || len(m.Parts) != c.parts || (err != nil) != c.fault {
			t.Errorf("%s: %+v %v", c.more, m, err)
		}
		if o.Marking.Strictest() < m.Strictest() {
			t.Errorf("%s: said %s, looser than %s", c.more, o.Marking.Strictest(), m.Strictest())
		}
	}
	m, _ := Resolve(object21(t, `,"object_marking_refs":["`+statement+`"]`), known)
	if !slices.Equal(m.Statements, []string{"Copyright Aster"}) {
		t.Errorf("%+v", m)
	}
}

func TestMarkingObjects(t *testing.T) {
	for tlp := Clear; tlp <= Red; tlp++ {
		o, err := Parse(MarkingObject(tlp), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if f := Check(o); len(f) > 0 {
			t.Errorf("%s: %v", tlp, f)
		}
		o.ID = "" // not by its name
		if m, ok := Meaning(o); !ok || m.TLP != tlp {
			t.Errorf("%s means %+v", tlp, m)
		}
		for _, word := range []string{tlp.String(), strings.ToLower(tlp.String()), strings.TrimPrefix(tlp.String(), "TLP:")} {
			if got, ok := ParseTLP(word); !ok || got != tlp {
				t.Errorf("%s reads as %s", word, got)
			}
		}
	}
	for pap, word := range map[PAP]string{PAPClear: "clear", PAPGreen: "green", PAPAmber: "amber", PAPRed: "red"} {
		o, err := Parse(fmt.Appendf(nil, `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--11111111-0000-4000-8000-000000000001","created":"2022-10-01T00:00:00.000Z","extensions":{%q:{"extension_type":"property-extension","pap":%q}}}`,
			papExtension, word), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := Meaning(o); !ok || m.PAP != pap {
			t.Errorf("%s means %+v", pap, m)
		}
	}
	if _, ok := ParseTLP("purple"); ok {
		t.Error("purple")
	}
}
