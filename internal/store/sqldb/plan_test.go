package sqldb_test

import (
	"strings"
	"testing"

	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/store/storetest"
)

// walks are queries that are meant to go through a whole journal.
var walks = []string{
	"DELETE FROM log_part WHERE journal = $1 AND stored_at <", // DropStrayParts: once a day
}

// TestPlans looks at the plan of every query that the suite has run: none may walk
// a table that grows with the journals, nor one whole journal to find a few rows.
func TestPlans(t *testing.T) {
	var texts []string
	t.Run("suite", func(t *testing.T) {
		storetest.Run(t, func(t testing.TB) *sqldb.DB {
			db := open(t)
			t.Cleanup(func() { texts = append(texts, db.Texts()...) }) // runs before the close
			return db
		})
	})
	db := open(t)
	seen := map[string]bool{}
	for _, text := range texts {
		verb, _, _ := strings.Cut(text, " ")
		if seen[text] || strings.HasPrefix(text, "INSERT INTO") && strings.Contains(text, "VALUES") || verb != "SELECT" && verb != "UPDATE" && verb != "DELETE" {
			continue
		}
		seen[text] = true
		meant := false
		for _, w := range walks {
			meant = meant || strings.HasPrefix(text, w)
		}
		lines, err := db.Explain(t.Context(), text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, l := range lines {
			if meant || strings.Contains(l, "log_journal") || strings.Contains(l, "log_evidence") {
				continue
			}
			if strings.HasPrefix(l, "SCAN") && strings.Contains(text, "log_") && !strings.Contains(text, "log_agreement") ||
				strings.HasSuffix(l, "_1 (journal=?)") && !strings.Contains(text, "DESC LIMIT 1") && !strings.Contains(text, "log_end") {
				t.Errorf("%s\n\t%s", text, l)
			}
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d queries were seen", len(seen))
	}
}
