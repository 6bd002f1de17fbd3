package courier

import (
	"cmp"
	"context"
	"maps"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Bounds of one step.
const (
	roundTrips      = 12 // answers of 409 or 503 in a row before a step gives up
	uploadPackages  = 16 // packages of one add-entries request, at most 32 (tlog-mirror)
	partsAtOnce     = 4
	entriesOfBundle = peer.PackageEntries

	// PushOctets bounds the entries and parts of one combined push, with room below
	// peer.MaxPush for the checkpoint and the lengths. Appends that keep to it need no
	// other way to the mirror.
	PushOctets = 3 << 20
)

// Pushed is what one step did.
type Pushed struct {
	Known                            // what the target holds now; keep it for the next step
	Checkpoint   proof.Checkpoint    // the largest that was cosigned in this step; Note is nil where none was
	Cosignatures []proof.Cosignature // on it, verified and stored
	Entries      int                 // sent
	Parts        int                 // sent
	Octets       int64               // of entries and parts, before compression
	Lost         bool                // the target holds less than it had cosigned: an older copy of it is back
}

// pusher is one step towards one target.
type pusher struct {
	journal Journal
	target  Target
	at      time.Time
	out     Pushed
	cp      proof.Checkpoint    // of ours; what the last request went up to
	asked   map[parley.Hash]int // parts that the target missed, and how often
}

// PushJournal brings our journal's tail to a mirror, until its cosignature on a
// checkpoint that was our newest when the step began is verified and stored, or an
// error. What happened before an error stays, on both sides and in what is returned
// with it.
//
// The tail goes as combined pushes, each up to the largest checkpoint of ours that
// fits, so that a long one costs a request for every 256 entries. What no push holds,
// such as a thousand entries under one checkpoint, goes by add-checkpoint and
// add-entries, its parts before it.
//
// Errors: *Ahead, *PartsGone, Untrusted for cosignatures that do not hold or
// answers that go in circles, and those of peer.Node.
func PushJournal(ctx context.Context, at time.Time, j Journal, t Target, k Known) (Pushed, error) {
	p := &pusher{journal: j, target: t, at: at, asked: map[parley.Hash]int{}}
	p.out.Known = k
	p.out.put = maps.Clone(k.put)
	if p.out.put == nil {
		p.out.put = map[parley.Hash]bool{}
	}
	if !k.Asked {
		if err := p.ask(ctx); err != nil {
			return p.out, err
		}
		if p.out.Next < p.out.Cosigned { // bring it again what it had
			p.out.Cosigned, p.out.Lost = p.out.Next, true
		}
	}
	newest, err := j.Latest(ctx)
	if err != nil {
		return p.out, err
	}
	for answers := 0; p.out.Cosigned < newest.Size; { // what was appended meanwhile is the next step's
		if answers == roundTrips {
			return p.out, parley.E(parley.Unavailable, "%s has not come to an end after %d answers", t.Name, roundTrips)
		}
		if size := max(p.out.Pending, p.out.Next); size > newest.Size {
			if newest, err = j.Latest(ctx); err != nil {
				return p.out, err
			}
			if size > newest.Size {
				return p.out, &Ahead{t.Name, size}
			}
		}
		cosigned, next := p.out.Cosigned, p.out.Next
		if err := p.step(ctx); err != nil {
			if err := p.learn(ctx, err); err != nil {
				return p.out, err
			}
		} else if p.out.Cosigned > cosigned || p.out.Next > next {
			answers = 0
			continue
		}
		answers++
	}
	return p.out, nil
}

// ask learns the target's sizes. A mirror that is no Parley node has no status.
func (p *pusher) ask(ctx context.Context) error {
	st, err := p.target.Node.Status(ctx, p.journal.Origin())
	switch parley.KindOf(err) {
	case parley.NotFound, parley.Invalid:
		if err != nil {
			break // no mirror of ours yet, or none of Parley: 409 will tell
		}
		fallthrough
	default:
		if err != nil {
			return err
		}
		p.out.Pending, p.out.Next = st.Pending, st.Next
	}
	p.out.Asked = true
	return nil
}

// step is one combined push, or a few requests for what does not fit into one.
func (p *pusher) step(ctx context.Context) error {
	room := journal.Room{Entries: peer.MaxPushEntries, Parts: peer.MaxPushParts, Octets: PushOctets}
	tail, ok, err := p.journal.Tail(ctx, p.out.Next, p.out.Pending, room, func(i uint64, e *seal.Envelope) bool {
		return !p.out.put[e.Part] && p.target.Holds(i, e)
	})
	if err != nil {
		return err
	}
	if !ok {
		if p.cp, err = p.journal.CheckpointFrom(ctx, max(p.out.Next+1, p.out.Pending)); err != nil {
			return err
		}
		return p.upload(ctx, p.cp)
	}
	p.cp = tail.Checkpoint
	push := peer.Push{Note: p.cp.Note, Start: tail.Start, Entries: tail.Entries, Parts: tail.Parts}
	lines, err := p.target.Node.Push(ctx, push)
	if err != nil {
		return err
	}
	p.sent(push)
	return p.cosigned(ctx, p.cp, lines)
}

func (p *pusher) sent(k peer.Push) {
	p.count(k.Entries)
	for _, b := range k.Parts {
		p.out.Parts++
		p.out.Octets += int64(len(b))
	}
	size := k.Start + uint64(len(k.Entries))
	p.out.Pending, p.out.Next = size, size
}

func (p *pusher) count(entries [][]byte) {
	for _, e := range entries {
		p.out.Entries++
		p.out.Octets += int64(len(e))
	}
}

// checkpoint proves the checkpoint from the size that the target holds.
func (p *pusher) checkpoint(ctx context.Context, cp proof.Checkpoint) (peer.AddCheckpoint, error) {
	c := peer.AddCheckpoint{Old: p.out.Pending, Note: cp.Note}
	var err error
	if c.Old != cp.Size {
		c.Proof, err = proof.ProveConsistency(p.journal.HashReader(ctx), c.Old, cp.Size)
	}
	return c, err
}

// pack makes the package that begins at from, proven to the checkpoint.
func (p *pusher) pack(ctx context.Context, cp proof.Checkpoint, from uint64) (peer.Package, uint64, error) {
	return pack(ctx, p.journal, cp.Size, from)
}

func pack(ctx context.Context, j Journal, size, from uint64) (peer.Package, uint64, error) {
	_, to := peer.PackageRange(from, size)
	entries, err := j.Entries(ctx, from, to)
	if err != nil {
		return peer.Package{}, 0, err
	}
	path, err := proof.ProveSubtree(j.HashReader(ctx), from-from%entriesOfBundle, to, size)
	return peer.Package{Entries: entries, Proof: path}, to, err
}

// parts reads the parts that the target holds of these entries and has not taken
// yet. One that we have no more is left out: the target will say whether it needs it.
func (p *pusher) parts(ctx context.Context, from uint64, entries [][]byte) ([][]byte, error) {
	var list [][]byte
	for i, raw := range entries {
		e, err := seal.ParseEntry(raw)
		if err != nil || p.out.put[e.Part] || !p.target.Holds(from+uint64(i), &e) {
			continue
		}
		part, err := p.journal.Part(ctx, e.Part)
		if err != nil && parley.KindOf(err) == parley.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, part)
	}
	return list, nil
}

// upload is add-checkpoint, then parts and add-entries until all is there.
func (p *pusher) upload(ctx context.Context, cp proof.Checkpoint) error {
	if p.out.Pending != cp.Size {
		check, err := p.checkpoint(ctx, cp)
		if err != nil {
			return err
		}
		if _, err := p.target.Node.AddCheckpoint(ctx, check); err != nil {
			return err
		}
		p.out.Pending = cp.Size
	}
	for {
		end := min(cp.Size, p.out.Next-p.out.Next%entriesOfBundle+uploadPackages*entriesOfBundle)
		if err := p.sendParts(ctx, p.out.Next, end); err != nil {
			return err
		}
		from, sent := p.out.Next, p.out.Next
		res, err := p.target.Node.AddEntries(ctx, cp.Origin, peer.Upload{Start: from, End: cp.Size, Ticket: p.out.Ticket,
			Next: func() (peer.Package, error) {
				if sent >= end {
					return peer.Package{}, errEnd
				}
				k, to, err := p.pack(ctx, cp, sent)
				if err == nil {
					sent = to
					p.count(k.Entries)
				}
				return k, err
			}})
		if err != nil {
			return err
		}
		if res.Info == nil {
			p.out.Next, p.out.Ticket = cp.Size, nil
			return p.cosigned(ctx, cp, res.Lines)
		}
		if res.Info.Next <= from || res.Info.Next > sent {
			return parley.E(parley.Untrusted, "%s took entries %d to %d and wants %d next", p.target.Name, from, sent, res.Info.Next)
		}
		p.out.Next, p.out.Ticket = res.Info.Next, res.Info.Ticket
	}
}

// sendParts sends the parts of [start, end) that the target holds, a few at a time.
func (p *pusher) sendParts(ctx context.Context, start, end uint64) error {
	for from := start; from < end; {
		_, to := peer.PackageRange(from, end)
		entries, err := p.journal.Entries(ctx, from, to)
		if err != nil {
			return err
		}
		list, err := p.parts(ctx, from, entries)
		if err != nil {
			return err
		}
		if err := p.put(ctx, list); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// put sends parts, a few at a time, and remembers which were taken, so that a line
// that breaks often still gets them all across.
func (p *pusher) put(ctx context.Context, list [][]byte) error {
	var g errgroup.Group
	var failed atomic.Bool
	taken := make([]bool, len(list))
	g.SetLimit(cmp.Or(p.target.AtOnce, partsAtOnce))
	for i, b := range list {
		if failed.Load() {
			break
		}
		g.Go(func() error {
			err := p.target.Node.PutPart(ctx, p.journal.Origin(), b)
			if taken[i] = err == nil; err != nil {
				failed.Store(true)
			}
			return err
		})
	}
	err := g.Wait()
	for i, b := range list {
		if taken[i] {
			p.out.put[parley.Sum(b)] = true
			p.out.Parts++
			p.out.Octets += int64(len(b))
		}
	}
	return err
}

// cosigned verifies what came back and stores it: this is where a message becomes
// delivered.
func (p *pusher) cosigned(ctx context.Context, cp proof.Checkpoint, lines []byte) error {
	keys, err := p.target.Keys(cp.Size)
	if err != nil {
		return err
	}
	list, err := openLines(cp, lines, p.target.Name, keys)
	if err != nil {
		return err
	}
	if err := p.journal.AddCosignatures(ctx, p.at, cp, list); err != nil {
		return err
	}
	p.out.Cosigned, p.out.Checkpoint, p.out.Cosignatures = max(p.out.Cosigned, cp.Size), cp, list
	clear(p.out.put)
	if p.target.Stored != nil {
		p.target.Stored()
	}
	return nil
}

// openLines verifies cosignature lines; at least one must be there.
func openLines(cp proof.Checkpoint, lines []byte, who string, keys []proof.Key) ([]proof.Cosignature, error) {
	list, err := proof.OpenCosignatures(cp, lines, keys...)
	if err != nil && parley.KindOf(err) != parley.Untrusted {
		err = parley.E(parley.Untrusted, "%s answered with lines that are no cosignatures: %w", who, err)
	}
	if err == nil && len(list) == 0 {
		err = parley.E(parley.Untrusted, "%s answered without a cosignature by a key that the agreement names", who)
	}
	return list, err
}
