package peer

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"

	"parley.example/parley"
)

// Local is a transport to servers in the same process: no socket, no goroutine,
// both keys pinned as on the wire. The handler runs in the goroutine of the one who
// asks. Find gives the server at an address and the pin of its key; nil: nobody
// listens there. Safe for concurrent use if Find and the handlers are.
type Local struct {
	Find func(address string) (http.Handler, parley.Hash)
	From string          // the caller's own address
	Own  tls.Certificate // the caller's key
	Pins func() []parley.Hash
}

// RoundTrip implements http.RoundTripper.
func (l *Local) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	h, pin := l.Find(r.URL.Host)
	if h == nil {
		return nil, errors.New("nobody listens at " + r.URL.Host)
	}
	if err := CheckPin(pin, l.Pins()); err != nil {
		return nil, err
	}
	return AnswerLocally(r.Context(), h, r, bytes.NewReader(body), len(body), l.From, l.Own), nil
}

// AnswerLocally runs a handler as a server would that has accepted the caller's key.
// size is the length of the body; it is told to the handler where the request told it.
func AnswerLocally(ctx context.Context, h http.Handler, r *http.Request, body io.Reader, size int, from string, own tls.Certificate) *http.Response {
	in := r.Clone(ctx)
	in.Body, in.ContentLength = io.NopCloser(body), int64(size)
	if r.ContentLength < 0 {
		in.ContentLength = -1
	}
	in.RequestURI, in.RemoteAddr, in.Host = r.URL.RequestURI(), from, r.URL.Host
	in.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true}
	if own.Leaf != nil {
		in.TLS.PeerCertificates = append(in.TLS.PeerCertificates, own.Leaf)
	}
	w := &record{header: http.Header{}}
	h.ServeHTTP(w, in)
	w.WriteHeader(http.StatusOK)
	return &http.Response{Status: http.StatusText(w.code), StatusCode: w.code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: io.NopCloser(bytes.NewReader(w.body.Bytes())), ContentLength: length(w.sent), Request: r}
}

// length is what the answer says of its own; -1 where it does not.
func length(h http.Header) int64 {
	n, err := parley.ParseSize(h.Get("Content-Length"))
	if err != nil {
		return -1
	}
	return int64(n)
}

// record keeps an answer; it implements http.ResponseWriter.
type record struct {
	header, sent http.Header
	code         int
	body         bytes.Buffer
}

func (w *record) Header() http.Header { return w.header }

func (w *record) WriteHeader(code int) {
	if w.code == 0 {
		w.code, w.sent = code, w.header.Clone()
	}
}

func (w *record) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
