package form

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"parley.example/parley"
	"parley.example/parley/agreement"
)

// A phrase is a numbered sentence of the agreement's phrasebook with its values:
// everybody reads it in the language of their own copy of the text. FORM-15
func phraseForms() []*Form {
	return []*Form{{
		Kind: parley.KindPhrase, Version: 1, Place: Either,
		Title: say("Sentence of the phrasebook", "Фраза из разговорника", "短语手册语句"),
		Help: say("A numbered sentence that the agreement has in every language; only its values are sent.",
			"Пронумерованная фраза, которая есть в соглашении на каждом языке; передаются только значения.",
			"协议中以各语言列出的编号语句；只发送其中的值。"),
		Fields: []Field{{
			Name: "number", Type: Number, Required: true, Min: 1, Max: 9999, Words: Phrases,
			Title: say("Number", "Номер", "编号"),
			Help:  say("The number of a sentence of the agreement's phrasebook.", "Номер фразы из разговорника соглашения.", "协议短语手册中语句的编号。"),
		}, {
			Name: "values", Type: Slots,
			Title: say("Values", "Значения", "值"),
			Help:  say("One value for each slot of the sentence.", "По одному значению на каждый пропуск фразы.", "语句每个空位填一个值。"),
		}},
	}}
}

// PhraseContent is the content of a phrase without its values, for json.Unmarshal after Check.
type PhraseContent struct {
	Number int `json:"number"`
}

// Say is the sentence that a phrase sends, in the first of the reader's languages
// in which the agreement has it, and the tag of that language. Free text among
// its values stays in the language of whoever wrote it. ok is false where the
// content does not fit, or the agreement has no such sentence. FORM-15
func Say(raw json.RawMessage, a *agreement.Agreement, languages ...string) (sentence, language string, ok bool) {
	f, _ := Find(parley.KindPhrase, "", 1)
	if a == nil {
		return "", "", false
	}
	values, faults := f.read(raw, a)
	if len(faults) > 0 {
		return "", "", false
	}
	n, _ := strconv.Atoi(values[0].text)
	p := phraseOf(a, n)
	language = pickTag(p.Text, languages)
	var said []string
	for i := range values[1].kids {
		if v := &values[1].kids[i]; v.given() {
			said = append(said, "{"+v.field.Name+"}", spoken(v))
		}
	}
	return strings.NewReplacer(said...).Replace(p.Text[language]), language, true
}

// spoken is a value inside a sentence. Of a message its beginning is said, by
// which it is found; the whole id stands in the content.
func spoken(v *value) string {
	switch v.field.Type {
	case Message:
		return v.text[:12]
	case ASN:
		return "AS" + v.text
	case Time:
		return v.text[:10] + " " + strings.TrimSuffix(v.text[11:19], ":00") + " UTC"
	}
	return v.text
}

// pickTag is the tag of the text that Pick picks.
func pickTag(t agreement.Texts, languages []string) string {
	for _, l := range append(slices.Clone(languages), "en") {
		if _, ok := t[l]; ok {
			return l
		}
	}
	least := ""
	for l := range t {
		if least == "" || l < least {
			least = l
		}
	}
	return least
}
