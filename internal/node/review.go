package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/review"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// ReviewRequest asks for the account of commitments with one other party. REVIEW-1
type ReviewRequest struct {
	Agreement string       `json:"agreement,omitempty"` // empty: the only one
	With      parley.Party `json:"with,omitempty"`      // empty: the only other party
	At        string       `json:"at,omitempty"`        // a cut as another review printed it; empty: what is here now
	Until     time.Time    `json:"until,omitzero"`      // without At: the cut is what stood then
}

// ReviewFile is a review and, from ExportReview, its public bundle.
type ReviewFile struct {
	Review []byte `json:"review"` // its JSON: octets, so that no carrier spells it anew
	File   []byte `json:"file,omitempty"`
}

// Review computes the account of commitments at a cut: the same bytes at the other
// party, and at an auditor with a bundle of either. It reads one consistent picture
// and sends nothing.
func (n *Node) Review(ctx context.Context, r ReviewRequest) (out ReviewFile, err error) {
	err = n.reviewing(ctx, r, func(v *reviewer, cut review.Cut) error {
		done, err := v.review(cut)
		if err != nil {
			return err
		}
		out.Review, err = done.JSON()
		return err
	})
	return out, err
}

// ExportReview makes the public bundle of a review too. REVIEW-16
func (n *Node) ExportReview(ctx context.Context, r ReviewRequest) (out ReviewFile, err error) {
	err = n.reviewing(ctx, r, func(v *reviewer, cut review.Cut) error {
		done, err := v.review(cut)
		if err != nil {
			return err
		}
		if out.Review, err = done.JSON(); err != nil {
			return err
		}
		about := evidence.About{Instant: done.Cut.Instant, Parties: done.Parties}
		for _, p := range done.Cut.Journals {
			about.Cut = append(about.Cut, evidence.Cut(p))
		}
		out.File, err = evidence.BuildReview(v, v.founding.Note(), about)
		return err
	})
	return out, err
}

// reviewing judges what is not judged yet, fixes the cut, and calls f within one
// read transaction.
func (n *Node) reviewing(ctx context.Context, r ReviewRequest, f func(*reviewer, review.Cut) error) error {
	l, err := n.Line(r.Agreement)
	if err != nil {
		return err
	}
	if l.role == sqldb.Archived {
		return parley.E(parley.Forbidden, "an archive reads no facts: a review is a party's, or an auditor's from a bundle")
	}
	pair, err := l.pairWith(r.With)
	if err != nil {
		return err
	}
	if err := l.Follow(ctx); err != nil {
		return err
	}
	l.mu.RLock()
	founding := l.chain.Texts()[l.id]
	l.mu.RUnlock()
	return n.db.View(ctx, func(tx *sqldb.Tx) error {
		v := &reviewer{source: &source{line: l, tx: tx, rows: map[parley.Origin]sqldb.Journal{}}, founding: founding, pair: pair}
		var cut review.Cut
		var err error
		if r.At == "" {
			cut, err = v.cutNow(r.Until)
		} else if cut, err = review.ParseCut([]byte(r.At)); err == nil {
			err = v.holds(cut)
		}
		if err != nil {
			return err
		}
		return f(v, cut)
	})
}

// Others are the other parties of the agreement, in the order of its texts.
func (l *Line) Others() []parley.Party {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var list []parley.Party
	for _, p := range l.chain.Parties() {
		if p != l.us && l.role == sqldb.Ours {
			list = append(list, p)
		}
	}
	return list
}

// pairWith is us and the party that the review is with.
func (l *Line) pairWith(with parley.Party) (pair [2]parley.Party, err error) {
	others := l.Others()
	switch {
	case with == "" && len(others) == 1:
		with = others[0]
	case with == "":
		return pair, parley.E(parley.Invalid, "this agreement has %d parties: want the one that the review is with", len(others)+1).
			WithHint("--with PARTY; a party knows the facts only of what is addressed to it")
	case !slices.Contains(others, with):
		return pair, parley.E(parley.Invalid, "a review with %s: want another party of the agreement", with)
	}
	return [2]parley.Party{l.us, with}, nil
}

// reviewer reads what a review is computed from: evidence.Reviewed too.
type reviewer struct {
	*source
	founding *agreement.Signed
	pair     [2]parley.Party
}

// journals are those of the two, in order of succession.
func (v *reviewer) journals() []parley.Origin {
	v.line.mu.RLock()
	defer v.line.mu.RUnlock()
	var list []parley.Origin
	for _, o := range v.line.chain.Origins() {
		if slices.Contains(v.pair[:], o.Party()) {
			list = append(list, o)
		}
	}
	return list
}

// cutNow is what is here: every journal of the two at its newest checkpoint. With
// an instant, at the newest one before anything that its author says was written later.
func (v *reviewer) cutNow(until time.Time) (review.Cut, error) {
	cut := review.Cut{Instant: v.line.node.now().UTC().Truncate(time.Second)}
	if !until.IsZero() {
		cut.Instant = until.UTC().Truncate(time.Second)
	}
	for _, o := range v.journals() {
		j, err := v.row(o)
		if err != nil {
			return cut, err
		}
		cp, ok, err := v.tx.LatestCheckpoint(j.ID)
		if err == nil && ok && !until.IsZero() {
			var later uint64
			if later, ok, err = v.tx.FirstSaidAfter(j.ID, cut.Instant); err == nil && ok {
				cp, _, err = v.tx.CheckpointUpTo(j.ID, 0, later)
			}
		}
		if err != nil {
			return cut, err
		}
		place := review.Place{Origin: o, Size: cp.Size, Root: cp.Root}
		if cp.Size == 0 {
			place.Root = proof.EmptyRoot()
		}
		cut.Journals = append(cut.Journals, place)
	}
	return cut, nil
}

// holds refuses a cut that names what is not here, or another history. REVIEW-1
func (v *reviewer) holds(cut review.Cut) error {
	for _, p := range cut.Journals {
		j, err := v.row(p.Origin)
		if err != nil {
			return parley.E(parley.NotFound, "the cut names the journal %s, which is not here", p.Origin)
		}
		cp, _, err := v.tx.LatestCheckpoint(j.ID)
		if err != nil {
			return err
		}
		if cp.Size < p.Size {
			return parley.E(parley.NotFound, "the cut names %s at %d, and it is here up to %d only", p.Origin, p.Size, cp.Size).
				WithHint("wait until the line has brought it, or ask for an earlier cut")
		}
		edge, err := v.tx.Edge(j.ID, 0, p.Size)
		if err != nil {
			return err
		}
		if edge.Root() != p.Root {
			return parley.E(parley.Untrusted, "the cut names another root of %s at %d than the entries here make", p.Origin, p.Size)
		}
	}
	return nil
}

// review folds what the cut covers.
func (v *reviewer) review(cut review.Cut) (*review.Review, error) {
	law, err := v.law()
	if err != nil {
		return nil, err
	}
	f, err := review.NewFold(v.founding, law, cut, v.pair[0], v.pair[1])
	if err != nil {
		return nil, err
	}
	cut = f.Cut()
	for _, p := range cut.Journals {
		j, err := v.row(p.Origin)
		if err != nil {
			return nil, err
		}
		err = v.tx.EachStamp(j.ID, p.Size, func(c sqldb.Cosignature) error {
			f.Stamp(review.Stamp{Origin: p.Origin, Size: c.Size, Name: c.Cosigner, ID: c.KeyID, Time: c.Signed})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, p := range cut.Journals {
		if err := v.add(f, p); err != nil {
			return nil, err
		}
	}
	return f.Review()
}

// law is every entry that changed the keys or the text, with what it says.
func (v *reviewer) law() (list []review.Law, err error) {
	refs, err := v.tx.Law(v.line.id)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		raw, err := v.Entries(ref.Origin, ref.Index, ref.Index+1)
		if err != nil {
			return nil, err
		}
		o, err := v.openClear(ref, raw)
		if err != nil {
			return nil, err
		}
		list = append(list, review.Law{Ref: ref, Kind: o.Facts.Kind, Content: o.Content})
	}
	return list, nil
}

func (v *reviewer) openClear(ref parley.Ref, raw [][]byte) (seal.Opened, error) {
	if len(raw) != 1 {
		return seal.Opened{}, parley.E(parley.Internal, "entry %s is not held", ref)
	}
	env, err := seal.ParseEntry(raw[0])
	if err != nil {
		return seal.Opened{}, err
	}
	part, _, _, err := v.Inside(ref)
	if err != nil {
		return seal.Opened{}, err
	}
	return seal.OpenClear(env, part)
}

// reviewBatch is how many entries are read at a time.
const reviewBatch = 4096

// add gives the fold the entries of one journal.
func (v *reviewer) add(f *review.Fold, p review.Place) error {
	j, err := v.row(p.Origin)
	if err != nil {
		return err
	}
	about := map[uint64][]parley.MessageID{}
	for _, says := range []seal.Says{seal.SaysSeen, seal.SaysUnreadable} {
		more, err := v.tx.SaidOf(j.ID, string(says))
		if err != nil {
			return err
		}
		for i, ids := range more {
			about[i] = ids
		}
	}
	for from := uint64(0); from < p.Size; from += reviewBatch {
		var list []sqldb.Reviewed
		if err := v.tx.EachReviewed(j.ID, from, min(from+reviewBatch, p.Size), func(x sqldb.Reviewed) error {
			list = append(list, x)
			return nil
		}); err != nil {
			return err
		}
		for _, x := range list {
			if !x.Folded {
				return parley.E(parley.Unavailable, "entry %d of %s is not judged yet", x.Index, p.Origin).WithHint("try again in a moment")
			}
			e, err := v.entry(j, x, about[x.Index])
			if err != nil {
				return err
			}
			if err := f.Add(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// entry is one entry as the fold takes it.
func (v *reviewer) entry(j sqldb.Journal, x sqldb.Reviewed, about []parley.MessageID) (review.Entry, error) {
	e := review.Entry{Ref: parley.Ref{Origin: j.Origin, Index: x.Index}, Void: seal.Reason(x.Reason)}
	env, err := seal.ParseEntry(x.Raw)
	if err != nil {
		e.Void = seal.VoidMalformed
		return e, nil
	}
	e.Envelope = &env
	if x.Facts != nil {
		facts, err := seal.OpenFacts(env, x.Facts)
		if err != nil {
			return e, err
		}
		e.Facts = &facts
	}
	switch {
	case e.Void != "" && insideOf(e.Void, &env):
		return e, v.judgedInside(&e)
	case e.Void != "" || e.Facts == nil:
	case about != nil && e.Facts.Kind == parley.KindReceipt:
		e.Content, err = json.Marshal(seal.Receipt{Says: seal.Says(e.Facts.Step), About: about})
	case e.Facts.Kind == parley.KindRemark || e.Facts.Kind == parley.KindGone:
		err = v.content(&e)
	}
	return e, err
}

// insideOf: a reason that only the inside shows.
func insideOf(r seal.Reason, env *seal.Envelope) bool {
	switch r {
	case seal.VoidPart, seal.VoidFacts, seal.VoidContext, seal.VoidBlobs, seal.VoidKind, seal.VoidContent:
		return !env.Clear
	case seal.VoidRelease:
		return env.Release == nil
	}
	return false
}

// judgedInside reaches the verdict again that an auditor reaches with the file key:
// what only a node can tell, as whether a second signature that follows holds, is no
// matter of a review.
func (v *reviewer) judgedInside(e *review.Entry) error {
	part, _, key, err := v.Inside(e.Ref)
	if err != nil || part == nil || key == nil {
		return err
	}
	o, err := seal.OpenWithKey(*e.Envelope, part, key)
	if verdict, void := seal.VerdictOf(err); void {
		e.Void = verdict.Reason
		return nil
	}
	if err != nil {
		return nil
	}
	v.line.mu.RLock()
	verdict := seal.JudgeOpened(*e.Envelope, o, e.Ref, v.line.chain, register.Later{})
	v.line.mu.RUnlock()
	e.Void, e.Facts, e.Content = verdict.Reason, &o.Facts, o.Content
	return nil
}

// content opens what a remark or an entry in clear says, where its part is here.
func (v *reviewer) content(e *review.Entry) error {
	part, _, key, err := v.Inside(e.Ref)
	if err != nil || part == nil {
		return err
	}
	var o seal.Opened
	if e.Envelope.Clear {
		o, err = seal.OpenClear(*e.Envelope, part)
	} else if key != nil {
		o, err = seal.OpenWithKey(*e.Envelope, part, key)
	}
	if err == nil {
		e.Content = o.Content
	}
	return err
}

// Cosigned implements evidence.Reviewed: lines of type 0x04, and the others where
// the agreement asks for both.
func (v *reviewer) Cosigned(o parley.Origin, size uint64) (list []evidence.Cosigned, err error) {
	j, err := v.row(o)
	if err != nil {
		return nil, err
	}
	keys, err := v.line.allCosigners(o)
	if err != nil {
		return nil, err
	}
	both := v.quantum()
	wanted := map[string]bool{}
	for _, k := range keys {
		if both || k.Type == proof.TypeCosignature {
			wanted[keyName(k.Name, k.ID)] = true
		}
	}
	err = v.tx.EachStamp(j.ID, size, func(c sqldb.Cosignature) error {
		if !wanted[keyName(c.Cosigner, c.KeyID)] {
			return nil
		}
		if n := len(list); n == 0 || list[n-1].Size != c.Size {
			list = append(list, evidence.Cosigned{Size: c.Size})
		}
		at := &list[len(list)-1]
		at.Lines = append(at.Lines, c.Line...)
		return nil
	})
	return list, err
}

// quantum: some text of the agreement asks for both kinds of cosignatures.
func (v *reviewer) quantum() bool {
	v.line.mu.RLock()
	defer v.line.mu.RUnlock()
	for _, t := range v.line.chain.Texts() {
		if t.Agreement.Traffic.Quantum {
			return true
		}
	}
	return false
}

// VoidInside implements evidence.Reviewed.
func (v *reviewer) VoidInside(ref parley.Ref) (bool, error) {
	j, err := v.row(ref.Origin)
	if err != nil {
		return false, err
	}
	m, ok, err := v.tx.MessageAt(j.ID, ref.Index)
	if err != nil || !ok {
		return false, errors.Join(err)
	}
	return m.Reason != "", nil
}

func keyName(name string, id uint32) string { return fmt.Sprintf("%s+%08x", name, id) }
