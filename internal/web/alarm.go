package web

import (
	"net/http"

	"parley.example/parley"
	"parley.example/parley/internal/alert"
)

// AlarmsPage is what a person must know of, and who was woken for what.
type AlarmsPage struct {
	Frame
	Standing []Alarm
	Over     []Alarm
	Alerts   alert.ListResponse
}

// settle is the button under a standing alarm.
func (h *Handler) settle(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	if err := h.Desk.Settle(r.Context(), r.session.Officer, r.PostForm.Get("alarm"), r.PostForm.Get("why")); err != nil {
		return err
	}
	http.Redirect(w, r.Request, "/alarms?done=settle", http.StatusSeeOther)
	return nil
}

func (h *Handler) alarms(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "alarms", r.text("alarms.title"))
	if err != nil {
		return err
	}
	f.Refresh = true
	all, err := h.Desk.Alarms(r.Context(), r.session.Officer)
	if err != nil {
		return err
	}
	p := AlarmsPage{Frame: f}
	for _, a := range all {
		if a.Over.IsZero() {
			p.Standing = append(p.Standing, a)
		} else {
			p.Over = append(p.Over, a)
		}
	}
	if h.Alerts != nil {
		if p.Alerts, err = h.Alerts.List(r.Context(), alert.ListRequest{Limit: 20}); err != nil {
			return err
		}
	}
	return r.views.render(w, http.StatusOK, "alarms", p)
}
