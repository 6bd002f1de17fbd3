package node

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/store/sqldb"
)

// AgreementStatus says how far an agreement has come here. AGREEMENT-11
type AgreementStatus struct {
	ID          string            `json:"id"` // hash of the founding text
	Title       string            `json:"title"`
	Fingerprint string            `json:"fingerprint"`
	State       string            `json:"state"`   // draft, signed, in force, ...
	Missing     []string          `json:"missing"` // keys whose lines are not there yet
	Parties     []AgreementMember `json:"parties"`
}

// AgreementMember is one party's progress.
type AgreementMember struct {
	Party    parley.Party `json:"party"`
	Signed   bool         `json:"signed"`
	Opened   bool         `json:"opened"`   // its journal has a first entry that we hold
	Cosigned bool         `json:"cosigned"` // all others have cosigned that entry, as far as we know
	Switched bool         `json:"switched"` // its journal is under this text or one that follows it
}

// Accept merges the lines of a signed text with those that we hold. When all are
// there it opens our journal, whose entry 0 names the text. Repeating it changes
// nothing. AGREEMENT-7
func (n *Node) Accept(ctx context.Context, note []byte) (AgreementStatus, error) {
	s, err := agreement.OpenSigned(note)
	if err != nil {
		return AgreementStatus{}, err
	}
	if s.Agreement.Founding != nil {
		return n.acceptAmendment(ctx, s)
	}
	if _, _, err := n.whoWeAre(s.Agreement); err != nil {
		if e := (*parley.Error)(nil); errors.As(err, &e) && e.Kind == parley.Forbidden {
			err = e.WithHint("where an amendment brings you in, accept both together: parley agreement accept FOUNDING AMENDMENT")
		}
		return AgreementStatus{}, err
	}
	if err := n.merge(ctx, s); err != nil {
		return AgreementStatus{}, err
	}
	if s.Complete() {
		l, err := n.Line(s.Agreement.ID().String())
		if err != nil {
			if expired(s.Agreement, n.now()) {
				return AgreementStatus{}, parley.E(parley.Conflict, "the last signature came after %s, by which all had to sign", s.Agreement.SignBy).
					WithHint("sign a new text with a later sign_by")
			}
			if err := n.addLine(ctx, s); err != nil {
				return AgreementStatus{}, err
			}
			if l, err = n.Line(s.Agreement.ID().String()); err != nil {
				return AgreementStatus{}, err
			}
		}
		if err := l.first(ctx); err != nil {
			return AgreementStatus{}, err
		}
	}
	return n.AgreementStatus(ctx, s)
}

// merge adds what is stored to s, and stores s where it knows more.
func (n *Node) merge(ctx context.Context, s *agreement.Signed) error {
	return n.db.Update(ctx, func(tx *sqldb.Tx) error {
		row, err := tx.Agreement(s.Agreement.Hash())
		if err != nil && parley.KindOf(err) != parley.NotFound {
			return err
		}
		if err == nil {
			old, err := agreement.OpenSigned(row.Note)
			if err != nil {
				return err
			}
			if err := s.Merge(old); err != nil {
				return err
			}
			if len(old.Missing()) == len(s.Missing()) {
				return nil
			}
		}
		return tx.PutAgreement(sqldb.Agreement{Text: s.Agreement.Hash(), Founding: s.Agreement.ID(), Note: s.Note(), Stored: n.now()})
	})
}

// first puts entry 0 on its way where our journal has none: by it the journal's keys
// prove possession. It is asked for again after each start, since the node may have
// died between opening the journal and this. AGREEMENT-8, SUCCESSION-2
func (l *Line) first(ctx context.Context) error {
	if l.journal() == nil {
		return nil
	}
	l.append.Lock()
	defer l.append.Unlock()
	if _, err := l.start(ctx); err != nil || l.journal().Asking() {
		return err
	}
	_, err := l.sequence(ctx)
	return err
}

// queueFirst makes entry 0 durable in the outbox; the caller holds l.append.
func (l *Line) queueFirst(ctx context.Context) error {
	if cp, err := l.journal().Latest(ctx); notFoundIsNil(err) != nil || cp.Size > 0 {
		return notFoundIsNil(err)
	}
	m, err := l.opening()
	if err != nil {
		return err
	}
	if _, _, ok, err := l.sent(ctx, m); ok || err != nil {
		return err
	}
	q, err := l.prepare(ctx, m)
	if err != nil {
		return err
	}
	q.row.Rank = -1 // before any flash
	_, err = l.enqueue(ctx, q)
	return err
}

// opening is entry 0 of our journal: it names the founding text or, in one that
// follows another, carries the succession. It is the same however often it is made.
func (l *Line) opening() (Outbound, error) {
	l.mu.RLock()
	begins, err := l.chain.At(parley.Ref{Origin: l.chain.Current(l.us)}) // a newcomer's with the amendment
	if err != nil {
		l.mu.RUnlock()
		return Outbound{}, err
	}
	kind, content, name := parley.KindAgreement, any(agreement.SwitchContent{Text: begins.Hash()}), begins.Hash()
	for _, o := range l.chain.Origins() {
		if s, ok := l.chain.Successor(o); ok && s.Next == l.chain.Current(l.us) {
			kind, content, name = parley.KindSuccession, agreement.NoteContent{Note: string(s.Note)}, parley.Sum(s.Note)
		}
	}
	l.mu.RUnlock()
	raw, err := agreement.FormatContent(content)
	if err != nil {
		return Outbound{}, parley.E(parley.Internal, "first entry: %w", err)
	}
	m, err := l.toEverybody(kind, raw)
	if err != nil {
		return Outbound{}, err
	}
	m.Nonce = parley.Nonce(name[:16])
	m.From, err = l.speaker("")
	return m, err
}

// toEverybody addresses the first body of each other party: a clear part goes to
// every mirror anyway. ENTRY-6
func (l *Line) toEverybody(kind parley.Kind, content json.RawMessage) (Outbound, error) {
	a, err := l.text()
	if err != nil {
		return Outbound{}, err
	}
	m := Outbound{Kind: kind, Precedence: parley.Immediate, Raw: content}
	for i := range a.Parties {
		if a.Parties[i].Name != l.us && len(m.To) < parley.MaxTo {
			m.To = append(m.To, a.Parties[i].Bodies[0].Name)
		}
	}
	return m, nil
}

// AgreementStatus reports on a text.
func (n *Node) AgreementStatus(ctx context.Context, s *agreement.Signed) (AgreementStatus, error) {
	a := s.Agreement
	st := AgreementStatus{ID: a.ID().String(), Title: a.Title.In("en"), Fingerprint: a.Fingerprint(), State: "draft", Missing: s.Missing()}
	l, err := n.Line(st.ID)
	inForce, switched := err == nil, true
	for i := range a.Parties {
		m := AgreementMember{Party: a.Parties[i].Name, Signed: s.SignedBy(a.Parties[i].Name)}
		if m.Signed && st.State == "draft" {
			st.State = "signed"
		}
		if l != nil {
			if m.Opened, m.Cosigned, err = l.opened(ctx, a, a.Parties[i].Name); err != nil {
				return st, err
			}
			m.Switched = l.switched(a, m.Party)
		}
		inForce = inForce && m.Cosigned
		switched = switched && m.Switched
		st.Parties = append(st.Parties, m)
	}
	switch {
	case l != nil && s.Complete() && a.Founding != nil && !switched:
		st.State = string(agreement.FullySigned) // not every journal has switched to it
	case l != nil && s.Complete():
		l.mu.RLock()
		st.State = string(l.chain.State(n.now(), inForce))
		l.mu.RUnlock()
	}
	return st, nil
}

// opened says whether a party's first entry is held here, and whether we know
// that all others have cosigned it. AGREEMENT-11
func (l *Line) opened(ctx context.Context, a *agreement.Agreement, p parley.Party) (opened, cosigned bool, err error) {
	member, _ := a.Party(p)
	err = l.node.db.View(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(member.Origin)
		if err != nil {
			return err
		}
		cp, ok, err := tx.LatestCheckpoint(j.ID)
		if err != nil || !ok {
			return err
		}
		opened = cp.Size > 0
		return nil
	})
	cosigned = opened && err == nil
	for i := 0; cosigned && i < len(a.Parties); i++ {
		if other := a.Parties[i].Name; other != p {
			cosigned, err = l.signedFirst(ctx, member.Origin, other)
		}
	}
	if parley.KindOf(err) == parley.NotFound && err != nil {
		return false, false, nil
	}
	return opened, cosigned, err
}

// switched says whether a party's journal is under a text, or under one that amends it.
func (l *Line) switched(a *agreement.Agreement, p parley.Party) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	now, err := l.chain.At(parley.Ref{Origin: l.chain.Current(p), Index: 1 << 61})
	for err == nil && now.Hash() != a.Hash() {
		if now.Amends == nil || l.chain.Texts()[*now.Amends] == nil {
			return false
		}
		now = l.chain.Texts()[*now.Amends].Agreement
	}
	return err == nil
}

// Agreements lists every text that this home has accepted, also unfinished ones.
func (n *Node) Agreements(ctx context.Context) ([]AgreementStatus, error) {
	rows, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) ([]sqldb.Agreement, error) { return tx.Agreements() })
	if err != nil {
		return nil, err
	}
	list := []AgreementStatus{}
	for _, row := range rows {
		s, err := agreement.OpenSigned(row.Note)
		if err != nil {
			return nil, err
		}
		st, err := n.AgreementStatus(ctx, s)
		if err != nil {
			return nil, err
		}
		list = append(list, st)
	}
	return list, nil
}

// expired says that lines came after the day by which all had to sign.
func expired(a *agreement.Agreement, now time.Time) bool {
	by, err := time.Parse(time.RFC3339, a.SignBy)
	return err == nil && now.After(by)
}
