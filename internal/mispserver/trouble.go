package mispserver

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
)

var (
	errNoSuchCall   = parley.E(parley.NotFound, "this gateway has no such call").WithHint("docs/misp.md lists those that it has")
	errNoSuchMethod = gateway.Refuse(http.StatusMethodNotAllowed, "this call does not take this method: the header Allow has those that it takes")
	errMayNotWrite  = parley.E(parley.Forbidden, "You do not have permission to use this functionality: this client may read and not write")
)

// trouble is an error as MISP's tools read it.
type trouble struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	URL     string `json:"url"`
}

// notSaved is what MISP answers, with 403, where something was not taken.
type notSaved struct {
	Saved bool `json:"saved"`
	trouble
	Errors any    `json:"errors"`
	ID     string `json:"id,omitempty"`
}

// unsaved says that something was not taken, and why, as MISP says it: to a peer some of
// these words are normal and no error.
type unsaved struct {
	action, id string
	why        any // a sentence, or a list of them
}

func (e *unsaved) Error() string {
	return fmt.Sprintf("could not %s event %s: %v", e.action, e.id, e.why)
}

// notYours says why nobody but its author changes an event.
func (e *entry) notYours(action string) error {
	return &unsaved{action, e.UUID, "You do not have permission to do that: the event came from " + cmp.Or(string(e.source.Party), e.Orgc.Name) + ", and only its author changes it."}
}

// fail answers with an error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var not *unsaved
	if errors.As(err, &not) {
		message := "Could not " + not.action + " Event"
		s.write(w, r, http.StatusForbidden, notSaved{trouble: trouble{message, message, r.URL.Path}, Errors: not.why, ID: not.id})
		return
	}
	a, ok := gateway.Explain(w, r, err, "misp", s.Log)
	if !ok {
		return
	}
	if a.ID != "" {
		a.Text += " " + a.ID
	}
	s.write(w, r, a.Status, trouble{Name: a.Text, Message: a.Text, URL: r.URL.Path})
}

// refuseStranger answers 403, as MISP does where a key is not known.
func (s *Server) refuseStranger(w http.ResponseWriter, r *http.Request, err error) {
	if parley.KindOf(err) == parley.Forbidden {
		err = parley.E(parley.Forbidden, "Authentication failed. Please make sure you pass the API key of an API enabled user along in the Authorization header.")
	}
	s.fail(w, r, err)
}
