package form

import "parley.example/parley"

// A withdrawal takes back the request that it answers. REQUEST-9
func withdrawForms() []*Form {
	return []*Form{{
		Kind: parley.KindWithdraw, Version: 1, Place: Answers,
		Title: say("Withdraw", "Отозвать", "撤回"),
		Help:  say("The request needs no answer any more. What was said stays.", "Ответ на запрос больше не требуется. Сказанное сохраняется.", "请求不再需要答复。已说的内容仍然保留。"),
		Fields: []Field{{
			Name: "reason", Type: OneOf, Required: true,
			Title: say("Reason", "Причина", "原因"),
			Help:  say("Why it is withdrawn.", "Почему запрос отзывается.", "为何撤回。"),
			Choices: []Choice{
				{"no-longer-needed", say("No longer needed", "Больше не требуется", "不再需要")},
				{"answered-elsewhere", say("Answered on another channel", "Ответ получен по другому каналу", "已通过其他渠道答复")},
				{"replaced", say("Replaced by another request", "Заменён другим запросом", "由另一请求取代")},
				{"mistake", say("Sent by mistake", "Отправлен по ошибке", "误发")},
			},
		}, {
			Name: "by", Type: Message, OnlyWhen: &If{Field: "reason", Is: []string{"replaced"}},
			Title: say("Replaced by", "Заменён на", "取代的请求"),
			Help:  say("The request that takes its place.", "Запрос, который его заменяет.", "取代它的请求。"),
		}, {
			Name: "text", Type: Text, Max: 4 << 10,
			Title: say("Remark", "Примечание", "说明"),
			Help:  say("More about it.", "Подробнее.", "更多说明。"),
		}},
	}}
}
