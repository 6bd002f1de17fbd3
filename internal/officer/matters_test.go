package officer

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
)

// TestHandOverCarriesOpenMatters: what is open when a turn ends stands in its
// record, for its own body, and stays there when the matter is closed.
func TestHandOverCarriesOpenMatters(t *testing.T) {
	ctx, d := context.Background(), watchDesk(t)
	open := map[parley.Body][]Matter{
		cert: {{What: MatterWaits, Name: "borea/42", Body: cert, With: "borea.example/cert", Kind: "hotline", Precedence: parley.Flash, Since: d.now.Add(-time.Hour)}},
		mfa:  {{What: MatterCheck, Name: "line", Body: mfa, With: "borea.example/mfa", Due: d.now.Add(time.Hour)}},
	}
	d.watch.Ask(func(_ context.Context, bodies []parley.Body) (list []Matter, err error) {
		for _, b := range bodies {
			list = append(list, open[b]...)
		}
		return list, nil
	})
	if _, err := d.watch.Take(ctx, TakeRequest{Officer: "anna", For: 8 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	got, err := d.watch.HandOver(ctx, HandOverRequest{Officer: "anna", To: "boris", Body: cert, For: time.Hour, Note: "one flash is open"})
	if err != nil || len(got.Open) != 2 {
		t.Fatalf("after the hand-over: %+v, %v", got.Open, err)
	}
	kept := open[cert]
	delete(open, cert)
	st, err := d.watch.Status(ctx, StatusRequest{History: 10, Open: true})
	if err != nil || len(st.Open) != 1 || st.Open[0].Name != "line" {
		t.Errorf("open now: %+v, %v", st.Open, err)
	}
	var record *Turn
	for i := range st.History {
		if h := &st.History[i]; h.Body == cert && h.How == EndedHandedOver {
			record = h
		}
	}
	if record == nil {
		t.Fatal("the hand-over left no record")
	}
	if diff := cmp.Diff(kept, record.Matters); diff != "" || record.Next != "boris" || record.Note != "one flash is open" {
		t.Errorf("its record: %+v\n%s", record, diff)
	}
	if st, err := d.watch.Status(ctx, StatusRequest{}); err != nil || st.Open != nil {
		t.Errorf("asked for without being asked: %+v, %v", st.Open, err)
	}
}

// TestHandOverFailsWhole: where nobody can say what is open, nothing is handed over.
func TestHandOverFailsWhole(t *testing.T) {
	ctx, d := context.Background(), watchDesk(t)
	if _, err := d.watch.Take(ctx, TakeRequest{Officer: "anna", Body: cert, For: time.Hour}); err != nil {
		t.Fatal(err)
	}
	d.watch.Ask(func(context.Context, []parley.Body) ([]Matter, error) {
		return nil, parley.E(parley.Unavailable, "the disk is gone")
	})
	_, err := d.watch.HandOver(ctx, HandOverRequest{Officer: "anna", To: "boris", Body: cert, For: time.Hour})
	kind(t, err, parley.Unavailable)
	if st, err := d.watch.Status(ctx, StatusRequest{}); err != nil || st.Turns[0].Officer != "anna" {
		t.Errorf("half handed over: %+v %v", st.Turns, err)
	}
}
