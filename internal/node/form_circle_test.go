package node_test

import (
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

// A form that is filled in by hand goes the way of its kind: a request gets the
// clock that the agreement promises, an answer to nothing is refused, and what a
// node makes from what it knows is not sent bare.
func TestFormsGoTheWayOfTheirKind(t *testing.T) {
	c := dailyCircle(t, 54)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	forms := node.NewForms(aster.Node, aster.Register)
	r := wanted()
	r.Kind = parley.KindRequest
	asked := entered(t, c, aster)(forms.Send(t.Context(), r))
	if asked.Clock == "" {
		t.Error("a request without a clock")
	}
	theirs := node.NewForms(borea.Node, borea.Register)
	if _, err := theirs.Send(t.Context(), response(asked.Short, parley.ResponseRefuse, map[string]any{"ground": "law"})); parley.KindOf(err) != parley.Invalid || err == nil {
		t.Error(err)
	}
	if _, err := theirs.Send(t.Context(), node.FormRequest{SendRequest: node.SendRequest{Answers: asked.Short}, Kind: parley.KindCorrect,
		Fields: map[string]any{"changes": []any{map[string]any{"field": "wanted", "text": "x"}}}}); parley.KindOf(err) != parley.Forbidden {
		t.Error(err)
	}
	for _, kind := range []parley.Kind{parley.KindContact, parley.KindCall, parley.KindWatch, parley.KindRemark} {
		if _, err := forms.Send(t.Context(), node.FormRequest{SendRequest: to("borea.example/cert"), Kind: kind}); parley.KindOf(err) != parley.Forbidden {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := forms.Send(t.Context(), node.FormRequest{SendRequest: to("borea.example/cert"), Kind: "telepathy"}); parley.KindOf(err) != parley.Invalid || err == nil {
		t.Error(err)
	}
}
