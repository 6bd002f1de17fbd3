package officer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// What a matter waits for.
const (
	MatterWaits   = "waits"   // a message to us waits for a person of ours
	MatterClock   = "clock"   // a request to us is open, and its clock runs
	MatterHeld    = "held"    // a message of ours is held back and can still be undone
	MatterRelease = "release" // a message of ours waits for its second signature
	MatterCheck   = "check"   // a promised check is due, or overdue
)

// MaxMatters bounds the list of a hand-over.
const MaxMatters = 500

// Matter is one thing that whoever takes the watch has to know of: where it stands,
// and never what it says.
type Matter struct {
	What       string            `json:"what"`           // one of the words above
	Name       string            `json:"name"`           // what to type for it: aster/118, a nonce, the check's id
	Body       parley.Body       `json:"body"`           // of ours
	With       parley.Body       `json:"with,omitempty"` // theirs
	Kind       parley.Kind       `json:"kind,omitempty"` // of a message
	Precedence parley.Precedence `json:"precedence,omitempty"`
	Since      time.Time         `json:"since,omitzero"`
	Due        time.Time         `json:"due,omitzero"`
}

// Matters finds what is open for bodies of ours, the most urgent first.
type Matters func(ctx context.Context, bodies []parley.Body) ([]Matter, error)

// Ask has the watch ask f what is open: at each hand-over, whose record keeps the
// answer, and when the status is asked for with Open. Set before the first use.
func (w *Watch) Ask(f Matters) { w.matters = f }

// OpenFor is what is open for bodies now, the most urgent first.
func (w *Watch) OpenFor(ctx context.Context, bodies []parley.Body) ([]Matter, error) {
	return w.openMatters(ctx, bodies)
}

// openMatters asks what is open for bodies; nothing where nobody can say.
func (w *Watch) openMatters(ctx context.Context, bodies []parley.Body) ([]Matter, error) {
	if w.matters == nil || len(bodies) == 0 {
		return nil, nil
	}
	list, err := w.matters(ctx, bodies)
	if err != nil {
		return nil, fmt.Errorf("open matters: %w", err)
	}
	return list[:min(len(list), MaxMatters)], nil
}

// keepMatters puts what is open for the body of each change into its record.
func (w *Watch) keepMatters(ctx context.Context, changes []sqldb.TurnSwap) error {
	for i := range changes {
		list, err := w.openMatters(ctx, []parley.Body{parley.Body(changes[i].Body)})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			continue
		}
		raw, err := json.Marshal(list)
		if err != nil {
			return parley.E(parley.Internal, "open matters: %w", err)
		}
		changes[i].End.Matters = string(raw)
	}
	return nil
}

func readMatters(raw string) (list []Matter) {
	if raw != "" {
		json.Unmarshal([]byte(raw), &list) // what this package wrote
	}
	return list
}

// bodiesOf are the bodies of turns, each once.
func bodiesOf(turns []Turn) (list []parley.Body) {
	for _, t := range turns {
		if !slices.Contains(list, t.Body) {
			list = append(list, t.Body)
		}
	}
	return list
}
