package peer_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
)

// A witness over plain HTTP, asked by the client for C2SP witnesses.
func TestWitness(t *testing.T) {
	a, w := storetest.NewAuthor(t, "aster.example"), storetest.NewAuthor(t, "corvia.example")
	db, err := sqldb.Open(context.Background(), filepath.Join(t.TempDir(), "w.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	role := &peer.Cosigning{Store: db, Signers: w.Mirror, Now: func() time.Time { return storetest.Start },
		Log: func(o parley.Origin) ([]proof.Key, bool) { return storetest.Keys(a.Log), o == a.Origin }}
	s := httptest.NewServer(role.Handler(func() []parley.Origin { return []parley.Origin{a.Origin} }))
	defer s.Close()
	c, err := peer.NewWitness(s.URL+"/", peer.WitnessTransport())
	if err != nil {
		t.Fatal(err)
	}
	shelf := newShelf()
	sign := func(size int, keys ...proof.Signer) proof.Checkpoint {
		t.Helper()
		for len(shelf.entries) < size {
			shelf.add(numbered(uint64(len(shelf.entries))))
		}
		root := proof.EmptyRoot()
		if size > 0 {
			var err error
			if root, err = tlog.TreeHash(int64(size), shelf.Hashes(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		cp, err := proof.SignCheckpoint(a.Origin, uint64(size), root, storetest.Start, keys...)
		if err != nil {
			t.Fatal(err)
		}
		return cp
	}
	ask := func(old int, cp proof.Checkpoint) ([]byte, error) {
		var path []tlog.Hash
		if old > 0 && old < int(cp.Size) {
			path, err = proof.ProveConsistency(shelf.Hashes(t.Context()), uint64(old), cp.Size)
			if err != nil {
				t.Fatal(err)
			}
		}
		return c.AddCheckpoint(t.Context(), peer.AddCheckpoint{Old: uint64(old), Proof: path, Note: cp.Note})
	}
	if _, err := c.Checkpoint(t.Context(), a.Origin); parley.KindOf(err) != parley.NotFound {
		t.Errorf("before the first: %v: want not found", err)
	}
	for _, step := range [][2]int{{0, 0}, {0, 3}, {3, 3}, {3, 300}} {
		cp := sign(step[1], a.Log...)
		lines, err := ask(step[0], cp)
		if err != nil {
			t.Fatalf("%v: %v", step, err)
		}
		got, err := proof.OpenCosignatures(cp, lines, storetest.Keys(w.Mirror)...)
		if err != nil || len(got) != 2 {
			t.Fatalf("%v: %d cosignatures, %v", step, len(got), err)
		}
		note, err := c.Checkpoint(t.Context(), a.Origin)
		if err != nil || !bytes.Equal(note, cp.WithCosignatures(got...)) {
			t.Errorf("%v: checkpoint %v: want it with the lines", step, err)
		}
	}
	other := newShelf("another history")
	forked, _ := other.HashesRoot()
	fork, err := proof.SignCheckpoint(a.Origin, 301, forked, storetest.Start, a.Log...)
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := proof.SignCheckpoint(w.Origin, 1, forked, storetest.Start, w.Log...)
	if err != nil {
		t.Fatal(err)
	}
	// c2sp.org/tlog-witness, add-checkpoint: each refusal has its status
	for name, test := range map[string]struct {
		old  int
		cp   proof.Checkpoint
		want parley.ErrorKind
	}{
		"another old size":   {0, sign(301, a.Log...), parley.Conflict},
		"old above the size": {300, sign(2, a.Log...), parley.Invalid},
		"one key of two":     {300, sign(301, a.Log[0]), parley.Forbidden},
		"another history":    {300, fork, parley.Untrusted},
		"unknown journal":    {0, unknown, parley.NotFound},
		"signed by others":   {300, relabel(sign(301, a.Log...)), parley.Forbidden},
	} {
		if _, err := ask(test.old, test.cp); parley.KindOf(err) != test.want {
			t.Errorf("%s: %v: want %s", name, err, test.want)
		}
	}
	if _, err := ask(300, sign(301, a.Log...)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	for _, bad := range []string{"", "ftp://x", "witness.example"} {
		if _, err := peer.NewWitness(bad, nil); err == nil {
			t.Errorf("%q: want an error", bad)
		}
	}
}

// relabel breaks the signatures of a checkpoint and keeps their key ids.
func relabel(cp proof.Checkpoint) proof.Checkpoint {
	cp.Note = bytes.Replace(cp.Note, []byte("\n301\n"), []byte("\n302\n"), 1)
	return cp
}

func (s *shelf) HashesRoot() (tlog.Hash, error) {
	return tlog.TreeHash(int64(len(s.entries)), tlog.HashReaderFunc(s.read))
}
