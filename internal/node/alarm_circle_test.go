package node_test

import (
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/store/sqldb"
)

// ended wants the newest alarm of a kind to be over, and gives how.
func ended(t *testing.T, m *parleytest.Member, kind string) node.Alarm {
	t.Helper()
	list, err := m.Node.Alarms(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.Kind == kind {
			if a.Cleared.IsZero() {
				t.Errorf("%s: %s stands: %+v", m.Name, kind, a)
			}
			return a
		}
	}
	t.Errorf("%s never had an alarm %s", m.Name, kind)
	return node.Alarm{}
}

// Whoever's key was used twice is told so on its own desk and signs nothing more;
// the succession ends that alarm there and the fork's at the others, and the history
// of both stays. JOURNAL-26, JOURNAL-49
func TestForkAlarmsEndWithASuccession(t *testing.T) {
	c, a, b, twin := forked(t, 71, 1)
	settle(t, c)
	if standing(t, twin, node.AlarmOwnFork) != 1 {
		list, _ := twin.Node.Alarms(t.Context(), true)
		t.Fatalf("whose key was used twice is not told: %+v", list)
	}
	if !twin.Node.Lines()[0].Silent() {
		t.Error("it goes on signing")
	}
	for _, m := range []*parleytest.Member{a, b} {
		if standing(t, m, "fork") != 1 {
			t.Errorf("%s: no alarm of the fork", m.Name)
		}
	}
	if _, err := twin.Node.Succeed(t.Context(), node.SucceedRequest{}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	settle(t, c)
	for _, m := range []*parleytest.Member{a, b} {
		ended(t, m, "fork")
	}
	ended(t, twin, node.AlarmOwnFork)
	for _, m := range []*parleytest.Member{a, b, twin} {
		if list, _ := m.Node.Alarms(t.Context(), false); len(list) != 0 {
			t.Errorf("%s: %+v", m.Name, list)
		}
	}
	h := flash(t, twin, aster, "with a new key")
	settle(t, c)
	if m := arrived(t, twin, h, a); m.Text != "with a new key" {
		t.Errorf("%+v", m)
	}
}

// A second node that has written more with our key than we have is a fork too, not
// just a copy that is behind.
func TestOwnForkThatIsLonger(t *testing.T) {
	c, _, _, twin := forked(t, 72, 5)
	settle(t, c)
	if standing(t, twin, node.AlarmOwnFork) != 1 {
		list, _ := twin.Node.Alarms(t.Context(), true)
		t.Errorf("%+v", list)
	}
}

// An override is over when whoever was waited for has answered after all; a step
// without a proof, when a proof has come.
func TestAlarmsEndByTheFacts(t *testing.T) {
	c := parleytest.NewCircle(t, 73, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	for _, m := range []*parleytest.Member{a, b} {
		if err := m.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	if err := a.Node.Lines()[0].Override(t.Context(), "anna"); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if standing(t, a, node.AlarmOverride) == 0 {
		t.Fatal("an override that nobody has answered is over")
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	settle(t, c)
	ended(t, a, node.AlarmOverride)
	err := a.DB.Update(t.Context(), func(tx *sqldb.Tx) error {
		return tx.RaiseAlarm("unexplained", string(c.World.Parties[parleytest.Borea].Origin), "a step", a.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if standing(t, a, "unexplained") != 1 {
		t.Error("nothing has come since")
	}
	settle(t, c)
	flash(t, b, aster, "here is the proof")
	settle(t, c)
	ended(t, a, "unexplained")
}

// An officer ends what the facts do not, and says why; what ends by the facts alone
// is not ended by anybody.
func TestSettle(t *testing.T) {
	c := parleytest.NewCircle(t, 74, "")
	a := c.Nodes[aster]
	settle(t, c)
	origin := string(c.World.Parties[parleytest.Borea].Origin)
	err := a.DB.Update(t.Context(), func(tx *sqldb.Tx) error {
		for kind, subject := range map[string]string{"fork": origin, node.AlarmClock: "borea.example"} {
			if err := tx.RaiseAlarm(kind, subject, "what; works; back", a.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		in   node.SettleRequest
		want parley.ErrorKind
	}{
		"no reason":        {node.SettleRequest{Kind: "fork", Officer: "anna"}, parley.Invalid},
		"two lines":        {node.SettleRequest{Kind: "fork", Officer: "anna", Why: "a\nb"}, parley.Invalid},
		"none stands":      {node.SettleRequest{Kind: "blob", Officer: "anna", Why: "x"}, parley.NotFound},
		"another subject":  {node.SettleRequest{Kind: "fork", Subject: "x", Officer: "anna", Why: "x"}, parley.NotFound},
		"ends by the fact": {node.SettleRequest{Kind: node.AlarmClock, Officer: "anna", Why: "x"}, parley.Conflict},
	} {
		if _, err := a.Node.Settle(t.Context(), tc.in); parley.KindOf(err) != tc.want || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := a.Node.Settle(t.Context(), node.SettleRequest{Kind: "fork", Officer: "anna", Why: "it was a drill"}); err != nil {
		t.Fatal(err)
	}
	if got := ended(t, a, "fork"); got.By != "anna" || got.Why != "it was a drill" {
		t.Errorf("%+v", got)
	}
}

// A disk that fills and a backup that is old are alarms as long as they last.
func TestUpkeep(t *testing.T) {
	c := parleytest.NewCircle(t, 75, "")
	a := c.Nodes[aster]
	look := func(kind string, want int) {
		t.Helper()
		if err := a.Node.Upkeep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := standing(t, a, kind); n != want {
			t.Errorf("%s: %d stand, want %d", kind, n, want)
		}
	}
	look(node.AlarmDisk, 0)
	a.Full = 91
	look(node.AlarmDisk, 1)
	a.Full = 98
	look(node.AlarmDisk, 1)
	a.Full = 20
	look(node.AlarmDisk, 0)
	ended(t, a, node.AlarmDisk)
	look(node.AlarmBackup, 0)
	c.Clock.Advance(8 * 24 * time.Hour)
	look(node.AlarmBackup, 1)
	look(node.AlarmBackup, 1)
	if err := a.Node.BackupDone(t.Context(), a.Now()); err != nil {
		t.Fatal(err)
	}
	look(node.AlarmBackup, 0)
	ended(t, a, node.AlarmBackup)
}
