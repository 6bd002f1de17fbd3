package web

import (
	"context"
	"strings"
	"testing"

	"parley.example/parley/clock"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
	"parley.example/parley/internal/review"
)

// reviewing is the one review that a memory knows. It implements Reviewing.
type reviewing struct {
	account *review.Review
	remarks []node.RemarkRequest
}

func (r *reviewing) ReviewsWith(context.Context, officer.Officer) ([]ReviewWith, error) {
	if r.account == nil {
		return nil, nil
	}
	return []ReviewWith{{Agreement: strings.Repeat("a", 64), Title: bilateral, With: "borea.example"}}, nil
}

func (r *reviewing) Review(context.Context, officer.Officer, ReviewWith) (*review.Review, error) {
	return r.account, nil
}

func (r *reviewing) Remark(_ context.Context, _ officer.Officer, in node.RemarkRequest) error {
	r.remarks = append(r.remarks, in)
	return nil
}

// TestReviewPage: numbers as numbers, both sides' remarks, the cut; no percentage. REVIEW-12
func TestReviewPage(t *testing.T) {
	views := loadViews(t)
	row := review.Row{Name: "answer:borea.example:aster.example/0123456789abcdef/7", ID: strings.Repeat("b", 64), Verdict: clock.Late, Due: "2027-01-27",
		Silence: &review.Silence{Journal: "borea.example/0123456789abcdef", Size: 9}, Remarks: []review.Remark{{By: "borea.example", Language: "en", Text: "By telephone."}}}
	p := ReviewPage{Frame: Frame{Lang: "en"}, May: true, Review: &review.Review{Commitments: []review.Commitment{
		{ID: "answer", Title: "Requests are answered", Sort: "answer", Owed: []review.Owed{{By: "borea.example", Counts: review.Counts{Due: 1, Late: 1, Unanswered: 1}, Rows: []review.Row{row}}}},
		{ID: "refrain", Title: "Not to attack", Sort: "standing"}}}}
	var b strings.Builder
	if err := views.pages["review"].ExecuteTemplate(&b, "frame.html", p); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Requests are answered", "nothing in borea.example/0123456789abcdef up to 9", "By telephone.", "parley review --at", "nothing on the record measures it"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(b.String(), "%") {
		t.Error("the page has a percentage")
	}
}
