package web

import (
	"context"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/callwords"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// calling is the calls, checks and statements that a memory knows by heart. It
// implements Calling.
type calling struct {
	calls    node.CallList
	checks   Checks
	told     []node.Attendance
	words    node.CallWords
	did      []string
	nextCall error // what the next act answers
}

func (m *calling) act(what ...string) error {
	err := m.nextCall
	m.nextCall = nil
	if err == nil {
		m.did = append(m.did, strings.Join(what, " "))
	}
	return err
}

func (m *calling) Calls(context.Context, officer.Officer, Page) (node.CallList, error) {
	return m.calls, nil
}

func (m *calling) SendCall(_ context.Context, _ officer.Officer, d FormDraft) error {
	what := []string{d.Step, d.Answers}
	for _, b := range d.To {
		what = append(what, string(b))
	}
	for _, name := range []string{"result", "role", "reason"} {
		if v, ok := d.Fields[name].(string); ok {
			what = append(what, name+"="+v)
		}
	}
	return m.act(what...)
}

func (m *calling) Words(context.Context, officer.Officer, node.WordsRequest) (node.CallWords, error) {
	return m.words, nil
}

func (m *calling) NewWords(_ context.Context, _ officer.Officer, r node.WordsRequest) error {
	return m.act("new", r.Theirs)
}

func (m *calling) SayWords(_ context.Context, _ officer.Officer, r node.WordsRequest) (callwords.Exchange, error) {
	return spokenWords, m.act("say", r.Theirs)
}

func (m *calling) HearWords(_ context.Context, _ officer.Officer, r node.WordsRequest) (callwords.Exchange, error) {
	return spokenWords, m.act("heard", r.Theirs, r.Heard)
}

func (m *calling) Checks(context.Context, officer.Officer, node.RouteHistoryRequest) (Checks, error) {
	return m.checks, nil
}

func (m *calling) PingRoute(_ context.Context, _ officer.Officer, r node.PingRequest) error {
	return m.act("ping", r.To, r.Route)
}

func (m *calling) FollowCheck(_ context.Context, _ officer.Officer, r node.RouteReply, tried bool) error {
	if tried {
		return m.act("tried", r.Result)
	}
	return m.act("reply", r.From, r.Result, r.Code, r.Role)
}

func (m *calling) Attendance(context.Context, officer.Officer) ([]node.Attendance, error) {
	return m.told, nil
}

func (m *calling) Attend(_ context.Context, _ officer.Officer, r node.AttendRequest, ended bool) error {
	if ended {
		return m.act("ended", r.From)
	}
	return m.act("attended", r.From, r.Until, r.Role)
}

var spokenWords = callwords.Exchange{Slot: callwords.Slot{Hour: 1, N: 1},
	Caller: callwords.Half{Words: [3]string{"river", "window", "lemon"}, Digits: "12345678"}, Called: callwords.Half{Words: [3]string{"candle", "pigeon", "amber"}, Digits: "87654321"}}

// called puts a call of Borea and two tests on the desk.
func called(h *house) {
	at := h.now().UTC()
	h.calls.Calls = []node.Call{{Row: node.Row{ID: strings.Repeat("d", 64), Short: "borea/9", From: boreaCert, To: []parley.Body{asterCert}, State: "opened", Waits: true},
		Stands: "recorded"}}
	h.calls.Calls[0].Call.At, h.calls.Calls[0].Call.Direction, h.calls.Calls[0].Call.Route = "2026-11-22T08:55:00Z", "out", "telephone"
	h.calls.Calls[0].Call.Result, h.calls.Calls[0].Call.Role = "spoke", "duty-officer"
	h.checks = Checks{
		Due: []node.DueCheck{{Series: "telephone", Route: "telephone", Body: boreaCert, Every: "6 months", State: "overdue", Next: at.Add(-time.Hour)}},
		Open: []node.RouteTest{
			{Ping: "borea/10", ID: strings.Repeat("e", 64), From: boreaCert, Body: asterCert, Other: boreaCert, Route: "telephone", Sent: at, Due: at.Add(time.Hour), Result: "open"},
			{Ping: "aster/11", ID: strings.Repeat("f", 64), Ours: true, From: asterCert, Body: boreaCert, Other: boreaCert, Route: "fax", Sent: at, Result: "open", Code: "river window lemon"}},
		History: node.RouteHistory{Tests: []node.RouteTest{{Ping: "aster/7", ID: strings.Repeat("9", 64), Ours: true, From: asterCert, Body: boreaCert, Other: boreaCert,
			Route: "telephone", Sent: at, Result: "wrong code", Late: true, Reply: "borea/8", Role: "night-shift", Took: time.Minute}}, Next: "mark"},
	}
	h.told = []node.Attendance{{Body: boreaCert, Attended: true, Until: at.Add(8 * time.Hour), Role: "duty-officer", Ref: "borea/12"}}
	h.words = node.CallWords{Ours: asterCert, Theirs: boreaCert, Calling: &spokenWords, Called: &spokenWords,
		Secrets: []node.CallSecret{{Ref: "aster/3", By: asterCert, Made: at, Until: at.Add(time.Hour), Usable: true}}}
}

func TestCallsPage(t *testing.T) {
	h := newHouse(t)
	called(h)
	anna := h.as("anna")
	id := strings.Repeat("d", 64)
	anna.get("/calls").want(t, 200, "borea/9", "on record", "duty-officer", "Confirm or deny", "agrees to nothing")
	anna.post("/calls/"+id+"/confirm", "role", "duty-officer").want(t, 303)
	anna.post("/calls/"+id+"/deny", "reason", "no-call").want(t, 303)
	anna.post("/calls/"+id+"/praise").want(t, 404)
	h.nextCall = parley.E(parley.Conflict, "aster.example/cert has answered borea/9 already")
	anna.post("/calls/"+id+"/confirm").want(t, 409, "has answered borea/9 already")
	want := []string{"confirm " + id + " role=duty-officer", "deny " + id + " reason=no-call"}
	if strings.Join(h.did, "; ") != strings.Join(want, "; ") {
		t.Errorf("did %q", h.did)
	}
}

// TestWordsPage: words are shown where they are used, and stand in no address.
func TestWordsPage(t *testing.T) {
	h := newHouse(t)
	called(h)
	anna := h.as("anna")
	anna.get("/words").want(t, 200, "Where we call", "Next would be: river window lemon", "aster/3")
	anna.post("/words/say", "ours", string(asterCert), "theirs", string(boreaCert)).want(t, 200, "river window lemon", "1234 5678", "candle pigeon amber")
	anna.post("/words/heard", "ours", string(asterCert), "theirs", string(boreaCert), "heard", "river window lemon").want(t, 200, "The voice is theirs", "candle pigeon amber")
	h.nextCall = parley.E(parley.Untrusted, "these words were used at 2026-11-22T09:00:00Z: they open no second call")
	anna.post("/words/heard", "ours", string(asterCert), "theirs", string(boreaCert), "heard", "river window lemon").want(t, statuses[parley.Untrusted], "they open no second call")
	anna.post("/words/new", "ours", string(asterCert), "theirs", string(boreaCert)).want(t, 303)
	anna.post("/words/sing").want(t, 404)
}

func TestChecksPage(t *testing.T) {
	h := newHouse(t)
	called(h)
	anna := h.as("anna")
	anna.get("/checks").want(t, 200, "overdue", "On this route, say:", "river window lemon", "another code was heard", "late", "night-shift", "?after=mark#history", "never")
	anna.post("/checks/ping", "to", string(boreaCert), "route", "telephone", "nonce", strings.Repeat("0", 31)+"1").want(t, 303)
	anna.post("/checks/"+strings.Repeat("e", 64)+"/reply", "from", string(asterCert), "result", "reached", "code", "river window lemon", "role", "duty-officer").want(t, 303)
	anna.post("/checks/"+strings.Repeat("f", 64)+"/tried", "result", "failed").want(t, 303)
	anna.post("/checks/"+strings.Repeat("f", 64)+"/sung").want(t, 404)
	h.nextCall = parley.E(parley.Forbidden, "borea/10 tests [aster.example/cert]: another body cannot reply")
	anna.post("/checks/"+strings.Repeat("e", 64)+"/reply", "from", string(asterMFA)).want(t, 403, "another body cannot reply")
	want := "ping borea.example/cert telephone; reply aster.example/cert reached river window lemon duty-officer; tried failed"
	if got := strings.Join(h.did, "; "); got != want {
		t.Errorf("did %q", got)
	}
}

func TestWatchPageTellsOfDesks(t *testing.T) {
	h := newHouse(t)
	called(h)
	anna := h.as("anna")
	anna.get("/watch").want(t, 200, "What desks say of themselves", "attended until", "borea/12", "Nothing is open")
	anna.post("/watch/attended", "from", string(asterCert), "hours", "8", "role", "duty-officer").want(t, 303)
	anna.post("/watch/ended", "from", string(asterCert), "hours", "8", "role", "duty-officer").want(t, 303)
	if len(h.did) != 2 || !strings.HasPrefix(h.did[0], "attended aster.example/cert 20") || h.did[1] != "ended aster.example/cert" {
		t.Errorf("did %q", h.did)
	}
}
