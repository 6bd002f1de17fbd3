package web

import "net/http"

// HotlinePage is the state of each hotline message and what proves it.
type HotlinePage struct {
	Frame
	List  List
	First bool
}

func (h *Handler) hotline(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "hotline", r.text("hotline.title"))
	if err != nil {
		return err
	}
	f.Refresh = true
	after := r.URL.Query().Get("after")
	list, err := h.Desk.Hotline(r.Context(), r.session.Officer, Page{After: after, Limit: perPage})
	if err != nil {
		return err
	}
	return r.views.render(w, http.StatusOK, "hotline", HotlinePage{f, list, after == ""})
}
