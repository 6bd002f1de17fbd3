package review

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/seal"
)

// Review computes the account of what was added. Errors are parley.Invalid: a
// journal was not added up to the cut.
func (f *Fold) Review() (*Review, error) {
	for _, s := range f.sides {
		for _, j := range s.journals {
			if j.next != j.place.Size {
				return nil, parley.E(parley.Invalid, "%s was read up to %d, and the cut names size %d", j.place.Origin, j.next, j.place.Size)
			}
		}
	}
	f.sortRemarks()
	f.sortSteps()
	r := &Review{Format: Format, Agreement: f.chain.ID(), Parties: f.pair, Cut: f.cut, Commitments: []Commitment{}, Requests: f.requests(),
		Void: []Void{}, Unreadable: []string{}, Closed: []string{}}
	r.Void = append(r.Void, f.void...)
	slices.SortFunc(r.Void, func(a, b Void) int { return f.compareRefs(a.Entry, b.Entry) })
	for _, s := range f.sides {
		for _, m := range s.messages {
			switch {
			case f.unreadable(m):
				r.Unreadable = append(r.Unreadable, m.ref.String())
			case m.kind == "":
				r.Closed = append(r.Closed, m.ref.String())
			}
		}
	}
	book := &book{fold: f, at: map[string]int{}}
	book.inOrder()
	for side, s := range f.sides {
		for _, m := range s.messages {
			if m.kind == "" || f.unreadable(m) {
				continue
			}
			a, err := f.textAt(m.journal, m.ref.Index)
			if err != nil {
				continue
			}
			book.answers(a, m)
			book.events(a, m, f.pair[side])
		}
	}
	book.periods()
	book.onces()
	r.Commitments = book.list()
	return r, nil
}

// sortSteps orders what may have been added one journal of a side before an older one.
func (f *Fold) sortSteps() {
	order := func(a, b *message) int {
		return cmp.Or(cmp.Compare(a.journal.order, b.journal.order), cmp.Compare(a.ref.Index, b.ref.Index))
	}
	for _, list := range f.steps {
		if !slices.IsSortedFunc(list, order) {
			slices.SortFunc(list, order)
		}
	}
}

// unreadable: the addressee has signed that the part does not open there, and has
// not answered it all the same. JUDGE-20
func (f *Fold) unreadable(m *message) bool {
	for _, x := range f.about[m.id] {
		if x.side != m.side && seal.Says(x.step) == seal.SaysUnreadable && len(f.answers[m.id]) == 0 {
			return true
		}
	}
	return false
}

// requests counts what one asked of the other. REVIEW-11
func (f *Fold) requests() []Requests {
	type key struct {
		side     int
		step     string
		exercise bool
	}
	count := map[key]*Requests{}
	for side, s := range f.sides {
		for _, m := range s.messages {
			if m.kind != parley.KindRequest || f.unreadable(m) {
				continue
			}
			k := key{side, m.step, m.exercise}
			r := count[k]
			if r == nil {
				r = &Requests{By: s.party, Of: f.pair[1-side], Step: m.step, Exercise: m.exercise}
				count[k] = r
			}
			r.Asked++
			offered, given := false, false
			for _, x := range f.answers[m.id] {
				if x.side != side && x.thread == m.thread && x.kind == parley.KindResponse {
					offered = offered || x.step == parley.ResponseOffer
					given = given || x.step == parley.ResponseResult
				}
			}
			if offered {
				r.Offered++
			}
			if given {
				r.Given++
			}
		}
	}
	list := []Requests{}
	for _, exercise := range []bool{false, true} {
		for side := range f.sides {
			for _, step := range []string{parley.RequestInformation, parley.RequestAssistance, parley.RequestMitigation,
				parley.RequestPreservation, parley.RequestEmergency} {
				if r := count[key{side, step, exercise}]; r != nil {
					list = append(list, *r)
				}
			}
		}
	}
	return list
}

// compareRefs orders entries by party, journal and index.
func (f *Fold) compareRefs(a, b string) int {
	x, _ := parley.ParseRef(a)
	y, _ := parley.ParseRef(b)
	i, j := f.journals[x.Origin], f.journals[y.Origin]
	switch {
	case i == nil || j == nil:
		return 0
	case i.side != j.side:
		return i.side - j.side
	case i.order != j.order:
		return i.order - j.order
	case x.Index < y.Index:
		return -1
	case x.Index > y.Index:
		return 1
	}
	return 0
}

// book gathers the rows under their commitments.
type book struct {
	fold    *Fold
	entries []*Commitment
	at      map[string]int
	texts   []*agreement.Agreement // those in force anywhere up to the cut, the newest first
}

// inOrder opens a section for each commitment: those of the newest text in its
// order, then those that only an earlier text had.
func (b *book) inOrder() {
	f := b.fold
	newest := f.chain.Newest()
	b.texts = []*agreement.Agreement{newest}
	for t := newest; t.Amends != nil; {
		before, ok := f.chain.Texts()[*t.Amends]
		if !ok {
			break
		}
		t = before.Agreement
		b.texts = append(b.texts, t)
	}
	for _, t := range b.texts {
		for i := range t.Promises.Commitments {
			c := &t.Promises.Commitments[i]
			if _, ok := b.at[c.ID]; ok {
				continue
			}
			b.at[c.ID] = len(b.entries)
			e := &Commitment{ID: c.ID, Title: c.Title.In("en"), Article: c.Article, Sort: c.Sort, Clock: c.Clock, Owed: []Owed{}}
			for _, p := range f.pair {
				if owes(c, p) {
					e.Owed = append(e.Owed, Owed{By: p, Rows: []Row{}})
				}
			}
			b.entries = append(b.entries, e)
		}
	}
}

func owes(c *agreement.Commitment, p parley.Party) bool {
	return len(c.Owed) == 0 || slices.Contains(c.Owed, p)
}

// put adds a row where the section says that the party owes it.
func (b *book) put(id string, by parley.Party, r Row) {
	i, ok := b.at[id]
	if !ok {
		return
	}
	e := b.entries[i]
	n := slices.IndexFunc(e.Owed, func(o Owed) bool { return o.By == by })
	if n < 0 { // an earlier text had it otherwise
		e.Owed = append(e.Owed, Owed{By: by, Rows: []Row{}})
		n = len(e.Owed) - 1
	}
	r.Remarks = b.fold.remarksOn(r.Name)
	o := &e.Owed[n]
	o.Rows = append(o.Rows, r)
	if r.Exercise {
		o.Exercises.add(&r)
	} else {
		o.Counts.add(&r)
	}
}

func (b *book) list() []Commitment {
	list := []Commitment{}
	for _, e := range b.entries {
		slices.SortStableFunc(e.Owed, func(x, y Owed) int {
			return slices.Index(b.fold.pair[:], x.By) - slices.Index(b.fold.pair[:], y.By)
		})
		list = append(list, *e)
	}
	return list
}

// row is what a row says of a message, whatever its clock.
func (b *book) row(c *agreement.Commitment, by parley.Party, m *message, grain clock.Unit) Row {
	return Row{Name: c.ID + ":" + string(by) + ":" + m.ref.String(), Message: m.ref.String(), ID: m.id.String(), Kind: m.kind, Step: m.step,
		Precedence: m.rank, From: m.from, To: m.to, Exercise: m.exercise, Sent: grain.Show(m.when.NotBefore)}
}

// answers makes the rows of the commitments of sort answer that a message begins:
// to answer it, or to go on with it. REVIEW-7
func (b *book) answers(a *agreement.Agreement, m *message) {
	var list []*agreement.Commitment // the first that wants an answer, and all that want a next step. REQUEST-3
	var clocks []string
	answered := false
	for i := range a.Promises.Commitments {
		c := &a.Promises.Commitments[i]
		if c.Sort != "answer" || !b.fold.asks(c, m) {
			continue
		}
		clocks = append(clocks, c.Clock)
		if owes(c, b.fold.owing(c, m)) && (len(c.Next) > 0 || !answered) {
			list = append(list, c)
			answered = answered || len(c.Next) == 0
		}
	}
	for _, c := range list {
		k, ok := a.Clock(c.Clock)
		if !ok {
			continue
		}
		l, err := clock.ParseLength(k.Length)
		if err != nil {
			continue
		}
		t := &term{agreement: a, clock: k, length: l, grain: l.Grain(), owing: b.fold.owing(c, m), named: slices.Contains(clocks, m.clock)}
		r := b.row(c, t.owing, m, t.grain)
		if len(c.Next) > 0 {
			b.fold.goesOn(&r, c, t, m)
		} else {
			b.fold.isAnswered(&r, t, m)
		}
		b.put(c.ID, t.owing, r)
	}
}

// owing is the party that owes what a message begins under a commitment.
func (f *Fold) owing(c *agreement.Commitment, m *message) parley.Party {
	if len(c.Next) > 0 {
		return f.pair[m.side]
	}
	return f.pair[1-m.side]
}

// term is the clock of a row, on whom it runs.
type term struct {
	agreement *agreement.Agreement
	clock     *agreement.Clock
	length    clock.Length
	grain     clock.Unit
	owing     parley.Party
	named     bool // the clock that the message names is one that some commitment of its sets
}

// isAnswered judges a row that an answer of the addressee meets. REVIEW-7 to REVIEW-9
func (f *Fold) isAnswered(r *Row, t *term, m *message) {
	at := f.cut.Instant
	said := f.answersTo(m)
	h := f.delivery(t.agreement, m)
	if h.how == "" && said.first != nil {
		h = held{heldAnswered, said.first.when.NotBefore}
	}
	r.Held, r.Delivered = h.how, t.grain.Show(h.at)
	for _, x := range said.contested {
		r.Contested = append(r.Contested, x.ref.String())
	}
	if said.withdrawn != nil {
		r.Withdrawn = said.withdrawn.ref.String()
	}
	if said.first == nil && (h.how == "" || h.how == heldGone) {
		switch {
		case said.withdrawn != nil:
			r.Verdict = clock.Withdrawn
		case h.how == "" && !at.After(f.graced(t.agreement, m.when.NotBefore, t.owing)): // on its way
			r.Verdict, r.Age = clock.Open, t.grain.Age(at.Sub(m.when.NotBefore))
		default:
			r.Verdict = clock.Undelivered
		}
		return
	}
	start := f.starts(t.clock, m, h, said)
	due, known := f.judge(r, t, m, start, said.first, 1-m.side)
	if r.Answer != nil {
		r.Answer.Refused = said.refused
	}
	if w := said.withdrawn; w != nil && r.Verdict != clock.Met && (!known || !w.when.NotBefore.After(due)) {
		r.Verdict, r.Why, r.Silence = clock.Withdrawn, "", nil
	}
	if r.Verdict == clock.Open {
		if start.IsZero() {
			start = h.at
		}
		r.Age = t.grain.Age(at.Sub(start))
	}
}

// goesOn judges a row that the next step of its author meets. REVIEW-7
func (f *Fold) goesOn(r *Row, c *agreement.Commitment, t *term, m *message) {
	h := f.delivery(t.agreement, m)
	r.Held, r.Delivered = h.how, t.grain.Show(h.at)
	start := f.starts(t.clock, m, h, answered{})
	f.judge(r, t, m, start, f.nextStep(c, m), m.side)
	if r.Verdict == clock.Open {
		if start.IsZero() {
			start = m.when.NotBefore
		}
		r.Age = t.grain.Age(f.cut.Instant.Sub(start))
	}
}

// nextStep is the first message of the same kind and author in the thread, after this
// one, that takes a step which the commitment wants; nil where there is none.
func (f *Fold) nextStep(c *agreement.Commitment, m *message) (first *message) {
	for _, word := range c.Next {
		list := f.steps[stepKey{m.thread, m.side, m.kind, word}]
		i := sort.Search(len(list), func(i int) bool { return before(m, list[i]) })
		if i < len(list) && (first == nil || before(list[i], first)) {
			first = list[i]
		}
	}
	return first
}

// judge reaches the verdict on a row whose clock may have started. REVIEW-8
func (f *Fold) judge(r *Row, t *term, m *message, start time.Time, met *message, silent int) (due time.Time, known bool) {
	at := f.cut.Instant
	due, known, why := t.due(m, start)
	r.Started, r.Due = t.grain.Show(start), t.grain.Show(due)
	if met != nil {
		r.Answer = &Answer{Entry: met.ref.String(), Says: says(met), NotBefore: t.grain.Show(met.when.NotBefore), NotAfter: t.grain.Show(met.when.NotAfter)}
	}
	switch {
	case why != "":
		r.Verdict, r.Why = clock.Disputed, why
	case !known: // as soon as possible, or not started yet: an age, never late. CLOCK-6
		r.Verdict = clock.Open
		if met != nil {
			r.Verdict = clock.Met
		}
	case met != nil:
		if r.Verdict = met.when.By(due, at); r.Verdict == clock.Disputed {
			r.Why = "interval"
		}
	case at.After(due):
		r.Verdict = clock.Late
		r.Silence = f.silence(silent, t.grain)
	default:
		r.Verdict = clock.Open
	}
	return due, known
}

// silence is up to where a party's journals show that nothing answers. REVIEW-9
func (f *Fold) silence(side int, grain clock.Unit) *Silence {
	s := f.sides[side]
	j := s.journals[len(s.journals)-1]
	return &Silence{Journal: j.place.Origin, Size: j.place.Size, Spoke: grain.Show(s.said)}
}

// due is the deadline of a message's clock. known is false where there is none, or
// the clock has not started. why says why it is disputed: the message names another
// clock, or signs another due than follows from the start, or the calendar does not
// reach. CLOCK-7, REVIEW-8
func (t *term) due(m *message, start time.Time) (due time.Time, known bool, why string) {
	if m.clock != "" && !t.named {
		return due, false, "clock"
	}
	var signed time.Time
	if m.clock == "" || m.clock == t.clock.ID {
		signed, _ = time.Parse(instantForm, m.due)
	}
	if t.clock.Starts == "event" {
		return signed, !signed.IsZero(), ""
	}
	if start.IsZero() {
		return due, false, ""
	}
	author := m.from.Party()
	due, known, err := t.agreement.Due(t.clock.ID, start, author, t.owing)
	switch {
	case err != nil:
		return due, false, "calendar"
	case signed.IsZero():
		return due, known, ""
	case known && due.Equal(signed):
		return due, true, ""
	case known && t.clock.Starts == "sent" && t.clock.Proven == "author":
		// It was signed a moment before the entry was: within what the message may
		// be held back and the clocks may differ.
		early, ok, err := t.agreement.Due(t.clock.ID, start.Add(-t.agreement.HoldBack()-t.agreement.Tolerance()), author, t.owing)
		if err == nil && ok && !signed.Before(early) && !signed.After(due) {
			return signed, true, ""
		}
	}
	return signed, known, "due"
}
