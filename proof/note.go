package proof

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
)

// Bounds of a note, checked before it is parsed. JOURNAL-11
const (
	MaxNote  = 1 << 20 // octets
	MaxLines = 512     // signature lines: 32 parties sign with identity, bodies, release keys
)

const linePrefix = "\u2014 " // em dash, space

// Note is a signed note that has been read, not verified (c2sp.org/signed-note).
// Unlike x/mod's note it accepts canonical base64 only, and more than 100 lines.
type Note struct {
	Text  string // with its last newline
	Lines []Line
}

// Line is one signature line, not verified.
type Line struct {
	Name string
	ID   uint32
	Sig  []byte // what follows the key id
}

// ParseNote reads a signed note of at most MaxNote octets. Errors are parley.Invalid.
func ParseNote(raw []byte) (Note, error) {
	if len(raw) > MaxNote {
		return Note{}, parley.E(parley.Invalid, "note of %d octets: want at most %d", len(raw), MaxNote)
	}
	s := string(raw)
	if err := plainText(s); err != nil {
		return Note{}, err
	}
	i := strings.LastIndex(s, "\n\n")
	if i < 0 {
		return Note{}, parley.E(parley.Invalid, "note: want a text, an empty line and signature lines")
	}
	lines, err := ParseLines([]byte(s[i+2:]))
	if err != nil {
		return Note{}, err
	}
	if len(lines) == 0 {
		return Note{}, parley.E(parley.Invalid, "note: no signature line after the last empty line")
	}
	return Note{Text: s[:i+1], Lines: lines}, nil
}

// ParseLines reads zero or more signature lines, each with its newline.
func ParseLines(raw []byte) ([]Line, error) {
	if len(raw) > MaxNote {
		return nil, parley.E(parley.Invalid, "signature lines of %d octets: want at most %d", len(raw), MaxNote)
	}
	var lines []Line
	for s := string(raw); s != ""; {
		text, rest, ok := strings.Cut(s, "\n")
		if !ok {
			return nil, parley.E(parley.Invalid, "signature line %d: no newline at its end", len(lines)+1)
		}
		if len(lines) == MaxLines {
			return nil, parley.E(parley.Invalid, "more than %d signature lines", MaxLines)
		}
		l, err := parseLine(text)
		if err != nil {
			return nil, err
		}
		lines, s = append(lines, l), rest
	}
	return lines, nil
}

func parseLine(s string) (Line, error) {
	rest, ok := strings.CutPrefix(s, linePrefix)
	name, b64, ok2 := strings.Cut(rest, " ")
	if !ok || !ok2 || !validName(name) {
		return Line{}, parley.E(parley.Invalid, "signature line %q: want an em dash, a key name and a base64 signature", clip(s))
	}
	raw, err := decode64(b64)
	if err != nil || len(raw) < 5 {
		return Line{}, parley.E(parley.Invalid, "signature line of %s: want canonical base64 of a key id and a signature", clip(name))
	}
	return Line{Name: name, ID: binary.BigEndian.Uint32(raw), Sig: raw[4:]}, nil
}

// String is the line with its newline.
func (l Line) String() string {
	return linePrefix + l.Name + " " + encode64(append(binary.BigEndian.AppendUint32(nil, l.ID), l.Sig...)) + "\n"
}

// Of says whether the line names this key.
func (l Line) Of(k Key) bool { return l.Name == k.Name && l.ID == k.ID }

// Bytes is the note again: ParseNote then Bytes gives the same octets.
func (n Note) Bytes() []byte {
	var b strings.Builder
	b.WriteString(n.Text + "\n")
	for _, l := range n.Lines {
		b.WriteString(l.String())
	}
	return []byte(b.String())
}

// Verify returns the lines by which k signed the note. Every line that names k
// must hold; none is NotFound, a wrong one Untrusted with the note attached.
func (n Note) Verify(k Key) ([]Line, error) {
	var good []Line
	v := k.Verifier()
	for _, l := range n.Lines {
		if !l.Of(k) {
			continue
		}
		if !v.Verify([]byte(n.Text), l.Sig) {
			err := parley.E(parley.Untrusted, "the signature of %s does not hold", k.Name)
			err.Received = n.Bytes()
			return nil, err
		}
		good = append(good, l)
	}
	if len(good) == 0 {
		return nil, parley.E(parley.NotFound, "no signature by %s (key id %08x)", k.Name, k.ID)
	}
	return good, nil
}

// SignLine makes the line by which s signs text; for a Signer of a cosignature
// type text is a checkpoint's text. See Signer.NoteSigner for the time.
func SignLine(text string, sign note.Signer) (Line, error) {
	sig, err := sign.Sign([]byte(text))
	return Line{Name: sign.Name(), ID: sign.KeyHash(), Sig: sig}, err
}

// plainText is the rule for the octets of a note: UTF-8, no control characters but newline.
func plainText(s string) error {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r < 0x20 && r != '\n' {
			return parley.E(parley.Invalid, "note: control character 0x%02x at octet %d", r, i)
		}
		if r == utf8.RuneError && n == 1 {
			return parley.E(parley.Invalid, "note: not UTF-8 at octet %d", i)
		}
		i += n
	}
	return nil
}
