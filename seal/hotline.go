package seal

import "parley.example/parley"

// Hotline is a person speaking to a person. ENTRY-25
type Hotline struct {
	Text  string `json:"text"`            // at most parley.MaxText octets
	Whole int    `json:"whole,omitempty"` // the attachment (from 1) that holds the whole of a longer text. ENTRY-20
}

func (h *Hotline) Check() error {
	if h.Text == "" {
		return parley.E(parley.Invalid, "hotline without text")
	}
	return checkText(h.Text, h.Whole)
}
