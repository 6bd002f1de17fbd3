package form

import (
	"encoding/json"
	"strings"

	"parley.example/parley"
)

// CallRecord is the content of a call's record, for json.Unmarshal after Check. CALL-2
type CallRecord struct {
	At        string       `json:"at"`
	Direction string       `json:"direction"` // out: the recording side called; in: it was called
	Route     string       `json:"route"`
	Role      string       `json:"role,omitempty"` // spoken to, at the other side
	Result    string       `json:"result"`
	Minutes   int          `json:"minutes,omitempty"`
	Words     string       `json:"words,omitempty"`
	Note      *TextContent `json:"note,omitempty"`
}

// CallDenial is the content of a deny. CALL-6
type CallDenial struct {
	Reason string       `json:"reason"`
	Note   *TextContent `json:"note,omitempty"`
}

// CallSecret is the content of a call's words. CALL-8
type CallSecret struct {
	Secret string `json:"secret"`
	Until  string `json:"until"`
}

func callForms() []*Form {
	note := Field{Name: "note", Type: Text, Max: 4000, Title: say("Note", "Примечание", "备注"),
		Help: say("What was said, in short, or what else matters.", "Кратко, что было сказано, или иное важное.", "简述通话内容或其他要点。")}
	role := func(required *If, help ...string) Field {
		return Field{Name: "role", Type: Word, NeededWhen: required, Title: say("Role", "Должность", "职务"), Help: say(help[0], help[1], help[2])}
	}
	return []*Form{{
		Kind: parley.KindCall, Step: parley.CallRecord, Version: 1, Place: Opens,
		Title: say("Call on record", "Запись о звонке", "通话记录"),
		Help:  say("A telephone call that took place, or was tried. The other side confirms it or says that it was not so.", "Состоявшийся или предпринятый звонок. Другая сторона подтверждает его или отрицает.", "已发生或已尝试的通话。由对方确认或否认。"),
		Fields: []Field{{
			Name: "at", Type: Time, Required: true, Title: say("Begun", "Начало", "开始时间"),
			Help: say("When the call began, in UTC.", "Когда начался звонок, UTC.", "通话开始的时间（UTC）。"),
		}, {
			Name: "direction", Type: OneOf, Required: true, Title: say("Direction", "Направление", "方向"),
			Help: say("Who called.", "Кто звонил.", "由谁拨出。"),
			Choices: []Choice{
				{parley.CallOut, say("We called", "Звонили мы", "我方拨出")},
				{parley.CallIn, say("We were called", "Звонили нам", "对方打来")},
			},
		}, {
			Name: "route", Type: OneOf, Required: true, Title: say("Route", "Канал", "渠道"),
			Help: say("By which way.", "По какому каналу.", "通过何种渠道。"),
			Choices: []Choice{
				{"telephone", say("Telephone", "Телефон", "电话")},
				{"emergency", say("Emergency telephone", "Экстренный телефон", "紧急电话")},
				{"satellite", say("Satellite telephone", "Спутниковый телефон", "卫星电话")},
				{"radio", say("Radio", "Радио", "无线电")},
				{"video", say("Video", "Видеосвязь", "视频")},
				{"in-person", say("In person", "Лично", "当面")},
			},
		}, role(&If{Field: "result", Is: []string{parley.CallSpoke}},
			"Who was spoken to: a role such as duty-officer, never a person's name.", "С кем говорили: должность, например duty-officer, а не имя.", "通话对象：职务（如 duty-officer），而非姓名。"), {
			Name: "result", Type: OneOf, Required: true, Title: say("Result", "Итог", "结果"),
			Help: say("What came of it.", "Чем закончился звонок.", "通话结果。"),
			Choices: []Choice{
				{parley.CallSpoke, say("Spoke", "Разговор состоялся", "已通话")},
				{"no-answer", say("It just rang", "Никто не ответил", "无人接听")},
				{"busy", say("Busy", "Занято", "占线")},
				{"declined", say("Declined", "Звонок отклонён", "对方拒接")},
				{"wrong-voice", say("The words did not fit", "Слова не совпали", "口令不符")},
				{"broken-off", say("Broken off", "Связь прервалась", "通话中断")},
			},
		}, {
			Name: "minutes", Type: Number, Min: 1, Max: 1440, OnlyWhen: &If{Field: "result", Is: []string{parley.CallSpoke, "broken-off", "wrong-voice"}},
			Title: say("Minutes", "Минут", "时长（分钟）"),
			Help:  say("How long it lasted, from 1 to 1440.", "Продолжительность, от 1 до 1440.", "时长，1 至 1440 分钟。"),
		}, {
			Name: "words", Type: OneOf, Title: say("Call words", "Кодовые слова", "通话口令"),
			Help: say("Whether call words told that the voice was theirs.", "Подтвердили ли кодовые слова, что это их голос.", "口令是否证明对方身份。"),
			Choices: []Choice{
				{"matched", say("They fitted", "Совпали", "相符")},
				{"not-used", say("Not used", "Не использовались", "未使用")},
				{"did-not-match", say("They did not fit", "Не совпали", "不符")},
			},
		}, note},
	}, {
		Kind: parley.KindCall, Step: parley.CallConfirm, Version: 1, Place: Answers,
		Title: say("Confirm a call", "Подтвердить звонок", "确认通话"),
		Help:  say("The call took place as it was put on record. This agrees to nothing that was said.", "Звонок состоялся, как записано. Это не означает согласия со сказанным.", "通话如记录所述发生。这不表示同意通话内容。"),
		Fields: []Field{
			role(nil, "Who of ours was on the telephone: a role.", "Кто с нашей стороны говорил: должность.", "我方通话者的职务。"), note},
	}, {
		Kind: parley.KindCall, Step: parley.CallDeny, Version: 1, Place: Answers,
		Title: say("Deny a call", "Отрицать звонок", "否认通话"),
		Help:  say("There was no such call, or it was another one.", "Такого звонка не было, или он был иным.", "没有此通话，或与所述不同。"),
		Fields: []Field{{
			Name: "reason", Type: OneOf, Required: true, Title: say("Reason", "Причина", "原因"),
			Help: say("What was not so.", "Что было не так.", "何处不符。"),
			Choices: []Choice{
				{"no-call", say("We know of no such call", "Нам неизвестен такой звонок", "我方不知有此通话")},
				{"time", say("At another time", "В другое время", "时间不符")},
				{"result", say("With another result", "С иным итогом", "结果不符")},
				{"content", say("Something else was said", "Было сказано иное", "内容不符")},
				{"words", say("The voice was not ours", "Голос был не наш", "并非我方人员")},
			},
		}, note},
	}, {
		Kind: parley.KindCall, Step: parley.CallWords, Version: 1, Place: Opens, Rule: secretRule,
		Title: say("Secret for call words", "Секрет кодовых слов", "通话口令密钥"),
		Help:  say("What both nodes derive call words from. Your node makes it: `parley call words --new`.", "Из него оба узла получают кодовые слова. Его создаёт узел: `parley call words --new`.", "双方节点据此生成通话口令。由节点创建：`parley call words --new`。"),
		Fields: []Field{{
			Name: "secret", Type: Word, Required: true, Hidden: true, Title: say("Secret", "Секрет", "密钥"),
			Help: say("52 letters and digits of base32.", "52 буквы и цифры base32.", "52 个 base32 字母和数字。"),
		}, {
			Name: "until", Type: Time, Required: true, Title: say("Good until", "Действует до", "有效期至"),
		}},
	}}
}

// secretRule: a secret has its one spelling. CALL-8
func secretRule(raw json.RawMessage) Faults {
	var c CallSecret
	if json.Unmarshal(raw, &c) != nil {
		return nil // the fields have said so
	}
	const digits = "abcdefghijklmnopqrstuvwxyz234567"
	if len(c.Secret) != 52 || strings.Trim(c.Secret, digits) != "" || !strings.ContainsRune("aq", rune(c.Secret[51])) {
		return Faults{{"secret", "is no secret of call words", "52 letters and digits of base32, as `parley call words --new` makes them"}}
	}
	return nil
}
