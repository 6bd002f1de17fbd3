package node

import (
	"context"
	"maps"
	"os"
	"path/filepath"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// CheckReport counts what a full check has verified. Difference names the first
// thing that is not as it must be; empty: everything is.
type CheckReport struct {
	Journals     uint64 `json:"journals"`
	Entries      uint64 `json:"entries"`
	Checkpoints  uint64 `json:"checkpoints"`
	Cosignatures uint64 `json:"cosignatures"`
	Parts        uint64 `json:"parts"`
	Blobs        uint64 `json:"blobs"`
	Rebuilt      bool   `json:"rebuilt"` // the registers, beside the live ones, with the same rows
	Difference   string `json:"difference,omitempty"`
}

// Check verifies everything that is stored: every entry, tree, signature,
// cosignature, part and attachment; then it judges all entries again, folds them
// into registers beside the live ones, and compares. It changes nothing. progress
// is told the number of entries done so far; it may be nil.
func (n *Node) Check(ctx context.Context, progress func(entries uint64)) (r CheckReport, err error) {
	for _, l := range n.Lines() {
		if err := l.checkLine(ctx, &r); err != nil {
			if parley.KindOf(err) == parley.Untrusted {
				r.Difference = err.Error()
				return r, nil
			}
			return r, err
		}
	}
	live, ok := n.register.(*register.Register)
	if !ok {
		return r, parley.E(parley.Internal, "check: these registers cannot be rebuilt")
	}
	r.Difference, err = n.rebuild(ctx, live, progress)
	r.Rebuilt = err == nil && r.Difference == ""
	return r, err
}

// checkLine verifies the journals of one agreement, ours and theirs.
func (l *Line) checkLine(ctx context.Context, r *CheckReport) error {
	journals, err := l.journals(ctx)
	if err != nil {
		return err
	}
	for _, j := range journals {
		l.mu.RLock()
		log, err := l.chain.LogKeys(j.Origin)
		l.mu.RUnlock()
		if err != nil {
			return err
		}
		cosigners, err := l.allCosigners(j.Origin)
		if err != nil {
			return err
		}
		done, err := journal.Check(ctx, l.node.db, j.Origin, log, cosigners)
		r.Journals++
		r.Entries += done.Entries
		r.Checkpoints += done.Checkpoints
		r.Cosignatures += done.Cosignatures
		r.Parts += done.Parts
		if err != nil {
			return err
		}
		err = l.node.blobs.Each(j.Origin, func(h parley.Hash, _ int64) error {
			r.Blobs++
			return l.node.blobs.Check(j.Origin, h)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// allCosigners are the keys whose lines may stand under a journal's checkpoints.
func (l *Line) allCosigners(o parley.Origin) ([]proof.Key, error) {
	var keys []proof.Key
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, s := range l.chain.Texts() { // also thirds that have left
		eyes := &s.Agreement.Eyes
		for i := range eyes.Archives {
			keys = append(keys, plainKeys(eyes.Archives[i].Mirror)...)
		}
		for i := range eyes.Witnesses {
			keys = append(keys, plainKeys(eyes.Witnesses[i].Keys)...)
		}
	}
	for _, p := range l.chain.Parties() {
		list, err := l.chain.MirrorKeys(p, o, 0)
		if err != nil {
			return nil, err
		}
		keys = append(keys, list...)
	}
	return keys, nil
}

// rebuild folds everything again into a database beside the live one.
func (n *Node) rebuild(ctx context.Context, live *register.Register, progress func(uint64)) (string, error) {
	dir, err := os.MkdirTemp(n.home.Dir, "check-")
	if err != nil {
		return "", parley.E(parley.Unavailable, "make a folder to check in: %w", err)
	}
	defer os.RemoveAll(dir)
	scratch, err := n.db.Scratch(ctx, filepath.Join(dir, "again.db"))
	if err != nil {
		return "", err
	}
	defer scratch.Close()
	again := map[parley.Hash]*Line{}
	for _, l := range n.Lines() {
		if again[l.id], err = l.shadow(); err != nil {
			return "", err
		}
		again[l.id].buried = l.dug()
	}
	judge := func(tx *sqldb.Tx, j sqldb.Journal, e sqldb.Entry) (register.Judged, error) {
		l, ok := again[j.Agreement]
		if !ok {
			return register.Judged{}, parley.E(parley.Internal, "journal %s belongs to no agreement here", j.Origin)
		}
		if err := l.leadTo(tx, j.Origin); err != nil { // its entry 0 can be judged only then. SUCCESSION-2
			return register.Judged{}, err
		}
		one, _, err := l.judge(tx, j, e)
		return one, err
	}
	return register.Rebuild(ctx, n.db, scratch, judge, progress)
}

// shadow is the line with its law at the beginning: for judging everything again.
func (l *Line) shadow() (*Line, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	founding := l.chain.Texts()[l.id]
	chain, err := agreement.NewChain(founding)
	for _, a := range l.chain.Ahead(founding.Agreement) {
		if err == nil {
			err = chain.Recall(l.chain.Texts()[a.Hash()])
		}
	}
	return &Line{node: l.node, id: l.id, us: l.us, role: l.role, chain: chain, identities: maps.Clone(l.identities)}, err
}
