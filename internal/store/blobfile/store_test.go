package blobfile_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/iotest"

	"parley.example/parley"
	"parley.example/parley/internal/store/blobfile"
)

const aster = parley.Origin("aster.example/0123456789abcdef")

func open(t *testing.T, dir string) *blobfile.Store {
	t.Helper()
	s, err := blobfile.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func content(t *testing.T, s *blobfile.Store, h parley.Hash) []byte {
	t.Helper()
	f, err := s.Open(aster, h)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAppendResumes(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	blob := bytes.Repeat([]byte("sealed "), 10000)
	h, size := parley.Sum(blob), int64(len(blob))

	cut := io.MultiReader(bytes.NewReader(blob[:1000]), iotest.ErrReader(errors.New("line cut")))
	if held, err := s.Append(aster, h, size, 0, cut); held != 1000 || err == nil {
		t.Fatalf("%d, %v: want 1000 octets and the error", held, err)
	}
	s = open(t, dir) // a restart
	if held, whole, err := s.Held(aster, h, size); held != 1000 || whole || err != nil {
		t.Fatalf("%d, %v, %v: want 1000 octets", held, whole, err)
	}
	var offset *blobfile.OffsetError
	if _, err := s.Append(aster, h, size, 0, bytes.NewReader(blob)); !errors.As(err, &offset) || offset.Held != 1000 {
		t.Fatalf("%v: want an offset of 1000", err)
	}
	if _, err := s.Open(aster, h); parley.KindOf(err) != parley.NotFound {
		t.Fatalf("%v: a part of a blob must not open", err)
	}
	if held, err := s.Append(aster, h, size, 1000, bytes.NewReader(blob[1000:])); held != size || err != nil {
		t.Fatalf("%d, %v: want it whole", held, err)
	}
	if !bytes.Equal(content(t, s, h), blob) {
		t.Error("another content")
	}
	if held, err := s.Append(aster, h, size, 0, iotest.ErrReader(errors.New("must not be read"))); held != size || err != nil {
		t.Errorf("again: %d, %v: want no change", held, err)
	}
	if err := s.Check(aster, h); err != nil {
		t.Error(err)
	}
	if _, err := s.Open("borea.example/0123456789abcdef", h); parley.KindOf(err) != parley.NotFound {
		t.Errorf("%v: a blob must not be shared across journals", err)
	}
}

func TestAppendAfterCrashBeforeCheck(t *testing.T) {
	blob := []byte("all of it")
	h, size := parley.Sum(blob), int64(len(blob))
	for name, left := range map[string][]byte{"right": blob, "wrong": []byte("all 0f it"), "longer": []byte("all of it, and more")} {
		dir := t.TempDir()
		s := open(t, dir)
		part := filepath.Join(dir, aster.PathHash(), h.String()+".part")
		os.MkdirAll(filepath.Dir(part), 0o700)
		if err := os.WriteFile(part, left, 0o600); err != nil {
			t.Fatal(err)
		}
		if held, whole, err := s.Held(aster, h, size); held != 0 || whole || err != nil {
			t.Errorf("%s: %d, %v, %v: want 0, since nothing is checked", name, held, whole, err)
		}
		held, err := s.Append(aster, h, size, 0, bytes.NewReader(blob))
		if name == "wrong" {
			if parley.KindOf(err) != parley.Untrusted {
				t.Errorf("wrong: %v: want untrusted", err)
			}
			held, err = s.Append(aster, h, size, 0, bytes.NewReader(blob))
		}
		if held != size || err != nil || !bytes.Equal(content(t, s, h), blob) {
			t.Errorf("%s: %d, %v: want it whole", name, held, err)
		}
	}
}

// THREAT: an author sends another blob than its entry names, or more of it.
// ATTACK: append octets with another hash; append without end; sizes that are none.
// EXPECT: Untrusted and nothing held; at most the size is written. WIRE-12
func TestAttackOtherBlob(t *testing.T) {
	s := open(t, t.TempDir())
	blob := []byte("what the entry names")
	h, size := parley.Sum(blob), int64(len(blob))
	other := bytes.Repeat([]byte("x"), 10*len(blob))
	if _, err := s.Append(aster, h, size, 0, bytes.NewReader(other)); parley.KindOf(err) != parley.Untrusted {
		t.Fatalf("%v: want untrusted", err)
	}
	if held, _, _ := s.Held(aster, h, size); held != 0 {
		t.Errorf("%d octets are held: want none", held)
	}
	if held, err := s.Append(aster, h, size, 0, bytes.NewReader(blob)); held != size || err != nil {
		t.Errorf("then the right one: %d, %v", held, err)
	}
	for _, size := range []int64{0, -1, parley.MaxSealedBlob + 1} {
		if _, err := s.Append(aster, parley.Hash{}, size, 0, bytes.NewReader(blob)); parley.KindOf(err) != parley.Invalid {
			t.Errorf("size %d: %v: want invalid", size, err)
		}
	}
}

func TestAppendAtOnce(t *testing.T) {
	s := open(t, t.TempDir())
	blob := bytes.Repeat([]byte("0123456789"), 5000)
	h, size := parley.Sum(blob), int64(len(blob))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			var at int64
			for {
				held, err := s.Append(aster, h, size, at, io.LimitReader(bytes.NewReader(blob[at:]), 1234))
				var offset *blobfile.OffsetError
				if err != nil && !errors.As(err, &offset) {
					t.Error(err)
					return
				}
				if at = held; held == size {
					return
				}
			}
		})
	}
	all.Wait()
	if !bytes.Equal(content(t, s, h), blob) {
		t.Error("another content")
	}
}

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	w, err := s.Create(aster)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte("sealed"))
	if err := w.Commit(parley.Sum([]byte("sealed"))); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if got := content(t, s, parley.Sum([]byte("sealed"))); string(got) != "sealed" {
		t.Errorf("%q", got)
	}
	left, err := s.Create(aster) // a crash leaves it
	if err != nil {
		t.Fatal(err)
	}
	left.Write([]byte("half"))
	aborted, err := s.Create(aster)
	if err != nil {
		t.Fatal(err)
	}
	aborted.Abort()
	open(t, dir)
	files, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	if len(files) != 1 {
		t.Errorf("%d files: want the one blob", len(files))
	}
	var seen []parley.Hash
	err = s.Each(aster, func(h parley.Hash, size int64) error { seen = append(seen, h); return nil })
	if err != nil || len(seen) != 1 {
		t.Errorf("%v, %v: want one blob", seen, err)
	}
	if err := os.WriteFile(files[0], []byte("rotted"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(aster, seen[0]); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("%v: want untrusted", err)
	}
	if err := s.Erase(aster, seen[0]); err != nil {
		t.Error(err)
	}
	if err := s.Erase(aster, seen[0]); err != nil {
		t.Errorf("erased again: %v", err)
	}
	if err := s.Erase("borea.example/0123456789abcdef", seen[0]); err != nil {
		t.Errorf("erased what never was: %v", err)
	}
	if held, whole, _ := s.Held(aster, seen[0], 6); held != 0 || whole {
		t.Error("it is still there")
	}
}
