package seal

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley.example/parley"
)

// Envelope is an entry whose syntax holds; nothing in it has been verified.
// Judge says whether it is a message. It shares no memory with the octets it was
// parsed from and is safe for concurrent reading.
type Envelope struct {
	Draft
	Facts    parley.Hash // of the facts' octets
	Part     parley.Hash // of the sealed or clear part's octets
	PartSize int
	Clear    bool
	Release  *Release // nil: one signature
	Time     time.Time
	Mirrored []Mirrored

	text string // the note's text
	head int    // octets of text before the facts line
	rel  int    // octets of text before the release line, or before time
}

// Release is the second signature of an entry. ENTRY-12
type Release struct {
	Name string // key name
	Sig  string // base64 of key id and signature, as in a note's signature line
}

// Text is the note's text: what the body has signed.
func (e *Envelope) Text() string { return e.text }

// ID is the message's identity. ENTRY-14
func (e *Envelope) ID() parley.MessageID { return parley.MessageID(parley.Sum([]byte(e.text))) }

// Context is the hash of the lines before facts. ENTRY-9
func (e *Envelope) Context() parley.Hash { return parley.Sum([]byte(e.text[:e.head])) }

// ToParty reports whether a body of p is among the addressees.
func (e *Envelope) ToParty(p parley.Party) bool {
	for _, b := range e.To {
		if b.Party() == p {
			return true
		}
	}
	return false
}

// ParseEntry reads the syntax of an entry, at most parley.MaxEntry octets. It
// verifies no signature. Errors are Invalid and name the line. ENTRY-1 to ENTRY-17
func ParseEntry(raw []byte) (Envelope, error) {
	text, err := splitNote(raw)
	if err != nil {
		return Envelope{}, err
	}
	e, err := parseText(text)
	if err != nil {
		return Envelope{}, err
	}
	if e.format() != text { // one spelling; parseText is meant to leave no other
		return Envelope{}, parley.E(parley.Invalid, "entry: not in its one spelling")
	}
	return e, nil
}

// splitNote checks the frame of a signed note and returns its text. ENTRY-1, ENTRY-17
func splitNote(raw []byte) (string, error) {
	if len(raw) > parley.MaxEntry {
		return "", parley.E(parley.Invalid, "entry of %d octets: want at most %d", len(raw), parley.MaxEntry)
	}
	if !utf8.Valid(raw) {
		return "", parley.E(parley.Invalid, "entry: not UTF-8")
	}
	for _, c := range raw {
		if c < 0x20 && c != '\n' {
			return "", parley.E(parley.Invalid, "entry: control character %#02x", c)
		}
	}
	i := bytes.LastIndex(raw, []byte("\n\n"))
	if i < 0 {
		return "", parley.E(parley.Invalid, "entry: no empty line before the signatures")
	}
	sigs, ok := strings.CutSuffix(string(raw[i+2:]), "\n")
	if !ok || sigs == "" {
		return "", parley.E(parley.Invalid, "entry: no signature line that ends with a newline")
	}
	for line := range strings.SplitSeq(sigs, "\n") {
		name, sig, ok := strings.Cut(strings.TrimPrefix(line, "— "), " ")
		if !ok || !strings.HasPrefix(line, "— ") || !isSigLine(name, sig) {
			return "", parley.E(parley.Invalid, "entry: signature line %.60q: want a dash, a key name and base64", line)
		}
	}
	return string(raw[:i+1]), nil
}

// isSigLine checks the two fields that a note's signature line has. c2sp.org/signed-note
func isSigLine(name, sig string) bool {
	b, err := base64.StdEncoding.Strict().DecodeString(sig)
	return err == nil && len(b) > 4 && name != "" && !strings.Contains(name, "+") && strings.IndexFunc(name, unicode.IsSpace) < 0
}

// reader takes the lines of a text one by one.
type reader struct {
	rest string
	line int
}

// next returns the fields of the next line if its first word is word.
func (r *reader) next(word string, fields int) ([]string, bool, error) {
	line, rest, ok := strings.Cut(r.rest, "\n")
	if !ok || !strings.HasPrefix(line, word+" ") {
		return nil, false, nil
	}
	r.rest = rest
	r.line++
	f := strings.Split(line, " ")[1:]
	if len(f) != fields {
		return nil, false, parley.E(parley.Invalid, "entry line %d: %q with %d fields: want %d", r.line, word, len(f), fields)
	}
	return f, true, nil
}

// must is next for a line that has to be there.
func (r *reader) must(word string, fields int) ([]string, error) {
	f, ok, err := r.next(word, fields)
	if err == nil && !ok {
		err = parley.E(parley.Invalid, "entry line %d: want %q", r.line+1, word)
	}
	return f, err
}

func parseText(text string) (e Envelope, err error) {
	rest, ok := strings.CutPrefix(text, versionLine+"\n")
	if !ok { // ENTRY-2
		return e, parley.E(parley.Invalid, "entry line 1: want %q", versionLine)
	}
	r := &reader{rest: rest, line: 1}
	e.text = text
	if err := e.parseHead(r); err != nil {
		return e, err
	}
	e.head = len(text) - len(r.rest)
	f, err := r.must("facts", 1) // ENTRY-10
	if err != nil {
		return e, err
	}
	if e.Facts, err = parley.ParseHash(f[0]); err != nil {
		return e, err
	}
	if err := e.parsePartLine(r); err != nil {
		return e, err
	}
	e.rel = len(text) - len(r.rest)
	if e.rel > maxHead {
		return e, parley.E(parley.Invalid, "entry: %d octets before release: want at most %d", e.rel, maxHead)
	}
	if f, ok, err = r.next("release", 2); err != nil {
		return e, err
	} else if ok { // ENTRY-12
		if !isSigLine(f[0], f[1]) {
			return e, parley.E(parley.Invalid, "entry line %d: want release, a key name and base64", r.line)
		}
		e.Release = &Release{Name: f[0], Sig: f[1]}
	}
	return e, e.parseTail(r)
}

func (e *Envelope) parseHead(r *reader) error {
	f, err := r.must("journal", 1) // ENTRY-3
	if err != nil {
		return err
	}
	if e.Journal, err = parley.ParseOrigin(f[0]); err != nil {
		return err
	}
	if f, err = r.must("agreement", 1); err != nil { // ENTRY-4
		return err
	}
	if e.Agreement, err = parley.ParseHash(f[0]); err != nil {
		return err
	}
	if f, err = r.must("from", 1); err != nil { // ENTRY-5
		return err
	}
	e.From = parley.Body(f[0])
	for { // ENTRY-6
		f, ok, err := r.next("to", 1)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		e.To = append(e.To, parley.Body(f[0]))
	}
	if f, err = r.must("nonce", 1); err != nil { // ENTRY-7
		return err
	}
	if e.Nonce, err = parley.ParseNonce(f[0]); err != nil {
		return err
	}
	for { // ENTRY-8
		f, ok, err := r.next("blob", 2)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		h, size, err := hashAndSize(f)
		if err != nil {
			return err
		}
		e.Blobs = append(e.Blobs, BlobLine{h, size})
	}
	return e.Draft.check()
}

func (e *Envelope) parsePartLine(r *reader) error { // ENTRY-11
	f, ok, err := r.next("clear", 2)
	if err != nil {
		return err
	}
	if e.Clear = ok; !ok {
		if f, err = r.must("sealed", 2); err != nil {
			return err
		}
	}
	h, size, err := hashAndSize(f)
	if err == nil && (size < 1 || size > parley.MaxSealed) {
		err = parley.E(parley.Invalid, "entry line %d: part of %d octets: want 1 to %d", r.line, size, parley.MaxSealed)
	}
	e.Part, e.PartSize = h, int(size)
	return err
}

func (e *Envelope) parseTail(r *reader) error {
	f, err := r.must("time", 1) // ENTRY-13
	if err != nil {
		return err
	}
	if e.Time, err = parseTime(f[0]); err != nil {
		return err
	}
	for { // ENTRY-21
		f, ok, err := r.next("mirrored", 3)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		m, err := parseMirrored(f)
		if err != nil {
			return err
		}
		if m.Origin == e.Journal || len(e.Mirrored) > 0 && e.Mirrored[len(e.Mirrored)-1].Origin >= m.Origin {
			return parley.E(parley.Invalid, "entry line %d: want other journals, sorted by origin, none twice", r.line)
		}
		e.Mirrored = append(e.Mirrored, m)
	}
	if len(e.Mirrored) >= parley.MaxParties {
		return parley.E(parley.Invalid, "entry: %d mirrored lines: want at most %d", len(e.Mirrored), parley.MaxParties-1)
	}
	if r.rest != "" {
		return parley.E(parley.Invalid, "entry line %d: %.60q: want nothing more", r.line+1, r.rest)
	}
	return nil
}

func parseMirrored(f []string) (m Mirrored, err error) {
	if m.Origin, err = parley.ParseOrigin(f[0]); err != nil {
		return m, err
	}
	if m.Size, err = parley.ParseSize(f[1]); err != nil {
		return m, err
	}
	b, err := base64.StdEncoding.Strict().DecodeString(f[2])
	if err != nil || len(b) != len(m.Root) {
		return m, parley.E(parley.Invalid, "root %.60q: want base64 of 32 octets", f[2])
	}
	copy(m.Root[:], b)
	return m, nil
}

func hashAndSize(f []string) (parley.Hash, int64, error) {
	h, err := parley.ParseHash(f[0])
	if err != nil {
		return h, 0, err
	}
	n, err := parley.ParseSize(f[1])
	return h, int64(n), err
}

// format spells the text again from the fields.
func (e *Envelope) format() string {
	before, err := e.Draft.before()
	if err != nil {
		return ""
	}
	word := "sealed"
	if e.Clear {
		word = "clear"
	}
	s := before + "facts " + e.Facts.String() + "\n" + word + " " + e.Part.String() + " " + strconv.Itoa(e.PartSize) + "\n"
	if e.Release != nil {
		s += "release " + e.Release.Name + " " + e.Release.Sig + "\n"
	}
	return s + tail(e.Time, e.Mirrored)
}
