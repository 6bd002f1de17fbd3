package alert

import (
	"context"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/config"
	"parley.example/parley/internal/store/sqldb"
)

// ladder is three people, one after the other: ten minutes, twenty minutes, the last.
func ladder(t *testing.T) (duty, deputy, director *hook, c config.Alert) {
	duty, deputy, director = newHook(t), newHook(t), newHook(t)
	c = config.Alert{Repeat: config.Duration(time.Hour),
		Webhook: []config.Webhook{director.channel("director", "flash"), duty.channel("duty", "routine"), deputy.channel("deputy", "priority")},
		Step: []config.Step{
			{Name: "duty officer", Channels: []string{"duty"}, Wait: config.Duration(10 * time.Minute)},
			{Name: "deputy", Channels: []string{"deputy"}, Wait: config.Duration(20 * time.Minute)},
			{Name: "director", Channels: []string{"director"}},
		}}
	return duty, deputy, director, c
}

func counts(hooks ...*hook) (n [3]int) {
	for i, h := range hooks {
		n[i] = len(h.take())
	}
	return n
}

// TestClimb: nobody acknowledges, and the alert goes from one to the next, through a
// restart in between; an acknowledgement ends it.
func TestClimb(t *testing.T) {
	for _, x := range []struct {
		name string
		of   parley.Precedence
		want map[time.Duration][3]int
	}{
		{"a flash reaches everybody", parley.Flash, map[time.Duration][3]int{0: {1, 0, 0}, 9 * time.Minute: {}, 10 * time.Minute: {0, 1, 0}, 29 * time.Minute: {}, 30 * time.Minute: {0, 0, 1}}},
		{"a priority ends at the deputy", parley.Priority, map[time.Duration][3]int{0: {1, 0, 0}, 10 * time.Minute: {0, 1, 0}, 30 * time.Minute: {}, 5 * time.Hour: {}}},
		{"routine stays with the duty officer", parley.Routine, map[time.Duration][3]int{0: {1, 0, 0}, 10 * time.Minute: {}, 30 * time.Minute: {}}},
	} {
		t.Run(x.name, func(t *testing.T) {
			duty, deputy, director, c := ladder(t)
			db := openStore(t)
			raise(t, newAlerts(t, db, c), 1, x.of, start)
			for _, after := range []time.Duration{0, 9 * time.Minute, 10 * time.Minute, 29 * time.Minute, 30 * time.Minute, 5 * time.Hour} {
				want, ok := x.want[after]
				if !ok {
					continue
				}
				step(t, newAlerts(t, db, c), start.Add(after)) // as after a restart
				if got := counts(duty, deputy, director); got != want {
					t.Errorf("after %v: %v, want %v", after, got, want)
				}
			}
		})
	}
}

func TestClimbEndsWithAnAcknowledgement(t *testing.T) {
	duty, deputy, director, c := ladder(t)
	a := newAlerts(t, openStore(t), c)
	r := raise(t, a, 1, parley.Flash, start)
	step(t, a, start)
	step(t, a, start.Add(10*time.Minute))
	if err := a.Close(context.Background(), r.Key, "acknowledged", start.Add(11*time.Minute)); err != nil {
		t.Fatal(err)
	}
	step(t, a, start.Add(2*time.Hour))
	if got := counts(duty, deputy, director); got != [3]int{1, 1, 0} {
		t.Errorf("woken %v", got)
	}
	list, err := a.List(context.Background(), ListRequest{})
	if err != nil || list.Alerts[0].Step != 2 || len(list.Order) != 3 || list.Order[2].After != 30*time.Minute || len(list.Attempts) != 2 {
		t.Errorf("the list does not show how it climbed: %+v %v", list, err)
	}
}

// TestClimbAtOnce: a step whose channels all fail does not use up its time.
func TestClimbAtOnce(t *testing.T) {
	duty, deputy, director, c := ladder(t)
	duty.set(true)
	a := newAlerts(t, openStore(t), c)
	raise(t, a, 1, parley.Flash, start)
	if next := step(t, a, start); next.After(start) {
		t.Errorf("the next step waits until %v", next)
	}
	step(t, a, start)
	if got := counts(duty, deputy, director); got != [3]int{0, 1, 0} {
		t.Errorf("woken %v, want the deputy at once", got)
	}
	step(t, a, start.Add(5*time.Minute)) // the deputy has it: the director is not due
	if got := counts(duty, deputy, director); got != [3]int{} {
		t.Errorf("woken %v", got)
	}
	deputy.set(true)
	raise(t, a, 2, parley.Flash, start.Add(6*time.Minute))
	for range 3 {
		step(t, a, start.Add(6*time.Minute))
	}
	if got := counts(duty, deputy, director); got != [3]int{0, 0, 1} {
		t.Errorf("woken %v, want the director at once", got)
	}
}

// TestClimbAtNight: quiet hours hold every step but for a flash.
func TestClimbAtNight(t *testing.T) {
	duty, deputy, director, c := ladder(t)
	c.QuietFrom, c.QuietTo = "15:00", "19:00"
	duty.set(true)
	a := newAlerts(t, openStore(t), c)
	raise(t, a, 1, parley.Priority, start)
	raise(t, a, 2, parley.Flash, start)
	for _, after := range []time.Duration{0, 0, 10 * time.Minute, 30 * time.Minute, time.Hour} {
		step(t, a, start.Add(after))
	}
	flash := 0
	for _, p := range append(deputy.take(), director.take()...) {
		if p.Precedence != parley.Flash {
			t.Errorf("%s was not held back", p.Thread)
		}
		flash++
	}
	if flash < 2 {
		t.Errorf("the flash was held back: %d", flash)
	}
	duty.set(false)
	step(t, a, start.Add(3*time.Hour))
	held := 0
	for _, h := range []*hook{duty, deputy} {
		for _, p := range h.take() {
			if p.Precedence == parley.Priority {
				held++
			}
		}
	}
	if held == 0 {
		t.Error("what was held back is lost")
	}
}

var _ Store = (*sqldb.DB)(nil)
