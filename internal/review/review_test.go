package review_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
	"parley.example/parley/clock"
	"parley.example/parley/form"
	"parley.example/parley/internal/review"
	"parley.example/parley/seal"
)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// TestVerdicts: one request, and what Borea does about it. REVIEW-7 to REVIEW-9
func TestVerdicts(t *testing.T) {
	response := func(s *script, at time.Time, id parley.MessageID, step string) {
		s.write(at, message{from: borea, to: aster, kind: parley.KindResponse, step: step, answers: id})
	}
	for _, tc := range []struct {
		name    string
		archive bool
		do      func(s *script)
		at      time.Duration
		verdict clock.Verdict
		why     string
	}{
		{"answered in time", false, func(s *script) {
			response(s, noon.Add(day), s.request(noon), parley.ResponseResult)
			s.signs(noon.Add(day+time.Minute), string(aster), borea)
		}, 4 * day, clock.Met, ""},
		{"at the deadline is in time", false, func(s *script) {
			response(s, noon.Add(2*day), s.request(noon), parley.ResponseResult)
			s.signs(noon.Add(2*day+time.Minute), string(aster), borea)
		}, 4 * day, clock.Met, ""},
		{"a second later nobody can tell", false, func(s *script) {
			response(s, noon.Add(2*day), s.request(noon), parley.ResponseResult)
			s.signs(noon.Add(2*day+61*time.Second), string(aster), borea)
		}, 4 * day, clock.Disputed, "interval"},
		{"late by its own word", false, func(s *script) {
			response(s, noon.Add(3*day), s.request(noon), parley.ResponseResult)
			s.signs(noon.Add(3*day), string(aster), borea)
		}, 4 * day, clock.Late, ""},
		{"backdated: what its author held of the other says when", false, func(s *script) {
			id := s.request(noon)
			s.write(noon.Add(3*day), message{from: aster, to: borea, kind: parley.KindHotline})
			s.signs(noon.Add(3*day), string(borea), aster)
			s.write(noon.Add(day), message{from: borea, to: aster, kind: parley.KindResponse, step: parley.ResponseResult, answers: id, mirrored: 2})
			s.signs(noon.Add(3*day+hour), string(aster), borea)
		}, 4 * day, clock.Late, ""},
		{"backdated: what its author wrote before says when", false, func(s *script) {
			id := s.request(noon)
			s.write(noon.Add(3*day), message{from: borea, to: aster, kind: parley.KindHotline})
			response(s, noon.Add(day), id, parley.ResponseResult)
			s.signs(noon.Add(3*day+hour), string(aster), borea)
		}, 4 * day, clock.Late, ""},
		{"backdated, nothing shows it: disputed, not met", false, func(s *script) {
			response(s, noon.Add(day), s.request(noon), parley.ResponseResult)
			s.signs(noon.Add(3*day), string(aster), borea)
		}, 4 * day, clock.Disputed, "interval"},
		{"the asker withholds its signature: disputed, not late", false, func(s *script) {
			response(s, noon.Add(day), s.request(noon), parley.ResponseResult)
		}, 4 * day, clock.Disputed, "interval"},
		{"the asker withholds, a third has signed: met", true, func(s *script) {
			response(s, noon.Add(day), s.request(noon), parley.ResponseResult)
			s.signs(noon.Add(day), third, borea)
			s.signs(noon.Add(3*day), string(aster), borea)
		}, 4 * day, clock.Met, ""},
		{"a disinterested third decides", true, func(s *script) {
			response(s, noon.Add(day), s.request(noon), parley.ResponseResult)
			s.signs(noon.Add(day), string(aster), borea)
			s.signs(noon.Add(3*day), third, borea)
		}, 4 * day, clock.Disputed, "interval"},
		{"a clock that ran ahead makes nobody late", false, func(s *script) {
			response(s, noon.Add(30*day), s.request(noon), parley.ResponseResult)
			s.signs(noon.Add(day), string(aster), borea)
		}, 4 * day, clock.Met, ""},
		{"nobody answers", false, func(s *script) { s.request(noon) }, 4 * day, clock.Late, ""},
		{"nobody answers yet", false, func(s *script) { s.request(noon) }, day, clock.Open, ""},
		{"the deadline itself is not after it", false, func(s *script) { s.request(noon) }, 2*day + time.Minute, clock.Open, ""},
		{"and a second later it is", false, func(s *script) { s.request(noon) }, 2*day + 61*time.Second, clock.Late, ""},
		{"an acknowledgement is no answer to a request", false, func(s *script) {
			id := s.request(noon)
			response(s, noon.Add(hour), id, parley.ResponseAcknowledge)
			s.write(noon.Add(hour), message{from: borea, to: aster, kind: parley.KindReceipt, step: string(seal.SaysAcknowledged), answers: id})
			s.signs(noon.Add(2*hour), string(aster), borea)
		}, 4 * day, clock.Late, ""},
		{"a refusal is an answer", false, func(s *script) {
			response(s, noon.Add(day), s.request(noon), parley.ResponseRefuse)
			s.signs(noon.Add(day), string(aster), borea)
		}, 4 * day, clock.Met, ""},
		{"an answer in another thread is none", false, func(s *script) {
			id := s.request(noon)
			s.write(noon.Add(day), message{from: borea, to: aster, kind: parley.KindResponse, step: parley.ResponseResult, answers: id, thread: parley.MessageID{7}})
			s.signs(noon.Add(day), string(aster), borea)
		}, 4 * day, clock.Late, ""},
		{"an answer to somebody else is none", false, func(s *script) {
			s.write(noon.Add(day), message{from: borea, to: "corvia.example", kind: parley.KindResponse, step: parley.ResponseResult, answers: s.request(noon)})
			s.signs(noon.Add(day), string(aster), borea)
		}, 4 * day, clock.Late, ""},
		{"a void answer is none", false, func(s *script) {
			s.write(noon.Add(day), message{from: borea, to: aster, kind: parley.KindResponse, step: parley.ResponseResult, answers: s.request(noon), void: seal.VoidContent})
			s.signs(noon.Add(day), string(aster), borea)
		}, 4 * day, clock.Late, ""},
		{"undelivered", false, func(s *script) {
			s.write(noon, message{from: aster, to: borea, kind: parley.KindRequest, step: parley.RequestAssistance})
		}, 4 * day, clock.Undelivered, ""},
		{"on its way", false, func(s *script) {
			s.write(noon, message{from: aster, to: borea, kind: parley.KindRequest, step: parley.RequestAssistance})
		}, hour, clock.Open, ""},
		{"not signed for, and a third holds it: tendered, the clock runs", true, func(s *script) {
			s.write(noon, message{from: aster, to: borea, kind: parley.KindRequest, step: parley.RequestAssistance})
			s.signs(noon.Add(time.Minute), third, aster)
		}, 4 * day, clock.Late, ""},
		{"tendered, within the grace", true, func(s *script) {
			s.write(noon, message{from: aster, to: borea, kind: parley.KindRequest, step: parley.RequestAssistance})
			s.signs(noon.Add(time.Minute), third, aster)
		}, hour, clock.Open, ""},
		{"signed for long after the tender: the tender counts", true, func(s *script) {
			id := s.write(noon, message{from: aster, to: borea, kind: parley.KindRequest, step: parley.RequestAssistance})
			s.signs(noon.Add(time.Minute), third, aster)
			s.signs(noon.Add(10*day), string(borea), aster)
			response(s, noon.Add(11*day), id, parley.ResponseResult)
			s.signs(noon.Add(11*day), third, borea)
		}, 20 * day, clock.Late, ""},
		{"a part that was gone before it was delivered", false, func(s *script) {
			s.write(noon, message{from: aster, to: borea, kind: parley.KindRequest, step: parley.RequestAssistance})
			part := s.entries[s.origin(aster)][0].Envelope.Part
			s.write(noon, message{from: aster, to: borea, kind: parley.KindGone, content: seal.Gone{Parts: []parley.Hash{part}, Why: seal.GoneLost}})
			s.signs(noon.Add(time.Minute), string(borea), aster)
		}, 4 * day, clock.Undelivered, ""},
		{"withdrawn in time", false, func(s *script) {
			s.write(noon.Add(day), message{from: aster, to: borea, kind: parley.KindWithdraw, answers: s.request(noon)})
		}, 4 * day, clock.Withdrawn, ""},
		{"withdrawn when it was late", false, func(s *script) {
			s.write(noon.Add(3*day), message{from: aster, to: borea, kind: parley.KindWithdraw, answers: s.request(noon)})
		}, 4 * day, clock.Late, ""},
		{"withdrawn by the other side is nothing", false, func(s *script) {
			s.write(noon.Add(day), message{from: borea, to: aster, kind: parley.KindWithdraw, answers: s.request(noon)})
		}, 4 * day, clock.Late, ""},
		{"contested is shown, and is no answer", false, func(s *script) {
			s.write(noon.Add(day), message{from: borea, to: aster, kind: parley.KindContest, answers: s.request(noon)})
		}, 4 * day, clock.Late, ""},
		{"another due is signed", false, func(s *script) {
			s.write(noon, message{from: aster, to: borea, kind: parley.KindRequest, step: parley.RequestAssistance, clock: "answer", due: "2026-11-24T12:01:00Z"})
			s.signs(noon.Add(time.Minute), string(borea), aster)
		}, 4 * day, clock.Disputed, "due"},
		{"the due that follows is signed", false, func(s *script) {
			s.write(noon, message{from: aster, to: borea, kind: parley.KindRequest, step: parley.RequestAssistance, clock: "answer", due: "2026-11-25T12:01:00Z"})
			s.signs(noon.Add(time.Minute), string(borea), aster)
		}, 4 * day, clock.Late, ""},
		{"a shorter clock than the promised one", false, func(s *script) {
			s.write(noon, message{from: aster, to: borea, kind: parley.KindRequest, step: parley.RequestAssistance, clock: "early"})
			s.signs(noon.Add(time.Minute), string(borea), aster)
		}, 4 * day, clock.Disputed, "clock"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			archive := ""
			if tc.archive {
				archive = third
			}
			s := newScript(t, archive)
			tc.do(s)
			r := s.at(noon.Add(tc.at))
			list := rows(t, r, "requests", borea)
			if len(list) != 1 {
				t.Fatalf("%d rows, want 1: %+v", len(list), list)
			}
			if got := list[0]; got.Verdict != tc.verdict || got.Why != tc.why {
				b, _ := r.JSON()
				t.Errorf("%s (%s), want %s (%s)\n%s", got.Verdict, got.Why, tc.verdict, tc.why, b)
			}
		})
	}
}

// TestStarts: the other ways to start a clock. REVIEW-6
func TestStarts(t *testing.T) {
	s := newScript(t, "")
	// Sent: the due is signed a moment before the entry is.
	s.write(noon, message{from: aster, to: borea, kind: parley.KindHotline, rank: parley.Flash, clock: "sent", due: "2026-11-25T11:59:50Z"})
	s.signs(noon.Add(time.Minute), string(borea), aster)
	// Seen: nothing runs before; a receipt that only says seen names its message inside.
	quiet := s.write(noon, message{from: aster, to: borea, kind: parley.KindMemo})
	seen := s.write(noon, message{from: aster, to: borea, kind: parley.KindMemo})
	_ = quiet
	s.signs(noon.Add(time.Minute), string(borea), aster)
	s.write(noon.Add(hour), message{from: borea, to: aster, kind: parley.KindReceipt, step: string(seal.SaysSeen),
		content: seal.Receipt{Says: seal.SaysSeen, About: []parley.MessageID{seen}}})
	s.signs(noon.Add(hour), string(aster), borea)
	// As soon as possible: an age, never late.
	s.write(noon, message{from: aster, to: borea, kind: parley.KindPhrase})
	s.signs(noon.Add(time.Minute), string(borea), aster)
	// An event: the message itself meets the clock that it signs.
	s.write(noon, message{from: aster, to: borea, kind: "incident", step: "early", clock: "early", due: "2026-11-23T12:30:00Z"})
	s.signs(noon.Add(time.Minute), string(borea), aster)
	s.write(noon.Add(hour), message{from: aster, to: borea, kind: "incident", step: "early", clock: "early", due: "2026-11-23T12:30:00Z"})
	s.signs(noon.Add(2*hour), string(borea), aster)
	r := s.at(noon.Add(100 * day))
	want := map[string][]string{
		"flash":     {"late due 2026-11-25T11Z"},
		"memos":     {"open 99 days old", "late due 2026-11-25T13Z"},
		"phrases":   {"open"},
		"incidents": {"met due 2026-11-23T12Z", "late due 2026-11-23T12Z"},
	}
	got := map[string][]string{}
	for id := range want {
		by := borea
		if id == "incidents" {
			by = aster
		}
		for _, row := range rows(t, r, id, by) {
			x := string(row.Verdict)
			if row.Due != "" {
				x += " due " + row.Due
			}
			if id == "memos" && row.Age != "" {
				x += " 99 days old"
				if row.Age != "2399 hours" {
					t.Errorf("age %s, want 2399 hours", row.Age)
				}
			}
			got[id] = append(got[id], x)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// staged is the commitment of a report in stages, before the one that refrains.
const staged = `[[promises.commitment]]
id = "full"
title = { en = "A full report follows" }
sort = "answer"
kinds = ["incident"]
steps = ["early"]
next = ["full", "final"]
clock = "sent"

[[promises.commitment]]
id = "refrain"`

// TestStages: the next step of a report is owed by its author. REVIEW-7
func TestStages(t *testing.T) {
	s := newScript(t, "", "[[promises.commitment]]\nid = \"refrain\"", staged)
	tell := func(at time.Time, step string, answers parley.MessageID) parley.MessageID {
		id := s.write(at, message{from: borea, to: aster, kind: "incident", step: step, answers: answers})
		s.signs(at.Add(time.Minute), string(aster), borea)
		return id
	}
	tell(noon.Add(day), "full", tell(noon, "early", parley.MessageID{}))
	tell(noon.Add(5*day), "final", tell(noon.Add(2*day), "early", parley.MessageID{}))
	tell(noon.Add(6*day), "early", parley.MessageID{})
	var got []clock.Verdict
	for _, row := range rows(t, s.at(noon.Add(7*day)), "full", borea) {
		got = append(got, row.Verdict)
	}
	if diff := cmp.Diff([]clock.Verdict{clock.Met, clock.Late, clock.Open}, got); diff != "" {
		t.Error(diff)
	}
}

// TestPromises: what is owed once and in each period. REVIEW-10
func TestPromises(t *testing.T) {
	s := newScript(t, "")
	for _, p := range []parley.Party{aster, borea} {
		other := map[parley.Party]parley.Party{aster: borea, borea: aster}[p]
		s.write(noon, message{from: p, to: other, kind: parley.KindHotline})
		s.signs(noon, string(other), p)
	}
	tell := func(at time.Time, kind parley.Kind, exercise bool) {
		s.write(at, message{from: borea, to: aster, kind: kind, exercise: exercise})
		s.signs(at.Add(time.Minute), string(aster), borea)
	}
	tell(noon.Add(5*day), "call", false)
	tell(noon.Add(6*day), "call", true) // an exercise is no call
	tell(noon.Add(20*day), "call", false)
	tell(noon.Add(40*day), "call", false)
	tell(noon.Add(59*day), "contact", false)
	r := s.at(noon.Add(70 * day))
	verdicts := func(id string, by parley.Party) (list []clock.Verdict) {
		for _, row := range rows(t, r, id, by) {
			list = append(list, row.Verdict)
		}
		return list
	}
	if diff := cmp.Diff([]clock.Verdict{clock.Met, clock.Late, clock.Open}, verdicts("confirmed", borea)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]clock.Verdict{clock.Met}, verdicts("bodies", borea)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]clock.Verdict{clock.Late}, verdicts("bodies", aster)); diff != "" {
		t.Error(diff)
	}
	if n := len(rows(t, r, "refrain", aster)); n != 0 {
		t.Errorf("a standing promise has %d rows", n)
	}
}

// TestCounts: exercises are counted apart, requests by what is asked, and remarks
// stand beside their row. REVIEW-11 to REVIEW-13
func TestCounts(t *testing.T) {
	s := newScript(t, "")
	id := s.request(noon)
	s.write(noon.Add(hour), message{from: borea, to: aster, kind: parley.KindResponse, step: parley.ResponseOffer, answers: id})
	s.write(noon.Add(2*hour), message{from: borea, to: aster, kind: parley.KindResponse, step: parley.ResponseResult, answers: id})
	s.signs(noon.Add(3*hour), string(aster), borea)
	s.write(noon, message{from: aster, to: borea, kind: parley.KindRequest, step: parley.RequestAssistance, exercise: true})
	s.signs(noon, string(borea), aster)
	row := rows(t, s.at(noon.Add(4*day)), "requests", borea)[0].Name
	for i, text := range []string{"First word.", "Last word."} {
		s.write(noon.Add(time.Duration(5+i)*day), message{from: borea, to: aster, kind: parley.KindRemark,
			content: form.RemarkContent{Row: row, Text: form.TextContent{Language: "en", Text: text}}})
	}
	s.write(noon.Add(5*day), message{from: aster, to: borea, kind: parley.KindHotline, rank: parley.Flash, closed: true})
	s.write(noon.Add(5*day), message{from: aster, to: borea, kind: parley.KindHotline, void: seal.VoidSignature})
	shut := s.write(noon.Add(5*day), message{from: aster, to: borea, kind: parley.KindRequest})
	s.write(noon.Add(5*day), message{from: borea, to: aster, kind: parley.KindReceipt, step: string(seal.SaysUnreadable),
		content: seal.Receipt{Says: seal.SaysUnreadable, About: []parley.MessageID{shut}}})
	r := s.at(noon.Add(9 * day))
	if diff := cmp.Diff(review.Counts{Due: 1, Met: 1}, counts(t, r, "requests", borea)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]review.Requests{{By: aster, Of: borea, Step: "assistance", Asked: 1, Offered: 1, Given: 1},
		{By: aster, Of: borea, Step: "assistance", Exercise: true, Asked: 1}}, r.Requests); diff != "" {
		t.Error(diff)
	}
	got := rows(t, r, "requests", borea)[0].Remarks
	if len(got) != 1 || got[0].Text != "Last word." || got[0].By != borea {
		t.Errorf("remarks %+v", got)
	}
	if len(r.Void) != 1 || len(r.Closed) != 1 || len(r.Unreadable) != 1 {
		t.Errorf("void %v, closed %v, unreadable %v: want one of each", r.Void, r.Closed, r.Unreadable)
	}
	var text bytes.Buffer
	if err := r.Text(&text); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"%", "score", "total"} {
		if strings.Contains(text.String(), bad) {
			t.Errorf("the table says %q:\n%s", bad, text.String())
		}
	}
}

// TestCut: what is beyond the cut counts for nothing, in whatever order the
// stamps come, and a cut survives its own spelling. REVIEW-1, REVIEW-2, REVIEW-14
func TestCut(t *testing.T) {
	s := newScript(t, third)
	first := s.request(noon)
	early := s.cut(noon.Add(4 * day))
	before, err := s.review(early).JSON()
	if err != nil {
		t.Fatal(err)
	}
	s.write(noon.Add(day), message{from: borea, to: aster, kind: parley.KindResponse, step: parley.ResponseResult, answers: first})
	s.signs(noon.Add(day), string(aster), borea)
	s.request(noon.Add(5 * day))
	s.signs(noon.Add(5*day), third, aster)
	for i, j := 0, len(s.stamps)-1; i < j; i, j = i+1, j-1 {
		s.stamps[i], s.stamps[j] = s.stamps[j], s.stamps[i]
	}
	after, err := s.review(early).JSON()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Error(diff)
	}
	for _, b := range [][]byte{before, []byte(early.String()), []byte("cut " + early.String() + "\n")} {
		c, err := review.ParseCut(b)
		if err != nil {
			t.Fatal(err)
		}
		if c.String() != early.String() {
			t.Errorf("%s, want %s", c, early)
		}
	}
	for _, b := range []string{"", "{}", "2026-11-23T12:00:00Z", "yesterday a=1=b", early.String() + " " + early.String()[21:]} {
		if _, err := review.ParseCut([]byte(b)); parley.KindOf(err) != parley.Invalid || err == nil {
			t.Errorf("%.60q: %v, want it refused", b, err)
		}
	}
}
