package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/alert"
	"parley.example/parley/internal/config"
	"parley.example/parley/internal/officer"
	"parley.example/parley/internal/store/sqldb"
)

const passphrase = "correct horse battery staple"

// house is a desk that listens, with officers, a watch, alerts and a node from memory.
type house struct {
	*memory
	t        *testing.T
	url      string
	handler  *Handler
	officers *officer.Officers
	watch    *officer.Watch
	alerts   *alert.Alerts
	log      *lines
	mu       sync.Mutex
	offset   time.Duration // guarded by mu; what the clock is ahead
	server   *http.Server
}

// lines collects the log.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }
func (l *lines) String() string              { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// now runs, because a browser runs along with it; tests move it on.
func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.offset)
}

func (h *house) advance(d time.Duration) { h.mu.Lock(); defer h.mu.Unlock(); h.offset += d }

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, log: &lines{}}
	h.memory = newMemory(h.now)
	db, err := sqldb.Open(context.Background(), filepath.Join(t.TempDir(), "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	h.officers = officer.New(db, h.now, officer.WithCost(officer.Cost{Time: 1, Memory: 64, Threads: 1}))
	h.watch = officer.NewWatch(db, h.officers, h.now)
	if h.alerts, err = alert.New(db, config.Alert{Repeat: config.Duration(5 * time.Minute), Exec: []config.Exec{{Name: "pager", From: "immediate", Command: []string{"/bin/false"}, Timeout: config.Duration(time.Second)}}}); err != nil {
		t.Fatal(err)
	}
	for name, roles := range map[string][]string{"anna": {"send", "admin"}, "boris": {"send", "override"}, "reader": nil} {
		if _, err := h.officers.Add(context.Background(), officer.AddRequest{Name: name, Passphrase: passphrase, Bodies: []string{string(asterCert)}, Roles: roles}); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.url = "http://" + l.Addr().String()
	h.handler, err = New(Options{Party: func() parley.Party { return "aster.example" }, Desk: h.memory, Officers: h.officers, Watch: h.watch, Alerts: h.alerts, URL: h.url, Now: h.now,
		Zone: time.FixedZone("", 3600), Beat: time.Second, Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	h.listen(l)
	return h
}

func (h *house) listen(l net.Listener) {
	h.server = h.handler.Server()
	done := make(chan struct{})
	s := h.server
	go func() { s.Serve(l); close(done) }() // the cleanup below waits for it
	h.t.Cleanup(func() {
		h.handler.Close()
		s.Close()
		<-done
	})
}

// vanish cuts every connection without a word, as a dead machine does.
func (h *house) vanish() { h.server.Close() }

// comeBack listens at the same address again.
func (h *house) comeBack() {
	h.t.Helper()
	l, err := net.Listen("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.listen(l)
}

// browser is a client with cookies that shows redirects as they are.
type browser struct {
	*http.Client
	h *house
}

func (h *house) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, h}
}

// as is a browser of an officer who has logged in.
func (h *house) as(name string) *browser {
	h.t.Helper()
	b := h.browser()
	if a := b.post("/login", "name", name, "passphrase", passphrase); a.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("login of %s: %d", name, a.StatusCode)
	}
	return b
}

// answer is a response that was read.
type answer struct {
	*http.Response
	body string
}

func (b *browser) do(r *http.Request) answer {
	b.h.t.Helper()
	resp, err := b.Do(r)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return answer{resp, string(raw)}
}

func (b *browser) get(path string) answer {
	b.h.t.Helper()
	r, err := http.NewRequest("GET", b.h.url+path, nil)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) post(path string, pairs ...string) answer {
	b.h.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest("POST", b.h.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func (a answer) want(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("%s %s: status %d, want %d\n%.2000s", a.Request.Method, a.Request.URL.Path, a.StatusCode, status, a.body)
	}
	for _, s := range texts {
		if !strings.Contains(a.body, s) {
			t.Errorf("%s %s lacks %q:\n%.4000s", a.Request.Method, a.Request.URL.Path, s, a.body)
		}
	}
}
