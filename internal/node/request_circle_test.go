package node_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/clock"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// dailyCircle is Aster and Borea under an agreement with requests, in force.
func dailyCircle(t *testing.T, seed uint64) *parleytest.Circle {
	t.Helper()
	c, err := parleytest.MakeCircle(t.TempDir(), seed, parleytest.Daily, "", parleytest.Aster, parleytest.Borea)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Check(context.Background()), c.Close()); err != nil {
			t.Error(err)
		}
	})
	settle(t, c)
	return c
}

func requests(m *parleytest.Member) *node.Requests { return node.NewRequests(m.Node, m.Register) }

// wanted is a request for assistance.
func wanted() node.FormRequest {
	return node.FormRequest{SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Now: true}, Step: parley.RequestAssistance,
		Fields: map[string]any{"invokes": "3", "reading": "It covers incidents that cross our border.", "situation": "A hospital is encrypted.", "wanted": "Take the server down."}}
}

func response(id, step string, fields map[string]any) node.FormRequest {
	return node.FormRequest{SendRequest: node.SendRequest{Answers: id, Now: true}, Kind: parley.KindResponse, Step: step, Fields: fields}
}

// ask sends a request and gives its short name, once it is an entry.
func ask(t *testing.T, c *parleytest.Circle, m *parleytest.Member, r node.FormRequest) string {
	t.Helper()
	h, err := requests(m).Ask(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	sent, err := m.Node.Message(t.Context(), h.Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	return sent.Short
}

func show(t *testing.T, m *parleytest.Member, id string) node.RequestView {
	t.Helper()
	v, err := requests(m).Show(t.Context(), id, "ru")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestRequestLapses: asked, delivered, not answered: at the deadline both sides
// show the same lapse, and an answer that comes after it is late. REQUEST-3,
// REQUEST-4, REQUEST-12
func TestRequestLapses(t *testing.T) {
	c := dailyCircle(t, 41)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	r := wanted()
	r.Precedence = "immediate"
	id := ask(t, c, aster, r)
	var dues []time.Time
	for _, m := range []*parleytest.Member{aster, borea} {
		v := show(t, m, id)
		a := v.Answers[0]
		if v.Clock != "urgent" || v.Disputed != "" || a.Status != "delivered" && a.Status != "opened" || a.Running == nil || a.Running.Verdict != clock.Open ||
			!a.Running.Due.Equal(a.Running.Start.Add(4*time.Hour)) || len(a.Running.Zones) != 2 || v.Invokes != "3" {
			t.Fatalf("%s: %+v %+v", m.Name, v.RequestRow, a.Running)
		}
		dues = append(dues, a.Running.Due)
		if len(v.Fields) != 4 || v.Fields[0].Title != "Ссылка на статью" {
			t.Errorf("%s reads %+v", m.Name, v.Fields)
		}
	}
	if !dues[0].Equal(dues[1]) {
		t.Fatalf("due %s here, %s there", dues[0], dues[1])
	}
	for _, lapsed := range []bool{false, true} { // at the deadline, and a second later
		c.Clock.Advance(dues[0].Sub(c.Clock.Now()))
		if lapsed {
			c.Clock.Advance(time.Second)
		}
		for side, m := range map[string]*parleytest.Member{node.SideMine: aster, node.SideTheirs: borea} {
			list, err := requests(m).List(t.Context(), node.RequestQuery{Side: side, Overdue: true})
			if err != nil || (len(list.Rows) == 1) != lapsed {
				t.Errorf("%s, lapsed %t: %d overdue, %v", m.Name, lapsed, len(list.Rows), err)
			}
		}
	}
	if _, err := requests(borea).Respond(t.Context(), response(id, "offer", map[string]any{"time-frame": "today", "nature": "n", "scope": "s", "terms": "t"})); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	for _, m := range []*parleytest.Member{aster, borea} {
		a := show(t, m, id).Answers[0]
		if a.Status != "offered" || a.Running.Verdict != clock.Late || a.Running.Lapsed {
			t.Errorf("%s: %+v %+v", m.Name, a, a.Running)
		}
	}
}

// TestRequestUseCases: who may say what to a request, and when. REQUEST-13
func TestRequestUseCases(t *testing.T) {
	c := dailyCircle(t, 42)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	id := ask(t, c, aster, wanted())
	from := func(r node.FormRequest, body string) node.FormRequest { r.From = body; return r }
	text := map[string]any{"text": "words"}
	refused := map[string]any{"ground": "law", "text": "Article 10 forbids it."}
	result := map[string]any{"outcome": "given", "text": "It is down."}
	try := func(what string, do func(context.Context, node.FormRequest) (node.Held, error), r node.FormRequest, kind parley.ErrorKind, says string) {
		t.Helper()
		_, err := do(t.Context(), r)
		switch {
		case says == "" && err != nil:
			t.Errorf("%s: %v", what, err)
		case says != "" && (err == nil || parley.KindOf(err) != kind || !strings.Contains(err.Error(), says)):
			t.Errorf("%s: %v, want %v that says %q", what, err, kind, says)
		}
		settle(t, c)
	}
	r := requests(borea)
	try("the asker answers itself", requests(aster).Respond, response(id, "result", result), parley.Invalid, "a request of ours")
	try("a body that was not asked", r.Respond, from(response(id, "result", result), "borea.example/mfa"), parley.Forbidden, "was not asked")
	try("a ground of one's own", r.Respond, response(id, "refuse", map[string]any{"ground": "mood", "text": "no"}), parley.Invalid, "law, burden")
	try("a step that is none", r.Respond, response(id, "ponder", text), parley.Conflict, "no such thing")
	try("no request", r.Respond, response("borea/0", "result", result), parley.Invalid, "is no request")
	try("nothing named", r.Respond, response("", "result", result), parley.Invalid, "no request is named")
	try("the addressee withdraws", r.Withdraw, node.FormRequest{SendRequest: node.SendRequest{Answers: id}, Fields: map[string]any{"reason": "mistake"}}, parley.Forbidden, "only its asker")
	try("another body withdraws", requests(aster).Withdraw, from(node.FormRequest{SendRequest: node.SendRequest{Answers: id}, Fields: map[string]any{"reason": "mistake"}}, "aster.example/mfa"), parley.Forbidden, "only that body")
	try("acknowledged", r.Respond, response(id, "acknowledge", nil), 0, "")
	try("acknowledged twice", r.Respond, response(id, "acknowledge", nil), parley.Conflict, "as much already")
	try("refused", r.Respond, response(id, "refuse", refused), 0, "")
	try("progress after the refusal", r.Respond, response(id, "progress", text), parley.Conflict, "refused already")
	try("given in the end", r.Respond, response(id, "result", result), 0, "")
	try("given twice", r.Respond, response(id, "result", result), parley.Conflict, "given a result already")
	try("withdrawn after all that", requests(aster).Withdraw, node.FormRequest{SendRequest: node.SendRequest{Answers: id}, Fields: map[string]any{"reason": "mistake"}}, parley.Conflict, "nothing to withdraw")
	if v := show(t, aster, id); v.Answers[0].Status != "answered" || v.Answers[0].Running.Verdict != clock.Met || len(v.Thread) != 3 || len(v.Next) != 0 {
		t.Errorf("%+v", v)
	}

	// An article that the agreement does not list.
	bad := wanted()
	bad.Fields["invokes"] = "17"
	try("an article that is none", requests(aster).Ask, bad, parley.Invalid, "invokes")

	// Answered elsewhere: contested, and open until its asker says so.
	other := ask(t, c, aster, wanted())
	contest := response(other, "", map[string]any{"claim": "answered-elsewhere", "channel": "note verbale", "reference": "17/2026", "text": "On Tuesday."})
	contest.Kind = parley.KindContest
	try("contested", r.Respond, contest, 0, "")
	if v := show(t, aster, other); v.Answers[0].Status != "contested" || !v.Open || !slices.Contains(v.Next, "withdraw") {
		t.Errorf("%+v", v.RequestRow)
	}
	try("withdrawn", requests(aster).Withdraw, node.FormRequest{SendRequest: node.SendRequest{Answers: other, Now: true}, Fields: map[string]any{"reason": "answered-elsewhere"}}, 0, "")
	try("withdrawn twice", requests(aster).Withdraw, node.FormRequest{SendRequest: node.SendRequest{Answers: other, Now: true}, Fields: map[string]any{"reason": "mistake"}}, parley.Conflict, "withdrawn already")
	try("answered after the withdrawal", r.Respond, response(other, "result", result), parley.Conflict, "no answer is owed")
	if v := show(t, borea, other); v.Open || v.Withdrawn == "" || len(v.Next) != 0 {
		t.Errorf("%+v", v.RequestRow)
	}
}

// TestRequestTwoAnswersAtOnce: two officers of one body answer within the
// hold-back; the second is told, and the same nonce is the same answer.
func TestRequestTwoAnswersAtOnce(t *testing.T) {
	c := dailyCircle(t, 43)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	id := ask(t, c, aster, wanted())
	first := response(id, "result", map[string]any{"outcome": "given", "text": "done"})
	first.Now, first.Nonce = false, strings.Repeat("ab", 16)
	if _, err := requests(borea).Respond(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	second := response(id, "refuse", map[string]any{"ground": "law", "text": "no"})
	if _, err := requests(borea).Respond(t.Context(), second); parley.KindOf(err) != parley.Conflict {
		t.Errorf("two answers at once: %v", err)
	}
	if _, err := requests(borea).Respond(t.Context(), first); err != nil {
		t.Errorf("the same again: %v", err)
	}
	settle(t, c)
	if v := show(t, aster, id); v.Answers[0].Status != "answered" || len(v.Thread) != 1 {
		t.Errorf("%+v", v)
	}
}

// TestAttackRequestBackdated.
// THREAT: an addressee answers late, and stamps its answer with an hour before the deadline.
// ATTACK: Borea sets its clock back by a day before it answers.
// EXPECT: the entry's own time proves nothing: the answer is not in time, and is shown as backdated.
// REQUEST-11
func TestAttackRequestBackdated(t *testing.T) {
	c := dailyCircle(t, 44)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	r := wanted()
	r.Precedence = "immediate"
	id := ask(t, c, aster, r)
	c.Clock.Advance(30 * time.Hour)
	settle(t, c)
	borea.Skew = -31 * time.Hour
	if _, err := requests(borea).Respond(t.Context(), response(id, "result", map[string]any{"outcome": "given", "text": "done"})); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	v := show(t, aster, id)
	a := v.Answers[0]
	if a.Status != "answered" || !a.Backdated || a.Running.Verdict != clock.Disputed && a.Running.Verdict != clock.Late {
		t.Errorf("%+v %+v", a, a.Running)
	}
}

// TestRequestSignsDue: a clock that starts when the request is sent has its
// deadline in the signed facts; the review finds the same. REQUEST-4, CLOCK-7
func TestRequestSignsDue(t *testing.T) {
	template := strings.Replace(parleytest.Daily, "length = \"4 hours\"\nstarts = \"delivered\"\nproven = \"addressee\"", "length = \"4 hours\"\nstarts = \"sent\"\nproven = \"author\"", 1)
	c, err := parleytest.MakeCircle(t.TempDir(), 49, template, "", parleytest.Aster, parleytest.Borea)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Check(context.Background()), c.Close()); err != nil {
			t.Error(err)
		}
	})
	settle(t, c)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	r := wanted()
	r.Precedence, r.Now = "immediate", false // held back: its entry is later than its facts
	id := ask(t, c, aster, r)
	for _, m := range []*parleytest.Member{aster, borea} {
		got, err := m.Node.Message(t.Context(), id)
		if err != nil || got.Clock != "urgent" || got.Due == "" {
			t.Fatalf("%s: clock %q, due %q, %v", m.Name, got.Clock, got.Due, err)
		}
		signed, err := time.Parse("2006-01-02T15:04:05Z", got.Due)
		a := show(t, m, id).Answers[0]
		if err != nil || signed.After(a.Running.Due) || a.Running.Due.Sub(signed) > time.Minute || !a.Running.Start.Equal(got.Time.Truncate(time.Second)) {
			t.Errorf("%s: signed %s, follows %+v", m.Name, got.Due, a.Running)
		}
		file, err := m.Node.Review(t.Context(), node.ReviewRequest{})
		if err != nil || strings.Contains(string(file.Review), `"verdict": "disputed"`) || !strings.Contains(string(file.Review), `"verdict": "open"`) {
			t.Errorf("%s: %v\n%s", m.Name, err, file.Review)
		}
	}
	plain := wanted()
	if got, err := aster.Node.Message(t.Context(), ask(t, c, aster, plain)); err != nil || got.Clock != "request" || got.Due != "" {
		t.Errorf("a clock that starts with a receipt signs no deadline: %q %q %v", got.Clock, got.Due, err)
	}
}
