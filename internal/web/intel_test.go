package web

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// knowing is the objects that a memory knows. It implements Knowing.
type knowing struct {
	objects  []node.IntelObject
	contents []node.IntelObject
	asked    []node.IntelQuery
	seen     uint64
	sighted  []node.Sighting
}

func (k *knowing) Intel(_ context.Context, _ officer.Officer, q node.IntelQuery) (node.IntelPage, error) {
	k.asked = append(k.asked, q)
	if len(q.Terms) > 0 && q.Terms[0] == "tlp:pink" {
		return node.IntelPage{}, parley.E(parley.Invalid, "marking \"pink\": want clear, green, amber, amber+strict or red")
	}
	if len(q.Types) > 0 && q.Types[0] == "language-content" {
		return node.IntelPage{Objects: k.contents}, nil
	}
	if len(q.Refs) > 0 || len(q.IDs) > 0 && q.IDs[0] != k.objects[0].ID {
		return node.IntelPage{}, nil
	}
	return node.IntelPage{Objects: k.objects, Next: 3}, nil
}

func (k *knowing) SeenIntel(_ context.Context, _ officer.Officer, upto uint64) error {
	k.seen = upto
	return nil
}

func (k *knowing) ReportSighting(_ context.Context, _ officer.Officer, s node.Sighting) error {
	if s.Count > 100 {
		return parley.E(parley.Invalid, "count %d: want 1 to 100", s.Count)
	}
	k.sighted = append(k.sighted, s)
	return nil
}

func (k *knowing) Quarantine(context.Context, officer.Officer, int64, int) ([]intel.Detained, error) {
	return []intel.Detained{{Number: 9, Path: "objects[4]", Rule: "required", Reason: "want valid_from", From: "borea.example/cert", Entry: "borea/7"}}, nil
}

func TestIntelPages(t *testing.T) {
	h := newHouse(t)
	id := "indicator--0aa1c5a6-2d55-4f0a-9a39-0a4f3a1ff0a1"
	h.objects = []node.IntelObject{{N: 7, ID: id, Type: "indicator", Title: "[domain-name:value = '<b>.example']", Marking: "TLP:AMBER", Direction: intel.In, Party: "borea.example",
		From: string(boreaCert), Entry: "borea/7", Proof: "cosigned", Added: time.Date(2027, 1, 31, 9, 0, 0, 0, time.UTC), Contested: true, Object: json.RawMessage(`{"type":"indicator","id":"` + id + `"}`)}}
	h.browser().get("/intel").want(t, 303) // whoever is not logged in is asked to
	h.contents = []node.IntelObject{{ID: "language-content--0aa1c5a6-2d55-4f0a-9a39-0a4f3a1ff0a1", From: string(boreaCert), Entry: "borea/8", Marking: "TLP:GREEN",
		Object: json.RawMessage(`{"type":"language-content","id":"language-content--0aa1c5a6-2d55-4f0a-9a39-0a4f3a1ff0a1","object_ref":"` + id + `","contents":{"ru":{"name":"<i>Ловушка"}}}`)}}
	anna := h.as("anna")
	anna.get("/intel/object/"+id+"?language=ru").want(t, 200, "Translation into ru by", "&lt;i&gt;Ловушка", "borea/8", "TLP:GREEN")
	anna.get("/intel").want(t, 200, "&lt;b&gt;.example", "TLP:AMBER", "borea/7", "contested")
	anna.get("/intel?new=1").want(t, 200, "Looked at", `value="7"`, "after=3")
	anna.get("/intel?q=tlp:pink").want(t, 400, "want clear, green")
	anna.get("/intel?after=x").want(t, 400, "want the number")
	anna.get("/intel?q=%5Bdomain-name%3Avalue+%3D+%27a%27%5D").want(t, 200, "Found")
	if q := h.asked[len(h.asked)-1]; len(q.Terms) != 1 || !strings.HasPrefix(q.Terms[0], "[") {
		t.Errorf("a pattern was taken apart: %q", q.Terms)
	}
	anna.post("/intel/seen", "upto", "7").want(t, 303)
	if h.seen != 7 {
		t.Errorf("looked at up to %d, want 7", h.seen)
	}
	anna.get("/intel/object/"+id).want(t, 200, "both sides have signed", "What it says", "&#34;type&#34;: &#34;indicator&#34;")
	h.objects[0].Contested, h.objects[0].Last = false, true
	say := "/intel/object/" + id + "/sighting"
	anna.get("/intel/object/"+id).want(t, 200, "Report a sighting", string(boreaCert), `name="nonce"`)
	anna.post(say, "nonce", aNonce, "says", "seen", "count", "many", "text", "at <two> banks").want(t, 400, "want a number from 1", "at &lt;two&gt; banks", `value="many"`)
	anna.post(say, "nonce", aNonce, "says", "seen", "count", "999").want(t, 400, "want 1 to 100")
	anna.post(say, "nonce", aNonce, "says", "seen", "seen", "yesterday").want(t, 400, "want a day and an hour")
	anna.post(say, "says", "seen").want(t, 400, "not one of this desk")
	anna.post(say, "nonce", aNonce, "says", "seen", "count", "12", "seen", "2026-11-22T09:30").want(t, 303)
	anna.post(say, "nonce", aNonce, "says", "agree", "count", "12").want(t, 303)
	if len(h.sighted) != 2 || h.sighted[0].Count != 12 || h.sighted[0].Last.IsZero() || h.sighted[1].Opinion != "agree" || h.sighted[1].Count != 0 {
		t.Errorf("%+v", h.sighted)
	}
	anna.get("/intel/object/indicator--none").want(t, 404, "there is no object")
	anna.get("/intel/quarantine").want(t, 200, "objects[4]", "want valid_from")
}
