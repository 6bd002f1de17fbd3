package register

import (
	"context"
	"iter"
	"sync"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Fold adds judged entries, each journal's in the order of its index, and folds
// the threads that they touch again. Durable when it returns. An entry that is
// folded already changes nothing; one that leaves a gap is a Conflict. Entry 0 of
// a succession waits, silently, until the journal that it follows has been begun:
// the position then stays before it.
//
// The entries and a note of the threads that they touch go into one short write
// transaction; the threads are then read and folded beside other writers, and what
// changed is written. A crash in between leaves the note, and the next Fold of the
// agreement goes on from it. So a counterpart that talks a thread to great length
// slows down what is said in its own agreement, and no cosignature. Threads that are
// short, as nearly all are, are folded in the first transaction.
func (r *Register) Fold(ctx context.Context, batch []Judged) error {
	for agreement, list := range byAgreement(batch) {
		if _, err := r.foldIn(ctx, agreement, list, nil); err != nil {
			return err
		}
	}
	return nil
}

// FoldWith is Fold of entries of one journal, at least one, that also writes what else
// was found in them, before them and in the same transaction. It returns the position.
func (r *Register) FoldWith(ctx context.Context, batch []Judged, with func(*sqldb.Tx) error) (next uint64, err error) {
	return r.foldIn(ctx, batch[0].Agreement, batch, with)
}

// byAgreement splits a batch, keeping its order.
func byAgreement(batch []Judged) iter.Seq2[parley.Hash, []Judged] {
	return func(yield func(parley.Hash, []Judged) bool) {
		for len(batch) > 0 {
			n := 1
			for n < len(batch) && batch[n].Agreement == batch[0].Agreement {
				n++
			}
			if !yield(batch[0].Agreement, batch[:n]) {
				return
			}
			batch = batch[n:]
		}
	}
}

func (r *Register) foldIn(ctx context.Context, agreement parley.Hash, batch []Judged, with func(*sqldb.Tx) error) (next uint64, err error) {
	defer r.lock(agreement)()
	settled := false
	err = r.store.UpdateLazily(ctx, func(tx *sqldb.Tx) error {
		if with != nil {
			if err := with(tx); err != nil {
				return err
			}
		}
		w, err := readWorld(tx)
		if err != nil {
			return err
		}
		f := &folding{tx: tx, world: w, agreementID: agreement, positions: map[int64]sqldb.FoldPosition{}, stopped: map[int64]bool{}, threads: map[parley.Hash]bool{}}
		for i := range batch {
			if err := f.add(&batch[i]); err != nil {
				return err
			}
		}
		p, err := f.position(f.byOrigin[batch[len(batch)-1].Ref.Origin].ID)
		if err != nil {
			return err
		}
		next = p.Next
		if err := f.store(); err != nil {
			return err
		}
		settled, err = f.settleShort()
		return err
	})
	if err != nil || settled {
		return next, err
	}
	return next, r.settle(ctx, agreement)
}

// Again folds an entry again whose part has been erased, or has come back, or that is
// void now: its digest takes the place of the one before. NotFound where it was never folded.
func (r *Register) Again(ctx context.Context, j Judged) error {
	defer r.lock(j.Agreement)()
	err := r.store.UpdateLazily(ctx, func(tx *sqldb.Tx) error {
		w, err := readWorld(tx)
		if err != nil {
			return err
		}
		journal, ok := w.byOrigin[j.Ref.Origin]
		if !ok {
			return parley.E(parley.NotFound, "journal %s is not held here", j.Ref.Origin)
		}
		old, ok, err := tx.MessageAt(journal.ID, j.Ref.Index)
		if err != nil {
			return err
		}
		if !ok {
			return parley.E(parley.NotFound, "entry %s is not folded", j.Ref)
		}
		d := w.digest(&j, journal)
		d.message.Height, d.message.Folded = old.Height, old.Folded
		if err := tx.ReplaceMessage(d.message); err != nil {
			return err
		}
		if err := tx.DropChecks(journal.ID, j.Ref.Index); err != nil {
			return err
		}
		if err := tx.PutChecks(d.checks); err != nil {
			return err
		}
		if err := w.againContacts(tx, &d, old); err != nil {
			return err
		}
		f := &folding{tx: tx, world: w, agreementID: journal.Agreement, threads: map[parley.Hash]bool{old.Thread: true, d.message.Thread: true}}
		if !j.Verdict.Valid { // what a void entry says counts no more
			if f.statements, err = tx.DropSaid(journal.ID, j.Ref.Index); err != nil {
				return err
			}
			if err := f.touched(); err != nil {
				return err
			}
		}
		return f.note()
	})
	if err != nil {
		return err
	}
	return r.settle(ctx, j.Agreement)
}

// lock makes folds of one agreement run one after the other; call what it returns
// to unlock.
func (r *Register) lock(agreement parley.Hash) func() {
	r.mu.Lock()
	l := r.folds[agreement]
	if l == nil {
		l = new(sync.Mutex)
		r.folds[agreement] = l
	}
	r.mu.Unlock()
	l.Lock()
	return l.Unlock
}

// folding is one transaction's work.
type folding struct {
	tx *sqldb.Tx
	*world
	agreementID parley.Hash
	positions   map[int64]sqldb.FoldPosition
	stopped     map[int64]bool // journals that wait
	messages    []sqldb.Message
	statements  []sqldb.Statement
	blobs       []sqldb.MessageBlob
	checks      []sqldb.CheckRow
	contacts    []sqldb.ContactRow
	places      []parley.Ref
	threads     map[parley.Hash]bool // to be folded again
}

func (f *folding) add(j *Judged) error {
	journal, ok := f.byOrigin[j.Ref.Origin]
	if !ok {
		return parley.E(parley.NotFound, "journal %s is not held here", j.Ref.Origin)
	}
	if journal.Agreement != f.agreementID {
		return parley.E(parley.Invalid, "fold %s: its journal belongs to another agreement", j.Ref)
	}
	p, err := f.position(journal.ID)
	if err != nil {
		return err
	}
	switch {
	case j.Ref.Index < p.Next || f.stopped[journal.ID]:
		return nil
	case j.Ref.Index > p.Next:
		return parley.E(parley.Conflict, "fold %s: entry %d is the next", j.Ref, p.Next)
	}
	if closed, size, ok := succeeds(j); ok && j.Ref.Index == 0 {
		base, ready, err := f.base(closed, size)
		if err != nil {
			return err
		}
		if !ready {
			f.stopped[journal.ID] = true
			return nil
		}
		p.Base = base
	}
	d := f.digest(j, journal)
	d.message.Height = height(&j.Envelope, j.Ref.Index, p.Base, p.Height)
	for i := range d.contacts {
		d.contacts[i].Height = d.message.Height
	}
	p.Next, p.Height = j.Ref.Index+1, d.message.Height
	f.positions[journal.ID] = p
	f.messages = append(f.messages, d.message)
	f.statements = append(f.statements, d.statements...)
	f.blobs = append(f.blobs, d.blobs...)
	f.checks = append(f.checks, d.checks...)
	f.contacts = append(f.contacts, d.contacts...)
	f.places = append(f.places, d.places...)
	return nil
}

// position is how far a journal is folded, with what this transaction adds.
func (f *folding) position(journal int64) (sqldb.FoldPosition, error) {
	p, ok := f.positions[journal]
	if ok {
		return p, nil
	}
	p, err := f.tx.FoldPosition(journal)
	p.Next = max(p.Next, f.byID[journal].MinIndex)
	return p, err
}

// base is how many entries stand before a journal that follows another.
func (f *folding) base(closed parley.Origin, size uint64) (base uint64, ready bool, err error) {
	j, ok := f.byOrigin[closed]
	if !ok {
		return size, true, nil
	}
	p, ok := f.positions[j.ID]
	if !ok {
		if p, err = f.tx.FoldPosition(j.ID); err != nil {
			return 0, false, err
		}
	}
	return add(size, p.Base), p.Next > 0 || size == 0, nil
}

// store writes the new rows and notes which threads they touch.
func (f *folding) store() error {
	if err := f.tx.PutMessages(f.messages); err != nil {
		return err
	}
	if err := f.tx.PutStatements(f.statements); err != nil {
		return err
	}
	if err := f.tx.PutMessageBlobs(f.blobs); err != nil {
		return err
	}
	if err := f.tx.PutChecks(f.checks); err != nil {
		return err
	}
	if err := f.putContacts(f.tx, f.contacts); err != nil {
		return err
	}
	for id, p := range f.positions {
		if err := f.tx.SetFoldPosition(id, p); err != nil {
			return err
		}
	}
	return f.touched()
}

// settleRows bounds the rows that are folded within the transaction that adds entries.
const settleRows = 512

// settleShort folds the touched threads where they are short and no others are noted,
// and notes them where they are not.
func (f *folding) settleShort() (settled bool, err error) {
	threads := keys(f.threads)
	short, err := f.tx.ShortThreads(threads, settleRows)
	if err != nil {
		return false, err
	}
	if !short {
		return false, f.note()
	}
	changes, err := refold(f.tx, f.world, f.agreementID, threads)
	if err != nil {
		return false, err
	}
	for i := range changes {
		if err := changes[i].write(f.tx); err != nil {
			return false, err
		}
	}
	noted, err := f.tx.Dirty(f.agreementID, 1)
	return len(noted) == 0, err
}

// note writes down which threads have to be folded again.
func (f *folding) note() error {
	var list []sqldb.DirtyThread
	for _, t := range keys(f.threads) {
		list = append(list, sqldb.DirtyThread{Agreement: f.agreementID, Thread: t})
	}
	return f.tx.PutDirty(list)
}

// touched finds the threads of the new entries, of those that answer them, and of
// those that they say something about.
func (f *folding) touched() error {
	var ids, about, parts []parley.Hash
	for i := range f.messages {
		m := &f.messages[i]
		f.threads[m.Thread] = true
		if !m.ID.IsZero() {
			ids = append(ids, parley.Hash(m.ID))
		}
	}
	for i := range f.statements {
		switch s := &f.statements[i]; s.Says {
		case SaysGone, SaysErased:
			parts = append(parts, s.About)
		default:
			about = append(about, s.About)
		}
	}
	for _, look := range []struct {
		column sqldb.MessageColumn
		values []parley.Hash
	}{{sqldb.ByAnswers, ids}, {sqldb.ByID, about}, {sqldb.ByPart, parts}} {
		list, err := f.tx.MessagesBy(look.column, look.values)
		if err != nil {
			return err
		}
		for i := range list {
			f.threads[list[i].Thread] = true
		}
	}
	var places []sqldb.Place
	for _, ref := range f.places {
		if j, ok := f.byOrigin[ref.Origin]; ok && j.Agreement == f.agreementID {
			places = append(places, sqldb.Place{Journal: j.ID, Index: ref.Index})
		}
	}
	list, err := f.tx.MessagesAt(places)
	for i := range list {
		f.threads[list[i].Thread] = true
	}
	return err
}
