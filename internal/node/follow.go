package node

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// followBatch bounds the entries that are judged and folded in one step.
const followBatch = 256

// Follow judges what is durable and not yet judged, in every journal of the
// agreement, opens what is for us, applies what changes the law, folds the rest
// into the registers, and raises alerts. It repeats itself harmlessly: the
// position moves in the transaction that folds.
func (l *Line) Follow(ctx context.Context) error {
	l.follow.Lock()
	defer l.follow.Unlock()
	for again := true; again; {
		again = false
		list, err := l.unjudged(ctx)
		if err != nil {
			return err
		}
		for _, u := range list {
			more, err := l.followOne(ctx, u)
			if err != nil {
				return err
			}
			again = again || more
		}
	}
	return nil
}

// unjudged is what a journal holds beyond what is folded.
type unjudged struct {
	journal    sqldb.Journal
	from, size uint64
}

// unjudged looks at all journals of the agreement in one picture: where nothing
// is new, it is the whole cost of Follow.
func (l *Line) unjudged(ctx context.Context) ([]unjudged, error) {
	all, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (list []unjudged, err error) {
		all, err := tx.Journals()
		if err != nil {
			return nil, err
		}
		for _, j := range all {
			if j.Agreement != l.id {
				continue
			}
			size, ok, err := tx.LatestSize(j.ID)
			if err != nil {
				return nil, err
			}
			if ok {
				list = append(list, unjudged{journal: j, size: size})
			}
		}
		return list, nil
	})
	list := all[:0]
	for _, u := range all {
		next, known := l.folded[u.journal.Origin]
		if !known {
			if next, err = l.position(ctx, u.journal.Origin); err != nil {
				return nil, err
			}
		}
		if u.from = max(next, u.journal.MinIndex); u.size > u.from {
			list = append(list, u)
		}
	}
	return list, err
}

// position asks the registers how far they have folded a journal, and remembers it.
func (l *Line) position(ctx context.Context, o parley.Origin) (uint64, error) {
	next, err := l.node.register.Position(ctx, o)
	if err == nil {
		l.folded[o] = next
	}
	return next, err
}

// journals are the rows of this agreement's journals that we may judge.
func (l *Line) journals(ctx context.Context) ([]sqldb.Journal, error) {
	all, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) ([]sqldb.Journal, error) { return tx.Journals() })
	if err != nil {
		return nil, err
	}
	var list []sqldb.Journal
	for _, j := range all {
		if j.Agreement == l.id {
			list = append(list, j)
		}
	}
	return list, nil
}

func (l *Line) followOne(ctx context.Context, u unjudged) (more bool, err error) {
	j := u.journal
	entries, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) ([]sqldb.Entry, error) {
		return tx.Entries(j.ID, u.from, min(u.size, u.from+followBatch))
	})
	if err != nil || len(entries) == 0 {
		return false, err
	}
	entries = untilClear(entries)
	all, err := l.judgeAll(ctx, j, entries)
	if err != nil {
		return false, err
	}
	batch := make([]register.Judged, len(all))
	var keys, facts []sqldb.Indexed
	for i := range all {
		batch[i] = all[i].Judged
		if all[i].wrapped != nil {
			keys = append(keys, sqldb.Indexed{Index: entries[i].Index, Bytes: all[i].wrapped})
		}
		if all[i].Opened != nil && !all[i].factsKept {
			facts = append(facts, sqldb.Indexed{Index: entries[i].Index, Bytes: all[i].Opened.FactsBytes})
		}
	}
	if err := l.keep(ctx, j, batch, keys, facts); err != nil {
		return false, err
	}
	if slices.ContainsFunc(batch, func(m register.Judged) bool { return m.Opened != nil && isLaw(m.Opened.Facts.Kind) }) {
		if err := l.adopt(ctx); err != nil {
			return false, err
		}
	}
	if err := l.blobsTold(ctx, j, batch); err != nil {
		return false, err
	}
	if err := l.raise(ctx, j, batch); err != nil {
		return false, err
	}
	if err := l.node.register.Fold(ctx, batch); err != nil {
		return false, err
	}
	if _, err := l.position(ctx, j.Origin); err != nil {
		return false, err
	}
	if err := l.beginnings(ctx, j, batch); err != nil {
		return false, err
	}
	l.owes.Store(true)
	l.node.publish(Event{What: "message", Agreement: l.id})
	return u.size > u.from+uint64(len(entries)), nil
}

// untilClear cuts a batch before the first entry in clear, which may change the
// law for those after it; where that is the first, it stands alone.
func untilClear(entries []sqldb.Entry) []sqldb.Entry {
	for i := range entries {
		if env, err := seal.ParseEntry(entries[i].Raw); err == nil && env.Clear {
			return entries[:max(i, 1)]
		}
	}
	return entries
}

// judged is one entry with what is to be stored of it.
type judged struct {
	register.Judged
	wrapped   []byte // its file key, where an age identity found it
	factsKept bool
}

// judgeAll judges a batch on all cores: within it nothing changes the law, so that
// no verdict depends on another.
func (l *Line) judgeAll(ctx context.Context, j sqldb.Journal, entries []sqldb.Entry) ([]judged, error) {
	out := make([]judged, len(entries))
	workers := min(runtime.GOMAXPROCS(0), 1+len(entries)/8)
	g, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		first, last := w*len(entries)/workers, (w+1)*len(entries)/workers
		g.Go(func() error {
			return l.node.db.View(ctx, func(tx *sqldb.Tx) error {
				for i := first; i < last; i++ {
					if err := l.judgeOne(tx, j, entries[i], &out[i]); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
	return out, g.Wait()
}

func (l *Line) judgeOne(tx *sqldb.Tx, j sqldb.Journal, e sqldb.Entry, out *judged) error {
	one, key, err := l.judge(tx, j, e)
	if err != nil {
		return err
	}
	out.Judged = one
	if key != nil {
		if out.wrapped, err = l.node.keep.Wrap(journal.KeyLabel(one.Ref), key); err != nil {
			return err
		}
	}
	if one.Opened != nil {
		// Ours has them, unless its tail was fetched back from a counterpart.
		_, out.factsKept, err = tx.Facts(j.ID, e.Index)
	}
	return err
}

// judge reaches the verdict on one entry and opens what is inside. The returned
// file key is set where an age identity found it and it is not stored yet.
func (l *Line) judge(tx *sqldb.Tx, j sqldb.Journal, e sqldb.Entry) (register.Judged, []byte, error) {
	ref := parley.Ref{Origin: j.Origin, Index: e.Index}
	out := register.Judged{Agreement: l.id, Ref: ref, StoredAt: e.Stored, Inside: register.InsideClosed}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.dead(ref) { // as what stands behind the end: no text is in force there. SUCCESSION-3
		out.Envelope, _ = seal.ParseEntry(e.Raw)
		out.Verdict = seal.Verdict{Reason: seal.VoidAgreement}
		return out, nil, nil
	}
	before := &before{tx: tx, journal: j.ID, index: e.Index}
	out.Envelope, out.Verdict = seal.Judge(e.Raw, ref, l.chain, before)
	if before.err != nil {
		return out, nil, before.err
	}
	env := out.Envelope
	ours := j.Role == sqldb.Ours
	if !out.Verdict.Valid || !env.Clear && !ours && !env.ToParty(l.us) {
		return out, nil, nil
	}
	part, err := tx.Part(j.ID, env.Part)
	if parley.KindOf(err) == parley.NotFound && err != nil {
		out.Inside = register.InsideGone
		out.Facts, err = storedFacts(tx, j, e.Index, env)
		return out, nil, err
	}
	if err != nil {
		return out, nil, err
	}
	o, key, err := l.open(tx, j, e.Index, env, part)
	if err != nil {
		if v, void := seal.VerdictOf(err); void {
			out.Verdict = v
		} else if parley.KindOf(err) == parley.Untrusted {
			out.Inside = register.InsideUnreadable
		} else {
			return out, nil, err
		}
		return out, key, nil
	}
	if out.Verdict = seal.JudgeOpened(env, o, ref, l.chain, register.Later{}); !out.Verdict.Valid { // JUDGE-18 is the register's
		return out, key, nil
	}
	if o.Facts.Kind == parley.KindCountersign {
		if out.Verdict, err = l.judgeCountersign(tx, j, env, o, ref); err != nil || !out.Verdict.Valid {
			return out, key, err
		}
	}
	out.Inside, out.Opened = register.InsideOpened, &o
	if isLaw(o.Facts.Kind) {
		// Only Follow and takeSuccession change the law, one at a time: what was
		// judged above still holds.
		l.mu.RUnlock()
		l.mu.Lock()
		err := l.chain.Apply(ref, o.Facts.Kind, o.Content)
		l.mu.Unlock()
		l.mu.RLock()
		if err != nil {
			out.Verdict, out.Inside, out.Opened = seal.Verdict{Reason: seal.VoidContent}, register.InsideClosed, nil
		}
	}
	return out, key, nil
}

// open tries the stored file key first, then the age identities of the bodies
// that the entry names. The caller holds l.mu.
func (l *Line) open(tx *sqldb.Tx, j sqldb.Journal, index uint64, env seal.Envelope, part []byte) (seal.Opened, []byte, error) {
	if env.Clear {
		o, err := seal.OpenClear(env, part)
		return o, nil, err
	}
	wrapped, ok, err := tx.FileKey(j.ID, index)
	if err != nil {
		return seal.Opened{}, nil, err
	}
	if ok {
		key, err := l.node.keep.Unwrap(journal.KeyLabel(parley.Ref{Origin: j.Origin, Index: index}), wrapped)
		if err != nil {
			return seal.Opened{}, nil, err
		}
		o, err := seal.OpenWithKey(env, part, key)
		return o, nil, err
	}
	for _, b := range append([]parley.Body{env.From}, env.To...) {
		if ids := l.identities[b]; len(ids) > 0 {
			return seal.Open(env, part, ids...)
		}
	}
	return seal.Opened{}, nil, parley.E(parley.Untrusted, "no age identity of ours is among the addressees")
}

// keep stores what opening found, and notes the entries that changed the law. It
// is made again from the journals where it is lost.
func (l *Line) keep(ctx context.Context, j sqldb.Journal, batch []register.Judged, keys, facts []sqldb.Indexed) error {
	var law []parley.Ref
	for i := range batch {
		if o := batch[i].Opened; o != nil && isLaw(o.Facts.Kind) {
			law = append(law, batch[i].Ref)
		}
	}
	blobs := l.blobsOf(j, batch)
	if len(keys)+len(facts)+len(law)+len(blobs) == 0 {
		return nil
	}
	return l.node.db.UpdateLazily(ctx, func(tx *sqldb.Tx) error {
		return errors.Join(tx.PutFileKeys(j.ID, keys), tx.PutFacts(j.ID, facts), tx.PutLaw(l.id, law), tx.PutBlobs(blobs))
	})
}

// raise wakes people for what counterparts wrote to us, before the position
// moves on: a crash raises it again, and raising twice is one alert.
func (l *Line) raise(ctx context.Context, j sqldb.Journal, batch []register.Judged) error {
	if l.node.alerts == nil || j.Role != sqldb.Theirs {
		return nil
	}
	for i := range batch {
		m := &batch[i]
		if !m.Verdict.Valid || !m.Envelope.ToParty(l.us) {
			continue
		}
		if err := l.node.withdrawn(ctx, m); err != nil {
			return err
		}
		if m.Inside == register.InsideUnreadable || m.Opened != nil && (!seal.RunsTheLine(m.Opened.Facts.Kind) || m.Opened.Facts.Step == seal.CheckPing) {
			if err := l.node.alerts.Raise(ctx, m.Ref, *m); err != nil {
				return err
			}
		}
	}
	return nil
}

// isLaw says which kinds change who may sign what.
func isLaw(k parley.Kind) bool {
	return k == parley.KindAgreement || k == parley.KindKeys || k == parley.KindSuccession
}

// before answers seal.Before from the journal that is being judged.
type before struct {
	tx      *sqldb.Tx
	journal int64
	index   uint64
	err     error
}

func (b *before) HasNonce(from parley.Body, n parley.Nonce) bool {
	i, ok, err := b.tx.FirstNonce(b.journal, from, n)
	b.err = errors.Join(b.err, err)
	return ok && i < b.index
}

func (b *before) HasPart(h parley.Hash) bool {
	i, ok, err := b.tx.FirstPart(b.journal, h)
	b.err = errors.Join(b.err, err)
	return ok && i < b.index
}

// storedFacts are the facts of an entry whose part is no longer here; nil where
// they were never known.
func storedFacts(tx *sqldb.Tx, j sqldb.Journal, index uint64, env seal.Envelope) (*seal.Facts, error) {
	b, ok, err := tx.Facts(j.ID, index)
	if err != nil || !ok {
		return nil, err
	}
	f, err := seal.OpenFacts(env, b)
	if err != nil {
		return nil, err
	}
	return &f, nil
}
