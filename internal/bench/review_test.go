package bench_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/review"
	"parley.example/parley/seal"
)

// reviewed folds many mixed messages of two parties, and computes their review.
func reviewed(t *testing.T) []row {
	sizes := [2]int{10_000, *large}
	var folds, reviews [2]time.Duration
	for i, n := range sizes {
		folds[i], reviews[i] = reviewOf(t, n)
	}
	each := func(d time.Duration, n int) float64 { return float64(d) / float64(n) }
	text := func(d time.Duration, n int) string {
		return fmt.Sprintf("%.2f s, %.0f/s", d.Seconds(), perSecond(n, d))
	}
	return []row{
		{fmt.Sprintf("fold %d mixed messages for a review", sizes[1]), text(folds[1], sizes[1]), text(folds[0], sizes[0]) + " (10000)",
			ratio(each(folds[1], sizes[1]), each(folds[0], sizes[0])), "each within 1.5"},
		{fmt.Sprintf("compute the review of %d messages", sizes[1]), text(reviews[1], sizes[1]), text(reviews[0], sizes[0]) + " (10000)",
			ratio(each(reviews[1], sizes[1]), each(reviews[0], sizes[0])), "each within 1.5"},
	}
}

// reviewOf is the time that the fold takes for n messages, and the review of them.
// Requests, responses, hotline messages, memos and receipts by turns; a stamp of
// the other side after every tenth. What is read and judged before is not measured.
func reviewOf(t *testing.T, n int) (fold, compute time.Duration) {
	w, err := parleytest.MakeWorld(5, parleytest.ReviewedTemplate, "")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 2, 2, 8, 0, 0, 0, time.UTC)
	origins := [2]parley.Origin{w.Parties[parleytest.Aster].Origin, w.Parties[parleytest.Borea].Origin}
	cut := review.Cut{Instant: start.Add(time.Duration(n) * time.Minute)}
	for _, o := range origins {
		cut.Journals = append(cut.Journals, review.Place{Origin: o, Size: uint64(n / 2), Root: tlog.Hash{1}})
	}
	f, err := review.NewFold(w.Signed, nil, cut, parleytest.Aster, parleytest.Borea)
	if err != nil {
		t.Fatal(err)
	}
	for side, o := range origins {
		other := w.Parties[[2]parley.Party{parleytest.Borea, parleytest.Aster}[side]].Mirror[0].Key()
		for size := 10; size <= n/2; size += 10 {
			s := review.Stamp{Origin: o, Size: uint64(size), Name: other.Name, ID: other.ID, Time: start.Add(time.Duration(2*size) * time.Minute)}
			begin := time.Now()
			f.Stamp(s)
			fold += time.Since(begin)
		}
	}
	asked := make([]parley.MessageID, n/2) // what Aster wrote
	for side, o := range origins {
		for from := 0; from < n/2; from += 1000 {
			batch := make([]review.Entry, min(1000, n/2-from))
			for i := range batch {
				batch[i] = mixed(t, o, side, from+i, start, asked)
			}
			begin := time.Now()
			for i := range batch {
				if err := f.Add(batch[i]); err != nil {
					t.Fatal(err)
				}
			}
			fold += time.Since(begin)
		}
	}
	begin := time.Now()
	r, err := f.Review()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := r.JSON(); err != nil || len(b) < n {
		t.Fatalf("%d octets, %v", len(b), err)
	}
	return fold, time.Since(begin)
}

// mixed is the nth message of one side.
func mixed(t *testing.T, o parley.Origin, side, n int, start time.Time, asked []parley.MessageID) review.Entry {
	names := [2]parley.Party{parleytest.Aster, parleytest.Borea}
	h := func(what string) string { return parley.Sum(fmt.Appendf(nil, "%s %d %d", what, side, n)).String() }
	at := start.Add(time.Duration(2*n+side) * time.Minute)
	var b strings.Builder
	fmt.Fprintf(&b, "parley/entry/v1\njournal %s\nagreement %s\nfrom %s/cert\nto %s/cert\nnonce %s\nfacts %s\nsealed %s 100\ntime %s\n\n— %s/cert AAAAAAAA\n",
		o, h("agreement"), names[side], names[1-side], h("nonce")[:32], h("facts"), h("part"), at.Format("2006-01-02T15:04:05Z"), names[side])
	env, err := seal.ParseEntry([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	facts := &seal.Facts{Version: 1, Precedence: [...]parley.Precedence{parley.Flash, parley.Immediate, parley.Priority, parley.Routine}[n%4]}
	if side == 0 {
		asked[n] = env.ID()
		facts.Kind = [...]parley.Kind{parley.KindRequest, parley.KindHotline, parley.KindMemo}[n%3]
		if facts.Kind == parley.KindRequest {
			facts.Step = parley.RequestAssistance
		}
	} else {
		facts.Thread, facts.Answers = asked[n], asked[n]
		switch n % 3 {
		case 0:
			facts.Kind, facts.Step = parley.KindResponse, parley.ResponseResult
		case 1:
			facts.Kind, facts.Step = parley.KindReceipt, string(seal.SaysAcknowledged)
		default:
			facts.Kind = parley.KindHotline
		}
	}
	return review.Entry{Ref: parley.Ref{Origin: o, Index: uint64(n)}, Envelope: &env, Facts: facts}
}
