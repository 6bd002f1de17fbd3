package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// SightingForm says what was seen of an object that somebody gave, or is thought of it.
type SightingForm struct {
	To          []string // who gave it; empty: nobody did, and there is no form
	Says        string   // seen, false, or an opinion
	Count       string
	Seen        string // as a browser's control writes it, in UTC
	Text        string
	Party       string // of those who gave it
	Nonce       parley.Nonce
	Wrong, Hint string
	Seeings     []string
	Open        bool // there is something to be shown
}

// seeings is what can be said of an object: that it was seen, that it is harmless, or one
// of node.Opinions.
var seeings = append([]string{"seen", "false"}, node.Opinions...)

// sightingForm begins a form for an object of which these versions are here.
func (h *Handler) sightingForm(r *request, versions []IntelVersion) SightingForm {
	s := SightingForm{Says: "seen", Nonce: newNonce(), Seeings: seeings}
	if !r.session.Officer.May(officer.Send) {
		return s
	}
	for _, v := range versions {
		if v.Direction == intel.In && v.Last && !v.Contested {
			s.To = append(s.To, v.From)
		}
	}
	return s
}

// intelSighting answers POST /intel/object/{id}/sighting: it goes back to who gave the object.
func (h *Handler) intelSighting(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	id, v := r.PathValue("id"), r.PostForm
	s := SightingForm{Says: v.Get("says"), Count: v.Get("count"), Seen: v.Get("seen"), Text: v.Get("text"), Party: v.Get("to"), Open: true}
	in, err := s.read(id, v.Get("nonce"))
	if err == nil {
		if err = h.Desk.ReportSighting(r.Context(), r.session.Officer, in); err == nil {
			http.Redirect(w, r.Request, "/intel/object/"+url.PathEscape(id)+"?done=reported", http.StatusSeeOther)
			return nil
		}
	}
	if s.Wrong, s.Hint = told(err); s.Wrong == "" {
		return err
	}
	return h.showObject(w, r, statusOf(err), id, &s)
}

// read is what the node takes.
func (s *SightingForm) read(id, nonce string) (node.Sighting, error) {
	in := node.Sighting{Object: id, SendRequest: node.SendRequest{Text: s.Text, Nonce: nonce}}
	if _, err := parley.ParseNonce(nonce); err != nil {
		return in, parley.E(parley.Invalid, "the form is not one of this desk")
	}
	if s.Party != "" {
		in.To = []string{s.Party}
	}
	switch s.Says {
	case "seen":
	case "false":
		in.False = true
		return in, nil
	default:
		in.Opinion = s.Says
		return in, nil
	}
	var err error
	if s.Count != "" {
		if in.Count, err = strconv.Atoi(s.Count); err != nil || in.Count < 1 {
			return in, parley.E(parley.Invalid, "seen %.20q times: want a number from 1", s.Count)
		}
	}
	if s.Seen != "" {
		if in.Last, err = time.Parse("2006-01-02T15:04", s.Seen); err != nil {
			return in, parley.E(parley.Invalid, "seen at %.40q: want a day and an hour, in UTC", s.Seen)
		}
	}
	return in, nil
}

// ReportSighting implements Knowing.
func (d *OnNode) ReportSighting(ctx context.Context, by officer.Officer, in node.Sighting) error {
	m, err := d.Node.SightedIn(ctx, in)
	if err != nil {
		return err
	}
	from := first(by, m.To)
	if err := d.speaks(by, from); err != nil {
		return err
	}
	in.From = string(from)
	if err := d.Officers.Record(ctx, by, "send", in.Nonce); err != nil {
		return err
	}
	_, err = d.Node.ReportSighting(ctx, in)
	return err
}
