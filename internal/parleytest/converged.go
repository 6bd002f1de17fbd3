package parleytest

import (
	"context"
	"fmt"
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/store/blobfile"
	"parley.example/parley/internal/store/sqldb"
)

// Converged says why the circle has not come to rest, or "": every node holds and
// has cosigned the whole journal of every other, has judged and folded all of it,
// has answered what it owes, and everybody sees the same statements about every
// message. Nothing is demanded of the journals of those in except, nor of what
// they hold. Every node must be running.
func (c *Circle) Converged(ctx context.Context, except map[string]bool) (string, error) {
	sizes := map[parley.Origin]uint64{}
	for _, name := range c.Order {
		m := c.Nodes[name]
		if except[name] || m.Node == nil {
			continue
		}
		why, err := m.quiet(ctx, sizes, except)
		if err != nil || why != "" {
			return why, err
		}
	}
	return c.sameSteps(ctx, except)
}

// quiet looks at one node; sizes gathers how long each journal is, as whoever came
// first holds it.
func (m *Member) quiet(ctx context.Context, sizes map[parley.Origin]uint64, except map[string]bool) (why string, err error) {
	err = m.DB.View(ctx, func(tx *sqldb.Tx) error {
		list, err := tx.Journals()
		if err != nil {
			return err
		}
		for _, j := range list {
			if except[string(j.Party)] || why != "" {
				continue
			}
			if why, err = m.rests(tx, j, sizes, except); err != nil {
				return err
			}
		}
		return nil
	})
	return why, err
}

func (m *Member) rests(tx *sqldb.Tx, j sqldb.Journal, sizes map[parley.Origin]uint64, except map[string]bool) (string, error) {
	size, err := tx.Size(j)
	if err != nil {
		return "", err
	}
	cp, _, err := tx.LatestCheckpoint(j.ID)
	if err != nil {
		return "", err
	}
	ends, err := tx.Ends(j.ID)
	if err != nil {
		return "", err
	}
	if len(ends) > 0 { // of a closed journal nothing may come any more behind what is signed
		size = cp.Size
	}
	if was, ok := sizes[j.Origin]; ok && was != size {
		return fmt.Sprintf("%s holds %d entries of %s, another node %d", m.Name, size, j.Origin, was), nil
	}
	sizes[j.Origin] = size
	if cp.Size != size {
		return fmt.Sprintf("%s holds %d entries of %s and a checkpoint of size %d", m.Name, size, j.Origin, cp.Size), nil
	}
	p, err := tx.FoldPosition(j.ID)
	if err != nil {
		return "", err
	}
	if p.Next != size {
		return fmt.Sprintf("%s has folded %d of %d entries of %s", m.Name, p.Next, size, j.Origin), nil
	}
	if j.Role == sqldb.Theirs {
		owing, err := tx.OwingMessages(j.ID, 1)
		if err != nil || len(owing) > 0 {
			return fmt.Sprintf("%s owes receipts to %s", m.Name, j.Party), err
		}
		if why, err := m.awaits(tx, j); err != nil || why != "" {
			return why, err
		}
	}
	if j.Role != sqldb.Ours {
		return "", nil
	}
	waiting, err := tx.Outbox(j.Origin)
	if err != nil || len(waiting) > 0 {
		return fmt.Sprintf("%s has %d messages in its outbox", m.Name, len(waiting)), err
	}
	for _, name := range m.circle.cosigners(except) {
		key := m.circle.cosignerKey(name)
		if name == m.Name || size == 0 {
			continue
		}
		c, _, err := tx.LatestCosignature(j.ID, key.Name, key.ID)
		if err != nil || c.Size != size {
			return fmt.Sprintf("%s has %d entries, and the cosignature of %s up to %d", m.Name, size, name, c.Size), err
		}
	}
	return "", nil
}

// awaits says whether an attachment has not arrived that its author still has.
func (m *Member) awaits(tx *sqldb.Tx, j sqldb.Journal) (string, error) {
	list, err := tx.BlobsIn(sqldb.BlobAwaited, j.Origin, 64)
	if err != nil || len(list) == 0 {
		return "", err
	}
	theirs, err := blobfile.Open(m.circle.Nodes[string(j.Party)].Home.Path("blobs"))
	if err != nil {
		return "", err
	}
	for _, b := range list {
		if _, whole, err := theirs.Held(j.Origin, b.Hash, b.Size); err != nil || whole {
			return fmt.Sprintf("%s awaits the attachment %s of %s", m.Name, b.Hash, j.Party), err
		}
	}
	return "", nil
}

// sameSteps: the author of a message and each addressee see the same statements of
// either of them about it.
func (c *Circle) sameSteps(ctx context.Context, except map[string]bool) (why string, err error) {
	views := map[parley.Party]*picture{}
	for _, name := range c.Order[:len(c.World.Parties)] {
		if m := c.Nodes[name]; !except[name] && m.Node != nil {
			p, err := m.look(ctx)
			if err != nil {
				return "", err
			}
			views[parley.Party(name)] = p
		}
	}
	for author, p := range views {
		for ref, m := range p.entries {
			if ref.Origin.Party() != author || why != "" {
				continue
			}
			for _, to := range m.To {
				q := views[to.Party()]
				if q == nil || to.Party() == author {
					continue
				}
				if a, b := p.said(ref, author, to.Party()), q.said(ref, author, to.Party()); !slices.Equal(a, b) {
					why = fmt.Sprintf("about %s, %s sees %v and %s sees %v", ref, author, a, to.Party(), b)
				}
				if o := q.entries[ref]; o.Void != m.Void && m.Kind != "" && o.Kind != "" {
					why = fmt.Sprintf("%s is void %q to %s and %q to %s", ref, m.Void, author, o.Void, to.Party())
				}
			}
		}
	}
	return why, nil
}

// said is what two parties have said about an entry, in an order of its own.
func (p *picture) said(ref parley.Ref, by ...parley.Party) []string {
	var list []string
	for _, st := range p.steps[ref] {
		if slices.Contains(by, st.From.Party()) {
			list = append(list, fmt.Sprintf("%s %s %d", st.From, st.Says, st.ByIndex))
		}
	}
	slices.Sort(list)
	return list
}
