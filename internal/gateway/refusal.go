package gateway

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"

	"parley.example/parley"
)

// Refusal is an error with an HTTP status of its own.
type Refusal struct {
	Status int
	error
}

func (e *Refusal) Unwrap() error { return e.error }

// Refuse makes a Refusal of what was asked wrongly.
func Refuse(status int, format string, args ...any) *Refusal {
	return &Refusal{status, parley.E(parley.Invalid, format, args...)}
}

// WithStatus gives an error another status than that of its kind.
func WithStatus(status int, err error) *Refusal { return &Refusal{status, err} }

// statuses maps each kind of error once.
var statuses = map[parley.ErrorKind]int{
	parley.Invalid:     http.StatusBadRequest,
	parley.NotFound:    http.StatusNotFound,
	parley.Conflict:    http.StatusConflict,
	parley.Forbidden:   http.StatusForbidden,
	parley.Untrusted:   http.StatusUnprocessableEntity,
	parley.Unavailable: http.StatusServiceUnavailable,
	parley.Internal:    http.StatusInternalServerError,
}

// Answer is how an error is answered.
type Answer struct {
	Status int
	Text   string // what went wrong and what would be right
	ID     string // of an error of ours: what the log has it under
}

// Explain says how a face answers an error, and sets the headers that go with it. Of an
// error of ours nobody learns more than an id, which stands in the log as face.internal. ok
// is false where nobody is there any more.
func Explain(w http.ResponseWriter, r *http.Request, err error, face string, log *slog.Logger) (a Answer, ok bool) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return a, false
	}
	a.Status = statuses[parley.KindOf(err)]
	var own *Refusal
	if errors.As(err, &own) {
		a.Status = own.Status
	}
	switch a.Status {
	case http.StatusInternalServerError:
		var id [8]byte
		rand.Read(id[:])
		a.ID = hex.EncodeToString(id[:])
		a.Text = "the server failed; its log has the error id"
		log.Error("a request of a tool failed", "event", face+".internal", "id", a.ID, "err", err)
		return a, true
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	}
	if a.Text = err.Error(); parley.HintOf(err) != "" {
		a.Text += "; " + parley.HintOf(err)
	}
	return a, true
}
