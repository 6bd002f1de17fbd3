package seal

import "parley.example/parley"

// Memo is free text and files. ENTRY-25
type Memo struct {
	Subject string `json:"subject"` // one line, at most 200 octets
	Text    string `json:"text"`
	Whole   int    `json:"whole,omitempty"` // as in Hotline
}

func (m *Memo) Check() error {
	if !parley.IsLine(m.Subject, 200) {
		return parley.E(parley.Invalid, "subject: want one line of at most 200 octets")
	}
	return checkText(m.Text, m.Whole)
}
