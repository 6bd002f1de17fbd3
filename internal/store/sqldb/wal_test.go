package sqldb

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// The write-ahead log is moved while commits and readers go on, and stays short.
func TestMover(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "parley.db")
	db, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	value := make([]byte, 8<<10)
	for i := range 20 * commitsBetween {
		name := string(rune('a' + i%20))
		if err := db.Update(ctx, func(tx *Tx) error { return tx.SetSetting(name, value) }); err != nil {
			t.Fatal(err)
		}
		if i%commitsBetween == 1 {
			db.mover.running.Wait()
			if done, err := db.Scrub(ctx); err != nil || !done {
				t.Fatalf("scrub: %v, %v", done, err)
			}
		}
	}
	db.mover.running.Wait()
	// All that is committed is in the file: the log starts again at its beginning.
	if i, err := os.Stat(path + "-wal"); err != nil || i.Size() > 4<<20 {
		t.Errorf("%v, %v: want a log of few octets", i, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
