package web

import "net/http"

// DoctorPage is the node's health on one screen.
type DoctorPage struct {
	Frame
	Findings []Finding
	Worst    FindingState
}

func (h *Handler) doctor(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "doctor", r.text("doctor.title"))
	if err != nil {
		return err
	}
	f.Live = false // asking is work: only when somebody asks
	findings, err := h.Desk.Doctor(r.Context(), r.session.Officer)
	if err != nil {
		return err
	}
	p := DoctorPage{Frame: f, Findings: findings, Worst: FindingOK}
	for _, x := range findings {
		if x.State == FindingBad || x.State == FindingWarn && p.Worst == FindingOK {
			p.Worst = x.State
		}
	}
	return r.views.render(w, http.StatusOK, "doctor", p)
}
