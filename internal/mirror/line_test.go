package mirror_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

const boreaCert, corviaCert = parley.Body("borea.example/cert"), parley.Body("corvia.example/cert")

// line is Aster's journal and Borea's mirror of it, each in its own database, and
// what Aster must bring: parts by hash.
type line struct {
	t      testing.TB
	aster  *storetest.Author
	borea  *storetest.Author
	db     *sqldb.DB // Borea's
	path   string
	j      *journal.Journal
	m      *mirror.Mirror
	now    time.Time
	limits mirror.Limits
}

func newLine(t testing.TB) *line {
	l := &line{t: t, aster: storetest.NewAuthor(t, "aster.example"), borea: storetest.NewAuthor(t, "borea.example"),
		path: filepath.Join(t.TempDir(), "borea.db"), now: storetest.Start}
	j, err := journal.Create(context.Background(), l.open(filepath.Join(t.TempDir(), "aster.db")), l.journalConfig(), l.now)
	if err != nil {
		t.Fatal(err)
	}
	l.j, l.db = j, l.open(l.path)
	if l.m, err = mirror.Create(context.Background(), l.db, l.config(), nil); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *line) open(path string) *sqldb.DB {
	l.t.Helper()
	db, err := sqldb.Open(context.Background(), path)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { db.Close() })
	return db
}

func (l *line) journalConfig() journal.Config {
	return journal.Config{Origin: l.aster.Origin, Agreement: storetest.Agreement, Keys: l.aster.Log}
}

func (l *line) config() mirror.Config {
	return mirror.Config{Origin: l.aster.Origin, Agreement: storetest.Agreement, Ours: "borea.example", Limits: l.limits,
		Log: storetest.Keys(l.aster.Log), Signers: l.borea.Mirror, Now: func() time.Time { return l.now }}
}

// reopen is a restart of Borea's node.
func (l *line) reopen() {
	l.t.Helper()
	l.db.Close()
	l.db = l.open(l.path)
	var err error
	if l.m, err = mirror.Open(context.Background(), l.db, l.config()); err != nil {
		l.t.Fatal(err)
	}
}

// write appends n messages to Borea.
func (l *line) write(n int) proof.Checkpoint {
	l.t.Helper()
	items := make([]journal.Item, n)
	for i := range items {
		items[i] = journal.Item{Ready: l.aster.Ready(boreaCert, 300), Body: l.aster.Sign}
	}
	return l.append(items...)
}

func (l *line) append(items ...journal.Item) proof.Checkpoint {
	l.t.Helper()
	_, cp, err := l.j.Append(context.Background(), l.now, nil, items)
	if err != nil {
		l.t.Fatal(err)
	}
	return cp
}

// parts are those of the entries [start, end), as Aster holds them.
func (l *line) parts(start, end uint64) [][]byte {
	l.t.Helper()
	var list [][]byte
	for _, raw := range l.entries(start, end) {
		env, err := seal.ParseEntry(raw)
		if err != nil {
			l.t.Fatal(err)
		}
		b, err := l.j.Part(context.Background(), env.Part)
		if err != nil {
			l.t.Fatal(err)
		}
		list = append(list, b)
	}
	return list
}

func (l *line) entries(start, end uint64) [][]byte {
	l.t.Helper()
	raw, err := l.j.Entries(context.Background(), start, end)
	if err != nil {
		l.t.Fatal(err)
	}
	return raw
}

func (l *line) putParts(start, end uint64) {
	l.t.Helper()
	list := l.parts(start, end)
	var rows []sqldb.Part // one fsync for most of them: many tests want many parts
	for len(list) > 10 {
		rows = append(rows, sqldb.Part{Hash: parley.Sum(list[0]), Bytes: list[0], Stored: l.now})
		list = list[1:]
	}
	err := l.db.Update(context.Background(), func(tx *sqldb.Tx) error {
		j, err := tx.Journal(l.aster.Origin)
		if err != nil {
			return err
		}
		return tx.PutParts(j.ID, rows)
	})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, b := range list {
		if err := l.m.PutPart(context.Background(), parley.Sum(b), b); err != nil {
			l.t.Fatal(err)
		}
	}
}

// offer is add-checkpoint with the right proof.
func (l *line) offer(cp proof.Checkpoint) error {
	l.t.Helper()
	st := l.status()
	path, err := proof.ProveConsistency(l.j.HashReader(context.Background()), st.Pending, cp.Size)
	if err != nil {
		l.t.Fatal(err)
	}
	return l.m.AddCheckpoint(context.Background(), st.Pending, path, cp.Note)
}

// upload is add-entries of [start, end): a naive client of c2sp.org/tlog-mirror
// that sends at most n packages.
func (l *line) upload(start, end uint64, n int) (mirror.Result, error) {
	return l.m.AddEntries(context.Background(), start, end, nil, l.packages(start, end, n, io.EOF))
}

func (l *line) packages(start, end uint64, n int, last error) func() (mirror.Package, error) {
	at := start
	return func() (mirror.Package, error) {
		if n == 0 || at == end {
			return mirror.Package{}, last
		}
		n--
		to := min(end, at/256*256+256)
		path, err := proof.ProveSubtree(l.j.HashReader(context.Background()), at/256*256, to, end)
		if err != nil {
			l.t.Fatal(err)
		}
		p := mirror.Package{Entries: l.entries(at, to), Proof: path}
		at = to
		return p, nil
	}
}

func (l *line) push(cp proof.Checkpoint) ([]byte, error) {
	start := l.status().Next
	return l.m.Push(context.Background(), mirror.Push{Note: cp.Note, Parts: l.parts(start, cp.Size), Start: start, Entries: l.entries(start, cp.Size)})
}

func (l *line) status() mirror.Status {
	l.t.Helper()
	st, err := l.m.Status(context.Background())
	if err != nil {
		l.t.Fatal(err)
	}
	return st
}

// receipt says that lines are both of Borea's cosignatures on a checkpoint.
func (l *line) receipt(cp proof.Checkpoint, lines []byte) {
	l.t.Helper()
	got, err := proof.OpenCosignatures(cp, lines, storetest.Keys(l.borea.Mirror)...)
	if err != nil || len(got) != 2 {
		l.t.Fatalf("%d cosignatures on size %d: %v", len(got), cp.Size, err)
	}
}

func (l *line) check() journal.Checked {
	l.t.Helper()
	c, err := journal.Check(context.Background(), l.db, l.aster.Origin, storetest.Keys(l.aster.Log), storetest.Keys(l.borea.Mirror))
	if err != nil {
		l.t.Fatal(err)
	}
	return c
}

func (l *line) alarms() map[string]int {
	l.t.Helper()
	list, err := sqldb.Read(context.Background(), l.db, func(tx *sqldb.Tx) ([]sqldb.Alarm, error) { return tx.Alarms(false) })
	if err != nil {
		l.t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, a := range list {
		kinds[a.Kind]++
	}
	return kinds
}

// sign makes a checkpoint that Aster's keys sign, of any size and root: a cheat.
func (l *line) sign(size uint64, root tlog.Hash) proof.Checkpoint {
	l.t.Helper()
	cp, err := proof.SignCheckpoint(l.aster.Origin, size, root, l.now, l.aster.Log...)
	if err != nil {
		l.t.Fatal(err)
	}
	return cp
}

func want(t testing.TB, err error, kind parley.ErrorKind) {
	t.Helper()
	if err == nil || parley.KindOf(err) != kind {
		t.Fatalf("error %v: want %v", err, kind)
	}
}

func wantAs[E error](t testing.TB, err error) (e E) {
	t.Helper()
	if !errors.As(err, &e) {
		t.Fatalf("error %v: want %T", err, e)
	}
	return e
}
