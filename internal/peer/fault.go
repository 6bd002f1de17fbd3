package peer

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"parley.example/parley"
)

// statusOf is the one table from a kind to its status on the wire. WIRE-4
var statusOf = map[parley.ErrorKind]int{
	parley.Internal:    http.StatusInternalServerError,
	parley.Invalid:     http.StatusBadRequest,
	parley.NotFound:    http.StatusNotFound,
	parley.Conflict:    http.StatusConflict,
	parley.Forbidden:   http.StatusForbidden,
	parley.Untrusted:   http.StatusUnprocessableEntity,
	parley.Unavailable: http.StatusServiceUnavailable,
}

// kindOf is the way back. Whatever is not listed is not a word of this wire: we
// try again later, as with everything that a wrong or broken machine says.
var kindOf = map[int]parley.ErrorKind{
	http.StatusBadRequest:                   parley.Invalid,
	http.StatusMethodNotAllowed:             parley.Invalid,
	http.StatusLengthRequired:               parley.Invalid,
	http.StatusRequestEntityTooLarge:        parley.Invalid,
	http.StatusUnsupportedMediaType:         parley.Invalid,
	http.StatusRequestedRangeNotSatisfiable: parley.Invalid,
	http.StatusRequestHeaderFieldsTooLarge:  parley.Invalid,
	http.StatusForbidden:                    parley.Forbidden,
	http.StatusNotFound:                     parley.NotFound,
	http.StatusConflict:                     parley.Conflict,
	http.StatusUnprocessableEntity:          parley.Untrusted,
}

// statusError is an error with a status narrower than its kind's.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func tooLarge(what string, most int64) error {
	return &statusError{http.StatusRequestEntityTooLarge, parley.E(parley.Invalid, "%s: want at most %d octets", what, most)}
}

// errSlow is a body that came slower than the pace. WIRE-7
var errSlow = &statusError{http.StatusRequestTimeout, parley.E(parley.Unavailable, "the body came too slowly: send what you have, then go on from there")}

// Content types of answers that say what is wanted.
const (
	typeSize    = "text/x.tlog.size"        // c2sp.org/tlog-witness
	typeInfo    = "text/x.tlog.mirror-info" // c2sp.org/tlog-mirror
	typeMissing = "text/x.parley.missing"   // WIRE-14
	typeText    = "text/plain; charset=utf-8"
	typeOctets  = "application/octet-stream"
	typePush    = "application/x.parley.push"
	offsetName  = "Upload-Offset"
)

// refuse writes an error: the status of its kind and one line of what would be
// right, or the body that the specification gives. An Internal one gets only id.
func refuse(w http.ResponseWriter, err error, id string) {
	var size *SizeConflict
	var info *InfoConflict
	var missing *Missing
	var offset *OffsetConflict
	var busy *Busy
	var narrow *statusError
	h := w.Header()
	switch {
	case errors.As(err, &size):
		answer(w, http.StatusConflict, typeSize, []byte(strconv.FormatUint(size.Size, 10)+"\n"))
		return
	case errors.As(err, &info):
		answer(w, http.StatusConflict, typeInfo, FormatInfo(info.Info))
		return
	case errors.As(err, &missing):
		answer(w, http.StatusServiceUnavailable, typeMissing, formatMissing(missing))
		return
	case errors.As(err, &offset):
		h.Set(offsetName, strconv.FormatInt(offset.Held, 10))
	case errors.As(err, &busy):
		h.Set("Retry-After", strconv.FormatInt(int64((busy.After+time.Second-1)/time.Second), 10))
	}
	kind := parley.KindOf(err)
	status, text := statusOf[kind], line(err.Error())
	if kind == parley.Internal {
		text = "internal error " + id
	}
	if errors.As(err, &narrow) {
		status = narrow.status
	}
	answer(w, status, typeText, []byte(text+"\n"))
}

func answer(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body)
}

func formatMissing(e *Missing) []byte {
	var b strings.Builder
	for _, h := range e.Parts[:min(len(e.Parts), maxMissing)] {
		b.WriteString(h.String() + "\n")
	}
	return []byte(b.String())
}

// maxMissing is how many hashes a 503 names at most.
const maxMissing = 256

func parseMissing(body []byte) (*Missing, error) {
	m := new(Missing)
	for l := range strings.Lines(string(body)) {
		h, err := parley.ParseHash(strings.TrimSuffix(l, "\n"))
		if err != nil || len(m.Parts) == maxMissing {
			return nil, parley.E(parley.Invalid, "missing parts: want at most %d lines of 64 hex digits", maxMissing)
		}
		m.Parts = append(m.Parts, h)
	}
	if len(m.Parts) == 0 {
		return nil, parley.E(parley.Invalid, "missing parts: want at least one line")
	}
	return m, nil
}

// line makes foreign or long text one short printable line.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)
	for len(s) > MaxReason {
		s = s[:MaxReason]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return strings.TrimSpace(s)
}
