package seal

import (
	"errors"

	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
	"parley.example/parley/agreement"
)

// Law is what is in force where; *agreement.Chain is one. Its answers for a ref
// depend on nothing but the journal of that ref before it, so that a verdict does
// not depend on what else has arrived. JUDGE-1
type Law interface {
	At(ref parley.Ref) (*agreement.Agreement, error)
	BodyKey(b parley.Body, ref parley.Ref) (note.Verifier, error)
	ReleaseKey(b parley.Body, ref parley.Ref) (note.Verifier, error)
}

// Before is what stands earlier in the same journal: of every entry that is not
// malformed, void or not, the nonce (with its body) and the part's hash. JUDGE-11
type Before interface {
	HasNonce(from parley.Body, n parley.Nonce) bool
	HasPart(part parley.Hash) bool
}

// Asker finds who wrote a message, in any journal of the agreement; false where
// it is not (yet) held. JUDGE-18
type Asker interface {
	Sender(id parley.MessageID) (parley.Body, bool)
}

// Judge says whether the octets that stand at ref are an entry that may be a
// message. It needs nothing but the entry, the law at that index and what stands
// before, so every holder reaches the same verdict. The Envelope is what could be
// read; it is the zero one where the reason is VoidMalformed.
// Nothing an entry says is an error. JUDGE-1 to JUDGE-11
func Judge(raw []byte, ref parley.Ref, law Law, before Before) (Envelope, Verdict) {
	env, err := ParseEntry(raw)
	if err != nil { // JUDGE-4
		return Envelope{}, void(VoidMalformed)
	}
	if env.Journal != ref.Origin { // JUDGE-5: replayed from another journal
		return env, void(VoidJournal)
	}
	a, err := law.At(ref)
	if err != nil || a.ID() != env.Agreement { // JUDGE-6
		return env, void(VoidAgreement)
	}
	if _, ok := a.Body(env.From); !ok { // JUDGE-7
		return env, void(VoidSender)
	}
	if !signedBy(raw, env.From, ref, law) { // JUDGE-8
		return env, void(VoidSignature)
	}
	for _, to := range env.To { // JUDGE-9
		if _, ok := a.Body(to); !ok {
			return env, void(VoidAddressee)
		}
	}
	if env.Release != nil && !releasedBy(env, ref, law) { // JUDGE-10
		return env, void(VoidRelease)
	}
	if before.HasNonce(env.From, env.Nonce) || before.HasPart(env.Part) { // JUDGE-11
		return env, void(VoidDuplicate)
	}
	return env, Verdict{Valid: true}
}

// JudgeOpened says whether what an entry holds inside makes it a message. Ask it
// after Judge said valid and an Open function gave the inside; where that gave a
// *VoidError, its Verdict is the verdict. JUDGE-12 to JUDGE-19
func JudgeOpened(env Envelope, o Opened, ref parley.Ref, law Law, asker Asker) Verdict {
	f := o.Facts
	if v := JudgeFacts(env, f, ref, law); !v.Valid {
		return v
	}
	a, err := law.At(ref)
	if err != nil {
		return void(VoidAgreement)
	}
	if !NamesAsker(env.From, env.To, f.Thread, f.Answers, asker) { // JUDGE-18
		return void(VoidAddressee)
	}
	c, err := ParseContent(f.Kind, f.Version, o.Content)
	if err != nil || !fits(f, c) { // JUDGE-19
		return void(VoidContent)
	}
	if c == nil && checkForm(f.Kind, f.Version, f.Step, !f.Answers.IsZero(), o.Content, a) != nil {
		return void(VoidContent)
	}
	return Verdict{Valid: true}
}

// JudgeFacts is as much of JudgeOpened as facts alone decide, where the text stays
// closed. JUDGE-16, JUDGE-17
func JudgeFacts(env Envelope, f Facts, ref parley.Ref, law Law) Verdict {
	a, err := law.At(ref)
	if err != nil {
		return void(VoidAgreement)
	}
	if env.Clear != InClear(f.Kind) { // JUDGE-16
		return void(VoidKind)
	}
	for _, to := range env.To {
		if !a.Accepts(to.Party(), f.Kind, f.Version) {
			return void(VoidKind)
		}
	}
	if owed, mayFollow := a.NeedsReleaseBy(env.From, f.Kind, f.Precedence); owed && !mayFollow && env.Release == nil { // JUDGE-17
		return void(VoidRelease)
	}
	return Verdict{Valid: true}
}

// fits reports whether the facts are those that the content owes.
func fits(f Facts, c Content) bool {
	if s, ok := c.(stepped); ok && f.Step != s.factsStep() || c != nil && !ok && f.Step != "" { // FACTS-7
		return false
	}
	switch c := c.(type) {
	case *Receipt: // RECEIPT-5
		if c.Says.NamesThread() {
			return f.Answers == c.About[0]
		}
		return f.Thread.IsZero()
	case *Countersign: // ENTRY-27
		return f.Answers == c.About
	case *Check: // ENTRY-26
		return f.Answers.IsZero() == (c.Step == CheckPing)
	}
	return true
}

// NamesAsker reports whether an answer names the asker's party in `to`: the
// sender of the message that it answers, else the one who opened the thread.
// Where that message is not held, or is one of the answering party itself, there
// is nothing to name. JUDGE-18
func NamesAsker(from parley.Body, to []parley.Body, thread, answers parley.MessageID, asker Asker) bool {
	if thread.IsZero() {
		return true
	}
	if answers.IsZero() {
		answers = thread
	}
	who, ok := asker.Sender(answers)
	if !ok || who.Party() == from.Party() {
		return true
	}
	for _, b := range to {
		if b.Party() == who.Party() {
			return true
		}
	}
	return false
}

// VerdictOf is the verdict that an error of an Open function stands for; ok is
// false where the part does not open (unreadable) or is not the part at all. JUDGE-20
func VerdictOf(err error) (v Verdict, ok bool) {
	var ve *VoidError
	if errors.As(err, &ve) {
		return ve.Verdict(), true
	}
	return Verdict{}, false
}

func signedBy(raw []byte, b parley.Body, ref parley.Ref, law Law) bool {
	key, err := law.BodyKey(b, ref)
	if err != nil {
		return false
	}
	_, err = note.Open(raw, note.VerifierList(key)) // lines of other keys and algorithms are ignored. ENTRY-17
	return err == nil
}

func releasedBy(env Envelope, ref parley.Ref, law Law) bool {
	key, err := law.ReleaseKey(env.From, ref)
	return err == nil && env.Release.Name == key.Name() && verifyRelease(env, env.Release.Name, env.Release.Sig, key) == nil
}
