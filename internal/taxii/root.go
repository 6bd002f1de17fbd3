package taxii

import (
	"net/http"
	"strings"
)

// discovery: OASIS TAXII 2.1 §4.1
func (s *Server) discovery(w http.ResponseWriter, r *http.Request) error {
	root := s.base(r) + Root
	return s.write(w, r, http.StatusOK, discovery{
		Title:       "Parley",
		Description: "What the parties to our agreements sent us, what we sent them, and our own.",
		Contact:     s.party(),
		Default:     root, APIRoots: []string{root},
	})
}

// root: OASIS TAXII 2.1 §4.2
func (s *Server) root(w http.ResponseWriter, r *http.Request) error {
	title := "Parley"
	if p := s.party(); p != "" {
		title += " at " + p
	}
	return s.write(w, r, http.StatusOK, apiRoot{Title: title, Versions: []string{MediaType}, MaxContentLength: s.MaxContent})
}

// collections: OASIS TAXII 2.1 §5.1
func (s *Server) collections(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Library.Of(r.Context(), client(r))
	if err != nil {
		return err
	}
	return s.write(w, r, http.StatusOK, collections{list})
}

// collection: OASIS TAXII 2.1 §5.2
func (s *Server) collection(w http.ResponseWriter, r *http.Request) error {
	c, err := s.find(r)
	if err != nil {
		return err
	}
	return s.write(w, r, http.StatusOK, c)
}

func (s *Server) find(r *http.Request) (Collection, error) {
	return s.Library.Find(r.Context(), client(r), r.PathValue("collection"))
}

func (s *Server) party() string {
	if s.Party == nil {
		return ""
	}
	return s.Party()
}

// base is the scheme and host under which this client reaches us.
func (s *Server) base(r *http.Request) string {
	if s.URL != "" {
		return strings.TrimSuffix(s.URL, "/")
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
