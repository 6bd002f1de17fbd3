package journal

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Held is what somebody says it holds of this journal. Nothing in it is believed
// but our own signature.
type Held struct {
	Who    string // a party, archive or witness, for the record
	Note   []byte // its newest checkpoint of this journal; nil: it holds nothing
	Source Source // where its tail can be fetched; nil for a witness
}

// Source gives what a mirror or archive holds of this journal. Whoever is behind
// it can at most waste our time: every octet is proven against our own signature.
type Source interface {
	Entries(ctx context.Context, start, end uint64) ([][]byte, error) // within one multiple of 256
	Hashes(ctx context.Context) tlog.HashReader
	Part(ctx context.Context, h parley.Hash) ([]byte, error) // NotFound where it has none
}

// Resumed says what a Resume found.
type Resumed struct {
	Before, After uint64        // sizes
	From          string        // who gave the tail; "" where none was missing
	Missing       []parley.Hash // parts of fetched entries that the source did not have
	Ignored       []string      // who answered with something that proves nothing
}

// Resume compares this journal with what others hold of it, and lets it speak
// again. Whoever holds more must show our own signature; then the missing tail is
// fetched, proven, and stored before anything else is appended. It can be
// interrupted and repeated.
//
// Errors, after each of which the journal stays silent: Unavailable where nobody
// answered or the tail cannot be fetched; Conflict where our own signature stands
// under another history (only a succession goes on from there). JOURNAL-24 to JOURNAL-26
func (j *Journal) Resume(ctx context.Context, at time.Time, held []Held) (Resumed, error) {
	var r Resumed
	if !j.resuming.CompareAndSwap(false, true) {
		return r, parley.E(parley.Unavailable, "journal %s is being compared with what others hold of it", j.cfg.Origin)
	}
	defer j.resuming.Store(false)
	since := j.beginResume(ctx)
	r.Before = j.size()
	answers, ahead := 0, []answer(nil)
	for _, h := range held {
		cp, ok, err := j.compare(ctx, at, h)
		if err != nil {
			return r, err
		}
		if !ok {
			r.Ignored = append(r.Ignored, h.Who)
			continue
		}
		answers++
		if cp.Size > j.size() {
			ahead = append(ahead, answer{Held: h, cp: cp})
		}
	}
	if answers == 0 {
		return r, parley.E(parley.Unavailable, "nobody has said what they hold of journal %s", j.cfg.Origin)
	}
	slices.SortStableFunc(ahead, func(a, b answer) int { return cmp.Compare(b.cp.Size, a.cp.Size) })
	if err := j.catchUp(ctx, at, ahead, &r); err != nil {
		return r, err
	}
	r.After = j.size()
	return r, j.endResume(since)
}

// beginResume makes the journal silent: what is fetched goes where nobody appends. It
// returns how often it was silenced so far. The lock is not held while others are
// asked: nobody waits for the network with it.
func (j *Journal) beginResume(ctx context.Context) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asking.Store(true)
	j.reload(ctx)
	return j.silenced
}

// endResume lets it speak, unless it was silenced once more meanwhile.
func (j *Journal) endResume(since uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.silenced != since {
		return parley.E(parley.Unavailable, "somebody holds more of journal %s than those who were asked", j.cfg.Origin)
	}
	j.asking.Store(false)
	return nil
}

// size is how many entries are held.
func (j *Journal) size() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.edge.Size()
}

// here is a copy of the edge.
func (j *Journal) here() sqldb.Edge {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.edge.Clone()
}

// answer is a checkpoint with our own signature that is larger than what we hold.
type answer struct {
	Held
	cp     proof.Checkpoint
	others []Held // who else holds more than we do: a part goes to its addressees only
}

// part asks whoever may have a part for it; nil where all say that they have none.
// Somebody who does not answer may be the only one who has it.
func (a *answer) part(ctx context.Context, h parley.Hash) ([]byte, error) {
	var silent error
	for _, from := range append([]Held{a.Held}, a.others...) {
		if from.Source == nil {
			continue
		}
		part, err := from.Source.Part(ctx, h)
		switch {
		case err == nil && parley.Sum(part) == h:
			return part, nil
		case err != nil && parley.KindOf(err) == parley.Unavailable:
			silent = err
		}
	}
	return nil, silent
}

// compare checks one answer; ok is false where it proves nothing.
func (j *Journal) compare(ctx context.Context, at time.Time, h Held) (cp proof.Checkpoint, ok bool, err error) {
	if h.Note == nil {
		return cp, true, nil
	}
	cp, err = proof.OpenCheckpoint(h.Note, j.public...)
	if err != nil || cp.Origin != j.cfg.Origin {
		return cp, false, nil
	}
	if cp.Size > j.size() {
		return cp, true, nil
	}
	var own sqldb.Edge
	err = j.store.View(ctx, func(tx *sqldb.Tx) (err error) {
		own, err = tx.Edge(j.row.ID, 0, cp.Size)
		return err
	})
	if err == nil && own.Root() != cp.Root {
		err = j.otherHistory(ctx, at, h.Who, cp.Size)
	}
	return cp, err == nil, err
}

// otherHistory is the worst case: our signature under what we do not hold. JOURNAL-26
func (j *Journal) otherHistory(ctx context.Context, at time.Time, who string, size uint64) error {
	e := parley.E(parley.Conflict, "%s holds another history of our journal %s, signed by us, at size %d: this journal may not go on", who, j.cfg.Origin, size).
		WithHint("keep both copies; parley journal succeed opens the next journal")
	if err := j.store.Update(ctx, func(tx *sqldb.Tx) error {
		return tx.RaiseAlarm("own-fork", string(j.cfg.Origin), e.Msg, at)
	}); err != nil {
		return err
	}
	return e
}

// catchUp fetches the longest tail that anybody can give.
func (j *Journal) catchUp(ctx context.Context, at time.Time, ahead []answer, r *Resumed) error {
	if len(ahead) == 0 {
		return nil
	}
	largest := ahead[0].cp.Size
	for i := range ahead {
		for k := range ahead {
			if k != i {
				ahead[i].others = append(ahead[i].others, ahead[k].Held)
			}
		}
	}
	var last error
	for _, a := range ahead {
		if a.cp.Size <= j.size() {
			continue // fetched meanwhile; its root is part of the proven tree or Append will not go on
		}
		if a.Source == nil {
			last = parley.E(parley.Unavailable, "%s saw %d entries of journal %s; we hold %d", a.Who, a.cp.Size, j.cfg.Origin, j.size())
			continue
		}
		if err := j.fetch(ctx, at, a, r); err != nil {
			last = err
			continue
		}
		r.From = a.Who
	}
	if j.size() < largest {
		return &parley.Error{Kind: parley.Unavailable, Err: last, Hint: "ask again when its holder answers; what is lost for good needs parley journal succeed",
			Msg: "the missing tail of journal " + string(j.cfg.Origin) + " could not be fetched"}
	}
	// Everybody must have seen the same history, also the ones further back.
	for _, a := range ahead {
		if _, _, err := j.compare(ctx, at, a.Held); err != nil {
			return err
		}
	}
	return nil
}

// fetch stores the entries up to a checkpoint of ours, bundle by bundle, each
// proven first, and the checkpoint at the end.
func (j *Journal) fetch(ctx context.Context, at time.Time, a answer, r *Resumed) error {
	hashes := a.Source.Hashes(ctx)
	edge := j.here()
	for edge.Size() < a.cp.Size {
		start := edge.Size()
		aligned := start - start%256
		end := min(a.cp.Size, aligned+256)
		raw, err := a.Source.Entries(ctx, start, end)
		if err != nil {
			return err
		}
		if uint64(len(raw)) != end-start {
			return parley.E(parley.Untrusted, "%s gave %d entries: want %d", a.Who, len(raw), end-start)
		}
		path, err := proof.ProveSubtree(hashes, aligned, end, a.cp.Size)
		if err != nil {
			return err
		}
		if err := j.fetched(ctx, at, a, &edge, aligned, raw, path, r); err != nil {
			return err
		}
	}
	if edge.Root() != a.cp.Root {
		return j.otherHistory(ctx, at, a.Who, a.cp.Size)
	}
	return j.store.Update(ctx, func(tx *sqldb.Tx) error {
		return tx.PutCheckpoint(j.row.ID, sqldb.Checkpoint{Size: a.cp.Size, Root: a.cp.Root, Note: a.cp.Note, Stored: at})
	})
}

// fetched proves and stores one bundle with its parts.
func (j *Journal) fetched(ctx context.Context, at time.Time, a answer, edge *sqldb.Edge, aligned uint64, raw [][]byte, path []tlog.Hash, r *Resumed) error {
	entries := make([]sqldb.Entry, len(raw))
	leaves := make([]tlog.Hash, len(raw))
	var parts []sqldb.Part
	for i, b := range raw {
		entries[i] = sqldb.Entry{Index: edge.Size() + uint64(i), Stored: at, Raw: b}
		leaves[i] = tlog.RecordHash(b)
		env, err := seal.ParseEntry(b)
		if err != nil {
			continue // we signed it once; it is kept as it is
		}
		e := &entries[i]
		e.ID, e.From, e.Nonce, e.Part = env.ID(), env.From, env.Nonce, env.Part
		part, err := a.part(ctx, env.Part)
		if err != nil {
			return err
		}
		if part == nil {
			r.Missing = append(r.Missing, env.Part)
			continue
		}
		parts = append(parts, sqldb.Part{Hash: env.Part, Bytes: part, Stored: at})
	}
	next := edge.Clone()
	err := j.store.Update(ctx, func(tx *sqldb.Tx) error {
		if size, err := tx.Size(j.row); err != nil || size != edge.Size() { // an officer did not wait
			return errors.Join(err, parley.E(parley.Unavailable, "journal %s was written meanwhile: it has %d entries", j.cfg.Origin, size))
		}
		bundle, err := tx.Edge(j.row.ID, aligned, edge.Size())
		if err != nil {
			return err
		}
		for _, l := range leaves {
			bundle.Add(l, nil)
		}
		if err := proof.CheckSubtree(path, aligned, bundle.Size(), bundle.Root(), a.cp.Size, a.cp.Root); err != nil {
			return err
		}
		if err := tx.PutParts(j.row.ID, parts); err != nil {
			return err
		}
		if err := tx.PutEntries(j.row.ID, entries); err != nil {
			return err
		}
		return tx.PutLeaves(j.row.ID, &next, leaves)
	})
	if err == nil {
		*edge = next
		j.mu.Lock()
		j.edge = next.Clone()
		j.mu.Unlock()
	}
	return err
}

// Override lets the journal speak without an answer, on the record: who decided
// stays in this node's database. A counterpart that holds more will show a fork. JOURNAL-27
func (j *Journal) Override(ctx context.Context, at time.Time, officer string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.store.Update(ctx, func(tx *sqldb.Tx) error {
		return tx.RaiseAlarm("override", string(j.cfg.Origin), "writing went on without an answer from any counterpart, by decision of "+officer, at)
	})
	if err == nil {
		j.asking.Store(false)
	}
	return err
}

// Close ends this journal at a size, as the succession says; next is its successor,
// whose entry 0 carries it. The size may be larger than what is held: that is what
// was lost. Closing it again for the same successor is no change. SUCCESSION-1, JOURNAL-28
func (j *Journal) Close(ctx context.Context, at time.Time, size uint64, root tlog.Hash, next parley.Origin) error {
	return j.store.Update(ctx, func(tx *sqldb.Tx) error { return j.CloseIn(tx, at, size, root, next) })
}

// CloseIn is Close within a transaction of the caller's, who makes the succession
// durable in the same one.
func (j *Journal) CloseIn(tx *sqldb.Tx, at time.Time, size uint64, root tlog.Hash, next parley.Origin) error {
	ends, err := tx.Ends(j.row.ID)
	if err != nil {
		return err
	}
	for _, e := range ends {
		if e.How == sqldb.Closed && e.Detail != string(next) {
			return parley.E(parley.Conflict, "journal %s was closed for %s", j.cfg.Origin, e.Detail)
		}
	}
	return tx.PutEnd(j.row.ID, sqldb.End{How: sqldb.Closed, Detail: string(next), At: at, Size: size, Root: root})
}
