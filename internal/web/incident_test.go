package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley.example/parley"
	kindform "parley.example/parley/form"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// reporting is the incidents, notices and vulnerabilities that a memory knows by
// heart. It implements Reporting.
type reporting struct {
	cases   []node.Incident
	drills  []node.Notice
	holes   []node.Vulnerability
	reading []string // the languages of the last reader
}

func (m *reporting) Incidents(context.Context, officer.Officer, Page) (node.IncidentList, error) {
	return node.IncidentList{Incidents: m.cases, Next: "more"}, nil
}

func (m *reporting) Incident(_ context.Context, _ officer.Officer, id string, languages []string) (node.Incident, error) {
	m.reading = languages
	for _, x := range m.cases {
		if x.ID == id {
			return x, nil
		}
	}
	return node.Incident{}, notTheirs(id)
}

func (m *reporting) Notices(context.Context, officer.Officer, Page) (node.NoticeList, error) {
	return node.NoticeList{Notices: m.drills}, nil
}

func (m *reporting) Notice(_ context.Context, _ officer.Officer, id string, _ []string) (node.Notice, error) {
	for _, x := range m.drills {
		if x.ID == id {
			return x, nil
		}
	}
	return node.Notice{}, notTheirs(id)
}

func (m *reporting) Vulnerabilities(context.Context, officer.Officer, Page) (node.VulnerabilityList, error) {
	return node.VulnerabilityList{Vulnerabilities: m.holes}, nil
}

func (m *reporting) Vulnerability(_ context.Context, _ officer.Officer, id string, _ []string) (node.Vulnerability, error) {
	for _, x := range m.holes {
		if x.ID == id {
			return x, nil
		}
	}
	return node.Vulnerability{}, notTheirs(id)
}

func matterRow(h *house, n int, from parley.Body, kind parley.Kind, step string) node.Row {
	return node.Row{ID: fmt.Sprintf("%064x", n), Short: fmt.Sprintf("%s/%d", from.Party(), n), Ours: from.Party() == "aster.example", From: from, To: []parley.Body{boreaCert},
		Kind: kind, Step: step, Precedence: parley.Immediate, State: "delivered", Said: h.now().UTC(), Line: "<b>Logins</b>"}
}

func TestIncidentPages(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	said := []kindform.Row{{Name: "facts", Title: "Facts", Type: kindform.Text, Values: []kindform.Shown{{Text: "<script>alert(1)</script>", Language: "ru"}}}}
	h.cases = []node.Incident{{Row: matterRow(h, 1, asterCert, parley.KindIncident, "early"), Stage: "full", Class: "test", Test: true, Severity: "high", Corrected: true, Territory: true,
		NextDue: "2027-01-31T00:00:00Z", Stages: []node.MatterStep{{Step: "early", From: asterCert, Ref: "aster.example/x/1", Short: "aster/1", Said: h.now(), Fields: said}, {Step: "full", From: asterCert, Why: "erased"}}}}
	list := b.get("/incidents").body
	for _, want := range []string{"&lt;b&gt;Logins", "Notification", "Test", "severity high", "corrected", "next stage due 2027-01-31T00:00:00Z", `href="/form/incident/early"`, "?after=more"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	one := b.get("/incident/" + h.cases[0].ID).body
	for _, want := range []string{"no added liability", "does not by itself mean", "&lt;script&gt;", `lang="ru"`, "erased", "/form/incident/final?answers=" + h.cases[0].ID, "/form/incident/intermediate?"} {
		if !strings.Contains(one, want) {
			t.Errorf("the incident lacks %q", want)
		}
	}
	if strings.Contains(one, "/form/incident/early") || strings.Contains(one, "/form/incident/full") {
		t.Error("a stage that goes back is offered")
	}
	h.cases[0].Ours = false
	if strings.Contains(b.get("/incident/"+h.cases[0].ID).body, "/form/incident/") {
		t.Error("a stage of another party's incident is offered")
	}
	if a := b.get("/incident/nothing"); a.StatusCode != http.StatusNotFound {
		t.Errorf("an incident that is not there: %d", a.StatusCode)
	}
}

func TestNoticePages(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	h.drills = []node.Notice{{Row: matterRow(h, 2, asterCert, parley.KindNotice, "give"), Standing: node.NoticeOn, Sort: "drill", Late: true, Begins: "2026-11-22T00:00:00Z", Ends: "2026-11-23T00:00:00Z",
		Networks: []string{"203.0.113.0/24"}, Zones: []node.Zoned{{Party: "borea.example", Local: "2026-11-22 03:00 +03:00"}}}}
	for path, wants := range map[string][]string{
		"/notices":                  {"On now", "Drill", "Told late", "203.0.113.0/24", "no attack"},
		"/notice/" + h.drills[0].ID: {"2026-11-22 03:00 &#43;03:00", "/form/notice/end?answers=", "/form/notice/cancel?"},
	} {
		page := b.get(path).body
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
	}
	h.drills[0].Standing = node.NoticeOver
	if strings.Contains(b.get("/notice/"+h.drills[0].ID).body, "/form/notice/") {
		t.Error("a step of a notice that is over is offered")
	}
}

func TestVulnerabilityPages(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	h.holes = []node.Vulnerability{{Row: matterRow(h, 3, boreaCert, parley.KindVulnerability, "report"), Product: "Router", IDs: []string{"CVE-2099-0001"}, Standing: node.EmbargoHolds, Leaked: true,
		Embargo: "2099-03-01T09:00:00Z", Zones: []node.Zoned{{Party: "aster.example", Local: "2099-03-01 10:00 +01:00"}}, Bound: []node.Embargoed{{Party: "aster.example"}, {Party: "corvia.example", Says: "agree", Until: "2099-03-01T09:00:00Z"}}}}
	for path, wants := range map[string][]string{
		"/vulnerabilities":                {"Embargo holds", "Leaked", "CVE-2099-0001", "until 2099-03-01T09:00:00Z"},
		"/vulnerability/" + h.holes[0].ID: {"2099-03-01 10:00 &#43;01:00", "has not said whether it keeps it", "keeps it until", "/form/vulnerability/agree?answers=", "/form/vulnerability/refuse?"},
	} {
		page := b.get(path).body
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
	}
	if strings.Contains(b.get("/vulnerability/"+h.holes[0].ID).body, "/form/vulnerability/lift") {
		t.Error("an addressee may lift an embargo")
	}
}
