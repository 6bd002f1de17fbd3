package node

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
)

// guarded is a mirror of ours as the courier writes into it, by pouch or by pulling:
// what comes that way meets the same guards as over the wire. It is a courier.Mirror.
type guarded struct {
	*mirror.Mirror
	w *writer
}

func (l *Line) guarded(m *mirror.Mirror) guarded {
	return guarded{m, &writer{line: l, mirror: m, origin: m.Origin()}}
}

// AddCheckpoint implements courier.Mirror.
func (g guarded) AddCheckpoint(ctx context.Context, old uint64, path []tlog.Hash, raw proof.RawCheckpoint) error {
	_, err := g.w.AddCheckpoint(ctx, peer.AddCheckpoint{Old: old, Proof: path, Note: raw})
	return err
}

// AddEntries implements courier.Mirror.
func (g guarded) AddEntries(ctx context.Context, start, end uint64, ticket []byte, next func() (mirror.Package, error)) (mirror.Result, error) {
	return g.w.AddEntries(ctx, peer.Upload{Start: start, End: end, Ticket: ticket, Next: next})
}

// Push implements courier.Mirror.
func (g guarded) Push(ctx context.Context, p mirror.Push) ([]byte, error) { return g.w.Push(ctx, p) }

// PutPart implements courier.Mirror.
func (g guarded) PutPart(ctx context.Context, h parley.Hash, part []byte) error {
	return g.w.PutPart(ctx, h, part)
}
