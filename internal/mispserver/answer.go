package mispserver

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"parley.example/parley/internal/gateway"
)

// write answers with JSON.
func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, v any) error {
	return gateway.WriteJSON(w, r, status, "application/json; charset=UTF-8", v, 0)
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
	gateway.Write(w, r, http.StatusOK, kind, raw, 0)
	return nil
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
