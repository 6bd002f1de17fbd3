package node

import (
	"context"
	"slices"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/store/sqldb"
)

// AcceptAll is Accept for texts that build on one another, in any order: whoever
// joins by an amendment brings the founding text and all amendments since. The
// status is that of the last text. AGREEMENT-8, AGREEMENT-22
func (n *Node) AcceptAll(ctx context.Context, notes [][]byte) (st AgreementStatus, err error) {
	texts := make([]*agreement.Signed, len(notes))
	for i, note := range notes {
		if texts[i], err = agreement.OpenSigned(note); err != nil {
			return st, err
		}
	}
	if texts, err = inOrder(texts); err != nil {
		return st, err
	}
	if _, err := n.Line(texts[0].Agreement.ID().String()); err != nil && len(texts) > 1 {
		return n.join(ctx, texts)
	}
	for _, s := range texts {
		if st, err = n.Accept(ctx, s.Note()); err != nil {
			return st, err
		}
	}
	return st, nil
}

// inOrder sorts texts so that each amends the one before it.
func inOrder(texts []*agreement.Signed) ([]*agreement.Signed, error) {
	if len(texts) == 0 {
		return nil, parley.E(parley.Invalid, "no text")
	}
	rest := slices.Clone(texts)
	first := slices.IndexFunc(rest, func(s *agreement.Signed) bool {
		return s.Agreement.Amends == nil || !slices.ContainsFunc(rest, func(b *agreement.Signed) bool { return b.Agreement.Hash() == *s.Agreement.Amends })
	})
	list := []*agreement.Signed{rest[max(first, 0)]}
	for rest = slices.Delete(rest, max(first, 0), max(first, 0)+1); len(rest) > 0; {
		last := list[len(list)-1].Agreement.Hash()
		i := slices.IndexFunc(rest, func(s *agreement.Signed) bool { return s.Agreement.Amends != nil && *s.Agreement.Amends == last })
		if i < 0 {
			return nil, parley.E(parley.Invalid, "the texts do not build on one another").WithHint("give the founding text and each amendment once, and no other agreement's")
		}
		list, rest = append(list, rest[i]), slices.Delete(rest, i, i+1)
	}
	return list, nil
}

// join takes over an agreement that others founded and that an amendment brings us
// into. Until that one is signed by all, its lines are kept. AGREEMENT-22
func (n *Node) join(ctx context.Context, texts []*agreement.Signed) (AgreementStatus, error) {
	if texts[0].Agreement.Founding != nil {
		return AgreementStatus{}, parley.E(parley.NotFound, "this text amends an agreement that is not in force here").
			WithHint("where it brings you in, accept it together with the texts before it: parley agreement accept FOUNDING AMENDMENT")
	}
	last := texts[len(texts)-1]
	if _, _, err := n.whoWeAre(texts[0].Agreement); err == nil { // founders take one text after the other
		for _, s := range texts {
			if _, err := n.Accept(ctx, s.Note()); err != nil {
				return AgreementStatus{}, err
			}
		}
		return n.AgreementStatus(ctx, last)
	}
	if _, _, err := n.whoWeAre(last.Agreement); err != nil {
		return AgreementStatus{}, err
	}
	for _, s := range texts[:len(texts)-1] {
		if !s.Complete() {
			return AgreementStatus{}, parley.E(parley.Conflict, "the text before the amendment is not signed yet by %v", s.Missing())
		}
	}
	for _, s := range texts {
		if err := n.merge(ctx, s); err != nil {
			return AgreementStatus{}, err
		}
	}
	if last.Complete() {
		if err := n.addLine(ctx, texts[0], texts[1:]...); err != nil {
			return AgreementStatus{}, err
		}
		l, err := n.Line(texts[0].Agreement.ID().String())
		if err != nil {
			return AgreementStatus{}, err
		}
		if err := l.first(ctx); err != nil {
			return AgreementStatus{}, err
		}
		n.wake()
	}
	return n.AgreementStatus(ctx, last)
}

// acceptAmendment stores an amendment. When all lines are there it is known to the
// law, and our journal switches to it by `agreement` entries that carry its note.
// AGREEMENT-8
func (n *Node) acceptAmendment(ctx context.Context, s *agreement.Signed) (AgreementStatus, error) {
	l, err := n.Line(s.Agreement.ID().String())
	if err != nil {
		held, err := n.textsOf(ctx, s.Agreement.ID())
		if err != nil {
			return AgreementStatus{}, err
		}
		held = slices.DeleteFunc(held, func(h *agreement.Signed) bool { return h.Agreement.Hash() == s.Agreement.Hash() })
		texts, err := inOrder(append(held, s))
		if err != nil {
			return AgreementStatus{}, err
		}
		return n.join(ctx, texts)
	}
	if err := n.fill(ctx, s); err != nil {
		return AgreementStatus{}, err
	}
	if s.Complete() {
		if err := l.learn(ctx, s); err != nil {
			return AgreementStatus{}, err
		}
	}
	if err := n.merge(ctx, s); err != nil {
		return AgreementStatus{}, err
	}
	if s.Complete() && l.journal() != nil {
		if err := l.switchTo(ctx, s); err != nil {
			return AgreementStatus{}, err
		}
	}
	return n.AgreementStatus(ctx, s)
}

// switchTo puts the entries on their way by which our journal switches.
func (l *Line) switchTo(ctx context.Context, s *agreement.Signed) error {
	if _, stays := s.Agreement.Party(l.us); !stays {
		return nil // the others switch without us: our journal ends under the text before
	}
	for i, c := range agreement.Switch(s) {
		content, err := agreement.FormatContent(c)
		if err != nil {
			return parley.E(parley.Internal, "amendment: %w", err)
		}
		m, err := l.toEverybody(parley.KindAgreement, content)
		if err != nil {
			return err
		}
		h := s.Agreement.Hash()
		m.Nonce = parley.Nonce(h[:16])
		m.Nonce[15] ^= byte(i)
		if _, err := l.send(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// fill adds the lines that we hold to a text.
func (n *Node) fill(ctx context.Context, s *agreement.Signed) error {
	row, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) (sqldb.Agreement, error) { return tx.Agreement(s.Agreement.Hash()) })
	if err != nil {
		return notFoundIsNil(err)
	}
	old, err := agreement.OpenSigned(row.Note)
	if err != nil {
		return err
	}
	return s.Merge(old)
}

// textsOf are the stored texts of one agreement, complete or not.
func (n *Node) textsOf(ctx context.Context, id parley.Hash) ([]*agreement.Signed, error) {
	rows, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) ([]sqldb.Agreement, error) { return tx.Agreements() })
	var list []*agreement.Signed
	for _, row := range rows {
		if err == nil && row.Founding == id {
			var s *agreement.Signed
			s, err = agreement.OpenSigned(row.Note)
			list = append(list, s)
		}
	}
	return list, err
}

// amendments are the stored complete ones of an agreement, each after the text that
// it amends. Competing ones are all among them.
func (n *Node) amendments(ctx context.Context, founding *agreement.Signed) ([]*agreement.Signed, error) {
	texts, err := n.textsOf(ctx, founding.Agreement.ID())
	if err != nil {
		return nil, err
	}
	var list []*agreement.Signed
	for reached := []parley.Hash{founding.Agreement.Hash()}; len(reached) > 0; reached = reached[1:] {
		for _, s := range texts {
			if a := s.Agreement; s.Complete() && a.Amends != nil && *a.Amends == reached[0] {
				list, reached = append(list, s), append(reached, a.Hash())
			}
		}
	}
	return list, nil
}

// named says whether one of the complete texts names our home; where only one that
// is not signed by all yet does, there is no line to open.
func (n *Node) named(ctx context.Context, complete []*agreement.Signed) (bool, error) {
	names := func(list []*agreement.Signed) bool {
		return slices.ContainsFunc(list, func(s *agreement.Signed) bool {
			_, _, err := n.whoWeAre(s.Agreement)
			return err == nil || parley.KindOf(err) != parley.Forbidden
		})
	}
	if names(complete) {
		return true, nil
	}
	all, err := n.textsOf(ctx, complete[0].Agreement.ID())
	return !names(all), err // where none does, addLine says so
}

// learn makes a complete amendment known to the law before any journal switches:
// newcomers can be called and heard from now on. Conflict where our journal has
// taken, or is about to take, another way.
func (l *Line) learn(ctx context.Context, s *agreement.Signed) error {
	l.follow.Lock()
	defer l.follow.Unlock()
	l.mu.Lock()
	a := s.Agreement
	known := l.chain.Texts()[a.Hash()] != nil
	way := slices.ContainsFunc(l.terms(l.lead()), func(b *agreement.Agreement) bool { return b.Hash() == *a.Amends })
	err := l.chain.Learn(s)
	l.mu.Unlock()
	if err == nil && !known && !way {
		err = parley.E(parley.Conflict, "this text amends one that is no longer in force here").WithHint("begin it again from the text in force: parley agreement show")
	}
	if err != nil {
		return err
	}
	return l.adopt(ctx)
}

// lead is the journal whose text holds for us: ours, and at an archive the one that
// has come furthest. The caller holds l.mu.
func (l *Line) lead() parley.Origin {
	if l.role != sqldb.Archived {
		return l.chain.Current(l.us)
	}
	newest := l.chain.Newest()
	for _, p := range l.chain.Parties() {
		o := l.chain.Current(p)
		if a, err := l.chain.At(parley.Ref{Origin: o, Index: 1 << 61}); err == nil && a.Hash() == newest.Hash() {
			return o
		}
	}
	return l.chain.Current(l.chain.Parties()[0])
}

// terms are the texts that bind the author of a journal: the one in force for its
// next entry, then the amendments to it that all have signed. The caller holds l.mu.
func (l *Line) terms(o parley.Origin) []*agreement.Agreement {
	a, err := l.chain.At(parley.Ref{Origin: o, Index: 1 << 61})
	if err != nil {
		return nil
	}
	return append([]*agreement.Agreement{a}, l.chain.Ahead(a)...)
}

// limits is what the author of a journal may send us: by the text in force there,
// or by an amendment to it, so that one that raises them can itself be sent. The
// caller holds l.mu. JOURNAL-48
func (l *Line) limits(o parley.Origin) mirror.Limits {
	var most mirror.Limits
	for _, a := range l.terms(o) {
		most.EntriesPerDay = max(most.EntriesPerDay, a.Traffic.Limits.EntriesPerDay)
		most.BytesPerDay = max(most.BytesPerDay, a.Traffic.Limits.BytesPerDay)
	}
	return most
}

// adopt makes what the law has become hold in the running node: mirrors of
// newcomers, limits, whom we call and who may call us, keys of new bodies of ours.
// What is asked of the text each time, as clock tolerance and handling are, needs
// no more than the law. The caller holds l.follow.
func (l *Line) adopt(ctx context.Context) error {
	type opening struct {
		origin parley.Origin
		limits mirror.Limits
	}
	var fresh []opening
	l.mu.RLock()
	mine := l.terms(l.lead())
	mirrored := map[parley.Party]bool{l.us: true}
	for o, m := range l.mirrors {
		p, _ := l.chain.PartyOf(o)
		mirrored[p] = true
		m.SetLimits(l.limits(o))
	}
	for _, o := range l.chain.Origins() {
		if p, _ := l.chain.PartyOf(o); !mirrored[p] {
			fresh = append(fresh, opening{o, l.limits(o)})
		}
	}
	l.mu.RUnlock()
	if len(mine) == 0 {
		return nil
	}
	l.mu.Lock()
	err := l.loadNew(mine[0])
	l.mu.Unlock()
	if err != nil { // what a body without keys says waits, and says so
		l.node.log.Error("keys of a body cannot be read", "event", "line.step", "agreement", l.id.String()[:16], "error", err)
	}
	for _, f := range fresh { // nobody waits for the database with l.mu
		m, err := l.openMirror(ctx, f.origin, f.limits.EntriesPerDay, f.limits.BytesPerDay)
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.mirrors[f.origin] = m
		l.mu.Unlock()
	}
	l.mu.Lock()
	l.setTargets(mine...)
	l.mu.Unlock()
	l.setTerms(mine[0])
	l.node.wake() // Run serves those that are new
	return nil
}

// loadNew reads the keys of those bodies of ours that the text names and that are
// not known yet. The caller holds l.mu.
func (l *Line) loadNew(a *agreement.Agreement) error {
	p, ok := a.Party(l.us)
	if !ok || !slices.ContainsFunc(p.Bodies, func(b agreement.Body) bool { return l.signers[b.Name] == nil }) {
		return nil
	}
	return l.loadKeys(a)
}

// takesPart says whether a party is one of the text in force for us, or of an
// amendment to it that all have signed. The caller holds l.mu.
func (l *Line) takesPart(p parley.Party) bool {
	return slices.ContainsFunc(l.terms(l.lead()), func(a *agreement.Agreement) bool { _, ok := a.Party(p); return ok })
}
