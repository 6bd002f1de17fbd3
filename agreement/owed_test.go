package agreement_test

import (
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreement"
)

// TestAnswerOwed: the first commitment that fits, and none that only looks alike. REQUEST-3
func TestAnswerOwed(t *testing.T) {
	a := &agreement.Agreement{Promises: agreement.Promises{Commitments: []agreement.Commitment{
		{ID: "standing", Sort: "standing", Kinds: []parley.Kind{"request"}},
		{ID: "all-kinds", Sort: "answer"},
		{ID: "stages", Sort: "answer", Kinds: []parley.Kind{"request"}, Next: []string{"full"}},
		{ID: "borea", Sort: "answer", Kinds: []parley.Kind{"request"}, Owed: []parley.Party{"borea.example"}, Steps: []string{"preservation"}},
		{ID: "urgent", Sort: "answer", Kinds: []parley.Kind{"hotline", "request"}, Precedences: []parley.Precedence{parley.Flash}},
		{ID: "rest", Sort: "answer", Kinds: []parley.Kind{"request"}, Owed: []parley.Party{"aster.example", "borea.example"}},
	}}}
	for _, tc := range []struct {
		step string
		p    parley.Precedence
		by   []parley.Party
		want string
	}{
		{"preservation", parley.Routine, []parley.Party{"borea.example"}, "borea"},
		{"preservation", parley.Flash, []parley.Party{"aster.example"}, "urgent"},
		{"information", parley.Flash, []parley.Party{"borea.example"}, "urgent"},
		{"information", parley.Routine, []parley.Party{"corvia.example", "borea.example"}, "rest"},
		{"information", parley.Routine, []parley.Party{"corvia.example"}, ""},
	} {
		c, ok := a.AnswerOwed("request", tc.step, tc.p, tc.by...)
		if ok != (tc.want != "") || ok && c.ID != tc.want {
			t.Errorf("%s %s %v: %+v, want %q", tc.step, tc.p, tc.by, c, tc.want)
		}
	}
	if _, ok := a.AnswerOwed("incident", "", parley.Flash, "borea.example"); ok {
		t.Error("an incident is owed no answer")
	}
}
