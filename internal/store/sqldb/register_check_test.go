package sqldb_test

import (
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// TestCheckPlans: no page of tests, no look for the last one, and no look for call
// words or a desk's statement walks a table, however much a counterpart has said.
func TestCheckPlans(t *testing.T) {
	db := open(t)
	place := sqldb.CheckPlace{MessagePlace: sqldb.MessagePlace{Stored: 1, Journal: 1, Index: 1}, Addressee: "borea.example/cert"}
	err := db.View(t.Context(), func(tx *sqldb.Tx) error {
		for _, q := range []sqldb.CheckQuery{{Limit: 50}, {Limit: 50, After: place}, {Other: "borea.example/cert", Limit: 50, After: place},
			{Other: "borea.example/cert", Route: "telephone", Limit: 50, After: place}} {
			if _, err := tx.CheckPage(q); err != nil {
				return err
			}
		}
		if _, err := tx.CheckReplies([]parley.Hash{{1}}); err != nil {
			return err
		}
		if _, _, err := tx.LastCheck(1, "borea.example/cert", "line"); err != nil {
			return err
		}
		if _, err := tx.CallSecrets("borea.example/cert", 8); err != nil {
			return err
		}
		if _, err := tx.WatchStatements(1, "borea.example/cert", 8); err != nil {
			return err
		}
		_, err := tx.CallWords(parley.Hash{1}, "a.example/x", "b.example/y", 3)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, text := range db.Texts() {
		if !strings.Contains(text, "view_check") && !strings.Contains(text, "call_word") && !strings.Contains(text, "'watch'") && !strings.Contains(text, "'words'") ||
			!strings.HasPrefix(text, "SELECT") {
			continue
		}
		n++
		lines, err := db.Explain(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if strings.Contains(l, "TEMP B-TREE") || strings.HasPrefix(l, "SCAN") && !strings.Contains(l, "USING INDEX view_check") && !strings.Contains(l, "USING COVERING INDEX") {
				t.Errorf("%s\n\t%s", text, strings.Join(lines, "\n\t"))
				break
			}
		}
	}
	if n < 8 {
		t.Errorf("only %d queries were seen", n)
	}
}
