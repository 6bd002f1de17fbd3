package form

import "parley.example/parley"

// A recall takes back what its author gave, whole or some objects of it, and is
// owed an answer. INTEL-8
func recallForms() []*Form {
	text := Field{Name: "text", Type: Text, Max: 4 << 10,
		Title: say("Remark", "Примечание", "说明"), Help: say("More about it.", "Подробнее.", "更多说明。")}
	return []*Form{{
		Kind: parley.KindRecall, Step: parley.RecallAsk, Version: 1, Place: Answers,
		Title: say("Recall", "Отзыв", "召回"),
		Help:  say("Use it no more. An answer is owed.", "Больше не использовать. Требуется ответ.", "请停止使用。须予答复。"),
		Fields: []Field{{
			Name: "reason", Type: OneOf, Required: true,
			Title: say("Reason", "Причина", "原因"), Help: say("Why it is recalled.", "Почему отзывается.", "召回原因。"),
			Choices: []Choice{
				{"wrong", say("It is wrong", "Неверно", "内容有误")},
				{"harmless", say("It names what is harmless", "Указано безвредное", "所指并无危害")},
				{"marking", say("It was marked too widely", "Ошибочная маркировка", "标记过宽")},
				{"source", say("Its source asks for it", "По просьбе источника", "应来源要求")},
				{"mistake", say("It was sent by mistake", "Отправлено по ошибке", "误发")},
			},
		}, {
			Name: "objects", Type: Line, List: true, Most: 256,
			Title: say("Objects", "Объекты", "对象"), Help: say("The STIX ids that are recalled; none: everything in the message.", "Отзываемые идентификаторы STIX; если нет — всё сообщение.", "被召回的 STIX 标识；未填则为整条消息。"),
		}, text},
	}, {
		Kind: parley.KindRecall, Step: parley.RecallDone, Version: 1, Place: Answers,
		Title: say("Recall: done", "Отзыв: исполнен", "召回：已完成"),
		Help:  say("What was recalled is out of use here.", "Отозванное здесь больше не используется.", "被召回的内容在此已停止使用。"),
		Fields: []Field{{
			Name: "objects", Type: Number, Required: true, Max: 10_000_000,
			Title: say("Objects", "Объекты", "对象数"), Help: say("How many objects were taken out of use.", "Сколько объектов выведено из использования.", "停止使用的对象数。"),
		}, {
			Name: "passed-on", Type: Bool,
			Title: say("Passed on before", "Передано ранее", "此前已转交"), Help: say("Whether it had been passed on or published before the recall came.", "Было ли передано или опубликовано до отзыва.", "召回前是否已转交或公布。"),
		}, text},
	}, {
		Kind: parley.KindRecall, Step: parley.RecallCannot, Version: 1, Place: Answers,
		Title: say("Recall: not done", "Отзыв: не исполнен", "召回：无法完成"),
		Help:  say("Some of it stays in use, and why.", "Часть остаётся в использовании, и почему.", "部分内容仍在使用及其原因。"),
		Fields: []Field{{
			Name: "ground", Type: OneOf, Required: true,
			Title: say("Ground", "Основание", "理由"), Help: say("Why it stays.", "Почему остаётся.", "保留原因。"),
			Choices: []Choice{
				{"law", say("The law here demands that it is kept", "Хранения требует закон", "当地法律要求保留")},
				{"own", say("It is known here from another source", "Известно из другого источника", "另有来源")},
				{"out-of-reach", say("It was passed on and is out of reach", "Передано и вне досягаемости", "已转交且无法收回")},
			},
		}, text},
	}}
}

// RecallContent is the content of a recall's opening step, for json.Unmarshal after Check.
type RecallContent struct {
	Reason  string       `json:"reason"`
	Objects []string     `json:"objects"`
	Text    *TextContent `json:"text"`
}
