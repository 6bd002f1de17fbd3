package sqldb_test

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/store/storetest"
)

func open(t testing.TB) *sqldb.DB { return openAt(t, filepath.Join(t.TempDir(), "parley.db")) }

func openAt(t testing.TB, path string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestSQLite(t *testing.T) { storetest.Run(t, open) }

// TestBackup copies while a writer goes on; the copy opens and is one cut.
func TestBackup(t *testing.T) {
	ctx := context.Background()
	db := open(t)
	set := func(db *sqldb.DB, v string) {
		err := db.Update(ctx, func(tx *sqldb.Tx) error {
			if err := tx.SetSetting("a", []byte(v)); err != nil {
				return err
			}
			return tx.SetSetting("b", []byte(v))
		})
		if err != nil {
			t.Error(err)
		}
	}
	set(db, "before")
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() { // ends when stop is closed; done says so
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				set(db, strconv.Itoa(i))
			}
		}
	}()
	var copies [][]byte
	for range 3 {
		var b bytes.Buffer
		if err := db.Backup(ctx, &b); err != nil {
			t.Error(err)
		}
		copies = append(copies, b.Bytes())
	}
	close(stop)
	<-done
	for _, b := range copies {
		path := filepath.Join(t.TempDir(), "copy.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		from := openAt(t, path)
		if err := from.Verify(ctx); err != nil {
			t.Error(err)
		}
		err := from.View(ctx, func(tx *sqldb.Tx) error {
			a, _, err := tx.Setting("a")
			if err != nil {
				return err
			}
			b, _, err := tx.Setting("b")
			if string(a) != string(b) {
				t.Errorf("half a transaction in a backup: %q, %q", a, b)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(db.Path()), ".backup-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestErasedIsGone: no octet of an erased part stays in the files.
func TestErasedIsGone(t *testing.T) {
	ctx := context.Background()
	db := open(t)
	secret := bytes.Repeat([]byte("do not keep this"), 1000)
	h := parley.Sum(secret)
	var id int64
	err := db.Update(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.PutJournal(sqldb.Journal{Origin: "aster.example/0123456789abcdef", Party: "aster.example", Role: sqldb.Ours, Opened: storetest.Start})
		if err != nil {
			return err
		}
		id = j.ID
		return tx.PutParts(id, []sqldb.Part{{Hash: h, Bytes: secret, Stored: storetest.Start}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(ctx, func(tx *sqldb.Tx) error { return tx.ErasePart(id, h, "retention", storetest.Start) }); err != nil {
		t.Fatal(err)
	}
	if done, err := db.Scrub(ctx); !done || err != nil {
		t.Fatal(done, err)
	}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(db.Path() + suffix)
		if err != nil && suffix == "" {
			t.Fatal(err)
		}
		if bytes.Contains(b, secret[:32]) {
			t.Errorf("an erased part is still in the file%s", suffix)
		}
	}
}

// TestFile: what is not a database, a folder that is not there, a second close.
func TestFile(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "junk.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("no database"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqldb.Open(ctx, path); parley.KindOf(err) != parley.Unavailable {
		t.Errorf("junk: %v", err)
	}
	if _, err := sqldb.Open(ctx, filepath.Join(t.TempDir(), "a", "b.db")); parley.KindOf(err) != parley.Unavailable {
		t.Errorf("no folder: %v", err)
	}
	db := openAt(t, filepath.Join(t.TempDir(), "a name with spaces & ?.db"))
	st, err := os.Stat(db.Path())
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	v, err := sqldb.Read(ctx, db, (*sqldb.Tx).Schema)
	if err != nil || v < 2 {
		t.Errorf("schema %d, %v", v, err)
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := db.View(ctx, func(*sqldb.Tx) error { return nil }); parley.KindOf(err) != parley.Unavailable {
		t.Errorf("after closing: %v", err)
	}
}

// TestOlderBinary: a database that a newer binary has migrated opens in this one.
func TestOlderBinary(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "parley.db")
	openAt(t, path).Close()
	raw, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`,
		`ALTER TABLE log_entry ADD COLUMN later TEXT`, `CREATE TABLE later (x TEXT)`,
	} {
		if _, err := raw.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	raw.Close()
	db := openAt(t, path)
	v, err := sqldb.Read(ctx, db, (*sqldb.Tx).Schema)
	if err != nil || v != 9999 {
		t.Errorf("schema %d, %v", v, err)
	}
}

// TestOtherSchema: a database whose migrations were others is refused, with what to do;
// and where its tables change under the program, the cause has a name and no content.
func TestOtherSchema(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "parley.db")
	db := openAt(t, path)
	raw, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.Exec(`ALTER TABLE intel_source RENAME COLUMN party TO other`); err != nil {
		t.Fatal(err)
	}
	err = db.View(ctx, func(tx *sqldb.Tx) error { _, err := tx.IntelSources(); return err })
	if parley.KindOf(err) != parley.Internal || !strings.Contains(err.Error(), "no such column: party") {
		t.Errorf("%v: %v", parley.KindOf(err), err)
	}
	db.Close()
	db, err = sqldb.Open(ctx, path)
	if err == nil {
		db.Close()
	}
	if parley.KindOf(err) != parley.Conflict || err == nil || !strings.Contains(err.Error(), "intel_source has no column party") || !strings.Contains(parley.HintOf(err), "version that made it") {
		t.Errorf("%v: %v", parley.KindOf(err), err)
	}
}

// TestFull: a full disk changes nothing and says so.
func TestFull(t *testing.T) {
	ctx := context.Background()
	db := open(t)
	set := func(n int) error {
		return db.Update(ctx, func(tx *sqldb.Tx) error { return tx.SetSetting("big", make([]byte, n)) })
	}
	if err := set(1000); err != nil {
		t.Fatal(err)
	}
	if err := db.LimitPages(ctx, 200); err != nil {
		t.Fatal(err)
	}
	err := set(4 << 20)
	if parley.KindOf(err) != parley.Unavailable || !strings.Contains(err.Error(), "full") || parley.HintOf(err) == "" {
		t.Fatalf("%v, hint %q", err, parley.HintOf(err))
	}
	err = db.View(ctx, func(tx *sqldb.Tx) error {
		b, _, err := tx.Setting("big")
		if len(b) != 1000 {
			t.Errorf("%d octets after a full disk, want 1000", len(b))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := set(2000); err != nil {
		t.Errorf("a small write after a full disk: %v", err)
	}
}
