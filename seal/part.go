package seal

import (
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"strings"

	"parley.example/parley"
)

// Bounds of what a part holds inside. ENTRY-18, ENTRY-24
const (
	maxInside    = 64 << 10 // octets of a sealed inside, padded
	leastInside  = 1 << 10  // a shorter sealed inside is padded to this: receipts look alike
	maxMarking   = 100
	maxLegal     = 2 << 10
	maxLanguages = 8
	maxName      = 200
	maxType      = 100
)

// inside is the JSON of a part. ENTRY-24
type inside struct {
	Facts     string          `json:"facts"`
	Marking   string          `json:"marking"`
	Languages []string        `json:"languages"`
	Legal     string          `json:"legal"`
	Blobs     []Attachment    `json:"blobs"`
	Content   json.RawMessage `json:"content"`
}

// normal spells an empty list as []: null and an absent member then differ from it.
func (in *inside) normal() {
	if in.Languages == nil {
		in.Languages = []string{}
	}
	if in.Blobs == nil {
		in.Blobs = []Attachment{}
	}
}

// pad frames text with its length and, for a sealed part, fills it up to its Padmé size. ENTRY-18
func pad(text []byte, clear bool) ([]byte, error) {
	n := 4 + len(text)
	size, most := n, parley.MaxSealed
	if !clear {
		size, most = max(padme(n), leastInside), maxInside
	}
	if size > most {
		return nil, parley.E(parley.Invalid, "message of %d octets: want at most %d", size, most).
			WithHint("send long text and files as attachments")
	}
	b := make([]byte, size)
	binary.BigEndian.PutUint32(b, uint32(len(text)))
	copy(b[4:], text)
	return b, nil
}

// unpad is the inverse; it accepts exactly what pad makes. ENTRY-18
func unpad(b []byte, clear bool) ([]byte, error) {
	if len(b) < 4 || len(b) > parley.MaxSealed {
		return nil, parley.E(parley.Invalid, "inside of %d octets: want 4 to %d", len(b), parley.MaxSealed)
	}
	n := uint64(binary.BigEndian.Uint32(b))
	if n > uint64(len(b)-4) {
		return nil, parley.E(parley.Invalid, "inside of %d octets says it holds %d", len(b), n)
	}
	text := b[4 : 4+n]
	again, err := pad(text, clear)
	if err != nil {
		return nil, err
	}
	if string(again) != string(b) {
		return nil, parley.E(parley.Invalid, "inside is not padded as ENTRY-18 says: want %d octets, zeros after the text", len(again))
	}
	return text, nil
}

// padme is the smallest Padmé size that n octets fit in: it leaves O(log log n)
// bits of the length and adds at most 12 %.
// Nikitin and others, "Reducing Metadata Leakage from Encrypted Files", PETS 2019, §4.
func padme(n int) int {
	if n < 2 {
		return n
	}
	e := bits.Len(uint(n)) - 1
	mask := 1<<(e-bits.Len(uint(e))) - 1
	return (n + mask) &^ mask
}

// format makes the inside of a message. ENTRY-24
func formatInside(facts []byte, m Message) ([]byte, error) {
	in := inside{Facts: string(facts), Marking: m.Marking, Languages: m.Languages, Legal: m.Legal, Blobs: m.Blobs, Content: m.Content}
	in.normal()
	if err := in.check(); err != nil {
		return nil, err
	}
	b, err := encode(&in)
	if err != nil {
		return nil, parley.E(parley.Invalid, "message content: %w", err)
	}
	return b, decode(b, new(inside), "message") // refuses here what a reader would refuse
}

func (in *inside) check() error {
	switch {
	case !parley.IsLine(in.Marking, maxMarking):
		return parley.E(parley.Invalid, "marking %.40q: want one line of at most %d octets", in.Marking, maxMarking)
	case !parley.IsText(in.Legal, maxLegal):
		return parley.E(parley.Invalid, "legal basis: want text of at most %d octets", maxLegal)
	case len(in.Languages) > maxLanguages:
		return parley.E(parley.Invalid, "%d languages: want at most %d", len(in.Languages), maxLanguages)
	case len(in.Blobs) > parley.MaxBlobs:
		return parley.E(parley.Invalid, "%d attachments: want at most %d", len(in.Blobs), parley.MaxBlobs)
	case len(in.Content) == 0 || in.Content[0] != '{':
		return parley.E(parley.Invalid, "content: want a JSON object")
	}
	for _, l := range in.Languages {
		if !isWord(strings.ToLower(l), 35) {
			return parley.E(parley.Invalid, "language %.40q: want a tag such as en", l)
		}
	}
	for _, a := range in.Blobs {
		if err := a.check(); err != nil {
			return err
		}
	}
	return nil
}

func (a *Attachment) check() error {
	switch {
	case a.Name == "" || a.Name == "." || a.Name == ".." || strings.ContainsAny(a.Name, `/\`) || !parley.IsLine(a.Name, maxName):
		return parley.E(parley.Invalid, "attachment name %.60q: want a file name without a path, at most %d octets", a.Name, maxName)
	case !parley.IsLine(a.Type, maxType):
		return parley.E(parley.Invalid, "attachment type %.60q: want a media type of at most %d octets", a.Type, maxType)
	case a.Size < 0 || a.Size > parley.MaxBlob:
		return parley.E(parley.Invalid, "attachment of %d octets: want at most %d", a.Size, parley.MaxBlob)
	}
	return nil
}
