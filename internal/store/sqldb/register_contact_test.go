package sqldb_test

import (
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// TestContactPlans: a page of the directory walks the points that stand and no
// others, however many a counterpart has ended.
func TestContactPlans(t *testing.T) {
	db := open(t)
	err := db.View(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.LatestContacts(sqldb.ContactPoint{Agreement: parley.Hash{1}, Body: "borea.example/cert", Point: "duty"}, 50)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, text := range db.Texts() {
		if !strings.Contains(text, "FROM view_contact") {
			continue
		}
		n++
		lines, err := db.Explain(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if plan := strings.Join(lines, "\n"); !strings.Contains(plan, "view_contact_standing") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\n\t%s", text, plan)
		}
	}
	if n != 1 {
		t.Errorf("%d queries were seen", n)
	}
}
