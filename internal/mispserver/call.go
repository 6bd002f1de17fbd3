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
	writes bool // only for clients that may write, but for what GET says of it
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

// describing is a call that adds something, and says to GET what it takes.
func describing(says, f func(*request) error) call {
	c := writing(f)
	c.serve[http.MethodGet] = says
	return c
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

		// Events: a peer's pull, and what its tools search.
		"events/index":          both((*request).eventIndex),
		"events/view":           both((*request).view),
		"events/restsearch":     both((*request).searchEvents),
		"attributes/restsearch": both((*request).searchAttributes),
		"attributes/view":       get((*request).viewAttribute),

		// What a peer pushes, and its tools write.
		"events/filtereventidsforpush": post((*request).filterForPush),
		"events/add":                   writing((*request).addEvent),
		"events/edit":                  writing((*request).editEvent),
		"events/publish":               writing((*request).publish),
		"attributes/add":               writing((*request).addAttribute),
		"eventreports/add":             describing((*request).describeReports, (*request).addReport),

		// Sightings, in and out.
		"sightings/add":                        writing((*request).addSighting),
		"sightings/restsearch":                 both((*request).searchSightings),
		"sightings/index":                      both((*request).listSightings),
		"sightings/listsightings":              both((*request).listSightings),
		"sightings/filtersightinguuidsforpush": post((*request).filterSightings),
		"sightings/bulksavesightings":          writing((*request).saveSightings),

		// What a peer asks for and this gateway has none of.
		"shadowattributes/index":               get((*request).nothing),
		"galaxyclusters/restsearch":            both((*request).nothing),
		"analystdata/indexminimal":             both((*request).nothing),
		"analystdata/filteranalystdataforpush": post((*request).nothing),
		"analystdata/index":                    get((*request).nothing),
		"galaxies/pushcluster":                 writing((*request).notHere),
		"analystdata/pushanalystdata":          writing((*request).notHere),
		"events/pushproposals":                 writing((*request).notHere),

		// The feed.
		"feed/manifest": get((*request).feed),
		"feed/hashes":   get((*request).feed),
	}
}

// find gives the call of an address, and the method to take it by. /feed/<uuid>.json
// is a file; /events/<id> is the event, as PUT and POST there are its edit.
func (s *Server) find(a *address, method string) (call, string) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if c, ok := s.calls[a.call]; ok {
		return c, method
	}
	section, rest, _ := strings.Cut(a.call, "/")
	switch {
	case section == "feed" && rest != "":
		return s.calls["feed/manifest"], method
	case section == "events" && rest == "":
		if method == http.MethodPost {
			return s.calls["events/add"], method
		}
		return s.calls["events/index"], method
	case section == "events" && (isNumber(rest) || len(rest) == 36):
		a.args = append([]string{rest}, a.args...)
		if method == http.MethodGet {
			return s.calls["events/view"], method
		}
		return s.calls["events/edit"], method
	}
	return call{}, method
}
