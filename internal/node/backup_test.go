package node_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// backedUp is a node with messages, and its backup.
func backedUp(t *testing.T) (*parleytest.Circle, *age.HybridIdentity, []byte, node.BackupReport) {
	t.Helper()
	c := parleytest.NewCircle(t, 3, "")
	settle(t, c)
	aster := c.Nodes["aster.example"]
	files := []node.File{{Name: "a.bin", Body: bytes.NewReader(bytes.Repeat([]byte("x"), 100_000))}}
	if _, err := aster.Node.SendMemo(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Text: "with a file", Files: files, Now: true}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	var sealed bytes.Buffer
	report, err := aster.Node.Backup(t.Context(), &sealed, id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	return c, id, sealed.Bytes(), report
}

// TestBackupRestore: what is unpacked is what was there, octet for octet but for
// the database, which a check of the restored node reads.
func TestBackupRestore(t *testing.T) {
	c, id, sealed, report := backedUp(t)
	home := c.Nodes["aster.example"].Home
	dir := filepath.Join(t.TempDir(), "restored")
	got, err := node.Restore(t.Context(), bytes.NewReader(sealed), dir, id)
	if err != nil || got != report || got.Files < 5 {
		t.Fatalf("%+v, want %+v; %v", got, report, err)
	}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		fi, err := d.Info()
		if err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", rel, fi.Mode(), err)
		}
		if rel == "parley.db" {
			return nil
		}
		a, err := os.ReadFile(path)
		b, err2 := os.ReadFile(home.Path(rel))
		if err := errors.Join(err, err2); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs: %v", rel, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if blobs, _ := filepath.Glob(filepath.Join(dir, "blobs", "*", "*")); len(blobs) != 1 {
		t.Errorf("blobs: %v", blobs)
	}
	if _, err := node.Restore(t.Context(), bytes.NewReader(sealed), dir, id); parley.KindOf(err) != parley.Conflict {
		t.Errorf("over a home: %v", err)
	}
}

// THREAT: a backup is damaged, cut off, or somebody else's.
// ATTACK: flip octets all over it, cut it anywhere, open it with another key.
// EXPECT: Untrusted, and no home is left behind.
func TestAttackBackup(t *testing.T) {
	_, id, sealed, _ := backedUp(t)
	other, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, r io.Reader, id age.Identity) {
		dir := filepath.Join(t.TempDir(), "home")
		if _, err := node.Restore(t.Context(), r, dir, id); parley.KindOf(err) != parley.Untrusted {
			t.Errorf("%s: %v", what, err)
		}
		if list, _ := os.ReadDir(dir); len(list) != 0 {
			t.Errorf("%s: left %v", what, list)
		}
	}
	try("another key", bytes.NewReader(sealed), other)
	for i := 0; i < len(sealed); i += len(sealed)/40 + 1 {
		b := bytes.Clone(sealed)
		b[i] ^= 1
		try("flipped", bytes.NewReader(b), id)
		try("cut", bytes.NewReader(sealed[:i]), id)
	}
	try("longer", io.MultiReader(bytes.NewReader(sealed), bytes.NewReader([]byte("x"))), id)
}
