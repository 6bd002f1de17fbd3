package courier

import (
	"context"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
)

// PushWitness asks a witness (any that speaks c2sp.org/tlog-witness) to cosign our
// newest checkpoint, and verifies and stores what it answers. Only Pending and
// Cosigned of k count. Errors: *Ahead, Untrusted, and those of the witness.
func PushWitness(ctx context.Context, at time.Time, j Journal, name string, w peer.Cosigner, keys []proof.Key, k Known) (Pushed, error) {
	p := &pusher{journal: j, target: Target{Name: name}, at: at}
	p.out.Known = k
	for range 4 {
		cp, err := j.Latest(ctx)
		if err != nil {
			return p.out, err
		}
		if p.out.Cosigned >= cp.Size {
			return p.out, nil
		}
		if p.out.Pending > cp.Size {
			return p.out, &Ahead{name, p.out.Pending}
		}
		check, err := p.checkpoint(ctx, cp)
		if err != nil {
			return p.out, err
		}
		lines, err := w.AddCheckpoint(ctx, check)
		if c, ok := as[*peer.SizeConflict](err); ok && c.Size != p.out.Pending {
			p.out.Pending = c.Size
			continue
		}
		if err != nil {
			return p.out, err
		}
		list, err := openLines(cp, lines, name, keys)
		if err != nil {
			return p.out, err
		}
		if err := j.AddCosignatures(ctx, at, cp, list); err != nil {
			return p.out, err
		}
		p.out.Pending, p.out.Cosigned, p.out.Checkpoint, p.out.Cosignatures = cp.Size, cp.Size, cp, list
		return p.out, nil
	}
	return p.out, parley.E(parley.Unavailable, "%s names another size each time", name)
}
