package seal_test

import (
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/seal"
)

// template is the agreement of the vectors: theirs alone, so that they stay as they are.
const template = `agreement = "parley/agreement/v1"
title = { en = "Agreement for tests" }

[language]
authentic = ["en"]

[handling]
default = "TLP:AMBER"
third_party = "consent"
publication = "none"
record = "full"

[[traffic.accept]]
kind = "hotline"
versions = [1]

[[traffic.accept]]
kind = "memo"
versions = [1]

[traffic.limits]
entries_per_day = 100000
bytes_per_day = 10000000000
blob_bytes = 67108864
blobs_per_entry = 32

[eyes]
grace = "1 hour"
`

// twoSignatures owes a release for what is immediate and lets it follow a flash.
const twoSignatures = `
[[handling.release]]
kinds = ["hotline"]
precedences = ["flash"]
signatures = 2
follows = "1 hour"

[[handling.release]]
kinds = ["hotline"]
precedences = ["immediate"]
signatures = 2
`

// judged is one case: an entry, where it stands, what stands around it, and the verdict.
type judged struct {
	name, what string
	raw        []byte
	part, key  []byte // nil: the entry alone is judged
	ref        parley.Ref
	law        string // which agreement: "" or "release"
	nonces     []string
	parts      []parley.Hash
	asker      map[parley.MessageID]parley.Body
	want       string // valid or a reason
}

type earlier struct {
	nonces map[string]bool
	parts  map[parley.Hash]bool
}

func (e earlier) HasNonce(b parley.Body, n parley.Nonce) bool {
	return e.nonces[string(b)+" "+n.String()]
}
func (e earlier) HasPart(h parley.Hash) bool { return e.parts[h] }

type askers map[parley.MessageID]parley.Body

func (a askers) Sender(id parley.MessageID) (parley.Body, bool) { b, ok := a[id]; return b, ok }

func (c judged) run(t *testing.T, law seal.Law) string {
	before := earlier{map[string]bool{}, map[parley.Hash]bool{}}
	for _, n := range c.nonces {
		before.nonces[n] = true
	}
	for _, p := range c.parts {
		before.parts[p] = true
	}
	env, v := seal.Judge(c.raw, c.ref, law, before)
	if !v.Valid {
		return string(v.Reason)
	}
	if c.part == nil {
		return "valid"
	}
	var o seal.Opened
	var err error
	if env.Clear {
		o, err = seal.OpenClear(env, c.part)
	} else {
		o, err = seal.OpenWithKey(env, c.part, c.key)
	}
	if err != nil {
		v, ok := seal.VerdictOf(err)
		if !ok {
			return "unreadable"
		}
		return string(v.Reason)
	}
	if v := seal.JudgeOpened(env, o, c.ref, law, askers(c.asker)); !v.Valid {
		return string(v.Reason)
	}
	return "valid"
}

// laws are the two agreements of the cases, between the same parties.
func laws(t testing.TB) map[string]*agreement.Chain {
	w, err := parleytest.MakeWorld(1, template+twoSignatures, "", parleytest.Aster, parleytest.Borea, parleytest.Corvia)
	if err != nil {
		t.Fatal(err)
	}
	w1, err := parleytest.MakeWorld(1, template, "", parleytest.Aster, parleytest.Borea, parleytest.Corvia)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*agreement.Chain{"": w1.Chain(t), "release": w.Chain(t)}
}

// cases makes one of each verdict. Everything is made from fixed seeds.
func cases(t testing.TB) []judged {
	w, err := parleytest.MakeWorld(1, template, "", parleytest.Aster, parleytest.Borea, parleytest.Corvia)
	if err != nil {
		t.Fatal(err)
	}
	w2, err := parleytest.MakeWorld(1, template+twoSignatures, "", parleytest.Aster, parleytest.Borea, parleytest.Corvia)
	if err != nil {
		t.Fatal(err)
	}
	d, d2 := desk{w, t}, desk{w2, t}
	ref := parley.Ref{Origin: d.Parties[parleytest.Aster].Origin, Index: 7}
	var list []judged
	add := func(c judged) {
		if c.ref.Origin == "" {
			c.ref = ref
		}
		list = append(list, c)
	}
	opened := func(name, what, want string, r *seal.Ready, more func(*judged)) {
		dd := d
		c := judged{name: name, what: what, want: want, part: r.Sealed, key: r.FileKey}
		if more != nil {
			more(&c)
		}
		if c.law != "" {
			dd = d2
		}
		c.raw = dd.sign(r, dd.aster().Signing)
		add(c)
	}
	n := byte(0)
	next := func() byte { n++; return n }
	one := d.seal(d.draft(next()), d.hotline("hello"))
	raw := d.sign(one, d.aster().Signing)
	env := d.parse(raw)
	nonce := "aster.example/cert " + env.Nonce.String()
	add(judged{name: "valid", what: "a message, judged by its entry alone", raw: raw, want: "valid"})
	add(judged{name: "valid-other-nonce-before", what: "the same nonce of another body is another message", raw: raw, nonces: []string{strings.Replace(nonce, "cert", "mfa", 1)}, want: "valid"})
	opened("valid-opened", "a message, opened", "valid", one, nil)
	add(judged{name: "malformed", what: "cut in the middle", raw: raw[:len(raw)/2], want: "malformed"})
	add(judged{name: "malformed-huge", what: "octets that are no entry", raw: make([]byte, parley.MaxEntry+1), want: "malformed"})
	add(judged{name: "journal", what: "copied from another journal", raw: raw, ref: parley.Ref{Origin: d.Parties[parleytest.Borea].Origin, Index: 7}, want: "journal"})
	add(judged{name: "agreement", what: "of another agreement", raw: raw, law: "release", want: "agreement"})
	add(judged{name: "signature-flipped", what: "one bit of the signature is flipped", raw: flipLast(raw), want: "signature"})
	add(judged{name: "signature-other-body", what: "signed by another body of the same party", raw: d.sign(one, d.Body("aster.example/mfa").Signing), want: "signature"})
	add(judged{name: "duplicate-nonce", what: "the nonce stands earlier in the journal", raw: raw, nonces: []string{nonce}, want: "duplicate"})
	add(judged{name: "duplicate-part", what: "the part stands earlier in the journal", raw: raw, parts: []parley.Hash{env.Part}, want: "duplicate"})
	add(judged{name: "valid-unknown-line", what: "a signature line of an unknown type is ignored", raw: append(clone(raw), "— aster.example/cert AAAAAP8BAgMEBQYHCAk=\n"...), want: "valid"})

	stranger := d.draft(next())
	stranger.From = "aster.example/press"
	add(judged{name: "sender", what: "from a body that the agreement does not name", raw: d.sign(d.seal(stranger, d.hotline("hello")), d.aster().Signing), want: "sender"})
	lost := d.draft(next())
	lost.To = append(lost.To, "deltia.example/cert")
	add(judged{name: "addressee-unknown", what: "to a body that the agreement does not name", raw: d.sign(d.seal(lost, d.hotline("hello")), d.aster().Signing), want: "addressee"})
	wrong := d.seal(d.draft(next()), d.hotline("hello"))
	must(t, wrong.Release(d.Body("aster.example/mfa").Release))
	add(judged{name: "release-wrong-key", what: "released by another body's key", raw: d.sign(wrong, d.aster().Signing), want: "release"})

	// The inside.
	opened("part-not-json", "the inside is not JSON", "part", d.inside(next(), "x"), nil)
	good := `{"facts":"` + strings.ReplaceAll(string(one.Facts), `"`, `\"`) + `","marking":"","languages":[],"legal":"","blobs":[],"content":{"text":"hello"}}`
	opened("part-second-spelling", "the inside has a space too many", "part", d.inside(next(), strings.Replace(good, `":"",`, `": "",`, 1)), nil)
	opened("facts-not-json", "the facts inside are none", "facts", d.inside(next(), strings.Replace(good, `{\"salt`, `{\"Salt`, 1)), nil)
	opened("context", "the inside was sealed for another entry", "context", d.inside(next(), good), nil)
	opened("blobs", "a blob line without an attachment inside", "blobs", d.blobs(next()), nil)
	kind := d.hotline("hello")
	kind.Kind, kind.Content = "telepathy", json.RawMessage(`{}`)
	opened("kind-unknown", "a kind that the addressee does not accept", "kind", d.seal(d.draft(next()), kind), nil)
	version := d.hotline("hello")
	version.Version = 2
	opened("kind-version", "a version that the addressee does not accept", "kind", d.seal(d.draft(next()), version), nil)
	opened("content", "the content is not what a hotline message holds", "content", d.content2(next(), one, "hotline", `{"txt":"hello"}`), nil)
	opened("facts-hash", "the entry names other facts", "facts", d.content2(next(), nil, "hotline", `{"text":"hello"}`), nil)
	opened("kind-sealed", "a kind that belongs in clear is sealed", "kind", d.content2(next(), one, "gone", `{"parts":[],"why":"lost"}`), nil)

	immediate := func() seal.Message { m := d.hotline("hello"); m.Precedence = parley.Immediate; return m }
	law2 := func(c *judged) { c.law = "release" }
	opened("release-owed", "two signatures are owed and one is there", "release", d2.seal(d2.draft(next()), immediate()), law2)
	both := d2.seal(d2.draft(next()), immediate())
	must(t, both.Release(d2.aster().Release))
	opened("valid-released", "two signatures are owed and both are there", "valid", both, law2)
	opened("valid-may-follow", "a flash goes on one signature, the second may follow", "valid", d2.seal(d2.draft(next()), d2.hotline("hello")), law2)

	asked := parley.MessageID(parley.Sum([]byte("the question")))
	answer := d.hotline("an answer")
	answer.Thread, answer.Answers = asked, asked
	asker := func(who parley.Body) func(*judged) {
		return func(c *judged) { c.asker = map[parley.MessageID]parley.Body{asked: who} }
	}
	opened("valid-answer", "an answer names a body of the asker's party", "valid", d.seal(d.draft(next()), answer), asker("borea.example/mfa"))
	opened("valid-answer-unknown", "the question is not held", "valid", d.seal(d.draft(next()), answer), nil)
	opened("valid-answer-own", "the question is one's own", "valid", d.seal(d.draft(next()), answer), asker("aster.example/mfa"))
	opened("addressee-asker", "an answer that does not name the asker's party", "addressee", d.seal(d.draft(next()), answer), asker("corvia.example/cert"))
	receipt := seal.Message{Kind: parley.KindReceipt, Version: 1, Precedence: parley.Routine,
		Content: d.content(&seal.Receipt{Says: seal.SaysAcknowledged, About: []parley.MessageID{asked}})}
	opened("content-receipt-thread", "an acknowledgement whose facts name no thread", "content", d.seal(d.draft(next()), receipt), nil)
	stepless := answer
	stepless.Step = "refuse"
	opened("content-step", "a step where the kind has none", "content", d.seal(d.draft(next()), stepless), asker("borea.example/mfa"))
	gone := seal.Message{Kind: parley.KindGone, Version: 1, Precedence: parley.Routine, Content: d.content(&seal.Gone{Parts: []parley.Hash{env.Part}, Why: seal.GoneLost})}
	opened("valid-gone", "a part in clear", "valid", d.seal(d.draft(next()), gone), nil)
	opened("unreadable", "the part is no age file: not a verdict, JUDGE-20", "unreadable", d.junk(next()), nil)
	return list
}

func TestJudge(t *testing.T) {
	chains := laws(t)
	seen := map[string]bool{}
	for _, c := range cases(t) {
		t.Run(c.name, func(t *testing.T) {
			if got := c.run(t, chains[c.law]); got != c.want {
				t.Errorf("%s: got %s, want %s", c.what, got, c.want)
			}
		})
		seen[c.want] = true
	}
	for _, r := range seal.Reasons() {
		if !seen[string(r)] {
			t.Errorf("no case for the reason %s", r)
		}
	}
}

// The law's answers decide, and nothing that they do is fatal.
func TestJudgeWithoutLaw(t *testing.T) {
	d := newDesk(t)
	raw := d.sign(d.seal(d.draft(1), d.hotline("hello")), d.aster().Signing)
	ref := parley.Ref{Origin: d.Parties[parleytest.Aster].Origin}
	_, v := seal.Judge(raw, ref, lawless{}, earlier{})
	if v.Reason != seal.VoidAgreement {
		t.Error(v)
	}
}

type lawless struct{}

func (lawless) At(parley.Ref) (*agreement.Agreement, error) {
	return nil, parley.E(parley.NotFound, "no law")
}
func (lawless) BodyKey(parley.Body, parley.Ref) (note.Verifier, error)    { return nil, nil }
func (lawless) ReleaseKey(parley.Body, parley.Ref) (note.Verifier, error) { return nil, nil }

func clone(b []byte) []byte { return append([]byte(nil), b...) }

func flipLast(raw []byte) []byte {
	b := clone(raw)
	c := &b[len(b)-20] // a base64 digit of the signature
	if *c == 'A' {
		*c = 'B'
	} else {
		*c = 'A'
	}
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
