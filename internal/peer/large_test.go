package peer_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"runtime"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/blobfile"
)

// The largest blob passes both ways in little memory, and is taken up again.
func TestLargeBlob(t *testing.T) {
	w := newWorld(t)
	store, err := blobfile.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	const size = parley.MaxBlob
	h := sumOf(t, size)
	m := w.guest.rooms[aster.PathHash()]
	m.Blobs = diskBlobs{store, size}
	w.guest.rooms[aster.PathHash()] = m
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	at := int64(0)
	for tries := 0; ; tries++ { // a third at a time, as on a line that breaks
		end := min(size, at+size/3)
		st, err := w.client.PutBlob(t.Context(), aster, h, size, at, io.MultiReader(pattern(at, end), breakIf(end < size)))
		if err == nil && st.Complete() {
			break
		}
		if tries > 100 {
			t.Fatalf("%+v, %v: it never ends", st, err)
		}
		var other *peer.OffsetConflict
		if errors.As(err, &other) { // the server was still taking what had come
			at = other.Held
			continue
		}
		if st, err = w.client.BlobState(t.Context(), aster, h); err != nil {
			t.Fatal(err)
		}
		at = st.Held
	}
	if err := store.Check(aster, h); err != nil {
		t.Fatal(err)
	}
	r, _, err := w.client.Blob(t.Context(), aster, h, size/2)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := io.Copy(io.Discard, r); err != nil || n != size-size/2 {
		t.Errorf("%d octets back, %v", n, err)
	}
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 96<<20 {
		t.Errorf("%d MiB allocated for a blob of 64 that passed one and a half times", spent>>20)
	}
}

// pattern is the octets [from, to) of a blob that needs no memory.
func pattern(from, to int64) io.Reader { return &patterned{from, to} }

type patterned struct{ at, end int64 }

func (p *patterned) Read(b []byte) (int, error) {
	if p.at == p.end {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), p.end-p.at))
	for i := range b[:n] {
		b[i] = byte((p.at + int64(i)) >> 8)
	}
	p.at += int64(n)
	return n, nil
}

func breakIf(yes bool) io.Reader {
	if yes {
		return errReader{}
	}
	return pattern(0, 0)
}

func sumOf(t *testing.T, size int64) parley.Hash {
	d := sha256.New()
	if _, err := io.Copy(d, pattern(0, size)); err != nil {
		t.Fatal(err)
	}
	return parley.Hash(d.Sum(nil))
}

type diskBlobs struct {
	*blobfile.Store
	size int64
}

func (d diskBlobs) State(_ context.Context, h parley.Hash) (peer.BlobState, error) {
	held, _, err := d.Held(aster, h, d.size)
	return peer.BlobState{Size: d.size, Held: held}, err
}
func (d diskBlobs) Write(_ context.Context, h parley.Hash, offset int64, r io.Reader) (peer.BlobState, error) {
	held, err := d.Append(aster, h, d.size, offset, r)
	var other *blobfile.OffsetError
	if errors.As(err, &other) {
		err = &peer.OffsetConflict{Held: other.Held}
	}
	return peer.BlobState{Size: d.size, Held: held}, err
}
func (d diskBlobs) Open(_ context.Context, h parley.Hash) (io.ReadSeekCloser, error) {
	return d.Store.Open(aster, h)
}
