package bench_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// bare measures what nobody who passes on objects can do without, each alone and each
// once: it gives the time of the slowest, and the speed of all. Objects that can be found
// need index rows: insert has a row for each object and for each term of it; the packs of
// the store are named beside it.
func bare(t *testing.T, raw []byte, n int) (slowest time.Duration, all string) {
	var list []string
	for _, s := range []struct {
		name string
		took time.Duration
	}{{"decode", bareDecode(t, raw)}, {"seal", bareSeal(t, raw)}, {"hash", bareHash(raw)}, {"insert in packs without index", barePacks(t, raw, n)}, {"insert in rows with index", bareRows(t, raw, n)}} {
		slowest = max(slowest, s.took)
		list = append(list, fmt.Sprintf("%s %.0f", s.name, perSecond(n, s.took)))
	}
	return slowest, strings.Join(list, ", ") + " objects/s"
}

func bareDecode(t *testing.T, raw []byte) time.Duration {
	began := time.Now()
	r := stix.NewReader(bytes.NewReader(raw), stix.ReadOptions{Check: true})
	for {
		if _, err := r.Next(); err == io.EOF {
			return time.Since(began)
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func bareSeal(t *testing.T, raw []byte) time.Duration {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	to, err := seal.ParseRecipients(id.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for part := range slices.Chunk(raw, 8<<20) { // as SendIntel cuts them
		b, err := seal.SealBlob(io.Discard, to)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Write(part); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(began)
}

func bareHash(raw []byte) time.Duration {
	began := time.Now()
	sha256.Sum256(raw)
	return time.Since(began)
}

// barePacks puts the octets into the database in packs of 64 objects, without any index.
func barePacks(t *testing.T, raw []byte, n int) time.Duration {
	db, err := sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "bare.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	size := len(raw) / n * 64
	began := time.Now()
	for i := 0; i+size <= len(raw); {
		err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
			var list []sqldb.IntelPack
			for ; i+size <= len(raw) && len(list) < 128; i += size {
				list = append(list, sqldb.IntelPack{First: uint64(i + 1), Objects: 64, Heads: raw[:64], Raw: raw[i : i+size]})
			}
			return tx.PutIntelPacks(list)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(began)
}

// bareRows puts the objects into tables of SQLite, durably: a row for each, by its
// number, and one for each type, identifier, label, reference, value and word of it.
func bareRows(t *testing.T, raw []byte, n int) time.Duration {
	var file struct{ Objects []json.RawMessage }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	terms := make([][]int64, 0, n)
	for _, o := range file.Objects {
		terms = append(terms, termsAlone(t, o))
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "rows.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-24000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, q := range []string{"CREATE TABLE object (n INTEGER PRIMARY KEY, raw BLOB)", "CREATE TABLE term (term INTEGER, n INTEGER, PRIMARY KEY (term, n)) WITHOUT ROWID"} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	for first := 0; first < n; first += 8192 {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		var objects, found []any
		for i := first; i < min(n, first+8192); i++ {
			objects = append(objects, i, []byte(file.Objects[i]))
			for _, w := range terms[i] {
				found = append(found, w, i)
			}
		}
		for table, rows := range map[string][]any{"object": objects, "term": found} {
			for some := range slices.Chunk(rows, 128) {
				if _, err := tx.Exec("INSERT INTO "+table+" VALUES "+strings.TrimSuffix(strings.Repeat("(?,?),", len(some)/2), ","), some...); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(began)
}

// termsAlone are hashes of what an indicator of this benchmark is found by, each once.
func termsAlone(t *testing.T, raw []byte) (list []int64) {
	o, err := stix.Parse(raw, stix.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	words := append([]string{o.ID, o.Type}, o.Labels...)
	for _, r := range o.Refs {
		words = append(words, r.Target)
	}
	for _, v := range o.Values {
		words = append(words, string(v.Kind)+v.Text)
	}
	words = append(words, strings.Fields(o.Name+" Seen in campaign by a sensor "+o.Values[0].Text)...)
	for _, w := range words {
		h := fnv.New64a()
		io.WriteString(h, w)
		list = append(list, int64(h.Sum64()))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
