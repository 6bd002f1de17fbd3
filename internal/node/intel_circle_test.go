package node_test

import (
	"fmt"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/stix"
)

// indicatorOf is an indicator for a domain of ours.
func indicatorOf(n int, more string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--%08x-0000-4000-8000-%012x","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-02T00:00:00.000Z",`+
		`"name":"Sinkhole %d","pattern":"[domain-name:value = 'host%d.example.org']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"%s}`, n, n, n, n, more)
}

const (
	green = `,"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]`
	red   = `,"object_marking_refs":["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"]`
)

func gather(t *testing.T, m *parleytest.Member, objects ...string) {
	t.Helper()
	text := `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[` + strings.Join(objects, ",") + `]}`
	r, err := m.Node.Intel().Import(t.Context(), strings.NewReader(text), intel.ImportOptions{Name: "test"})
	if err != nil || r.Taken != len(objects) {
		t.Fatalf("%+v, %v", r, err)
	}
}

func holds(t *testing.T, m *parleytest.Member, q intel.Query) []intel.Held {
	t.Helper()
	q.Clearance, q.Limit = intel.Operator(), 1000
	p, err := m.Node.Intel().Find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return p.Objects
}

// Objects go as they are, with their marking, and come with who gave them and in which
// entry; a recall takes them out of use. INTEL-1, INTEL-2, INTEL-3, INTEL-8
func TestIntel(t *testing.T) {
	c := dailyCircle(t, 11)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	settle(t, c)
	one, two, secret := indicatorOf(1, green), indicatorOf(2, ""), indicatorOf(3, red)
	gather(t, aster, one, two, secret)
	sent, err := aster.Node.SendIntel(t.Context(), node.IntelSend{Query: node.IntelQuery{Direction: "own"}, SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Marking: "TLP:AMBER", Text: "seen this week", Now: true}})
	if err != nil || sent.Objects != 2 || len(sent.Messages) != 1 || len(sent.Held) != 1 || !strings.Contains(sent.Held[0].Reason, "TLP:RED") {
		t.Fatalf("%+v, %v", sent, err)
	}
	settle(t, c)
	got := holds(t, borea, intel.Query{Directions: []intel.Direction{intel.In}})
	if len(got) != 2 || string(got[0].Raw) != one || string(got[1].Raw) != two {
		t.Fatalf("%+v", got)
	}
	m, err := borea.Node.Message(t.Context(), got[0].Entry)
	if err != nil || m.Kind != parley.KindIntel || m.ID != messageOf(t, aster, sent.Messages[0]).ID {
		t.Fatalf("%+v, %v", m, err)
	}
	if h := got[1]; h.From != "aster.example/cert" || h.Proof != "cosigned" || h.Source.Party != "aster.example" || h.Marking != stix.Amber {
		t.Errorf("%+v", h)
	}
	if out := holds(t, aster, intel.Query{Directions: []intel.Direction{intel.Out}}); len(out) != 2 || out[0].Source.Party != "borea.example" {
		t.Errorf("at its sender: %+v", out)
	}
	// A recall by another than its author recalls nothing; by its author it does.
	recall := func(by *parleytest.Member, to string, objects ...string) error {
		fields := map[string]any{"reason": "wrong"}
		if len(objects) > 0 {
			fields["objects"] = objects
		}
		_, err := by.Node.SendForm(t.Context(), node.FormRequest{SendRequest: node.SendRequest{Answers: m.Ref, To: []string{to}, Now: true},
			Kind: parley.KindRecall, Step: parley.RecallAsk, Fields: fields})
		return err
	}
	if err := recall(borea, "aster.example/cert"); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if got := holds(t, borea, intel.Query{Directions: []intel.Direction{intel.In}}); len(got) != 2 {
		t.Errorf("recalled by its reader: %d left", len(got))
	}
	if err := recall(aster, "borea.example/cert", got[0].ID); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if left := holds(t, borea, intel.Query{Directions: []intel.Direction{intel.In}}); len(left) != 1 || left[0].ID != got[1].ID {
		t.Errorf("after the recall: %+v", left)
	}
	if all := holds(t, borea, intel.Query{Directions: []intel.Direction{intel.In}, WithRecalled: true}); len(all) != 2 || !all[0].Recalled {
		t.Errorf("asked for: %+v", all)
	}
	// What is erased is in the store no more.
	if _, err := borea.Node.Erase(t.Context(), node.EraseRequest{Message: m.Ref, Why: "asked for by whom it named"}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if all := holds(t, borea, intel.Query{Directions: []intel.Direction{intel.In}, WithRecalled: true, Versions: []string{"all"}}); len(all) != 0 {
		t.Errorf("erased: %+v", all)
	}
}

func messageOf(t *testing.T, m *parleytest.Member, h node.Held) node.Message {
	t.Helper()
	x, err := m.Node.Message(t.Context(), h.Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// A rule sends what comes, once, also over a restart; what a party gave does not go
// back to it, nor on to others where the agreement wants consent. INTEL-10
func TestIntelRule(t *testing.T) {
	c := dailyCircle(t, 12)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	settle(t, c)
	gather(t, aster, indicatorOf(1, green+`,"labels":["botnet"]`))
	rule := node.IntelRule{Name: "botnets", Query: node.IntelQuery{Labels: []string{"botnet"}, MaxTLP: "green"}, To: []string{"borea.example/cert"}}
	if _, err := aster.Node.AddIntelRule(t.Context(), rule); err != nil {
		t.Fatal(err)
	}
	if _, err := aster.Node.AddIntelRule(t.Context(), rule); parley.KindOf(err) != parley.Conflict {
		t.Errorf("twice: %v", err)
	}
	// What an unset variable leaves empty must not send all that there is.
	for _, q := range []node.IntelQuery{{}, {Terms: []string{""}}, {Labels: []string{""}}, {Values: []string{""}}} {
		if _, err := aster.Node.AddIntelRule(t.Context(), node.IntelRule{Name: "empty", Query: q, To: rule.To}); parley.KindOf(err) != parley.Invalid {
			t.Errorf("a rule with the query %+v: %v", q, err)
		}
		if _, err := aster.Node.SendIntel(t.Context(), node.IntelSend{Query: q, SendRequest: node.SendRequest{To: rule.To, Now: true}}); parley.KindOf(err) != parley.Invalid {
			t.Errorf("sending the query %+v: %v", q, err)
		}
	}
	back := node.IntelRule{Name: "all", Query: node.IntelQuery{Direction: "in"}, To: []string{"aster.example/cert"}}
	if _, err := borea.Node.AddIntelRule(t.Context(), back); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	gather(t, aster, indicatorOf(2, green+`,"labels":["botnet"]`), indicatorOf(3, `,"labels":["botnet"]`), indicatorOf(4, green))
	settle(t, c)
	if err := aster.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := aster.Start(); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	got := holds(t, borea, intel.Query{Directions: []intel.Direction{intel.In}})
	if len(got) != 1 || got[0].ID != "indicator--00000002-0000-4000-8000-000000000002" {
		t.Errorf("%+v", got)
	}
	if got := holds(t, aster, intel.Query{Directions: []intel.Direction{intel.In}}); len(got) != 0 {
		t.Errorf("came back: %+v", got)
	}
	list, err := borea.Node.IntelRules(t.Context())
	if err != nil || len(list) != 1 || list[0].Trouble == "" || list[0].Stayed != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	// What stayed is still told of after a round that had nothing to say.
	gather(t, borea, indicatorOf(9, green))
	settle(t, c)
	list, err = borea.Node.IntelRules(t.Context())
	if err != nil || len(list) != 1 || list[0].Behind != 0 || list[0].Trouble != "" || list[0].Stayed != 1 || !strings.HasPrefix(list[0].StayedWhy, got[0].ID+": ") {
		t.Errorf("%+v, %v", list, err)
	}
}

// What a counterpart sends may be anything: what breaks the rules is set aside and named,
// what is good beside it counts, junk holds back neither the line nor what follows, and a
// second content for a version is an alarm. INTEL-4, INTEL-5
func TestAttackIntel(t *testing.T) {
	c := dailyCircle(t, 13)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	give := func(name, body string) {
		t.Helper()
		_, err := aster.Node.SendForm(t.Context(), node.FormRequest{SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Now: true,
			Files: []node.File{{Name: name, Body: strings.NewReader(body)}}}, Kind: parley.KindIntel, Fields: map[string]any{"objects": "1"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	bundle := func(objects ...string) string {
		return `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[` + strings.Join(objects, ",") + `]}`
	}
	one := indicatorOf(1, green)
	give("empty.json", "")
	give("junk.json", "\x00\xff junk")
	give("page.html", "<html>not here</html>")
	give("deep.json", strings.Repeat("[", 100_000))
	give("cut.json", bundle(one)[:300])
	give("bad.json", bundle(strings.Replace(indicatorOf(2, ""), `"pattern_type":"stix",`, "", 1), `{"type":"indicator"}`, one))
	give("again.json", bundle(strings.Replace(one, "Sinkhole 1", "Harmless", 1)))
	settle(t, c)
	in := holds(t, borea, intel.Query{Directions: []intel.Direction{intel.In}})
	if len(in) != 1 || string(in[0].Raw) != one || !in[0].Contested {
		t.Errorf("%+v", in)
	}
	both := holds(t, borea, intel.Query{Directions: []intel.Direction{intel.In}, WithContested: true})
	if len(both) != 2 || both[0].Entry == both[1].Entry {
		t.Errorf("both: %+v", both)
	}
	list, err := borea.Node.Intel().Quarantine(t.Context(), 0, 100)
	if err != nil || len(list) < 2 {
		t.Errorf("%+v, %v", list, err)
	}
	for _, d := range list {
		if d.Reason == "" || d.Entry == "" || d.From != "aster.example/cert" {
			t.Errorf("%+v", d)
		}
	}
	alarms, err := borea.Node.Alarms(t.Context(), false)
	if err != nil || len(alarms) != 1 || alarms[0].Kind != intel.AlarmContested {
		t.Errorf("%+v, %v", alarms, err)
	}
	if _, err := borea.Node.Settle(t.Context(), node.SettleRequest{Kind: intel.AlarmContested, Officer: "duty", Why: "the second was a mistake"}); err != nil {
		t.Error(err)
	}
	gather(t, aster, indicatorOf(9, green))
	if _, err := aster.Node.SendIntel(t.Context(), node.IntelSend{Query: node.IntelQuery{IDs: []string{"indicator--00000009-0000-4000-8000-000000000009"}}, SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Now: true}}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if got := holds(t, borea, intel.Query{IDs: []string{"indicator--00000009-0000-4000-8000-000000000009"}}); len(got) != 1 {
		t.Errorf("after the junk: %+v", got)
	}
}

// What Aster gave Borea stays there where the agreement wants consent, whoever asks. INTEL-10
func TestAttackIntelPassedOn(t *testing.T) {
	c, err := parleytest.MakeCircle(t.TempDir(), 14, parleytest.Daily, "", parleytest.Aster, parleytest.Borea, parleytest.Corvia)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	settle(t, c)
	aster, borea, corvia := c.Nodes["aster.example"], c.Nodes["borea.example"], c.Nodes["corvia.example"]
	gather(t, aster, indicatorOf(1, green))
	if _, err := aster.Node.SendIntel(t.Context(), node.IntelSend{Query: node.IntelQuery{Types: []string{"indicator"}}, SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Now: true}}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if got := holds(t, borea, intel.Query{}); len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	sent, err := borea.Node.SendIntel(t.Context(), node.IntelSend{Query: node.IntelQuery{Types: []string{"indicator"}}, SendRequest: node.SendRequest{To: []string{"corvia.example/cert"}, Marking: "TLP:RED", Now: true}})
	if parley.KindOf(err) != parley.Forbidden || err == nil || len(sent.Held) != 1 {
		t.Errorf("%+v, %v", sent, err)
	}
	settle(t, c)
	if got := holds(t, corvia, intel.Query{}); len(got) != 0 {
		t.Errorf("it went on: %+v", got)
	}
}

// What was recalled does not go again, by hand or by a rule, until a later version is
// there; what is held twice goes once; what another party recalled goes on to nobody.
// INTEL-8
func TestIntelRecalledStays(t *testing.T) {
	c, err := parleytest.MakeCircle(t.TempDir(), 15, strings.Replace(parleytest.Daily, `third_party = "consent"`, `third_party = "marking"`, 1), "", parleytest.Aster, parleytest.Borea, parleytest.Corvia)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	settle(t, c)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	one := indicatorOf(1, green)
	gather(t, aster, one)
	gather(t, aster, indicatorOf(2, green))
	feed := `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[` + one + `]}`
	if _, err := aster.Node.Intel().Import(t.Context(), strings.NewReader(feed), intel.ImportOptions{Source: intel.Source{Direction: intel.Own, Name: "feed"}}); err != nil {
		t.Fatal(err)
	}
	send := func(by *parleytest.Member, q node.IntelQuery, to ...string) (node.IntelSent, error) {
		t.Helper()
		sent, err := by.Node.SendIntel(t.Context(), node.IntelSend{Query: q, SendRequest: node.SendRequest{To: to, Marking: "TLP:GREEN", Now: true}})
		settle(t, c)
		return sent, err
	}
	indicators := node.IntelQuery{Types: []string{"indicator"}}
	in := intel.Query{Directions: []intel.Direction{intel.In}}
	sent, err := send(aster, indicators, "borea.example/cert", "corvia.example/cert")
	if err != nil || sent.Objects != 2 {
		t.Fatalf("held twice: %+v, %v", sent, err)
	}
	for _, p := range []parley.Party{"borea.example", "corvia.example"} {
		if out := holds(t, aster, intel.Query{Directions: []intel.Direction{intel.Out}, Party: p}); len(out) != 2 || string(out[0].Raw) != one {
			t.Errorf("filed under %s: %+v", p, out)
		}
	}
	again, err := send(aster, indicators, "borea.example/cert")
	if err != nil || again.Objects != 2 {
		t.Fatalf("once more: %+v, %v", again, err)
	}
	if passed, err := send(borea, node.IntelQuery{Direction: "in"}, "corvia.example/cert"); err != nil || passed.Objects != 2 {
		t.Fatalf("passed on: %+v, %v", passed, err)
	}
	if _, err := send(borea, node.IntelQuery{Direction: "out"}, "corvia.example/cert"); parley.KindOf(err) != parley.Invalid {
		t.Errorf("copies of what was sent are sent: %v", err)
	}
	rule := node.IntelRule{Name: "all", Query: indicators, To: []string{"borea.example/cert"}, Marking: "TLP:GREEN", Past: true}
	if _, err := aster.Node.AddIntelRule(t.Context(), rule); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if list, err := aster.Node.IntelRules(t.Context()); err != nil || len(list) != 1 || list[0].Done == 0 {
		t.Errorf("%+v, %v", list, err)
	}
	for _, r := range []node.IntelRule{{Name: "us", Query: indicators, To: []string{"aster.example/cert"}}, {Name: "fast", Query: indicators, To: rule.To, Every: 1}} {
		if _, err := aster.Node.AddIntelRule(t.Context(), r); parley.KindOf(err) != parley.Invalid {
			t.Errorf("rule %s: %v", r.Name, err)
		}
	}
	if _, err := send(aster, indicators, "aster.example/cert"); parley.KindOf(err) != parley.Invalid {
		t.Errorf("to ourselves: %v", err)
	}
	count := len(holds(t, borea, in))

	recall := func(m node.Message, fields map[string]any) {
		t.Helper()
		fields["reason"] = "wrong"
		if _, err := aster.Node.Recall(t.Context(), node.FormRequest{SendRequest: node.SendRequest{Answers: m.Ref, To: []string{"borea.example/cert"}, Now: true},
			Kind: parley.KindRecall, Step: parley.RecallAsk, Fields: fields}); err != nil {
			t.Fatal(err)
		}
		settle(t, c)
	}
	// The second message brought nothing new, and takes back what it gave all the same.
	recall(messageOf(t, aster, again.Messages[0]), map[string]any{"objects": []string{"indicator--00000001-0000-4000-8000-000000000001"}})
	if left := holds(t, borea, in); len(left) != count-1 {
		t.Errorf("%d left of %d", len(left), count)
	}
	if out := holds(t, borea, intel.Query{Directions: []intel.Direction{intel.Out}}); len(out) != 1 {
		t.Errorf("what was passed on is not recalled with it: %+v", out)
	}
	if passed, err := send(borea, indicators, "corvia.example/cert"); err != nil || passed.Objects != 1 {
		t.Errorf("what was recalled goes on: %+v, %v", passed, err)
	}
	back, err := send(aster, indicators, "borea.example/cert")
	if err != nil || back.Objects != 1 || len(back.Held) == 0 || !strings.Contains(back.Held[0].Reason, "recalled from borea.example") {
		t.Errorf("recalled, and sent again: %+v, %v", back, err)
	}
	if other, err := send(aster, indicators, "corvia.example/cert"); err != nil || other.Objects != 2 {
		t.Errorf("to whom it was not recalled from: %+v, %v", other, err)
	}
	later := strings.Replace(one, `"modified":"2026-01-02`, `"modified":"2026-01-03`, 1)
	gather(t, aster, later)
	settle(t, c)
	if got := holds(t, borea, in); len(got) != 2 || string(got[1].Raw) != later {
		t.Errorf("the later version: %+v", got)
	}
}

// A correction takes the place of the message that it answers: what is not given again is
// out of use, what is given again stays, what has a later version is that. A second content
// for a version is not sent, and another party's correction takes nothing back. INTEL-11
func TestIntelCorrects(t *testing.T) {
	c := dailyCircle(t, 16)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	settle(t, c)
	send := func(q node.IntelQuery, corrects string) (node.IntelSent, error) {
		t.Helper()
		sent, err := aster.Node.SendIntel(t.Context(), node.IntelSend{Query: q, Corrects: corrects, SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Marking: "TLP:GREEN", Now: true}})
		settle(t, c)
		return sent, err
	}
	labelled := func(n int, label string) string { return indicatorOf(n, green+`,"labels":["`+label+`"]`) }
	gather(t, aster, labelled(1, "first"), labelled(2, "first"), labelled(3, "first"))
	sent, err := send(node.IntelQuery{Labels: []string{"first"}}, "")
	if err != nil || sent.Objects != 3 {
		t.Fatalf("%+v, %v", sent, err)
	}
	first := messageOf(t, aster, sent.Messages[0])
	later := strings.NewReplacer(`"modified":"2026-01-02`, `"modified":"2026-01-03`, "Sinkhole 2", "Relay 2").Replace(labelled(2, "second"))
	gather(t, aster, later)
	q := node.IntelQuery{IDs: []string{"indicator--00000001-0000-4000-8000-000000000001", "indicator--00000002-0000-4000-8000-000000000002"}}
	if sent, err = send(q, first.Ref); err != nil || sent.Objects != 2 {
		t.Fatalf("%+v, %v", sent, err)
	}
	for _, x := range []struct {
		at        *parleytest.Member
		direction intel.Direction
	}{{borea, intel.In}, {aster, intel.Out}} {
		got := holds(t, x.at, intel.Query{Directions: []intel.Direction{x.direction}})
		if len(got) != 2 || string(got[0].Raw) != labelled(1, "first") || string(got[1].Raw) != later {
			t.Errorf("%s: %d objects", x.direction, len(got))
		}
		if got := holds(t, x.at, intel.Query{Directions: []intel.Direction{x.direction}, Versions: []string{"all"}, WithRecalled: true}); len(got) != 4 {
			t.Errorf("%s: %d on the record, want 4", x.direction, len(got))
		}
	}
	if m := messageOf(t, aster, sent.Messages[0]); m.Answers != first.ID {
		t.Errorf("the correction answers %s, want %s", m.Answers, first.ID)
	}
	// The same version with another content, held by another source of ours.
	other := strings.Replace(labelled(1, "first"), "Sinkhole 1", "Harmless", 1)
	if _, err := aster.Node.Intel().Import(t.Context(), strings.NewReader(other), intel.ImportOptions{Source: intel.Source{Direction: intel.Own, Name: "other"}}); err != nil {
		t.Fatal(err)
	}
	if again, err := send(node.IntelQuery{Text: "harmless", OnlyContested: true}, ""); parley.KindOf(err) != parley.Forbidden || len(again.Held) != 1 || !strings.Contains(again.Held[0].Reason, "another content") {
		t.Errorf("%+v, %v", again, err)
	}
	in := holds(t, borea, intel.Query{Directions: []intel.Direction{intel.In}})[0].Entry
	for name, err := range map[string]error{
		"of another party": func() error {
			_, err := borea.Node.SendIntel(t.Context(), node.IntelSend{Query: node.IntelQuery{Direction: "own"}, Corrects: in, SendRequest: node.SendRequest{To: []string{"aster.example/cert"}}})
			return err
		}(),
		"and answers": func() error {
			_, err := aster.Node.SendIntel(t.Context(), node.IntelSend{Query: q, Corrects: first.Ref, SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Answers: first.Ref}})
			return err
		}(),
	} {
		if k := parley.KindOf(err); err == nil || k != parley.Forbidden && k != parley.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Borea says all the same that it corrects what Aster gave.
	body := `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[` + indicatorOf(9, green) + `]}`
	if _, err := borea.Node.SendForm(t.Context(), node.FormRequest{SendRequest: node.SendRequest{Answers: in, To: []string{"aster.example/cert"}, Now: true,
		Files: []node.File{{Name: "bundle.json", Body: strings.NewReader(body)}}}, Kind: parley.KindIntel, Fields: map[string]any{"objects": "1", "corrects": true}}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if got := holds(t, aster, intel.Query{Directions: []intel.Direction{intel.Out}}); len(got) != 2 {
		t.Errorf("another party took something back: %d are left", len(got))
	}
	if got := holds(t, aster, intel.Query{Directions: []intel.Direction{intel.In}}); len(got) != 1 {
		t.Errorf("its objects: %+v", got)
	}
}
