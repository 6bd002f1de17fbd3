package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"parley.example/parley/evidence"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// tool is a program that interop/run built or that the system has, or a skip that says so.
func tool(t *testing.T, name string) string {
	t.Helper()
	if dir := os.Getenv("INTEROP_BIN"); dir != "" {
		if path := filepath.Join(dir, name); exists(path) {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not here: interop/run builds or installs it", name)
	}
	return path
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// talk is a circle with an archive in which Aster and Borea have spoken.
func talk(t *testing.T) *parleytest.Circle {
	t.Helper()
	c := parleytest.NewCircle(t, 12, "archive.example/parley")
	ctx := t.Context()
	for i, text := range []string{"one", "two", "three"} {
		from, to := c.Nodes["aster.example"], "borea.example/cert"
		if i == 1 {
			from, to = c.Nodes["borea.example"], "aster.example/cert"
		}
		if _, err := from.Node.SendHotline(ctx, node.SendRequest{To: []string{to}, Text: text, Precedence: "flash", Now: true}); err != nil {
			t.Fatal(err)
		}
		if err := c.Settle(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// pieces takes apart the evidence of one message of a circle.
func pieces(t *testing.T, m *parleytest.Member, name string) map[string][]byte {
	t.Helper()
	e, err := m.Node.Prove(t.Context(), node.ProveRequest{Name: name, Reveal: true})
	if err != nil {
		t.Fatal(err)
	}
	return take(t, e.File)
}

func take(t *testing.T, raw []byte) map[string][]byte {
	t.Helper()
	list, err := evidence.Pieces(raw)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, p := range list {
		out[p.Name] = p.Bytes
	}
	return out
}

// sample is the committed evidence file, taken apart.
func sample(t *testing.T) map[string][]byte {
	t.Helper()
	raw, err := os.ReadFile("../testdata/evidence/hotline.evidence")
	if err != nil {
		t.Fatal(err)
	}
	return take(t, raw)
}
