package journal_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
)

// TestCheckFinds: whatever is changed in the file by hand, Check names it.
func TestCheckFinds(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct{ name, change, want string }{
		{"an entry", `UPDATE log_entry SET raw = raw || x'20' WHERE idx = 40`, "entry 40"},
		{"an entry for another", `UPDATE log_entry SET raw = (SELECT raw FROM log_entry WHERE idx = 3), id = (SELECT id FROM log_entry WHERE idx = 3),
			nonce = (SELECT nonce FROM log_entry WHERE idx = 3), part = (SELECT part FROM log_entry WHERE idx = 3) WHERE idx = 40`, "entry 40"},
		{"a missing entry", `DELETE FROM log_entry WHERE idx = 41`, "299 of the entries"},
		{"a missing tail", `DELETE FROM log_entry WHERE idx >= 250`, "250 entries under a checkpoint of size 300"},
		{"a name", `UPDATE log_entry SET author = 'aster.example/mfa' WHERE idx = 42`, "beside entry 42"},
		{"a leaf hash", `UPDATE log_hash SET hash = zeroblob(32) WHERE place = 0`, "entry 0"},
		{"a node", `UPDATE log_hash SET hash = zeroblob(32) WHERE place = 2`, "level 1"},
		{"a high node", `UPDATE log_hash SET hash = zeroblob(32) WHERE place = 1 << 56`, "level 8"},
		{"a missing node", `DELETE FROM log_hash WHERE place = 100`, "do not match"},
		{"one node more", `INSERT INTO log_hash SELECT journal, 100000, hash FROM log_hash WHERE place = 0`, "behind the last entry"},
		{"a root", `UPDATE log_checkpoint SET root = zeroblob(32) WHERE size = 300`, "size 300"},
		{"a note", `UPDATE log_checkpoint SET note = replace(note, 'A', 'B') WHERE size = 300`, "size 300"},
		{"a note for another", `UPDATE log_checkpoint SET note = (SELECT note FROM log_checkpoint WHERE size = 100) WHERE size = 300`, "size 300"},
		{"a cosignature", `UPDATE log_cosignature SET line = replace(line, 'A', 'B') WHERE size = 300`, "borea.example"},
		{"a stamp", `UPDATE log_cosignature SET signed_at = signed_at + 1000000`, "borea.example"},
		{"a cosigner", `UPDATE log_cosignature SET key_id = 17 WHERE key_id = (SELECT MIN(key_id) FROM log_cosignature)`, "unknown key"},
		{"a line without a checkpoint", `INSERT INTO log_stamp SELECT journal, 150, cosigner, key_id, signed_at, stored_at, line FROM log_cosignature`, "at size 150"},
		{"a part", `UPDATE log_part SET bytes = x'00' WHERE hash = (SELECT part FROM log_entry WHERE idx = 7)`, "part"},
	} {
		d := newDesk(t)
		db := d.open()
		j := d.create(db)
		d.append(j, 100)
		cp := d.append(j, 200)
		borea := storetest.NewAuthor(t, "borea.example")
		own, err := proof.Cosign(cp, storetest.Start, borea.Mirror...)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.AddCosignatures(ctx, storetest.Start, cp, own); err != nil {
			t.Fatal(err)
		}
		check := func() (journal.Checked, error) {
			return journal.Check(ctx, db, d.Origin, storetest.Keys(d.Log), storetest.Keys(borea.Mirror))
		}
		if got, err := check(); err != nil || got != (journal.Checked{Entries: 300, Nodes: 596, Checkpoints: 2, Cosignatures: 2, Parts: 300}) {
			t.Fatalf("before: %+v, %v", got, err)
		}
		raw, err := sql.Open("sqlite", "file:"+d.path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := raw.Exec(c.change); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		raw.Close()
		_, err = check()
		if parley.KindOf(err) != parley.Untrusted || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want it to name %q", c.name, err, c.want)
		}
		db.Close()
	}
}
