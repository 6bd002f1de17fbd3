package review

import (
	"slices"

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
			book.answers(a, m, f.pair[1-side])
			book.events(a, m, f.pair[side])
		}
	}
	book.periods()
	book.onces()
	r.Commitments = book.list()
	return r, nil
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

// answers makes the rows of the commitments to answer a message. REVIEW-7
func (b *book) answers(a *agreement.Agreement, m *message, owing parley.Party) {
	for i := range a.Promises.Commitments {
		c := &a.Promises.Commitments[i]
		if c.Sort != "answer" || !owes(c, owing) || !b.fold.asks(c, m) {
			continue
		}
		k, ok := a.Clock(c.Clock)
		if !ok {
			continue
		}
		b.put(c.ID, owing, b.answerRow(a, c, k, m, owing))
	}
}

func (b *book) answerRow(a *agreement.Agreement, c *agreement.Commitment, k *agreement.Clock, m *message, owing parley.Party) Row {
	f := b.fold
	length, _ := clock.ParseLength(k.Length)
	grain := length.Grain()
	r := b.row(c, owing, m, grain)
	said := f.answersTo(m)
	h := f.delivery(a, m)
	if h.how == "" && said.first != nil {
		h = held{heldAnswered, said.first.when.NotBefore}
	}
	r.Held, r.Delivered = h.how, grain.Show(h.at)
	for _, x := range said.contested {
		r.Contested = append(r.Contested, x.ref.String())
	}
	if said.withdrawn != nil {
		r.Withdrawn = said.withdrawn.ref.String()
	}
	if x := said.first; x != nil {
		r.Answer = &Answer{Entry: x.ref.String(), Says: says(x), Refused: said.refused, NotBefore: grain.Show(x.when.NotBefore), NotAfter: grain.Show(x.when.NotAfter)}
	}
	b.judge(&r, a, k, length, m, h, said)
	return r
}

// judge reaches the verdict on a row that an answer meets. REVIEW-8, REVIEW-9
func (b *book) judge(r *Row, a *agreement.Agreement, k *agreement.Clock, length clock.Length, m *message, h held, said answered) {
	f, at, grain := b.fold, b.fold.cut.Instant, length.Grain()
	if said.first == nil && (h.how == "" || h.how == heldGone) {
		if h.how == "" && !at.After(f.graced(a, m.when.NotBefore, f.pair[1-m.side])) { // on its way
			r.Verdict, r.Age = clock.Open, grain.Age(at.Sub(m.when.NotBefore))
		} else {
			r.Verdict = clock.Undelivered
		}
		if said.withdrawn != nil {
			r.Verdict, r.Age = clock.Withdrawn, ""
		}
		return
	}
	start := f.starts(k, m, h, said)
	due, known, why := dueOf(a, k, m, start, f.pair[1-m.side])
	r.Started, r.Due = grain.Show(start), grain.Show(due)
	switch {
	case why != "":
		r.Verdict, r.Why = clock.Disputed, why
	case !known: // as soon as possible, or not started yet: an age, never late. CLOCK-6
		r.Verdict = clock.Open
		if said.first != nil {
			r.Verdict = clock.Met
		}
	case said.first != nil:
		if r.Verdict = said.first.when.By(due, at); r.Verdict == clock.Disputed {
			r.Why = "interval"
		}
	case at.After(due):
		r.Verdict = clock.Late
		r.Silence = f.silence(1-m.side, grain)
	default:
		r.Verdict = clock.Open
	}
	if w := said.withdrawn; w != nil && r.Verdict != clock.Met && (!known || !w.when.NotBefore.After(due)) {
		r.Verdict, r.Why, r.Silence = clock.Withdrawn, "", nil
	}
	if r.Verdict == clock.Open {
		since := start
		if since.IsZero() {
			since = h.at
		}
		r.Age = grain.Age(at.Sub(since))
	}
}

// silence is up to where a party's journals show that nothing answers. REVIEW-9
func (f *Fold) silence(side int, grain clock.Unit) *Silence {
	s := f.sides[side]
	j := s.journals[len(s.journals)-1]
	return &Silence{Journal: j.place.Origin, Size: j.place.Size, Spoke: grain.Show(s.said)}
}

// dueOf is the deadline of a message's clock. known is false where there is none,
// or the clock has not started. why says why it is disputed: the message names
// another clock, or signs another due than follows from the start, or the calendar
// does not reach. CLOCK-7, REVIEW-6
func dueOf(a *agreement.Agreement, k *agreement.Clock, m *message, start timeT, owing parley.Party) (due timeT, known bool, why string) {
	if m.clock != "" && m.clock != k.ID {
		return due, false, "clock"
	}
	signed, _ := parseInstant(m.due)
	if k.Starts == "event" {
		return signed, !signed.IsZero(), ""
	}
	if start.IsZero() {
		return due, false, ""
	}
	author := m.from.Party()
	due, known, err := a.Due(k.ID, start, author, owing)
	switch {
	case err != nil:
		return due, false, "calendar"
	case m.due == "":
		return due, known, ""
	case known && due.Equal(signed):
		return due, true, ""
	case known && k.Starts == "sent" && k.Proven == "author":
		// It was signed a moment before the entry was: within what the message may
		// be held back and the clocks may differ.
		early, ok, err := a.Due(k.ID, start.Add(-a.HoldBack()-a.Tolerance()), author, owing)
		if err == nil && ok && !signed.Before(early) && !signed.After(due) {
			return signed, true, ""
		}
	}
	return signed, known, "due"
}
