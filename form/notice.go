package form

import "parley.example/parley"

func noticeForms() []*Form {
	sorts := []Choice{{"drill", say("Drill", "Учения", "演习")}, {"scan", say("Scan", "Сканирование", "扫描")}, {"maintenance", say("Maintenance", "Обслуживание", "维护")}}
	what := func(owed bool) []Field {
		return []Field{
			{Name: "sort", Type: OneOf, Required: owed, Choices: sorts, Title: say("Sort", "Вид", "类型"), Help: say("A drill, a scan or maintenance of the sender's own.", "Собственные учения, сканирование или обслуживание отправителя.", "发件方自己的演习、扫描或维护。")},
			{Name: "begins", Type: Time, Required: owed, Title: say("From", "С", "开始"), Help: say("When it begins.", "Начало.", "开始时间。")},
			{Name: "ends", Type: Time, Required: owed, After: "begins", Title: say("Until", "До", "结束"), Help: say("When it is over at the latest.", "Окончание не позднее.", "最迟结束时间。")},
			{Name: "networks", Type: Network, List: true, Most: 512, Title: say("Networks", "Сети", "网络"), Help: say("Addresses and prefixes that it comes from, or that it touches.", "Адреса и префиксы источника или цели.", "来源或涉及的地址和前缀。")},
			{Name: "domains", Type: Domain, List: true, Most: 256, Title: say("Domains", "Домены", "域名"), Help: say("Domains that it uses or touches.", "Используемые или затрагиваемые домены.", "使用或涉及的域名。")},
			textField("looks-like", owed, say("What it looks like", "Как это выглядит", "表现形式"), say("What the reader may observe.", "Что может увидеть читатель.", "读者可能观察到的现象。")),
			{Name: "contact", Type: Line, Title: say("Contact", "Контакт", "联系方式"), Help: say("Whom to call if it disturbs.", "К кому обратиться, если мешает.", "受干扰时的联系人。")},
		}
	}
	why := textField("why", false, say("Why", "Почему", "原因"), say("What has changed, and why.", "Что изменилось и почему.", "变更内容及原因。"))
	return []*Form{
		{Kind: parley.KindNotice, Step: parley.NoticeGive, Version: 1, Place: Opens, Fields: what(true),
			Title: say("Advance notice", "Заблаговременное уведомление", "事先通知"),
			Help: say("Our own drill, scan or maintenance: what you may see is not an attack.",
				"Наши собственные учения, сканирование или обслуживание: увиденное не является атакой.", "我方自己的演习、扫描或维护：您看到的不是攻击。")},
		{Kind: parley.KindNotice, Step: parley.NoticeChange, Version: 1, Place: Answers, Fields: append(what(false), why),
			Some:  [][]string{{"sort", "begins", "ends", "networks", "domains", "looks-like", "contact"}},
			Title: say("Advance notice: change", "Уведомление: изменение", "事先通知：变更"), Help: say("What is otherwise than was said before; the rest stands.", "Что изменилось; остальное в силе.", "与先前所述不同之处；其余不变。")},
		{Kind: parley.KindNotice, Step: parley.NoticeCancel, Version: 1, Place: Answers, Fields: []Field{why},
			Title: say("Advance notice: cancelled", "Уведомление: отмена", "事先通知：取消"), Help: say("It does not take place.", "Не состоится.", "不再进行。")},
		{Kind: parley.KindNotice, Step: parley.NoticeEnd, Version: 1, Place: Answers, Fields: []Field{why},
			Title: say("Advance notice: over", "Уведомление: окончание", "事先通知：结束"), Help: say("It is over: what is seen from now on is not ours.", "Завершено: увиденное впредь — не наше.", "已结束：此后所见与我方无关。")},
	}
}

// NoticeContent is what lists read of a notice, for json.Unmarshal after Check.
type NoticeContent struct {
	Sort     string   `json:"sort"`
	Begins   string   `json:"begins"`
	Ends     string   `json:"ends"`
	Networks []string `json:"networks"`
	Domains  []string `json:"domains"`
}
