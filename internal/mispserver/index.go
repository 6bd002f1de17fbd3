package mispserver

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"sync"
	"time"

	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// Which objects make an event: a report or a grouping is one, with what it holds,
// and has the UUID of that object, so that what was imported from a MISP event goes
// back under the event's own. What no report that the client sees holds, and could be
// an attribute, stands in one event for each message that brought it (our own: for each
// file, feed or client and day) and traffic light, in parts of at most windowObjects;
// the UUID of such a part is made of that.
// What we sent to a party is not shown again: it is among our own.

// windowObjects is how many objects one part of what no report holds has at most.
const windowObjects = 8000

// rebuildAfter is how old an index gets before it is made anew. Where something was
// recalled or deleted it is made anew at once.
const rebuildAfter = time.Hour

// maxIndexes bounds the clients whose index is kept at one time.
const maxIndexes = 32

// entry is what the index knows of one event.
type entry struct {
	misp.Entry
	published    bool
	distribution misp.Distribution
	hollow       bool      // it was made once and held nothing that an instance takes; see hollow
	sighted      time.Time // when the last sighting of what it holds was added; zero: none

	id     string // of the report or grouping; empty for a part of what none holds
	n      uint64 // the report's number, or the first object's of a part
	source intel.Source
	window windowKey
	last   uint64 // a part: the number of its last object
	loose  int    // a part: objects that no report holds
}

// ours says whether an event is our own, and whole: then a client may bring a newer
// version of it.
func (e *entry) ours() bool { return e.id != "" && e.source.Direction == intel.Own }

// number is the event's as MISP's tools want one: made of the UUID, and the same for
// every client and after a restart.
func number(uuid string) string { return strconv.FormatUint(numeric(uuid), 10) }

func numeric(uuid string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(uuid))
	return h.Sum64()>>17 | 1
}

// windowKey is what the objects of one part have in common.
type windowKey struct {
	source int64
	from   string // the entry, or for our own the name and the day
	tlp    stix.TLP
	part   int
}

// index is what one client can be shown, folded from what intel.Store finds for its
// clearance, and from nothing else. Its memory grows with the events and with the
// objects that reports hold (some 20 octets each), never with the objects' content.
type index struct {
	server    *Server
	clearance intel.Clearance

	mu        sync.Mutex
	begun     time.Time
	withdrawn int64  // of all sources, when it was begun
	seen      string // the sources as they were when it was folded last
	sources   map[int64]intel.Source
	numbers   []int64
	after     struct{ reports, loose, sightings intel.Cursor }
	events    []*entry
	place     map[string]int    // UUID to its place in events
	members   map[uint64]uint32 // hash of an identifier to the place of the event that holds it
	open      map[windowKey]*window
	used      int64
	orgNames  map[string]string
}

// window counts what came of one key; its part grows when one is full.
type window struct{ part, count int }

func (s *Server) indexOf(who gateway.Client) *index {
	key := who.Name + fmt.Sprint(who.Clearance)
	s.indexes.Lock()
	defer s.indexes.Unlock()
	s.indexes.turn++
	x := s.indexes.by[key]
	if x == nil {
		if len(s.indexes.by) >= maxIndexes {
			oldest := ""
			for k, v := range s.indexes.by {
				if oldest == "" || v.used < s.indexes.by[oldest].used {
					oldest = k
				}
			}
			delete(s.indexes.by, oldest)
		}
		x = &index{server: s, clearance: who.Clearance}
		s.indexes.by[key] = x
	}
	x.used = s.indexes.turn
	return x
}

// indexes are those of the clients that asked last.
type indexes struct {
	sync.Mutex
	by   map[string]*index
	turn int64
}

// hash is of an identifier, for sets of many.
func hash(id string) uint64 {
	h := fnv.New128a()
	h.Write([]byte(id))
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// fresh folds what was added since the last time. The caller holds mu.
func (x *index) fresh(ctx context.Context) error {
	list, err := x.server.Store.Sources(ctx, x.clearance)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(s intel.Source) bool { return s.Direction == intel.Out })
	seen, withdrawn := "", int64(0)
	for _, s := range list {
		seen += fmt.Sprintf("%d:%d:%d ", s.N, s.Objects, s.Added.UnixMilli())
		withdrawn += s.Withdrawn
	}
	now := x.server.Now()
	if x.place == nil || withdrawn != x.withdrawn || now.Sub(x.begun) > rebuildAfter || now.Before(x.begun) {
		x.begun, x.seen, x.withdrawn, x.events = now, "-", withdrawn, nil
		x.place, x.members, x.open, x.orgNames = map[string]int{}, map[uint64]uint32{}, map[windowKey]*window{}, map[string]string{}
		x.after.reports, x.after.loose, x.after.sightings = 0, 0, 0
	}
	if seen == x.seen {
		return nil
	}
	x.sources, x.numbers = map[int64]intel.Source{}, nil
	for _, s := range list {
		x.sources[s.N] = s
		x.numbers = append(x.numbers, s.N)
	}
	if len(x.numbers) > 0 {
		for _, fold := range []func(context.Context) error{x.foldReports, x.foldLoose, x.foldSightings} {
			if err := fold(ctx); err != nil {
				return err
			}
		}
	}
	x.seen = seen
	return nil
}

// list gives what the client can be shown, by UUID where uuids are named, the oldest
// first.
func (x *index) list(ctx context.Context, want func(*entry) bool) ([]entry, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.fresh(ctx); err != nil {
		return nil, err
	}
	var all []entry
	for _, e := range x.events {
		if e != nil && (e.id != "" || e.loose > 0) && (want == nil || want(e)) {
			all = append(all, *e)
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int { return a.Timestamp.Compare(b.Timestamp) })
	return all, nil
}

// find gives one event by its UUID or its number; ok is false where the client sees
// none.
func (x *index) find(ctx context.Context, id string) (e entry, ok bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.fresh(ctx); err != nil {
		return e, false, err
	}
	i, ok := x.place[lower(id)]
	if !ok && isNumber(id) {
		for _, e := range x.events {
			if e != nil && number(e.UUID) == id {
				i, ok = x.place[e.UUID]
			}
		}
	}
	if !ok || x.events[i] == nil || x.events[i].id == "" && x.events[i].loose == 0 {
		return e, false, nil
	}
	return *x.events[i], true, nil
}

// hollow notes of an event that it holds no attribute, no object and no report. An
// instance takes none of these, and comes again for each that a list names: so no list
// for instances does, until the event changes.
func (x *index) hollow(e entry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if i, ok := x.place[e.UUID]; ok && x.events[i] != nil && x.events[i].Timestamp.Equal(e.Timestamp) {
		x.events[i].hollow = true
	}
}

// empty takes an event out of the index of which nothing could be made, until something
// is added to it.
func (x *index) empty(e entry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if i, ok := x.place[e.UUID]; ok && x.events[i] != nil && x.events[i].n == e.n && x.events[i].last == e.last {
		if e.id != "" {
			x.events[i] = nil
		} else {
			x.events[i].loose = 0
		}
	}
}

// holding gives the events that hold objects: places in the store by identifier.
func (x *index) holding(ctx context.Context, held []intel.Held) ([]entry, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.fresh(ctx); err != nil {
		return nil, err
	}
	var all []entry
	seen := map[string]bool{}
	for _, h := range held {
		if e := x.holder(h.ID, h.Source.N, h.N); e != nil && !seen[e.UUID] {
			seen[e.UUID] = true
			all = append(all, *e)
		}
	}
	return all, nil
}

// holder is the event that holds an object; nil where none does.
func (x *index) holder(id string, source int64, n uint64) *entry {
	if i, ok := x.members[hash(id)]; ok {
		return x.events[i]
	}
	for _, e := range x.events {
		if e != nil && e.id == "" && e.loose > 0 && e.window.source == source && e.n <= n && n <= e.last {
			return e
		}
	}
	return nil
}

// held says whether a report that the client sees holds an object.
func (x *index) held(id string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, ok := x.members[hash(id)]
	return ok
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func isNumber(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
