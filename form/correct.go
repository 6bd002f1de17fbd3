package form

import "parley.example/parley"

// A correction says what was wrong in a message of one's own party. Which one,
// its facts say (`answers`). The original stays as it was sent, and is shown with
// what corrects it. FORM-17
func correctForms() []*Form {
	return []*Form{{
		Kind: parley.KindCorrect, Version: 1, Place: Answers,
		Title: say("Correction", "Исправление", "更正"),
		Help: say("What was wrong in a message of our own. The original stays and is shown beside it.",
			"Что было неверно в нашем собственном сообщении. Оригинал сохраняется и показывается рядом.",
			"我方消息中的错误之处。原文保留，并与更正一同显示。"),
		Fields: []Field{{
			Name: "changes", Type: Group, List: true, Required: true, Most: 64,
			Title: say("Changes", "Изменения", "更改"),
			Help:  say("Each field that was wrong, and what is right.", "Каждое неверное поле и верное значение.", "每个有误的字段及其正确内容。"),
			Fields: []Field{{
				Name: "field", Type: Line, Required: true, Max: 120,
				Title: say("Field", "Поле", "字段"),
				Help:  say("The path of the field, such as detected or affected.0.network.", "Путь поля, например detected или affected.0.network.", "字段路径，例如 detected 或 affected.0.network。"),
			}, {
				Name: "value", Type: Line, Max: 1000, NotWith: []string{"text", "struck"},
				Title: say("Right value", "Верное значение", "正确值"),
				Help:  say("What is right, written as that field is.", "Верное значение в записи этого поля.", "按该字段的写法填写正确值。"),
			}, {
				Name: "text", Type: Text, NotWith: []string{"struck"},
				Title: say("Right text", "Верный текст", "正确文本"),
				Help:  say("What is right, where the field is free text.", "Верный текст, если поле содержит свободный текст.", "字段为自由文本时的正确内容。"),
			}, {
				Name: "struck", Type: Bool,
				Title: say("Struck", "Отозвано", "删除"),
				Help:  say("Nothing stands in its place.", "Ничего взамен.", "不再以任何内容替代。"),
			}},
			Some: [][]string{{"value", "text", "struck"}},
		}, {
			Name: "why", Type: Text, Max: 4000,
			Title: say("Reason", "Причина", "原因"),
			Help:  say("How the mistake came about, where that matters.", "Как возникла ошибка, если это важно.", "如有必要，说明错误的由来。"),
		}},
	}}
}

// CorrectContent is the content of a correction, for json.Unmarshal after Check.
type CorrectContent struct {
	Changes []Change     `json:"changes"`
	Why     *TextContent `json:"why,omitempty"`
}

// Change is one field that was wrong: a value, a text, or nothing in its place.
type Change struct {
	Field  string       `json:"field"`
	Value  string       `json:"value,omitempty"`
	Text   *TextContent `json:"text,omitempty"`
	Struck bool         `json:"struck,omitempty"`
}
