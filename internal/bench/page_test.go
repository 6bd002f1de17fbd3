package bench_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
)

// frontPage reads the first page of a large hotline register and of a small one.
func frontPage(t *testing.T) []row {
	small, big := pageOf(t, 10_000), pageOf(t, *large)
	return []row{{fmt.Sprintf("front page of the hotline register, %d messages", *large), ms(big), ms(small) + " (of 10000)",
		ratio(float64(big), float64(small)), "under 50 ms, within 1.5"}}
}

// pageOf fills the rows of a register as folding leaves them, and measures the median page.
func pageOf(t *testing.T, size int) time.Duration {
	db, err := sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "register.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r, err := register.New(db) // before the rows: it drops those of other rules
	if err != nil {
		t.Fatal(err)
	}
	origin := parley.Origin(aster + "/0123456789abcdef")
	for at := 0; at < size; at += 10_000 {
		err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
			j, err := tx.PutJournal(sqldb.Journal{Origin: origin, Agreement: parley.Sum([]byte("bench")), Party: aster, Role: sqldb.Ours, Opened: firstDay})
			if err != nil {
				return err
			}
			list := make([]sqldb.Message, 10_000)
			for i := range list {
				list[i] = messageAt(j.ID, uint64(at+i), parley.KindHotline, "")
			}
			return tx.PutMessages(list)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var pages []time.Duration
	for range 200 {
		begin := time.Now()
		p, err := r.Hotline(t.Context(), "", 50)
		if err != nil || len(p.Messages) != 50 {
			t.Fatalf("%d messages, %v", len(p.Messages), err)
		}
		pages = append(pages, time.Since(begin))
	}
	return quantile(pages, .5)
}
