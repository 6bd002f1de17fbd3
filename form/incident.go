package form

import (
	"parley.example/parley"
)

// Classes are the incident classes of the Reference Security Incident Taxonomy
// (RSIT), its eleven, "test" among them. INCIDENT-3
func classes() []Choice {
	return []Choice{
		{"abusive-content", say("Abusive content", "Оскорбительное содержание", "不良内容")},
		{"malicious-code", say("Malicious code", "Вредоносный код", "恶意代码")},
		{"information-gathering", say("Information gathering", "Сбор информации", "信息收集")},
		{"intrusion-attempts", say("Intrusion attempts", "Попытки вторжения", "入侵尝试")},
		{"intrusions", say("Intrusions", "Вторжения", "入侵")},
		{"availability", say("Availability", "Доступность", "可用性")},
		{"information-content-security", say("Information content security", "Безопасность содержания информации", "信息内容安全")},
		{"fraud", say("Fraud", "Мошенничество", "欺诈")},
		{"vulnerable", say("Vulnerable", "Уязвимость", "存在漏洞")},
		{"other", say("Other", "Прочее", "其他")},
		{"test", say("Test", "Проверка", "测试")},
	}
}

// NoLiability and NoResponsibility stand under every incident, and under one that
// names addresses of the reader's constituency. INCIDENT-6
var (
	NoLiability = say("To report an incident brings no added liability to whoever reports it.",
		"Сообщение об инциденте не влечёт для сообщившего дополнительной ответственности.",
		"报告事件不会给报告方带来额外责任。")
	NoResponsibility = say("That addresses of a territory were used does not by itself mean that its state, or anybody in it, is responsible.",
		"То, что использовались адреса с некоторой территории, само по себе не означает ответственности её государства или кого-либо на ней.",
		"使用了某一领土的地址，本身并不意味着该国或其境内任何人负有责任。")
)

func incidentForms() []*Form {
	return []*Form{
		{Kind: parley.KindIncident, Step: parley.StageEarly, Version: 1, Place: Opens,
			Title: say("Incident: early warning", "Инцидент: раннее предупреждение", "事件：早期预警"),
			Help: say("That something happened, and whether it may be malicious or reach across a border. Not all need be known.",
				"Что нечто произошло, и может ли оно быть злонамеренным или трансграничным. Известно может быть не всё.",
				"发生了某事，以及它是否可能是恶意的或跨境的。不必全部查明。"),
			Fields: join(incidentHead(true), incidentTimes(), incidentSuspicion(true), incidentFacts(false), incidentReach(), incidentNext())},
		{Kind: parley.KindIncident, Step: parley.StageFull, Version: 1, Place: Either,
			Title: say("Incident: notification", "Инцидент: уведомление", "事件：通报"),
			Help: say("What is known: severity, impact, facts, and apart from these what is claimed.",
				"Что известно: тяжесть, последствия, факты и, отдельно от них, утверждения.",
				"已知情况：严重程度、影响、事实，以及与之分开的主张。"),
			Fields: join(incidentHead(true), incidentTimes(), incidentSuspicion(true), incidentSeverity(true), incidentFacts(true), incidentReach(), incidentImpact(), incidentClaims(), incidentNext())},
		{Kind: parley.KindIncident, Step: parley.StageIntermediate, Version: 1, Place: Answers,
			Title: say("Incident: intermediate report", "Инцидент: промежуточный отчёт", "事件：中期报告"),
			Help:  say("How it goes on since the stage before.", "Что изменилось с предыдущей стадии.", "自上一阶段以来的进展。"),
			Fields: join(incidentHead(false), incidentTimes(), incidentSuspicion(false), incidentSeverity(false), incidentFacts(true), incidentReach(), incidentImpact(), incidentClaims(),
				[]Field{textField("measures", false, say("Measures", "Меры", "措施"), say("What was done, and what is asked of the reader.", "Что сделано и о чём просят читателя.", "已采取的措施，以及对读者的请求。"))}, incidentNext())},
		{Kind: parley.KindIncident, Step: parley.StageFinal, Version: 1, Place: Answers,
			Title: say("Incident: final report", "Инцидент: заключительный отчёт", "事件：最终报告"),
			Help:  say("What it was, what caused it, what was done.", "Что это было, чем вызвано, что сделано.", "事件的性质、原因和处置。"),
			Fields: join(incidentHead(true), incidentTimes(), incidentSuspicion(true), incidentSeverity(true), incidentFacts(true), incidentReach(), incidentImpact(), incidentClaims(),
				[]Field{
					textField("cause", true, say("Cause", "Причина", "原因"), say("The root cause, or that it is not known.", "Первопричина либо указание, что она неизвестна.", "根本原因，或说明原因不明。")),
					textField("measures", true, say("Measures", "Меры", "措施"), say("What was done and what goes on.", "Что сделано и что продолжается.", "已采取和正在采取的措施。")),
				})},
	}
}

func incidentHead(classed bool) []Field {
	return []Field{
		{Name: "reference", Type: Line, Title: say("Our reference", "Наш номер", "我方编号"), Help: say("The number of the matter in the sender's own books.", "Номер дела у отправителя.", "发件方内部的案件编号。")},
		{Name: "class", Type: OneOf, Required: classed, Choices: classes(), Title: say("Class", "Класс", "类别"), Help: say("The class of the incident taxonomy RSIT.", "Класс по таксономии RSIT.", "RSIT 事件分类。")},
		{Name: "threat", Type: Term, Words: Threats, Title: say("Threat", "Угроза", "威胁"), Help: say("A threat class of the agreement.", "Класс угрозы по соглашению.", "协议所列威胁类别。")},
	}
}

func incidentTimes() []Field {
	return []Field{
		{Name: "detected", Type: Time, Title: say("Detected", "Обнаружен", "发现时间"), Help: say("When the sender became aware of it.", "Когда отправителю стало известно.", "发件方知悉的时间。")},
		{Name: "began", Type: Time, Title: say("Began", "Начался", "开始时间"), Help: say("When it began, as far as is known.", "Когда начался, насколько известно.", "已知的开始时间。")},
		{Name: "ended", Type: Time, NotBefore: "began", Title: say("Ended", "Закончился", "结束时间"), Help: say("When it ended; left out while it goes on.", "Когда закончился; опускается, пока продолжается.", "结束时间；仍在持续时省略。")},
	}
}

// suspicion: yes is a suspicion of the sender, and never a claim about a party.
func incidentSuspicion(owed bool) []Field {
	answers := []Choice{{"yes", say("Yes", "Да", "是")}, {"no", say("No", "Нет", "否")}, {"unknown", say("Not known", "Неизвестно", "未知")}}
	return []Field{
		{Name: "malicious", Type: OneOf, Required: owed, Choices: answers, Title: say("Suspected malicious", "Подозрение на умысел", "疑似恶意"), Help: say("Whether an unlawful or malicious act is suspected.", "Подозревается ли незаконное или злонамеренное действие.", "是否怀疑存在非法或恶意行为。")},
		{Name: "cross-border", Type: OneOf, Required: owed, Choices: answers, Title: say("Across borders", "Трансграничность", "跨境"), Help: say("Whether it has, or may have, effects across a border.", "Есть ли или возможны последствия за границей.", "是否有或可能有跨境影响。")},
	}
}

func incidentSeverity(owed bool) []Field {
	return []Field{
		{Name: "severity", Type: Term, Words: Severity, Required: owed, Title: say("Severity", "Тяжесть", "严重程度"), Help: say("On the common scale of the agreement.", "По общей шкале соглашения.", "按协议的共同等级。")},
		{Name: "own-severity", Type: Group, Title: say("Severity of the sender", "Тяжесть по шкале отправителя", "发件方的严重程度"), Help: say("The sender's own scale, and the value on it.", "Собственная шкала отправителя и значение.", "发件方自己的等级及其值。"),
			Fields: []Field{
				{Name: "scale", Type: Line, Required: true, Title: say("Scale", "Шкала", "等级体系"), Help: say("The name of the scale.", "Название шкалы.", "等级体系名称。")},
				{Name: "value", Type: Line, Required: true, Title: say("Value", "Значение", "值"), Help: say("The value on that scale.", "Значение по этой шкале.", "该体系上的值。")},
			}},
	}
}

func incidentFacts(owed bool) []Field {
	return []Field{textField("facts", owed, say("Facts", "Факты", "事实"), say("What was observed, without who is behind it.", "Что наблюдалось, без указания, кто за этим стоит.", "所观察到的情况，不涉及幕后者。"))}
}

func incidentReach() []Field {
	return []Field{
		{Name: "affected", Type: Network, List: true, Most: 512, Title: say("Affected addresses", "Затронутые адреса", "受影响地址"), Help: say("Addresses and prefixes that are affected.", "Затронутые адреса и префиксы.", "受影响的地址和前缀。")},
		{Name: "affected-domains", Type: Domain, List: true, Most: 256, Title: say("Affected domains", "Затронутые домены", "受影响域名"), Help: say("Domains that are affected.", "Затронутые домены.", "受影响的域名。")},
		{Name: "from-territory", Type: Network, List: true, Most: 512, Title: say("From your territory", "С вашей территории", "来自贵方领土"), Help: say("Addresses of the reader's constituency that take part. It implies no responsibility.", "Адреса из сферы ответственности читателя. Ответственности это не подразумевает.", "属于读者辖区的相关地址。这不意味着任何责任。")},
		{Name: "sectors", Type: Word, List: true, Most: 32, Title: say("Sectors", "Отрасли", "行业"), Help: say("Sectors that are affected: energy, health, finance.", "Затронутые отрасли: energy, health, finance.", "受影响行业：energy、health、finance。")},
	}
}

func incidentImpact() []Field {
	return []Field{
		textField("impact", false, say("Impact", "Последствия", "影响"), say("What the incident does at home and across borders.", "Последствия внутри страны и за границей.", "对国内和境外的影响。")),
		{Name: "parties", Type: Party, List: true, Words: Members, Title: say("Parties affected", "Затронутые стороны", "受影响的缔约方"), Help: say("Parties of the agreement that it affects.", "Стороны соглашения, которых он затрагивает.", "受其影响的协议缔约方。")},
	}
}

// claims stand apart from facts, each with how sure its author is; no review counts them. INCIDENT-5
func incidentClaims() []Field {
	level := []Choice{{"certain", say("Almost certain", "Почти наверняка", "几乎确定")}, {"likely", say("Likely", "Вероятно", "很可能")}, {"even", say("Even chance", "Равные шансы", "可能性各半")}, {"unlikely", say("Unlikely", "Маловероятно", "不太可能")}}
	confidence := []Choice{{"high", say("High", "Высокая", "高")}, {"moderate", say("Moderate", "Средняя", "中")}, {"low", say("Low", "Низкая", "低")}}
	return []Field{{Name: "claims", Type: Group, List: true, Most: 8, Title: say("Claims", "Утверждения", "主张"), Help: say("What the sender concludes, apart from the facts.", "Выводы отправителя, отдельно от фактов.", "发件方的结论，与事实分开。"),
		Fields: []Field{
			textField("claim", true, say("Claim", "Утверждение", "主张"), say("What is claimed.", "Что утверждается.", "主张内容。")),
			{Name: "likelihood", Type: OneOf, Required: true, Choices: level, Title: say("Likelihood", "Вероятность", "可能性"), Help: say("How likely the sender holds it to be.", "Насколько вероятным считает отправитель.", "发件方认为的可能性。")},
			{Name: "confidence", Type: OneOf, Required: true, Choices: confidence, Title: say("Confidence", "Уверенность", "置信度"), Help: say("How good its grounds are.", "Насколько надёжны основания.", "依据的可靠程度。")},
			textField("grounds", false, say("Grounds", "Основания", "依据"), say("What it rests upon.", "На чём основано.", "所依据的内容。")),
		}}}
}

func incidentNext() []Field {
	return []Field{{Name: "next", Type: Time, Title: say("Next report", "Следующий отчёт", "下次报告"), Help: say("When the sender means to report again. It promises nothing.", "Когда отправитель намерен сообщить снова. Обязательства не создаёт.", "发件方打算再次报告的时间，不构成承诺。")}}
}

// IncidentContent is what folds and lists read of a stage, for json.Unmarshal after Check.
type IncidentContent struct {
	Reference       string       `json:"reference"`
	Class           string       `json:"class"`
	Detected        string       `json:"detected"`
	Began           string       `json:"began"`
	Ended           string       `json:"ended"`
	Severity        string       `json:"severity"`
	Facts           *TextContent `json:"facts"`
	Affected        []string     `json:"affected"`
	AffectedDomains []string     `json:"affected-domains"`
	FromTerritory   []string     `json:"from-territory"`
}

// ClassTest is the class of what is no incident at all.
const ClassTest = "test"
