package cli

import (
	"context"
	"log/slog"
	"time"
)

// loop takes a step until ctx ends: when the step said that it is due (the zero time: not
// by itself), when something changed, and once a minute. A step that fails is in the log as
// name.step, and is taken again.
func loop[T any](ctx context.Context, log *slog.Logger, name string, changed <-chan T, step func(context.Context) (time.Time, error)) error {
	for {
		next, err := step(ctx)
		if err != nil && ctx.Err() == nil {
			log.Error("a step failed", "event", name+".step", "error", err)
		}
		pause := time.Minute
		if !next.IsZero() {
			pause = min(pause, max(time.Until(next), 10*time.Millisecond))
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-changed:
		case <-t.C:
		}
		t.Stop()
	}
}
