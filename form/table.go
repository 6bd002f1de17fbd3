package form

import (
	"slices"

	"parley.example/parley"
	"parley.example/parley/agreement"
)

// A new kind adds one line here and a file beside it. CONTRIBUTING has the walk.
var list = slices.Concat(
	phraseForms(),
	translationForms(),
	correctForms(),
	contactForms(),
	requestForms(),
	responseForms(),
	withdrawForms(),
	contestForms(),
	callForms(),
	watchForms(),
	incidentForms(),
	noticeForms(),
	vulnerabilityForms(),
	remarkForms(),
	intelForms(),
	recallForms(),
)

var forms = index(list)

type key struct {
	kind    parley.Kind
	step    string
	version int
}

func index(list []*Form) map[key]*Form {
	m := make(map[key]*Form, len(list))
	for _, f := range list {
		m[key{f.Kind, f.Step, f.Version}] = f
	}
	return m
}

// say is a title or a help text in the three languages of every form. FORM-14
func say(en, ru, zh string) agreement.Texts {
	return agreement.Texts{"en": en, "ru": ru, "zh-hans": zh}
}

// Pick is the text in the first of the languages that it has; else in English, else in any. FORM-14
func Pick(t agreement.Texts, languages ...string) string { return t[pickTag(t, languages)] }
