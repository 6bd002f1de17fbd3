package register

import (
	"cmp"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// What steps say beside the words of a receipt (seal.Says).
const (
	SaysAnswered      = "answered"      // an addressee's message answers it
	SaysCountersigned = "countersigned" // the second signature followed
	SaysGone          = "gone"          // its author lost or erased the part; why says which
	SaysErased        = "erased"        // a party no longer holds the part; why is the rule
)

// folded is one message of a folded thread.
type folded struct {
	message *sqldb.Message
	steps   []sqldb.Step
	moved   bool // the row says something else than before
	stepped bool // the steps do
}

// fold folds one thread: pure, the same for any order of rows.
func (l *loaded) fold(rows []*sqldb.Message) []folded {
	rows = l.canonical(rows)
	for i, m := range rows {
		m.Folded = sqldb.Folded{Seq: i + 1, Void: m.Reason}
		if m.Void == "" && m.Kind != "" && m.Thread != parley.Hash(m.ID) &&
			!seal.NamesAsker(m.From, m.To, parley.MessageID(m.Thread), m.Answers, l) {
			m.Void = string(seal.VoidAddressee) // JUDGE-18
		}
	}
	replies := map[parley.MessageID][]*sqldb.Message{}
	for _, m := range rows {
		if m.Void == "" && (m.Listed || m.Kind == parley.KindCheck) && !m.Answers.IsZero() {
			replies[m.Answers] = append(replies[m.Answers], m)
		}
	}
	out := make([]folded, len(rows))
	for i, m := range rows {
		out[i] = folded{message: m, steps: l.steps(m, replies[m.ID])}
		l.conclude(m, out[i].steps)
	}
	return out
}

// steps are the statements about a message that count, in canonical order.
func (l *loaded) steps(m *sqldb.Message, replies []*sqldb.Message) []sqldb.Step {
	type one struct {
		by   *sqldb.Message
		step sqldb.Step
	}
	var list []one
	add := func(by *sqldb.Message, says, why string, blob parley.Hash) {
		list = append(list, one{by, sqldb.Step{Journal: m.Journal, Index: m.Index, Says: says, From: by.From,
			ByJournal: by.Journal, ByIndex: by.Index, Said: by.Said, Blob: blob, Why: why}})
	}
	for _, about := range []parley.Hash{parley.Hash(m.ID), m.Part, name(l.ref(m.Journal, m.Index))} {
		for _, s := range l.statements[about] {
			if by := l.sources[sqldb.Place{Journal: s.Journal, Index: s.Index}]; by != nil && l.counts(m, by, &s, about) {
				add(by, s.Says, s.Why, s.Blob)
			}
		}
	}
	for _, a := range replies {
		if says := saysOf(a); m.Void == "" && mayStep(m, a, says) {
			add(a, says, "", parley.Hash{})
		}
	}
	slices.SortFunc(list, func(a, b one) int {
		return cmp.Or(l.compare(a.by.Height, a.by.Journal, a.by.Index, b.by.Height, b.by.Journal, b.by.Index),
			strings.Compare(a.step.Says, b.step.Says), slices.Compare(a.step.Blob[:], b.step.Blob[:]))
	})
	steps := make([]sqldb.Step, len(list))
	for i := range list {
		list[i].step.Place = i + 1
		steps[i] = list[i].step
	}
	return steps
}

// counts says whether a statement means anything for a message: who says it, and
// by which of its names. RECEIPT-3
func (l *loaded) counts(m, by *sqldb.Message, s *sqldb.Statement, about parley.Hash) bool {
	if by.Reason != "" || by.Void != "" || l.agreement(by.Journal) != l.agreement(m.Journal) {
		return false
	}
	if !by.Thread.IsZero() && by.Thread != parley.Hash(by.ID) && by.Thread != m.Thread { // spoken in another matter
		return false
	}
	party := by.From.Party()
	author := l.byID[m.Journal].Party
	switch s.Says {
	case SaysGone: // ENTRY-28
		return about == m.Part && by.Journal == m.Journal && by.Index > m.Index
	case SaysErased: // ENTRY-29
		return about == m.Part && (party == author || names(m.To, party))
	case SaysCountersigned: // ENTRY-27
		return about == parley.Hash(m.ID) && m.Void == "" && by.Journal == m.Journal && by.Index > m.Index && by.From == m.From && !m.Released
	}
	if party == author || m.From != "" && !names(m.To, party) || m.Kind == parley.KindReceipt { // RECEIPT-9
		return false
	}
	says := seal.Says(s.Says)
	if says == seal.SaysVoid { // RECEIPT-6
		return about == name(l.ref(m.Journal, m.Index))
	}
	if about != parley.Hash(m.ID) || m.Void != "" && (says != seal.SaysOpened || m.Kind == "" && !insideOnly(m.Void)) {
		return false
	}
	if says.NamesThread() { // RECEIPT-5
		return by.Thread == m.Thread
	}
	if says == seal.SaysHeld {
		return slices.ContainsFunc(l.blobs[at(m)], func(b sqldb.MessageBlob) bool { return b.Hash == s.Blob })
	}
	return true
}

// insideOnly: a reason that only the inside shows, so that the entry has its id for itself.
func insideOnly(reason string) bool {
	switch seal.Reason(reason) {
	case seal.VoidPart, seal.VoidFacts, seal.VoidContext, seal.VoidBlobs, seal.VoidKind, seal.VoidContent:
		return true
	}
	return false
}

// conclude sets what follows from the steps for us.
func (l *loaded) conclude(m *sqldb.Message, steps []sqldb.Step) {
	us := l.ours(m.Journal)
	said := map[string]bool{} // by our party
	held := map[parley.Hash]bool{}
	for i := range steps {
		s := &steps[i]
		if contradicts(m, s) {
			m.Conflict = s.Says
		}
		if s.From.Party() != us {
			continue
		}
		said[s.Says] = true
		switch {
		case s.Says == string(seal.SaysHeld):
			held[s.Blob] = true
		case seal.Says(s.Says).Person(), answers(s.Says) && !isAside(m.To, s.Says, s.From):
			m.Answer = s.Says
		}
	}
	m.Open = open(m, steps)
	if m.Box != BoxIn {
		return
	}
	opened := m.Void == "" && m.Inside == string(InsideOpened)
	m.Waits = opened && m.Listed && m.Answer == "" && (m.Kind != parley.KindRequest || m.Open)
	m.OwesHeld = opened && len(held) < m.Blobs
	m.Owes = owes(m, opened, said)
	if isPing(m) { // no list shows it, and a person replies. ENTRY-26
		m.Waits = opened && m.Answer == ""
	}
}

// contradicts: one party has judged otherwise than this node. RECEIPT-11
func contradicts(m *sqldb.Message, s *sqldb.Step) bool {
	switch seal.Says(s.Says) {
	case seal.SaysVoid:
		return m.Void == "" && m.Kind != ""
	case seal.SaysOpened:
		return m.Void != ""
	}
	return false
}

// owes is the receipt that our node still owes for an entry to us. RECEIPT-10
func owes(m *sqldb.Message, opened bool, said map[string]bool) string {
	var owed seal.Says
	switch {
	case m.Void != "":
		owed = seal.SaysVoid
	case m.Kind == parley.KindReceipt || seal.InClear(m.Kind):
		return ""
	case opened:
		owed = seal.SaysOpened
	case m.Inside == string(InsideUnreadable):
		owed = seal.SaysUnreadable
	}
	if owed == "" || said[string(owed)] {
		return ""
	}
	return string(owed)
}

func names(to []parley.Body, p parley.Party) bool {
	return slices.ContainsFunc(to, func(b parley.Body) bool { return b.Party() == p })
}
