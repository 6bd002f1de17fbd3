package mirror_test

import (
	"context"
	"path/filepath"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
)

// slow is a source on a network: whatever the journal is asked while it answers must
// not wait for it.
type slow struct {
	source
	meanwhile func()
}

func (s slow) Entries(ctx context.Context, start, end uint64) ([][]byte, error) {
	s.meanwhile()
	return s.source.Entries(ctx, start, end)
}

// TestResumeHoldsNoLock: while a tail is fetched, the journal answers, is silenced
// again, and refuses to speak; nobody waits for the network.
func TestResumeHoldsNoLock(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	if _, err := l.push(l.write(600)); err != nil {
		t.Fatal(err)
	}
	note, err := l.m.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Create(ctx, l.open(filepath.Join(t.TempDir(), "empty.db")), l.journalConfig(), l.now)
	if err != nil {
		t.Fatal(err)
	}
	item := journal.Item{Ready: l.aster.Ready(boreaCert, 10), Body: l.aster.Sign}
	silence := true
	from := slow{source{l, false}, func() {
		_, _, err := j.Append(ctx, l.now, nil, []journal.Item{item})
		want(t, err, parley.Unavailable)
		_, err = j.Resume(ctx, l.now, []journal.Held{{Who: "corvia.example"}})
		want(t, err, parley.Unavailable)
		if silence {
			j.Silence()
		}
	}}
	held := []journal.Held{{Who: "borea.example", Note: note, Source: from}}
	_, err = j.Resume(ctx, l.now, held)
	want(t, err, parley.Unavailable)
	if !j.Asking() {
		t.Error("it was silenced while it asked, and speaks")
	}
	silence = false
	if _, err = j.Resume(ctx, l.now, held); err != nil || j.Asking() {
		t.Error(err)
	}
}
