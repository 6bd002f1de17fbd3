package courier

import (
	"bytes"
	"context"
	"io"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// errEnd ends the prefix that one request sends.
var errEnd = io.EOF

// learn takes what an answer says about the other side's sizes, sends parts that
// it misses, and returns nil where another round is worth it. Sizes above ours are
// looked at by the caller, against our newest checkpoint, which may be larger than the
// one that was sent.
func (p *pusher) learn(ctx context.Context, err error) error {
	if c, ok := as[*peer.SizeConflict](err); ok {
		if c.Size == p.out.Pending {
			return p.circles(err)
		}
		p.out.Pending, p.out.Lost = c.Size, p.out.Lost || c.Size < p.out.Cosigned
		return nil
	}
	if c, ok := as[*peer.InfoConflict](err); ok {
		if c.Next == p.out.Next && (c.Size == p.cp.Size || c.Size == p.out.Pending) && bytes.Equal(c.Ticket, p.out.Ticket) {
			return p.circles(err)
		}
		p.out.Next, p.out.Pending, p.out.Ticket, p.out.Lost = c.Next, c.Size, c.Ticket, p.out.Lost || c.Next < p.out.Cosigned
		return nil
	}
	if m, ok := as[*peer.Missing](err); ok {
		// A combined push left nothing behind; add-entries did.
		return p.supply(ctx, p.cp, m)
	}
	return err
}

func (p *pusher) circles(err error) error {
	return parley.E(parley.Untrusted, "%s asks for what it was sent: %w", p.target.Name, err)
}

// supply sends the parts that the target misses, if its entries are addressed to
// it. Whatever it asks for beyond that, it does not get.
func (p *pusher) supply(ctx context.Context, cp proof.Checkpoint, m *peer.Missing) error {
	wanted := map[parley.Hash]bool{}
	for _, h := range m.Parts {
		wanted[h] = true
		if p.asked[h]++; p.asked[h] > 1 {
			return m // it was sent, and is missed again
		}
	}
	var send [][]byte
	var gone []parley.Hash
	// What a mirror misses is among the entries that it has not cosigned.
	for from := p.out.Cosigned; from < cp.Size && len(wanted) > 0; {
		_, to := peer.PackageRange(from, cp.Size)
		entries, err := p.journal.Entries(ctx, from, to)
		if err != nil {
			return err
		}
		for i, raw := range entries {
			e, err := seal.ParseEntry(raw)
			if err != nil || !wanted[e.Part] || !p.target.Holds(from+uint64(i), &e) {
				continue
			}
			delete(wanted, e.Part)
			part, err := p.journal.Part(ctx, e.Part)
			switch {
			case err == nil:
				send = append(send, part)
			case parley.KindOf(err) == parley.NotFound:
				gone = append(gone, e.Part)
			default:
				return err
			}
		}
		from = to
	}
	if err := p.put(ctx, send); err != nil {
		return err
	}
	switch {
	case len(gone) > 0:
		return &PartsGone{gone}
	case len(send) == 0:
		return parley.E(parley.Untrusted, "%s misses parts that are not for it: %w", p.target.Name, m)
	}
	return nil
}
