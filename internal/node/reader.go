package node

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// reader serves one journal to one caller: ours, or our mirrored copy. It
// implements peer.Reader; with name empty it serves ourselves.
type reader struct {
	line   *Line
	origin parley.Origin
	name   string
}

// view reads in one consistent picture.
func (r *reader) view(ctx context.Context, f func(tx *sqldb.Tx, j sqldb.Journal) error) error {
	return r.line.node.db.View(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(r.origin)
		if err != nil {
			return err
		}
		return f(tx, j)
	})
}

// Status implements peer.Reader.
func (r *reader) Status(ctx context.Context) (s peer.Status, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx, j sqldb.Journal) error {
		cp, _, err := tx.LatestCheckpoint(j.ID)
		if err != nil {
			return err
		}
		s.Size, s.Pending = cp.Size, cp.Size
		if p, ok, err := tx.Pending(j.ID); err != nil {
			return err
		} else if ok && p.Size > s.Size {
			s.Pending = p.Size
			if string(j.Party) == r.name {
				s.Signed = p.Note
			}
		}
		if s.Next, err = tx.Size(j); err != nil {
			return err
		}
		s.Yours, err = r.cosignedByCaller(tx, j)
		return err
	})
	return s, err
}

// cosignedByCaller is the newest checkpoint with the caller's own lines; nil where
// there is none. JOURNAL-51
func (r *reader) cosignedByCaller(tx *sqldb.Tx, j sqldb.Journal) ([]byte, error) {
	if r.name == "" || string(j.Party) == r.name {
		return nil, nil
	}
	keys, err := r.line.cosignerKeys(r.name, r.origin, 0)
	if err != nil || len(keys) == 0 {
		return nil, nil // it mirrors nothing under a key that we know
	}
	c, ok, err := tx.LatestCosignature(j.ID, keys[0].Name, keys[0].ID)
	if err != nil || !ok {
		return nil, err
	}
	cp, ok, err := tx.CheckpointAt(j.ID, c.Size)
	if err != nil || !ok {
		return nil, err
	}
	lines, err := tx.CosignaturesBy(j.ID, c.Size, keys[0].Name)
	note := append([]byte(nil), cp.Note...)
	for _, l := range lines {
		note = append(note, l.Line...)
	}
	return note, err
}

// Checkpoint implements peer.Reader.
func (r *reader) Checkpoint(ctx context.Context) (note []byte, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx, j sqldb.Journal) error {
		cp, ok, err := tx.LatestCheckpoint(j.ID)
		if err == nil && !ok {
			err = parley.E(parley.NotFound, "journal %s has no checkpoint yet", r.origin)
		}
		if err != nil {
			return err
		}
		lines, err := tx.Cosignatures(j.ID, cp.Size)
		note = cp.Note
		for _, c := range lines {
			note = append(note, c.Line...)
		}
		return err
	})
	return note, err
}

// Entries implements peer.Reader.
func (r *reader) Entries(ctx context.Context, start, end uint64) (raw [][]byte, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx, j sqldb.Journal) error {
		list, err := tx.Entries(j.ID, start, end)
		if err == nil && uint64(len(list)) != end-start {
			err = parley.E(parley.NotFound, "entries %d to %d are not held", start, end)
		}
		for _, e := range list {
			raw = append(raw, e.Raw)
		}
		return err
	})
	return raw, err
}

// Hashes implements peer.Reader.
func (r *reader) Hashes(ctx context.Context) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) (list []tlog.Hash, err error) {
		err = r.view(ctx, func(tx *sqldb.Tx, j sqldb.Journal) error {
			list, err = tx.HashReader(j.ID).ReadHashes(indexes)
			return err
		})
		return list, err
	})
}

// Part implements peer.Reader: a part goes to the parties that may hold it, and
// to the archives, which cannot open it.
func (r *reader) Part(ctx context.Context, h parley.Hash) (part []byte, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx, j sqldb.Journal) error {
		index, ok, err := tx.FirstPart(j.ID, h)
		if err != nil {
			return err
		}
		if !ok {
			return parley.E(parley.NotFound, "no entry names the part %s", h)
		}
		list, err := tx.Entries(j.ID, index, index+1)
		if err != nil || len(list) != 1 {
			return parley.E(parley.NotFound, "no entry names the part %s", h)
		}
		env, err := seal.ParseEntry(list[0].Raw)
		if err != nil || !r.mayHold(env) {
			return parley.E(parley.NotFound, "the part %s is not for %s", h, r.name)
		}
		part, err = tx.Part(j.ID, h)
		return err
	})
	return part, err
}

func (r *reader) mayHold(env seal.Envelope) bool {
	p := parley.Party(r.name)
	if env.Clear || r.name == "" || env.From.Party() == p || env.ToParty(p) {
		return true
	}
	a, err := r.line.text()
	if err != nil {
		return false
	}
	_, archive := a.Archive(r.name)
	return archive
}
