package node

import (
	"context"
	"errors"

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
		journals, err := l.journals(ctx)
		if err != nil {
			return err
		}
		for _, j := range journals {
			more, err := l.followOne(ctx, j)
			if err != nil {
				return err
			}
			again = again || more
		}
	}
	return nil
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

func (l *Line) followOne(ctx context.Context, j sqldb.Journal) (more bool, err error) {
	from, err := l.node.register.Position(ctx, j.Origin)
	if err != nil {
		return false, err
	}
	from = max(from, j.MinIndex)
	var batch []register.Judged
	var keys, facts []sqldb.Indexed
	err = l.node.db.View(ctx, func(tx *sqldb.Tx) error {
		cp, ok, err := tx.LatestCheckpoint(j.ID)
		if err != nil || !ok || cp.Size <= from {
			return err
		}
		more = cp.Size > from+followBatch
		entries, err := tx.Entries(j.ID, from, min(cp.Size, from+followBatch))
		if err != nil {
			return err
		}
		for _, e := range entries {
			one, key, err := l.judge(tx, j, e)
			if err != nil {
				return err
			}
			batch = append(batch, one)
			if key != nil {
				wrapped, err := l.node.keep.Wrap(journal.KeyLabel(one.Ref), key)
				if err != nil {
					return err
				}
				keys = append(keys, sqldb.Indexed{Index: e.Index, Bytes: wrapped})
			}
			if one.Opened != nil {
				if _, ok, err := tx.Facts(j.ID, e.Index); err != nil {
					return err
				} else if ok {
					continue // ours, unless its tail was fetched back from a counterpart
				}
				facts = append(facts, sqldb.Indexed{Index: e.Index, Bytes: one.Opened.FactsBytes})
			}
		}
		return nil
	})
	if err != nil || len(batch) == 0 {
		return false, err
	}
	if err := l.keep(ctx, j, batch, keys, facts); err != nil {
		return false, err
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
	l.node.publish(Event{What: "message", Agreement: l.id})
	return more, nil
}

// judge reaches the verdict on one entry and opens what is inside. The returned
// file key is set where an age identity found it and it is not stored yet.
func (l *Line) judge(tx *sqldb.Tx, j sqldb.Journal, e sqldb.Entry) (register.Judged, []byte, error) {
	ref := parley.Ref{Origin: j.Origin, Index: e.Index}
	out := register.Judged{Agreement: l.id, Ref: ref, StoredAt: e.Stored, Inside: register.InsideClosed}
	l.mu.RLock()
	defer l.mu.RUnlock()
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

// keep stores what opening found, and notes the entries that changed the law.
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
	return l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
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
		if m.Inside == register.InsideUnreadable || m.Opened != nil && !seal.RunsTheLine(m.Opened.Facts.Kind) {
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
