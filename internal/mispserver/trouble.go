package mispserver

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"

	"parley.example/parley"
)

// refusal is an error with a status of its own.
type refusal struct {
	status int
	error
}

func (e *refusal) Unwrap() error { return e.error }

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status, parley.E(parley.Invalid, format, args...)}
}

var (
	errNoSuchCall   = parley.E(parley.NotFound, "this gateway has no such call").WithHint("docs/misp.md lists those that it has")
	errNoSuchMethod = refuse(http.StatusMethodNotAllowed, "this call does not take this method: the header Allow has those that it takes")
	errMayNotWrite  = parley.E(parley.Forbidden, "You do not have permission to use this functionality: this client may read and not write")
)

// statuses maps each kind of error once.
var statuses = map[parley.ErrorKind]int{
	parley.Invalid:     http.StatusBadRequest,
	parley.NotFound:    http.StatusNotFound,
	parley.Conflict:    http.StatusConflict,
	parley.Forbidden:   http.StatusForbidden,
	parley.Untrusted:   http.StatusForbidden,
	parley.Unavailable: http.StatusServiceUnavailable,
	parley.Internal:    http.StatusInternalServerError,
}

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

// fail answers with an error. Of an error of ours nobody learns more than an id,
// which stands in the log.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody is there any more
	}
	status := statuses[parley.KindOf(err)]
	var own *refusal
	if errors.As(err, &own) {
		status = own.status
	}
	t := trouble{URL: r.URL.Path}
	if status == http.StatusInternalServerError {
		var id [8]byte
		rand.Read(id[:])
		t.Message = "the server failed; its log has the error id " + hex.EncodeToString(id[:])
		s.Log.Error("a MISP request failed", "event", "misp.internal", "id", hex.EncodeToString(id[:]), "err", err)
	} else if t.Message = err.Error(); parley.HintOf(err) != "" {
		t.Message += "; " + parley.HintOf(err)
	}
	t.Name = t.Message
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	s.write(w, r, status, t)
}

// refuseStranger answers 403, as MISP does where a key is not known.
func (s *Server) refuseStranger(w http.ResponseWriter, r *http.Request, err error) {
	if parley.KindOf(err) == parley.Forbidden {
		err = parley.E(parley.Forbidden, "Authentication failed. Please make sure you pass the API key of an API enabled user along in the Authorization header.")
	}
	s.fail(w, r, err)
}
