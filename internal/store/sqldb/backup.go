package sqldb

import (
	"context"
	"database/sql"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"parley.example/parley"
)

// Backup writes one consistent cut of the whole database to w while the node goes
// on. The cut is made beside the database, in a folder that only its owner can
// read, and removed again: as much room as the database takes must be free there.
// What comes out is a database file; it is not sealed yet.
func (d *DB) Backup(ctx context.Context, w io.Writer) error {
	dir, err := os.MkdirTemp(filepath.Dir(d.path), ".backup-")
	if err != nil {
		return parley.E(parley.Unavailable, "backup: %w", err)
	}
	defer os.RemoveAll(dir)
	cut := filepath.Join(dir, "cut.db")
	if err := d.vacuumInto(ctx, cut); err != nil {
		return err
	}
	f, err := os.Open(cut)
	if err != nil {
		return parley.E(parley.Unavailable, "backup: %w", err)
	}
	defer f.Close()
	if _, err := io.Copy(w, f); err != nil {
		return parley.E(parley.Unavailable, "write backup: %w", err)
	}
	return nil
}

// vacuumInto uses a connection of its own, so that neither pool waits for it.
func (d *DB) vacuumInto(ctx context.Context, to string) error {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: d.path}).EscapedPath()+"?_pragma=busy_timeout(15000)")
	if err != nil {
		return parley.E(parley.Internal, "backup: %w", err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, to); err != nil {
		return parley.E(parley.Unavailable, "backup: the database could not be copied (is the disk full?): %w", err)
	}
	return nil
}

// Verify asks SQLite whether the file's own structure holds. It reads all of it.
func (d *DB) Verify(ctx context.Context) error {
	return d.View(ctx, func(t *Tx) error {
		var answer string
		if _, err := t.one(`PRAGMA integrity_check(1)`, nil, &answer); err != nil {
			return err
		}
		if answer != "ok" {
			return parley.E(parley.Untrusted, "database file: %s", answer)
		}
		return nil
	})
}

// Scrub empties the write-ahead log into the file and cuts it to nothing, so that
// what was erased is not in it any more. It waits for readers, and may have to be
// called again: done says whether it was complete.
func (d *DB) Scrub(ctx context.Context) (done bool, err error) {
	d.mover.moving.Lock()
	defer d.mover.moving.Unlock()
	c, err := d.writer.take(ctx)
	if err != nil {
		return false, err
	}
	defer d.writer.put(c)
	var busy, pages, moved int64
	if err := c.c.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
		return false, storeError(err)
	}
	return busy == 0, nil
}
