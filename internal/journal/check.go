package journal

import (
	"bytes"
	"context"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Checked counts what Check has verified.
type Checked struct {
	Entries, Nodes, Checkpoints, Cosignatures, Parts uint64
}

// Check verifies everything stored of one journal, ours or mirrored, from its
// first entry on: leaves, tree nodes, the columns taken from entries, checkpoints
// with the log's signatures, cosignatures, parts. cosigners are the keys whose
// lines may stand there; another line is a difference too.
//
// The error is Untrusted and names the first difference. It reads in slices, so
// that it never holds a lock on what the node does meanwhile.
func Check(ctx context.Context, store Store, origin parley.Origin, log, cosigners []proof.Key) (Checked, error) {
	c := &check{store: store, origin: origin, log: log, cosigners: cosigners}
	if err := c.view(ctx, c.begin); err != nil {
		return c.done, err
	}
	for c.edge.Size() < c.end {
		if err := c.view(ctx, c.slice); err != nil {
			return c.done, err
		}
	}
	if err := c.view(ctx, c.rest); err != nil {
		return c.done, err
	}
	for !c.ended {
		if err := c.view(ctx, c.someParts); err != nil {
			return c.done, err
		}
	}
	return c.done, nil
}

// check holds the position between slices.
type check struct {
	store          Store
	origin         parley.Origin
	log, cosigners []proof.Key
	row            sqldb.Journal
	edge           sqldb.Edge
	end            uint64
	part           parley.Hash // the last part verified
	ended          bool        // no part is left
	done           Checked
}

const slice = 1024

func (c *check) view(ctx context.Context, f func(*sqldb.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return c.store.View(ctx, f)
}

func (c *check) differs(format string, args ...any) error {
	return parley.E(parley.Untrusted, string(c.origin)+": "+format, args...)
}

func (c *check) begin(tx *sqldb.Tx) (err error) {
	if c.row, err = tx.Journal(c.origin); err != nil {
		return err
	}
	if c.end, err = tx.Size(c.row); err != nil {
		return err
	}
	if c.edge, err = tx.Edge(c.row.ID, 0, c.row.MinIndex); err != nil {
		return err
	}
	latest, ok, err := tx.LatestCheckpoint(c.row.ID)
	if err == nil && (latest.Size > c.end || !ok && c.row.Role == sqldb.Ours && c.end > 0) {
		err = c.differs("%d entries under a checkpoint of size %d", c.end, latest.Size)
	}
	if err != nil {
		return err
	}
	return c.checkpoints(tx, c.row.MinIndex, c.row.MinIndex+1, map[uint64]tlog.Hash{c.row.MinIndex: c.edge.Root()})
}

// slice verifies the next entries and what stands on them.
func (c *check) slice(tx *sqldb.Tx) error {
	start := c.edge.Size()
	end := min(c.end, start+slice)
	list, err := tx.Entries(c.row.ID, start, end)
	if err != nil {
		return err
	}
	if uint64(len(list)) != end-start {
		return c.differs("%d of the entries %d to %d are there", len(list), start, end-1)
	}
	from := tlog.StoredHashIndex(0, int64(start))
	stored, err := tx.Nodes(c.row.ID, start, end)
	if err != nil {
		return err
	}
	roots := make(map[uint64]tlog.Hash, len(list))
	var nodes []tlog.Hash
	for i := range list {
		if err := c.columns(&list[i]); err != nil {
			return err
		}
		nodes = c.edge.Add(tlog.RecordHash(list[i].Raw), nodes)
		roots[c.edge.Size()] = c.edge.Root()
	}
	for k, h := range nodes {
		at := from + int64(k)
		if k >= len(stored) || stored[k] != (sqldb.StoredHash{Index: at, Hash: h}) {
			level, n := tlog.SplitStoredHashIndex(at)
			return c.differs("entry %d and the tree stored over it do not match (level %d)", n<<level, level)
		}
	}
	if len(stored) != len(nodes) {
		return c.differs("%d tree nodes over the entries %d to %d: want %d", len(stored), start, end-1, len(nodes))
	}
	c.done.Entries += uint64(len(list))
	c.done.Nodes += uint64(len(nodes))
	return c.checkpoints(tx, start+1, end+1, roots)
}

// columns compares what was taken from an entry with the entry.
func (c *check) columns(e *sqldb.Entry) error {
	env, err := seal.ParseEntry(e.Raw)
	same := e.ID.IsZero() && e.From == "" && e.Nonce.IsZero() && e.Part.IsZero()
	if err == nil {
		same = e.ID == env.ID() && e.From == env.From && e.Nonce == env.Nonce && e.Part == env.Part
	}
	if !same {
		return c.differs("the names stored beside entry %d are not its own", e.Index)
	}
	return nil
}

// checkpoints verifies those with sizes in [from, to) and their cosignatures.
func (c *check) checkpoints(tx *sqldb.Tx, from, to uint64, roots map[uint64]tlog.Hash) error {
	list, err := tx.Checkpoints(c.row.ID, from, to)
	if err != nil {
		return err
	}
	for _, row := range list {
		cp, err := proof.OpenCheckpoint(row.Note, c.log...)
		switch {
		case err != nil:
			return c.differs("the checkpoint of size %d: %v", row.Size, err)
		case cp.Origin != c.origin || cp.Size != row.Size || cp.Root != row.Root || !bytes.Equal(cp.Note, row.Note):
			return c.differs("the checkpoint stored for size %d says something else", row.Size)
		case roots[row.Size] != row.Root:
			return c.differs("the entries make another root than the checkpoint of size %d", row.Size)
		}
		c.done.Checkpoints++
		if err := c.cosignatures(tx, cp); err != nil {
			return err
		}
	}
	stamps, err := tx.Stamps(c.row.ID, from, to)
	if err != nil {
		return err
	}
	for _, s := range stamps {
		err := c.cosignature(s, func(k proof.Key) ([]proof.Cosignature, error) {
			return proof.CosignaturesOn(c.origin, s.Size, roots[s.Size], []byte(s.Line), k)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *check) cosignatures(tx *sqldb.Tx, cp proof.Checkpoint) error {
	list, err := tx.Cosignatures(c.row.ID, cp.Size)
	if err != nil {
		return err
	}
	for _, s := range list {
		err := c.cosignature(s, func(k proof.Key) ([]proof.Cosignature, error) {
			return proof.OpenCosignatures(cp, []byte(s.Line), k)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// cosignature verifies a stored line, which open reads by the key that it names.
func (c *check) cosignature(s sqldb.Cosignature, open func(proof.Key) ([]proof.Cosignature, error)) error {
	i := slices.IndexFunc(c.cosigners, func(k proof.Key) bool { return k.Name == s.Cosigner && k.ID == s.KeyID })
	if i < 0 {
		return c.differs("a cosignature of the unknown key %s+%08x at size %d", s.Cosigner, s.KeyID, s.Size)
	}
	got, err := open(c.cosigners[i])
	if err != nil || len(got) != 1 || !got[0].Time.Equal(s.Signed) {
		return c.differs("the cosignature of %s at size %d does not hold", s.Cosigner, s.Size)
	}
	c.done.Cosignatures++
	return nil
}

// rest verifies what does not hang on a single entry.
func (c *check) rest(tx *sqldb.Tx) error {
	if size, err := tx.Size(c.row); err != nil {
		return err
	} else if size == c.end { // else it has grown meanwhile
		more, err := tx.Nodes(c.row.ID, c.end, 1<<50)
		if err != nil {
			return err
		}
		if len(more) > 0 {
			return c.differs("%d tree nodes behind the last entry", len(more))
		}
	}
	return nil
}

// someParts verifies the next parts in the order of their hashes.
func (c *check) someParts(tx *sqldb.Tx) error {
	list, err := tx.PartsAfter(c.row.ID, c.part, 64)
	if err != nil {
		return err
	}
	for _, p := range list {
		if parley.Sum(p.Bytes) != p.Hash {
			return c.differs("the part %s has other octets", p.Hash)
		}
		c.part = p.Hash
		c.done.Parts++
	}
	c.ended = len(list) < 64
	return nil
}
