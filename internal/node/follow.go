package node

import (
	"bytes"
	"context"
	"errors"
	"runtime"

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
	if err := l.followAll(ctx); err != nil {
		return err
	}
	return l.carryOut(ctx)
}

// followAll goes on until no journal moves.
func (l *Line) followAll(ctx context.Context) error {
	for {
		version := l.node.db.Version(sqldb.Journals()) // before reading
		if l.rested.ok && l.rested.seen == version {
			return nil
		}
		l.rested.ok = false
		list, err := l.unjudged(ctx)
		if err != nil {
			return err
		}
		moved, all := false, true
		for i := range list {
			u := &list[i]
			next, err := l.followOne(ctx, u)
			if err != nil {
				return err
			}
			moved, all = moved || next > u.from, all && next >= u.size
		}
		l.rested.ok, l.rested.seen = all, version
		if !moved { // entry 0 of a succession may wait
			return nil
		}
	}
}

// unjudged is what a journal holds beyond what is folded, and its first entries.
type unjudged struct {
	journal    sqldb.Journal
	from, size uint64
	entries    []sqldb.Entry
	judged     []judged // the same, where it was no work
}

// fewEntries are judged in the picture that they are found in.
const fewEntries = 4

// unjudged looks at all journals of the agreement in one picture.
func (l *Line) unjudged(ctx context.Context) ([]unjudged, error) {
	return sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (list []unjudged, err error) {
		all, err := tx.Unfolded(l.id)
		if err != nil {
			return nil, err
		}
		for _, j := range all {
			u := unjudged{journal: j.Journal, from: max(j.Next, j.MinIndex), size: j.Size}
			if u.from >= u.size {
				continue
			}
			if u.entries, err = tx.Entries(j.ID, u.from, min(u.size, u.from+followBatch)); err != nil {
				return nil, err
			}
			u.entries = untilClear(u.entries)
			list = append(list, u)
		}
		if len(list) == 1 && len(list[0].entries) <= fewEntries {
			u := &list[0]
			u.judged = make([]judged, len(u.entries))
			err = l.judgeSome(tx, u.journal, u.entries, u.judged)
		}
		return list, err
	})
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

// followOne judges and folds some entries of a journal, and says how far that is.
func (l *Line) followOne(ctx context.Context, u *unjudged) (next uint64, err error) {
	j, entries := u.journal, u.entries
	if len(entries) == 0 {
		return u.from, nil
	}
	all := u.judged
	if all == nil {
		if all, err = l.judgeAll(ctx, j, entries); err != nil {
			return u.from, err
		}
	}
	batch := make([]register.Judged, len(all))
	var keys, facts []sqldb.Indexed
	law := false
	for i := range all {
		batch[i] = all[i].Judged
		law = law || batch[i].Opened != nil && isLaw(batch[i].Opened.Facts.Kind)
		if all[i].wrapped != nil {
			keys = append(keys, sqldb.Indexed{Index: entries[i].Index, Bytes: all[i].wrapped})
		}
		if all[i].Opened != nil && !all[i].factsKept {
			facts = append(facts, sqldb.Indexed{Index: entries[i].Index, Bytes: all[i].Opened.FactsBytes})
		}
	}
	keep := l.keep(j, batch, keys, facts)
	if law && keep != nil { // before it acts
		if err := l.node.db.UpdateLazily(ctx, keep); err != nil {
			return u.from, err
		}
		keep = nil
	}
	if law {
		if err := l.adopt(ctx); err != nil {
			return u.from, err
		}
	}
	if err := l.ordered(ctx, j, batch); err != nil {
		return u.from, err
	}
	if err := l.blobsTold(ctx, j, batch); err != nil {
		return u.from, err
	}
	if err := l.raise(ctx, j, batch); err != nil {
		return u.from, err
	}
	if next, err = l.node.register.FoldWith(ctx, batch, keep); err != nil {
		return next, err
	}
	if err := l.beginnings(ctx, j, batch); err != nil {
		return next, err
	}
	l.owes.Store(true)
	l.node.publish(Event{What: "message", Agreement: l.id})
	return next, nil
}

// untilClear cuts a batch before the first entry in clear, which may change the
// law for those after it; where that is the first, it stands alone.
func untilClear(entries []sqldb.Entry) []sqldb.Entry {
	for i := range entries {
		if !bytes.Contains(entries[i].Raw, []byte("\nclear ")) { // which no signature can hide
			continue
		}
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
				return l.judgeSome(tx, j, entries[first:last], out[first:last])
			})
		})
	}
	return out, g.Wait()
}

func (l *Line) judgeSome(tx *sqldb.Tx, j sqldb.Journal, entries []sqldb.Entry, out []judged) error {
	const ahead = 32
	for i := range entries {
		if i%ahead == 0 && len(entries) > 1 {
			if err := tx.Prefetch(j.ID, entries[i:min(i+ahead, len(entries))]); err != nil {
				return err
			}
		}
		if err := l.judgeOne(tx, j, entries[i], &out[i]); err != nil {
			return err
		}
	}
	return nil
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
	if ok && j.Role == sqldb.Ours {
		if inside := l.insides.take(env.Part); inside != nil {
			o, err := seal.OpenInside(env, inside)
			return o, nil, err
		}
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

// keep stores what opening found, and notes the entries that changed the law; nil
// where there is nothing. It is made again from the journals where it is lost.
func (l *Line) keep(j sqldb.Journal, batch []register.Judged, keys, facts []sqldb.Indexed) func(*sqldb.Tx) error {
	var law []parley.Ref
	for i := range batch {
		if o := batch[i].Opened; o != nil && isLaw(o.Facts.Kind) {
			law = append(law, batch[i].Ref)
		}
	}
	blobs := l.blobsOf(j, batch)
	arrivals := l.intelOf(j, batch)
	if len(keys)+len(facts)+len(law)+len(blobs)+len(arrivals) == 0 {
		return nil
	}
	return func(tx *sqldb.Tx) error {
		return errors.Join(tx.PutFileKeys(j.ID, keys), tx.PutFacts(j.ID, facts), tx.PutLaw(l.id, law), tx.PutBlobs(blobs), tx.PutIntelArrivals(arrivals))
	}
}

// raise wakes people for what counterparts wrote to us, and lets those rest who were
// woken for what we have answered, before the position moves on: a crash raises it
// again, and raising twice is one alert. An answer that is held back is none yet.
func (l *Line) raise(ctx context.Context, j sqldb.Journal, batch []register.Judged) error {
	if l.node.alerts == nil {
		return nil
	}
	for i := range batch {
		m := &batch[i]
		if j.Role == sqldb.Ours && m.Verdict.Valid {
			if err := l.node.answered(ctx, m); err != nil {
				return err
			}
		}
		if j.Role != sqldb.Theirs || !m.Verdict.Valid || !m.Envelope.ToParty(l.us) {
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
