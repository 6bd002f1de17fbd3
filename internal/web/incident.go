package web

import (
	"context"
	"net/http"

	"parley.example/parley"
	kindform "parley.example/parley/form"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// Reporting is what the pages about incidents, notices and vulnerabilities need of
// a node: pages of what concerns a body of the officer's, and one of each with its
// steps in the first of the languages that a form has.
type Reporting interface {
	Incidents(ctx context.Context, by officer.Officer, p Page) (node.IncidentList, error)
	Incident(ctx context.Context, by officer.Officer, id string, languages []string) (node.Incident, error)
	Notices(ctx context.Context, by officer.Officer, p Page) (node.NoticeList, error)
	Notice(ctx context.Context, by officer.Officer, id string, languages []string) (node.Notice, error)
	Vulnerabilities(ctx context.Context, by officer.Officer, p Page) (node.VulnerabilityList, error)
	Vulnerability(ctx context.Context, by officer.Officer, id string, languages []string) (node.Vulnerability, error)
}

func (h *Handler) incidentRoutes() []route {
	return []route{
		{"GET /incidents", false, 0, quick, h.incidents},
		{"GET /incident/{id}", false, 0, quick, h.incident},
		{"GET /notices", false, 0, quick, h.notices},
		{"GET /notice/{id}", false, 0, quick, h.notice},
		{"GET /vulnerabilities", false, 0, quick, h.vulnerabilities},
		{"GET /vulnerability/{id}", false, 0, quick, h.vulnerability},
	}
}

// MatterFrame is what the pages of these three nouns share.
type MatterFrame struct {
	Frame
	May   bool // the officer may send
	First bool // the first page of a list
	Next  []NextStep
}

// NextStep is a step that can be taken now, and the page that writes it.
type NextStep struct {
	Form  string // incident/final
	Title string
}

func (h *Handler) matterFrame(r *request, title string) (MatterFrame, Page, error) {
	f, err := h.frame(r, "incidents", title)
	f.Refresh = true
	after := r.URL.Query().Get("after")
	return MatterFrame{Frame: f, May: r.session.Officer.May(officer.Send), First: after == ""}, Page{After: after, Limit: perPage}, err
}

// offer lists steps by their forms' titles, where the officer may send.
func (m *MatterFrame) offer(r *request, kind parley.Kind, steps ...string) {
	if !m.May {
		return
	}
	for _, s := range steps {
		if f, ok := kindform.Find(kind, s, 1); ok {
			m.Next = append(m.Next, NextStep{string(kind) + "/" + s, kindform.Pick(f.Title, r.reading()...)})
		}
	}
}

// IncidentsPage is the register of incidents.
type IncidentsPage struct {
	MatterFrame
	List node.IncidentList
}

func (h *Handler) incidents(w http.ResponseWriter, r *request) error {
	f, page, err := h.matterFrame(r, r.text("incidents.title"))
	if err != nil {
		return err
	}
	list, err := h.Desk.Incidents(r.Context(), r.session.Officer, page)
	if err != nil {
		return err
	}
	f.offer(r, parley.KindIncident, parley.StageEarly, parley.StageFull)
	return r.views.render(w, http.StatusOK, "incidents", IncidentsPage{f, list})
}

// IncidentPage is one incident with its stages.
type IncidentPage struct {
	MatterFrame
	View      node.Incident
	Sentences []string // INCIDENT-6
}

func (h *Handler) incident(w http.ResponseWriter, r *request) error {
	languages := r.reading()
	v, err := h.Desk.Incident(r.Context(), r.session.Officer, r.PathValue("id"), languages)
	if err != nil {
		return err
	}
	f, _, err := h.matterFrame(r, v.Short)
	if err != nil {
		return err
	}
	p := IncidentPage{MatterFrame: f, View: v, Sentences: []string{kindform.Pick(kindform.NoLiability, languages...)}}
	if v.Territory {
		p.Sentences = append(p.Sentences, kindform.Pick(kindform.NoResponsibility, languages...))
	}
	if v.Ours {
		p.offer(r, parley.KindIncident, node.StagesAfter(v.Stage)...)
	}
	return r.views.render(w, http.StatusOK, "incident", p)
}

// NoticesPage is the register of notices.
type NoticesPage struct {
	MatterFrame
	List node.NoticeList
}

func (h *Handler) notices(w http.ResponseWriter, r *request) error {
	f, page, err := h.matterFrame(r, r.text("notices.title"))
	if err != nil {
		return err
	}
	list, err := h.Desk.Notices(r.Context(), r.session.Officer, page)
	if err != nil {
		return err
	}
	f.offer(r, parley.KindNotice, parley.NoticeGive)
	return r.views.render(w, http.StatusOK, "notices", NoticesPage{f, list})
}

// NoticePage is one notice with all that was said of it.
type NoticePage struct {
	MatterFrame
	View node.Notice
}

func (h *Handler) notice(w http.ResponseWriter, r *request) error {
	v, err := h.Desk.Notice(r.Context(), r.session.Officer, r.PathValue("id"), r.reading())
	if err != nil {
		return err
	}
	f, _, err := h.matterFrame(r, v.Short)
	if err != nil {
		return err
	}
	if v.Ours && (v.Standing == node.NoticeAhead || v.Standing == node.NoticeOn) {
		f.offer(r, parley.KindNotice, parley.NoticeChange, parley.NoticeCancel, parley.NoticeEnd)
	}
	return r.views.render(w, http.StatusOK, "notice", NoticePage{f, v})
}

// VulnerabilitiesPage is the register of vulnerabilities.
type VulnerabilitiesPage struct {
	MatterFrame
	List node.VulnerabilityList
}

func (h *Handler) vulnerabilities(w http.ResponseWriter, r *request) error {
	f, page, err := h.matterFrame(r, r.text("vulnerabilities.title"))
	if err != nil {
		return err
	}
	list, err := h.Desk.Vulnerabilities(r.Context(), r.session.Officer, page)
	if err != nil {
		return err
	}
	f.offer(r, parley.KindVulnerability, parley.VulnerabilityReport)
	return r.views.render(w, http.StatusOK, "vulnerabilities", VulnerabilitiesPage{f, list})
}

// VulnerabilityPage is one vulnerability with its embargo in every party's zone.
type VulnerabilityPage struct {
	MatterFrame
	View node.Vulnerability
}

func (h *Handler) vulnerability(w http.ResponseWriter, r *request) error {
	v, err := h.Desk.Vulnerability(r.Context(), r.session.Officer, r.PathValue("id"), r.reading())
	if err != nil {
		return err
	}
	f, _, err := h.matterFrame(r, v.Short)
	if err != nil {
		return err
	}
	f.offer(r, parley.KindVulnerability, v.NextSteps()...)
	return r.views.render(w, http.StatusOK, "vulnerability", VulnerabilityPage{f, v})
}
