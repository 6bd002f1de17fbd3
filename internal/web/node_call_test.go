package web

import (
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// Calls, checks and statements of two real nodes: an officer does and sees what is
// for their bodies, and nothing else.
func TestDeskCallsOnTwoNodes(t *testing.T) {
	l := newLineOf(t, parleytest.DefaultTemplate)
	ctx := t.Context()
	forbidden := func(err error, what string) {
		t.Helper()
		if parley.KindOf(err) != parley.Forbidden {
			t.Errorf("%s: %v", what, err)
		}
	}
	// A test of the line.
	ping := node.PingRequest{To: "borea.example/cert", Route: "telephone", From: "aster.example/cert"}
	forbidden(l.aster.PingRoute(ctx, l.clara, ping), "a ping without the role")
	if err := l.aster.PingRoute(ctx, l.anna, ping); err != nil {
		t.Fatal(err)
	}
	l.settle()
	c, err := l.borea.Checks(ctx, l.boris, node.RouteHistoryRequest{})
	if err != nil || len(c.Open) != 1 {
		t.Fatalf("at Borea: %+v %v", c, err)
	}
	if other, err := l.borea.Checks(ctx, l.reader, node.RouteHistoryRequest{}); err != nil || len(other.Open)+len(other.History.Tests) != 0 {
		t.Errorf("another body's officer sees %+v, %v", other, err)
	}
	mine, err := l.aster.Checks(ctx, l.anna, node.RouteHistoryRequest{})
	if err != nil || len(mine.Open) != 1 || mine.Open[0].Code == "" {
		t.Fatalf("at Aster: %+v %v", mine, err)
	}
	reply := node.RouteReply{Ping: c.Open[0].ID, Code: mine.Open[0].Code, Role: "duty-officer"}
	forbidden(l.borea.FollowCheck(ctx, l.reader, reply, false), "a reply by another body's officer")
	if err := l.borea.FollowCheck(ctx, l.boris, reply, false); err != nil {
		t.Fatal(err)
	}
	l.settle()
	if mine, err = l.aster.Checks(ctx, l.anna, node.RouteHistoryRequest{}); err != nil || len(mine.Open) != 0 || mine.History.Tests[0].Result != "answered" {
		t.Errorf("after the reply: %+v %v", mine, err)
	}
	// A call.
	record := FormDraft{Kind: parley.KindCall, Step: parley.CallRecord, Fields: map[string]any{"direction": "out", "route": "telephone", "result": "no-answer",
		"at": l.aster.Now().UTC().Add(-time.Minute).Truncate(time.Second).Format(time.RFC3339)}}
	record.From, record.To, record.Nonce = "aster.example/cert", []parley.Body{"borea.example/cert"}, parley.Nonce{15: 9}
	forbidden(l.aster.SendCall(ctx, l.clara, record), "a record without the role")
	if err := l.aster.SendCall(ctx, l.anna, record); err != nil {
		t.Fatal(err)
	}
	l.settle()
	list, err := l.borea.Calls(ctx, l.boris, Page{Limit: 50})
	if err != nil || len(list.Calls) != 1 || !list.Calls[0].Waits {
		t.Fatalf("calls at Borea: %+v %v", list, err)
	}
	if hidden, err := l.borea.Calls(ctx, l.reader, Page{Limit: 50}); err != nil || len(hidden.Calls) != 0 {
		t.Errorf("another body's officer sees %+v, %v", hidden, err)
	}
	deny := FormDraft{Kind: parley.KindCall, Step: parley.CallDeny, Fields: map[string]any{"reason": "no-call"}}
	deny.Answers, deny.Nonce = list.Calls[0].ID, parley.Nonce{15: 10}
	forbidden(l.borea.SendCall(ctx, l.reader, deny), "a denial by another body's officer")
	if err := l.borea.SendCall(ctx, l.boris, deny); err != nil {
		t.Fatal(err)
	}
	l.settle()
	if list, err = l.aster.Calls(ctx, l.anna, Page{Limit: 50}); err != nil || list.Calls[0].Stands != "denied" {
		t.Errorf("calls at Aster: %+v %v", list, err)
	}
	// Words, and what a desk says of its watch.
	pair := node.WordsRequest{Ours: "aster.example/cert", Theirs: "borea.example/cert"}
	if err := l.aster.NewWords(ctx, l.anna, pair); err != nil {
		t.Fatal(err)
	}
	_, err = l.borea.Words(ctx, l.reader, node.WordsRequest{Ours: "borea.example/cert", Theirs: "aster.example/cert"})
	forbidden(err, "the words of another body")
	forbidden(l.aster.Attend(ctx, l.clara, node.AttendRequest{From: "aster.example/cert", Until: "2099-01-01T00:00:00Z"}, false), "attended without the role")
	until := l.aster.Now().UTC().Add(8 * time.Hour).Truncate(time.Second)
	if err := l.aster.Attend(ctx, l.anna, node.AttendRequest{From: "aster.example/cert", Until: until.Format(time.RFC3339)}, false); err != nil {
		t.Fatal(err)
	}
	l.settle()
	lines, err := l.borea.Lines(ctx, l.boris)
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for _, x := range lines {
		seen = seen || x.Party == "aster.example" && len(x.Attended) == 1 && x.Attended[0].Attended && x.Attended[0].Until.Equal(until)
	}
	if !seen {
		t.Errorf("the line does not say that Aster's desk is attended: %+v", lines)
	}
}
