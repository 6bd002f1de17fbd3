package sqldb

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
)

var day0 = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func openTest(t testing.TB) *DB {
	t.Helper()
	db, err := Open(context.Background(), filepath.Join(t.TempDir(), "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func update(t testing.TB, db *DB, f func(*Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// testHash is a name in order of n: true ones fall anywhere, which makes filling
// slow and a page no different.
func testHash(n uint64, what byte) (h parley.Hash) {
	binary.BigEndian.PutUint64(h[:], n)
	h[31] = what
	return h
}

// fillRegister adds hotline messages from..to, every tenth ours, each with one step.
func fillRegister(t testing.TB, db *DB, from, to uint64) {
	t.Helper()
	const batch = 10_000
	for ; from < to; from += batch {
		update(t, db, func(tx *Tx) error {
			var list []Message
			var steps []any
			for n := from; n < min(from+batch, to); n++ {
				m := Message{Journal: 1 + int64(n%2), Index: n, ID: parley.MessageID(testHash(n, 1)), Thread: testHash(n, 1), Part: testHash(n, 2),
					From: "borea.example/cert", To: []parley.Body{"aster.example/cert"}, Box: "in", Listed: true, Inside: "opened", Kind: parley.KindHotline,
					Version: 1, Rank: int(n % 4), Said: day0, Stored: day0.Add(time.Duration(n) * time.Millisecond), Height: n, Folded: Folded{Seq: 1, Answer: "seen"}}
				if n%10 == 0 {
					m.Box, m.From, m.To = "out", "aster.example/cert", []parley.Body{"borea.example/cert"}
				}
				list = append(list, m)
				steps = append(steps, m.Journal, int64(n), 1, "seen", "aster.example/cert", 1, int64(n), 0, []byte{}, "")
			}
			if err := tx.insert("view_step", "journal, idx, place, says, sender, by_journal, by_idx, said_at, blob, why", "", 10, steps); err != nil {
				return err
			}
			return tx.PutMessages(list)
		})
	}
}

// Every page query walks an index in order and sorts nothing: that is why its
// cost does not depend on how many messages there are.
func TestMessagePagePlans(t *testing.T) {
	db := openTest(t)
	after := MessagePlace{Stored: 1, Journal: 1, Index: 1}
	for _, q := range []MessageQuery{
		{Kind: parley.KindHotline, Limit: 50}, {Kind: parley.KindHotline, Limit: 50, After: after}, {Kind: parley.KindHotline, Box: "in", Limit: 50},
		{Box: "in", Limit: 50}, {Box: "out", Limit: 50, After: after},
	} {
		text, args := q.text()
		if plan := explain(t, db, text, args...); !strings.Contains(plan, "USING INDEX view_message_") || strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "SCAN") {
			t.Errorf("%+v: %s", q, plan)
		}
	}
	all := []string{waitingText, countWaitingText, owingText, owingHeldText}
	for _, t := range []texts{messagesBy[ByID], messagesBy[ByThread], messagesBy[ByPart], messagesBy[ByAnswers], statementsText, messagesAtText, stepsAtText, blobsAtText, shortThreadsText} {
		all = append(all, t[:]...)
	}
	for _, text := range all {
		args := make([]any, strings.Count(text, "$"))
		if plan := explain(t, db, text, args...); strings.Contains(plan, "SCAN m\n") || strings.Contains(plan, "SCAN view_") {
			t.Errorf("%s: %s", text, plan)
		}
	}
}

func explain(t testing.TB, db *DB, text string, args ...any) string {
	t.Helper()
	var plan strings.Builder
	err := db.View(context.Background(), func(tx *Tx) error {
		return tx.query("EXPLAIN QUERY PLAN "+text, args, func(r *sql.Rows) error {
			var id, parent, unused int
			var detail string
			err := r.Scan(&id, &parent, &unused, &detail)
			plan.WriteString(detail + "\n")
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

func TestMessagePages(t *testing.T) {
	db := openTest(t)
	fillRegister(t, db, 0, 500)
	seen := map[uint64]bool{}
	after := MessagePlace{}
	for pages := 0; ; pages++ {
		list, err := Read(context.Background(), db, func(tx *Tx) ([]Message, error) {
			return tx.MessagePage(MessageQuery{Kind: parley.KindHotline, After: after, Limit: 60})
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if seen[m.Index] || after.Stored != 0 && m.Stored.UnixMicro() > after.Stored {
				t.Fatalf("row %d twice, or out of order", m.Index)
			}
			seen[m.Index] = true
			after = MessagePlace{Stored: m.Stored.UnixMicro(), Journal: m.Journal, Index: m.Index}
		}
		if len(list) < 60 {
			break
		}
	}
	if len(seen) != 500 {
		t.Errorf("%d rows of 500", len(seen))
	}
}

func TestDelivered(t *testing.T) {
	db := openTest(t)
	const name = "borea.example/0123456789abcdef/mirror"
	line := func(n int) string {
		return "— " + name + " " + base64.StdEncoding.EncodeToString(make([]byte, n)) + "\n"
	}
	var j Journal
	update(t, db, func(tx *Tx) (err error) {
		if j, err = tx.PutJournal(Journal{Origin: "aster.example/0123456789abcdef", Party: "aster.example", Role: Ours, Opened: day0}); err != nil {
			return err
		}
		for size := uint64(1); size <= 60; size++ {
			if err := tx.PutCheckpoint(j.ID, Checkpoint{Size: size, Note: []byte("note"), Stored: day0}); err != nil {
				return err
			}
			list := []Cosignature{{Size: size, Cosigner: name, KeyID: 1, Signed: day0, Stored: day0, Line: line(ed25519Octets)}}
			if size <= 7 { // afterwards one of the two keys is silent
				list = append(list, Cosignature{Size: size, Cosigner: name, KeyID: 2, Signed: day0, Stored: day0, Line: line(mldsa44Octets)})
			}
			if err := tx.PutCosignatures(j.ID, list); err != nil {
				return err
			}
		}
		var list []Cosignature // the keys of a third who has changed them twice
		for id, n := range []int{mldsa44Octets, mldsa44Octets, mldsa44Octets, ed25519Octets} {
			list = append(list, Cosignature{Size: 9, Cosigner: "third", KeyID: uint32(id), Signed: day0, Stored: day0, Line: line(n)})
		}
		return tx.PutCosignatures(j.ID, list)
	})
	for _, tt := range []struct {
		cosigner string
		quantum  bool
		want     uint64
	}{{name, false, 60}, {name, true, 7}, {"third", false, 9}, {"third", true, 9}, {"corvia.example/0123456789abcdef/mirror", false, 0}} {
		got, err := Read(context.Background(), db, func(tx *Tx) (Delivery, error) { return tx.Delivered(j.ID, tt.cosigner, tt.quantum) })
		if err != nil || got.Size != tt.want {
			t.Errorf("%+v: %+v, %v", tt, got, err)
		}
	}
	first, err := Read(context.Background(), db, func(tx *Tx) (Cosignature, error) {
		c, _, err := tx.FirstDelivered(j.ID, name, 30)
		return c, err
	})
	if err != nil || first.Size != 31 || first.KeyID != 1 {
		t.Errorf("first over 30: %+v, %v", first, err)
	}
}

// BenchmarkHotlinePage is the front page of the hotline register, 50 rows with
// their steps, at two sizes: the cost must be the same.
func BenchmarkHotlinePage(b *testing.B) {
	for _, n := range []uint64{10_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			db := openTest(b)
			fillRegister(b, db, 0, n)
			for b.Loop() {
				err := db.View(context.Background(), func(tx *Tx) error {
					list, err := tx.MessagePage(MessageQuery{Kind: parley.KindHotline, Limit: 50})
					if err != nil {
						return err
					}
					places := make([]Place, len(list))
					for i := range list {
						places[i] = Place{list[i].Journal, list[i].Index}
					}
					_, err = tx.StepsAt(places)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
