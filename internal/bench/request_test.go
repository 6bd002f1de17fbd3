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

// requestPage reads both sides of the front page of a large request register and of a small one.
func requestPage(t *testing.T) []row {
	small, big := requestsOf(t, 10_000), requestsOf(t, *large)
	return []row{{fmt.Sprintf("front page of the request register, %d requests", *large), ms(big), ms(small) + " (of 10000)",
		ratio(float64(big), float64(small)), "under 50 ms, within 1.5"}}
}

// requestsOf fills the rows of a request register as folding leaves them, nine of
// ten asked by us and half of all open, each with an answer on its way, and
// measures the median of both lists together.
func requestsOf(t *testing.T, size int) time.Duration {
	db, err := sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "requests.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r, err := register.New(db) // before the rows: it drops those of other rules
	if err != nil {
		t.Fatal(err)
	}
	ours := sqldb.Journal{Origin: parley.Origin(aster + "/0123456789abcdef"), Agreement: parley.Sum([]byte("bench")), Party: aster, Role: sqldb.Ours, Opened: firstDay}
	theirs := sqldb.Journal{Origin: parley.Origin(borea + "/fedcba9876543210"), Agreement: ours.Agreement, Party: borea, Role: sqldb.Theirs, Opened: firstDay}
	for at := 0; at < size; at += 10_000 {
		err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
			a, err := tx.PutJournal(ours)
			if err != nil {
				return err
			}
			b, err := tx.PutJournal(theirs)
			if err != nil {
				return err
			}
			list := make([]sqldb.Message, 10_000)
			for i := range list {
				n := uint64(at + i)
				m := messageAt(a.ID, n, parley.KindRequest, parley.RequestAssistance)
				m.Clock, m.Open = "request", n%2 == 0
				if n%10 == 9 {
					m.Journal, m.From, m.To, m.Box = b.ID, borea+"/cert", []parley.Body{aster + "/cert"}, register.BoxIn
				}
				list[i] = m
				if n >= uint64(size)-1000 { // the front page has answers
					step := sqldb.Step{Journal: m.Journal, Index: n, Place: 1, Says: "response.offer", From: m.To[0], ByJournal: b.ID, ByIndex: n, Said: m.Said}
					if err := tx.SetSteps(m.Journal, n, []sqldb.Step{step}); err != nil {
						return err
					}
				}
			}
			return tx.PutMessages(list)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var pages []time.Duration
	for range 100 {
		begin := time.Now()
		for _, box := range []string{register.BoxIn, register.BoxOut} {
			p, err := r.Requests(t.Context(), register.RequestQuery{Box: box, Open: box == register.BoxOut, Limit: 50})
			if err != nil || len(p.Requests) != 50 || p.Requests[0].With[0].Status != register.StatusOffered {
				t.Fatalf("%s: %d requests, %v", box, len(p.Requests), err)
			}
		}
		pages = append(pages, time.Since(begin))
	}
	return quantile(pages, .5)
}
