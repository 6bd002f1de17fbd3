package node_test

import (
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// forked is a circle in which a copy of Corvia's home has written so many messages to
// Aster, and the home itself, taken back to before that, one to Borea; everybody hears
// everybody again.
func forked(t *testing.T, seed uint64, messages int) (c *parleytest.Circle, a, b, twin *parleytest.Member) {
	t.Helper()
	c = parleytest.NewCircle(t, seed, "", parleytest.Aster, parleytest.Borea, parleytest.Corvia)
	a, b, twin = c.Nodes[aster], c.Nodes[borea], c.Nodes["corvia.example"]
	settle(t, c)
	copied := t.TempDir()
	if err := twin.PutAside(copied); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	c.Forkers[parleytest.Corvia] = true
	c.Net.Part(twin.Address, b.Address)
	for range messages {
		flash(t, twin, aster, "to Aster: we agree")
		settle(t, c)
	}
	if err := twin.PutBack(copied); err != nil {
		t.Fatal(err)
	}
	c.Net.Heal(twin.Address, b.Address)
	c.Net.Part(twin.Address, a.Address)
	if err := twin.Node.Lines()[0].Override(t.Context(), "nobody"); err != nil {
		t.Fatal(err)
	}
	flash(t, twin, borea, "to Borea: we never agreed")
	settle(t, c)
	c.Net.Heal(twin.Address, a.Address)
	settle(t, c)
	return c, a, b, twin
}

// Two copies of one home that both write are found out, by whoever was shown both
// histories and by whoever hears of the other one; the lines of the others go on.
// JOURNAL-49, JOURNAL-50
func TestForkConvicted(t *testing.T) {
	c, a, b, _ := forked(t, 23, 1)
	for _, m := range []*parleytest.Member{a, b} {
		if n := convictions(t, c, m, parleytest.Corvia); n == 0 {
			t.Errorf("%s has no evidence", m.Name)
		}
	}
	h := flash(t, a, borea, "did you see that?")
	settle(t, c)
	if m := arrived(t, a, h, b); m.Text != "did you see that?" {
		t.Fatalf("%+v", m)
	}
}

// convictions counts the evidence of a fork that a node has; each must hold offline.
func convictions(t *testing.T, c *parleytest.Circle, at *parleytest.Member, against parley.Party) int {
	t.Helper()
	p := c.World.Parties[against]
	var log []proof.Key
	for _, k := range p.Journal {
		log = append(log, k.Key())
	}
	list, err := sqldb.Read(t.Context(), at.DB, func(tx *sqldb.Tx) ([]sqldb.Evidence, error) { return tx.EvidenceOf(p.Origin) })
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if _, err := proof.ParseFork(e.Bytes, log...); err != nil {
			t.Errorf("the evidence of %s: %v", at.Name, err)
		}
	}
	return len(list)
}
