package officer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// MaxWatch bounds a turn, so that a forgotten one ends by itself.
const MaxWatch = 24 * time.Hour

// How a turn of watch ended.
const (
	EndedHandedOver = "handed over" // its officer gave it to the next
	EndedTakenOver  = "taken over"  // another took it, with a reason
	EndedLapsed     = "lapsed"      // its time had run out when the next took it
	EndedEnded      = "ended"       // its officer left the desk unattended, and said so
	EndedRemoved    = "removed"     // its officer was removed
)

// WatchStore keeps turns of watch; a turn that has ended is never changed.
type WatchStore interface {
	// OpenTurns gives the turns that have not ended, by body.
	OpenTurns(ctx context.Context) ([]sqldb.TurnRow, error)
	// SwapTurns makes all changes in one transaction, or none. Conflict where
	// the open turn of a body is not the one that the change expects.
	SwapTurns(ctx context.Context, changes []sqldb.TurnSwap) error
	// Turns gives the newest turns, open ones first.
	Turns(ctx context.Context, limit int) ([]sqldb.TurnRow, error)
}

// Turn is one officer's watch for one body.
type Turn struct {
	Body    parley.Body `json:"body"`
	Officer string      `json:"officer"`
	Taken   time.Time   `json:"taken"` // UTC
	Until   time.Time   `json:"until"` // UTC; what was promised
	Ended   time.Time   `json:"ended,omitzero"`
	How     string      `json:"how,omitempty"`  // one of the Ended words; empty while it runs
	Next    string      `json:"next,omitempty"` // the officer who followed
	Note    string      `json:"note,omitempty"`
	Matters []Matter    `json:"matters,omitempty"` // what was open when it ended; pointers, no texts
	id      int64
}

// Attended reports whether the turn still runs at the instant.
func (t Turn) Attended(at time.Time) bool { return t.Ended.IsZero() && at.Before(t.Until) }

// Watch says who has the desk. Safe for concurrent use.
type Watch struct {
	store    WatchStore
	officers *Officers
	now      func() time.Time
	matters  Matters                // nil: nobody can say what is open
	changed  atomic.Pointer[func()] // nil: nobody is told
}

// NewWatch opens the watch of a node.
func NewWatch(store WatchStore, officers *Officers, now func() time.Time) *Watch {
	return &Watch{store: store, officers: officers, now: now}
}

// Notify has f called after each change of watch, in the goroutine of whoever made it.
func (w *Watch) Notify(f func()) { w.changed.Store(&f) }

// TakeRequest takes the watch. No body means every body the officer acts for.
type TakeRequest struct {
	Officer string        `json:"officer"`
	Body    parley.Body   `json:"body,omitempty"`
	For     time.Duration `json:"for_ns"`           // how long, up to MaxWatch
	Reason  string        `json:"reason,omitempty"` // owed where another has it: taken over, on the record
}

// WatchResponse is the state after the act.
type WatchResponse struct {
	Turns   []Turn   `json:"turns"`             // one for each body that is attended, or whose turn has run out
	History []Turn   `json:"history,omitempty"` // newest first
	Open    []Matter `json:"open,omitempty"`    // what is open for these bodies now, the most urgent first
}

// Take begins turns. Conflict where another officer has the watch and no reason
// is given; Forbidden where taking over needs the role override, or the officer
// does not act for the body. Taking one's own watch again prolongs it.
func (w *Watch) Take(ctx context.Context, in TakeRequest) (WatchResponse, error) {
	who, bodies, err := w.party(ctx, in.Officer, in.Body)
	if err != nil {
		return WatchResponse{}, err
	}
	if err := checkFor(in.For); err != nil {
		return WatchResponse{}, err
	}
	if err := checkNote(in.Reason); err != nil {
		return WatchResponse{}, err
	}
	open, err := w.open(ctx)
	if err != nil {
		return WatchResponse{}, err
	}
	now := w.now().UTC()
	for _, body := range bodies { // refuse before the first change
		t, ok := open[body]
		if !ok || t.Officer == who.Name || !t.Attended(now) {
			continue
		}
		if in.Reason == "" {
			return WatchResponse{}, parley.E(parley.Conflict, "%s has the watch for %s until %s", t.Officer, body, t.Until.Format(time.RFC3339)).
				WithHint("ask them to hand it over, or take it over with a reason")
		}
		if !who.May(Override) {
			return WatchResponse{}, parley.E(parley.Forbidden, "taking over a running watch needs the role override")
		}
	}
	var changes []sqldb.TurnSwap
	for _, body := range bodies {
		t := open[body]
		end := sqldb.TurnEnd{At: now.UnixMicro(), How: EndedTakenOver, Next: who.Name, Note: in.Reason}
		switch {
		case t.Officer == who.Name && t.Attended(now):
			end.How, end.Note = EndedHandedOver, "" // prolonged: handed over to oneself
		case !t.Attended(now):
			end.How, end.Note = EndedLapsed, ""
		}
		changes = append(changes, begin(sqldb.TurnSwap{Body: string(body), Open: t.id, End: end}, who.Name, now, in.For))
	}
	return w.swap(ctx, changes)
}

// HandOverRequest gives the watch to another officer.
type HandOverRequest struct {
	Officer string        `json:"officer"`
	To      string        `json:"to"`
	Body    parley.Body   `json:"body,omitempty"` // empty: every body of which the officer has the watch
	For     time.Duration `json:"for_ns"`
	Note    string        `json:"note,omitempty"` // what the next should know; stays on this node
}

// HandOver ends the officer's turns and begins the next officer's. Conflict
// where the officer does not have the watch; Forbidden where the next does not act for the body.
func (w *Watch) HandOver(ctx context.Context, in HandOverRequest) (WatchResponse, error) {
	next, err := w.officers.Find(ctx, in.To)
	if err != nil {
		return WatchResponse{}, err
	}
	if err := checkFor(in.For); err != nil {
		return WatchResponse{}, err
	}
	mine, err := w.mine(ctx, in.Officer, in.Body, in.Note)
	if err != nil {
		return WatchResponse{}, err
	}
	for _, t := range mine {
		if !next.ActsFor(t.Body) {
			return WatchResponse{}, parley.E(parley.Forbidden, "%s does not act for %s", next.Name, t.Body)
		}
	}
	now := w.now().UTC()
	var changes []sqldb.TurnSwap
	for _, t := range mine {
		end := sqldb.TurnEnd{At: now.UnixMicro(), How: EndedHandedOver, Next: next.Name, Note: in.Note}
		changes = append(changes, begin(sqldb.TurnSwap{Body: string(t.Body), Open: t.id, End: end}, next.Name, now, in.For))
	}
	return w.swap(ctx, changes)
}

// EndRequest leaves the desk unattended.
type EndRequest struct {
	Officer string      `json:"officer"`
	Body    parley.Body `json:"body,omitempty"`
	Note    string      `json:"note,omitempty"`
}

// End ends the officer's turns; nobody follows. Alerts go on as they are configured.
func (w *Watch) End(ctx context.Context, in EndRequest) (WatchResponse, error) {
	mine, err := w.mine(ctx, in.Officer, in.Body, in.Note)
	if err != nil {
		return WatchResponse{}, err
	}
	var changes []sqldb.TurnSwap
	for _, t := range mine {
		end := sqldb.TurnEnd{At: w.now().UnixMicro(), How: EndedEnded, Note: in.Note}
		changes = append(changes, sqldb.TurnSwap{Body: string(t.Body), Open: t.id, End: end})
	}
	return w.swap(ctx, changes)
}

// StatusRequest asks who has the watch, with up to History past turns.
type StatusRequest struct {
	History int  `json:"history,omitempty"`
	Open    bool `json:"open,omitempty"` // with what is open for the bodies of the open turns
}

// Status gives the open turns by body; one whose time has run out is still
// there, and Attended is false for it.
func (w *Watch) Status(ctx context.Context, in StatusRequest) (WatchResponse, error) {
	rows, err := w.store.OpenTurns(ctx)
	if err != nil {
		return WatchResponse{}, fmt.Errorf("watch status: %w", err)
	}
	out := WatchResponse{Turns: fromTurns(rows)}
	if in.History > 0 {
		if rows, err = w.store.Turns(ctx, min(in.History, 1000)); err != nil {
			return WatchResponse{}, fmt.Errorf("watch history: %w", err)
		}
		out.History = fromTurns(rows)
	}
	if in.Open {
		if out.Open, err = w.openMatters(ctx, bodiesOf(out.Turns)); err != nil {
			return WatchResponse{}, err
		}
	}
	return out, nil
}

// party is the officer and the bodies meant.
func (w *Watch) party(ctx context.Context, name string, body parley.Body) (Officer, []parley.Body, error) {
	who, err := w.officers.Find(ctx, name)
	if err != nil {
		return who, nil, err
	}
	if body == "" {
		return who, who.Bodies, nil
	}
	if !who.ActsFor(body) {
		return who, nil, parley.E(parley.Forbidden, "%s does not act for %.150s", who.Name, body)
	}
	return who, []parley.Body{body}, nil
}

// mine is the officer's open turns, or of one body only.
func (w *Watch) mine(ctx context.Context, name string, body parley.Body, note string) ([]Turn, error) {
	if err := checkNote(note); err != nil {
		return nil, err
	}
	who, _, err := w.party(ctx, name, body)
	if err != nil {
		return nil, err
	}
	open, err := w.open(ctx)
	if err != nil {
		return nil, err
	}
	var mine []Turn
	for _, t := range open {
		if t.Officer == who.Name && (body == "" || t.Body == body) {
			mine = append(mine, t)
		}
	}
	if len(mine) == 0 {
		return nil, parley.E(parley.Conflict, "%s does not have the watch", who.Name).WithHint("take it first")
	}
	slices.SortFunc(mine, func(a, b Turn) int { return strings.Compare(string(a.Body), string(b.Body)) })
	return mine, nil
}

func (w *Watch) open(ctx context.Context) (map[parley.Body]Turn, error) {
	rows, err := w.store.OpenTurns(ctx)
	if err != nil {
		return nil, fmt.Errorf("watch status: %w", err)
	}
	open := map[parley.Body]Turn{}
	for _, t := range fromTurns(rows) {
		open[t.Body] = t
	}
	return open, nil
}

func (w *Watch) swap(ctx context.Context, changes []sqldb.TurnSwap) (WatchResponse, error) {
	if err := w.keepMatters(ctx, changes); err != nil {
		return WatchResponse{}, err
	}
	if err := w.store.SwapTurns(ctx, changes); err != nil {
		return WatchResponse{}, fmt.Errorf("change of watch: %w", err)
	}
	if f := w.changed.Load(); f != nil {
		(*f)()
	}
	return w.Status(ctx, StatusRequest{Open: true})
}

// begin adds the turn that follows to a change.
func begin(c sqldb.TurnSwap, next string, now time.Time, length time.Duration) sqldb.TurnSwap {
	c.Begin = &sqldb.TurnRow{Body: c.Body, Officer: next, Taken: now.UnixMicro(), Until: now.Add(length).UnixMicro()}
	return c
}

func checkFor(d time.Duration) error {
	if d < time.Minute || d > MaxWatch {
		return parley.E(parley.Invalid, "length of the watch: want one minute to 24 hours")
	}
	return nil
}

func checkNote(s string) error {
	if !utf8.ValidString(s) || len(s) > 2000 {
		return parley.E(parley.Invalid, "note: want UTF-8 text of at most 2000 octets")
	}
	return nil
}

func fromTurns(rows []sqldb.TurnRow) []Turn {
	out := make([]Turn, 0, len(rows))
	for _, r := range rows {
		t := Turn{Body: parley.Body(r.Body), Officer: r.Officer, Taken: time.UnixMicro(r.Taken).UTC(), Until: time.UnixMicro(r.Until).UTC(),
			How: r.How, Next: r.Next, Note: r.Note, Matters: readMatters(r.Matters), id: r.ID}
		if r.Ended != 0 {
			t.Ended = time.UnixMicro(r.Ended).UTC()
		}
		out = append(out, t)
	}
	return out
}
