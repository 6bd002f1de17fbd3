package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
	"parley.example/parley/internal/config"
	"parley.example/parley/internal/store/sqldb"
)

var start = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

// hook is a webhook's receiver; fail makes it answer 500.
type hook struct {
	*httptest.Server
	mu   sync.Mutex
	fail bool      // guarded by mu
	got  []Pointer // guarded by mu
	head []http.Header
	raw  [][]byte
}

func newHook(t *testing.T) *hook {
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.fail {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		raw, _ := io.ReadAll(r.Body)
		var p Pointer
		if err := json.Unmarshal(raw, &p); err != nil {
			t.Errorf("posted %q: %v", raw, err)
		}
		h.got, h.head, h.raw = append(h.got, p), append(h.head, r.Header), append(h.raw, raw)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) set(fail bool) { h.mu.Lock(); h.fail = fail; h.mu.Unlock() }

func (h *hook) take() []Pointer {
	h.mu.Lock()
	defer h.mu.Unlock()
	got := h.got
	h.got = nil
	return got
}

func (h *hook) channel(name, from string) config.Webhook {
	return config.Webhook{Name: name, From: from, URL: h.URL}
}

func openStore(t *testing.T) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(context.Background(), filepath.Join(t.TempDir(), "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func newAlerts(t *testing.T, db *sqldb.DB, c config.Alert) *Alerts {
	t.Helper()
	if c.Repeat == 0 {
		c.Repeat = config.Duration(5 * time.Minute)
	}
	a, err := New(db, c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func raise(t *testing.T, a *Alerts, n byte, p parley.Precedence, at time.Time) Raised {
	t.Helper()
	r := Raised{Key: parley.MessageID{n}, From: "borea.example/cert", To: []parley.Body{"aster.example/cert"}, Precedence: p,
		Thread: fmt.Sprintf("borea/%d", n), URL: "http://127.0.0.1:7480/message/x"}
	if err := a.Raise(context.Background(), r, at); err != nil {
		t.Fatal(err)
	}
	return r
}

func step(t *testing.T, a *Alerts, at time.Time) time.Time {
	t.Helper()
	next, err := a.Step(context.Background(), at)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func threads(got []Pointer) []string {
	out := []string{}
	for _, p := range got {
		s := fmt.Sprintf("%s#%d", p.Thread, p.Repeat)
		if p.More > 0 {
			s += fmt.Sprintf("+%d", p.More)
		}
		out = append(out, s)
	}
	return out
}

func want(t *testing.T, h *hook, w ...string) {
	t.Helper()
	if w == nil {
		w = []string{}
	}
	if diff := cmp.Diff(w, threads(h.take())); diff != "" {
		t.Error(diff)
	}
}

func TestFlashRepeatsUntilAcknowledged(t *testing.T) {
	h := newHook(t)
	db := openStore(t)
	c := config.Alert{Webhook: []config.Webhook{h.channel("chat", "immediate")}}
	a := newAlerts(t, db, c)
	if next := step(t, a, start); !next.IsZero() {
		t.Errorf("nothing waits, next = %v", next)
	}
	r := raise(t, a, 7, parley.Flash, start)
	raise(t, a, 7, parley.Flash, start.Add(time.Hour)) // the same message
	if next := step(t, a, start); !next.Equal(start.Add(5 * time.Minute)) {
		t.Errorf("next = %v", next)
	}
	want(t, h, "borea/7#0")
	step(t, a, start.Add(5*time.Minute-time.Second))
	want(t, h)
	step(t, a, start.Add(5*time.Minute))
	want(t, h, "borea/7#1")

	a = newAlerts(t, db, c) // the node restarts
	step(t, a, start.Add(48*time.Hour))
	want(t, h, "borea/7#2")

	if err := a.Close(context.Background(), r.Key, "acknowledged", start.Add(49*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if next := step(t, a, start.Add(50*time.Hour)); !next.IsZero() {
		t.Errorf("next = %v after the acknowledgement", next)
	}
	want(t, h)
}

func TestOthersAreSentOnce(t *testing.T) {
	h := newHook(t)
	a := newAlerts(t, openStore(t), config.Alert{Webhook: []config.Webhook{h.channel("chat", "priority")}})
	raise(t, a, 1, parley.Priority, start)
	raise(t, a, 2, parley.Routine, start) // below the channel
	raise(t, a, 3, parley.Immediate, start.Add(time.Second))
	step(t, a, start.Add(time.Minute))
	want(t, h, "borea/3#0", "borea/1#0") // the more urgent first
	step(t, a, start.Add(time.Hour))
	want(t, h)
}

func TestFailuresAreRetriedAndVisible(t *testing.T) {
	h, other := newHook(t), newHook(t)
	a := newAlerts(t, openStore(t), config.Alert{Webhook: []config.Webhook{h.channel("chat", "routine"), other.channel("second", "routine")}})
	ctx := context.Background()
	h.set(true)
	raise(t, a, 1, parley.Flash, start)
	raise(t, a, 2, parley.Routine, start)
	now := start
	var pauses []time.Duration
	for range 5 {
		next := step(t, a, now)
		pauses = append(pauses, next.Sub(now))
		now = next
	}
	if diff := cmp.Diff([]time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, time.Minute, 20 * time.Second}, pauses); diff != "" {
		t.Error(diff) // the last is the routine one's 80 s, a minute into the flash's
	}
	want(t, other, "borea/1#0", "borea/2#0") // a failing channel delays no other
	list, err := a.List(ctx, ListRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if s := list.Alerts[0].Sends[0]; s.Channel != "chat" || s.Sent != 0 || s.Failures != 5 || s.Error != "webhook answered 500" || s.Next.IsZero() {
		t.Errorf("flash on the failing channel: %+v", s)
	}
	if len(list.Attempts) < 10 || list.Attempts[0].Error == "" {
		t.Errorf("attempts: %+v", list.Attempts)
	}
	if !list.Alerts[0].Reached {
		t.Error("the second channel took it")
	}

	h.set(false)
	step(t, a, now.Add(time.Hour))
	want(t, h, "borea/1#0", "borea/2#0")

	h.set(true)
	raise(t, a, 3, parley.Routine, now)
	step(t, a, now.Add(giveUp))
	list, _ = a.List(ctx, ListRequest{})
	for _, l := range list.Alerts {
		if l.Thread == "borea/3" && l.Sends[0].State != sqldb.SendFailed {
			t.Errorf("a routine alert is tried for ever: %+v", l.Sends[0])
		}
	}
}

func TestQuietHoursNeverHoldBackFlash(t *testing.T) {
	h := newHook(t)
	a := newAlerts(t, openStore(t), config.Alert{QuietFrom: "22:00", QuietTo: "06:30", TimeZone: "Europe/Vienna",
		Webhook: []config.Webhook{h.channel("chat", "routine")}})
	night := time.Date(2026, 11, 22, 22, 15, 0, 0, time.UTC) // 23:15 there
	raise(t, a, 1, parley.Immediate, night)
	raise(t, a, 2, parley.Flash, night)
	step(t, a, night)
	want(t, h, "borea/2#0")
	if err := a.Close(context.Background(), parley.MessageID{2}, "acknowledged", night); err != nil {
		t.Fatal(err)
	}
	morning := time.Date(2026, 11, 23, 5, 30, 0, 0, time.UTC)
	if next := step(t, a, night.Add(time.Minute)); !next.Equal(morning) {
		t.Errorf("next = %v, want %v", next, morning)
	}
	if un, err := a.Unreached(context.Background(), night.Add(time.Hour), time.Minute); err != nil || len(un) != 0 {
		t.Errorf("held back on purpose, yet unreached: %v, %v", un, err)
	}
	step(t, a, morning)
	want(t, h, "borea/1#0")
}

func TestAChannelThatWaitsItsTurn(t *testing.T) {
	first, boss := newHook(t), newHook(t)
	late := boss.channel("boss", "flash")
	late.After = config.Duration(15 * time.Minute)
	a := newAlerts(t, openStore(t), config.Alert{Webhook: []config.Webhook{first.channel("duty", "flash"), late}})
	raise(t, a, 1, parley.Flash, start)
	raise(t, a, 2, parley.Flash, start)
	step(t, a, start)
	want(t, boss)
	if err := a.Close(context.Background(), parley.MessageID{1}, "acknowledged", start.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	step(t, a, start.Add(15*time.Minute))
	want(t, boss, "borea/2#0")
}

func TestAFloodOfMessagesIsNoFloodOfAlerts(t *testing.T) {
	h := newHook(t)
	a := newAlerts(t, openStore(t), config.Alert{Webhook: []config.Webhook{h.channel("chat", "routine")}})
	for n := range byte(20) {
		raise(t, a, n+1, parley.Flash, start.Add(time.Duration(n)*time.Second))
	}
	now := start.Add(time.Minute)
	next := step(t, a, now)
	want(t, h, "borea/1#0", "borea/2#0", "borea/3#0", "borea/4#0", "borea/5#0+15")
	if !next.Equal(now.Add(5 * time.Minute)) {
		t.Errorf("next = %v", next)
	}
	list, _ := a.List(context.Background(), ListRequest{Limit: 100})
	for _, l := range list.Alerts {
		if !l.Reached {
			t.Errorf("%s counts as not told", l.Thread)
		}
	}
}

func TestUnreached(t *testing.T) {
	h := newHook(t)
	h.set(true)
	db := openStore(t)
	a := newAlerts(t, db, config.Alert{Webhook: []config.Webhook{h.channel("chat", "immediate")}})
	raise(t, a, 1, parley.Flash, start)
	raise(t, a, 2, parley.Routine, start)
	step(t, a, start)
	for at, n := range map[time.Duration]int{30 * time.Second: 0, time.Minute: 1} {
		if un, err := a.Unreached(context.Background(), start.Add(at), time.Minute); err != nil || len(un) != n {
			t.Errorf("after %v: %d unreached, %v, want %d", at, len(un), err, n)
		}
	}
	none := newAlerts(t, openStore(t), config.Alert{})
	raise(t, none, 1, parley.Flash, start)
	step(t, none, start)
	if un, _ := none.Unreached(context.Background(), start.Add(time.Minute), time.Minute); len(un) != 1 {
		t.Error("a flash on a node without channels reached somebody")
	}
}

// TestACrashRepeatsButNeverLoses: the outcome is not stored, so the alert is sent again.
func TestACrashRepeatsButNeverLoses(t *testing.T) {
	h := newHook(t)
	db := openStore(t)
	a := newAlerts(t, db, config.Alert{Webhook: []config.Webhook{h.channel("chat", "routine")}})
	raise(t, a, 1, parley.Routine, start)
	step(t, newAlerts(t, db, config.Alert{}), start)
	calls := 0
	db.SetFault(func(step string) error {
		if step == "commit" {
			if calls++; calls == 2 { // the plan is stored, the attempt is not
				return parley.E(parley.Unavailable, "crash")
			}
		}
		return nil
	})
	if _, err := a.Step(context.Background(), start); err == nil {
		t.Fatal("the fault did not show")
	}
	db.SetFault(nil)
	step(t, a, start)
	want(t, h, "borea/1#0", "borea/1#0")
	step(t, a, start.Add(time.Hour))
	want(t, h)
}

func TestPause(t *testing.T) {
	for n, w := range map[int]time.Duration{1: 10 * time.Second, 2: 20 * time.Second, 4: 80 * time.Second, 8: 15 * time.Minute, 1 << 20: 15 * time.Minute} {
		if got := pause(n, false); got != w {
			t.Errorf("pause(%d) = %v, want %v", n, got, w)
		}
	}
}

func TestTry(t *testing.T) {
	h := newHook(t)
	bad := config.Exec{Name: "pager", From: "flash", Command: []string{filepath.Join(t.TempDir(), "missing")}, Timeout: config.Duration(time.Second)}
	a := newAlerts(t, openStore(t), config.Alert{Webhook: []config.Webhook{h.channel("chat", "routine")}, Exec: []config.Exec{bad}})
	got, err := a.Try(context.Background(), TryRequest{URL: "http://127.0.0.1/", From: "aster.example", At: start})
	if err != nil || len(got.Channels) != 2 || got.Channels[0].Error != "" || got.Channels[1].Error == "" {
		t.Errorf("Try = %+v, %v", got, err)
	}
	if p := h.take(); len(p) != 1 || !p[0].Trial {
		t.Errorf("posted %+v", p)
	}
	if _, err := a.Try(context.Background(), TryRequest{Channel: "nope"}); parley.KindOf(err) != parley.NotFound {
		t.Errorf("unknown channel: %v", err)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A channel whose last attempt failed is named until one succeeds; a trial counts.
func TestFailing(t *testing.T) {
	h := newHook(t)
	a := newAlerts(t, openStore(t), config.Alert{Webhook: []config.Webhook{h.channel("chat", "immediate")}})
	failing := func(want int) {
		t.Helper()
		list, err := a.Failing(t.Context())
		if err != nil || len(list) != want || want > 0 && (list[0].Error == "" || list[0].Since.IsZero()) {
			t.Errorf("%+v, %v: want %d", list, err, want)
		}
	}
	failing(0)
	h.set(true)
	if _, err := a.Try(t.Context(), TryRequest{At: start}); err != nil {
		t.Fatal(err)
	}
	failing(1)
	h.set(false)
	if _, err := a.Try(t.Context(), TryRequest{At: start.Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	failing(0)
	h.set(true)
	raise(t, a, 1, parley.Flash, start.Add(2*time.Minute))
	step(t, a, start.Add(2*time.Minute))
	failing(1)
	h.set(false)
	step(t, a, start.Add(3*time.Minute))
	failing(0)
}
