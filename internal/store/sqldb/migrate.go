package sqldb

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"

	"parley.example/parley"
)

// Numbered, forward only. 0001-0099 logs and the line, 0100-0199 registers,
// 0200-0299 officers and alerts. No migration touches a row of a log_* table, so
// that the older binary can be put back.
//
//go:embed migrations
var migrations embed.FS

func provider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithAllowOutofOrder(true), // each range of numbers grows by itself
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)))
}

func migrate(ctx context.Context, db *sql.DB) error {
	p, err := provider(db)
	if err != nil {
		return parley.E(parley.Internal, "migrate database: %w", err)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate database: %w", storeError(err))
	}
	if len(done) == len(p.ListSources()) {
		return nil // it was empty
	}
	return fits(ctx, db)
}

// Schema is the highest migration that the database has.
func (t *Tx) Schema() (int64, error) {
	var v int64
	_, err := t.one(`SELECT MAX(version_id) FROM goose_db_version WHERE is_applied = 1`, nil, &v)
	return v, err
}
