package taxii

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
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
	errNoSuchPlace   = parley.E(parley.NotFound, "there is nothing at this address").WithHint("begin at " + Prefix)
	errNoSuchMethod  = refuse(http.StatusMethodNotAllowed, "this address does not take this method: the header Allow has those that it takes")
	errLongQuery     = refuse(http.StatusRequestURITooLong, "the query has more than %d octets: ask for fewer at once", maxQuery)
	errNotAcceptable = refuse(http.StatusNotAcceptable, "this server speaks TAXII 2.1: want Accept: %s", MediaType)
)

// statuses maps each kind of error once. OASIS TAXII 2.1 §3.6
var statuses = map[parley.ErrorKind]int{
	parley.Invalid:     http.StatusBadRequest,
	parley.NotFound:    http.StatusNotFound,
	parley.Conflict:    http.StatusConflict,
	parley.Forbidden:   http.StatusForbidden,
	parley.Untrusted:   http.StatusUnprocessableEntity,
	parley.Unavailable: http.StatusServiceUnavailable,
	parley.Internal:    http.StatusInternalServerError,
}

// fail answers with an error message. Of an error of ours nobody learns more than an id,
// which stands in the log. OASIS TAXII 2.1 §3.6.1
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody is there any more
	}
	status := statuses[parley.KindOf(err)]
	var own *refusal
	if errors.As(err, &own) {
		status = own.status
	}
	t := trouble{Title: http.StatusText(status), HTTPStatus: strconv.Itoa(status)}
	switch {
	case status == http.StatusInternalServerError:
		var id [8]byte
		rand.Read(id[:])
		t.ErrorID = hex.EncodeToString(id[:])
		t.Description = "the server failed; its log has the error id"
		s.Log.Error("a TAXII request failed", "event", "taxii.internal", "id", t.ErrorID, "err", err)
	default:
		t.Description = err.Error()
		if hint := parley.HintOf(err); hint != "" {
			t.Description += "; " + hint
		}
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	s.write(w, r, status, t)
}

// refuseStranger answers 401 and says how to come in. OASIS TAXII 2.1 §8.2, RFC 9110 §11.6.1
func (s *Server) refuseStranger(w http.ResponseWriter, r *http.Request, err error) {
	if parley.KindOf(err) == parley.Forbidden {
		w.Header().Set("WWW-Authenticate", gateway.Challenge)
		err = &refusal{http.StatusUnauthorized, err}
	}
	s.fail(w, r, err)
}
