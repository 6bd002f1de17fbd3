package courier

import (
	"context"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
)

// FetchEntries reads the entries [start, end) of one bundle from another node:
// start and end lie within the same multiple of 256, and end is one too or the
// size of a checkpoint there. Nothing is verified.
func FetchEntries(ctx context.Context, n peer.Node, o parley.Origin, start, end uint64) ([][]byte, error) {
	aligned := start - start%entriesOfBundle
	if start >= end || end-aligned > entriesOfBundle {
		return nil, parley.E(parley.Invalid, "entries %d to %d: want some of one bundle", start, end)
	}
	width := int(end - aligned)
	b, err := n.Tile(ctx, o, tlog.Tile{H: 8, L: peer.EntriesTile, N: int64(aligned / entriesOfBundle), W: width})
	if err != nil {
		return nil, err
	}
	entries, err := peer.ParseBundle(b, width)
	if err != nil {
		return nil, parley.E(parley.Untrusted, "entries %d to %d: %w", start, end, err)
	}
	return entries[start-aligned:], nil
}

// FetchTree reads the hashes of a tree from another node's tiles. Every hash it
// returns is proven to be part of that tree; the root is the caller's to trust.
func FetchTree(ctx context.Context, n peer.Node, o parley.Origin, size uint64, root tlog.Hash) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: int64(size), Hash: root}, &tiles{ctx: ctx, node: n, origin: o, kept: map[tlog.Tile][]byte{}})
}

// FetchHashes is FetchTree for the checkpoint that the node shows at the first
// read, which is not verified: for callers who check what they prove with it.
func FetchHashes(ctx context.Context, n peer.Node, o parley.Origin) tlog.HashReader {
	tree := sync.OnceValues(func() (tlog.HashReader, error) {
		raw, err := n.Checkpoint(ctx, o)
		if err != nil {
			return nil, err
		}
		size, root, err := claimed(raw)
		if err != nil {
			return nil, err
		}
		return FetchTree(ctx, n, o, size, root), nil
	})
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		r, err := tree()
		if err != nil {
			return nil, err
		}
		return r.ReadHashes(indexes)
	})
}

// claimed reads the tree of a checkpoint without looking at its signatures.
func claimed(raw []byte) (size uint64, root tlog.Hash, err error) {
	lines := strings.SplitN(string(raw), "\n", 4)
	if len(lines) < 4 {
		return 0, root, parley.E(parley.Untrusted, "checkpoint: want an origin, a size and a root line")
	}
	if size, err = parley.ParseSize(lines[1]); err != nil {
		return 0, root, err
	}
	root, err = proof.ParseTreeHash(lines[2])
	return size, root, err
}

// tiles reads tiles for tlog.TileHashReader, which verifies them. It keeps a few,
// since the packages of one bundle share them.
type tiles struct {
	ctx    context.Context
	node   peer.Node
	origin parley.Origin
	kept   map[tlog.Tile][]byte
}

const tilesKept = 64

func (t *tiles) Height() int { return 8 }

func (t *tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(list))
	for i, tile := range list {
		if b, ok := t.kept[tile]; ok {
			out[i] = b
			continue
		}
		b, err := t.node.Tile(t.ctx, t.origin, tile)
		if err != nil {
			return nil, err
		}
		out[i] = b
	}
	return out, nil
}

// SaveTiles is told which tiles were verified.
func (t *tiles) SaveTiles(list []tlog.Tile, data [][]byte) {
	for i, tile := range list {
		if len(t.kept) >= tilesKept {
			clear(t.kept)
		}
		t.kept[tile] = data[i]
	}
}
