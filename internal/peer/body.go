package peer

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"parley.example/parley"
)

// body reads a request body within a size, a pace and the caller's limits.
type body struct {
	r        io.Reader
	control  *http.ResponseController
	pace     Pace
	gate     *gate
	now      func() time.Time // the gate's clock
	began    time.Time        // the machine's clock: a socket's deadline knows no other
	what     string
	most     int64
	received int64
}

// Read returns errSlow when the pace is not kept and 413 above the size. WIRE-5, WIRE-7
func (b *body) Read(p []byte) (int, error) {
	if b.received > b.most {
		return 0, tooLarge(b.what, b.most)
	}
	if int64(len(p)) > b.most-b.received+1 {
		p = p[:b.most-b.received+1]
	}
	allowed := min(b.pace.Grace+time.Duration(b.received/b.pace.Rate)*time.Second, b.pace.Longest)
	// Where the transport knows no deadlines (in memory), the context ends it.
	b.control.SetReadDeadline(b.began.Add(allowed))
	n, err := b.r.Read(p)
	b.received += int64(n)
	b.gate.charge(b.now(), n)
	switch {
	case b.received > b.most:
		return n - int(b.received-b.most), tooLarge(b.what, b.most)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, errSlow
	case err != nil && err != io.EOF:
		return n, &statusError{http.StatusBadRequest, parley.E(parley.Unavailable, "the body ended early: %w", err)}
	}
	return n, err
}

// all reads the whole body. Memory grows with what has come, not with what was announced.
func (b *body) all() ([]byte, error) {
	var buf bytes.Buffer
	_, err := buf.ReadFrom(b)
	return buf.Bytes(), err
}

// inflated reads gzip within a ratio of what has come, so that a small body
// cannot become a large one. WIRE-9
type inflated struct {
	z    *gzip.Reader
	from *body
	out  int64
}

func inflate(b *body) (*inflated, error) {
	z, err := gzip.NewReader(b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, parley.E(parley.Invalid, "gzip: truncated within its header")
	}
	if err != nil {
		return nil, inflateError(err)
	}
	return &inflated{z: z, from: b}, nil
}

func (i *inflated) Read(p []byte) (int, error) {
	room := i.from.received*gzipRatio + gzipAllowance - i.out
	if room <= 0 {
		return 0, &statusError{http.StatusRequestEntityTooLarge,
			parley.E(parley.Invalid, "gzip above a ratio of %d: want it without Content-Encoding", gzipRatio)}
	}
	if int64(len(p)) > room {
		p = p[:room]
	}
	n, err := i.z.Read(p)
	i.out += int64(n)
	if err != nil && err != io.EOF {
		err = inflateError(err)
	}
	return n, err
}

func inflateError(err error) error {
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return io.ErrUnexpectedEOF
	case parley.KindOf(err) != parley.Internal: // from the body below
		return err
	}
	return parley.E(parley.Invalid, "gzip: want a valid stream: %w", err)
}
