package seal

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
)

// Signer is a private key that signs texts as a note does; proof.Signer is one.
// Whoever implements it badly signs other entries than the caller asked for.
type Signer interface {
	NoteSigner(at time.Time) note.Signer
}

// Seal seals a message for the recipients (those of the bodies in `to` and of the
// sending body) and makes its lines ready to be sequenced.
// rand gives the salt of the facts; age draws from crypto/rand by itself.
// Errors are Invalid: the draft or the message breaks a bound. ENTRY-22
func Seal(rand io.Reader, d Draft, m Message, recipients []Recipient) (*Ready, error) {
	r, inside, err := begin(rand, d, m, false)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, key, err := encryptTo(&b, recipients)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(inside); err != nil {
		return nil, parley.E(parley.Internal, "seal: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, parley.E(parley.Internal, "seal: %w", err)
	}
	r.FileKey, r.Inside = key, inside
	return r.finish(b.Bytes())
}

// Clear makes the lines of a message whose part everybody may read: what is said
// about the line itself, so that all can judge what follows from it. ENTRY-11
func Clear(rand io.Reader, d Draft, m Message) (*Ready, error) {
	r, inside, err := begin(rand, d, m, true)
	if err != nil {
		return nil, err
	}
	return r.finish(inside)
}

func begin(rand io.Reader, d Draft, m Message, clear bool) (*Ready, []byte, error) {
	before, err := d.before()
	if err != nil {
		return nil, nil, err
	}
	if len(m.Blobs) != len(d.Blobs) {
		return nil, nil, parley.E(parley.Invalid, "%d blob lines and %d attachments: want one for one", len(d.Blobs), len(m.Blobs))
	}
	if clear != InClear(m.Kind) {
		return nil, nil, parley.E(parley.Invalid, "kind %s: want it %s", m.Kind, map[bool]string{true: "in clear", false: "sealed"}[InClear(m.Kind)])
	}
	if err := CheckContent(m.Kind, m.Version, m.Content); err != nil {
		return nil, nil, err
	}
	if err := checkForm(m.Kind, m.Version, m.Step, !m.Answers.IsZero(), m.Content, nil); err != nil {
		return nil, nil, err
	}
	if m.Step == "" {
		m.Step = stepOf(m)
	}
	facts, err := newFacts(rand, parley.Sum([]byte(before)), m)
	if err != nil {
		return nil, nil, err
	}
	text, err := formatInside(facts, m)
	if err != nil {
		return nil, nil, err
	}
	inside, err := pad(text, clear)
	if err != nil {
		return nil, nil, err
	}
	lines := before + "facts " + parley.Sum(facts).String() + "\n"
	return &Ready{Lines: []byte(lines), Clear: clear, Facts: facts}, inside, nil
}

func (r *Ready) finish(part []byte) (*Ready, error) {
	if len(part) > parley.MaxSealed {
		return nil, parley.E(parley.Invalid, "sealed part of %d octets: want at most %d", len(part), parley.MaxSealed).
			WithHint("send long text and files as attachments")
	}
	r.Sealed = part
	r.Lines = append(r.Lines, partLine(r.Clear, part)...)
	if len(r.Lines) > maxHead {
		return nil, parley.E(parley.Invalid, "entry lines of %d octets: want at most %d", len(r.Lines), maxHead).
			WithHint("fewer addressees or attachments in one message")
	}
	return r, nil
}

// Released reports whether the second pair of eyes has signed.
func (r *Ready) Released() bool {
	i := bytes.LastIndexByte(bytes.TrimSuffix(r.Lines, []byte("\n")), '\n')
	return bytes.HasPrefix(r.Lines[i+1:], []byte("release "))
}

// Release adds the signature of a release key over the lines so far. Not safe
// for concurrent use. A second release is a Conflict. ENTRY-12
func (r *Ready) Release(s Signer) error {
	if r.Released() {
		return parley.E(parley.Conflict, "already released")
	}
	line, err := releaseLine(r.Lines, s)
	if err != nil {
		return err
	}
	r.Lines = append(r.Lines, line...)
	return nil
}

// releaseLine is the signature line of the note whose text is the lines, with
// "release" for the dash. ENTRY-12
func releaseLine(lines []byte, s Signer) (string, error) {
	signed, err := note.Sign(&note.Note{Text: string(lines)}, s.NoteSigner(time.Time{}))
	if err != nil {
		return "", parley.E(parley.Internal, "release: %w", err)
	}
	return "release " + strings.TrimPrefix(string(signed[len(lines)+1:]), "— "), nil
}

// Sign completes the entry: the time, what the node held of other journals, the
// signature of the sending body. The mirrored lines are sorted by origin; those
// that would take the entry over parley.MaxEntry are left out, from the end.
// The result is what the journal appends; it parses by ParseEntry. ENTRY-13, ENTRY-21
func Sign(r *Ready, at time.Time, mirrored []Mirrored, body Signer) ([]byte, error) {
	mirrored = slices.Clone(mirrored)
	slices.SortFunc(mirrored, func(a, b Mirrored) int { return strings.Compare(string(a.Origin), string(b.Origin)) })
	for {
		text := string(r.Lines) + tail(at, mirrored)
		raw, err := note.Sign(&note.Note{Text: text}, body.NoteSigner(at))
		if err != nil {
			return nil, parley.E(parley.Internal, "sign entry: %w", err)
		}
		if len(raw) > parley.MaxEntry && len(mirrored) > 0 {
			mirrored = mirrored[:len(mirrored)-1]
			continue
		}
		if _, err := ParseEntry(raw); err != nil {
			return nil, fmt.Errorf("sign entry: %w", err)
		}
		return raw, nil
	}
}
