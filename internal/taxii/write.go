package taxii

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// write answers with a resource.
func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.writeRaw(w, r, status, len(raw), func(w io.Writer) error {
		_, err := w.Write(raw)
		return err
	})
}

// writeRaw answers with size octets, which body writes piece by piece. Compressed
// where the client asks for it, unless it is on this machine: that line is free.
func (s *Server) writeRaw(w http.ResponseWriter, r *http.Request, status, size int, body func(io.Writer) error) error {
	head := w.Header()
	head.Set("Content-Type", MediaType)
	head.Add("Vary", "Accept-Encoding")
	out := io.Writer(&paced{w: w, pace: newPace(s.Grace, http.NewResponseController(w).SetWriteDeadline)})
	if size > 1024 && takesGzip(r) && !local(r) {
		head.Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		if r.Method == http.MethodHead {
			return nil
		}
		z, _ := gzip.NewWriterLevel(out, gzip.BestSpeed)
		if body(z) == nil {
			z.Close()
		}
		return nil
	}
	head.Set("Content-Length", strconv.Itoa(size))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		body(out) // who has gone away is told nothing
	}
	return nil
}

// paced writes an answer at a pace.
type paced struct {
	w io.Writer
	pace
}

func (p *paced) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	p.allow()
	return p.w.Write(b)
}

func takesGzip(r *http.Request) bool {
	for item := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(item), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			v, found := strings.CutPrefix(strings.TrimSpace(q), "q=")
			return !found || !zero(v)
		}
	}
	return false
}

func local(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}
