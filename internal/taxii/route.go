package taxii

import (
	"net/http"
	"slices"
	"strings"
)

// methods maps a method to what answers it. GET answers HEAD too. RFC 9110 §9.3.2
type methods map[string]func(w http.ResponseWriter, r *http.Request) error

// route serves a path with and without the trailing slash: the specification writes
// it, and clients differ.
func (s *Server) route(path string, m methods) {
	allow := []string{}
	for name := range m {
		allow = append(allow, name)
		if name == http.MethodGet {
			allow = append(allow, http.MethodHead)
		}
	}
	slices.Sort(allow)
	serve := func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		f := m[method]
		if f == nil {
			w.Header().Set("Allow", strings.Join(allow, ", "))
			s.fail(w, r, errNoSuchMethod)
			return
		}
		if err := f(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
	path = strings.TrimSuffix(path, "/")
	s.mux.HandleFunc(path, serve)
	s.mux.HandleFunc(path+"/{$}", serve)
}
