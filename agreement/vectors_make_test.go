package agreement_test

import (
	"fmt"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/vectors"
	"parley.example/parley/proof"
)

// made collects files by name.
type made map[string][]byte

func (m made) add(name, what, kind, expect, body string, head ...string) {
	m[name] = vectors.Format(what, []byte(body), append([]string{"expect", expect, "kind", kind}, head...)...)
}

func makeVectors(t *testing.T) made {
	m := made{}
	w, err := parleytest.MakeWorld(1, full, "archive.example/parley")
	check(t, err)
	makeCardVectors(m, w)
	makeTextVectors(t, m, w)
	makeChainVectors(t, m, w)
	makeDeadlineVectors(m)
	return m
}

func makeCardVectors(m made, w *parleytest.World) {
	p := w.Parties[aster]
	m.add("card", "a party's card", "card", "valid", string(p.Card.Note()), "fingerprint", p.Card.Fingerprint())
	m.add("card-archive", "an archive's card", "card", "valid", string(w.Archive.Card.Note()), "fingerprint", w.Archive.Card.Fingerprint())
	edit := func(name, what, expect, old, new string) {
		m.add(name, what, "card", expect, "", "base", "card", "old", old, "new", new)
	}
	edit("card-address", "the address was changed after signing (CARD-2)", "untrusted", ":7443", ":7444")
	edit("card-version", "another version (CARD-1)", "invalid", "parley/card/v1", "parley/card/v2")
	edit("card-unknown-key", "a key that no clause defines (AGREEMENT-9)", "invalid", "languages =", "langages =")
	edit("card-capital-key", "keys are lower-case (AGREEMENT-9)", "invalid", "languages =", "Languages =")
	edit("card-key-id", "an id is recomputed, never believed (KEYS-2)", "invalid", fmt.Sprintf("+%08x+", p.Identity.Key().ID), "+00000000+")
	edit("card-origin", "an origin of another party (AGREEMENT-4)", "invalid", `origin = "aster.example/`, `origin = "borea.example/`)
	edit("card-body", "a body of another party (AGREEMENT-3)", "invalid", `name = "aster.example/cert"`, `name = "borea.example/cert"`)
	edit("card-key-twice", "the release key is the signing key of another body (KEYS-11)", "invalid",
		p.Bodies["aster.example/mfa"].Release.Key().String(), renamed(p.Cert().Signing.Key(), "aster.example/mfa/release"))
	edit("card-pin-of-identity", "the TLS key is the identity key (KEYS-11)", "invalid", p.Pin.String(), parleytest.PinOf(p.Identity.Key().Public).String())
	edit("card-age", "an age recipient of the classic kind (KEYS-2)", "invalid", p.Cert().Age.Recipient().String(), "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj")
	edit("card-direction", "a character that turns the direction of writing (AGREEMENT-1)", "invalid", `{ en = "aster.example" }`, "{ en = \"aster\u202e.example\" }")
	edit("card-tab", "a control character (AGREEMENT-1)", "invalid", "name = ", "name =\t")
	edit("card-offset", "a zone's name is no offset (CLOCK-3)", "invalid", `utc = "+03:00"`, `utc = "EET"`)
}

func renamed(k proof.Key, name string) string {
	n, err := proof.NewKey(name, k.Type, k.Public)
	if err != nil {
		panic(err)
	}
	return n.String()
}

// flipped is another digit of base64.
func flipped(digit string) string {
	if digit == "A" {
		return "B"
	}
	return "A"
}

func makeTextVectors(t *testing.T, m made, w *parleytest.World) {
	note := string(w.Signed.Note())
	m.add("signed", "a complete agreement that uses every chapter", "signed", "valid", note, "fingerprint", w.Agreement().Fingerprint())
	edit := func(name, what, expect, old, new string, head ...string) {
		m.add(name, what, "signed", expect, "", append([]string{"base", "signed", "old", old, "new", new}, head...)...)
	}
	line := func(s proof.Signer) string {
		for l := range strings.Lines(note) {
			if strings.HasPrefix(l, "\u2014 "+s.Key().Name+" ") {
				return strings.TrimSuffix(l, "\n")
			}
		}
		t.Fatal("no line of " + s.Key().Name)
		return ""
	}
	identity := line(w.Parties[aster].Identity)
	edit("signed-foreign-line", "a line of a key that the text does not name is ignored; one is missing (AGREEMENT-7)", "valid",
		identity, "\u2014 corvia.example AAAAAAAAAA==", "missing", "aster.example")
	edit("signed-wrong-line", "a line of a key in the text does not hold (AGREEMENT-7)", "untrusted",
		identity, identity[:40]+flipped(identity[40:41])+identity[41:])
	edit("signed-text-changed", "the text was changed after signing", "untrusted", `en = "Talk."`, `en = "Fight."`)
	where := func(key string) string {
		return fmt.Sprint(1 + strings.Count(note[:strings.Index(note, key)], "\n"))
	}
	for _, f := range []struct{ name, what, old, new, key string }{
		{"version", "another version (AGREEMENT-1)", `agreement = "parley/agreement/v1"`, `agreement = "parley/agreement/v9"`, "agreement"},
		{"unknown-key", "a key that no clause defines (AGREEMENT-9)", `record = "existence"`, `recrod = "existence"`, "handling.recrod"},
		{"language", "a text lacks an authentic language (AGREEMENT-12)", `title = { en = "Treaty", fr = "Traité" }`, `title = { en = "Treaty" }`, "legal.instrument.title"},
		{"article", "an article that is not there (AGREEMENT-13)", `articles = ["4"]`, `articles = ["5"]`, "words.threat.articles"},
		{"slot", "a slot is missing in one language (AGREEMENT-14)", `text = { en = "We lost {system} at {time}."`, `text = { en = "We lost {system}."`, "words.phrase.text.en"},
		{"marking", "a marking that nobody defined (AGREEMENT-15)", `default = "eyes-only"`, `default = "TLP:WHITE"`, "handling.default"},
		{"release", "three signatures (AGREEMENT-16)", `signatures = 2`, `signatures = 3`, "handling.release.signatures"},
		{"kind", "a kind that nobody defined (AGREEMENT-17)", `kind = "memo"`, `kind = "gossip"`, "traffic.accept.kind"},
		{"limit", "a blob above 64 MiB (AGREEMENT-18)", `blob_bytes = 1000`, `blob_bytes = 67108865`, "traffic.limits.blob_bytes"},
		{"clock", "working days in UTC (AGREEMENT-19)", `calendar = "owing"`, `calendar = "utc"`, "clock.calendar"},
		{"promise", "a clock that is not there (AGREEMENT-20)", `kinds = ["request"]`, `sort = "once"`, "promises.commitment.sort"},
		{"grace", "not a length (AGREEMENT-21)", `grace = "1 hour"`, `grace = "an hour"`, "eyes.grace"},
		{"founding", "founding without amends (AGREEMENT-5)", `sign_by = "2027-01-31T00:00:00Z"`, `founding = "` + strings.Repeat("0", 64) + `"`, "founding"},
	} {
		head := []string{"line", where(f.old), "key", f.key}
		if f.name == "promise" {
			head = nil // the key stands twice: that is TOML's error
		}
		edit("text-"+f.name, f.what, "invalid", f.old, f.new, head...)
	}
}

func makeChainVectors(t *testing.T, m made, w *parleytest.World) {
	c := w.Chain(t)
	o := w.Parties[aster].Origin
	var body strings.Builder
	add := func(expect string, origin parley.Origin, index uint64, kind parley.Kind, content any) {
		fmt.Fprintf(&body, "%s %s %s %s\n", expect, parley.Ref{Origin: origin, Index: index}, kind, encode(t, content))
	}
	put := func(name, what string, head ...string) {
		m.add(name, what, "chain", "valid", body.String(), append([]string{"base", "signed"}, head...)...)
		body.Reset()
	}
	identity := w.Parties[aster].Identity
	next := key(t, 100, proof.TypeEd25519, "aster.example/cert")
	change := &agreement.Change{Agreement: c.ID(), Journal: o, Signing: []agreement.BodyKey{{Body: "aster.example/cert", Key: next.Key()}}}
	signed, err := change.Sign(&identity)
	check(t, err)
	keys := agreement.NoteContent{Note: string(signed)}
	add("valid", o, 0, parley.KindAgreement, agreement.SwitchContent{Text: c.ID()})
	add("untrusted", o, 3, parley.KindKeys, agreement.NoteContent{Note: change.Text()})
	add("valid", o, 5, parley.KindKeys, keys)
	add("invalid", o, 6, parley.KindKeys, keys)
	add("not-found", "corvia.example/0000000000000000", 0, parley.KindAgreement, agreement.SwitchContent{Text: c.ID()})
	put("chain-keys", "a body's key changes: without the identity key void, with it good from the next index, and not twice (KEYS-6, KEYS-7, KEYS-11)",
		"signing", fmt.Sprintf("aster.example/cert %s/5 %08x", o, w.Parties[aster].Cert().Signing.Key().ID),
		"signing", fmt.Sprintf("aster.example/cert %s/6 %08x", o, next.Key().ID))

	fresh := parley.Origin("aster.example/00000000000000ff")
	s := agreement.Succession{Agreement: c.ID(), Close: o, Size: 8, Next: fresh, Keys: []proof.Key{
		key(t, 101, proof.TypeEd25519, string(fresh)).Key(), key(t, 102, proof.TypeMLDSA44, string(fresh)).Key()}}
	good, err := s.Sign(identity)
	check(t, err)
	forged, err := (&agreement.Succession{Agreement: s.Agreement, Close: o, Size: 8, Next: fresh, Keys: s.Keys}).Sign(w.Parties[borea].Identity)
	check(t, err)
	add("valid", o, 0, parley.KindAgreement, agreement.SwitchContent{Text: c.ID()})
	add("untrusted", fresh, 0, parley.KindSuccession, agreement.NoteContent{Note: string(forged)})
	add("invalid", fresh, 1, parley.KindSuccession, agreement.NoteContent{Note: string(good)})
	add("valid", fresh, 0, parley.KindSuccession, agreement.NoteContent{Note: string(good)})
	add("invalid", o, 8, parley.KindAgreement, agreement.SwitchContent{Text: c.ID()})
	put("chain-succession", "a journal is closed at size 8 and followed by another (SUCCESSION-1, SUCCESSION-2, SUCCESSION-3)", "current", string(fresh))

	lost := key(t, 103, proof.TypeEd25519, "aster.example")
	x := &agreement.Replacement{Agreement: c.ID(), Journal: o, Old: identity.Key(), New: lost.Key()}
	var n proof.Note
	for _, by := range []proof.Signer{w.Parties[aster].Cert().Signing, lost} {
		n, err = x.AddLine(n, by)
		check(t, err)
	}
	add("valid", o, 0, parley.KindAgreement, agreement.SwitchContent{Text: c.ID()})
	add("untrusted", o, 1, parley.KindKeys, agreement.NoteContent{Note: string(n.Bytes())})
	n, err = x.AddLine(n, w.Parties[borea].Identity)
	check(t, err)
	add("valid", o, 2, parley.KindKeys, agreement.NoteContent{Note: string(n.Bytes())})
	add("untrusted", fresh, 0, parley.KindSuccession, agreement.NoteContent{Note: string(good)})
	put("chain-identity", "a lost identity key is replaced once all others have signed, and signs nothing more (KEYS-9)")

	add("valid", o, 0, parley.KindAgreement, agreement.SwitchContent{Text: c.ID()})
	add("valid", o, 1, parley.KindAgreement, agreement.NoticeContent{Notice: "suspend", Effect: "2026-12-01T00:00:00Z", Reason: "<maintenance & rest>"})
	add("invalid", o, 2, parley.KindAgreement, agreement.NoticeContent{Notice: "sulk", Effect: "2026-12-01T00:00:00Z"})
	add("invalid", o, 3, parley.KindAgreement, agreement.NoticeContent{Notice: "denounce", Effect: "2026-12-01"})
	put("chain-notice", "notices (AGREEMENT-23)")
}

func makeDeadlineVectors(m made) {
	const table = `from = "2026-01-01"
to = "2027-12-31"
hours = ["mon-thu 09:00-12:00", "mon-thu 13:00-17:00", "fri 09:00-13:00"]
holidays = ["01-01", "2026-05-01"]
offset = [{ utc = "+02:00" }, { from = "2026-03-29T01:00:00Z", utc = "+03:00" }, { from = "2026-10-25T01:00:00Z", utc = "+02:00" }]
`
	for _, d := range []struct{ name, what, length, start, due string }{
		{"hours", "hours are the same everywhere (CLOCK-2)", "24 hours", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"},
		{"day-summer", "a day ends at local midnight, across summer time (CLOCK-4)", "1 day", "2026-03-28T12:00:00Z", "2026-03-29T21:00:00Z"},
		{"month", "a shorter month (CLOCK-4)", "1 month", "2026-01-31T08:00:00Z", "2026-02-28T22:00:00Z"},
		{"working-days", "over a holiday and a weekend (CLOCK-5)", "1 working day", "2026-04-30T08:00:00Z", "2026-05-04T14:00:00Z"},
		{"working-hours", "over lunch (CLOCK-5)", "3 working hours", "2026-02-10T09:00:00Z", "2026-02-10T13:00:00Z"},
		{"soon", "no deadline (CLOCK-6)", "as soon as possible", "2026-02-10T09:00:00Z", "none"},
	} {
		m.add("deadline-"+d.name, d.what, "deadline", "valid", table, "length", d.length, "start", d.start, "due", d.due)
	}
	m.add("deadline-beyond", "the calendar lists no such days (CLOCK-3)", "deadline", "invalid", table, "length", "3 years", "start", "2026-02-10T09:00:00Z")
	m.add("deadline-length", "not a length (CLOCK-1)", "deadline", "invalid", table, "length", "2 hour", "start", "2026-02-10T09:00:00Z")
	m.add("deadline-overlap", "hours that overlap (CLOCK-3)", "deadline", "invalid", strings.Replace(table, "fri 09:00", "thu 16:00", 1), "length", "1 hour", "start", "2026-02-10T09:00:00Z")
}
