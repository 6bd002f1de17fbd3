package node_test

import (
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/register"
)

func callCircle(t *testing.T, parties ...parley.Party) (*parleytest.Circle, *parleytest.Member, *parleytest.Member) {
	t.Helper()
	c := parleytest.NewCircle(t, 72, "", parties...)
	settle(t, c)
	return c, c.Nodes[aster], c.Nodes[borea]
}

func callsAt(t *testing.T, m *parleytest.Member) []node.Call {
	t.Helper()
	list, err := node.NewLists(m.Node, m.Register).Calls().List(t.Context(), node.ListRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return list.Calls
}

func spoke(at string) map[string]any {
	return map[string]any{"at": at, "direction": "out", "route": "telephone", "role": "duty-officer", "result": "spoke", "minutes": "4"}
}

// A call is put on record by one side and confirmed by the other; both show the same. CALL-2, CALL-3
func TestCallConfirmed(t *testing.T) {
	c, a, b := callCircle(t)
	now := c.Clock.Now().UTC().Truncate(time.Second)
	at := now.Add(-10 * time.Minute).Format(time.RFC3339)
	record := func(fields map[string]any) error {
		_, err := a.Node.RecordCall(t.Context(), node.FormRequest{SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Now: true}, Fields: fields})
		return err
	}
	for name, fields := range map[string]map[string]any{
		"tomorrow":              spoke(now.Add(24 * time.Hour).Format(time.RFC3339)),
		"two years ago":         spoke(now.AddDate(-2, 0, 0).Format(time.RFC3339)),
		"on no day":             spoke("2026-02-30T09:00:00Z"),
		"longer than it lasted": {"at": at, "direction": "out", "route": "telephone", "role": "cert", "result": "spoke", "minutes": "60"},
		"to nobody":             {"at": at, "direction": "out", "route": "telephone", "result": "spoke"},
		"to a person":           {"at": at, "direction": "out", "route": "telephone", "role": "Anna Berg", "result": "spoke"},
		"with a stray field":    {"at": at, "direction": "out", "route": "telephone", "result": "busy", "number": "+1 555"},
	} {
		if err := record(fields); parley.KindOf(err) != parley.Invalid {
			t.Errorf("a call %s: %v", name, err)
		}
	}
	if err := record(spoke(at)); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	mine := callsAt(t, a)
	if len(mine) != 1 || mine[0].Stands != register.CallRecorded || mine[0].Call.Minutes != 4 || !mine[0].Ours {
		t.Fatalf("at Aster: %+v", mine)
	}
	answer := func(at *parleytest.Member, from string) error {
		_, err := at.Node.ConfirmCall(t.Context(), node.FormRequest{SendRequest: node.SendRequest{Answers: mine[0].Ref, From: from, Now: true}, Fields: map[string]any{"role": "duty-officer"}})
		return err
	}
	if err := answer(a, ""); parley.KindOf(err) != parley.Forbidden {
		t.Errorf("confirmed by the side that recorded it: %v", err)
	}
	if err := answer(b, "borea.example/mfa"); parley.KindOf(err) != parley.Forbidden {
		t.Errorf("confirmed by a body that was not called: %v", err)
	}
	if err := answer(b, ""); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if err := answer(b, ""); parley.KindOf(err) != parley.Conflict {
		t.Errorf("confirmed twice: %v", err)
	}
	if _, err := b.Node.DenyCall(t.Context(), node.FormRequest{SendRequest: node.SendRequest{Answers: mine[0].Ref}, Fields: map[string]any{"reason": "no-call"}}); parley.KindOf(err) != parley.Conflict {
		t.Errorf("denied after it was confirmed: %v", err)
	}
	for _, m := range []*parleytest.Member{a, b} {
		x := callsAt(t, m)[0]
		if x.Stands != register.CallConfirmed || len(x.Answers) != 1 || x.Answers[0].Role != "duty-officer" || x.Waits || x.Impossible {
			t.Errorf("at %s: %+v", m.Name, x)
		}
	}
}

// A record of a call that had not been made, by a node that does not keep the rule,
// is shown as impossible, and nobody confirms it. CALL-5
func TestCallImpossible(t *testing.T) {
	c, a, b := callCircle(t)
	form := node.FormRequest{SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Now: true}, Kind: parley.KindCall, Step: parley.CallRecord,
		Fields: spoke(c.Clock.Now().UTC().Add(48 * time.Hour).Truncate(time.Second).Format(time.RFC3339))}
	if _, err := a.Node.SendForm(t.Context(), form); err != nil { // past RecordCall
		t.Fatal(err)
	}
	settle(t, c)
	x := callsAt(t, b)[0]
	if !x.Impossible {
		t.Errorf("not shown as impossible: %+v", x)
	}
	if _, err := b.Node.ConfirmCall(t.Context(), node.FormRequest{SendRequest: node.SendRequest{Answers: x.Ref}}); parley.KindOf(err) != parley.Invalid {
		t.Errorf("confirmed: %v", err)
	}
	if _, err := b.Node.DenyCall(t.Context(), node.FormRequest{SendRequest: node.SendRequest{Answers: x.Ref, Now: true}, Fields: map[string]any{"reason": "time", "note": "that hour is still to come"}}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if x := callsAt(t, a)[0]; x.Stands != register.CallDenied || x.Answers[0].Reason != "time" || x.Answers[0].Note == "" {
		t.Errorf("at Aster: %+v", x)
	}
}

// A confirmation by the side that recorded it, or by a body that was not called,
// counts for nothing where a node sends one; two bodies that differ are a conflict. CALL-3, CALL-4
func TestCallAnswersThatCountForNothing(t *testing.T) {
	c, a, b := callCircle(t)
	at := c.Clock.Now().UTC().Add(-time.Minute).Truncate(time.Second).Format(time.RFC3339)
	fields := map[string]any{"at": at, "direction": "out", "route": "telephone", "result": "no-answer"}
	if _, err := a.Node.RecordCall(t.Context(), node.FormRequest{SendRequest: node.SendRequest{To: []string{"borea.example/cert", "borea.example/mfa"}, Now: true}, Fields: fields}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	ref := callsAt(t, a)[0].Ref
	send := func(m *parleytest.Member, from, to, step string, fields map[string]any) {
		t.Helper()
		if _, err := m.Node.SendForm(t.Context(), node.FormRequest{SendRequest: node.SendRequest{From: from, To: []string{to}, Answers: ref, Now: true},
			Kind: parley.KindCall, Step: step, Fields: fields}); err != nil {
			t.Fatal(err)
		}
		settle(t, c)
	}
	stands := func(want string) {
		t.Helper()
		for _, m := range []*parleytest.Member{a, b} {
			if x := callsAt(t, m)[0]; x.Stands != want {
				t.Errorf("at %s it is %s, want %s", m.Name, x.Stands, want)
			}
		}
	}
	send(a, "aster.example/mfa", "borea.example/cert", parley.CallConfirm, map[string]any{})
	stands(register.CallRecorded)
	send(b, "borea.example/cert", "aster.example/cert", parley.CallConfirm, map[string]any{})
	stands(register.CallConfirmed)
	send(b, "borea.example/mfa", "aster.example/cert", parley.CallDeny, map[string]any{"reason": "no-call"})
	stands(register.CallConflict)
}

// Call words: the same on both screens, each slot once, in its hour, by its side. CALL-8 to CALL-12
func TestCallWords(t *testing.T) {
	c, a, b := callCircle(t)
	toBorea, toAster := node.WordsRequest{Theirs: "borea.example/cert"}, node.WordsRequest{Theirs: "aster.example/cert"}
	if _, err := a.Node.SayCallWords(t.Context(), toBorea); parley.KindOf(err) != parley.Unavailable {
		t.Errorf("words without a secret: %v", err)
	}
	for name, until := range map[string]string{"past": "2020-01-01T00:00:00Z", "for ever": "2099-01-01T00:00:00Z", "none": "soon"} {
		if _, err := a.Node.NewCallWords(t.Context(), node.WordsRequest{Theirs: "borea.example/cert", Until: until}); parley.KindOf(err) != parley.Invalid {
			t.Errorf("a secret until %s: %v", name, err)
		}
	}
	if _, err := a.Node.NewCallWords(t.Context(), toBorea); err != nil {
		t.Fatal(err)
	}
	if err := a.Step(t.Context()); err != nil { // in our journal, and not opened over there
		t.Fatal(err)
	}
	c.Clock.Advance(time.Second)
	settle(t, c)
	said, err := a.Node.SayCallWords(t.Context(), toBorea)
	if err != nil {
		t.Fatal(err)
	}
	screen, err := b.Node.CallWordsOf(t.Context(), toAster)
	if err != nil || screen.Called == nil || screen.Called.Caller != said.Caller || screen.Called.Called != said.Called {
		t.Fatalf("the two screens differ: %+v, %+v, %v", said, screen.Called, err)
	}
	if screen.Calling == nil || screen.Calling.Caller == said.Caller {
		t.Error("the other direction has the same words")
	}
	hear := func(heard string) error {
		_, err := b.Node.HearCallWords(t.Context(), node.WordsRequest{Theirs: "aster.example/cert", Heard: heard})
		return err
	}
	if err := hear("river of doubt"); parley.KindOf(err) != parley.Invalid {
		t.Errorf("no words of the list: %v", err)
	}
	if err := hear(said.Called.String()); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("the answer said first: %v", err)
	}
	if err := hear(said.Caller.String()); err != nil {
		t.Fatalf("the right words: %v", err)
	}
	if err := hear(said.Caller.String()); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("THREAT: words that were overheard, said again: %v", err)
	}
	restart(t, b) // what was heard is durable
	settle(t, c)
	if err := hear(said.Caller.Spoken()); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("THREAT: overheard, and said in digits after a restart: %v", err)
	}
	second, err := a.Node.SayCallWords(t.Context(), toBorea)
	if err != nil || second.Slot.N != said.Slot.N+1 {
		t.Fatalf("the second call: %+v %v", second, err)
	}
	third, err := a.Node.SayCallWords(t.Context(), toBorea)
	if err != nil {
		t.Fatal(err)
	}
	if err := hear(third.Caller.String()); err != nil {
		t.Errorf("the third call, after one that was not taken: %v", err)
	}
	if err := hear(second.Caller.String()); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("THREAT: words of a call that was never heard, kept for later: %v", err)
	}
	for range 5 {
		if _, err := a.Node.SayCallWords(t.Context(), toBorea); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Node.SayCallWords(t.Context(), toBorea); parley.KindOf(err) != parley.Unavailable {
		t.Errorf("a ninth call of the hour: %v", err)
	}
	c.Clock.Advance(2 * time.Hour)
	if err := hear(second.Caller.String()); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("THREAT: words of an hour that is over: %v", err)
	}
	if _, err := a.Node.SayCallWords(t.Context(), toBorea); err != nil {
		t.Errorf("the next hour: %v", err)
	}
	calling, called, _, err := a.Node.CallCard(t.Context(), toBorea, 12)
	if err != nil || len(calling) != 12 || len(called) != 12 {
		t.Fatalf("card: %d %d %v", len(calling), len(called), err)
	}
	if err := hear(calling[6].Caller.String()); err != nil {
		t.Errorf("line 7 of the card: %v", err)
	}
	if err := hear(calling[6].Caller.String()); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("THREAT: a line of the card twice: %v", err)
	}
	c.Clock.Advance(181 * 24 * time.Hour)
	if err := hear(calling[8].Caller.String()); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("THREAT: a card that was found after its time: %v", err)
	}
}

// A secret that the other side has not opened is not spoken with. CALL-8
func TestCallWordsNotOpenedYet(t *testing.T) {
	c, a, b := callCircle(t)
	if err := b.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Node.NewCallWords(t.Context(), node.WordsRequest{Theirs: "borea.example/cert"}); err != nil {
		t.Fatal(err)
	}
	if err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Node.SayCallWords(t.Context(), node.WordsRequest{Theirs: "borea.example/cert"}); parley.KindOf(err) != parley.Unavailable {
		t.Errorf("said: %v", err)
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	settle(t, c)
	if _, err := a.Node.SayCallWords(t.Context(), node.WordsRequest{Theirs: "borea.example/cert"}); err != nil {
		t.Errorf("after it was opened: %v", err)
	}
}

// A desk says until when it is attended; the other desk sees it, and its end. CALL-7
func TestAttended(t *testing.T) {
	c, a, b := callCircle(t)
	now := c.Clock.Now().UTC().Truncate(time.Second)
	for name, r := range map[string]node.AttendRequest{
		"in the past":       {Until: now.Add(-time.Hour).Format(time.RFC3339)},
		"for two months":    {Until: now.AddDate(0, 2, 0).Format(time.RFC3339)},
		"until no time":     {Until: "tonight"},
		"by a person":       {Until: now.Add(time.Hour).Format(time.RFC3339), Role: "Anna Berg"},
		"by a foreign body": {Until: now.Add(time.Hour).Format(time.RFC3339), From: "borea.example/cert"},
	} {
		if _, err := a.Node.Attend(t.Context(), r); parley.KindOf(err) != parley.Invalid && parley.KindOf(err) != parley.Forbidden || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	seen := func() node.Attendance {
		t.Helper()
		settle(t, c)
		list, err := b.Node.Attendance(t.Context())
		if err != nil || len(list) != 1 || list[0].Ours || list[0].Body != "aster.example/cert" {
			t.Fatalf("at Borea: %+v %v", list, err)
		}
		return list[0]
	}
	if list, err := b.Node.Attendance(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("before anybody said anything: %+v %v", list, err)
	}
	if _, err := a.Node.Attend(t.Context(), node.AttendRequest{Until: now.Add(8 * time.Hour).Format(time.RFC3339), Role: "duty-officer"}); err != nil {
		t.Fatal(err)
	}
	if x := seen(); !x.Attended || x.Role != "duty-officer" || !x.Until.Equal(now.Add(8*time.Hour)) {
		t.Errorf("%+v", x)
	}
	if _, err := a.Node.Attend(t.Context(), node.AttendRequest{Until: now.Add(2 * time.Hour).Format(time.RFC3339)}); err != nil {
		t.Fatal(err)
	}
	if x := seen(); !x.Until.Equal(now.Add(2 * time.Hour)) {
		t.Errorf("the later statement does not hold: %+v", x)
	}
	c.Clock.Advance(3 * time.Hour)
	if x := seen(); x.Attended {
		t.Errorf("its time is over: %+v", x)
	}
	if _, err := a.Node.Attend(t.Context(), node.AttendRequest{Until: c.Clock.Now().Add(8 * time.Hour).UTC().Truncate(time.Second).Format(time.RFC3339)}); err != nil {
		t.Fatal(err)
	}
	if x := seen(); !x.Attended {
		t.Errorf("again: %+v", x)
	}
	reached := func(of string) int {
		t.Helper()
		r, err := b.Node.Reach(t.Context(), node.ContactQuery{Of: of})
		if err != nil {
			t.Fatal(err)
		}
		return len(r.Desks)
	}
	if reached("") != 1 || reached("aster.example") != 1 || reached("aster.example/cert") != 1 || reached("borea.example/cert") != 0 {
		t.Error("whom one can reach now does not say that the desk is attended")
	}
	if _, err := a.Node.Succeed(t.Context(), node.SucceedRequest{}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if x := seen(); !x.Attended {
		t.Errorf("a succession has taken back what was said before: %+v", x)
	}
	if _, err := a.Node.EndAttended(t.Context(), node.AttendRequest{}); err != nil {
		t.Fatal(err)
	}
	if x := seen(); x.Attended || x.Ended.IsZero() || reached("") != 0 {
		t.Errorf("ended: %+v", x)
	}
}
