package web

import (
	"net/http"
	"strconv"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// watchHours are the lengths that the page offers.
var watchHours = []int{1, 4, 8, 12, 24}

// WatchPage is who has the desk.
type WatchPage struct {
	Frame
	History []officer.Turn
	Others  []string // officers to whom it can be handed over
	Mine    bool     // this officer has a watch
	Taken   bool     // another has the watch for a body of this officer
	Hours   []int
	Matters []officer.Matter  // what is open for the officer's bodies now
	Told    []node.Attendance // what desks have said of their watch
	Bodies  []parley.Body     // for which this officer can say so
}

func (h *Handler) watch(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "watch", r.text("watch.title"))
	if err != nil {
		return err
	}
	status, err := h.Watch.Status(r.Context(), officer.StatusRequest{History: 30})
	if err != nil {
		return err
	}
	p := WatchPage{Frame: f, History: status.History, Hours: watchHours}
	me := r.session.Officer
	if p.Matters, err = h.Watch.OpenFor(r.Context(), me.Bodies); err != nil {
		return err
	}
	if p.Told, err = h.Desk.Attendance(r.Context(), me); err != nil {
		return err
	}
	if me.May(officer.Send) {
		p.Bodies = me.Bodies
	}
	for _, t := range status.Turns {
		if t.Attended(f.Now) && me.ActsFor(t.Body) {
			p.Mine = p.Mine || t.Officer == me.Name
			p.Taken = p.Taken || t.Officer != me.Name
		}
	}
	list, err := h.Officers.List(r.Context(), officerList)
	if err != nil {
		return err
	}
	for _, o := range list.Officers {
		if o.Name != me.Name && o.ActsForAny(me.Bodies) {
			p.Others = append(p.Others, o.Name)
		}
	}
	return r.views.render(w, http.StatusOK, "watch", p)
}

func (h *Handler) watchAct(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	hours, _ := strconv.Atoi(r.PostForm.Get("hours")) // 0 is refused by the watch itself
	name, act, length := r.session.Officer.Name, r.PathValue("act"), time.Duration(hours)*time.Hour
	var err error
	switch act {
	case "take":
		_, err = h.Watch.Take(r.Context(), officer.TakeRequest{Officer: name, For: length, Reason: r.PostForm.Get("reason")})
	case "handover":
		_, err = h.Watch.HandOver(r.Context(), officer.HandOverRequest{Officer: name, To: r.PostForm.Get("to"), For: length, Note: r.PostForm.Get("note")})
	case "attended", "ended":
		err = h.attend(r, length, act == "ended")
	case "end":
		_, err = h.Watch.End(r.Context(), officer.EndRequest{Officer: name, Note: r.PostForm.Get("note")})
	default:
		err = parley.E(parley.NotFound, "there is no such button")
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r.Request, "/watch?done="+act, http.StatusSeeOther)
	return nil
}

// attend tells the other desks until when ours is attended, or that it no longer is.
func (h *Handler) attend(r *request, length time.Duration, ended bool) error {
	in := node.AttendRequest{From: r.PostForm.Get("from"), Role: r.PostForm.Get("role")}
	if !ended {
		in.Until = h.Now().UTC().Add(length).Truncate(time.Second).Format(time.RFC3339)
	} else {
		in.Role = ""
	}
	return h.Desk.Attend(r.Context(), r.session.Officer, in, ended)
}

// Told is what desks have said of their watch, for pages about other things.
type Told []node.Attendance

// Desk lists what the desk of a body has said under an agreement: one, or none.
func (t Told) Desk(agreement parley.Hash, body parley.Body) (list []node.Attendance) {
	for _, a := range t {
		if a.Agreement == agreement && a.Body == body {
			list = append(list, a)
		}
	}
	return list
}

func (h *Handler) told(r *request) (Told, error) {
	return h.Desk.Attendance(r.Context(), r.session.Officer)
}
