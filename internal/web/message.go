package web

import (
	"cmp"
	"net/http"
	"net/url"

	"parley.example/parley"
)

// MessagePage is one message with every step and what proves it.
type MessagePage struct {
	Frame
	View View
}

func (h *Handler) message(w http.ResponseWriter, r *request) error {
	v, err := h.Desk.Message(r.Context(), r.session.Officer, r.PathValue("id"), r.reading()...)
	if err != nil {
		return err
	}
	f, err := h.frame(r, "", cmp.Or(v.Short, r.text("message.title")))
	if err != nil {
		return err
	}
	return r.views.render(w, http.StatusOK, "message", MessagePage{f, v})
}

// ThreadPage is a matter with all that answers it.
type ThreadPage struct {
	Frame
	Thread Thread
}

func (h *Handler) thread(w http.ResponseWriter, r *request) error {
	t, err := h.Desk.Thread(r.Context(), r.session.Officer, r.PathValue("id"), r.reading()...)
	if err != nil {
		return err
	}
	f, err := h.frame(r, "", r.text("thread.title"))
	if err != nil {
		return err
	}
	return r.views.render(w, http.StatusOK, "thread", ThreadPage{f, t})
}

// act is a button under a message. Each leads back to the message, while there is one.
func (h *Handler) act(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	ctx, by, id, act := r.Context(), r.session.Officer, r.PathValue("id"), r.PathValue("act")
	var err error
	switch act {
	case "undo":
		err = h.Desk.Undo(ctx, by, id)
	case "release":
		err = h.Desk.Release(ctx, by, id)
	case "countersign":
		err = h.Desk.Countersign(ctx, by, id)
	case "seen":
		err = h.Desk.Seen(ctx, by, id)
	case "acknowledge":
		err = h.Desk.Acknowledge(ctx, by, id, r.PostForm.Get("note"))
	case "decline":
		err = h.Desk.Decline(ctx, by, id, r.PostForm.Get("reason"))
	default:
		err = parley.E(parley.NotFound, "there is no such button")
	}
	if err != nil {
		return err
	}
	to := "/message/" + url.PathEscape(id)
	if act == "undo" {
		to = "/hotline" // the message is no more
	}
	http.Redirect(w, r.Request, to+"?done="+act, http.StatusSeeOther)
	return nil
}
