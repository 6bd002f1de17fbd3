package officer

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley.example/parley"
)

const cert, mfa = parley.Body("aster.example/cert"), parley.Body("aster.example/mfa")

func watchDesk(t *testing.T) *desk {
	d := newDesk(t)
	d.add(t, "anna", []string{string(cert), string(mfa)}, "send")
	d.add(t, "boris", []string{string(cert)}, "send", "override")
	d.add(t, "clara", []string{string(cert)}, "send")
	return d
}

func TestWatchTakeHandOverEnd(t *testing.T) {
	ctx, d := context.Background(), watchDesk(t)
	start := d.now
	got, err := d.watch.Take(ctx, TakeRequest{Officer: "anna", For: 8 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	want := []Turn{
		{Body: cert, Officer: "anna", Taken: start, Until: start.Add(8 * time.Hour)},
		{Body: mfa, Officer: "anna", Taken: start, Until: start.Add(8 * time.Hour)},
	}
	if diff := cmp.Diff(want, got.Turns, cmpopts.IgnoreUnexported(Turn{})); diff != "" {
		t.Error(diff)
	}

	d.now = start.Add(time.Hour)
	_, err = d.watch.HandOver(ctx, HandOverRequest{Officer: "anna", To: "boris", For: time.Hour})
	kind(t, err, parley.Forbidden) // boris does not act for mfa: nothing changes
	if st, _ := d.watch.Status(ctx, StatusRequest{}); st.Turns[0].Officer != "anna" || st.Turns[1].Officer != "anna" {
		t.Errorf("half handed over: %+v", st.Turns)
	}
	if _, err = d.watch.HandOver(ctx, HandOverRequest{Officer: "anna", To: "boris", Body: cert, For: time.Hour, Note: "one inquiry is open"}); err != nil {
		t.Fatal(err)
	}
	_, err = d.watch.HandOver(ctx, HandOverRequest{Officer: "anna", To: "clara", Body: cert, For: time.Hour})
	kind(t, err, parley.Conflict) // it is not hers any more

	d.now = start.Add(90 * time.Minute)
	got, err = d.watch.End(ctx, EndRequest{Officer: "anna"})
	if err != nil || len(got.Turns) != 1 || got.Turns[0].Officer != "boris" || !got.Turns[0].Attended(d.now) {
		t.Errorf("after anna's end: %+v, %v", got.Turns, err)
	}
	st, err := d.watch.Status(ctx, StatusRequest{History: 10})
	if err != nil {
		t.Fatal(err)
	}
	history := []Turn{
		{Body: cert, Officer: "boris", Taken: start.Add(time.Hour), Until: start.Add(2 * time.Hour)},
		{Body: mfa, Officer: "anna", Taken: start, Until: start.Add(8 * time.Hour), Ended: start.Add(90 * time.Minute), How: EndedEnded},
		{Body: cert, Officer: "anna", Taken: start, Until: start.Add(8 * time.Hour), Ended: start.Add(time.Hour), How: EndedHandedOver, Next: "boris", Note: "one inquiry is open"},
	}
	if diff := cmp.Diff(history, st.History, cmpopts.IgnoreUnexported(Turn{})); diff != "" {
		t.Error(diff)
	}
}

func TestWatchTakenByAnother(t *testing.T) {
	ctx, d := context.Background(), watchDesk(t)
	take := func(name, reason string) error {
		_, err := d.watch.Take(ctx, TakeRequest{Officer: name, Body: cert, For: time.Hour, Reason: reason})
		return err
	}
	if err := take("clara", ""); err != nil {
		t.Fatal(err)
	}
	kind(t, take("anna", ""), parley.Conflict)
	kind(t, take("anna", "she fell ill"), parley.Forbidden) // no override
	if err := take("boris", "she fell ill"); err != nil {
		t.Fatal(err)
	}
	if err := take("boris", ""); err != nil {
		t.Errorf("prolong one's own: %v", err)
	}
	d.now = d.now.Add(time.Hour) // his time is over, to the second
	st, _ := d.watch.Status(ctx, StatusRequest{})
	if st.Turns[0].Attended(d.now) {
		t.Error("attended after its time")
	}
	if err := take("anna", ""); err != nil {
		t.Errorf("take a watch that has run out: %v", err)
	}
	st, _ = d.watch.Status(ctx, StatusRequest{History: 10})
	var how []string
	for _, turn := range st.History {
		how = append(how, turn.How)
	}
	if diff := cmp.Diff([]string{"", EndedLapsed, EndedHandedOver, EndedTakenOver}, how); diff != "" {
		t.Error(diff)
	}
	if _, err := d.Remove(ctx, RemoveRequest{Name: "anna"}); err != nil {
		t.Fatal(err)
	}
	if st, _ := d.watch.Status(ctx, StatusRequest{History: 1}); len(st.Turns) != 0 || st.History[0].How != EndedRemoved {
		t.Errorf("after her removal: %+v", st)
	}
}

func TestWatchRefuses(t *testing.T) {
	ctx, d := context.Background(), watchDesk(t)
	for _, c := range []struct {
		in   TakeRequest
		want parley.ErrorKind
	}{
		{TakeRequest{Officer: "nobody", For: time.Hour}, parley.NotFound},
		{TakeRequest{Officer: "boris", Body: mfa, For: time.Hour}, parley.Forbidden},
		{TakeRequest{Officer: "boris", For: 0}, parley.Invalid},
		{TakeRequest{Officer: "boris", For: 25 * time.Hour}, parley.Invalid},
		{TakeRequest{Officer: "boris", For: time.Hour, Reason: "\xff"}, parley.Invalid},
	} {
		_, err := d.watch.Take(ctx, c.in)
		kind(t, err, c.want)
	}
	_, err := d.watch.End(ctx, EndRequest{Officer: "boris"})
	kind(t, err, parley.Conflict)
}
