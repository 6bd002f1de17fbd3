package interop

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/poll"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/taxii"
)

func python(t *testing.T) string {
	t.Helper()
	p := os.Getenv("INTEROP_PYTHON")
	if p == "" {
		t.Skip("no Python with the programs that this test needs: interop/run makes one")
	}
	return p
}

// shelf is a store of intelligence with a TAXII server over it, and a poller.
type shelf struct {
	intel  *intel.Store
	poller *poll.Poller
	url    string
	token  string
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	db, err := sqldb.OpenVolatile(t.Context(), filepath.Join(t.TempDir(), "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	store, err := intel.Open(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	clients := gateway.New(db, time.Now)
	_, token, err := clients.Add(t.Context(), gateway.Client{Name: "tool", Token: true, Delete: true, Clearance: intel.Clearance{TLP: stix.Red, Own: true, Write: true}})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	server := httptest.NewServer(taxii.New(taxii.Options{Clients: clients, Store: store, Statuses: db, Key: make([]byte, 32), Now: time.Now, Log: log}))
	t.Cleanup(server.Close)
	return &shelf{intel: store, poller: poll.New(db, store, time.Now, log), url: server.URL + taxii.Prefix, token: token}
}

// TestTAXIIClient: taxii2-client reads, writes, pages and deletes on our server.
func TestTAXIIClient(t *testing.T) {
	s := newShelf(t)
	out, err := exec.Command(python(t), "taxii/client.py", s.url, "tool", s.token).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%s", out)
}

// TestTAXIIServers: our client pushes to servers that others wrote, and polls them:
// every object comes back as it went out, once.
func TestTAXIIServers(t *testing.T) {
	for _, name := range []string{"medallion", "opentaxii"} {
		t.Run(name, func(t *testing.T) { pushAndPull(t, name) })
	}
}

func pushAndPull(t *testing.T, name string) {
	work := t.TempDir()
	url := servePython(t, name, work)
	secret := filepath.Join(work, "secret")
	if err := os.WriteFile(secret, []byte("Password0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	from, to := newShelf(t), newShelf(t)
	fill(t, from, 0, 303)
	feed := poll.Feed{Name: "f", Kind: poll.TAXII, URL: url, User: "tool", SecretFile: secret, Every: time.Hour}
	if err := to.poller.Add(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	feed.Push, feed.TLP, feed.Own = true, stix.Green, true
	if err := from.poller.Add(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	push := func(n int) {
		t.Helper()
		for range 50 { // a server may take its time; it is asked again
			r, err := from.poller.Poll(t.Context(), "f")
			if err != nil || r.Failed > 0 {
				t.Fatalf("push: %+v %v", r, err)
			}
			if r.Complete && r.Objects == 0 {
				return
			}
			n -= r.Objects
			if n < 0 {
				t.Fatalf("push: %+v", r)
			}
		}
		t.Fatalf("the push does not end")
	}
	pull := func(fresh int) {
		t.Helper()
		r, err := to.poller.Poll(t.Context(), "f")
		if err != nil || r.New != fresh || r.Failed > 0 || !r.Complete {
			t.Fatalf("pull: %+v %v, want %d new", r, err, fresh)
		}
	}
	push(303)
	pull(303)
	pull(0)
	fill(t, from, 303, 310)
	push(7)
	pull(7)
	if a, b := contents(t, from, ""), contents(t, to, "feed:f"); a != b {
		t.Errorf("%d octets came back of %d", len(b), len(a))
	}
}

// servePython starts a server, which ends with the test, and gives its collection.
func servePython(t *testing.T, name, work string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), python(t), "taxii/serve_"+name+".py", work, "tool", "Password0")
	said, err := os.Create(filepath.Join(work, "said"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		said.Close()
	})
	var where struct {
		Port       int
		Collection string
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() { // what a program logs may come before
		if json.Unmarshal(lines.Bytes(), &where); where.Port > 0 {
			go io.Copy(io.Discard, out) // until it ends
			return fmt.Sprintf("http://127.0.0.1:%d%s", where.Port, where.Collection)
		}
	}
	raw, _ := os.ReadFile(said.Name())
	t.Fatalf("%s did not start: %s", name, raw)
	return ""
}

// fill adds objects from..to, canonical in their writing, so that servers which write
// objects anew can give back the same octets after sorting.
func fill(t *testing.T, s *shelf, from, to int) {
	t.Helper()
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, `{"type":"identity","spec_version":"2.1","id":"identity--%08d-1111-4111-8111-111111111111","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"n","object_marking_refs":["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"]}`+"\n", i)
	}
	if r, err := s.intel.Import(t.Context(), strings.NewReader(b.String()), intel.ImportOptions{Format: intel.STIX}); err != nil || r.Taken != to-from {
		t.Fatalf("%+v %v", r, err)
	}
}

// contents is every object of a source, by its identifier, with its members sorted.
func contents(t *testing.T, s *shelf, name string) string {
	t.Helper()
	src, err := s.intel.SourceFor(t.Context(), intel.Source{Direction: intel.Own, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.intel.Find(t.Context(), intel.Query{Clearance: intel.Operator(), Sources: []int64{src.N}, Limit: intel.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	for _, o := range page.Objects {
		var v any
		if err := json.Unmarshal(o.Raw, &v); err != nil {
			t.Fatal(err)
		}
		all[o.ID] = v
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
