package node

import (
	"context"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// ProveRequest asks for an evidence file. EVIDENCE-4
type ProveRequest struct {
	Name       string         `json:"name"`       // of a message, as for Find; an origin whose fork is to be shown
	Reveal     bool           `json:"reveal"`     // show the text
	Unanswered bool           `json:"unanswered"` // show that Parties have not answered
	Parties    []parley.Party `json:"parties"`    // empty: every party that is addressed
}

// Evidence is a file that Prove made.
type Evidence struct {
	File []byte `json:"file"`
}

// Prove makes the file that convinces an outsider: of one message, or that a
// journal forked. It reads one consistent picture and changes nothing.
func (n *Node) Prove(ctx context.Context, r ProveRequest) (out Evidence, err error) {
	if o, bad := parley.ParseOrigin(r.Name); bad == nil {
		out.File, err = n.proveFork(ctx, o)
		return out, err
	}
	ref, err := n.Find(ctx, r.Name)
	if err != nil {
		return out, err
	}
	l, ok := n.LineOf(ref.Origin)
	if !ok {
		return out, parley.E(parley.NotFound, "no journal %s here", ref.Origin)
	}
	err = l.prove(ctx, &out, func(s *source) (evidence.Ask, error) {
		ask := evidence.Ask{Message: ref, Reveal: r.Reveal, Facts: true}
		if r.Unanswered {
			ask.Unanswered = r.Parties
		}
		if !r.Unanswered || len(r.Parties) > 0 {
			return ask, nil
		}
		raw, err := s.Entries(ref.Origin, ref.Index, ref.Index+1)
		if err != nil {
			return ask, err
		}
		if len(raw) != 1 {
			return ask, parley.E(parley.NotFound, "journal %s has no entry %d here", ref.Origin, ref.Index)
		}
		env, err := seal.ParseEntry(raw[0])
		if err != nil {
			return ask, err
		}
		for _, b := range env.To {
			if p := b.Party(); p != env.From.Party() && !slices.Contains(ask.Unanswered, p) {
				ask.Unanswered = append(ask.Unanswered, p)
			}
		}
		return ask, nil
	})
	return out, err
}

// proveFork makes a file of the conviction that a mirror stored.
func (n *Node) proveFork(ctx context.Context, o parley.Origin) ([]byte, error) {
	l, ok := n.LineOf(o)
	if !ok {
		return nil, parley.E(parley.NotFound, "no journal %s here", o)
	}
	var out Evidence
	err := l.prove(ctx, &out, func(s *source) (evidence.Ask, error) {
		list, err := s.tx.EvidenceOf(o)
		if err != nil {
			return evidence.Ask{}, err
		}
		l.mu.RLock()
		log, err := l.chain.LogKeys(o)
		l.mu.RUnlock()
		if err != nil {
			return evidence.Ask{}, err
		}
		for _, e := range list {
			if f, err := proof.ParseFork(e.Bytes, log...); err == nil {
				return evidence.Ask{Fork: &f}, nil
			}
		}
		return evidence.Ask{}, parley.E(parley.NotFound, "no fork of %s is known here", o)
	})
	return out.File, err
}

func (l *Line) prove(ctx context.Context, out *Evidence, asked func(*source) (evidence.Ask, error)) error {
	l.mu.RLock()
	founding := l.chain.Texts()[l.id]
	l.mu.RUnlock()
	return l.node.db.View(ctx, func(tx *sqldb.Tx) error {
		s := &source{line: l, tx: tx, rows: map[parley.Origin]sqldb.Journal{}}
		law, err := tx.Law(l.id)
		if err != nil {
			return err
		}
		ask, err := asked(s)
		if err != nil {
			return err
		}
		out.File, err = evidence.Build(s, founding.Note(), law, ask)
		return err
	})
}

// source is evidence.Source over one read transaction.
type source struct {
	line *Line
	tx   *sqldb.Tx
	rows map[parley.Origin]sqldb.Journal
}

func (s *source) row(o parley.Origin) (sqldb.Journal, error) {
	if j, ok := s.rows[o]; ok {
		return j, nil
	}
	j, err := s.tx.Journal(o)
	if err == nil {
		s.rows[o] = j
	}
	return j, err
}

// Entries implements evidence.Source.
func (s *source) Entries(o parley.Origin, start, end uint64) (raw [][]byte, err error) {
	j, err := s.row(o)
	if err != nil {
		return nil, err
	}
	list, err := s.tx.Entries(j.ID, start, end)
	for _, e := range list {
		raw = append(raw, e.Raw)
	}
	return raw, err
}

// Inside implements evidence.Source.
func (s *source) Inside(ref parley.Ref) (part, facts, key []byte, err error) {
	j, err := s.row(ref.Origin)
	if err != nil {
		return nil, nil, nil, err
	}
	list, err := s.tx.Entries(j.ID, ref.Index, ref.Index+1)
	if err != nil || len(list) != 1 {
		return nil, nil, nil, err
	}
	part, err = s.tx.Part(j.ID, list[0].Part)
	if err != nil && parley.KindOf(err) != parley.NotFound {
		return nil, nil, nil, err
	}
	facts, _, err = s.tx.Facts(j.ID, ref.Index)
	if err != nil {
		return nil, nil, nil, err
	}
	wrapped, ok, err := s.tx.FileKey(j.ID, ref.Index)
	if err == nil && ok {
		key, err = s.line.node.keep.Unwrap(journal.KeyLabel(ref), wrapped)
	}
	return part, facts, key, err
}

// Hashes implements evidence.Source.
func (s *source) Hashes(o parley.Origin) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		j, err := s.row(o)
		if err != nil {
			return nil, err
		}
		return s.tx.HashReader(j.ID).ReadHashes(indexes)
	})
}

// Checkpoint implements evidence.Source.
func (s *source) Checkpoint(o parley.Origin, size uint64, by proof.Key) (proof.RawCheckpoint, error) {
	j, err := s.row(o)
	if err != nil {
		return nil, err
	}
	if len(by.Public) > 0 {
		c, ok, err := s.tx.FirstCosignatureOver(j.ID, size-1, by.Name, by.ID)
		if err == nil && !ok {
			err = parley.E(parley.NotFound, "%s has not cosigned size %d of %s here", by.Name, size, o)
		}
		if err != nil {
			return nil, err
		}
		size = c.Size
	}
	cp, ok, err := s.tx.CheckpointFrom(j.ID, size)
	return s.cosigned(j, o, cp, ok, err)
}

// Latest implements evidence.Source.
func (s *source) Latest(o parley.Origin) (proof.RawCheckpoint, error) {
	j, err := s.row(o)
	if err != nil {
		return nil, err
	}
	cp, ok, err := s.tx.LatestCheckpoint(j.ID)
	return s.cosigned(j, o, cp, ok, err)
}

func (s *source) cosigned(j sqldb.Journal, o parley.Origin, cp sqldb.Checkpoint, ok bool, err error) (proof.RawCheckpoint, error) {
	if err == nil && !ok {
		err = parley.E(parley.NotFound, "no checkpoint of %s that large is here", o)
	}
	if err != nil {
		return nil, err
	}
	lines, err := s.tx.Cosignatures(j.ID, cp.Size)
	raw := append(proof.RawCheckpoint(nil), cp.Note...)
	for _, c := range lines {
		raw = append(raw, c.Line...)
	}
	return raw, err
}
