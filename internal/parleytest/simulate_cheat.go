package parleytest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// cheat is a party with valid keys that breaks the rules. It runs real nodes: what
// it does beyond them is done with their keys and databases.
type cheat struct {
	*simulation
	name   string
	active *Member // of two that fork, the one that is on the network
	twin   *Member // nil until it has made a second copy of its home
	lies   bool    // its server answers as it pleases
}

// newCheat takes the last party out of those that keep to the rules.
func (s *simulation) newCheat() *cheat {
	last := len(s.parties) - 1
	c := &cheat{simulation: s, name: s.parties[last].Name, active: s.parties[last]}
	s.parties = s.parties[:last]
	if s.chance(0.5) {
		c.lies = true
		c.active.Wrap = c.liar
		c.active.attach()
	}
	return c
}

// act does one thing that is against the rules.
func (c *cheat) act(ctx context.Context) error {
	if c.lies && c.chance(0.1) {
		return c.boast(ctx)
	}
	if c.lies {
		return c.plant(ctx)
	}
	if c.twin == nil {
		return c.double()
	}
	return c.swap(ctx)
}

// double makes a second copy of the home, which will be written to on its own.
func (c *cheat) double() error {
	c.circle.Forkers[parley.Party(c.name)] = true
	c.fault("second copy of a home", c.active)
	if err := c.active.Stop(); err != nil {
		return err
	}
	c.twin = &Member{Name: c.name + " (twin)", Address: c.active.Address, Home: node.Home{Dir: filepath.Join(c.dir, "twin")}, circle: c.circle}
	if err := copyDir(c.active.Home.Dir, c.twin.Home.Dir); err != nil {
		return err
	}
	return c.active.Start()
}

// swap lets the other copy speak, without asking anybody, and write something.
func (c *cheat) swap(ctx context.Context) error {
	c.fault("node that forks", c.active)
	if err := c.active.Stop(); err != nil {
		return err
	}
	c.active, c.twin = c.twin, c.active
	if err := c.active.Start(); err != nil {
		return err
	}
	for _, l := range c.active.Node.Lines() {
		if c.chance(0.9) {
			if err := l.Override(ctx, "nobody"); err != nil {
				return err
			}
		}
	}
	for range c.rand.IntN(4) {
		to := c.parties[c.rand.IntN(len(c.parties))].Name + "/cert"
		c.active.Node.SendHotline(ctx, node.SendRequest{To: []string{to}, Precedence: "flash", Text: "believe me"})
	}
	if err := c.active.Step(ctx); err != nil {
		c.note("%s: %v", c.active.Name, err)
	}
	return nil
}

// liar answers some requests with what is not so.
func (c *cheat) liar(honest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.lies || !c.chance(0.4) {
			honest.ServeHTTP(w, r)
			return
		}
		c.fault("lie of a counterpart", c.active)
		switch c.rand.IntN(6) {
		case 0:
			if strings.HasSuffix(r.URL.Path, "/status") {
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprintf(w, `{"software":"parley/lie","time":"2026-11-22T09:00:00Z","size":%d,"pending":%d,"next":%d}`, 1, 1<<40, c.rand.IntN(1<<40))
				return
			}
			w.WriteHeader(http.StatusConflict)
		case 1:
			w.Header().Set("Content-Type", "text/x.tlog.mirror-info")
			w.WriteHeader(http.StatusConflict)
			fmt.Fprintf(w, "%d\n%d\n\n", c.rand.IntN(1<<40), c.rand.IntN(1<<40))
		case 2:
			w.Header().Set("Content-Type", "text/x.tlog.size")
			w.WriteHeader(http.StatusConflict)
			fmt.Fprintf(w, "%d\n", c.rand.IntN(1<<40))
		case 3:
			w.Header().Set("Content-Type", "text/x.parley.missing")
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintf(w, "%s\n", parley.Sum([]byte("anything")))
		case 4:
			fmt.Fprintf(w, "— %s lies\n", c.name)
		case 5: // the right answer with one octet wrong
			rec := httptest.NewRecorder()
			honest.ServeHTTP(rec, r)
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(rec.Code)
			b := slices.Clone(rec.Body.Bytes())
			if len(b) > 0 {
				b[c.rand.IntN(len(b))] ^= byte(1 + c.rand.IntN(255))
			}
			w.Write(b)
		}
	})
}

// convicted: where two who keep to the rules hold contradicting histories of one
// journal, or where what its author shows contradicts what one of them holds, each
// of them has evidence that convicts offline. There is never evidence against
// anybody who kept to the rules: Check looks for that.
func (s *simulation) convicted(ctx context.Context) error {
	if s.cheat == nil || !s.circle.Forkers[parley.Party(s.cheat.name)] {
		return nil
	}
	of := s.circle.World.Parties[parley.Party(s.cheat.name)]
	var log []proof.Key
	for _, k := range of.Journal {
		log = append(log, k.Key())
	}
	list := append(s.everybody(), s.cheat.active)
	contradicted := map[*Member]bool{}
	for i, a := range list {
		for _, b := range list[:i] {
			same, err := sameBeginning(ctx, a, b, of.Origin)
			if err != nil {
				return err
			}
			contradicted[a], contradicted[b] = contradicted[a] || !same, contradicted[b] || !same
		}
	}
	var errs []error
	for _, m := range s.everybody() {
		found := false
		err := m.DB.View(ctx, func(tx *sqldb.Tx) error {
			all, err := tx.EvidenceOf(of.Origin)
			for _, e := range all {
				_, bad := proof.ParseFork(e.Bytes, log...)
				err = errors.Join(err, bad)
				found = true
			}
			return err
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("the evidence of %s: %w", m.Name, err))
		}
		if contradicted[m] && !found {
			errs = append(errs, fmt.Errorf("%s has no evidence against %s, whose histories contradict", m.Name, s.cheat.name))
		}
		if found {
			s.report.Faults["(forks convicted)"]++
		}
	}
	return errors.Join(errs...)
}

// sameBeginning compares what two nodes hold, cosigned, of one journal.
func sameBeginning(ctx context.Context, a, b *Member, o parley.Origin) (bool, error) {
	x, err := sqldb.Read(ctx, a.DB, func(tx *sqldb.Tx) (uint64, error) { return cosignedSize(tx, o) })
	if err != nil {
		return false, err
	}
	y, err := sqldb.Read(ctx, b.DB, func(tx *sqldb.Tx) (uint64, error) { return cosignedSize(tx, o) })
	if err != nil {
		return false, err
	}
	size := min(x, y)
	p, q := &picture{db: a.DB}, &picture{db: b.DB}
	r1, err := p.root(ctx, o, size)
	if err != nil {
		return false, err
	}
	r2, err := q.root(ctx, o, size)
	return r1 == r2, err
}

func cosignedSize(tx *sqldb.Tx, o parley.Origin) (uint64, error) {
	j, err := tx.Journal(o)
	if err != nil {
		return 0, err
	}
	cp, _, err := tx.LatestCheckpoint(j.ID)
	return cp.Size, err
}
