package register

import (
	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// deliveries asks once for each journal and cosigner how far they have signed:
// delivered is read off the stored cosignatures, no row says it.
type deliveries struct {
	tx *sqldb.Tx
	*world
	register *Register
	known    map[deliveryKey]Proof
}

type deliveryKey struct {
	journal  int64
	cosigner string
}

// fill sets the state with each addressee and of the whole.
func (d *deliveries) fill(m *Message) error {
	seen := map[parley.Party]bool{}
	for _, b := range m.To {
		p := b.Party()
		if seen[p] || p == m.From.Party() {
			continue
		}
		seen[p] = true
		delivered, err := d.by(m, d.mirrors(m.Agreement, p))
		if err != nil {
			return err
		}
		tendered, err := d.by(m, d.register.termsOf(m.Agreement).Archives)
		if err != nil {
			return err
		}
		m.Addressees = append(m.Addressees, m.stateOf(p, delivered, tendered))
	}
	m.State = m.whole()
	return nil
}

// mirrors are the key names of a party's mirrors, one for each journal it had.
func (w *world) mirrors(agreement parley.Hash, p parley.Party) []string {
	var list []string
	for _, j := range w.byID {
		if j.Agreement == agreement && j.Party == p {
			list = append(list, j.Origin.Mirror())
		}
	}
	return list
}

// by is the largest size over the message under which one of the cosigners
// signed. A message that its author called gone needs a signature from before that.
func (d *deliveries) by(m *Message, cosigners []string) (best Proof, err error) {
	gone := m.goneAt()
	for _, c := range cosigners {
		k := deliveryKey{m.journal, c}
		p, ok := d.known[k]
		if !ok {
			got, err := d.tx.Delivered(m.journal, c, d.register.termsOf(m.Agreement).Quantum)
			if err != nil {
				return Proof{}, err
			}
			p = Proof{Cosigner: c, Size: got.Size}
			d.known[k] = p
		}
		if p.Size <= m.Ref.Index || p.Size <= best.Size {
			continue
		}
		if gone > 0 {
			first, ok, err := d.tx.FirstDelivered(m.journal, c, m.Ref.Index)
			if err != nil {
				return Proof{}, err
			}
			if !ok || first.Size > gone {
				continue
			}
		}
		best = p
	}
	return best, nil
}

// goneAt is the index of the entry that calls the part gone; 0 where none does.
func (m *Message) goneAt() uint64 {
	for i := range m.Steps {
		if m.Steps[i].Says == SaysGone {
			return m.Steps[i].Ref.Index
		}
	}
	return 0
}

// firstProofs names, for a single message, the first cosignature that covers it.
func (r *Register) firstProofs(tx *sqldb.Tx, m *Message) error {
	for i := range m.Addressees {
		a := &m.Addressees[i]
		if a.State != StateDelivered && a.State != StateTendered {
			continue
		}
		first, ok, err := tx.FirstDelivered(m.journal, a.Proof.Cosigner, m.Ref.Index)
		if err != nil {
			return err
		}
		if ok {
			a.Proof.Size = first.Size
		}
	}
	return nil
}
