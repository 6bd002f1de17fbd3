package web

import (
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// An officer fills a form in at the desk of a real node: it goes the way of its
// kind, and the other desk reads it in its own language. Whoever may not, may not.
func TestDeskSendsForms(t *testing.T) {
	l := newLineOf(t, parleytest.Daily)
	for name, d := range map[string]*OnNode{"aster.example": l.aster, "borea.example": l.borea} {
		d.Forms = node.NewForms(d.Node, l.circle.Nodes[name].Register)
	}
	draft := func(n byte, kind parley.Kind, step string, fields map[string]any) FormDraft {
		d := FormDraft{Kind: kind, Step: step, Fields: fields}
		d.Agreement, d.From, d.To, d.Precedence, d.Nonce = l.aster.Node.Lines()[0].ID().String(), asterCert, []parley.Body{boreaCert}, parley.Routine, parley.Nonce{n}
		return d
	}
	drill := map[string]any{"sort": "drill", "begins": "2027-01-31T09:00Z", "ends": "2027-01-31T12:00Z", "looks-like": "Scans of your mail gateways."}
	if _, err := l.aster.SendForm(t.Context(), l.clara, draft(1, parley.KindNotice, "give", drill)); parley.KindOf(err) != parley.Forbidden {
		t.Error("an officer without the role sent it:", err)
	}
	sent, err := l.aster.SendForm(t.Context(), l.anna, draft(2, parley.KindNotice, "give", drill))
	if err != nil {
		t.Fatal(err)
	}
	// Before it is an entry, it can be read: whoever gives the second signature must.
	if v, err := l.aster.Message(t.Context(), l.clara, sent.ID, "ru"); err != nil || v.Said == nil || len(v.Said.Fields) != 4 || v.Said.Title != "Заблаговременное уведомление" {
		t.Errorf("in the outbox: %+v, %v", v.Said, err)
	}
	again, err := l.aster.SendForm(t.Context(), l.anna, draft(2, parley.KindNotice, "give", drill))
	if err != nil || again.ID != sent.ID {
		t.Error(again, err)
	}
	l.settle()
	m, err := l.aster.Node.Message(t.Context(), sent.ID)
	if err != nil {
		t.Fatal(err)
	}
	v, err := l.borea.Message(t.Context(), l.boris, m.ID.String(), "ru")
	if err != nil || v.Said == nil || v.Said.Title != "Заблаговременное уведомление" || len(v.Said.Fields) != 4 {
		t.Fatalf("%+v, %v", v.Said, err)
	}
	reply := draft(3, parley.KindTranslation, "", map[string]any{"into": "ru", "machine": "no", "texts": map[string]any{"0": map[string]any{"field": "looks-like", "text": "Сканирование ваших почтовых шлюзов."}}})
	reply.From, reply.To, reply.Answers, reply.Language = "", []parley.Body{asterCert}, m.ID.String(), "ru"
	if _, err := l.borea.SendForm(t.Context(), l.reader, reply); parley.KindOf(err) != parley.NotFound {
		t.Error("an officer of another body answered:", err)
	}
	if _, err := l.borea.SendForm(t.Context(), l.boris, reply); err != nil {
		t.Fatal(err)
	}
}
