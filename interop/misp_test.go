package interop

import (
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/mispserver"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// TestPyMISP: PyMISP adds, reads, searches and sights at our gateway, with some real
// events too where PARLEY_DATA says where they are.
func TestPyMISP(t *testing.T) {
	py := os.Getenv("INTEROP_MISP")
	if py == "" {
		t.Skip("no Python with PyMISP: interop/run makes one")
	}
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
	tokens := map[string]string{}
	for name, c := range map[string]intel.Clearance{"writer": {TLP: stix.Red, Own: true, Write: true}, "reader": {TLP: stix.Green, Own: true}} {
		if _, tokens[name], err = clients.Add(t.Context(), gateway.Client{Name: name, Token: true, Clearance: c}); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(mispserver.New(mispserver.Options{Clients: clients, Store: store, Party: func() string { return "aster.example" }, Now: time.Now, Log: slog.New(slog.DiscardHandler)}))
	t.Cleanup(server.Close)
	args := []string{"misp/client.py", server.URL, tokens["writer"], tokens["reader"]}
	if data := os.Getenv("PARLEY_DATA"); data != "" {
		events, err := filepath.Glob(filepath.Join(data, "misp", "eset", "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range events {
			if info, err := os.Stat(name); err == nil && info.Size() < 300<<10 {
				args = append(args, name)
			}
		}
	}
	out, err := exec.Command(py, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%s", out)
}
