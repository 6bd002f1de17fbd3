package poll_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/poll"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/taxii"
)

// house is a node's store with a TAXII server over it, and a poller.
type house struct {
	t      *testing.T
	now    time.Time
	db     *sqldb.DB
	intel  *intel.Store
	server *httptest.Server
	fault  func(w http.ResponseWriter, r *http.Request, next http.Handler) // nil: none
	token  string
	url    string // of the collection that the client may write to
	poller *poll.Poller
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return h.now }
	var err error
	if h.db, err = sqldb.OpenVolatile(t.Context(), filepath.Join(t.TempDir(), "parley.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.db.Close() })
	if h.intel, err = intel.Open(t.Context(), h.db, clock); err != nil {
		t.Fatal(err)
	}
	clients := gateway.New(h.db, clock)
	who, token, err := clients.Add(t.Context(), gateway.Client{Name: "tool", Token: true, Clearance: intel.Clearance{TLP: stix.Red, Own: true, Write: true}})
	if err != nil {
		t.Fatal(err)
	}
	h.token = filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(h.token, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s := taxii.New(taxii.Options{Clients: clients, Store: h.intel, Statuses: h.db, Key: make([]byte, 32), Now: clock, Log: log})
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.fault != nil {
			h.fault(w, r, s)
			return
		}
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(h.server.Close)
	list, err := taxii.Shelves{Store: h.intel}.Of(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	h.url = h.server.URL + taxii.Root + "collections/" + list[0].ID + "/"
	h.poller = poll.New(h.db, h.intel, clock, log)
	return h
}

func identity(i int) string {
	return fmt.Sprintf(`{"type":"identity","spec_version":"2.1","id":"identity--%08d-1111-4111-8111-111111111111","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"n","object_marking_refs":["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"]}`, i)
}

// step polls what is due to its end, and says when the next is.
func (h *house) step() (time.Time, error) {
	if _, err := h.poller.Step(h.t.Context()); err != nil {
		return time.Time{}, err
	}
	h.poller.Wait()
	return h.poller.Step(h.t.Context())
}

// fill gives the house objects from..to of the tool's own.
func (h *house) fill(source string, from, to int) {
	h.t.Helper()
	var b strings.Builder
	for i := from; i < to; i++ {
		b.WriteString(identity(i) + "\n")
	}
	r, err := h.intel.Import(h.t.Context(), strings.NewReader(b.String()), intel.ImportOptions{Format: intel.STIX, Source: intel.Source{Direction: intel.Own, Name: source}})
	if err != nil || r.Taken != to-from {
		h.t.Fatalf("%+v %v", r, err)
	}
}

// has counts the objects of a source.
func (h *house) has(source string) int {
	h.t.Helper()
	src, err := h.intel.SourceFor(h.t.Context(), intel.Source{Direction: intel.Own, Name: source})
	if err != nil {
		h.t.Fatal(err)
	}
	return int(src.Objects)
}

func (h *house) feed(from *house, change func(*poll.Feed)) {
	h.t.Helper()
	f := poll.Feed{Name: "f", Kind: poll.TAXII, URL: from.url, User: "tool", SecretFile: from.token, Every: time.Hour}
	if change != nil {
		change(&f)
	}
	if err := h.poller.Add(h.t.Context(), f); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) poll() poll.Report {
	h.t.Helper()
	r, err := h.poller.Poll(h.t.Context(), "f")
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// TestPull: pages, what is new since, and nothing twice.
func TestPull(t *testing.T) {
	from, to := newHouse(t), newHouse(t)
	from.fill("tool", 0, 2500)
	to.feed(from, nil)
	if r := to.poll(); r.Pages != 3 || r.New != 2500 || !r.Complete || to.has("feed:f") != 2500 {
		t.Fatalf("%+v", r)
	}
	if r := to.poll(); r.Pages != 1 || r.Objects != 0 || !r.Complete {
		t.Fatalf("nothing is new: %+v", r)
	}
	from.fill("tool", 2500, 2503)
	if r := to.poll(); r.New != 3 || r.Objects != 3 {
		t.Fatalf("%+v", r)
	}
	list, err := to.poller.List(t.Context())
	if err != nil || list[0].Objects != 2503 || list[0].State != "" || !list[0].Due.Equal(to.now.Add(time.Hour)) {
		t.Fatalf("%+v %v", list, err)
	}
}

// edit changes an envelope on its way.
func edit(change func(r *http.Request, v map[string]json.RawMessage, head http.Header)) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		v := map[string]json.RawMessage{}
		if rec.Code == 200 && json.Unmarshal(rec.Body.Bytes(), &v) == nil {
			change(r, v, rec.Header())
			raw, _ := json.Marshal(v)
			rec.Body = bytes.NewBuffer(raw)
		}
		rec.Header().Del("Content-Length")
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		io.Copy(w, rec.Body)
	}
}

// TestPullByDate: a server that pages by date alone, also one whose added_after is inclusive.
func TestPullByDate(t *testing.T) {
	from, to := newHouse(t), newHouse(t)
	from.fill("tool", 0, 2500)
	from.fault = edit(func(_ *http.Request, v map[string]json.RawMessage, _ http.Header) { delete(v, "next") })
	to.feed(from, nil)
	if r := to.poll(); r.New != 2500 || !r.Complete || r.Pages != 3 {
		t.Fatalf("%+v", r)
	}
}

// TestPullStuck: a server that gives one page for ever is left, and what it gave stays.
func TestPullStuck(t *testing.T) {
	from, to := newHouse(t), newHouse(t)
	from.fill("tool", 0, 10)
	same := edit(func(_ *http.Request, v map[string]json.RawMessage, _ http.Header) {
		v["more"], v["next"] = json.RawMessage("true"), json.RawMessage(`"again"`)
	})
	from.fault = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		r.URL.RawQuery = ""
		same(w, r, next)
	}
	to.feed(from, nil)
	if _, err := to.poller.Poll(t.Context(), "f"); err == nil || to.has("feed:f") != 10 {
		t.Fatalf("%v", err)
	}
}

// TestPullForgotten: a server that has forgotten next is gone on with by date.
func TestPullForgotten(t *testing.T) {
	from, to := newHouse(t), newHouse(t)
	from.fill("tool", 0, 2500)
	asked := 0
	from.fault = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if asked++; r.URL.Query().Has("next") && asked == 2 {
			http.Error(w, "what next?", http.StatusNotFound)
			return
		}
		next.ServeHTTP(w, r)
	}
	to.feed(from, nil)
	if r := to.poll(); r.New != 2500 || r.Objects != 2500 {
		t.Fatalf("%+v", r)
	}
}

// TestPullLater: 429 is honoured, and the place of the poll is kept over it.
func TestPullLater(t *testing.T) {
	from, to := newHouse(t), newHouse(t)
	from.fill("tool", 0, 2500)
	asked := 0
	from.fault = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if asked++; asked == 2 {
			w.Header().Set("Retry-After", "600")
			http.Error(w, "slowly", http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	}
	to.feed(from, nil)
	r, err := to.poller.Poll(t.Context(), "f")
	if err == nil || !r.Until.Equal(to.now.Add(10*time.Minute)) || r.New != 1000 {
		t.Fatalf("%+v %v", r, err)
	}
	if next, err := to.step(); err != nil || !next.Equal(r.Until) || asked != 2 {
		t.Fatalf("due %s, asked %d times, %v", next, asked, err)
	}
	to.now = r.Until
	if next, err := to.step(); err != nil || !next.Equal(to.now.Add(time.Hour)) || to.has("feed:f") != 2500 {
		t.Fatalf("due %s, %d objects, %v", next, to.has("feed:f"), err)
	}
}

// TestPullCut: a page that is cut off is fetched again from its beginning; nothing is lost or twice.
func TestPullCut(t *testing.T) {
	from, to := newHouse(t), newHouse(t)
	from.fill("tool", 0, 1500)
	cut := true
	from.fault = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !r.URL.Query().Has("next") || !cut {
			next.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
		panic(http.ErrAbortHandler)
	}
	from.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	to.feed(from, nil)
	if _, err := to.poller.Poll(t.Context(), "f"); err == nil {
		t.Fatal("a page was cut off, and nobody said so")
	}
	cut = false
	if r := to.poll(); !r.Complete || to.has("feed:f") != 1500 {
		t.Fatalf("%+v, %d objects", r, to.has("feed:f"))
	}
}

// TestPush: what may go out goes, once, and nothing that a feed brought goes back.
func TestPush(t *testing.T) {
	from, to := newHouse(t), newHouse(t)
	from.fill("", 0, 1200)
	from.fill("feed:other", 5000, 5010)
	red := strings.Replace(identity(9000), "94868c89-83c2-464b-929b-a1a8aa3c8487", "e828b379-4e03-4974-9ac4-e53a884c97c1", 1)
	if _, err := from.intel.Import(t.Context(), strings.NewReader(red), intel.ImportOptions{Format: intel.STIX}); err != nil {
		t.Fatal(err)
	}
	limit := 200_000
	to.fault = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.ContentLength > int64(limit) {
			http.Error(w, "less", http.StatusRequestEntityTooLarge)
			return
		}
		next.ServeHTTP(w, r)
	}
	from.feed(to, func(f *poll.Feed) { f.Push, f.TLP, f.Own = true, stix.Green, true })
	if r := from.poll(); r.New != 1200 || r.Failed != 0 || !r.Complete || to.has("tool") != 1200 {
		t.Fatalf("%+v", r)
	}
	from.fill("", 1200, 1203)
	if r := from.poll(); r.Objects != 3 || to.has("tool") != 1203 {
		t.Fatalf("%+v", r)
	}
}

// TestFile: a list of a web server, fetched again only where it has changed.
func TestFile(t *testing.T) {
	h := newHouse(t)
	body, asked := identity(1), 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, parley.Sum([]byte(body))))
		http.ServeContent(w, r, "list.json", time.Time{}, strings.NewReader(body))
	}))
	defer s.Close()
	if err := h.poller.Add(t.Context(), poll.Feed{Name: "f", Kind: poll.HTTP, URL: s.URL + "/list.json", Every: time.Hour, Marking: stix.Green, Format: intel.STIX}); err != nil {
		t.Fatal(err)
	}
	h.poll()
	if r := h.poll(); r.Objects != 0 || asked != 2 || !r.Complete {
		t.Fatalf("%+v after %d requests", r, asked)
	}
	body = identity(2)
	if r := h.poll(); r.New != 1 {
		t.Fatalf("%+v", r)
	}
}

// TestFeeds: what is no feed is refused, and says what would be right.
func TestFeeds(t *testing.T) {
	h := newHouse(t)
	for want, change := range map[string]func(f *poll.Feed){
		"want a name":              func(f *poll.Feed) { f.Name = "A b" },
		"want taxii, misp or http": func(f *poll.Feed) { f.Kind = "ftp" },
		"want an https URL":        func(f *poll.Feed) { f.URL = "http://feeds.corvia.example/collections/1/" },
		"--secret-file":            func(f *poll.Feed) { f.URL = "https://a:b@feeds.corvia.example/collections/1/" },
		"collections/ID":           func(f *poll.Feed) { f.URL = "https://feeds.corvia.example/taxii2/" },
		"want from 1m0s":           func(f *poll.Feed) { f.Every = time.Second },
		"both or neither":          func(f *poll.Feed) { f.CertFile = "c" },
		"cannot be read":           func(f *poll.Feed) { f.SecretFile = "nowhere" },
		"a user without":           func(f *poll.Feed) { f.SecretFile = "" },
		"strictest marking":        func(f *poll.Feed) { f.Push = true },
		"nothing would go":         func(f *poll.Feed) { f.Push, f.TLP = true, stix.Green },
		"only a collection":        func(f *poll.Feed) { f.Push, f.Kind = true, poll.HTTP },
	} {
		f := poll.Feed{Name: "f", Kind: poll.TAXII, URL: h.url, User: "tool", SecretFile: h.token, Every: time.Hour}
		change(&f)
		if err := h.poller.Add(t.Context(), f); parley.KindOf(err) != parley.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	h.feed(h, nil)
	if err := h.poller.Add(t.Context(), poll.Feed{Name: "f", Kind: poll.TAXII, URL: h.url, Every: time.Hour}); parley.KindOf(err) != parley.Conflict {
		t.Error(err)
	}
	if err := h.poller.Remove(t.Context(), "f"); err != nil {
		t.Error(err)
	}
	if _, err := h.poller.Poll(t.Context(), "f"); parley.KindOf(err) != parley.NotFound {
		t.Error(err)
	}
}

// TestAway: credentials stay with the server that they were given to.
func TestAway(t *testing.T) {
	h := newHouse(t)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Error("somebody else was asked") }))
	defer other.Close()
	h.fault = func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Redirect(w, r, other.URL, http.StatusFound)
	}
	h.feed(h, nil)
	if _, err := h.poller.Poll(context.Background(), "f"); parley.KindOf(err) != parley.Untrusted {
		t.Error(err)
	}
}

// TestSlowFeed: a feed whose server stands still keeps no other waiting, and ends with its context.
func TestSlowFeed(t *testing.T) {
	from, to := newHouse(t), newHouse(t)
	from.fill("tool", 0, 10)
	asked := make(chan struct{}, 1)
	still := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer still.Close()
	to.feed(from, nil)
	if err := to.poller.Add(t.Context(), poll.Feed{Name: "a-slow", Kind: poll.HTTP, URL: still.URL + "/list", Every: time.Hour}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	if _, err := to.poller.Step(ctx); err != nil {
		t.Fatal(err)
	}
	<-asked
	for to.has("feed:f") != 10 {
		<-to.poller.Changed()
	}
	if _, err := to.poller.Step(ctx); err != nil || len(asked) != 0 {
		t.Fatal("what is polled is polled a second time", err)
	}
	stop()
	to.poller.Wait()
	list, err := to.poller.List(t.Context())
	if err != nil || list[0].Name != "a-slow" || list[0].State != "" || list[0].Due.After(to.now) {
		t.Fatalf("%+v %v: want it due as before", list, err)
	}
}
