package form

import "parley.example/parley"

// Intelligence travels as bundles, attached; a form says how much, and what of it
// can be read without opening one. INTEL-1, INTEL-6
func intelForms() []*Form {
	about := Field{Name: "about", Type: Text, Max: 8 << 10,
		Title: say("About", "О чём", "说明"), Help: say("What it is, and what the reader may want to do with it.", "Что это и что с этим может сделать читатель.", "内容是什么，读者可如何使用。")}
	return []*Form{{
		Kind: parley.KindIntel, Version: 1, Place: Either,
		Title: say("Intelligence", "Сведения об угрозах", "威胁情报"),
		Help:  say("STIX 2.1 objects, in the bundles attached.", "Объекты STIX 2.1 во вложенных наборах.", "所附数据包中的 STIX 2.1 对象。"),
		Fields: []Field{
			objects(),
			{Name: "types", Type: Word, List: true, Most: 64,
				Title: say("Types", "Типы", "类型"), Help: say("The STIX types of the objects.", "Типы объектов STIX.", "对象的 STIX 类型。")},
			{Name: "part", Type: Number, Min: 1, Max: 100000,
				Title: say("Part", "Часть", "部分"), Help: say("Which part this is, where it goes in several messages.", "Номер части, если сообщений несколько.", "分多条消息发送时，此为第几部分。")},
			{Name: "parts", Type: Number, Min: 1, Max: 100000, OnlyWhen: &If{Field: "part"},
				Title: say("Parts", "Всего частей", "总部分数"), Help: say("How many parts there are.", "Сколько всего частей.", "共有几部分。")},
			{Name: "corrects", Type: Bool,
				Title: say("Correction", "Исправление", "更正"),
				Help:  say("Takes the place of the message that it answers: what that gave, and this does not give again, is out of use.", "Заменяет сообщение, на которое отвечает: переданное там и не повторённое здесь больше не используется.", "取代其所答复的消息：该消息已给出而此处未再给出的对象停止使用。")},
			about,
		},
	}, {
		Kind: parley.KindSighting, Version: 1, Place: Answers,
		Title:  say("Sightings", "Наблюдения", "目击报告"),
		Help:   say("What was seen of what was given, and what the reader thinks of it, in the bundles attached.", "Что из переданного наблюдалось и мнение о нём, во вложенных наборах.", "所附数据包中：对所收情报的观察与看法。"),
		Fields: []Field{objects(), about},
	}}
}

func objects() Field {
	return Field{Name: "objects", Type: Number, Required: true, Min: 1, Max: 10_000_000,
		Title: say("Objects", "Объекты", "对象数"), Help: say("How many objects the attached bundles hold together.", "Сколько объектов во вложенных наборах вместе.", "所附数据包共含多少对象。")}
}

// IntelContent is the content of intel and sighting, for json.Unmarshal after Check.
type IntelContent struct {
	Objects  int64        `json:"objects"`
	Types    []string     `json:"types"`
	Part     int64        `json:"part"`
	Parts    int64        `json:"parts"`
	Corrects bool         `json:"corrects"`
	About    *TextContent `json:"about"`
}
