package web

import (
	"context"
	"strings"
	"testing"

	"parley.example/parley"
	kindform "parley.example/parley/form"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// forming keeps what was sent by a form. It implements Forming.
type forming struct {
	filled []FormDraft
	next   error  // what the next SendForm answers
	asks   asking // its agreement
}

func (m *forming) SendForm(ctx context.Context, by officer.Officer, d FormDraft) (Sent, error) {
	if err := m.next; err != nil {
		m.next = nil
		return Sent{}, err
	}
	f, _ := kindform.Find(d.Kind, d.Step, 1)
	a, _ := m.asks.Text(ctx, by, "")
	if _, err := f.FillIn(d.Language, d.Fields, a); err != nil {
		return Sent{}, err
	}
	m.filled = append(m.filled, d)
	return Sent{ID: d.Nonce.String(), State: StateHeldBack}, nil
}

// TestFormPages: every form that can be filled in has a page, what comes back wrong
// stands beside its field with what was written, and what is right is sent.
func TestFormPages(t *testing.T) {
	h := newHouse(t)
	asked := h.arrive(7, parley.Immediate, "What about the registry?")
	b := h.as("anna")
	list := b.get("/form")
	list.want(t, 200, `href="/form/phrase"`, `href="/form/request/assistance"`, `href="/form/notice/give"`)
	if strings.Contains(list.body, "/form/contact") || strings.Contains(list.body, "/form/correct") {
		t.Error("a form that does not belong here is offered")
	}
	for _, f := range kindform.All() {
		if !node.Bare(f.Kind) {
			b.get(formPath(f.Kind, f.Step)).want(t, 200, "<form method=\"post\" action=\""+formPath(f.Kind, f.Step)+"\"", kindform.Pick(f.Title, "en"))
		}
	}
	b.get("/form/contact/record").want(t, 404)
	b.get("/form/telepathy").want(t, 404)
	b.get("/form?answers="+asked.ID).want(t, 200, `href="/form/translation?answers=`+asked.ID)
	b.get("/form/translation?answers="+asked.ID).want(t, 200, "What about the registry?", `name="f.texts.0.field" value="text"`, `name="f.texts.0.text"`, `name="f.texts.2.field"`)
	b.get("/form/translation?answers="+asked.ID+"&language=ru").want(t, 200, "Перевод", "На язык")

	page := b.form("/form/translation", "nonce", aNonce, "answers", asked.ID, "language", "ru", "f.into", "Русский", "f.texts.0.field", "text", "f.texts.0.text", "Что с реестром?", "f.note", "<b>")
	page.want(t, 400, "What is wrong stands beside each field", "Made by a machine", "missing: true or false", "tag of a language", "Что с реестром?", "&lt;b&gt;")
	b.form("/form/translation", "nonce", aNonce, "answers", asked.ID, "language", "ru", "f.texts.0.field", "text", "more", "texts").want(t, 200, `name="f.texts.2.field"`)
	b.form("/form/translation", "nonce", aNonce, "answers", asked.ID, "language", "ru", "f.into", "ru", "f.machine", "false", "f.texts.0.field", "text", "f.texts.0.text", "Что с реестром?").want(t, 303)
	b.form("/form/translation", "nonce", aNonce, "answers", asked.ID, "f.colour", "red").want(t, 400, "no field")
	b.form("/form/notice/give", "nonce", aNonce, "f.begins", "2027-01-31T09:00").want(t, 400, "nobody is addressed", `value="2027-01-31T09:00"`)
	if len(h.filled) != 1 || h.filled[0].Kind != parley.KindTranslation || h.filled[0].Answers != asked.ID {
		t.Errorf("%+v", h.filled)
	}
}

// TestMessagePageOfAForm: a form is read, a translation stands beside its original
// with its translator, and one that is about nothing says so.
func TestMessagePageOfAForm(t *testing.T) {
	h := newHouse(t)
	v := h.arrive(9, parley.Priority, "gist")
	v.Kind = parley.KindPhrase
	v.Said = &node.Reading{Form: "phrase", Title: "Sentence of the phrasebook", Sentence: "We observe the same.", In: "en", Fields: []kindform.Row{{Name: "number", Path: "number", Title: "Number", Type: kindform.Number, Values: []kindform.Shown{{Value: "52", Text: "52"}}}}}
	v.Translations = []node.Translation{{ID: strings.Repeat("d", 64), Short: "aster/12", By: asterCert, Into: "ru", Machine: true, Texts: []node.TranslatedText{{Field: "x", Text: "<i>Да</i>", Language: "ru"}}}}
	v.Corrections = []node.Correction{{ID: strings.Repeat("e", 64), Short: "borea/10", By: boreaCert, Changes: []node.CorrectedField{{Field: "number", Title: "Number", Was: "52", Now: "51"}, {Field: "values.x", Struck: true}, {Field: "n", Now: "?", Unfit: true}}}}
	b := h.as("anna")
	b.get("/message/"+v.ID).want(t, 200, "We observe the same.", "Translation into ru by", "by a machine", "&lt;i&gt;Да&lt;/i&gt;", "The original does not have this field", "Corrected by", "The original stands above",
		"struck", "does not fit the field", `href="?language=ru"`, `href="/form?answers=`+v.ID)
	b.get("/thread/"+v.ID).want(t, 200, "We observe the same.", "Translation into ru by")
	v.Said = &node.Reading{Form: "translation", Title: "Translation", Of: &node.About{ID: strings.Repeat("f", 64), Wrong: node.WrongThread}}
	b.get("/message/"+v.ID).want(t, 200, "stands in another matter")
}

// The pages of forms are as wide as their windows, and can be looked at.
func TestPicturesOfForms(t *testing.T) {
	h := newHouse(t)
	b := chromium(h)
	v := h.arrive(9, parley.Priority, "gist")
	v.Kind = parley.KindPhrase
	v.Said = &node.Reading{Form: "phrase", Title: "Sentence of the phrasebook", Sentence: "С 2027-01-31 09:00 UTC мы наблюдаем активность против registry из сетей на вашей территории. Просим подтвердить получение.", In: "ru",
		Fields: []kindform.Row{{Name: "number", Path: "number", Title: "Номер", Type: kindform.Number, Values: []kindform.Shown{{Value: "11", Text: "11"}}}}}
	v.Translations = []node.Translation{{ID: strings.Repeat("d", 64), Short: "aster/12", By: asterCert, Into: "zh-hans", Machine: true, Texts: []node.TranslatedText{{Field: "values.target", Title: "target", Text: "注册系统", Language: "zh-hans"}}, Note: &kindform.TextContent{Language: "en", Text: "The registry is meant."}}}
	v.Corrections = []node.Correction{{ID: strings.Repeat("e", 64), Short: "borea/10", By: boreaCert, Changes: []node.CorrectedField{{Field: "number", Title: "Номер", Was: "11", Now: "13"}, {Field: "values.since", Struck: true}}, Why: &kindform.TextContent{Language: "en", Text: "Another sentence was meant."}}}
	b.login("anna")
	for name, path := range map[string]string{"forms": "/form", "form-translation": "/form/translation?answers=" + v.ID, "form-incident": "/form/incident/early", "form-notice-ru": "/form/notice/give?language=ru", "form-phrase": "/form/phrase", "message-form": "/message/" + v.ID} {
		b.open(path)
		for _, w := range []int64{1280, 390} {
			b.shot(name+map[int64]string{1280: "", 390: "-phone"}[w], w, "light")
			if over := b.eval(`String(document.documentElement.scrollWidth - document.documentElement.clientWidth)`); over != "0" && over[0] != '-' {
				t.Errorf("%s at %d is wider than its window by %s", name, w, over)
			}
		}
	}
	b.open("/form/translation?answers=" + v.ID)
	b.press("form.compose .send button")
	b.until(`document.querySelector("#wrong") !== null`)
	b.shot("form-wrong", 1280, "light")
}
