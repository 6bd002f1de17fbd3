package seal

import (
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
)

// Countersign is the second signature of a message that was allowed to go on one. ENTRY-12, JUDGE-17
type Countersign struct {
	About     parley.MessageID `json:"about"`
	Key       string           `json:"key"`       // name of the release key
	Signature string           `json:"signature"` // as in a release line
}

func (c *Countersign) Check() error {
	switch {
	case c.About.IsZero():
		return parley.E(parley.Invalid, "countersign: want the message id that it is about")
	case len(c.Key) > 200 || len(c.Signature) > 8<<10 || !isSigLine(c.Key, c.Signature):
		return parley.E(parley.Invalid, "countersign: want a key name and a base64 signature")
	}
	return nil
}

// NewCountersign signs the lines of an entry that has no release line, with the release key.
func NewCountersign(env Envelope, s Signer) (*Countersign, error) {
	if env.Release != nil {
		return nil, parley.E(parley.Conflict, "the message has its second signature")
	}
	signed, err := note.Sign(&note.Note{Text: env.text[:env.rel]}, s.NoteSigner(time.Time{}))
	if err != nil {
		return nil, parley.E(parley.Internal, "countersign: %w", err)
	}
	line := strings.TrimSuffix(strings.TrimPrefix(string(signed[env.rel+1:]), "— "), "\n")
	name, sig, _ := strings.Cut(line, " ")
	return &Countersign{About: env.ID(), Key: name, Signature: sig}, nil
}

// Verify checks the signature against the message that it is about. The error is Untrusted.
func (c *Countersign) Verify(env Envelope, key note.Verifier) error {
	if c.About != env.ID() {
		return parley.E(parley.Untrusted, "countersign: about another message")
	}
	return verifyRelease(env, c.Key, c.Signature, key)
}

// verifyRelease rebuilds the note that a release signs and opens it.
func verifyRelease(env Envelope, name, sig string, key note.Verifier) error {
	raw := env.text[:env.rel] + "\n— " + name + " " + sig + "\n"
	if _, err := note.Open([]byte(raw), note.VerifierList(key)); err != nil {
		return parley.E(parley.Untrusted, "second signature does not hold: %w", err)
	}
	return nil
}

// JudgeCountersign says whether a countersign at ref signs the message that it is
// about. Ask it after JudgeOpened said valid. about is that message's envelope and
// aboutRef its place: an earlier entry of the same journal, the zero Envelope where
// there is none. JUDGE-22
func JudgeCountersign(env Envelope, o Opened, ref parley.Ref, about Envelope, aboutRef parley.Ref, law Law) Verdict {
	c, err := ParseContent(o.Facts.Kind, o.Facts.Version, o.Content)
	sign, ok := c.(*Countersign)
	if err != nil || !ok || about.text == "" || aboutRef.Origin != ref.Origin || aboutRef.Index >= ref.Index ||
		about.From != env.From || about.Release != nil {
		return void(VoidContent)
	}
	key, err := law.ReleaseKey(about.From, aboutRef)
	if err != nil || key.Name() != sign.Key || sign.Verify(about, key) != nil {
		return void(VoidContent)
	}
	return Verdict{Valid: true}
}
