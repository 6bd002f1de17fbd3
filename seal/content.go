package seal

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"parley.example/parley"
)

// InClear reports whether a kind's part is in clear: what it says concerns the
// line itself, and everybody must be able to judge what follows from it. ENTRY-11
func InClear(k parley.Kind) bool {
	switch k {
	case parley.KindAgreement, parley.KindKeys, parley.KindSuccession, parley.KindGone, parley.KindErased:
		return true
	}
	return false
}

// RunsTheLine reports whether every party accepts a kind without the agreement saying so. JUDGE-16
func RunsTheLine(k parley.Kind) bool {
	switch k {
	case parley.KindReceipt, parley.KindCheck, parley.KindCountersign:
		return true
	}
	return InClear(k)
}

// Content is one kind's object. Check keeps the bounds of its fields.
type Content interface {
	Check() error
}

// contents makes an empty object for each kind and version that this package
// reads. The kinds agreement, keys and succession belong to package agreement.
func contents(k parley.Kind, version int) Content {
	if version != 1 {
		return nil
	}
	switch k {
	case parley.KindHotline:
		return new(Hotline)
	case parley.KindMemo:
		return new(Memo)
	case parley.KindReceipt:
		return new(Receipt)
	case parley.KindCheck:
		return new(Check)
	case parley.KindCountersign:
		return new(Countersign)
	case parley.KindGone:
		return new(Gone)
	case parley.KindErased:
		return new(Erased)
	}
	return nil
}

// stepped is a content that says its step itself. FACTS-7
type stepped interface{ factsStep() string }

// stepOf is the step that a message's content says, or "".
func stepOf(m Message) string {
	c, err := ParseContent(m.Kind, m.Version, m.Content)
	if s, ok := c.(stepped); ok && err == nil {
		return s.factsStep()
	}
	return ""
}

// ParseContent reads a kind's object strictly. Where this package does not know
// the kind or the version it returns nil without an error: whether such a message
// is accepted, the agreement says. ENTRY-19, JUDGE-19
func ParseContent(k parley.Kind, version int, raw json.RawMessage) (Content, error) {
	c := contents(k, version)
	if c == nil {
		return nil, nil
	}
	if err := decode(raw, c, "content of kind "+string(k)); err != nil {
		return nil, err
	}
	return c, c.Check()
}

// CheckContent is ParseContent for those who want the verdict only.
func CheckContent(k parley.Kind, version int, raw json.RawMessage) error {
	_, err := ParseContent(k, version, raw)
	return err
}

// FormatContent spells a content after checking it.
func FormatContent(c Content) (json.RawMessage, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	return encode(c)
}

// Beginning cuts a text that is longer than parley.MaxText to what a message
// shows of it; the whole goes as an attachment, named by `whole`. ENTRY-20
func Beginning(text string) (beginning string, cut bool) {
	const shown = 2 << 10
	if len(text) <= parley.MaxText {
		return text, false
	}
	n := shown
	for !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n], true
}

func checkText(text string, whole int) error {
	if !parley.IsText(text, parley.MaxText) {
		return parley.E(parley.Invalid, "text: want UTF-8 without control characters, at most %d octets", parley.MaxText).
			WithHint("a longer text goes as an attachment")
	}
	if whole < 0 || whole > parley.MaxBlobs {
		return parley.E(parley.Invalid, "whole %d: want the number of an attachment, from 1", whole)
	}
	return nil
}

func checkIDs(what string, ids []parley.MessageID, least, most int) error {
	if len(ids) < least || len(ids) > most {
		return parley.E(parley.Invalid, "%s: %d messages: want %d to %d", what, len(ids), least, most)
	}
	for i, id := range ids {
		if id.IsZero() || slices.Contains(ids[:i], id) {
			return parley.E(parley.Invalid, "%s: a message id of zeros, or named twice", what)
		}
	}
	return nil
}

func checkHashes(what string, list []parley.Hash, least, most int) error {
	if len(list) < least || len(list) > most {
		return parley.E(parley.Invalid, "%s: %d hashes: want %d to %d", what, len(list), least, most)
	}
	for i, h := range list {
		if slices.Contains(list[:i], h) {
			return parley.E(parley.Invalid, "%s: %s is named twice", what, h)
		}
	}
	return nil
}
