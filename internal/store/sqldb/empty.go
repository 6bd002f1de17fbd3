package sqldb

import (
	"context"
	"os"
	"path/filepath"
	"sync"

	"parley.example/parley"
)

// WriteEmpty writes a database with its schema and without a row to path: making
// one by its migrations takes longer than most of what throwaway databases are for.
func WriteEmpty(path string) error {
	b, err := empty()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return parley.E(parley.Unavailable, "write %s: %w", path, err)
	}
	return nil
}

// empty makes that database once in a process.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "parley-")
	if err != nil {
		return nil, parley.E(parley.Unavailable, "make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "empty.db")
	db, err := OpenVolatile(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, parley.E(parley.Unavailable, "read %s: %w", path, err)
	}
	return b, nil
})
