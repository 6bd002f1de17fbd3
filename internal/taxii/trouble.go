package taxii

import (
	"net/http"
	"strconv"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
)

var (
	errNoSuchPlace   = parley.E(parley.NotFound, "there is nothing at this address").WithHint("begin at " + Prefix)
	errNoSuchMethod  = gateway.Refuse(http.StatusMethodNotAllowed, "this address does not take this method: the header Allow has those that it takes")
	errLongQuery     = gateway.Refuse(http.StatusRequestURITooLong, "the query has more than %d octets: ask for fewer at once", maxQuery)
	errNotAcceptable = gateway.Refuse(http.StatusNotAcceptable, "this server speaks TAXII 2.1: want Accept: %s", MediaType)
)

// write answers with a resource.
func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, v any) error {
	return gateway.WriteJSON(w, r, status, MediaType, v, s.Grace)
}

// fail answers with an error message. OASIS TAXII 2.1 §3.6.1
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if a, ok := gateway.Explain(w, r, err, "taxii", s.Log); ok {
		s.write(w, r, a.Status, trouble{Title: http.StatusText(a.Status), Description: a.Text, ErrorID: a.ID, HTTPStatus: strconv.Itoa(a.Status)})
	}
}

// refuseStranger answers 401 and says how to come in. OASIS TAXII 2.1 §8.2.2, RFC 9110 §11.6.1
func (s *Server) refuseStranger(w http.ResponseWriter, r *http.Request, err error) {
	if parley.KindOf(err) == parley.Forbidden {
		w.Header().Set("WWW-Authenticate", gateway.Challenge)
		err = gateway.WithStatus(http.StatusUnauthorized, err)
	}
	s.fail(w, r, err)
}
