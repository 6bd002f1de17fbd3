package storetest

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

func journals(t *testing.T, db *sqldb.DB) {
	j := some(t, db, asterLog, sqldb.Ours)
	same(t, "again", some(t, db, asterLog, sqldb.Ours), j)
	k := some(t, db, boreaLog, sqldb.Theirs)
	same(t, "list", view(t, db, (*sqldb.Tx).Journals), []sqldb.Journal{j, k})
	update(t, db, func(tx *sqldb.Tx) error {
		_, err := tx.PutJournal(sqldb.Journal{Origin: asterLog, Agreement: Agreement, Party: "aster.example", Role: sqldb.Theirs, Opened: Start})
		kind(t, "another role", err, parley.Conflict)
		_, err = tx.Journal("corvia.example/0000000000000000")
		kind(t, "unknown", err, parley.NotFound)
		first := sqldb.End{How: sqldb.Closed, Detail: "next", At: Start}
		if err := tx.PutEnd(j.ID, first); err != nil {
			return err
		}
		if err := tx.PutEnd(j.ID, sqldb.End{How: sqldb.Closed, Detail: "other", At: Start}); err != nil {
			return err
		}
		ends, err := tx.Ends(j.ID)
		same(t, "ends", ends, []sqldb.End{first})
		return err
	})
}

func someEntry(i int) sqldb.Entry {
	e := sqldb.Entry{Index: uint64(i), ID: parley.MessageID(parley.Sum(fmt.Append(nil, "id", i))), From: "aster.example/cert",
		Part: parley.Sum(fmt.Append(nil, "part", i)), Owed: i%2 == 0, Stored: Start.Add(time.Duration(i) * time.Second), Raw: fmt.Append(nil, "entry ", i)}
	e.Nonce[0], e.Nonce[1], e.Nonce[2] = 1, byte(i>>8), byte(i)
	return e
}

func entries(t *testing.T, db *sqldb.DB) {
	j, k := some(t, db, asterLog, sqldb.Ours), some(t, db, boreaLog, sqldb.Theirs)
	var list []sqldb.Entry
	for i := range 300 {
		list = append(list, someEntry(i))
	}
	junk := sqldb.Entry{Index: 300, Stored: Start, Raw: []byte("no entry")}
	again := someEntry(7)
	again.Index = 301
	list = append(list, junk, again)
	update(t, db, func(tx *sqldb.Tx) error { return tx.PutEntries(j.ID, list) })
	update(t, db, func(tx *sqldb.Tx) error { return tx.PutEntries(k.ID, list[:3]) })
	same(t, "size", view(t, db, func(tx *sqldb.Tx) (uint64, error) { return tx.Size(j) }), uint64(302))
	same(t, "size of a copy that starts later", view(t, db, func(tx *sqldb.Tx) (uint64, error) {
		return tx.Size(sqldb.Journal{ID: 999, MinIndex: 17})
	}), uint64(17))
	same(t, "all", view(t, db, func(tx *sqldb.Tx) ([]sqldb.Entry, error) { return tx.Entries(j.ID, 0, 1000) }), list)
	same(t, "some", view(t, db, func(tx *sqldb.Tx) ([]sqldb.Entry, error) { return tx.Entries(j.ID, 255, 257) }), list[255:257])
	err := db.Update(t.Context(), func(tx *sqldb.Tx) error { return tx.PutEntries(j.ID, list[5:6]) })
	if err == nil {
		t.Error("an entry was replaced")
	}
	same(t, "find", view(t, db, func(tx *sqldb.Tx) ([]parley.Ref, error) { return tx.Find(list[2].ID, 10) }),
		[]parley.Ref{{Origin: asterLog, Index: 2}, {Origin: boreaLog, Index: 2}})
	update(t, db, func(tx *sqldb.Tx) error {
		for _, c := range []struct {
			what string
			get  func() (uint64, bool, error)
			at   uint64
			ok   bool
		}{
			{"id", func() (uint64, bool, error) { return tx.FirstID(j.ID, list[7].ID) }, 7, true},
			{"nonce", func() (uint64, bool, error) { return tx.FirstNonce(j.ID, "aster.example/cert", list[7].Nonce) }, 7, true},
			{"nonce of another body", func() (uint64, bool, error) { return tx.FirstNonce(j.ID, "aster.example/mfa", list[7].Nonce) }, 0, false},
			{"part", func() (uint64, bool, error) { return tx.FirstPart(j.ID, list[7].Part) }, 7, true},
			{"part elsewhere", func() (uint64, bool, error) { return tx.FirstPart(k.ID, list[7].Part) }, 0, false},
		} {
			at, ok, err := c.get()
			if err != nil || ok != c.ok || at != c.at {
				t.Errorf("first %s: %d, %v, %v", c.what, at, ok, err)
			}
		}
		var nonces []parley.Nonce
		for i := range 100 {
			nonces = append(nonces, someEntry(i*5).Nonce)
		}
		used, err := tx.Used(j.ID, nonces)
		if err != nil || len(used) != 60 {
			t.Errorf("used: %d, %v", len(used), err)
		}
		if err := tx.PutParts(j.ID, []sqldb.Part{{Hash: list[4].Part, Stored: Start, Bytes: []byte("p")}}); err != nil {
			return err
		}
		owed, err := tx.OwedParts(j.ID, 2, 9, 10)
		same(t, "owed", owed, []parley.Hash{list[2].Part, list[6].Part, list[8].Part})
		return err
	})
}

func tree(t *testing.T, db *sqldb.DB) {
	j := some(t, db, asterLog, sqldb.Ours)
	var memory []tlog.Hash
	reader := tlog.HashReaderFunc(func(list []int64) (out []tlog.Hash, err error) {
		for _, i := range list {
			out = append(out, memory[i])
		}
		return out, nil
	})
	size := 0
	for _, n := range []int{1, 1, 5, 250, 300, 64} {
		var leaves []tlog.Hash
		for range n {
			h := tlog.RecordHash(fmt.Append(nil, size))
			more, err := tlog.StoredHashesForRecordHash(int64(size), h, reader)
			if err != nil {
				t.Fatal(err)
			}
			memory, leaves, size = append(memory, more...), append(leaves, h), size+1
		}
		update(t, db, func(tx *sqldb.Tx) error {
			edge, err := tx.Edge(j.ID, 0, uint64(size-n))
			if err != nil {
				return err
			}
			if err := tx.PutLeaves(j.ID, &edge, leaves); err != nil {
				return err
			}
			want, err := tlog.TreeHash(int64(size), reader)
			same(t, "root", edge.Root(), want)
			return err
		})
	}
	update(t, db, func(tx *sqldb.Tx) error {
		var want []sqldb.StoredHash
		var all []int64
		for i, h := range memory {
			want, all = append(want, sqldb.StoredHash{Index: int64(i), Hash: h}), append(all, int64(i))
		}
		nodes, err := tx.Nodes(j.ID, 0, uint64(size))
		if err != nil {
			return err
		}
		same(t, "nodes", nodes, want)
		read, err := tx.HashReader(j.ID).ReadHashes(all)
		if err != nil {
			return err
		}
		same(t, "read", read, memory)
		for _, c := range [][2]uint64{{0, 600}, {256, 300}, {512, 621}, {256, 512}, {0, 0}} {
			edge, err := tx.Edge(j.ID, c[0], c[1])
			if err != nil {
				return err
			}
			var leaves []tlog.Hash
			for i := c[0]; i < c[1]; i++ {
				leaves = append(leaves, memory[tlog.StoredHashIndex(0, int64(i))])
			}
			whole := sqldb.Edge{}
			for _, l := range leaves {
				whole.Add(l, nil)
			}
			same(t, fmt.Sprint("edge ", c), edge.Root(), whole.Root())
		}
		_, err = tx.HashReader(j.ID).ReadHashes([]int64{int64(len(memory))})
		kind(t, "a node that is not there", err, parley.NotFound)
		return nil
	})
}

func someCheckpoint(size uint64, root byte) sqldb.Checkpoint {
	return sqldb.Checkpoint{Size: size, Root: tlog.Hash{root}, Note: fmt.Append(nil, "note ", size, root), Stored: Start}
}

func checkpoints(t *testing.T, db *sqldb.DB) {
	j := some(t, db, asterLog, sqldb.Ours)
	update(t, db, func(tx *sqldb.Tx) error {
		for _, size := range []uint64{1, 5, 9} {
			for range 2 { // the same again is no change
				if err := tx.PutCheckpoint(j.ID, someCheckpoint(size, 1)); err != nil {
					return err
				}
			}
		}
		kind(t, "another root", tx.PutCheckpoint(j.ID, someCheckpoint(5, 2)), parley.Conflict)
		latest, ok, err := tx.LatestCheckpoint(j.ID)
		if err != nil || !ok {
			t.Errorf("latest: %v, %v", ok, err)
		}
		same(t, "latest", latest, someCheckpoint(9, 1))
		from, _, err := tx.CheckpointFrom(j.ID, 2)
		if err != nil {
			return err
		}
		same(t, "from", from, someCheckpoint(5, 1))
		for _, c := range []struct{ from, to, want uint64 }{{1, 9, 9}, {2, 8, 5}, {5, 5, 5}, {6, 8, 0}, {9, 300, 9}} {
			got, ok, err := tx.CheckpointUpTo(j.ID, c.from, c.to)
			if err != nil || got.Size != c.want || ok != (c.want > 0) {
				t.Errorf("the largest of %d to %d: %d, %v, %v: want %d", c.from, c.to, got.Size, ok, err, c.want)
			}
		}
		if _, ok, err := tx.CheckpointAt(j.ID, 2); ok || err != nil {
			t.Errorf("at 2: %v, %v", ok, err)
		}
		list, err := tx.Checkpoints(j.ID, 2, 9)
		same(t, "between", list, []sqldb.Checkpoint{someCheckpoint(5, 1)})
		return err
	})
}

func pending(t *testing.T, db *sqldb.DB) {
	j := some(t, db, asterLog, sqldb.Theirs)
	update(t, db, func(tx *sqldb.Tx) error {
		if _, ok, err := tx.Pending(j.ID); ok || err != nil {
			t.Errorf("pending: %v, %v", ok, err)
		}
		learned := someCheckpoint(2, 1)
		learned.Learned = []byte("lines")
		if err := tx.PutPending(j.ID, learned, 3); err != nil {
			return err
		}
		for size := uint64(1); size < 10; size++ {
			if err := tx.PutPending(j.ID, someCheckpoint(size, 1), 3); err != nil {
				return err
			}
		}
		for size, want := range map[uint64]bool{1: false, 2: true, 6: false, 7: true, 8: true, 9: true} {
			if _, ok, err := tx.PendingAt(j.ID, size); ok != want || err != nil {
				t.Errorf("pending at %d: %v, %v", size, ok, err)
			}
		}
		got, _, err := tx.LearnedPending(j.ID)
		same(t, "learned", got, learned)
		if err == nil {
			err = tx.DropPending(j.ID, 8)
		}
		if err != nil {
			return err
		}
		if _, ok, _ := tx.LearnedPending(j.ID); ok {
			t.Error("learned stays")
		}
		last, _, err := tx.Pending(j.ID)
		same(t, "last", last, someCheckpoint(9, 1))
		return err
	})
}

func cosignatures(t *testing.T, db *sqldb.DB) {
	j := some(t, db, asterLog, sqldb.Ours)
	c := func(size uint64, who string, key uint32, line string) sqldb.Cosignature {
		return sqldb.Cosignature{Size: size, Cosigner: who, KeyID: key, Signed: Start, Stored: Start.Add(time.Second), Line: line + "\n"}
	}
	update(t, db, func(tx *sqldb.Tx) error {
		for _, size := range []uint64{4, 8} {
			if err := tx.PutCheckpoint(j.ID, someCheckpoint(size, 1)); err != nil {
				return err
			}
		}
		return tx.PutCosignatures(j.ID, []sqldb.Cosignature{c(4, "b", 7, "b7"), c(4, "b", 0xffffffff, "bf"), c(4, "a", 1, "a1"), c(8, "b", 7, "b7 at 8")})
	})
	update(t, db, func(tx *sqldb.Tx) error {
		return tx.PutCosignatures(j.ID, []sqldb.Cosignature{c(4, "b", 7, "another")})
	})
	if err := db.Update(t.Context(), func(tx *sqldb.Tx) error { return tx.PutCosignatures(j.ID, []sqldb.Cosignature{c(5, "b", 7, "x")}) }); err == nil {
		t.Error("a cosignature without its checkpoint")
	}
	update(t, db, func(tx *sqldb.Tx) error {
		all, err := tx.Cosignatures(j.ID, 4)
		if err != nil {
			return err
		}
		same(t, "all", all, []sqldb.Cosignature{c(4, "a", 1, "a1"), c(4, "b", 7, "b7"), c(4, "b", 0xffffffff, "bf")})
		by, err := tx.CosignaturesBy(j.ID, 4, "b")
		if err != nil {
			return err
		}
		same(t, "by", by, all[1:])
		latest, _, err := tx.LatestCosignature(j.ID, "b", 7)
		if err != nil {
			return err
		}
		same(t, "latest", latest, c(8, "b", 7, "b7 at 8"))
		for index, want := range map[uint64]string{0: "b7\n", 3: "b7\n", 4: "b7 at 8\n", 8: ""} {
			got, ok, err := tx.FirstCosignatureOver(j.ID, index, "b", 7)
			if err != nil || ok != (want != "") || got.Line != want {
				t.Errorf("over %d: %q, %v, %v", index, got.Line, ok, err)
			}
		}
		return nil
	})
}
