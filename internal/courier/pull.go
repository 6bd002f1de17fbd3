package courier

import (
	"context"
	"io"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"parley.example/parley"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Mirror is where a counterpart's journal is verified and kept, whichever way it
// came. *mirror.Mirror is one.
type Mirror interface {
	Origin() parley.Origin
	Status(ctx context.Context) (mirror.Status, error)
	AddCheckpoint(ctx context.Context, old uint64, path []tlog.Hash, raw proof.RawCheckpoint) error
	AddEntries(ctx context.Context, start, end uint64, ticket []byte, next func() (mirror.Package, error)) (mirror.Result, error)
	Push(ctx context.Context, p mirror.Push) (lines []byte, err error)
	PutPart(ctx context.Context, h parley.Hash, part []byte) error
	Latest(ctx context.Context) (cp proof.Checkpoint, lines []byte, err error)
}

// Pulled is what one step fetched.
type Pulled struct {
	Size     uint64 // that our mirror has cosigned
	Returned uint64 // the size whose cosignatures the other side has from us
	Entries  int
	Parts    int
	More     bool // its journal has more: come again at once
}

// PullJournal fetches the tail of a counterpart's journal from it (or from an
// archive), lets our mirror verify and cosign it, and brings the cosignatures back
// to it: for a party that opens no port. holds says which parts are ours to keep;
// returned is what an earlier step said. At most 4096 entries go in one step.
//
// Errors: those of the mirror (the courier has no opinion of what came) and of
// peer.Node; *mirror.Missing where the other side withholds a part.
func PullJournal(ctx context.Context, from peer.Node, m Mirror, log []proof.Key, holds func(uint64, *seal.Envelope) bool, returned uint64) (Pulled, error) {
	p := &puller{from: from, mirror: m, holds: holds, out: Pulled{Returned: returned}}
	if err := p.fetch(ctx, log); err != nil {
		return p.out, err
	}
	err := p.bring(ctx)
	return p.out, err
}

type puller struct {
	from   peer.Node
	mirror Mirror
	holds  func(uint64, *seal.Envelope) bool
	out    Pulled
}

func (p *puller) fetch(ctx context.Context, log []proof.Key) error {
	raw, err := p.from.Checkpoint(ctx, p.mirror.Origin())
	if err != nil {
		if parley.KindOf(err) == parley.NotFound {
			return nil // it has signed nothing yet
		}
		return err
	}
	cp, err := proof.OpenCheckpoint(raw, log...)
	if err != nil {
		return err
	}
	st, err := p.mirror.Status(ctx)
	if err != nil {
		return err
	}
	p.out.Size = st.Size
	if cp.Size < st.Size || cp.Size == st.Size && cp.Size == 0 {
		return nil // an old answer
	}
	if cp.Size >= st.Next && cp.Size-st.Next <= peer.MaxPushEntries {
		return p.short(ctx, cp, st.Next)
	}
	return p.long(ctx, cp, st)
}

// short takes a small tail in one transaction.
func (p *puller) short(ctx context.Context, cp proof.Checkpoint, next uint64) error {
	push := mirror.Push{Note: cp.Note, Start: next}
	for at := next; at < cp.Size; {
		_, to := peer.PackageRange(at, cp.Size)
		entries, err := FetchEntries(ctx, p.from, cp.Origin, at, to)
		if err != nil {
			return err
		}
		err = p.parts(ctx, at, entries, func(_ parley.Hash, part []byte) error {
			push.Parts = append(push.Parts, part)
			return nil
		})
		if err != nil {
			return err
		}
		push.Entries = append(push.Entries, entries...)
		at = to
	}
	_, err := p.mirror.Push(ctx, push)
	if err != nil {
		return err
	}
	p.out.Entries += len(push.Entries)
	p.out.Size = cp.Size
	return nil
}

// long takes a large tail by packages, each verified and stored as it comes.
func (p *puller) long(ctx context.Context, cp proof.Checkpoint, st mirror.Status) error {
	tree := FetchTree(ctx, p.from, cp.Origin, cp.Size, cp.Root)
	if cp.Size > st.Pending {
		path, err := proof.ProveConsistency(tree, st.Pending, cp.Size)
		if err != nil {
			return err
		}
		if err := p.mirror.AddCheckpoint(ctx, st.Pending, path, cp.Note); err != nil {
			return err
		}
	}
	at := st.Next
	last := min(cp.Size, at-at%entriesOfBundle+uploadPackages*entriesOfBundle)
	res, err := p.mirror.AddEntries(ctx, at, cp.Size, nil, func() (mirror.Package, error) {
		if at >= last {
			return mirror.Package{}, io.EOF
		}
		_, to := peer.PackageRange(at, cp.Size)
		entries, err := FetchEntries(ctx, p.from, cp.Origin, at, to)
		if err != nil {
			return mirror.Package{}, err
		}
		if err := p.parts(ctx, at, entries, func(h parley.Hash, part []byte) error { return p.mirror.PutPart(ctx, h, part) }); err != nil {
			return mirror.Package{}, err
		}
		path, err := proof.ProveSubtree(tree, at-at%entriesOfBundle, to, cp.Size)
		if err != nil {
			return mirror.Package{}, err
		}
		p.out.Entries += len(entries)
		at = to
		return mirror.Package{Entries: entries, Proof: path}, nil
	})
	if err != nil {
		return err
	}
	p.out.More = res.Info != nil
	if res.Info == nil {
		p.out.Size = cp.Size
	}
	return nil
}

// parts fetches the parts that we keep, some at a time, since a request has one part and
// a line with a long way would spend its time waiting; and keeps them in their order. One
// that the other side does not have is left out: the mirror knows whether it is owed.
func (p *puller) parts(ctx context.Context, from uint64, entries [][]byte, keep func(parley.Hash, []byte) error) error {
	var wanted []parley.Hash
	for i, raw := range entries {
		if e, err := seal.ParseEntry(raw); err == nil && p.holds(from+uint64(i), &e) {
			wanted = append(wanted, e.Part)
		}
	}
	for some := range slices.Chunk(wanted, partsAtOnce) {
		got := make([][]byte, len(some))
		g, below := errgroup.WithContext(ctx)
		for i, h := range some {
			g.Go(func() (err error) {
				got[i], err = p.from.Part(below, p.mirror.Origin(), h)
				if parley.KindOf(err) == parley.NotFound {
					return nil
				}
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		for i, part := range got {
			if part == nil {
				continue
			}
			if err := keep(some[i], part); err != nil {
				return err
			}
			p.out.Parts++
		}
	}
	return nil
}

// bring returns our mirror's newest cosignatures, once for each size.
func (p *puller) bring(ctx context.Context) error {
	cp, lines, err := p.mirror.Latest(ctx)
	if err != nil {
		if parley.KindOf(err) == parley.NotFound {
			return nil
		}
		return err
	}
	p.out.Size = cp.Size
	if cp.Size <= p.out.Returned {
		return nil
	}
	if err := p.from.Return(ctx, cp.Origin, append(append([]byte(nil), cp.Note...), lines...)); err != nil {
		return err
	}
	p.out.Returned = cp.Size
	return nil
}
