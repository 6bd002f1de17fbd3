package node_test

import (
	"testing"

	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/store/sqldb"
)

// An archive keeps the part of a message until its addressee has signed for it,
// and then lets it go.
func TestArchiveLetsGo(t *testing.T) {
	c := parleytest.NewCircle(t, 6, "archive.example/parley")
	settle(t, c)
	aster, borea, archive := c.Nodes["aster.example"], c.Nodes["borea.example"], c.Nodes["archive.example/parley"]
	if err := borea.Stop(); err != nil {
		t.Fatal(err)
	}
	h, err := aster.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Precedence: "flash", Text: "kept for you"})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	m, err := aster.Node.Message(t.Context(), h.Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	if !holdsPart(t, archive, m.Ref) {
		t.Fatal("the archive does not hold the part of an undelivered message")
	}
	if err := borea.Start(); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	settle(t, c)
	if holdsPart(t, archive, m.Ref) {
		t.Fatal("the archive still holds the part of a delivered message")
	}
}

func holdsPart(t *testing.T, m *parleytest.Member, ref string) bool {
	t.Helper()
	full, err := m.Node.Message(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	held := false
	if err := m.DB.View(t.Context(), func(tx *sqldb.Tx) error {
		j, err := tx.Journal(full.Origin())
		if err != nil {
			return err
		}
		held, err = tx.HasPart(j.ID, full.Part())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return held
}
