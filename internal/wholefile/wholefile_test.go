package wholefile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/wholefile"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	for _, text := range []string{"first", "second"} {
		if err := wholefile.Write(path, 0o640, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != text {
			t.Fatalf("%q, %v: want %q", b, err, text)
		}
	}
	if at, err := os.Stat(path); err != nil || at.Mode().Perm() != 0o640 {
		t.Fatalf("%v, %v: want 0640", at.Mode(), err)
	}
	alone(t, dir, "out")
}

// TestHalf has a writer that fails: what was there stays.
func TestHalf(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	if err := wholefile.Write(path, 0o600, []byte("before")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := wholefile.Fill(path, 0o600, func(w io.Writer) error {
		io.WriteString(w, "half")
		return broken
	}); err != broken {
		t.Fatalf("%v: want the error as it was", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "before" {
		t.Fatalf("%q stands there: want what was before", b)
	}
	alone(t, dir, "out")
}

// TestFull has a disk that is full: a device that says so.
func TestFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	w, err := wholefile.Create("/dev/full", 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "half"); err == nil {
		t.Fatal("want an error")
	}
	if err := w.Close(); parley.KindOf(err) != parley.Unavailable || !strings.Contains(err.Error(), "/dev/full") {
		t.Fatalf("%v: want Unavailable, with the name", err)
	}
	if at, err := os.Stat("/dev/full"); err != nil || at.Mode().IsRegular() {
		t.Fatalf("the device was replaced: %v", err)
	}
}

// TestLink writes through a link, which stays one.
func TestLink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "out"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Symlink("out", link)); err != nil {
		t.Fatal(err)
	}
	if err := wholefile.Write(link, 0o600, []byte("text")); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "text" {
		t.Fatalf("%q: want what was written", b)
	}
	if at, err := os.Lstat(link); err != nil || at.Mode()&os.ModeSymlink == 0 {
		t.Fatalf("the link is gone: %v", err)
	}
}

// TestNames asks that an error names the file that was asked for, and none of ours.
func TestNames(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "missing", "out"), dir} {
		err := wholefile.Write(path, 0o600, nil)
		if parley.KindOf(err) != parley.Unavailable || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), wholefile.Unfinished) {
			t.Errorf("%v: want Unavailable with %s", err, path)
		}
	}
	alone(t, dir)
}

// alone asks that nothing unfinished is left.
func alone(t *testing.T, dir string, want ...string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != len(want) {
		t.Fatalf("%v, %v: want %v", list, err, want)
	}
}
