package agreement_test

import (
	"errors"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/parleytest"
)

// full is a template that uses every chapter.
const full = `agreement = "parley/agreement/v1" # <&> stays as it is
title = { en = "Agreement", fr = "Accord" }
sign_by = "2027-01-31T00:00:00Z"

[language]
authentic = ["en", "fr"]
prevails = "en"

[legal]
depositary = "aster.example"
disputes = { en = "Talk.", fr = "Parler." }

[legal.instrument]
title = { en = "Treaty", fr = "Traité" }
nature = "treaty"
signed = "2026-05-08"
prevails = "instrument"

[[legal.article]]
id = "4"
text = { en = "Assist each other.", fr = "S'entraider." }

[[legal.signatory]]
party = "aster.example"
capacity = { en = "Minister", fr = "Ministre" }

[[legal.notification]]
party = "borea.example"
of = "ratification"
on = "2026-06-01"

[legal.force]
by = "notification"
after = "30 days"

[legal.term]
length = "5 years"
renewal = "automatic"
each = "1 year"

[legal.amendment]
by = "all"

[legal.suspension]
by = "any"
notice = "7 days"
continues = ["hotline"]

[legal.ending]
by = "any"
notice = "90 days"
survives = ["handling", "4"]

[legal.accession]
open = "none"

[[legal.group]]
id = "experts"
title = { en = "Experts", fr = "Experts" }
members = ["aster.example/cert", "borea.example/cert"]

[[legal.declaration]]
party = "borea.example"
article = "4"
text = { en = "We read it narrowly." }

[[words.threat]]
id = "infrastructure"
title = { en = "Damage", fr = "Dommage" }
articles = ["4"]

[[words.term]]
id = "incident"
term = { en = "incident", fr = "incident" }
text = { en = "Something bad.", fr = "Du mal." }

[[words.marking]]
party = "aster.example"
national = "RESTRICTED"
handled = "TLP:AMBER"

[[words.refusal]]
id = "sovereignty"
title = { en = "Sovereignty", fr = "Souveraineté" }
article = "4"

[[words.severity]]
id = "1"
title = { en = "low", fr = "bas" }

[[words.phrase]]
number = 1
text = { en = "We lost {system} at {time}.", fr = "Nous avons perdu {system} à {time}." }
slot = [{ name = "system", kind = "text" }, { name = "time", kind = "time" }]

[handling]
default = "eyes-only"
third_party = "consent"
publication = "joint"
record = "existence"
purposes = ["defence"]

[[handling.marking]]
id = "eyes-only"
title = { en = "Eyes only", fr = "Confidentiel" }
as = "TLP:RED"

[[handling.release]]
kinds = ["hotline"]
precedences = ["flash"]
signatures = 2
follows = "24 hours"

[[handling.release]]
bodies = ["aster.example/mfa"]
signatures = 2

[[handling.retention]]
kinds = ["memo"]
length = "5 years"
then = "erase"

[traffic]
clock_tolerance = "90 seconds"
hold_back = "30 seconds"
seen_owed = ["flash"]
post_quantum = true

[[traffic.accept]]
kind = "hotline"
versions = [1, 2]

[[traffic.accept]]
kind = "memo"
versions = [1]
parties = ["borea.example"]

[traffic.limits]
entries_per_day = 1000
bytes_per_day = 1000000
blob_bytes = 1000
blobs_per_entry = 3

[[clock]]
id = "answer"
length = "3 working days"
starts = "delivered"
proven = "addressee"
calendar = "owing"

[[promises.commitment]]
id = "answer-requests"
title = { en = "Answer", fr = "Répondre" }
article = "4"
sort = "answer"
kinds = ["request"]
clock = "answer"

[[promises.consultation]]
id = "consultations"
title = { en = "Meetings", fr = "Réunions" }
times = 2
every = "1 year"
host = "turns"
notice = "30 days"

[[promises.check]]
id = "line-check"
route = "line"
every = "1 month"
clock = "answer"

[eyes]
grace = "1 hour"
`

func parse(t *testing.T, template string) (*agreement.Agreement, error) {
	t.Helper()
	a, err := parleytest.MakeWorld(1, template, "archive.example/parley")
	if err != nil {
		return nil, err
	}
	return a.Agreement(), nil
}

func TestParseFull(t *testing.T) {
	a, err := parse(t, full)
	if err != nil {
		t.Fatal(err)
	}
	if owed, mayFollow := a.NeedsRelease("hotline", parley.Flash); !owed || !mayFollow {
		t.Error("a flash owes a signature that may follow")
	}
	if owed, _ := a.NeedsRelease("hotline", parley.Routine); owed {
		t.Error("no rule fits a routine hotline message of no named body")
	}
	if owed, mayFollow := a.NeedsReleaseBy("aster.example/mfa", "memo", parley.Routine); !owed || mayFollow {
		t.Error("the ministry's words owe a signature beforehand")
	}
	for _, c := range []struct {
		p    parley.Party
		k    parley.Kind
		v    int
		want bool
	}{
		{parleytest.Aster, "hotline", 2, true}, {parleytest.Aster, "hotline", 3, false}, {parleytest.Aster, "memo", 1, false},
		{parleytest.Borea, "memo", 1, true}, {parleytest.Aster, "receipt", 1, true}, {parleytest.Aster, "intel", 1, false},
	} {
		if a.Accepts(c.p, c.k, c.v) != c.want {
			t.Errorf("Accepts(%s, %s, %d) = %t", c.p, c.k, c.v, !c.want)
		}
	}
	if a.Tolerance().Seconds() != 90 || a.HoldBack().Seconds() != 30 || !a.SeenOwed(parley.Flash) || a.SeenOwed(parley.Routine) {
		t.Error("traffic")
	}
	if k, ok := a.KeptFor("memo"); !ok || k.Then != "erase" {
		t.Error("retention")
	}
	if len(a.Eyes.Archives) != 1 || a.Eyes.Archives[0].Name != "archive.example/parley" {
		t.Error("archive")
	}
	if n := len(strings.Fields(a.Fingerprint())); n != 8 {
		t.Errorf("%d groups", n)
	}
}

// Each fault names its line, its key and what would be right. AGREEMENT-10
func TestParseFaults(t *testing.T) {
	tests := []struct{ old, new, line, key string }{
		{`agreement = "parley/agreement/v1"`, `agreement = "parley/agreement/v2"`, "agreement = ", "agreement"},
		{`prevails = "en"`, `prevails = "de"`, `prevails = "de"`, "language.prevails"},
		{`prevails = "en"`, "prevails = \"en\"\nauthentick = 1", "authentick", "language.authentick"},
		{`prevails = "en"`, "prevails = \"en\"\nPrevails = \"en\"", "Prevails", "language.Prevails"},
		{`prevails = "en"`, `prevails = 7`, `prevails = 7`, "language.prevails"},
		{`fr = "Accord"`, `de = "Abkommen"`, `title = { en = "Agreement", de`, "title"},
		{`nature = "treaty"`, `nature = "promise"`, `nature = "promise"`, "legal.instrument.nature"},
		{`depositary = "aster.example"`, `depositary = "corvia.example"`, "depositary", "legal.depositary"},
		{`after = "30 days"`, `after = "30 moons"`, `after = "30 moons"`, "legal.force.after"},
		{`notice = "90 days"`, `notice = "3 working days"`, `notice = "3 working days"`, "legal.ending.notice"},
		{`survives = ["handling", "4"]`, `survives = ["handling", "5"]`, `survives = ["handling", "5"]`, "legal.ending.survives"},
		{`members = ["aster.example/cert", "borea.example/cert"]`, `members = ["aster.example/cyber"]`, "members = ", "legal.group.members"},
		{`on = "2026-06-01"`, `on = "2026-06-31"`, `on = "2026-06-31"`, "legal.notification.on"},
		{`handled = "TLP:AMBER"`, `handled = "TLP:WHITE"`, `handled = "TLP:WHITE"`, "words.marking.handled"},
		{`{system} at {time}.", fr`, `{system} now.", fr`, `{system} now`, "words.phrase.text.en"},
		{`kind = "time" }]`, `kind = "colour" }]`, `slot = `, "words.phrase.slot.kind"},
		{`default = "eyes-only"`, `default = "nobody"`, `default = "nobody"`, "handling.default"},
		{`record = "existence"`, `record = "some"`, `record = "some"`, "handling.record"},
		{`as = "TLP:RED"`, `as = "PAP:RED"`, `as = "PAP:RED"`, "handling.marking.as"},
		{`precedences = ["flash"]`, `precedences = ["urgent"]`, `precedences = ["urgent"]`, "handling.release.precedences"},
		{`bodies = ["aster.example/mfa"]
signatures = 2`, `bodies = ["aster.example/mfa"]
signatures = 3`, `signatures = 3`, "handling.release.signatures"},
		{`kind = "memo"`, `kind = "gossip"`, `kind = "gossip"`, "traffic.accept.kind"},
		{`versions = [1, 2]`, `versions = []`, `versions = []`, "traffic.accept.versions"},
		{`parties = ["borea.example"]`, `parties = ["corvia.example"]`, `parties = ["corvia`, "traffic.accept.parties"},
		{`entries_per_day = 1000`, `entries_per_day = 0`, `entries_per_day`, "traffic.limits.entries_per_day"},
		{`blob_bytes = 1000`, `blob_bytes = 1000000000`, `blob_bytes`, "traffic.limits.blob_bytes"},
		{`starts = "delivered"`, `starts = "whenever"`, `starts = "whenever"`, "clock.starts"},
		{`calendar = "owing"`, `calendar = "utc"`, `calendar = "utc"`, "clock.calendar"},
		{`sort = "answer"`, `sort = "wish"`, `sort = "wish"`, "promises.commitment.sort"},
		{`sort = "answer"`, "sort = \"answer\"\nsteps = [\"A\"]", `steps = ["A"]`, "promises.commitment.steps"},
		{`sort = "answer"`, "sort = \"once\"\nnext = [\"full\"]", `next = ["full"]`, "promises.commitment.next"},
		{`kinds = ["request"]
clock = "answer"`, `kinds = ["request"]
clock = "never"`, `clock = "never"`, "promises.commitment.clock"},
		{`times = 2`, `times = 0`, `times = 0`, "promises.consultation.times"},
		{`route = "line"`, `route = "smoke"`, `route = "smoke"`, "promises.check.route"},
		{`grace = "1 hour"`, `grace = "soon"`, `grace = "soon"`, "eyes.grace"},
		{`grace = "1 hour"`, "grace = \"1 hour\"\npolicy = \"witness w x\\nquorum w\\n\"", `policy = `, "eyes.policy"},
		{`grace = "1 hour"`, "grace = \"1 hour\"\n[[party]]\nname = \"corvia.example\"", `[[party]]`, "party.title"},
		{`sign_by = "2027-01-31T00:00:00Z"`, `sign_by = "tomorrow"`, `sign_by`, "sign_by"},
		{`sign_by = "2027-01-31T00:00:00Z"`, `amends = "` + strings.Repeat("0", 64) + `"`, "", "founding"},
		{`{ en = "Agreement"`, "{ en = \"Agree\u202ement\"", "title", ""},
		{`{ en = "Agreement"`, "{ en = \"Agree\tment\"", "title", ""},
		{`prevails = "en"`, `prevails = `, `prevails = `, ""},
		{`prevails = "en"`, "prevails = \"en\"\nprevails = \"en\"", "", ""},
	}
	for _, tc := range tests {
		text := strings.Replace(full, tc.old, tc.new, 1)
		if text == full {
			t.Fatalf("%q is not in the template", tc.old)
		}
		_, err := parse(t, text)
		var pe *agreement.ParseError
		if !errors.As(err, &pe) || parley.KindOf(err) != parley.Invalid {
			t.Errorf("%s: %v", tc.new, err)
			continue
		}
		if pe.What == "" || pe.Want == "" {
			t.Errorf("%s: %q says not what is wrong and what would be right", tc.new, pe)
		}
		lines := strings.Split(text, "\n")
		found := pe.Line == 0 && tc.line == ""
		for _, e := range append([]*agreement.ParseError{pe}, pe.More...) {
			found = found || (e.Key == tc.key || tc.key == "") && e.Line > 0 && strings.Contains(lines[e.Line-1], tc.line)
		}
		if !found {
			t.Errorf("%s:\n%v\nwant key %s on a line with %q", tc.new, err, tc.key, tc.line)
		}
	}
}
