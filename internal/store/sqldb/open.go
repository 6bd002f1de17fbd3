package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"parley.example/parley"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// DB is one open database: a single writer and a few readers, so that a long
// read never delays a commit. Safe for concurrent use.
type DB struct {
	path    string
	writer  *pool
	readers *pool
	nodes   highNodes

	versions versions
	mover    mover
	waits    bool // Update waits for the disk
	fault    atomic.Pointer[Fault]
	close    func() error // once
}

// Fault is called at each step of a write ("begin", "exec", "commit" before the
// commit, "committed" after it). An error aborts there, as a crash would: before
// "committed" nothing of the transaction stays, at "committed" all of it does.
// For tests and the simulation.
type Fault func(step string) error

const (
	readers = 4

	common = "&_pragma=busy_timeout(15000)&_pragma=foreign_keys(1)&_pragma=temp_store(2)"
	writes = "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)" +
		"&_pragma=cache_size(-24000)&_pragma=wal_autocheckpoint(4000)&_pragma=journal_size_limit(67108864)"
	reads = "&_pragma=query_only(1)&_pragma=cache_size(-4000)"
)

// Open opens or creates the database at path and brings its schema up to date.
// The file is readable by its owner alone.
func Open(ctx context.Context, path string) (*DB, error) {
	return open(ctx, path, writes, readers)
}

// OpenVolatile is Open without waiting for the disk, and with fewer readers: what is
// committed survives the end of the process, not that of the machine. For tests and
// the simulation.
func OpenVolatile(ctx context.Context, path string) (*DB, error) {
	return open(ctx, path, strings.Replace(writes, "synchronous(FULL)", "synchronous(OFF)", 1), 2)
}

func open(ctx context.Context, path, writes string, readers int) (*DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, parley.E(parley.Internal, "open database %s: %w", path, err)
	}
	if err := create(abs); err != nil {
		return nil, parley.E(parley.Unavailable, "open database %s: %w", path, err)
	}
	name := "file:" + (&url.URL{Path: abs}).EscapedPath()
	if err := migrateFile(ctx, name+"?_txlock=immediate"+common+writes); err != nil {
		return nil, err
	}
	d := &DB{path: abs, waits: strings.Contains(writes, "synchronous(FULL)")}
	if d.writer, err = openPool(ctx, 1, name+"?_txlock=immediate"+common+writes, "BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	if d.readers, err = openPool(ctx, readers, name+"?_txlock=deferred"+common+reads, "BEGIN"); err != nil {
		d.writer.close()
		return nil, err
	}
	if d.waits {
		if d.mover.on, err = openPool(ctx, 1, name+"?_txlock=deferred"+common+writes, "BEGIN"); err != nil {
			return nil, errors.Join(err, d.readers.close(), d.writer.close())
		}
	}
	d.close = sync.OnceValue(func() error { return errors.Join(d.readers.close(), d.writer.close(), d.mover.close()) })
	return d, nil
}

// create makes an empty file where there is none, and its name durable.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Close(), dir.Sync(), dir.Close())
}

func migrateFile(ctx context.Context, dsn string) error {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return parley.E(parley.Internal, "open database: %w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	return migrate(ctx, db)
}

// Path is the absolute path of the database file.
func (d *DB) Path() string { return d.path }

// SetFault installs a fault for tests; nil takes it out.
func (d *DB) SetFault(f Fault) {
	if f == nil {
		d.fault.Store(nil)
		return
	}
	d.fault.Store(&f)
}

// Close waits for running transactions and closes all connections. Closing again
// is no change; a transaction begun afterwards is Unavailable.
func (d *DB) Close() error { return d.close() }
