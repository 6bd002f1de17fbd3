package agreement

import (
	"bytes"
	"encoding/json"

	"parley.example/parley"
)

// SwitchContent is what an `agreement` entry says: the text that holds from the
// next entry of this journal on, and, in parts where it is long, its note.
// Entry 0 names the text that the journal begins with and carries no note. AGREEMENT-8
type SwitchContent struct {
	Text  parley.Hash `json:"text"`
	Part  int         `json:"part,omitempty"`  // 1 to Parts
	Parts int         `json:"parts,omitempty"` // at most 16
	Note  string      `json:"note,omitempty"`  // this part of the note
}

// NoteContent is what `keys` and `succession` entries say: a text with the lines
// that its rules ask for, or without any line where they ask for none. KEYS-5, SUCCESSION-2
type NoteContent struct {
	Note string `json:"note"`
}

// maxPart bounds one part of a note, so that an entry's clear part holds it. AGREEMENT-8
const maxPart = 40 << 10

// Switch is the contents of the `agreement` entries by which a journal switches
// to an amendment: one for each part, the last of which takes effect.
func Switch(s *Signed) []SwitchContent {
	n := s.Note()
	var all []SwitchContent
	for len(n) > 0 {
		size := min(len(n), maxPart)
		for size < len(n) && n[size]&0xc0 == 0x80 {
			size-- // never inside a character
		}
		all = append(all, SwitchContent{Text: s.Agreement.Hash(), Note: string(n[:size])})
		n = n[size:]
	}
	for i := range all {
		all[i].Part, all[i].Parts = i+1, len(all)
	}
	return all
}

// once decodes JSON that has one spelling: what is encoded again must be the same bytes. ENTRY-19
func once(content []byte, v any) error {
	if err := json.Unmarshal(content, v); err != nil {
		return parley.E(parley.Invalid, "content: %w", err)
	}
	again, err := FormatContent(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, content) {
		return parley.E(parley.Invalid, "content: want the one spelling of its JSON, without spaces, unknown or repeated keys")
	}
	return nil
}
