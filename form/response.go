package form

import (
	"parley.example/parley"
	"parley.example/parley/agreement"
)

// A response answers a request. Which one, its facts say; what it does, its step. REQUEST-6
func responseForms() []*Form {
	form := func(step string, title, help agreement.Texts, fields ...Field) *Form {
		return &Form{Kind: parley.KindResponse, Step: step, Version: 1, Place: Answers, Title: title, Help: help, Fields: fields}
	}
	return []*Form{
		form(parley.ResponseAcknowledge, say("Acknowledge", "Подтвердить получение", "确认收到"),
			say("The request was read. This admits nothing and agrees to nothing.", "Запрос прочитан. Это ничего не признаёт и ни на что не является согласием.", "请求已阅读。这不表示承认或同意任何事项。"),
			Field{Name: "note", Type: Text, Max: 2000, Title: say("Note", "Примечание", "备注"),
				Help: say("What the asker should know now.", "Что запросившему следует знать сейчас.", "请求方现在应知的情况。")}),
		form(parley.ResponseOffer, say("Offer help", "Предложить помощь", "提供帮助"),
			say("What can be done: time frame, nature, scope and terms.", "Что можно сделать: сроки, характер, объём и условия.", "可提供的帮助：时限、性质、范围和条件。"),
			responseText("time-frame", say("Time frame", "Сроки", "时限"), say("From when to when.", "С какого по какое время.", "自何时至何时。")),
			responseText("nature", say("Nature", "Характер", "性质"), say("What kind of help.", "Какого рода помощь.", "何种帮助。")),
			responseText("scope", say("Scope", "Объём", "范围"), say("How much of it, and what not.", "В каком объёме и что не входит.", "帮助的程度以及不包括的内容。")),
			responseText("terms", say("Terms", "Условия", "条件"), say("Under which conditions.", "На каких условиях.", "在何种条件下。")),
			Field{Name: "until", Type: Time, Title: say("Stands until", "Действительно до", "有效期至"),
				Help: say("Until when the offer stands, in UTC.", "До какого момента действует предложение, UTC.", "该提议有效至何时（UTC）。")}),
		form(parley.ResponseProgress, say("Report progress", "Сообщить о ходе работы", "报告进展"),
			say("How far the matter is.", "На каком этапе находится дело.", "事项进展到何处。"),
			responseText("text", say("Progress", "Ход работы", "进展"), say("What was done, and what is next.", "Что сделано и что дальше.", "已做之事及下一步。")),
			Field{Name: "expected", Type: Time, Title: say("Result expected", "Ожидаемый результат", "预计结果时间"),
				Help: say("When a result can be expected, in UTC.", "Когда ожидается результат, UTC.", "预计何时有结果（UTC）。")}),
		form(parley.ResponseResult, say("Give the result", "Сообщить результат", "给出结果"),
			say("What was asked for, or what came of it.", "То, о чём просили, или что из этого вышло.", "所请求的内容或其结果。"),
			Field{Name: "outcome", Type: OneOf, Required: true, Title: say("Outcome", "Итог", "结果"),
				Help: say("What came of the request.", "Чем завершился запрос.", "请求的结果如何。"),
				Choices: []Choice{
					{"given", say("Given or done", "Предоставлено или выполнено", "已提供或已完成")},
					{"partly", say("Given in part", "Предоставлено частично", "部分提供")},
					{"preserved", say("Preserved", "Сохранность обеспечена", "已保全")},
					{"nothing-found", say("Nothing found", "Ничего не найдено", "未发现")},
				}},
			responseText("text", say("Result", "Результат", "结果说明"), say("The answer itself; files go with it as attachments.", "Сам ответ; файлы прилагаются.", "答复本身；文件作为附件。")),
			Field{Name: "kept-until", Type: Time, OnlyWhen: &If{Field: "outcome", Is: []string{"preserved"}},
				Title: say("Kept until", "Хранится до", "保全至"),
				Help:  say("Until when the data is kept, in UTC.", "До какого момента сохраняются данные, UTC.", "数据保全至何时（UTC）。")}),
		form(parley.ResponseRefuse, say("Refuse", "Отказать", "拒绝"),
			say("A refusal has a ground of the agreement, and its reasons.", "Отказ имеет основание из соглашения и причины.", "拒绝须有协议规定的理由并说明原因。"),
			Field{Name: "ground", Type: Term, Words: Refusals, Required: true, Title: say("Ground", "Основание", "理由"),
				Help: say("A ground of refusal that the agreement lists.", "Основание для отказа, предусмотренное соглашением.", "协议所列的拒绝理由。")},
			responseText("text", say("Reasons", "Причины", "原因"), say("Why this ground applies.", "Почему применимо это основание.", "为何适用该理由。"))),
		form(parley.ResponseCannotEnsure, say("Cannot ensure", "Невозможно обеспечить", "无法确保"),
			say("We tried or would try, and what was asked for is not in our hands.", "Попытка сделана или возможна, но запрошенное не в нашей власти.", "已尝试或愿意尝试，但所请求之事不在我方掌控之中。"),
			responseText("text", say("Reasons", "Причины", "原因"), say("What stands in the way.", "Что препятствует.", "障碍何在。"))),
	}
}

func responseText(name string, title, help agreement.Texts) Field {
	return Field{Name: name, Type: Text, Required: true, Max: maxRequest, Title: title, Help: help}
}

// RefusalContent is the content of a refusal, for json.Unmarshal after Check.
type RefusalContent struct {
	Ground string      `json:"ground"`
	Text   TextContent `json:"text"`
}
