package web

import (
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// Requests between the desks of two real nodes: whoever may not, may not, and a
// body's requests are shown to its own officers.
func TestDeskRequestsOnTwoNodes(t *testing.T) {
	l := newLineOf(t, strings.Replace(parleytest.Daily, `authentic = ["en"]`, "authentic = [\"en\"]\nworking = [\"en\", \"ru\"]", 1))
	ctx := t.Context()
	for name, d := range map[string]*OnNode{"aster.example": l.aster, "borea.example": l.borea} {
		d.Asking = node.NewRequests(d.Node, l.circle.Nodes[name].Register)
		d.Forms = node.NewForms(d.Node, l.circle.Nodes[name].Register)
	}
	d := FormDraft{Kind: parley.KindRequest, Step: parley.RequestInformation,
		Fields: map[string]any{"invokes": "3", "reading": "We read it so.", "question": "Whose range is it?", "use": "To ask them.", "networks": "192.0.2.0/24\n198.51.100.7"}}
	d.Agreement, d.From, d.To, d.Precedence, d.Nonce = l.aster.Node.Lines()[0].ID().String(), asterCert, []parley.Body{boreaCert}, parley.Flash, parley.Nonce{1}
	if _, err := l.aster.SendForm(ctx, l.clara, d); parley.KindOf(err) != parley.Forbidden {
		t.Error("an officer without the role asked:", err)
	}
	sent, err := l.aster.SendForm(ctx, l.anna, d)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := l.aster.SendForm(ctx, l.anna, d); err != nil || again.ID != sent.ID {
		t.Error(again, err)
	}
	l.settle()
	list, err := l.borea.Requests(ctx, l.boris, node.RequestQuery{Side: node.SideTheirs})
	if err != nil || len(list.Rows) != 1 || list.Rows[0].Clock != "urgent" || list.Rows[0].Answers[0].Running == nil {
		t.Fatalf("%+v, %v", list, err)
	}
	id := list.Rows[0].ID
	if list, err := l.borea.Requests(ctx, l.reader, node.RequestQuery{Side: node.SideTheirs}); err != nil || len(list.Rows) != 0 {
		t.Errorf("another body's officer sees %+v, %v", list, err)
	}
	if _, err := l.borea.Request(ctx, l.reader, id, nil); parley.KindOf(err) != parley.NotFound {
		t.Errorf("another body's officer opens it: %v", err)
	}
	v, err := l.borea.Request(ctx, l.boris, id, []string{"ru"})
	if err != nil || len(v.Next) == 0 || v.Fields[0].Title != "Ссылка на статью" {
		t.Fatalf("%+v, %v", v, err)
	}
	say := FormDraft{Kind: parley.KindResponse, Step: parley.ResponseRefuse, Fields: map[string]any{"ground": "law", "text": "Статья 10."}}
	say.Answers, say.Language, say.Nonce = id, "ru", parley.Nonce{2}
	if _, err := l.borea.SendForm(ctx, l.reader, say); parley.KindOf(err) != parley.NotFound {
		t.Error("an officer of another body refused:", err)
	}
	foreign := say
	foreign.Language = "fr"
	if _, err := l.borea.SendForm(ctx, l.boris, foreign); parley.KindOf(err) != parley.Invalid {
		t.Error("in a language that is not one of the agreement's:", err)
	}
	if _, err := l.borea.SendForm(ctx, l.boris, say); err != nil {
		t.Fatal(err)
	}
	l.settle()
	v, err = l.aster.Request(ctx, l.anna, id, []string{"zh-hans"})
	if err != nil || v.Answers[0].Status != "refused" || len(v.Thread) != 1 || v.Thread[0].Fields[0].Title != "理由" || v.Thread[0].Fields[1].Values[0].Language != "ru" {
		t.Errorf("%+v, %v", v, err)
	}
	bare := *l.aster
	bare.Asking = nil
	if _, err := bare.Requests(ctx, l.anna, node.RequestQuery{Side: node.SideMine}); parley.KindOf(err) != parley.NotFound {
		t.Errorf("a desk without requests: %v", err)
	}
}
