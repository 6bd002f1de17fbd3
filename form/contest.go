package form

import "parley.example/parley"

// A contest says that a request is not one to be answered here. REQUEST-10
func contestForms() []*Form {
	return []*Form{{
		Kind: parley.KindContest, Version: 1, Place: Answers,
		Title: say("Contest", "Оспорить", "异议"),
		Help: say("The request does not belong here, or was answered on another channel. Neither side decides for the other.",
			"Запрос направлен не по адресу или на него ответили по другому каналу. Ни одна сторона не решает за другую.",
			"请求不属于此处，或已通过其他渠道答复。任何一方均不代替另一方作出决定。"),
		Fields: []Field{{
			Name: "claim", Type: OneOf, Required: true,
			Title: say("Claim", "Утверждение", "主张"),
			Help:  say("What you say of the request.", "Что утверждается о запросе.", "对该请求的主张。"),
			Choices: []Choice{
				{"not-here", say("It does not belong here", "Он направлен не по адресу", "不属于此处")},
				{"answered-elsewhere", say("It was answered on another channel", "На него ответили по другому каналу", "已通过其他渠道答复")},
			},
		}, {
			Name: "channel", Type: Line, Max: 200, NeededWhen: &If{Field: "claim", Is: []string{"answered-elsewhere"}},
			Title: say("Channel", "Канал", "渠道"),
			Help:  say("The channel on which it was answered, or where it belongs.", "Канал, по которому ответили, или куда следует обратиться.", "已答复的渠道，或应当送达之处。"),
		}, {
			Name: "reference", Type: Line, Max: 200, NeededWhen: &If{Field: "claim", Is: []string{"answered-elsewhere"}},
			Title: say("Reference", "Номер", "编号"),
			Help:  say("The number or name by which that answer is found.", "Номер или название, по которому можно найти этот ответ.", "可查到该答复的编号或名称。"),
		}, {
			Name: "answered-at", Type: Time, OnlyWhen: &If{Field: "claim", Is: []string{"answered-elsewhere"}},
			Title: say("Answered at", "Время ответа", "答复时间"),
			Help:  say("When it was answered there, in UTC.", "Когда там был дан ответ, UTC.", "在该渠道答复的时间（UTC）。"),
		}, {
			Name: "text", Type: Text, Required: true, Max: 8 << 10,
			Title: say("Reasons", "Обоснование", "理由"),
			Help:  say("Why you say so.", "Почему делается такое утверждение.", "为何如此主张。"),
		}},
	}}
}
