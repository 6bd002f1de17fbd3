package review

import (
	"encoding/json"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/seal"
)

// remark is what is opened of a message that facts alone do not tell.
type remark struct {
	content form.RemarkContent
	about   []parley.MessageID // of a receipt
}

// readRemark reads the content of a remark; nil where it is not shown.
func readRemark(raw json.RawMessage) *remark {
	var r remark
	if raw == nil || json.Unmarshal(raw, &r.content) != nil {
		return nil
	}
	return &r
}

// aboutOf is what a receipt of the node is about.
func aboutOf(raw json.RawMessage) []parley.MessageID {
	var r seal.Receipt
	if raw == nil || json.Unmarshal(raw, &r) != nil {
		return nil
	}
	return r.About
}

// sortRemarks keeps the latest remark of each side on each row. REVIEW-13
func (f *Fold) sortRemarks() {
	f.onRow = map[string][2]*message{}
	for _, m := range f.remarks {
		if m.remark == nil {
			continue
		}
		row := m.remark.content.Row
		latest := f.onRow[row]
		if latest[m.side] == nil || before(latest[m.side], m) {
			latest[m.side] = m
			f.onRow[row] = latest
		}
	}
}

// remarksOn are the remarks on a row, in the order of the parties.
func (f *Fold) remarksOn(row string) []Remark {
	var list []Remark
	for _, m := range f.onRow[row] {
		if m != nil {
			t := m.remark.content.Text
			list = append(list, Remark{By: f.pair[m.side], Entry: m.ref.String(), Language: t.Language, Text: t.Text})
		}
	}
	return list
}
