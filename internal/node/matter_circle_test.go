package node_test

import (
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/alert"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

func incident(step string, fields map[string]any) node.FormRequest {
	all := map[string]any{"class": "intrusions", "malicious": "yes", "cross-border": "unknown"}
	for k, v := range fields {
		all[k] = v
	}
	return node.FormRequest{SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Now: true}, Step: step, Fields: all}
}

func openAlerts(t *testing.T, m *parleytest.Member) int {
	t.Helper()
	for range 2 { // again harmlessly
		if err := m.Node.RemindMatters(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	list, err := m.Alerts.List(t.Context(), alert.ListRequest{Open: true, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return len(list.Alerts)
}

// TestStageReminds: the author is woken in the last quarter of the clock of the next
// stage and when it has lapsed; the addressee is not. INCIDENT-2
func TestStageReminds(t *testing.T) {
	c := dailyCircle(t, 61)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	aster.Wakes, borea.Wakes = true, true
	restart(t, aster)
	restart(t, borea)
	settle(t, c)
	early := entered(t, c, aster)(aster.Node.ReportIncident(t.Context(), incident(parley.StageEarly, map[string]any{"detected": "2026-11-22T10:00:00Z"})))
	due, err := time.Parse(time.RFC3339, early.Due)
	if err != nil || early.Clock != "incident-full" {
		t.Fatalf("clock %q, due %q", early.Clock, early.Due)
	}
	for _, step := range []struct {
		left time.Duration
		want int
	}{{60 * time.Hour, 0}, {17 * time.Hour, 1}, {-time.Minute, 2}, {-8 * 24 * time.Hour, 2}} {
		c.Clock.Advance(due.Add(-step.left).Sub(c.Clock.Now()))
		if n := openAlerts(t, aster); n != step.want {
			t.Errorf("%s before it is due the author has %d alerts, want %d", step.left, n, step.want)
		}
	}
	if n := openAlerts(t, borea); n != 1 {
		t.Errorf("the addressee has %d alerts: want the warning itself", n)
	}
}

// TestEmbargoReminds: both sides are woken a day before an embargo ends and when its
// hour has come; a later instant that was agreed to moves both. INCIDENT-10, INCIDENT-11
func TestEmbargoReminds(t *testing.T) {
	c := dailyCircle(t, 62)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	aster.Wakes = true
	restart(t, aster)
	settle(t, c)
	end := c.Clock.Now().Add(10 * 24 * time.Hour).UTC().Truncate(time.Second)
	r := node.FormRequest{SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Now: true}, Step: parley.VulnerabilityReport,
		Fields: map[string]any{"product": "Router", "description": "A weak door.", "embargo": end.Format(time.RFC3339)}}
	hole := entered(t, c, aster)(aster.Node.SendVulnerability(t.Context(), r))
	c.Clock.Advance(8 * 24 * time.Hour)
	if n := openAlerts(t, aster); n != 0 {
		t.Errorf("%d alerts two days before", n)
	}
	c.Clock.Advance(30 * time.Hour)
	if n := openAlerts(t, aster); n != 1 {
		t.Errorf("%d alerts in the last day", n)
	}
	c.Clock.Advance(end.Sub(c.Clock.Now()))
	if n := openAlerts(t, aster); n != 2 {
		t.Errorf("%d alerts at the hour", n)
	}
	for _, m := range []*parleytest.Member{aster, borea} {
		v, err := node.NewLists(m.Node, m.Register).Vulnerability(t.Context(), hole.ID.String())
		if err != nil || v.Standing != node.EmbargoOver {
			t.Errorf("%s: %s, %v", m.Name, v.Standing, err)
		}
	}
}

// TestMatterSteps: who may not go on, and what goes back.
func TestMatterSteps(t *testing.T) {
	c := dailyCircle(t, 63)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	opened := entered(t, c, aster)(aster.Node.ReportIncident(t.Context(), incident(parley.StageFull, map[string]any{"severity": "high", "facts": "Twelve hosts."})))
	next := func(step, id string, fields map[string]any) node.FormRequest {
		r := incident(step, fields)
		r.To, r.Answers = nil, id
		return r
	}
	final := map[string]any{"severity": "high", "facts": "f", "cause": "c", "measures": "m"}
	for what, err := range map[string]error{
		"back":       second(aster.Node.ReportIncident(t.Context(), incident(parley.StageFinal, final))),
		"again":      second(aster.Node.ReportIncident(t.Context(), next(parley.StageFull, opened.Short, map[string]any{"severity": "high", "facts": "f"}))),
		"theirs":     second(borea.Node.ReportIncident(t.Context(), next(parley.StageFinal, opened.Short, final))),
		"no early":   second(aster.Node.ReportIncident(t.Context(), next(parley.StageEarly, opened.Short, nil))),
		"no such":    second(aster.Node.ReportIncident(t.Context(), next(parley.StageFinal, "aster/99", final))),
		"nobody":     second(aster.Node.ReportIncident(t.Context(), next(parley.StageEarly, "", nil))),
		"no notice":  second(aster.Node.SendNotice(t.Context(), node.FormRequest{SendRequest: node.SendRequest{Answers: opened.Short}, Step: parley.NoticeEnd})),
		"no step":    second(aster.Node.SendNotice(t.Context(), node.FormRequest{Step: "begin"})),
		"no embargo": second(aster.Node.SendVulnerability(t.Context(), node.FormRequest{Step: parley.VulnerabilityLift})),
	} {
		if k := parley.KindOf(err); err == nil || k == parley.Internal || k == parley.Unavailable {
			t.Errorf("%s: %v", what, err)
		}
	}
	entered(t, c, aster)(aster.Node.ReportIncident(t.Context(), next(parley.StageFinal, opened.Short, final)))
	if _, err := aster.Node.ReportIncident(t.Context(), next(parley.StageIntermediate, opened.Short, map[string]any{"facts": "f"})); parley.KindOf(err) != parley.Conflict {
		t.Errorf("after the final report: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestMatterInstants: an instant counts however a person spells it. INCIDENT-9, INCIDENT-10
func TestMatterInstants(t *testing.T) {
	c := dailyCircle(t, 65)
	aster := c.Nodes["aster.example"]
	past, soon := c.Clock.Now().Add(-48*time.Hour).UTC(), c.Clock.Now().Add(48*time.Hour).UTC()
	hole := func(embargo string) node.FormRequest {
		return node.FormRequest{SendRequest: to("borea.example/cert"), Step: parley.VulnerabilityReport, Fields: map[string]any{"product": "Router", "description": "A weak door.", "embargo": embargo}}
	}
	drill := func(begins, ends string) node.FormRequest {
		return node.FormRequest{SendRequest: to("borea.example/cert"), Step: parley.NoticeGive,
			Fields: map[string]any{"sort": "drill", "begins": begins, "ends": ends, "looks-like": "scans", "networks": "198.51.100.0/24", "domains": "drill.aster.example"}}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", "2006-01-02 15:04 UTC", "2006-01-02T15:04+00:00"} {
		if _, err := aster.Node.SendVulnerability(t.Context(), hole(past.Format(layout))); parley.KindOf(err) != parley.Invalid {
			t.Errorf("an embargo that ended %s: %v", past.Format(layout), err)
		}
		if _, err := aster.Node.SendNotice(t.Context(), drill(past.Add(-time.Hour).Format(layout), past.Format(layout))); parley.KindOf(err) != parley.Invalid {
			t.Errorf("a drill that ended %s: %v", past.Format(layout), err)
		}
		sent := entered(t, c, aster)(aster.Node.SendVulnerability(t.Context(), hole(soon.Format(layout))))
		if due, err := time.Parse(time.RFC3339, sent.Due); err != nil || !due.Equal(soon.Truncate(time.Minute)) && !due.Equal(soon.Truncate(time.Second)) {
			t.Errorf("%s: due %q is signed", soon.Format(layout), sent.Due)
		}
	}
	entered(t, c, aster)(aster.Node.SendNotice(t.Context(), drill(past.Format(time.RFC3339), soon.Format(time.RFC3339))))
	lists := node.NewLists(aster.Node, aster.Register)
	for about, want := range map[string]int{"": 1, "198.51.100.9": 1, "::ffff:198.51.100.9": 1, "198.51.0.0/16": 1, "192.0.2.1": 0, "WWW.Drill.aster.example": 1, "aster.example": 0} {
		if list, err := lists.NoticesOn(t.Context(), node.NoticesNow{About: about}); err != nil || len(list.Notices) != want || list.Partial {
			t.Errorf("%s: %+v, %v", about, list, err)
		}
	}
	for _, about := range []string{"AS64496", "drill", "198.51.100.9:80", "300.1.2.3"} {
		if _, err := lists.NoticesOn(t.Context(), node.NoticesNow{About: about}); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%s: %v", about, err)
		}
	}
}
