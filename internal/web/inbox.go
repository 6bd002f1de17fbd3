package web

import "net/http"

// perPage is how many rows a list page has.
const perPage = 50

// InboxPage is what is addressed to us.
type InboxPage struct {
	Frame
	Inbox Inbox
	First bool
}

func (h *Handler) inbox(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "inbox", r.text("inbox.title"))
	if err != nil {
		return err
	}
	f.Refresh = true
	after := r.URL.Query().Get("after")
	in, err := h.Desk.Inbox(r.Context(), r.session.Officer, Page{After: after, Limit: perPage})
	if err != nil {
		return err
	}
	return r.views.render(w, http.StatusOK, "inbox", InboxPage{f, in, after == ""})
}
