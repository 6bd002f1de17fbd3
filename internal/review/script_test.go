package review_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/review"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

const (
	aster = parley.Party("aster.example")
	borea = parley.Party("borea.example")
	third = "archive.example/parley"
)

// noon is a Monday.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// promises are what the tests measure; the clocks come in front of them.
const promises = `
[[clock]]
id = "answer"
length = "48 hours"
starts = "delivered"
proven = "addressee"
calendar = "utc"

[[clock]]
id = "sent"
length = "48 hours"
starts = "sent"
proven = "author"
calendar = "utc"

[[clock]]
id = "seen"
length = "48 hours"
starts = "seen"
proven = "addressee"
calendar = "utc"

[[clock]]
id = "early"
length = "24 hours"
starts = "event"
proven = "author"
calendar = "utc"

[[clock]]
id = "soon"
length = "as soon as possible"
starts = "delivered"
proven = "addressee"
calendar = "utc"

[[clock]]
id = "named"
length = "60 days"
starts = "event"
proven = "author"
calendar = "utc"

[[promises.commitment]]
id = "requests"
title = { en = "Requests are answered" }
sort = "answer"
kinds = ["request"]
clock = "answer"

[[promises.commitment]]
id = "flash"
title = { en = "A flash is acknowledged" }
sort = "answer"
kinds = ["hotline"]
precedences = ["flash"]
clock = "sent"

[[promises.commitment]]
id = "memos"
title = { en = "Memos are answered once seen" }
sort = "answer"
kinds = ["memo"]
clock = "seen"

[[promises.commitment]]
id = "phrases"
title = { en = "As soon as possible" }
sort = "answer"
kinds = ["phrase"]
clock = "soon"

[[promises.commitment]]
id = "incidents"
title = { en = "Incidents are told within a day" }
sort = "once"
kinds = ["incident"]
clock = "early"

[[promises.commitment]]
id = "bodies"
title = { en = "Bodies are named" }
sort = "once"
kinds = ["contact"]
clock = "named"

[[promises.commitment]]
id = "confirmed"
title = { en = "Calls are made twice a month" }
sort = "recurring"
kinds = ["call"]
times = 2
every = "1 month"

[[promises.commitment]]
id = "refrain"
title = { en = "Not to attack each other" }
sort = "standing"
`

// script is what two parties and an archive sign, without a signature: the fold
// judges none. Sizes and stamps are what counts.
type script struct {
	t       testing.TB
	w       *parleytest.World
	entries map[parley.Origin][]review.Entry
	stamps  []review.Stamp
	law     []review.Law
	n       int
}

func newScript(t testing.TB, archive string, extra ...string) *script {
	t.Helper()
	template := strings.Replace(parleytest.DefaultTemplate, "[eyes]", promises+"\n[eyes]", 1)
	for i := 0; i+1 < len(extra); i += 2 {
		template = strings.Replace(template, extra[i], extra[i+1], 1)
	}
	w, err := parleytest.MakeWorld(1, template, archive, aster, borea, parleytest.Corvia)
	if err != nil {
		t.Fatal(err)
	}
	return &script{t: t, w: w, entries: map[parley.Origin][]review.Entry{}}
}

func (s *script) origin(p parley.Party) parley.Origin { return s.w.Parties[p].Origin }

// message is what is written; the zero value of most fields will do.
type message struct {
	from     parley.Party
	to       parley.Party
	kind     parley.Kind
	step     string
	answers  parley.MessageID
	thread   parley.MessageID
	rank     parley.Precedence
	clock    string
	due      string
	exercise bool
	mirrored uint64 // of the other's journal
	void     seal.Reason
	closed   bool
	content  any
}

func std64(b []byte) string { return tlog.Hash(b).String() }

// write appends a message by its author's clock.
func (s *script) write(at time.Time, m message) parley.MessageID {
	s.t.Helper()
	s.n++
	o := s.origin(m.from)
	h := func(what string) string { return parley.Sum(fmt.Appendf(nil, "%s %d", what, s.n)).String() }
	text := "parley/entry/v1\njournal " + string(o) + "\nagreement " + s.w.Agreement().ID().String() + "\nfrom " + string(m.from) + "/cert\nto " + string(m.to) + "/cert\n" +
		"nonce " + h("nonce")[:32] + "\nfacts " + h("facts") + "\nsealed " + h("part") + " 100\ntime " + at.UTC().Format("2006-01-02T15:04:05Z") + "\n"
	if seal.InClear(m.kind) {
		text = strings.Replace(text, "\nsealed ", "\nclear ", 1)
	}
	if m.mirrored > 0 {
		other := aster
		if m.from == aster {
			other = borea
		}
		r := sha256.Sum256(nil)
		text += fmt.Sprintf("mirrored %s %d %s\n", s.origin(other), m.mirrored, std64(r[:]))
	}
	env, err := seal.ParseEntry([]byte(text + "\n— " + string(m.from) + "/cert AAAAAAAA\n"))
	if err != nil {
		s.t.Fatal(err)
	}
	if m.rank == "" {
		m.rank = parley.Routine
	}
	if m.thread.IsZero() && !m.answers.IsZero() {
		m.thread = m.answers
	}
	e := review.Entry{Ref: parley.Ref{Origin: o, Index: uint64(len(s.entries[o]))}, Envelope: &env, Void: m.void}
	if !m.closed {
		e.Facts = &seal.Facts{Kind: m.kind, Version: 1, Step: m.step, Thread: m.thread, Answers: m.answers, Precedence: m.rank, Clock: m.clock, Due: m.due, Exercise: m.exercise}
	}
	if m.content != nil {
		if e.Content, err = json.Marshal(m.content); err != nil {
			s.t.Fatal(err)
		}
	}
	s.entries[o] = append(s.entries[o], e)
	return env.ID()
}

// signs lets somebody cosign a party's journal as it is now.
func (s *script) signs(at time.Time, by string, of parley.Party) {
	s.t.Helper()
	size := uint64(len(s.entries[s.origin(of)]))
	keys := []proof.Signer(nil)
	if p := s.w.Parties[parley.Party(by)]; p != nil {
		keys = p.Mirror
	} else {
		keys = s.w.Archive.Mirror
	}
	for _, k := range keys {
		s.stamps = append(s.stamps, review.Stamp{Origin: s.origin(of), Size: size, Name: k.Key().Name, ID: k.Key().ID, Time: at})
	}
}

// request is one from Aster to Borea, delivered a minute later.
func (s *script) request(at time.Time) parley.MessageID {
	id := s.write(at, message{from: aster, to: borea, kind: parley.KindRequest, step: parley.RequestAssistance})
	s.signs(at.Add(time.Minute), string(borea), aster)
	return id
}

func (s *script) cut(at time.Time) review.Cut {
	c := review.Cut{Instant: at}
	for _, p := range []parley.Party{aster, borea} {
		o := s.origin(p)
		c.Journals = append(c.Journals, review.Place{Origin: o, Size: uint64(len(s.entries[o])), Root: tlog.Hash{1}})
	}
	return c
}

func (s *script) at(at time.Time) *review.Review { return s.review(s.cut(at)) }

func (s *script) review(cut review.Cut) *review.Review {
	s.t.Helper()
	f, err := review.NewFold(s.w.Signed, s.law, cut, aster, borea)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, x := range s.stamps {
		f.Stamp(x)
	}
	for _, p := range cut.Journals {
		for _, e := range s.entries[p.Origin] {
			if err := f.Add(e); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	r, err := f.Review()
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// rows of a commitment that a party owes.
func rows(t testing.TB, r *review.Review, id string, by parley.Party) []review.Row {
	t.Helper()
	for _, c := range r.Commitments {
		if c.ID != id {
			continue
		}
		for _, o := range c.Owed {
			if o.By == by {
				return o.Rows
			}
		}
	}
	t.Fatalf("no commitment %s owed by %s", id, by)
	return nil
}

func counts(t testing.TB, r *review.Review, id string, by parley.Party) review.Counts {
	t.Helper()
	for _, c := range r.Commitments {
		for _, o := range c.Owed {
			if c.ID == id && o.By == by {
				return o.Counts
			}
		}
	}
	t.Fatalf("no commitment %s owed by %s", id, by)
	return review.Counts{}
}
