package parleytest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/blobfile"
	"parley.example/parley/internal/store/sqldb"
)

// Check verifies everything again that the nodes have stored, running or not:
//
//   - the entries of every journal and mirror hash to its tree and to every signed
//     root; every checkpoint, cosignature, part and attachment holds, and the
//     registers, built again from nothing, are the live ones (node.Check);
//   - no node cosigned an entry whose part it owed and did not have;
//   - no two roots were signed for one size, whoever holds them, and every mirror
//     is a beginning of its author's journal, or the other way round where the
//     author lost its tail. Where the author wrote two histories on purpose it is
//     named in Forkers, and both of these are left out for its journal;
//   - what is shown as delivered has the addressee's cosignature;
//   - two nodes that can read an entry say the same of it.
//
// It judges and folds what has not been folded yet, and sends nothing.
func (c *Circle) Check(ctx context.Context) error {
	var all []*picture
	var errs []error
	defer func() {
		for _, p := range all {
			p.close()
		}
	}()
	for _, name := range c.Order {
		m := c.Nodes[name]
		p, err := m.look(ctx)
		if err != nil {
			return fmt.Errorf("check %s: %w", name, err)
		}
		all = append(all, p)
		for _, f := range []func(context.Context) error{p.checked, p.partsHeld, p.proven} {
			if err := f(ctx); err != nil {
				errs = append(errs, fmt.Errorf("check %s: %w", name, err))
			}
		}
	}
	errs = append(errs, c.oneHistory(ctx, all), sameView(all))
	return errors.Join(errs...)
}

// picture is what one node holds.
type picture struct {
	member   *Member
	db       *sqldb.DB
	opened   bool // by us: the member is down
	node     *node.Node
	register *register.Register
	journals []sqldb.Journal
	sizes    map[parley.Origin]uint64
	entries  map[parley.Ref]sqldb.Message // as folded
	steps    map[parley.Ref][]sqldb.Step
}

// look opens what a node holds, and lets it fold what it has not folded yet.
func (m *Member) look(ctx context.Context) (p *picture, err error) {
	p = &picture{member: m, db: m.DB, node: m.Node, register: m.Register, sizes: map[parley.Origin]uint64{},
		entries: map[parley.Ref]sqldb.Message{}, steps: map[parley.Ref][]sqldb.Step{}}
	if p.db == nil {
		p.opened = true
		if p.db, err = sqldb.OpenVolatile(ctx, m.Home.Path("parley.db")); err != nil {
			return nil, err
		}
		if p.register, err = register.New(p.db); err == nil {
			p.node, err = m.offline(ctx, p.db, p.register)
		}
		if err != nil {
			p.close()
			return nil, err
		}
	}
	for _, l := range p.node.Lines() {
		if err := l.Follow(ctx); err != nil {
			p.close()
			return nil, err
		}
	}
	if err := p.db.View(ctx, p.read); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *picture) close() {
	if p.opened {
		p.db.Close()
	}
}

// offline is a node on a database that calls nobody and that nobody reaches.
func (m *Member) offline(ctx context.Context, db *sqldb.DB, r *register.Register) (*node.Node, error) {
	blobs, err := blobfile.Open(m.Home.Path("blobs"))
	if err != nil {
		return nil, err
	}
	return node.Open(ctx, node.Options{Home: m.Home, DB: db, Register: r, Blobs: blobs, Now: m.Now,
		Log: slog.New(slog.DiscardHandler), Disk: func() (int, error) { return 0, nil }, Refuse: node.Watermarks{Blobs: 90, Text: 97}})
}

// read takes the journals and the folded rows.
func (p *picture) read(tx *sqldb.Tx) (err error) {
	if p.journals, err = tx.Journals(); err != nil {
		return err
	}
	for _, j := range p.journals {
		size, err := tx.Size(j)
		if err != nil {
			return err
		}
		p.sizes[j.Origin] = size
		var places []sqldb.Place
		for i := j.MinIndex; i < size; i++ {
			places = append(places, sqldb.Place{Journal: j.ID, Index: i})
		}
		list, err := tx.MessagesAt(places)
		if err != nil {
			return err
		}
		steps, err := tx.StepsAt(places)
		if err != nil {
			return err
		}
		for _, m := range list {
			ref := parley.Ref{Origin: j.Origin, Index: m.Index}
			p.entries[ref], p.steps[ref] = m, steps[sqldb.Place{Journal: j.ID, Index: m.Index}]
		}
	}
	return nil
}

// checked is what the node's own check says: every journal and mirror verified, the
// registers built again beside the live ones and compared.
func (p *picture) checked(ctx context.Context) error {
	r, err := p.node.Check(ctx, nil)
	if err == nil && (r.Difference != "" || !r.Rebuilt) {
		err = errors.New(r.Difference)
	}
	return err
}

// partsHeld: under a cosignature of ours, each part owed is held, was called gone,
// or was erased. JOURNAL-44
func (p *picture) partsHeld(ctx context.Context) error {
	return p.db.View(ctx, func(tx *sqldb.Tx) error {
		for _, j := range p.journals {
			if j.Role != sqldb.Theirs {
				continue // ours owes nothing; an archive drops what is delivered
			}
			cp, ok, err := tx.LatestCheckpoint(j.ID)
			if err != nil || !ok {
				return err
			}
			missing, err := tx.OwedParts(j.ID, 0, cp.Size, 1<<20)
			if err != nil {
				return err
			}
			for _, h := range missing {
				_, gone, err := tx.Gone(j.ID, h)
				if err != nil {
					return err
				}
				if _, _, erased, err := tx.Erased(j.ID, h); err != nil || !gone && !erased {
					return errors.Join(err, fmt.Errorf("%s is cosigned up to %d without the part %s", j.Origin, cp.Size, h))
				}
			}
		}
		return nil
	})
}

// proven: what is shown as delivered to somebody has its cosignature.
func (p *picture) proven(ctx context.Context) error {
	for ref := range p.entries {
		m, err := p.register.At(ctx, ref)
		if err != nil {
			return err
		}
		for _, a := range m.Addressees {
			if a.State != register.StateDelivered && a.State != register.StateTendered {
				continue
			}
			var lines []sqldb.Cosignature
			err := p.db.View(ctx, func(tx *sqldb.Tx) error {
				j, err := tx.Journal(ref.Origin)
				if err != nil {
					return err
				}
				lines, err = tx.CosignaturesBy(j.ID, a.Proof.Size, a.Proof.Cosigner)
				return err
			})
			if err != nil {
				return err
			}
			if len(lines) == 0 || a.Proof.Size <= ref.Index {
				return fmt.Errorf("%s is shown as %s to %s, and no cosignature of %s at size %d says so", ref, a.State, a.Party, a.Proof.Cosigner, a.Proof.Size)
			}
		}
	}
	return nil
}

// oneHistory compares all signed roots, and each mirror with its author.
func (c *Circle) oneHistory(ctx context.Context, all []*picture) error {
	type place struct {
		origin parley.Origin
		size   uint64
	}
	roots := map[place]tlog.Hash{}
	who := map[place]string{}
	var errs []error
	for _, p := range all {
		err := p.db.View(ctx, func(tx *sqldb.Tx) error {
			for _, j := range p.journals {
				if c.Forkers[j.Party] {
					continue
				}
				ends, err := tx.Ends(j.ID)
				if err != nil {
					return err
				}
				if slices.ContainsFunc(ends, func(e sqldb.End) bool { return e.How == sqldb.Forked }) {
					errs = append(errs, fmt.Errorf("%s holds %s to be forked, and its author never did that", p.member.Name, j.Origin))
				}
				list, err := tx.Checkpoints(j.ID, 0, 1<<62)
				if err != nil {
					return err
				}
				for _, cp := range list {
					at := place{j.Origin, cp.Size}
					if was, ok := roots[at]; ok && was != cp.Root {
						errs = append(errs, fmt.Errorf("%s and %s hold two roots of %s at size %d", who[at], p.member.Name, j.Origin, cp.Size))
					}
					roots[at], who[at] = cp.Root, p.member.Name
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return errors.Join(append(errs, c.prefixes(ctx, all))...)
}

// prefixes: whoever holds a journal holds the same beginning of it.
func (c *Circle) prefixes(ctx context.Context, all []*picture) error {
	first := map[parley.Origin]*picture{}
	for _, p := range all {
		for _, j := range p.journals {
			if c.Forkers[j.Party] {
				continue
			}
			q := first[j.Origin]
			if q == nil {
				first[j.Origin] = p
				continue
			}
			size := min(p.sizes[j.Origin], q.sizes[j.Origin])
			a, err := p.root(ctx, j.Origin, size)
			if err != nil {
				return err
			}
			b, err := q.root(ctx, j.Origin, size)
			if err != nil {
				return err
			}
			if a != b {
				return fmt.Errorf("%s and %s hold other first %d entries of %s", p.member.Name, q.member.Name, size, j.Origin)
			}
		}
	}
	return nil
}

func (p *picture) root(ctx context.Context, o parley.Origin, size uint64) (tlog.Hash, error) {
	return sqldb.Read(ctx, p.db, func(tx *sqldb.Tx) (tlog.Hash, error) {
		j, err := tx.Journal(o)
		if err != nil {
			return tlog.Hash{}, err
		}
		edge, err := tx.Edge(j.ID, 0, size)
		if err != nil {
			return tlog.Hash{}, err
		}
		return edge.Root(), nil
	})
}

// sameView: two nodes that hold an entry agree on what it is, and where both can
// read it on what it says. What others said about it depends on what has arrived,
// and is compared where everything has: Converged.
func sameView(all []*picture) error {
	first := map[parley.Ref]*picture{}
	var errs []error
	for _, p := range all {
		for ref, m := range p.entries {
			q := first[ref]
			if q == nil || q.entries[ref].Kind == "" {
				first[ref] = p
			}
			if q == nil {
				continue
			}
			o := q.entries[ref]
			var same bool
			switch {
			case m.Reason != o.Reason: // one of them sees nothing of what the other found inside
				same = m.Reason == "" && m.Kind == "" || o.Reason == "" && o.Kind == ""
			case m.Kind != "" && o.Kind != "":
				same = m.Kind == o.Kind && m.Thread == o.Thread && m.Answers == o.Answers && m.Rank == o.Rank && (m.Marking == o.Marking || m.Inside != o.Inside) // one of them has erased it
				fallthrough
			default:
				same = (same || m.Kind == "" || o.Kind == "") && m.ID == o.ID && m.From == o.From && m.Part == o.Part && slices.Equal(m.To, o.To)
			}
			if !same && !p.member.circle.Forkers[ref.Origin.Party()] {
				errs = append(errs, fmt.Errorf("%s and %s see %s with other eyes: %+v, %+v", p.member.Name, q.member.Name, ref, m, o))
			}
		}
	}
	return errors.Join(errs...)
}
