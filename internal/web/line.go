package web

import "net/http"

// LinesPage is the state of each line.
type LinesPage struct {
	Frame
	Lines []Line
}

func (h *Handler) lines(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "lines", r.text("lines.title"))
	if err != nil {
		return err
	}
	f.Refresh = true
	lines, err := h.Desk.Lines(r.Context(), r.session.Officer)
	if err != nil {
		return err
	}
	return r.views.render(w, http.StatusOK, "lines", LinesPage{f, lines})
}
