package bench_test

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// largeJournal appends and proves in a large journal and in one of 10,000.
func largeJournal(t *testing.T) []row {
	sizes := [2]int{10_000, *large}
	var appends, proofs [2]time.Duration
	for i, size := range sizes {
		appends[i], proofs[i] = journalOf(t, size)
	}
	return []row{
		{fmt.Sprintf("append in a journal of %d", sizes[1]), ms(appends[1]), ms(appends[0]) + " (of 10000)", ratio(float64(appends[1]), float64(appends[0])), "within 1.5"},
		{fmt.Sprintf("prove inclusion in a journal of %d", sizes[1]), ms(proofs[1]), ms(proofs[0]) + " (of 10000)", ratio(float64(proofs[1]), float64(proofs[0])), "within 1.5"},
	}
}

// journalOf fills a journal with one sealed part under many entries of lines, then
// measures medians of appends of one entry and of inclusion proofs.
func journalOf(t *testing.T, size int) (appended, proven time.Duration) {
	w := parleytest.NewWorld(t, 11)
	p := w.Parties[parleytest.Aster]
	db, err := sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "large.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	j, err := journal.Create(t.Context(), db, journal.Config{Origin: p.Origin, Agreement: w.Agreement().ID(), Keys: p.Journal}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	items := make([]journal.Item, 10_000)
	for at := 0; at < size; at += len(items) {
		for i := range items {
			items[i] = journal.Item{Ready: clear(t, w), Body: p.Cert().Signing}
		}
		if _, _, err := j.Append(t.Context(), time.Now(), nil, items); err != nil {
			t.Fatal(err)
		}
	}
	var one, prove []time.Duration
	for range 300 {
		item := journal.Item{Ready: clear(t, w), Body: p.Cert().Signing}
		begin := time.Now()
		_, cp, err := j.Append(t.Context(), time.Now(), nil, []journal.Item{item})
		if err != nil {
			t.Fatal(err)
		}
		one = append(one, time.Since(begin))
		begin = time.Now()
		if _, err := proof.ProveInclusion(j.HashReader(t.Context()), cp.Size/3, cp.Size); err != nil {
			t.Fatal(err)
		}
		prove = append(prove, time.Since(begin))
	}
	return quantile(one, .5), quantile(prove, .5)
}

// clear is a small message of its own, without the cost of sealing.
func clear(t *testing.T, w *parleytest.World) *seal.Ready {
	t.Helper()
	from, to := w.Parties[parleytest.Aster], w.Parties[parleytest.Borea]
	d := seal.Draft{Journal: from.Origin, Agreement: w.Agreement().ID(), From: from.Cert().Name, To: []parley.Body{to.Cert().Name}}
	rand.Read(d.Nonce[:])
	content, err := seal.FormatContent(&seal.Gone{Parts: []parley.Hash{parley.Sum(d.Nonce[:])}, Why: seal.GoneLost})
	if err != nil {
		t.Fatal(err)
	}
	r, err := seal.Clear(rand.Reader, d, seal.Message{Kind: parley.KindGone, Version: 1, Precedence: parley.Routine, Marking: "TLP:AMBER",
		Languages: []string{"en"}, Content: content})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
