package parleytest

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// part cuts or joins a line between two.
func (s *simulation) part() {
	list := s.circle.Order
	a, b := s.circle.Nodes[list[s.rand.IntN(len(list))]], s.circle.Nodes[list[s.rand.IntN(len(list))]]
	if s.chance(0.6) {
		s.circle.Net.Part(a.Address, b.Address)
		s.note("no line between %s and %s", a.Name, b.Name)
	} else {
		s.circle.Net.Heal(a.Address, b.Address)
		s.note("a line between %s and %s", a.Name, b.Name)
	}
}

// crashSoon lets a node stop for good in one of its next writes: before the
// commit, or after it when nobody is told any more.
func (s *simulation) crashSoon(m *Member) {
	if m.Node == nil {
		return
	}
	s.fault("crash", m)
	m.CrashAfter(s.rand.IntN(60))
}

// CrashAfter lets the node's database fail in the n-th step of writing from now on
// (sqldb.Fault), and at every later one: it is as if the machine had stopped. The
// node is off the network at once; Stop and Start bring it back.
func (m *Member) CrashAfter(n int) {
	var left atomic.Int64
	left.Store(int64(n))
	m.DB.SetFault(func(string) error {
		if left.Add(-1) >= 0 {
			return nil
		}
		m.crashed.Store(true)
		m.circle.Net.Detach(m.Address)
		return errCrash
	})
}

// Crashed says that the node met the end that CrashAfter set.
func (m *Member) Crashed() bool { return m.crashed.Load() }

// restart stops a node, or starts one that is down.
func (s *simulation) restart(_ context.Context, m *Member) error {
	if m.Node == nil {
		return s.up(m)
	}
	s.fault("restart", m)
	if err := m.Stop(); err != nil || s.chance(0.4) {
		return err
	}
	return s.up(m)
}

// stepClock moves a node's clock, a little or by hours, either way.
func (s *simulation) stepClock(m *Member) {
	s.fault("clock step", m)
	d := time.Duration(s.rand.IntN(40)-20) * time.Second
	if s.chance(0.3) {
		d = time.Duration(s.rand.IntN(10)-5) * time.Hour
	}
	m.Skew = d
}

// fill fills a node's disk, or makes room.
func (s *simulation) fill(m *Member) {
	if m.Full > 0 {
		m.Full = 0
		return
	}
	s.fault("full disk", m)
	m.Full = []int{91, 97, 99, 100}[s.rand.IntN(4)]
}

// saved is a copy of a home.
type saved struct{ dir string }

// PutAside copies the node's home into an empty folder; the node is stopped for as
// long as that takes.
func (m *Member) PutAside(dir string) error {
	was := m.Node != nil
	if err := m.Stop(); err != nil {
		return err
	}
	if err := copyDir(m.Home.Dir, dir); err != nil || !was {
		return err
	}
	return m.Start()
}

// PutBack replaces the node's home with an older copy of itself, and starts it.
func (m *Member) PutBack(dir string) error {
	if err := m.Stop(); err != nil {
		return err
	}
	if err := os.RemoveAll(m.Home.Dir); err != nil {
		return err
	}
	if err := copyDir(dir, m.Home.Dir); err != nil {
		return err
	}
	return m.Start()
}

// putAside stops a node for as long as a copy of its home takes.
func (s *simulation) putAside(_ context.Context, m *Member) error {
	to := filepath.Join(s.dir, "copies", strconv.Itoa(len(s.report.Trace)))
	s.note("a copy of %s is put aside", m.Name)
	s.copies[m] = append(s.copies[m], saved{to})
	return m.PutAside(to)
}

// putBack replaces a home with an older copy of itself. Not where one party cheats:
// the tail of a journal that only the cheat holds is lost for good when it says
// that it holds nothing, and what follows is then another history than the one that
// the cheat can show. Nothing but a third that both named helps against that.
func (s *simulation) putBack(ctx context.Context, m *Member) error {
	if len(s.copies[m]) == 0 || s.cheat != nil {
		return nil
	}
	lost, err := s.promised(ctx, m)
	if err != nil {
		return err
	}
	s.fault("restore of an older copy", m)
	if lost {
		s.fault("the end of a journal is lost", m)
	}
	m.lost = m.lost || lost
	from := s.copies[m][s.rand.IntN(len(s.copies[m]))]
	if err := m.PutBack(from.dir); err != nil {
		return err
	}
	if err := s.forget(ctx); err != nil {
		return err
	}
	for _, x := range s.sent {
		x.backed = x.backed || x.by == m
	}
	return nil
}

// forget finds the messages that nobody of those who keep to the rules holds any
// more: as a message that waits, as an entry of its author's journal, or as an
// entry that a mirror has cosigned. They may be lost; no other may.
func (s *simulation) forget(ctx context.Context) error {
	type place struct{ entry, part bool }
	held := make([]place, len(s.sent))
	for _, m := range s.everybody() {
		err := m.view(ctx, func(tx *sqldb.Tx) error {
			for i, x := range s.sent {
				entry, part, err := s.holds(tx, m, x)
				if err != nil {
					return err
				}
				held[i].entry = held[i].entry || entry
				held[i].part = held[i].part || part
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for i, x := range s.sent {
		x.mayBeLost = x.mayBeLost || !held[i].entry
		x.mayBeGone = x.mayBeGone || !held[i].part
		x.undone = false // it may be back in the outbox
	}
	return nil
}

// view reads a node's database, running or not.
func (m *Member) view(ctx context.Context, f func(*sqldb.Tx) error) error {
	if m.DB != nil {
		return m.DB.View(ctx, f)
	}
	db, err := sqldb.OpenVolatile(ctx, m.Home.Path("parley.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	return db.View(ctx, f)
}

// holds says whether a node holds the entry of a message and its part, or the text in
// its outbox; where the part is lost, also under the nonce of what says it again. ENTRY-32
func (s *simulation) holds(tx *sqldb.Tx, m *Member, x *sent) (entry, part bool, err error) {
	author := s.circle.World.Parties[parley.Party(x.by.Name)]
	list, err := origins(tx, parley.Party(x.by.Name))
	if err != nil {
		return false, false, err
	}
	for nonce := x.nonce; ; {
		if m == x.by {
			if rows, err := tx.Outgoing(nonce); err != nil || len(rows) > 0 {
				return true, true, err
			}
		}
		e, journal, err := standsIn(tx, list, author, nonce)
		if err != nil || journal == 0 {
			return entry, false, err
		}
		if part, err := tx.HasPart(journal, e.Part); err != nil || part {
			return true, true, err
		}
		entry, nonce = true, e.ID.Again()
	}
}

// standsIn finds a message below what is signed of its author's journals; in none: 0.
func standsIn(tx *sqldb.Tx, list []sqldb.Journal, author *Party, nonce parley.Nonce) (sqldb.Entry, int64, error) {
	for _, j := range list {
		cp, _, err := tx.LatestCheckpoint(j.ID)
		if err != nil {
			return sqldb.Entry{}, 0, err
		}
		for _, b := range author.Bodies {
			i, ok, err := tx.FirstNonce(j.ID, b.Name, nonce)
			if err != nil {
				return sqldb.Entry{}, 0, err
			}
			if !ok || i >= cp.Size {
				continue
			}
			entries, err := tx.Entries(j.ID, i, i+1)
			if err != nil {
				return sqldb.Entry{}, 0, err
			}
			return entries[0], j.ID, nil
		}
	}
	return sqldb.Entry{}, 0, nil
}

func copyDir(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o600)
	})
}
