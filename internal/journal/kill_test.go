package journal_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/store/storetest"
)

// killEnv tells a child of TestKill which database to write to.
const killEnv = "PARLEY_TEST_KILL"

// TestKill kills a writing process at any moment: what it said is appended is there,
// and everything that is there verifies.
func TestKill(t *testing.T) {
	if path := os.Getenv(killEnv); path != "" {
		writeForEver(t, path)
	}
	d := newDesk(t)
	db := d.open()
	d.create(db)
	db.Close()
	before := uint64(0)
	for round := range 6 {
		child := exec.Command(os.Args[0], "-test.run=^TestKill$")
		child.Env = append(os.Environ(), killEnv+"="+d.path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		said := before
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if size, err := strconv.ParseUint(lines.Text(), 10, 64); err == nil {
				said = size
			}
			if n == 3+round*5 {
				child.Process.Kill() // it may get some lines further
			}
		}
		child.Wait()
		db := d.open()
		c := d.check(db)
		if c.Entries < said || c.Entries == before || c.Parts != c.Entries {
			t.Fatalf("round %d: %+v after it said %d (before: %d)", round, c, said, before)
		}
		before = c.Entries
		db.Close()
	}
}

func writeForEver(t *testing.T, path string) {
	ctx := context.Background()
	d := &desk{Author: storetest.NewAuthor(t, "aster.example"), t: t, path: path} // no folder of its own: it is killed
	j, err := journal.Open(ctx, d.open(), d.config())
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Override(ctx, storetest.Start, "officer"); err != nil {
		t.Fatal(err)
	}
	latest, err := j.Latest(ctx)
	if err != nil && parley.KindOf(err) != parley.NotFound {
		t.Fatal(err)
	}
	started := latest.Size
	for i := 0; ; i++ {
		_, cp, err := j.Append(ctx, storetest.Start, nil, d.items(1+i%40))
		if err != nil {
			t.Fatal(err)
		}
		if cp.Size > started { // the seed is that of the last child: it repeats itself first
			fmt.Println(cp.Size)
		}
	}
}
