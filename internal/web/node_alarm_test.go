package web

import (
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/store/sqldb"
)

// flashFollows lets a flash go on one signature; the second follows.
var flashFollows = strings.Replace(parleytest.DefaultTemplate, "[handling]",
	"[[handling.release]]\nkinds = [\"hotline\"]\nprecedences = [\"flash\"]\nsignatures = 2\nfollows = \"24 hours\"\n\n[handling]", 1)

// A flash goes on one signature and says so on both sides until another person
// than its author gives the second one at the desk. AGREEMENT-16, ENTRY-12
func TestDeskGivesTheSecondSignatureLater(t *testing.T) {
	l := newLineOf(t, flashFollows)
	ctx := t.Context()
	sent := l.send(1, parley.Flash, "It cannot wait.")
	l.settle()
	if v := l.see(l.aster, l.anna, sent.ID); !v.Unsigned || v.May.Countersign {
		t.Errorf("for its author: owed %v, may %v", v.Unsigned, v.May.Countersign)
	}
	if err := l.aster.Countersign(ctx, l.anna, sent.ID); parley.KindOf(err) != parley.Forbidden {
		t.Errorf("its author signed twice: %v", err)
	}
	v := l.see(l.aster, l.clara, sent.ID)
	if !v.Unsigned || !v.May.Countersign {
		t.Fatalf("for another: owed %v, may %v", v.Unsigned, v.May.Countersign)
	}
	in, err := l.borea.Inbox(ctx, l.boris, Page{Limit: 50})
	if err != nil || len(in.Waiting) != 1 || !in.Waiting[0].Unsigned {
		t.Fatalf("at the addressee: %+v, %v", in, err)
	}
	for range 2 { // pressed twice, it is one
		err = l.aster.Countersign(ctx, l.clara, sent.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	l.settle()
	if v := l.see(l.aster, l.clara, sent.ID); v.Unsigned || v.May.Countersign {
		t.Errorf("still owed: %+v", v.May)
	}
	if v := l.see(l.borea, l.boris, in.Waiting[0].ID); v.Unsigned || v.Steps[len(v.Steps)-1].State != StateCountersigned && !hasStep(v, StateCountersigned) {
		t.Errorf("at the addressee: %v", steps(v))
	}
	if err := l.aster.Countersign(ctx, l.clara, sent.ID); parley.KindOf(err) != parley.Conflict {
		t.Errorf("a third signature: %v", err)
	}
}

func hasStep(v View, s State) bool {
	for _, x := range v.Steps {
		if x.State == s {
			return true
		}
	}
	return false
}

// What stands on the desk has words, and an officer with the role may end what the
// facts do not; who did, and why, stays.
func TestDeskEndsAnAlarm(t *testing.T) {
	l := newLine(t)
	ctx := t.Context()
	olga := l.officer(l.aster, "olga", "aster.example/cert", "override")
	m := l.circle.Nodes["aster.example"]
	raised := map[string]string{"override": "aster.example/fedcba9876543210", "stranded": "aster.example/fedcba9876543210",
		"succession": "aster.example/fedcba9876543210", node.AlarmDisk: "disk", node.AlarmBackup: "backup", "fork": "borea.example/fedcba9876543210"}
	if err := m.DB.Update(ctx, func(tx *sqldb.Tx) error {
		for kind, subject := range raised {
			if err := tx.RaiseAlarm(kind, subject, "what; works; back", m.Now()); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	list, err := l.aster.Alarms(ctx, olga)
	if err != nil || len(list) != len(raised) {
		t.Fatalf("%+v, %v", list, err)
	}
	all, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	c := all["en"]
	var fork Alarm
	for _, a := range list {
		if !c.Has("alarm." + string(a.Kind) + ".title") {
			t.Errorf("the desk has no words for %s", a.Kind)
		}
		if want := a.Kind != AlarmDisk && a.Kind != AlarmBackup; a.Settles != want {
			t.Errorf("%s: may be ended: %v", a.Kind, a.Settles)
		}
		if a.Kind == AlarmFork {
			fork = a
		}
	}
	if list, _ := l.aster.Alarms(ctx, l.anna); list[0].Settles {
		t.Error("offered to an officer without the role")
	}
	if err := l.aster.Settle(ctx, l.anna, fork.ID, "x"); parley.KindOf(err) != parley.Forbidden {
		t.Errorf("without the role: %v", err)
	}
	if err := l.aster.Settle(ctx, olga, fork.ID, ""); parley.KindOf(err) != parley.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	if err := l.aster.Settle(ctx, olga, fork.ID, "they explained\nit"); err != nil {
		t.Fatal(err)
	}
	list, err = l.aster.Alarms(ctx, olga)
	if last := list[len(list)-1]; err != nil || last.Kind != AlarmFork || last.Over.IsZero() || last.EndedBy != "olga" || last.EndedWhy != "they explained it" {
		t.Errorf("%+v, %v", list, err)
	}
	acts, err := l.aster.Officers.Acts(ctx, "fork borea.example/fedcba9876543210")
	if err != nil || len(acts) == 0 || acts[len(acts)-1].Officer != "olga" {
		t.Errorf("the act is not on the record: %+v, %v", acts, err)
	}
}

// The page offers the button to whom it may, and the form ends the alarm.
func TestAlarmsPageEndsAnAlarm(t *testing.T) {
	h := newHouse(t)
	h.alarms = []Alarm{{ID: "fork x 1", Kind: AlarmFork, At: h.now(), Settles: true}}
	b := h.as("boris")
	b.get("/alarms").want(t, 200, `action="/alarms/settle"`, "End the alarm")
	b.post("/alarms/settle", "alarm", "fork x 1", "why", "a drill").want(t, 303)
	a := b.get("/alarms?done=settle")
	a.want(t, 200, "a drill", "By boris:", "on the record")
	if strings.Contains(a.body, `action="/alarms/settle"`) {
		t.Error("what is over is offered to be ended")
	}
	v := h.arrive(9, parley.Flash, "ours")
	v.Unsigned, v.May.Countersign = true, true
	b.get("/message/"+v.ID).want(t, 200, "Second signature owed", "/countersign")
	b.post("/message/"+v.ID+"/countersign").want(t, 303)
	b.post("/message/"+v.ID+"/countersign").want(t, 409)
}
