package gateway

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"parley.example/parley"
)

// Body reads a request's body within a pace and a size, also after decompression: what a
// small body could become is cut there. most is in octets; grace is how long a client
// may stand still, 0: Grace. An error of reading it is for BodyError.
func Body(w http.ResponseWriter, r *http.Request, most int64, grace time.Duration) (io.Reader, error) {
	if r.ContentLength > most {
		return nil, BodyError(&http.MaxBytesError{Limit: most}, "")
	}
	in := io.Reader(&steady{http.MaxBytesReader(w, r.Body, most), newPace(grace, http.NewResponseController(w).SetReadDeadline)})
	switch coding := strings.ToLower(r.Header.Get("Content-Encoding")); coding {
	case "", "identity":
		return in, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, BodyError(parley.E(parley.Invalid, "the body is not gzip: %w", err), "")
		}
		return &capped{r: z, left: most, most: most}, nil
	default:
		return nil, Refuse(http.StatusUnsupportedMediaType, "Content-Encoding %.20q: want gzip or none", coding)
	}
}

// BodyError gives an error that came of a body's size or pace its status, and says what
// became of the part that was read, if anything did. Other errors stay as they are.
func BodyError(err error, became string) error {
	if became != "" {
		became = "; " + became
	}
	var m *http.MaxBytesError
	if errors.As(err, &m) {
		return Refuse(http.StatusRequestEntityTooLarge, "the body has more than %d octets: send it in parts%s", m.Limit, became)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return Refuse(http.StatusRequestTimeout, "the body comes slower than %d octets a second%s", leastPace, became)
	}
	return err
}

// capped is io.LimitReader with an error.
type capped struct {
	r          io.Reader
	left, most int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, &http.MaxBytesError{Limit: c.most}
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}
