package journal

import (
	"context"
	"runtime"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Item is a sealed message to be appended, and the body key that signs its entry.
type Item struct {
	Ready  *seal.Ready
	Body   seal.Signer
	Queued bool // it stands in the outbox, and leaves it in the same transaction
}

// Appended is where a message stands now. Repeat: it stood there before, since the
// same nonce of the same body is the same message. ENTRY-7
//
// Lost: what stood there has no part any more, as after a home was put back. Then
// nobody has been told what the item says; it stays in the outbox. ENTRY-32
type Appended struct {
	Ref    parley.Ref
	ID     parley.MessageID
	Raw    []byte
	Repeat bool
	Lost   bool
}

// prepared is one item, signed and parsed.
type prepared struct {
	item Item
	env  seal.Envelope
	raw  []byte
	leaf tlog.Hash
}

// Append signs the entries and appends them in order, in one transaction: entries,
// parts, facts, wrapped file keys, tree nodes and the signed checkpoint become
// durable together or not at all. It returns what was appended and the newest
// checkpoint. mirrored is what this node holds of other journals now.
//
// Errors: Unavailable while the journal is asking, or where another process was
// faster (nothing happened: try again); Conflict where it is closed; Invalid for
// an item that is not of this journal. JOURNAL-20, JOURNAL-21, JOURNAL-28
func (j *Journal) Append(ctx context.Context, at time.Time, mirrored []seal.Mirrored, items []Item) ([]Appended, proof.Checkpoint, error) {
	if err := j.mayWrite(); err != nil { // before the work, and without waiting for a Resume
		return nil, proof.Checkpoint{}, err
	}
	list, err := j.prepareAll(at, mirrored, items)
	if err != nil {
		return nil, proof.Checkpoint{}, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.mayWrite(); err != nil {
		return nil, proof.Checkpoint{}, err
	}
	var done []Appended
	var cp proof.Checkpoint
	edge := j.edge.Clone()
	err = j.store.Update(ctx, func(tx *sqldb.Tx) (err error) {
		done, cp, err = j.append(tx, at, &edge, list)
		return err
	})
	if err != nil {
		// The outcome of a failed commit is unknown: what the database says counts.
		j.reload(context.WithoutCancel(ctx))
		return nil, proof.Checkpoint{}, err
	}
	j.edge = edge
	if cp.Size > 0 {
		j.latest.Put(j.store, sqldb.Checkpoints(j.row.ID), cp) // nobody else writes them; mu is held
	}
	return done, cp, nil
}

// mayWrite is Unavailable while the journal is asking. JOURNAL-24
func (j *Journal) mayWrite() error {
	if !j.asking.Load() {
		return nil
	}
	return parley.E(parley.Unavailable, "journal %s is read-only until a counterpart has said what it holds of it", j.cfg.Origin).
		WithHint("wait for a counterpart or archive to answer; parley journal resume --override goes on without")
}

// prepareAll signs the entries, on all cores where there are many.
func (j *Journal) prepareAll(at time.Time, mirrored []seal.Mirrored, items []Item) ([]prepared, error) {
	list := make([]prepared, len(items))
	var g errgroup.Group // waited for here
	g.SetLimit(runtime.GOMAXPROCS(0))
	const share = 32
	for from := 0; from < len(items); from += share {
		part := func() (err error) {
			for i := from; i < min(from+share, len(items)); i++ {
				if list[i], err = j.prepare(at, mirrored, items[i]); err != nil {
					return err
				}
			}
			return nil
		}
		if len(items) <= share {
			return list, part()
		}
		g.Go(part)
	}
	return list, g.Wait()
}

func (j *Journal) prepare(at time.Time, mirrored []seal.Mirrored, it Item) (prepared, error) {
	p := prepared{item: it}
	var err error
	if p.raw, err = seal.Sign(it.Ready, at.UTC().Truncate(time.Second), mirrored, it.Body); err != nil {
		return p, err
	}
	if p.env, err = seal.ParseEntry(p.raw); err != nil {
		return p, err
	}
	switch env := &p.env; {
	case env.Journal != j.cfg.Origin || env.From.Party() != j.cfg.Origin.Party():
		return p, parley.E(parley.Invalid, "entry of %s for journal %s: want one of %s", env.From, env.Journal, j.cfg.Origin)
	case env.Part != parley.Sum(it.Ready.Sealed) || env.Facts != parley.Sum(it.Ready.Facts):
		return p, parley.E(parley.Invalid, "entry %s: its part or facts are not those that it names", env.Nonce)
	}
	p.leaf = tlog.RecordHash(p.raw)
	return p, nil
}

// append runs inside the transaction; edge is the caller's own copy.
func (j *Journal) append(tx *sqldb.Tx, at time.Time, edge *sqldb.Edge, list []prepared) ([]Appended, proof.Checkpoint, error) {
	latest, err := j.writable(tx, edge)
	if err != nil {
		return nil, latest, err
	}
	done, fresh, err := j.place(tx, edge.Size(), list)
	if err != nil || len(fresh) == 0 {
		return done, latest, err
	}
	if err := j.write(tx, at, edge, fresh); err != nil {
		return nil, latest, err
	}
	cp, err := proof.SignCheckpoint(j.cfg.Origin, edge.Size(), edge.Root(), at, j.cfg.Keys...)
	if err != nil {
		return nil, latest, err
	}
	// JOURNAL-22: the table holds one root for a size, whoever asks.
	return done, cp, tx.PutCheckpoint(j.row.ID, sqldb.Checkpoint{Size: cp.Size, Root: cp.Root, Note: cp.Note, Stored: at})
}

// writable compares what this process knows with what the database holds. JOURNAL-21
func (j *Journal) writable(tx *sqldb.Tx, edge *sqldb.Edge) (proof.Checkpoint, error) {
	ends, err := tx.Ends(j.row.ID)
	if err != nil {
		return proof.Checkpoint{}, err
	}
	for _, e := range ends {
		return proof.Checkpoint{}, parley.E(parley.Conflict, "journal %s is %s (%s)", j.cfg.Origin, e.How, e.Detail)
	}
	size, err := tx.Size(j.row)
	if err != nil {
		return proof.Checkpoint{}, err
	}
	if size != edge.Size() {
		return proof.Checkpoint{}, parley.E(parley.Unavailable, "journal %s has %d entries, not %d: another process writes it", j.cfg.Origin, size, edge.Size()).
			WithHint("try again; only one node may run on a home")
	}
	latest, ok, err := tx.LatestCheckpoint(j.row.ID)
	if err == nil && (latest.Size != size || ok && latest.Root != edge.Root()) {
		err = parley.E(parley.Unavailable, "journal %s has %d entries and a checkpoint of size %d: its tail is not complete", j.cfg.Origin, size, latest.Size).
			WithHint("parley journal resume fetches the rest from a counterpart")
	}
	return j.trusted(latest), err
}

// place gives each new message its index, and finds the old ones. JOURNAL-23
func (j *Journal) place(tx *sqldb.Tx, next uint64, list []prepared) ([]Appended, []prepared, error) {
	nonces := make([]parley.Nonce, len(list))
	for i := range list {
		nonces[i] = list[i].env.Nonce
	}
	used, err := tx.Used(j.row.ID, nonces)
	if err != nil {
		return nil, nil, err
	}
	type name struct {
		body  parley.Body
		nonce parley.Nonce
	}
	at := make(map[name]Appended, len(list))
	for _, e := range used {
		lost, err := tx.Lost(j.row.ID, e.Part)
		if err != nil {
			return nil, nil, err
		}
		at[name{e.From, e.Nonce}] = Appended{parley.Ref{Origin: j.cfg.Origin, Index: e.Index}, e.ID, e.Raw, true, lost}
	}
	done := make([]Appended, len(list))
	fresh := make([]prepared, 0, len(list))
	queued := map[parley.Body][]parley.Nonce{} // and leave the outbox now
	for i := range list {
		p := &list[i]
		n := name{p.env.From, p.env.Nonce}
		if old, ok := at[n]; ok {
			done[i] = old
		} else {
			done[i] = Appended{Ref: parley.Ref{Origin: j.cfg.Origin, Index: next + uint64(len(fresh))}, ID: p.env.ID(), Raw: p.raw}
			fresh = append(fresh, *p)
			at[n] = Appended{done[i].Ref, done[i].ID, p.raw, true, false}
		}
		if p.item.Queued && !done[i].Lost {
			queued[p.env.From] = append(queued[p.env.From], p.env.Nonce)
		}
	}
	for body, nonces := range queued {
		if err := tx.DropSequenced(j.cfg.Origin, body, nonces); err != nil {
			return nil, nil, err
		}
	}
	return done, fresh, nil
}

// write stores everything but the checkpoint.
func (j *Journal) write(tx *sqldb.Tx, at time.Time, edge *sqldb.Edge, fresh []prepared) error {
	first := edge.Size()
	entries := make([]sqldb.Entry, len(fresh))
	leaves := make([]tlog.Hash, len(fresh))
	parts := make([]sqldb.Part, len(fresh))
	facts := make([]sqldb.Indexed, len(fresh))
	var keys []sqldb.Indexed
	for i := range fresh {
		p, index := &fresh[i], first+uint64(i)
		entries[i] = sqldb.Entry{Index: index, ID: p.env.ID(), From: p.env.From, Nonce: p.env.Nonce,
			Part: p.env.Part, Stored: at, Raw: p.raw}
		leaves[i] = p.leaf
		parts[i] = sqldb.Part{Hash: p.env.Part, Bytes: p.item.Ready.Sealed, Stored: at}
		facts[i] = sqldb.Indexed{Index: index, Bytes: p.item.Ready.Facts}
		if j.cfg.Keep != nil && p.item.Ready.FileKey != nil {
			wrapped, err := j.cfg.Keep.Wrap(KeyLabel(parley.Ref{Origin: j.cfg.Origin, Index: index}), p.item.Ready.FileKey)
			if err != nil {
				return err
			}
			keys = append(keys, sqldb.Indexed{Index: index, Bytes: wrapped})
		}
	}
	for _, step := range []func() error{
		func() error { return tx.PutParts(j.row.ID, parts) },
		func() error { return tx.PutFacts(j.row.ID, facts) },
		func() error { return tx.PutFileKeys(j.row.ID, keys) },
		func() error { return tx.PutEntries(j.row.ID, entries) },
		func() error { return tx.PutLeaves(j.row.ID, edge, leaves) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// reload reads the edge again after a failure; mu is held. Where even that fails
// the old edge stays, and the next Append finds out.
func (j *Journal) reload(ctx context.Context) {
	j.store.View(ctx, func(tx *sqldb.Tx) error {
		size, err := tx.Size(j.row)
		if err != nil || size == j.edge.Size() {
			return err
		}
		edge, err := tx.Edge(j.row.ID, 0, size)
		if err == nil {
			j.edge = edge
		}
		return err
	})
}
