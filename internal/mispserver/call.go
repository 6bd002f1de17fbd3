package mispserver

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// call is one thing that can be asked for: what answers each method. GET answers
// HEAD too.
type call struct {
	serve  map[string]func(*request) error
	writes bool // only for clients that may write
}

func (c call) allow() string {
	all := slices.Sorted(maps.Keys(c.serve))
	if c.serve[http.MethodGet] != nil {
		all = append(all, http.MethodHead)
	}
	return strings.Join(all, ", ")
}

func get(f func(*request) error) call {
	return call{serve: map[string]func(*request) error{http.MethodGet: f}}
}

func post(f func(*request) error) call {
	return call{serve: map[string]func(*request) error{http.MethodPost: f}}
}

func both(f func(*request) error) call {
	return call{serve: map[string]func(*request) error{http.MethodGet: f, http.MethodPost: f}}
}

// writing is a call that adds something.
func writing(f func(*request) error) call {
	return call{serve: map[string]func(*request) error{http.MethodPost: f, http.MethodPut: f}, writes: true}
}

// table says what answers each call.
func (s *Server) table() map[string]call {
	return map[string]call{
		// Who is there, and what it can do.
		"servers/getversion":                     get((*request).version),
		"servers/getpymispversion":               get((*request).pymispVersion),
		"servers/posttest":                       post((*request).postTest),
		"servers/getavailablesyncfilteringrules": get((*request).filteringRules),
		"users/view":                             get((*request).user),
	}
}

// find gives the call of an address, and the method to take it by.
func (s *Server) find(a address, method string) (call, string) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return s.calls[a.call], method
}
