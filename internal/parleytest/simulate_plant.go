package parleytest

import (
	"context"
	"fmt"

	"parley.example/parley"
	"parley.example/parley/seal"
)

// plants are leaves that no honest node would write.
var plants = []string{"garbage for an entry", "replay of another's entry", "replay of an own entry", "part that does not open",
	"part withheld", "part of another entry", "kind that nobody knows", "nonce used twice"}

// plant puts one of them into the cheat's journal.
func (c *cheat) plant(ctx context.Context) error {
	m := c.active
	if m.Node == nil {
		return nil
	}
	victim := c.parties[c.rand.IntN(len(c.parties))]
	kind := c.rand.IntN(len(plants))
	raw, part, err := c.leaf(ctx, kind, victim)
	if err != nil || raw == nil {
		return err
	}
	if err := m.Plant(ctx, raw, part); err != nil {
		return err
	}
	c.fault(plants[kind], m)
	return nil
}

func (c *cheat) leaf(ctx context.Context, kind int, victim *Member) (raw, part []byte, err error) {
	m := c.active
	f := Forged{To: parley.Body(victim.Name + "/cert")}
	for i := range f.Nonce {
		f.Nonce[i] = byte(c.rand.Uint32())
	}
	switch kind {
	case 0:
		return fmt.Appendf(nil, "nothing that anybody can read %d", c.rand.Uint64()), nil, nil
	case 1, 2:
		of := parley.Party(c.name)
		if kind == 1 {
			of = parley.Party(victim.Name)
		}
		list, err := m.Leaves(ctx, of)
		if err != nil || len(list) == 0 {
			return nil, nil, err
		}
		return list[c.rand.IntN(len(list))], nil, nil
	case 3:
		f.Recipients = []string{c.circle.World.Parties[parley.Party(c.name)].Cert().Age.Recipient().String()}
	case 4:
		raw, _, err := m.Forge(f)
		return raw, nil, err
	case 5: // the sealed part of an entry to the same body, under lines of another
		_, other, err := m.Forge(Forged{To: f.To, Nonce: parley.Nonce{1, byte(c.rand.Uint32())}})
		if err != nil {
			return nil, nil, err
		}
		f.Spoil = func(r *seal.Ready) { *r = moved(r, other) }
	case 6:
		f.Kind, f.Content = "gossip", []byte(`{"text":"no such kind"}`)
	case 7:
		list, err := m.Leaves(ctx, parley.Party(c.name))
		if err != nil || len(list) == 0 {
			return nil, nil, err
		}
		env, err := seal.ParseEntry(list[c.rand.IntN(len(list))])
		if err != nil {
			return nil, nil, nil
		}
		f.Nonce = env.Nonce
	}
	return m.Forge(f)
}

// moved is a message with the sealed part of another.
func moved(r *seal.Ready, part []byte) seal.Ready {
	lines := string(r.Lines)
	own := fmt.Sprintf("sealed %s %d\n", parley.Sum(r.Sealed), len(r.Sealed))
	other := fmt.Sprintf("sealed %s %d\n", parley.Sum(part), len(part))
	out := *r
	if n := len(lines) - len(own); n >= 0 && lines[n:] == own {
		out.Lines, out.Sealed = []byte(lines[:n]+other), part
	}
	return out
}

// boast signs a checkpoint of a size that nothing stands behind, and shows it to
// somebody. It is the end of an honest continuation of the cheat's journal, which is
// its own affair.
func (c *cheat) boast(ctx context.Context) error {
	m := c.active
	if m.Node == nil {
		return nil
	}
	all := c.everybody()
	victim := all[c.rand.IntN(len(all))]
	if err := m.Promise(ctx, victim, 1+c.rand.IntN(300)); err != nil {
		c.note("%s: %v", victim.Name, err)
	}
	c.fault("size with nothing behind it", m)
	c.circle.Forkers[parley.Party(c.name)] = true
	return nil
}
