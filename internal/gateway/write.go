package gateway

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Stream begins an answer whose octets come piece by piece, each at the client's pace (grace
// as for Body); size is -1 where nobody knows it yet. Compressed where the client asks for it,
// unless it is on this machine: that line is free. To HEAD nothing is sent. The answer is
// whole when it is closed.
func Stream(w http.ResponseWriter, r *http.Request, status int, kind string, size int, grace time.Duration) io.WriteCloser {
	head := w.Header()
	head.Set("Content-Type", kind)
	head.Add("Vary", "Accept-Encoding")
	zip := (size < 0 || size > 1024) && takesGzip(r) && !local(r)
	if zip {
		head.Set("Content-Encoding", "gzip")
	} else if size >= 0 {
		head.Set("Content-Length", strconv.Itoa(size))
	}
	w.WriteHeader(status)
	out := &paced{w, newPace(grace, http.NewResponseController(w).SetWriteDeadline)}
	switch {
	case r.Method == http.MethodHead:
		out.w = io.Discard
	case zip:
		z, _ := gzip.NewWriterLevel(out, gzip.BestSpeed) // the level is one of its own
		return z
	}
	return out
}

// Write answers with a text that is whole. Who has gone away is told nothing.
func Write(w http.ResponseWriter, r *http.Request, status int, kind string, raw []byte, grace time.Duration) {
	out := Stream(w, r, status, kind, len(raw), grace)
	out.Write(raw)
	out.Close()
}

// WriteJSON answers with a value as JSON.
func WriteJSON(w http.ResponseWriter, r *http.Request, status int, kind string, v any, grace time.Duration) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	Write(w, r, status, kind, raw, grace)
	return nil
}

// takesGzip: RFC 9110 §12.5.3
func takesGzip(r *http.Request) bool {
	for item := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(item), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			v, found := strings.CutPrefix(strings.TrimSpace(q), "q=")
			return !found || strings.Trim(v, "0.") != ""
		}
	}
	return false
}

func local(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}
