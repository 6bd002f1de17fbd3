package sqldb

import "testing"

func TestPositional(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT 1":                     "SELECT 1",
		"VALUES ($1,$2),($3,$4)":       "VALUES (?,?),(?,?)",
		"a = $1 AND b < $2 LIMIT $3":   "a = ? AND b < ? LIMIT ?",
		"a = $2 AND b = $1":            "a = $2 AND b = $1",
		"a = $1 OR b = $1":             "a = $1 OR b = $1",
		"a = $1 AND b = $3":            "a = $1 AND b = $3",
		insertText("t", "a", "", 1, 3): "INSERT INTO t (a) VALUES (?),(?),(?) ",
	} {
		if got := positional(query); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}
