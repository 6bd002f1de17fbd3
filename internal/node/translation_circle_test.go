package node_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreements"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// wordyCircle is Aster and Borea under an agreement with the starter phrasebook.
func wordyCircle(t *testing.T, seed uint64) (c *parleytest.Circle, aster, borea *parleytest.Member) {
	t.Helper()
	starter, err := agreements.Phrasebook("starter")
	if err != nil {
		t.Fatal(err)
	}
	c, err = parleytest.MakeCircle(t.TempDir(), seed, string(agreements.WithPhrasebook([]byte(parleytest.Daily), starter)), "", parleytest.Aster, parleytest.Borea)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Check(context.Background()); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	settle(t, c)
	return c, c.Nodes["aster.example"], c.Nodes["borea.example"]
}

// entered settles the circle and gives the message that was queued, as its sender has it.
func entered(t *testing.T, c *parleytest.Circle, m *parleytest.Member) func(node.Held, error) node.Message {
	return func(h node.Held, err error) node.Message {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		settle(t, c)
		sent, err := m.Node.Message(t.Context(), h.Nonce.String())
		if err != nil {
			t.Fatal(err)
		}
		return sent
	}
}

func viewed(t *testing.T, m *parleytest.Member, id parley.MessageID, languages ...string) node.View {
	t.Helper()
	v, err := node.NewLists(m.Node, m.Register).Show(t.Context(), id.String(), languages...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func to(body string) node.SendRequest { return node.SendRequest{To: []string{body}, Now: true} }

// A sentence goes as a number and values; each side reads it in its own language,
// and a message that it names is named by its whole id. FORM-12, FORM-15
func TestPhraseIsReadInEveryLanguage(t *testing.T) {
	c, aster, borea := wordyCircle(t, 51)
	first := entered(t, c, aster)(aster.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Text: "hello", Now: true}))
	sent := entered(t, c, borea)(borea.Node.SendForm(t.Context(), node.FormRequest{SendRequest: to("aster.example/cert"), Kind: parley.KindPhrase,
		Fields: map[string]any{"number": "14", "values": map[string]any{"message": first.Short}}}))
	for language, want := range map[string]string{"en": "The activity reported in " + first.ID.String()[:12] + " continues.",
		"ru": "Активность, о которой сообщено в " + first.ID.String()[:12] + ", продолжается.", "fr": "The activity reported in " + first.ID.String()[:12] + " continues."} {
		v := viewed(t, aster, sent.ID, language)
		if v.Reading == nil || v.Reading.Sentence != want || v.State == "void" {
			t.Errorf("%s: %+v", language, v.Reading)
		}
		if v.Line == "" {
			t.Error("a list shows nothing of it")
		}
	}
	for _, fields := range []map[string]any{{"number": "99"}, {"number": "14"}, {"number": "27", "values": map[string]any{"message": first.ID.String()}}} {
		if _, err := borea.Node.SendForm(t.Context(), node.FormRequest{SendRequest: to("aster.example/cert"), Kind: parley.KindPhrase, Fields: fields}); parley.KindOf(err) != parley.Invalid || err == nil {
			t.Errorf("%v: %v", fields, err)
		}
	}
	// A node that sends it all the same has sent no message.
	forged := entered(t, c, borea)(borea.Node.Lines()[0].Utter(t.Context(), node.Outbound{To: []parley.Body{"aster.example/cert"}, Kind: parley.KindPhrase, Raw: json.RawMessage(`{"number":99}`), Now: true}))
	if v := viewed(t, aster, forged.ID); v.State != "void" || v.Why != "content" {
		t.Errorf("%s %s", v.State, v.Why)
	}
}

// A translation stands beside the original, with who made it; one that is forged or
// stands in the wrong thread is shown as what it is. FORM-16
func TestTranslation(t *testing.T) {
	c, aster, borea := wordyCircle(t, 52)
	original := entered(t, c, aster)(aster.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Text: "Stop the traffic, please.", Now: true}))
	other := entered(t, c, aster)(aster.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Text: "Another matter.", Now: true}))
	translated := entered(t, c, borea)(borea.Node.Translate(t.Context(), node.TranslateRequest{SendRequest: node.SendRequest{Answers: original.Short, Now: true},
		Into: "ru", Machine: true, Texts: map[string]string{"text": "Просим прекратить трафик."}, Note: "polite form"}))
	for _, m := range []*parleytest.Member{aster, borea} {
		v := viewed(t, m, original.ID)
		if v.Text != "Stop the traffic, please." || len(v.Translations) != 1 {
			t.Fatalf("%s: %+v", m.Name, v)
		}
		tr := v.Translations[0]
		if tr.By != "borea.example/cert" || !tr.Machine || tr.Into != "ru" || tr.Texts[0].Text != "Просим прекратить трафик." || tr.Texts[0].Original != v.Text || tr.Note == nil {
			t.Errorf("%+v", tr)
		}
		if v.State == "answered" {
			t.Error("a translation is no answer")
		}
		if of := viewed(t, m, translated.ID).Reading.Of; of == nil || of.Wrong != "" || of.ID != original.ID.String() {
			t.Errorf("%+v", of)
		}
	}
	if _, err := borea.Node.Translate(t.Context(), node.TranslateRequest{SendRequest: node.SendRequest{Answers: original.Short}, Into: "ru", Texts: map[string]string{"subject": "x"}}); parley.KindOf(err) != parley.Invalid || err == nil {
		t.Error(err)
	}
	content := json.RawMessage(`{"into":"ru","machine":false,"texts":[{"field":"text","text":{"language":"ru","text":"Мы ничего не просим."}}]}`)
	field := json.RawMessage(`{"into":"ru","machine":false,"texts":[{"field":"intent","text":{"language":"ru","text":"x"}}]}`)
	for name, f := range map[string]struct {
		m    node.Outbound
		want string
	}{
		"thread":   {node.Outbound{Kind: parley.KindTranslation, Thread: other.ID, Answers: original.ID, Raw: content}, node.WrongThread},
		"not held": {node.Outbound{Kind: parley.KindTranslation, Thread: original.ID, Answers: parley.MessageID(parley.Sum(nil)), Raw: content}, node.WrongNotHeld},
		"field":    {node.Outbound{Kind: parley.KindTranslation, Thread: original.ID, Answers: original.ID, Raw: field}, node.WrongField},
	} {
		f.m.To, f.m.Now = []parley.Body{"aster.example/cert"}, true
		forged := entered(t, c, borea)(borea.Node.Lines()[0].Utter(t.Context(), f.m))
		if v := viewed(t, aster, forged.ID); v.Reading == nil || v.Reading.Of == nil || v.Reading.Of.Wrong != f.want {
			t.Errorf("%s: %+v", name, v.Reading)
		}
		for _, tr := range viewed(t, aster, original.ID).Translations {
			if tr.ID == forged.ID.String() && (f.want != node.WrongField || tr.Texts[0].Title != "") {
				t.Errorf("%s: shown as a translation of the original: %+v", name, tr)
			}
		}
	}
}

// A correction leaves the original as it was; only its author's party corrects. FORM-17
func TestCorrect(t *testing.T) {
	c, aster, borea := wordyCircle(t, 53)
	original := entered(t, c, aster)(aster.Node.SendForm(t.Context(), node.FormRequest{SendRequest: to("borea.example/cert"), Kind: parley.KindPhrase,
		Fields: map[string]any{"number": "18", "values": map[string]any{"count": "12"}}}))
	if _, err := aster.Node.Correct(t.Context(), node.CorrectRequest{SendRequest: node.SendRequest{Answers: original.Short}, Values: map[string]string{"colour": "red"}}); parley.KindOf(err) != parley.Invalid || err == nil {
		t.Error(err)
	}
	if _, err := borea.Node.Correct(t.Context(), node.CorrectRequest{SendRequest: node.SendRequest{Answers: original.Short}, Values: map[string]string{"number": "19"}}); parley.KindOf(err) != parley.Forbidden {
		t.Error(err)
	}
	entered(t, c, aster)(aster.Node.Correct(t.Context(), node.CorrectRequest{SendRequest: node.SendRequest{Answers: original.Short, Now: true}, Values: map[string]string{"number": "19"}, Why: "Misread."}))
	forged := entered(t, c, borea)(borea.Node.Lines()[0].Utter(t.Context(), node.Outbound{To: []parley.Body{"aster.example/cert"}, Kind: parley.KindCorrect, Thread: original.ID, Answers: original.ID,
		Raw: json.RawMessage(`{"changes":[{"field":"number","value":"1"}]}`), Now: true}))
	for _, m := range []*parleytest.Member{aster, borea} {
		v := viewed(t, m, original.ID, "en")
		if v.Reading.Sentence != "The number of systems affected here is 12." || len(v.Corrections) != 1 {
			t.Fatalf("%+v %+v", v.Reading, v.Corrections)
		}
		if ch := v.Corrections[0].Changes[0]; ch.Was != "18" || ch.Now != "19" || ch.Unfit || v.Corrections[0].Why == nil {
			t.Errorf("%+v", ch)
		}
		if of := viewed(t, m, forged.ID).Reading.Of; of == nil || of.Wrong != node.WrongParty {
			t.Errorf("%+v", of)
		}
		if !slices.ContainsFunc(v.Steps, func(s node.Step) bool { return s.Says == "correct" }) {
			t.Errorf("%+v", v.Steps)
		}
	}
}
