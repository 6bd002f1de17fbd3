package mirror

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// Store is where a mirror lives. *sqldb.DB is one.
type Store = journal.Store

// Config says whose journal is mirrored, for whom, and under which keys.
type Config struct {
	Origin    parley.Origin
	Agreement parley.Hash      // of the founding text
	Ours      parley.Party     // parts of entries addressed to it are owed; "" on an archive
	Archive   bool             // every part is owed
	Log       []proof.Key      // the journal's keys: all must have signed a checkpoint
	Signers   []proof.Signer   // our mirror keys, Ed25519 and ML-DSA-44
	Limits    Limits           // what the author may send
	Now       func() time.Time // the clock of our cosignatures
}

// Mirror is the copy of one journal. Safe for concurrent use, and by several
// processes: every decision is taken inside a write transaction.
type Mirror struct {
	journal.Log
	store  Store
	cfg    Config
	public []proof.Key // of cfg.Signers
	row    sqldb.Journal

	mu     sync.Mutex // guards what follows, and cfg.Limits
	asking bool       // nothing new is cosigned

	latest sqldb.Cached[latest]
}

// latest is the largest checkpoint that we cosigned, with our lines.
type latest struct {
	cp    proof.Checkpoint
	lines []byte
}

// Create registers the mirror of a journal with fresh keys of ours. With a start,
// the copy begins there, as a newcomer's does. JOURNAL-52
func Create(ctx context.Context, store Store, cfg Config, start *Start) (*Mirror, error) {
	m, err := newMirror(store, cfg)
	if err != nil {
		return nil, err
	}
	now := cfg.Now()
	row := sqldb.Journal{Origin: cfg.Origin, Agreement: cfg.Agreement, Party: cfg.Origin.Party(), Role: sqldb.Theirs, Opened: now}
	if cfg.Archive {
		row.Role = sqldb.Archived
	}
	var from verifiedStart
	if start != nil {
		if from, err = start.verify(cfg); err != nil {
			return nil, err
		}
		row.MinIndex = from.cp.Size
	}
	err = store.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Journal(cfg.Origin)
		if err == nil {
			return parley.E(parley.Conflict, "journal %s is known already", cfg.Origin)
		}
		if parley.KindOf(err) != parley.NotFound {
			return err
		}
		if m.row, err = tx.PutJournal(row); err != nil || start == nil {
			return err
		}
		if err := tx.PutEdge(m.row.ID, from.edge); err != nil {
			return err
		}
		return tx.PutPending(m.row.ID, m.pendingRow(from.cp, nil), keepPending)
	})
	m.Log = journal.NewLog(store, m.row)
	return m, err
}

// Open opens a mirror that exists. It is asking: nothing new is cosigned until
// LearnOwn and Ready, or Override. JOURNAL-51
func Open(ctx context.Context, store Store, cfg Config) (*Mirror, error) {
	m, err := newMirror(store, cfg)
	if err != nil {
		return nil, err
	}
	m.asking = true
	err = store.View(ctx, func(tx *sqldb.Tx) error {
		m.row, err = tx.Journal(cfg.Origin)
		if err == nil && m.row.Role == sqldb.Ours {
			err = parley.E(parley.Conflict, "journal %s is ours: it is not mirrored here", cfg.Origin)
		}
		return err
	})
	m.Log = journal.NewLog(store, m.row)
	return m, err
}

func newMirror(store Store, cfg Config) (*Mirror, error) {
	if len(cfg.Log) == 0 || len(cfg.Signers) == 0 || cfg.Now == nil {
		return nil, parley.E(parley.Internal, "mirror of %s: no keys or no clock given", cfg.Origin)
	}
	m := &Mirror{store: store, cfg: cfg}
	for _, k := range cfg.Log {
		if k.Name != string(cfg.Origin) {
			return nil, parley.E(parley.Invalid, "mirror of %s: journal key of %s: want one named as the origin", cfg.Origin, k.Name)
		}
	}
	for _, s := range cfg.Signers {
		m.public = append(m.public, s.Key())
	}
	return m, nil
}

// Start is where a newcomer's copy begins: a checkpoint, and the roots of the
// complete subtrees under it, the largest first.
type Start struct {
	Checkpoint proof.RawCheckpoint
	Peaks      []tlog.Hash
}

type verifiedStart struct {
	cp   proof.Checkpoint
	edge sqldb.Edge
}

func (s *Start) verify(cfg Config) (v verifiedStart, err error) {
	if v.cp, err = proof.OpenCheckpoint(s.Checkpoint, cfg.Log...); err != nil {
		return v, err
	}
	if v.edge, err = sqldb.NewEdge(v.cp.Size, s.Peaks); err != nil {
		return v, err
	}
	if v.cp.Origin != cfg.Origin || v.edge.Root() != v.cp.Root {
		err = parley.E(parley.Untrusted, "the hashes do not make the tree of size %d of %s", v.cp.Size, cfg.Origin)
	}
	return v, err
}

// Peaks are the roots of the complete subtrees of a tree, the largest first: what
// a newcomer's mirror needs to begin at that size.
func Peaks(r tlog.HashReader, size uint64) ([]tlog.Hash, error) {
	return r.ReadHashes(sqldb.Peaks(size))
}

// Origin names the mirrored journal.
func (m *Mirror) Origin() parley.Origin { return m.cfg.Origin }

// Status is what the mirror holds: the cosigned size, the pending one, the next entry.
type Status struct{ Size, Pending, Next uint64 }

// Status reads it in one consistent picture.
func (m *Mirror) Status(ctx context.Context) (s Status, err error) {
	err = m.store.View(ctx, func(tx *sqldb.Tx) error {
		st, err := m.state(tx)
		s = Status{st.mirror.Size, max(st.mirror.Size, st.pending.Size), st.next}
		return err
	})
	return s, err
}

// Latest is the largest checkpoint that we cosigned, and our lines; NotFound
// before the first. The database is read once for each.
func (m *Mirror) Latest(ctx context.Context) (cp proof.Checkpoint, lines []byte, err error) {
	l, err := m.latest.Get(m.store, sqldb.Checkpoints(m.row.ID), func() (l latest, err error) {
		err = m.store.View(ctx, func(tx *sqldb.Tx) error {
			row, ok, err := tx.LatestCheckpoint(m.row.ID)
			if err != nil || !ok {
				if err == nil {
					err = parley.E(parley.NotFound, "nothing of journal %s is cosigned yet", m.cfg.Origin)
				}
				return err
			}
			l.cp = m.trusted(row)
			l.lines, err = m.storedLines(tx, row.Size)
			l.lines = slices.Clip(l.lines)
			return err
		})
		return l, err
	})
	return l.cp, l.lines, err
}

// Checkpoint is Latest as one note: the log's lines, ours, then those of others.
func (m *Mirror) Checkpoint(ctx context.Context) (note []byte, err error) {
	cp, lines, err := m.Latest(ctx)
	if err != nil {
		return nil, err
	}
	note = append(append(note, cp.Note...), lines...)
	err = m.store.View(ctx, func(tx *sqldb.Tx) error {
		all, err := tx.Cosignatures(m.row.ID, cp.Size)
		for _, c := range all {
			if !m.isOurs(c) {
				note = append(note, c.Line...)
			}
		}
		return err
	})
	return note, err
}

// trusted is a checkpoint that was verified before it was stored.
func (m *Mirror) trusted(row sqldb.Checkpoint) proof.Checkpoint {
	return proof.Checkpoint{Origin: m.cfg.Origin, Size: row.Size, Root: row.Root, Note: slices.Clip(row.Note)}
}
