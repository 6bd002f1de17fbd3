package form

import "parley.example/parley"

// WatchAttended is the content of an attended statement, for json.Unmarshal after
// Check. CALL-7
type WatchAttended struct {
	Until string       `json:"until"`
	Role  string       `json:"role,omitempty"`
	Note  *TextContent `json:"note,omitempty"`
}

func watchForms() []*Form {
	note := Field{Name: "note", Type: Text, Max: 1000, Title: say("Note", "Примечание", "备注")}
	return []*Form{{
		Kind: parley.KindWatch, Step: parley.WatchAttended, Version: 1, Place: Opens,
		Title: say("Desk attended", "Дежурство ведётся", "值班席有人"),
		Help: say("Until when people sit at this desk. It is voluntary; it takes the place of what was said before, and nothing follows from its absence.",
			"До какого времени у этого пульта есть люди. Добровольно; заменяет прежнее заявление, из отсутствия ничего не следует.",
			"此席位有人值守至何时。自愿声明；取代先前声明，未作声明不产生任何后果。"),
		Fields: []Field{{
			Name: "until", Type: Time, Required: true, Title: say("Attended until", "До", "值守至"),
			Help: say("An instant in UTC, at most 31 days ahead.", "Момент UTC, не более чем на 31 день вперёд.", "UTC 时刻，最多提前 31 天。"),
		}, {
			Name: "role", Type: Word, Title: say("Role", "Должность", "职务"),
			Help: say("Who sits there: a role such as duty-officer, never a person's name.", "Кто дежурит: должность, например duty-officer, а не имя.", "值守者的职务（如 duty-officer），而非姓名。"),
		}, note},
	}, {
		Kind: parley.KindWatch, Step: parley.WatchEnded, Version: 1, Place: Either,
		Title:  say("Desk no longer attended", "Дежурство окончено", "值班席无人"),
		Help:   say("People no longer sit at this desk, before the time that was said.", "Людей у пульта больше нет, раньше названного времени.", "在所述时间之前，席位已无人值守。"),
		Fields: []Field{note},
	}}
}
