package mispserver

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// paceTime is how long a client may take for each piece of an answer, or of a body.
const paceTime = 30 * time.Second

// write answers with JSON.
func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.writeRaw(w, r, status, "application/json; charset=UTF-8", raw)
}

// writeRaw answers with octets. Compressed where the client asks for it, unless it is
// on this machine: that line is free.
func (s *Server) writeRaw(w http.ResponseWriter, r *http.Request, status int, kind string, raw []byte) error {
	out := s.stream(w, r, status, kind, len(raw))
	if r.Method != http.MethodHead {
		out.Write(raw) // who has gone away is told nothing
	}
	return out.Close()
}

// stream begins an answer whose octets come piece by piece; size is -1 where nobody
// knows it yet.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, status int, kind string, size int) io.WriteCloser {
	head := w.Header()
	head.Set("Content-Type", kind)
	head.Add("Vary", "Accept-Encoding")
	out := &paced{w: w, control: http.NewResponseController(w)}
	if (size < 0 || size > 1024) && takesGzip(r) && !local(r) && r.Method != http.MethodHead {
		head.Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		z, _ := gzip.NewWriterLevel(out, gzip.BestSpeed)
		return z
	}
	if size >= 0 {
		head.Set("Content-Length", strconv.Itoa(size))
	}
	w.WriteHeader(status)
	return out
}

// writeTagged answers with octets that a client may have already: RFC 9110 §13.1.2.
// The tag is strong: of the octets themselves.
func (s *Server) writeTagged(w http.ResponseWriter, r *http.Request, kind string, raw []byte) error {
	sum := sha256.Sum256(raw)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	w.Header().Set("ETag", tag)
	if hasTag(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return s.writeRaw(w, r, http.StatusOK, kind, raw)
}

// hasTag finds a tag in If-None-Match, also where a proxy on the way has marked it as
// compressed.
func hasTag(header, tag string) bool {
	for have := range strings.SplitSeq(header, ",") {
		have = strings.TrimPrefix(strings.TrimSpace(have), "W/")
		for _, mark := range []string{"-gzip", "-br"} {
			if rest, ok := strings.CutSuffix(have, mark+`"`); ok {
				have = rest + `"`
			}
		}
		if have == tag || have == "*" {
			return true
		}
	}
	return false
}

// paced gives a client some time for each piece that it is sent, however many there are.
type paced struct {
	w       io.Writer
	control *http.ResponseController
}

func (p *paced) Write(b []byte) (int, error) {
	p.control.SetWriteDeadline(time.Now().Add(paceTime)) // the connection's clock
	return p.w.Write(b)
}

func (p *paced) Close() error { return nil }

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
