package form

import "parley.example/parley"

// A translation says what another message says, in another language. Which one,
// its facts say (`answers`); who answers for it, its signature does. It is shown
// beside the original and never instead of it. FORM-16
func translationForms() []*Form {
	return []*Form{{
		Kind: parley.KindTranslation, Version: 1, Place: Answers,
		Title: say("Translation", "Перевод", "译文"),
		Help: say("What the answered message says, in another language. Its sender is its translator; the original counts.",
			"Содержание указанного сообщения на другом языке. Отправитель является переводчиком; действует оригинал.",
			"所答复消息的另一语言文本。发送者即译者；以原文为准。"),
		Fields: []Field{{
			Name: "into", Type: Language, Required: true,
			Title: say("Into", "На язык", "译入语言"),
			Help:  say("The language of the translation.", "Язык перевода.", "译文所用语言。"),
		}, {
			Name: "machine", Type: Bool, Required: true,
			Title: say("Made by a machine", "Машинный перевод", "机器翻译"),
			Help:  say("Whether a program translated it.", "Выполнен ли перевод программой.", "是否由程序翻译。"),
		}, {
			Name: "texts", Type: Group, List: true, Required: true, Most: 64,
			Title: say("Texts", "Тексты", "文本"),
			Help:  say("Each text of the message that is translated, by the name of its field.", "Каждый переведённый текст сообщения, по имени его поля.", "消息中每个被翻译的文本，按字段名列出。"),
			Fields: []Field{{
				Name: "field", Type: Line, Required: true, Max: 120,
				Title: say("Field", "Поле", "字段"),
				Help:  say("The path of the field, such as text or impact.0.text.", "Путь поля, например text или impact.0.text.", "字段路径，例如 text 或 impact.0.text。"),
			}, {
				Name: "text", Type: Text, Required: true,
				Title: say("Translation", "Перевод", "译文"),
				Help:  say("The translated text.", "Переведённый текст.", "译出的文本。"),
			}},
		}, {
			Name: "note", Type: Text, Max: 2000,
			Title: say("Translator's note", "Примечание переводчика", "译者注"),
			Help:  say("What could be read in two ways.", "Что можно понять двояко.", "可作两种理解之处。"),
		}},
	}}
}

// TranslationContent is the content of a translation, for json.Unmarshal after Check.
type TranslationContent struct {
	Into    string `json:"into"`
	Machine bool   `json:"machine"`
	Texts   []struct {
		Field string      `json:"field"`
		Text  TextContent `json:"text"`
	} `json:"texts"`
	Note *TextContent `json:"note,omitempty"`
}

// TextContent is a free text with its language.
type TextContent struct {
	Language string `json:"language"`
	Text     string `json:"text"`
}
