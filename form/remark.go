package form

import "parley.example/parley"

// A remark is what one side says beside a row of a review. REVIEW-13
func remarkForms() []*Form {
	return []*Form{{
		Kind: parley.KindRemark, Version: 1, Place: Opens,
		Title: say("Remark on a review", "Замечание к обзору", "对审查的说明"),
		Help: say("What our side says beside one row of a review. It is written to be shown with the review.",
			"Что наша сторона говорит рядом с одной строкой обзора. Показывается вместе с обзором.",
			"我方对审查某一行的说明。将与审查一同显示。"),
		Fields: []Field{{
			Name: "row", Type: Line, Required: true, Max: 240,
			Title: say("Row", "Строка", "行"),
			Help:  say("The name of the row, as the review prints it.", "Название строки, как оно напечатано в обзоре.", "审查所印的该行名称。"),
		}, {
			Name: "text", Type: Text, Required: true, Max: 2000,
			Title: say("Remark", "Замечание", "说明"),
			Help:  say("What your side has to say of it.", "Что ваша сторона может об этом сказать.", "贵方对此的说明。"),
		}},
	}}
}

// RemarkContent is the content of a remark, for json.Unmarshal after Check.
type RemarkContent struct {
	Row  string      `json:"row"`
	Text TextContent `json:"text"`
}
