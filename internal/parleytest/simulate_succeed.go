package parleytest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/store/sqldb"
)

// succeed closes a party's journal, whatever is on its way: an end that nobody has
// signed, messages that wait, attachments that have not moved.
func (s *simulation) succeed(_ context.Context, m *Member) error {
	if m.Node == nil || len(s.journals(m)) > 3 {
		return nil
	}
	l := m.Node.Lines()[0]
	r := node.SucceedRequest{}
	if l.ReadOnly() == "" && !m.lost { // an officer who knows that nobody can hold more than is here
		r.Override = "an officer"
	}
	return s.close(m, r)
}

// close asks a node to close its journal. It refuses where it must.
func (s *simulation) close(m *Member, r node.SucceedRequest) error {
	out, err := m.Node.Succeed(context.Background(), r)
	s.note("%s closes its journal (%q): %+v, %v", m.Name, r.Override, out, err)
	switch {
	case m.Crashed():
		return s.down(m)
	case err == nil:
		s.report.Faults["succession"]++
		s.closed(m)
		m.lost = false
		return nil
	}
	if k := parley.KindOf(err); k != parley.Unavailable && k != parley.Conflict {
		return fmt.Errorf("succession: %w", err)
	}
	return nil
}

// closed: older copies of the home know nothing of the journal that follows, and have
// none of its keys; they are thrown away, as the handbook says.
func (s *simulation) closed(m *Member) { s.copies[m] = nil }

// journals are those that a party has written, in the order in which they follow.
func (s *simulation) journals(m *Member) []parley.Origin {
	list := []parley.Origin{s.circle.World.Parties[parley.Party(m.Name)].Origin}
	for _, at := range s.everybody() { // whoever knows most of them
		if at.Node == nil {
			continue
		}
		if known := at.Node.Lines()[0].Journals(parley.Party(m.Name)); len(known) > len(list) {
			list = known
		}
	}
	return list
}

// recover closes the journals whose end is lost for good: somebody was shown a
// checkpoint that nobody has the entries of. Every other fault is over.
func (s *simulation) recover(ctx context.Context) error {
	for _, m := range s.parties {
		if !m.lost {
			continue
		}
		for range 20 {
			if err := s.stepAll(ctx); err != nil {
				return err
			}
			if m.Node.Lines()[0].ReadOnly() == "" { // it was not lost after all
				m.lost = false
			}
			if !m.lost {
				break
			}
			if err := s.close(m, node.SucceedRequest{}); err != nil {
				return err
			}
		}
		if m.lost {
			return fmt.Errorf("%s cannot close a journal whose end is lost", m.Name)
		}
	}
	return nil
}

// promised: somebody was shown a checkpoint of this party's journal and not yet all
// entries under it. With an older copy of the home those entries are gone for good,
// the signature is not, and only a succession goes on.
func (s *simulation) promised(ctx context.Context, m *Member) (yes bool, err error) {
	if s.circle.World.Parties[parley.Party(m.Name)] == nil {
		return false, nil
	}
	list := s.journals(m)
	for _, at := range s.everybody() {
		if at == m {
			continue
		}
		err := at.view(ctx, func(tx *sqldb.Tx) error {
			j, err := tx.Journal(list[len(list)-1])
			if err != nil {
				return nil
			}
			pending, _, err := tx.Pending(j.ID)
			if err != nil {
				return err
			}
			size, err := tx.Size(j)
			yes = yes || pending.Size > size
			return err
		})
		if err != nil {
			return false, err
		}
	}
	return yes, nil
}

// origins are all journals of a party that a database holds.
func origins(tx *sqldb.Tx, p parley.Party) ([]sqldb.Journal, error) {
	list, err := tx.Journals()
	return slices.DeleteFunc(list, func(j sqldb.Journal) bool { return j.Party != p }), err
}

// stepAll moves the clock and steps everybody, twice.
func (s *simulation) stepAll(ctx context.Context) error {
	for range 2 {
		s.circle.Clock.Advance(25 * time.Second)
		for _, m := range s.running() {
			if err := m.Step(ctx); err != nil && (s.cheat == nil || m != s.cheat.active) {
				s.note("%s: %v", m.Name, err)
			}
		}
	}
	return nil
}
