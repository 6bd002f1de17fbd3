package register

import (
	"context"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Request is a message of kind request with what became of it at each party that
// it addresses.
type Request struct {
	Message
	Withdrawn *Step // by the body that asked; nil where it is not
	Open      bool  // REQUEST-10
	With      []Answering
}

// Answering is how far a request is with one addressed party.
type Answering struct {
	Party     parley.Party
	Status    Status
	Word      *Step // what the status rests on; nil: the state of the message itself
	Answer    *Step // the first that meets a clock; nil where there is none. REQUEST-6
	Delivered Stamp // its mirror's first cosignature that covers the request
	Tendered  Stamp // the first of an archive that all named
	Seen      time.Time
	Answered  Stamp // the earliest cosignature over the answer by somebody who is not its author
	Aside     []Aside
}

// Stamp is a time that a cosigner signed; the zero one stands for none.
type Stamp struct {
	Time     time.Time
	Cosigner string // key name
	Size     uint64
}

// Aside is a step that was taken and does not count, with the reason.
type Aside struct {
	Step
	Because Because
}

// Because says why a step changes no status.
type Because string

// The reasons.
const (
	NotAsked   Because = "not asked"            // its body is not among those that the request names. REQUEST-5
	TooLate    Because = "after the withdrawal" // in canonical order; it may have crossed it. REQUEST-9
	Superseded Because = "changes nothing"      // its body has said more before. REQUEST-7
)

// RequestQuery asks for a page of requests of one side, the newest here first.
type RequestQuery struct {
	Box   string // BoxIn: asked of us; BoxOut: asked by us
	Open  bool   // only those that are open
	After string
	Limit int // 1 to 200
}

// RequestPage is a part of such a list.
type RequestPage struct {
	Requests []Request
	Next     string // "" on the last page
}

// Requests is the request register. Its cost depends on Limit alone.
func (r *Register) Requests(ctx context.Context, q RequestQuery) (RequestPage, error) {
	if q.Box != BoxIn && q.Box != BoxOut {
		return RequestPage{}, parley.E(parley.Invalid, "requests: want those asked of us or those asked by us")
	}
	var p RequestPage
	var err error
	p.Next, err = r.page(ctx, sqldb.MessageQuery{Kind: parley.KindRequest, Box: q.Box, Open: q.Open, Limit: q.Limit}, q.After, func(tx *sqldb.Tx, rows []sqldb.Message) (err error) {
		p.Requests, err = r.requests(tx, rows)
		return err
	})
	return p, err
}

// Request is one request by its place. NotFound where the entry is not folded, or
// is no request.
func (r *Register) Request(ctx context.Context, ref parley.Ref) (out Request, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(ref.Origin)
		if err != nil {
			return err
		}
		row, ok, err := tx.MessageAt(j.ID, ref.Index)
		if err != nil {
			return err
		}
		if !ok || row.Kind != parley.KindRequest {
			return parley.E(parley.NotFound, "no request %s here", ref)
		}
		list, err := r.requests(tx, []sqldb.Message{row})
		if err != nil {
			return err
		}
		out = list[0]
		return r.firstProofs(tx, &out.Message)
	})
	return out, err
}

func (r *Register) requests(tx *sqldb.Tx, rows []sqldb.Message) ([]Request, error) {
	messages, err := r.read(tx, rows)
	if err != nil {
		return nil, err
	}
	w, err := readWorld(tx)
	if err != nil {
		return nil, err
	}
	list := make([]Request, len(messages))
	for i := range messages {
		list[i] = Request{Message: messages[i], Open: rows[i].Open}
		if err := w.answering(tx, &list[i], r.termsOf(messages[i].Agreement)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// answering fills in what became of a request at each party, and the stamps that
// clocks start and end by.
func (w *world) answering(tx *sqldb.Tx, q *Request, terms Terms) error {
	said := make([]word, len(q.Steps))
	for i := range q.Steps {
		said[i] = word{q.Steps[i].Says, q.Steps[i].From}
	}
	for _, addressee := range q.Addressees {
		p := addressee.Party
		c := count(q.From, q.To, p, said)
		a := Answering{Party: p, Status: c.status}
		if c.status == "" {
			a.Status = silent(addressee.State)
		}
		if q.Message.State == StateConflict || q.Message.State == StateVoid {
			a.Status = Status(q.Message.State)
		}
		if c.word >= 0 {
			a.Word = &q.Steps[c.word]
		}
		if c.withdrawn >= 0 {
			q.Withdrawn = &q.Steps[c.withdrawn]
		}
		for _, x := range c.asides {
			a.Aside = append(a.Aside, Aside{q.Steps[x.step], x.because})
		}
		a.Seen = seenAt(q.Steps, p)
		var err error
		if a.Delivered, err = w.delivered(tx, q.Agreement, q.Ref, p); err != nil {
			return err
		}
		if a.Tendered, err = w.tendered(tx, q.Ref, terms); err != nil {
			return err
		}
		if c.answer >= 0 {
			a.Answer = &q.Steps[c.answer]
			if a.Answered, err = w.answered(tx, q.Agreement, a.Answer.Ref, terms); err != nil {
				return err
			}
		}
		q.With = append(q.With, a)
	}
	return nil
}

// silent is the status where nobody there has said anything that counts. Words in
// another form, such as a hotline message, show that a person has seen it.
func silent(s State) Status {
	switch s {
	case StateSequenced:
		return StatusAsked
	case StateAcknowledged, StateDeclined, StateAnswered:
		return Status(StateSeen)
	}
	return Status(s)
}

// seenAt is the time of the first word of a person of a party. REQUEST-4
func seenAt(steps []Step, p parley.Party) time.Time {
	var first time.Time
	for i := range steps {
		s := &steps[i]
		if s.From.Party() == p && personal(s.Says) && (first.IsZero() || s.Said.Before(first)) {
			first = s.Said
		}
	}
	return first
}

// delivered is the first cosignature over an entry by a party's mirrors.
func (w *world) delivered(tx *sqldb.Tx, agreement parley.Hash, ref parley.Ref, p parley.Party) (Stamp, error) {
	j, ok := w.byOrigin[ref.Origin]
	if !ok {
		return Stamp{}, nil
	}
	return earliest(tx, j.ID, ref.Index, w.mirrors(agreement, p))
}

// tendered is the first cosignature over an entry by an archive.
func (w *world) tendered(tx *sqldb.Tx, ref parley.Ref, terms Terms) (Stamp, error) {
	j, ok := w.byOrigin[ref.Origin]
	if !ok {
		return Stamp{}, nil
	}
	return earliest(tx, j.ID, ref.Index, slices.Clone(terms.Archives))
}

// answered is the earliest stamp over an answer by an archive or by the mirror of
// a party that did not write it.
func (w *world) answered(tx *sqldb.Tx, agreement parley.Hash, ref parley.Ref, terms Terms) (Stamp, error) {
	j, ok := w.byOrigin[ref.Origin]
	if !ok {
		return Stamp{}, nil
	}
	cosigners := slices.Clone(terms.Archives)
	for _, other := range w.byID {
		if other.Agreement == agreement && other.Party != j.Party {
			cosigners = append(cosigners, other.Origin.Mirror())
		}
	}
	return earliest(tx, j.ID, ref.Index, cosigners)
}

func earliest(tx *sqldb.Tx, journal int64, index uint64, cosigners []string) (first Stamp, err error) {
	slices.Sort(cosigners)
	for _, c := range cosigners {
		sig, ok, err := tx.FirstDelivered(journal, c, index)
		if err != nil {
			return first, err
		}
		if ok && (first.Time.IsZero() || sig.Signed.Before(first.Time)) {
			first = Stamp{sig.Signed, sig.Cosigner, sig.Size}
		}
	}
	return first, nil
}
