package form

import (
	"parley.example/parley"
	"parley.example/parley/agreement"
)

// A request invokes an article, says how its sender reads it, and asks for one
// thing. REQUEST-1, REQUEST-2
func requestForms() []*Form {
	return []*Form{
		request(parley.RequestInformation,
			say("Request for information", "Запрос информации", "信息请求"),
			say("Asks what the other side knows.", "Запрашивает, что известно другой стороне.", "询问对方所知的情况。"),
			requestText("question", say("Question", "Вопрос", "问题"),
				say("What you want to know.", "Что требуется узнать.", "希望了解的内容。")),
			requestText("use", say("Use", "Использование", "用途"),
				say("What the answer will be used for.", "Для чего будет использован ответ.", "答复将用于何处。")),
		),
		request(parley.RequestAssistance,
			say("Request for assistance", "Запрос о содействии", "协助请求"),
			say("Asks for help with an incident.", "Запрашивает помощь в связи с инцидентом.", "就事件请求帮助。"),
			requestText("situation", say("Situation", "Обстановка", "情况"),
				say("What has happened, and what is known.", "Что произошло и что известно.", "发生了什么，已知什么。")),
			requestText("wanted", say("Help wanted", "Требуемая помощь", "所需帮助"),
				say("What you ask the other side to do.", "Что просят сделать другую сторону.", "请求对方做什么。")),
		),
		request(parley.RequestMitigation,
			say("Request for mitigation", "Запрос о прекращении вредоносной активности", "缓解请求"),
			say("Asks to stop activity that comes from the other side's networks. It does not say that the other side is responsible for it.",
				"Просит прекратить активность из сетей другой стороны. Это не означает, что другая сторона несёт за неё ответственность.",
				"请求制止来自对方网络的活动。这并不表示对方对此负有责任。"),
			requestText("activity", say("Activity", "Активность", "活动"),
				say("What you observe.", "Что наблюдается.", "观察到的情况。")),
			requestText("measure", say("Measure wanted", "Требуемая мера", "所需措施"),
				say("What you ask to be stopped or taken down, and how far.", "Что просят прекратить или отключить и в каких пределах.", "请求停止或关闭什么，以及范围。")),
		),
		request(parley.RequestPreservation,
			say("Request for preservation of data", "Запрос об обеспечении сохранности данных", "数据保全请求"),
			say("Asks to keep data from being changed or deleted until a formal request follows.",
				"Просит сохранить данные неизменными до поступления официального запроса.",
				"请求在正式请求提出之前保持数据不被更改或删除。"),
			requestText("authority", say("Authority", "Орган", "主管机关"),
				say("The authority that asks.", "Орган, который обращается с запросом.", "提出请求的机关。")),
			requestText("offence", say("Offence and brief facts", "Правонарушение и краткие факты", "违法行为及简要事实"),
				say("The offence under investigation, and its facts in brief.", "Расследуемое правонарушение и краткое изложение фактов.", "正在调查的违法行为及其简要事实。")),
			requestText("data", say("Data and its bearing", "Данные и их значение", "数据及其关联"),
				say("The stored data to be preserved, and how it bears on the offence.", "Хранимые данные, подлежащие сохранению, и их связь с правонарушением.", "需要保全的存储数据及其与违法行为的关系。")),
			requestText("custodian", say("Custodian or system", "Держатель или система", "保管者或系统"),
				say("What identifies the custodian of the data or the system that holds it.", "Сведения, позволяющие установить держателя данных или систему.", "可识别数据保管者或所在系统的信息。")),
			requestText("necessity", say("Why it is needed", "Почему это необходимо", "保全的必要性"),
				say("Why the data has to be preserved.", "Почему данные необходимо сохранить.", "为何必须保全该数据。")),
			requestText("intent", say("Intent to send a formal request", "Намерение направить официальный запрос", "提交正式请求的意向"),
				say("That a formal request will follow, by whom, and when.", "Что последует официальный запрос, от кого и когда.", "将由何人于何时提出正式请求。")),
			Field{Name: "keep-for", Type: Length,
				Title: say("Keep for", "Срок хранения", "保全期限"),
				Help:  say("How long to keep it, such as 90 days.", "На какой срок сохранить, например 90 days.", "保全多久，例如 90 days。")},
		),
		request(parley.RequestEmergency,
			say("Request for emergency disclosure", "Запрос об экстренном раскрытии данных", "紧急披露请求"),
			say("Asks for data at once, since a life or safety is in danger.", "Запрашивает данные немедленно ввиду угрозы жизни или безопасности.", "因生命或安全受到威胁，请求立即提供数据。"),
			requestText("danger", say("Danger", "Угроза", "危险"),
				say("Who is in danger, of what, and how soon.", "Кому, что и как скоро угрожает.", "何人面临何种危险、何时发生。")),
			requestText("data", say("Data", "Данные", "数据"),
				say("The data that is needed.", "Необходимые данные.", "所需的数据。")),
			requestText("custodian", say("Custodian or system", "Держатель или система", "保管者或系统"),
				say("What identifies the custodian of the data or the system that holds it.", "Сведения, позволяющие установить держателя данных или систему.", "可识别数据保管者或所在系统的信息。")),
			requestText("authority", say("Authority", "Орган", "主管机关"),
				say("The authority that asks, and by which law.", "Орган, который обращается с запросом, и правовое основание.", "提出请求的机关及其法律依据。")),
		),
	}
}

// request is one form: the fields of its own stand between what every request
// owes and what every request may say.
func request(step string, title, help agreement.Texts, own ...Field) *Form {
	fields := []Field{{
		Name: "invokes", Type: Term, Words: Articles, Required: true,
		Title: say("Invokes", "Ссылка на статью", "援引条款"),
		Help:  say("The article of the agreement that you invoke.", "Статья соглашения, на которую ссылается запрос.", "所援引的协议条款。"),
	}, {
		Name: "reading", Type: Text, Required: true, Max: maxReading,
		Title: say("Our reading", "Наше толкование", "我方理解"),
		Help:  say("How you read this article, and why it applies.", "Как понимается эта статья и почему она применима.", "对该条款的理解及其适用理由。"),
	}}
	fields = append(fields, own...)
	fields = append(fields, Field{
		Name: "threat", Type: Term, Words: Threats,
		Title: say("Threat", "Угроза", "威胁类别"),
		Help:  say("The threat class of the agreement.", "Класс угрозы по соглашению.", "协议中的威胁类别。"),
	}, Field{
		Name: "severity", Type: Term, Words: Severity,
		Title: say("Severity", "Серьёзность", "严重程度"),
		Help:  say("On the common scale of the agreement.", "По общей шкале соглашения.", "按协议的共同等级。"),
	}, Field{
		Name: "incident", Type: Message,
		Title: say("Incident", "Инцидент", "事件"),
		Help:  say("The message that told of the incident.", "Сообщение, в котором сообщалось об инциденте.", "通报该事件的消息。"),
	}, Field{
		Name: "networks", Type: Network, List: true, Most: 200,
		Title: say("Addresses", "Адреса", "地址"),
		Help:  say("Addresses or prefixes that it is about.", "Адреса или префиксы, о которых идёт речь.", "所涉及的地址或前缀。"),
	}, Field{
		Name: "domains", Type: Domain, List: true, Most: 200,
		Title: say("Domains", "Домены", "域名"),
		Help:  say("Host names that it is about.", "Имена узлов, о которых идёт речь.", "所涉及的主机名。"),
	}, Field{
		Name: "since", Type: Time,
		Title: say("Since", "С", "起始时间"),
		Help:  say("From when on it was observed, in UTC.", "С какого момента наблюдается, UTC.", "自何时起观察到（UTC）。"),
	}, Field{
		Name: "until", Type: Time, After: "since",
		Title: say("Until", "По", "截止时间"),
		Help:  say("Until when it was observed, in UTC.", "До какого момента наблюдалось, UTC.", "观察到何时为止（UTC）。"),
	}, Field{
		Name: "wanted-by", Type: Time,
		Title: say("Wanted by", "Желательно к", "希望答复时间"),
		Help: say("When an answer would still help, in UTC. A wish: the agreement's clock decides what is owed.",
			"К какому моменту ответ ещё полезен, UTC. Это пожелание: срок определяется соглашением.",
			"答复仍有帮助的最晚时间（UTC）。仅为愿望：应答期限由协议决定。"),
	})
	f := &Form{Kind: parley.KindRequest, Step: step, Version: 1, Place: Either, Title: title, Help: help, Fields: fields}
	switch step {
	case parley.RequestMitigation:
		f.Some = [][]string{{"networks", "domains"}}
		f.require("since")
	case parley.RequestEmergency:
		f.require("wanted-by")
	}
	return f
}

// Bounds of the texts of requests and responses, in octets: six of them fit in one message.
const (
	maxReading = 4 << 10
	maxRequest = 6 << 10
)

func requestText(name string, title, help agreement.Texts) Field {
	return Field{Name: name, Type: Text, Required: true, Max: maxRequest, Title: title, Help: help}
}

func (f *Form) require(name string) {
	for i := range f.Fields {
		if f.Fields[i].Name == name {
			f.Fields[i].Required = true
		}
	}
}

// RequestContent is what every request says, for json.Unmarshal after Check.
type RequestContent struct {
	Invokes  string      `json:"invokes"`
	Reading  TextContent `json:"reading"`
	WantedBy string      `json:"wanted-by,omitempty"`
}
