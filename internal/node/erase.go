package node

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// eraseBatch bounds the parts, and the attachments, that one `erased` entry names. ENTRY-29
const eraseBatch = 256

// EraseRequest asks that our copy of a message goes: its text, its attachments and the
// stored file keys. What stays: the entry, its hash, the facts, the proofs.
type EraseRequest struct {
	Message string `json:"message"`
	Rule    string `json:"rule,omitempty"` // request, law or agreement; empty: request
	Why     string `json:"why"`            // one line that every party and archive will read: no personal data
}

// Erase says in our journal that we no longer hold a message, and Follow carries it
// out: the same entry erases again where a backup brings the text back. Erasing what
// is erased is Conflict. ENTRY-29
func (n *Node) Erase(ctx context.Context, r EraseRequest) (Held, error) {
	switch r.Rule {
	case "":
		r.Rule = "request"
	case "request", "law", "agreement":
	default:
		return Held{}, parley.E(parley.Invalid, "rule %.20q: want request, law or agreement; what the agreement's retention says is erased by itself", r.Rule)
	}
	if strings.TrimSpace(r.Why) == "" {
		return Held{}, parley.E(parley.Invalid, "why is it erased: want a reason of one line; every party reads it")
	}
	m, err := n.Message(ctx, r.Message)
	if err != nil {
		return Held{}, err
	}
	l, err := n.Line(m.Agreement.String())
	if err != nil {
		return Held{}, err
	}
	switch {
	case m.env.Text() == "" || m.env.Clear || m.Kind != "" && seal.RunsTheLine(m.Kind):
		return Held{}, parley.E(parley.Forbidden, "%s runs the line: it has no text of a person, and everybody judges by it", m.Short)
	case !m.Readable && m.Erased != "":
		return Held{}, parley.E(parley.Conflict, "%s is erased: %s", m.Short, m.Erased)
	case !m.Ours && !m.env.ToParty(l.us):
		return Held{}, parley.E(parley.NotFound, "the text of %s was never here: it is between others", m.Short)
	}
	held, err := l.orderErased(ctx, &seal.Erased{Parts: []parley.Hash{m.env.Part}, Blobs: blobHashes(m.env), Rule: r.Rule, Reason: r.Why})
	if err != nil {
		return held, err
	}
	if l.journal().Asking() {
		return held, nil
	}
	if _, err = l.Sequence(ctx); err == nil { // carried out now, not in a second
		err = l.Follow(ctx)
	}
	return held, err
}

func blobHashes(env seal.Envelope) []parley.Hash {
	var list []parley.Hash
	for _, b := range env.Blobs {
		list = append(list, b.Hash)
	}
	return list
}

// orderErased puts an `erased` entry on its way. The nonce follows from what it names.
func (l *Line) orderErased(ctx context.Context, e *seal.Erased) (Held, error) {
	m, err := l.toEverybody(parley.KindErased, nil)
	if err != nil {
		return Held{}, err
	}
	h := sha256.New()
	h.Write([]byte("erased")) // what is gone has a nonce of its own
	for _, list := range [][]parley.Hash{e.Parts, e.Blobs} {
		for _, p := range list {
			h.Write(p[:])
		}
	}
	m.Raw, m.Content, m.Precedence = nil, e, parley.Routine
	m.Nonce = parley.Nonce(h.Sum([]byte(nil))[:16])
	return l.send(ctx, m)
}

// ordered notes what an `erased` entry of ours says; carryOut does it. The caller
// holds l.follow.
func (l *Line) ordered(ctx context.Context, j sqldb.Journal, batch []register.Judged) error {
	if j.Role != sqldb.Ours {
		return nil
	}
	for i := range batch {
		o := batch[i].Opened
		if o == nil || o.Facts.Kind != parley.KindErased {
			continue
		}
		c, err := seal.ParseContent(o.Facts.Kind, o.Facts.Version, o.Content)
		e, ok := c.(*seal.Erased)
		if err != nil || !ok {
			continue
		}
		if err := l.note(ctx, e); err != nil {
			return err
		}
		l.erasing.Store(true)
	}
	return nil
}

// note records the order for each journal of the agreement that has the part or blob.
func (l *Line) note(ctx context.Context, e *seal.Erased) error {
	journals, err := l.journals(ctx)
	if err != nil {
		return err
	}
	reason := e.Rule
	if e.Reason != "" {
		reason += ": " + e.Reason
	}
	err = l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
		for _, j := range journals {
			for _, p := range e.Parts {
				if _, named, err := tx.FirstPart(j.ID, p); err != nil {
					return err
				} else if named {
					if err := tx.OrderErasure(j.ID, p, reason, l.node.now()); err != nil {
						return err
					}
				}
			}
			for _, b := range e.Blobs {
				if err := tx.DropBlob(j.Origin, b); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, j := range journals {
		for _, b := range e.Blobs {
			if err == nil {
				err = l.node.blobs.Erase(j.Origin, b)
			}
		}
	}
	return err
}

// carryOut erases what was ordered and is folded: the register first, then the
// attachments, then the part with its file key, so that a crash repeats it. The write-ahead
// log is emptied at the end; until that succeeds it is tried again. The caller holds l.follow.
func (l *Line) carryOut(ctx context.Context) error {
	if !l.erasing.Load() {
		return nil
	}
	journals, err := l.journals(ctx)
	if err != nil {
		return err
	}
	byID := map[int64]sqldb.Journal{}
	for _, j := range journals {
		byID[j.ID] = j
	}
	list, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) ([]sqldb.Ordered, error) { return tx.OrderedErasures(1 << 16) })
	if err != nil {
		return err
	}
	waits := false
	for _, o := range list {
		j, mine := byID[o.Journal]
		if !mine {
			continue
		}
		at, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (sqldb.FoldPosition, error) { return tx.FoldPosition(j.ID) })
		if err != nil {
			return err
		}
		if at.Next <= o.Index { // it has come back and is not folded yet: its facts are kept first
			waits = true
			continue
		}
		if err := l.eraseOne(ctx, j, o); err != nil {
			return err
		}
	}
	done, err := l.node.db.Scrub(ctx)
	if err == nil && done && !waits {
		l.erasing.Store(false)
	}
	return err
}

// eraseOne erases the part of one entry.
func (l *Line) eraseOne(ctx context.Context, j sqldb.Journal, o sqldb.Ordered) error {
	one, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (one register.Judged, err error) {
		list, err := tx.Entries(j.ID, o.Index, o.Index+1)
		if err != nil || len(list) != 1 {
			return one, err
		}
		one, _, err = l.judge(tx, j, list[0])
		return one, err
	})
	if err != nil {
		return err
	}
	if one.Opened != nil {
		one.Facts, one.Opened = &one.Opened.Facts, nil
	}
	if one.Verdict.Valid {
		one.Inside = register.InsideGone
		if err := l.node.register.Again(ctx, one); notFoundIsNil(err) != nil {
			return err
		}
	}
	for _, b := range one.Envelope.Blobs {
		if err := l.node.db.Update(ctx, func(tx *sqldb.Tx) error { return tx.DropBlob(j.Origin, b.Hash) }); err != nil {
			return err
		}
		if err := l.node.blobs.Erase(j.Origin, b.Hash); err != nil {
			return err
		}
	}
	err = l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
		if err := l.node.intel.ForgetIn(tx, parley.Ref{Origin: j.Origin, Index: o.Index}); err != nil {
			return err
		}
		return tx.ErasePart(j.ID, o.Part, o.Reason, l.node.now())
	})
	l.node.publish(Event{What: "message", Agreement: l.id})
	return err
}

// Retained is a message whose time of keeping has run.
type Retained struct {
	Agreement parley.Hash `json:"agreement"`
	Short     string      `json:"short"`
	Kind      parley.Kind `json:"kind"`
	Stored    time.Time   `json:"stored"`
	Until     time.Time   `json:"until"`
	Then      string      `json:"then"`          // erase, review
	Why       string      `json:"why,omitempty"` // why it is kept all the same

	env  seal.Envelope
	rule string
}

// RetentionDue lists the messages whose time has run by the retention of the text in
// force, counted from when they were stored here on our calendar; the oldest first of
// each kind, at most 1000. ENTRY-29, AGREEMENT-15
func (n *Node) RetentionDue(ctx context.Context) ([]Retained, error) {
	list := []Retained{}
	for _, l := range n.Lines() {
		one, err := l.retained(ctx, "", 1000)
		if err != nil {
			return nil, err
		}
		list = append(list, one...)
	}
	return list, nil
}

// retained lists what is due in one agreement, with a word for only what is then done.
func (l *Line) retained(ctx context.Context, then string, limit int) ([]Retained, error) {
	if l.journal() == nil {
		return nil, nil // an archive forgets what is delivered
	}
	a, err := l.text()
	if err != nil {
		return nil, err
	}
	us, ok := a.Party(l.us)
	if !ok {
		return nil, nil
	}
	var list []Retained
	for _, kind := range l.kinds() {
		keep, ok := a.KeptFor(kind)
		if !ok || then != "" && keep.Then != then || seal.RunsTheLine(kind) {
			continue
		}
		length, err := clock.ParseLength(keep.Length)
		if err != nil {
			return nil, err
		}
		due, err := l.dueOf(ctx, kind, length, us, limit-len(list))
		if err != nil {
			return nil, err
		}
		for i := range due {
			due[i].Then, due[i].rule = keep.Then, string(kind)+" is kept for "+keep.Length
		}
		list = append(list, due...)
	}
	return list, nil
}

// kinds are those that any text of the agreement ever let in.
func (l *Line) kinds() []parley.Kind {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var list []parley.Kind
	for _, s := range l.chain.Texts() {
		for _, r := range s.Agreement.Traffic.Accept {
			if !slices.Contains(list, r.Kind) {
				list = append(list, r.Kind)
			}
		}
	}
	slices.Sort(list)
	return list
}

// dueOf walks the messages of a kind from the oldest until one is not due.
func (l *Line) dueOf(ctx context.Context, kind parley.Kind, length clock.Length, us *agreement.Party, limit int) (due []Retained, err error) {
	now := l.node.now()
	journals, err := l.journals(ctx)
	if err != nil {
		return nil, err
	}
	origins := map[int64]sqldb.Journal{}
	for _, j := range journals {
		origins[j.ID] = j
	}
	var after sqldb.Kept
	for len(due) < limit {
		page, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) ([]sqldb.Kept, error) { return tx.KeptAfter(kind, after, 256) })
		if err != nil || len(page) == 0 {
			return due, err
		}
		for _, k := range page {
			until, _, err := length.Deadline(k.Stored, us.WorkingTime())
			if err != nil || until.After(now) {
				return due, nil // a calendar that ends before says of nothing that it is due
			}
			j, mine := origins[k.Journal]
			if !mine || len(due) >= limit {
				continue
			}
			one, err := l.dueOne(ctx, j, k)
			if err != nil {
				return nil, err
			}
			one.Kind, one.Stored, one.Until = kind, k.Stored, until
			due = append(due, one)
		}
		after = page[len(page)-1]
	}
	return due, nil
}

// dueOne says of a message that is due whether something keeps it: nobody loses a word
// that waits for a person, or that has not reached its addressees.
func (l *Line) dueOne(ctx context.Context, j sqldb.Journal, k sqldb.Kept) (Retained, error) {
	ref := parley.Ref{Origin: j.Origin, Index: k.Index}
	r := Retained{Agreement: l.id, Short: l.node.Name(ref)}
	env, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (seal.Envelope, error) { return envelopeAt(tx, j.Origin, k.Index) })
	if err != nil {
		return r, err
	}
	r.env = env
	switch {
	case k.Waits:
		r.Why = "it waits for a person"
	case j.Role == sqldb.Ours:
		for _, t := range l.Targets() {
			if t.role == RoleCounterpart && env.ToParty(t.party) && j.Origin == l.origin() && l.cosignedBy(ctx, t, k.Index+1) <= k.Index {
				r.Why = fmt.Sprintf("%s has not signed for it", t.name)
			}
		}
	}
	return r, nil
}

// Retain erases by rule what the agreement's retention says is to go, and says so in
// our journal; at most one entry's worth, and whether there is more. ENTRY-29
func (l *Line) Retain(ctx context.Context) (more bool, err error) {
	if l.journal() == nil || l.journal().Asking() {
		return false, nil
	}
	list, err := l.retained(ctx, "erase", 4*eraseBatch)
	if err != nil {
		return false, err
	}
	batch := &seal.Erased{Rule: "retention"}
	for i := range list {
		r := &list[i]
		if r.Why != "" {
			continue
		}
		if blobs := blobHashes(r.env); len(batch.Parts) == eraseBatch || len(batch.Blobs)+len(blobs) > eraseBatch || batch.Reason != "" && batch.Reason != r.rule {
			more = true
			break
		} else {
			batch.Blobs = append(batch.Blobs, blobs...)
		}
		batch.Parts, batch.Reason = append(batch.Parts, r.env.Part), r.rule
	}
	if len(batch.Parts) == 0 {
		return false, nil
	}
	if _, err := l.orderErased(ctx, batch); err != nil {
		return false, err
	}
	if _, err := l.Sequence(ctx); err != nil {
		return false, err
	}
	return more, l.Follow(ctx)
}

// retainAll erases by rule until nothing is due.
func (l *Line) retainAll(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = l.Retain(ctx); err != nil {
			return err
		}
	}
	return nil
}
