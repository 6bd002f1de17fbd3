package mirror_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
)

// edge is a tree that a cheat builds: all of its nodes, and its root.
type edge struct {
	sqldb.Edge
	nodes []tlog.Hash
}

func newEdge(t testing.TB) *edge {
	t.Helper()
	e, err := sqldb.NewEdge(0, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &edge{Edge: e}
}

func (e *edge) add(raw ...[]byte) {
	for _, b := range raw {
		e.nodes = e.Add(tlog.RecordHash(b), e.nodes)
	}
}

func (e *edge) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var list []tlog.Hash
	for _, i := range indexes {
		if i >= int64(len(e.nodes)) {
			return nil, parley.E(parley.NotFound, "no such node")
		}
		list = append(list, e.nodes[i])
	}
	return list, nil
}

// rewritten is Aster's journal of that size with entry k replaced.
func (l *line) rewritten(size, k uint64) (*edge, [][]byte) {
	raw := l.entries(0, size)
	raw[k] = append(bytes.Clone(raw[k]), "rewritten"...)
	e := newEdge(l.t)
	e.add(raw...)
	return e, raw
}

// stopped says that the mirror has ended with evidence that convicts offline.
func (l *line) stopped(err error) {
	l.t.Helper()
	want(l.t, err, parley.Forbidden)
	var p *parley.Error
	if !errors.As(err, &p) || !p.Proves {
		l.t.Fatalf("%v carries no evidence", err)
	}
	f, err := proof.ParseFork(p.Received, storetest.Keys(l.aster.Log)...)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Log(f)
	stored, err := sqldb.Read(context.Background(), l.db, func(tx *sqldb.Tx) ([]sqldb.Evidence, error) { return tx.EvidenceOf(l.aster.Origin) })
	if err != nil || len(stored) != 1 || !bytes.Equal(stored[0].Bytes, p.Received) {
		l.t.Fatalf("stored evidence: %d, %v", len(stored), err)
	}
	if l.alarms()[mirror.AlarmFork] != 1 {
		l.t.Error("no alarm")
	}
	ctx := context.Background()
	cp := l.write(1)
	want(l.t, l.m.AddCheckpoint(ctx, 0, nil, cp.Note), parley.Forbidden)
	_, err = l.push(cp)
	want(l.t, err, parley.Forbidden)
	_, err = l.upload(0, 1, 1)
	want(l.t, err, parley.Forbidden)
	want(l.t, l.m.PutPart(ctx, parley.Sum([]byte("p")), []byte("p")), parley.Forbidden)
	l.reopen()
	_, err = l.push(cp)
	want(l.t, err, parley.Forbidden)
	if _, _, err := l.m.Latest(ctx); err != nil {
		l.t.Error("what was delivered must stand:", err)
	}
	l.check()
}

// TestForkOfOneSize: a second root for a size that is cosigned, or pending. JOURNAL-49
func TestForkOfOneSize(t *testing.T) {
	for _, pending := range []bool{false, true} {
		l := newLine(t)
		if _, err := l.push(l.write(9)); err != nil {
			t.Fatal(err)
		}
		size := uint64(9)
		if pending {
			if err := l.offer(l.write(3)); err != nil {
				t.Fatal(err)
			}
			size = 12
		}
		cheat, _ := l.rewritten(size, 4)
		l.stopped(l.m.AddCheckpoint(context.Background(), size, nil, l.sign(size, cheat.Root()).Note))
	}
}

// TestForkOfOneIndex: a later checkpoint over a rewritten entry, sent with it.
func TestForkOfOneIndex(t *testing.T) {
	l := newLine(t)
	if _, err := l.push(l.write(9)); err != nil {
		t.Fatal(err)
	}
	l.write(3)
	cheat, raw := l.rewritten(12, 4)
	_, err := l.m.Push(context.Background(), mirror.Push{Note: l.sign(12, cheat.Root()).Note, Start: 2, Entries: raw[2:]})
	l.stopped(err)
}

// TestUnexplained: a signed checkpoint without a valid proof is not cosigned, and
// convicts nobody until the author's own tree shows what it is. JOURNAL-50
func TestUnexplained(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	if _, err := l.push(l.write(300)); err != nil {
		t.Fatal(err)
	}
	honest := l.write(5)
	cheat, raw := l.rewritten(305, 133)
	cp := l.sign(305, cheat.Root())
	path, err := proof.ProveConsistency(cheat, 300, 305)
	if err != nil {
		t.Fatal(err)
	}
	want(t, l.m.AddCheckpoint(ctx, 300, path, cp.Note), parley.Untrusted)
	_, err = l.m.Push(ctx, mirror.Push{Note: cp.Note, Start: 300, Entries: raw[300:]})
	want(t, err, parley.Untrusted)
	want(t, l.m.AddCheckpoint(ctx, 300, nil, l.sign(7, cheat.Root()).Note), parley.Invalid)
	want(t, l.m.AddCheckpoint(ctx, 7, nil, l.sign(7, cheat.Root()).Note), parley.Untrusted)
	if l.alarms()[mirror.AlarmUnexplained] != 1 || l.alarms()[mirror.AlarmFork] != 0 {
		t.Errorf("%v", l.alarms())
	}
	if err := l.m.Investigate(ctx, honest.Note, l.j.HashReader(ctx)); err != nil {
		t.Errorf("an honest tree: %v", err)
	}
	if _, err := l.push(honest); err != nil { // the line goes on
		t.Fatal(err)
	}
	want(t, l.m.Investigate(ctx, l.sign(304, proof.EmptyRoot()).Note, cheat), parley.Untrusted)
	later, _ := l.rewritten(305, 133)
	later.add([]byte("more"))
	l.stopped(l.m.Investigate(ctx, l.sign(306, later.Root()).Note, later))
}

// TestRewind: an old checkpoint is normal, not an alarm.
func TestRewind(t *testing.T) {
	l := newLine(t)
	old := l.write(4)
	if _, err := l.push(old); err != nil {
		t.Fatal(err)
	}
	lines, err := l.push(l.write(4))
	if err != nil || len(lines) == 0 {
		t.Fatal(err)
	}
	err = l.m.AddCheckpoint(context.Background(), 4, nil, old.Note)
	if wantAs[*mirror.SizeConflict](t, err).Size != 8 {
		t.Error(err)
	}
	_, err = l.m.Push(context.Background(), mirror.Push{Note: old.Note, Start: 4})
	wantAs[*mirror.InfoConflict](t, err)
	if len(l.alarms()) != 0 {
		t.Errorf("%v", l.alarms())
	}
}
