package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/cryptotest"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/vectors"
	"parley.example/parley/seal"
)

var update = flag.Bool("update", false, "write the vectors that are missing: delete those that are to be made anew")

const (
	entryDir = "../testdata/vectors/entry"
	judgeDir = "../testdata/vectors/judging"
)

// TestVectors reads the files as another implementation would: nothing of the
// world that made them is used.
func TestVectors(t *testing.T) {
	if *update {
		for dir, files := range makeVectors(t) {
			must(t, os.MkdirAll(dir, 0o755))
			for name, b := range files {
				file := filepath.Join(dir, name)
				if _, err := os.Stat(file); err != nil {
					must(t, os.WriteFile(file, b, 0o644))
				}
			}
		}
		writeSpecExamples(t)
	}
	for _, dir := range []string{entryDir, judgeDir} {
		list, err := vectors.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			t.Run(filepath.Base(dir)+"/"+v.Name, func(t *testing.T) {
				if got := runVector(t, v); got != v.Expect() {
					t.Errorf("got %s, want %s", got, v.Expect())
				}
			})
		}
	}
}

// Every case that the generator knows is committed, with the same verdict. The
// octets are frozen: they are made anew by hand only, when a format changes, since
// the keys and texts of tests may change without it.
func TestVectorsAreCommitted(t *testing.T) {
	for dir, files := range makeVectors(t) {
		for name, made := range files {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Errorf("%s is not committed: go test ./seal -run TestVectors -update", name)
				continue
			}
			if !strings.HasSuffix(name, ".txt") {
				continue
			}
			a, err := vectors.Parse(got)
			must(t, err)
			b, err := vectors.Parse(made)
			must(t, err)
			if a.Expect() != b.Expect() || a.Get("kind") != b.Get("kind") {
				t.Errorf("%s: committed as %s, made as %s", name, a.Expect(), b.Expect())
			}
		}
	}
}

const specFile = "../spec/entry.md"

// The examples of the specification are vectors.
func TestSpecExamples(t *testing.T) {
	spec, err := os.ReadFile(specFile)
	must(t, err)
	if want := withExamples(t, string(spec)); want != string(spec) {
		t.Errorf("%s shows other examples than the vectors: go test ./seal -run TestVectors -update", specFile)
	}
}

func writeSpecExamples(t *testing.T) {
	spec, err := os.ReadFile(specFile)
	must(t, err)
	must(t, os.WriteFile(specFile, []byte(withExamples(t, string(spec))), 0o644))
}

// withExamples puts the bodies of the vectors into the blocks of their names.
func withExamples(t *testing.T, spec string) string {
	for _, name := range []string{"entry", "facts"} {
		raw, err := os.ReadFile(filepath.Join(entryDir, name+".txt"))
		must(t, err)
		v, err := vectors.Parse(raw)
		must(t, err)
		head, rest, ok := strings.Cut(spec, "\n```"+name+"\n")
		_, after, ok2 := strings.Cut(rest, "\n```\n")
		if !ok || !ok2 {
			t.Fatalf("%s: no block %s", specFile, name)
		}
		spec = head + "\n```" + name + "\n" + strings.TrimSuffix(string(v.Body), "\n") + "\n```\n" + after
	}
	return spec
}

func runVector(t *testing.T, v vectors.Vector) string {
	verdict := func(err error) string {
		if err != nil {
			return parley.KindOf(err).String()
		}
		return "valid"
	}
	switch kind := v.Get("kind"); kind {
	case "entry":
		_, err := seal.ParseEntry(v.Body)
		return verdict(err)
	case "facts":
		_, err := seal.ParseFacts(v.Body)
		return verdict(err)
	case "content":
		return verdict(seal.CheckContent(parley.Kind(v.Get("of")), 1, v.Body))
	case "part":
		env, err := seal.ParseEntry([]byte(unescape(t, v.Get("entry"))))
		must(t, err)
		_, err = seal.OpenClear(env, v.Body)
		return verdict(err)
	case "judge":
		return judgeVector(t, v)
	default:
		t.Fatalf("kind %q", kind)
		return ""
	}
}

func judgeVector(t *testing.T, v vectors.Vector) string {
	raw, err := os.ReadFile(filepath.Join(judgeDir, v.Get("agreement")))
	must(t, err)
	signed, err := agreement.OpenSigned(raw)
	must(t, err)
	chain, err := agreement.NewChain(signed)
	must(t, err)
	ref, err := parley.ParseRef(v.Get("ref"))
	must(t, err)
	c := judged{raw: v.Body, ref: ref, nonces: v.Head["nonce-before"], asker: map[parley.MessageID]parley.Body{}}
	for _, s := range v.Head["part-before"] {
		h, err := parley.ParseHash(s)
		must(t, err)
		c.parts = append(c.parts, h)
	}
	for _, s := range v.Head["written"] {
		id, who, _ := strings.Cut(s, " ")
		h, err := parley.ParseHash(id)
		must(t, err)
		c.asker[parley.MessageID(h)] = parley.Body(who)
	}
	if p := v.Get("part"); p != "" {
		c.part = []byte(unescape(t, p))
	}
	if k := v.Get("file-key"); k != "" {
		c.key, err = hex.DecodeString(k)
		must(t, err)
	}
	return c.run(t, chain)
}

func unescape(t *testing.T, s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	must(t, err)
	return string(b)
}

// makeVectors makes all files anew from fixed seeds, age's own randomness too.
func makeVectors(t *testing.T) map[string]map[string][]byte {
	cryptotest.SetGlobalRandom(t, 1)
	judging := map[string][]byte{}
	for law, chain := range laws(t) {
		judging[lawFile(law)] = chain.Texts()[chain.ID()].Note()
	}
	for _, c := range cases(t) {
		head := []string{"expect", c.want, "kind", "judge", "agreement", lawFile(c.law), "ref", c.ref.String()}
		for _, n := range c.nonces {
			head = append(head, "nonce-before", n)
		}
		for _, p := range c.parts {
			head = append(head, "part-before", p.String())
		}
		for id, who := range c.asker {
			head = append(head, "written", id.String()+" "+string(who))
		}
		if c.part != nil {
			head = append(head, "part", base64.StdEncoding.EncodeToString(c.part))
		}
		if c.key != nil {
			head = append(head, "file-key", hex.EncodeToString(c.key))
		}
		judging[c.name+".txt"] = vectors.Format(c.what, c.raw, head...)
	}
	return map[string]map[string][]byte{entryDir: entryVectors(t), judgeDir: judging}
}

func lawFile(law string) string {
	if law == "" {
		return "agreement.note"
	}
	return "agreement-" + law + ".note"
}

func entryVectors(t *testing.T) map[string][]byte {
	m := map[string][]byte{}
	add := func(kind, name, what, expect, body string, head ...string) {
		m[name+".txt"] = vectors.Format(what, []byte(body), append([]string{"expect", expect, "kind", kind}, head...)...)
	}
	d := newDesk(t)
	dr := d.draft(1)
	copy(dr.Nonce[:], "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff")
	r := d.seal(dr, d.hotline("hello"))
	held := seal.Mirrored{Origin: d.Parties[parleytest.Borea].Origin, Size: 12, Root: [32]byte{1, 2, 3}}
	good := string(d.sign(r, d.aster().Signing, held))
	add("entry", "entry", "an entry, as spec/entry.md shows it", "valid", good)
	entry := func(name, what, old, new string) {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("%s: %q is not there", name, old)
		}
		add("entry", name, what, "invalid", strings.Replace(good, old, new, 1))
	}
	line := func(word string) string { // the whole line that begins so
		i := strings.Index(good, "\n"+word+" ") + 1
		return good[i : i+strings.Index(good[i:], "\n")+1]
	}
	add("entry", "entry-second-signature", "a line of a key and algorithm that nobody here knows", "valid", good+"— national.example/algorithm AAAAAP8BAgMEBQYHCAk=\n")
	entry("entry-version", "another version", "entry/v1", "entry/v2")
	entry("entry-empty-line", "the signatures are not set off", "\n\n—", "\n—")
	entry("entry-no-newline", "the last line does not end", good[len(good)-2:], good[len(good)-2:len(good)-1])
	entry("entry-crlf", "a carriage return", "entry/v1\n", "entry/v1\r\n")
	entry("entry-tab", "a tab for a space", "journal ", "journal\t")
	entry("entry-two-spaces", "two spaces", "from ", "from  ")
	entry("entry-bad-utf8", "octets that are not UTF-8", "—", "\xe2\x80")
	entry("entry-upper-nonce", "hex in capitals", "aabb", "AABB")
	entry("entry-short-nonce", "31 digits", "eeff\n", "eef\n")
	entry("entry-zero-nonce", "a nonce of zeros", line("nonce"), "nonce "+strings.Repeat("0", 32)+"\n")
	entry("entry-no-to", "nobody is spoken to", line("to"), "")
	entry("entry-to-twice", "a body is named twice", line("to"), line("to")+line("to"))
	entry("entry-to-self", "the sender speaks to itself", line("to"), "to aster.example/cert\n")
	var many string
	for i := range parley.MaxTo + 1 {
		many += "to borea.example/body-" + itoa(i) + "\n"
	}
	entry("entry-to-17", "seventeen addressees", line("to"), many)
	entry("entry-from-other-party", "a body of another party speaks", line("from"), "from borea.example/mfa\n")
	entry("entry-order", "to before from", line("from")+line("to"), line("to")+line("from"))
	entry("entry-unknown-line", "a line that there is not", "facts ", "urgent yes\nfacts ")
	entry("entry-blob-size-0", "a blob of no octets", "facts ", "blob "+parley.Sum(nil).String()+" 0\nfacts ")
	entry("entry-blob-size-huge", "a sealed blob over 64 MiB and 256 KiB", "facts ", "blob "+parley.Sum(nil).String()+" 67371009\nfacts ")
	entry("entry-blob-leading-zero", "a size with a leading zero", "facts ", "blob "+parley.Sum(nil).String()+" 01\nfacts ")
	entry("entry-sealed-and-clear", "two parts", "time ", strings.Replace(line("sealed"), "sealed", "clear", 1)+"time ")
	entry("entry-sealed-size-huge", "a part over 96 KiB", line("sealed"), "sealed "+parley.Sum(nil).String()+" 98305\n")
	entry("entry-release-no-base64", "a release that is not base64", "time ", "release aster.example/cert/release !\ntime ")
	entry("entry-time-offset", "a time with an offset", "16:05:00Z", "16:05:00+00:00")
	entry("entry-time-fraction", "a time with a fraction", "16:05:00Z", "16:05:00.0Z")
	entry("entry-time-february", "a day that there is not", "2026-11-22", "2026-02-30")
	entry("entry-mirrored-own", "the journal mirrors itself", line("mirrored"), strings.Replace(line("mirrored"), string(held.Origin), string(dr.Journal), 1))
	entry("entry-mirrored-twice", "one journal is mirrored twice", line("mirrored"), line("mirrored")+line("mirrored"))
	entry("entry-mirrored-size", "a size of 2^62", " 12 ", " 4611686018427387904 ")
	entry("entry-mirrored-root", "a root of 31 octets", line("mirrored"), "mirrored "+string(held.Origin)+" 12 "+base64.StdEncoding.EncodeToString(make([]byte, 31))+"\n")
	entry("entry-signature-no-dash", "a signature line without its dash", "— ", "- ")
	entry("entry-too-large", "an entry over 8,192 octets", good[len(good)-1:], "\n"+strings.Repeat("— a.example AAAAAP8BAgMEBQYHCAk=\n", 250))
	add("entry", "entry-empty", "nothing at all", "invalid", "")

	facts := string(r.Facts)
	add("facts", "facts", "facts, as spec/entry.md shows them", "valid", facts)
	fact := func(name, what, old, new string) {
		t.Helper()
		if !strings.Contains(facts, old) {
			t.Fatalf("%s: %q is not there", name, old)
		}
		add("facts", name, what, "invalid", strings.Replace(facts, old, new, 1))
	}
	fact("facts-space", "a space between tokens", `,"kind"`, `, "kind"`)
	fact("facts-order", "another order", `"clock":"","due":""`, `"due":"","clock":""`)
	fact("facts-twice", "a member twice", `"kind":"hotline"`, `"kind":"hotline","kind":"hotline"`)
	fact("facts-case", "a member in another case", `"kind"`, `"Kind"`)
	fact("facts-unknown", "a member that there is not", `"exercise":false`, `"exercise":false,"x":1`)
	fact("facts-missing", "a member is missing", `"clock":"",`, ``)
	fact("facts-null", "null for a string", `"clock":""`, `"clock":null`)
	fact("facts-number", "a number in another form", `"version":1`, `"version":1.0`)
	fact("facts-escape", "an escape that is not owed", `"hotline"`, `"hotl\u0069ne"`)
	fact("facts-newline", "a newline at the end", `}`, "}\n")
	fact("facts-step", "a step that is no word", `"step":""`, `"step":"Refuse it"`)
	fact("facts-version-0", "version 0", `"version":1`, `"version":0`)
	fact("facts-precedence", "a fifth precedence", `"flash"`, `"urgent"`)
	fact("facts-answer-without-thread", "an answer without a thread", `"answers":""`, `"answers":"`+parley.Sum(nil).String()+`"`)
	fact("facts-zero-thread", "zeros for none", `"thread":""`, `"thread":"`+strings.Repeat("0", 64)+`"`)
	fact("facts-due", "a deadline with an offset", `"due":""`, `"due":"2026-11-22T16:05:00+01:00"`)
	contentVectors(add)
	partVectors(d, add)
	return m
}

func partVectors(d desk, add func(kind, name, what, expect, body string, head ...string)) {
	r := d.seal(d.draft(2), seal.Message{Kind: parley.KindGone, Version: 1, Precedence: parley.Routine,
		Content: d.content(&seal.Gone{Parts: []parley.Hash{parley.Sum(nil)}, Why: seal.GoneLost})})
	part := func(name, what, expect, body string) {
		i := bytes.Index(r.Lines, []byte("clear "))
		named := &seal.Ready{Lines: append(clone(r.Lines[:i]), "clear "+parley.Sum([]byte(body)).String()+" "+itoa(len(body))+"\n"...), Clear: true}
		add("part", "part-"+name, what, expect, body, "entry", base64.StdEncoding.EncodeToString(d.sign(named, d.aster().Signing)))
	}
	good, env := string(r.Sealed), d.parse(d.sign(r, d.aster().Signing))
	text := func(old, new string) string {
		s := strings.Replace(good[4:], old, new, 1)
		return string([]byte{0, 0, byte(len(s) >> 8), byte(len(s))}) + s
	}
	part("clear", "a part in clear", "valid", good)
	part("padded", "a part in clear is not padded", "invalid", good+"\x00")
	part("length", "the length is over the end", "invalid", "\x00\x00\xff\xff"+good[4:])
	part("short", "no room for a length", "invalid", good[:3])
	part("null", "null for an empty list", "invalid", text(`"languages":[]`, `"languages":null`))
	part("missing", "a member is missing", "invalid", text(`"legal":"",`, ``))
	part("content", "the content is no object", "invalid", text(`"content":{`, `"content":[{`))
	part("facts", "facts with another context", "untrusted", text(env.Context().String(), strings.Repeat("0", 64)))
}

func contentVectors(add func(kind, name, what, expect, body string, head ...string)) {
	id, other := parley.Sum([]byte("a")).String(), parley.Sum([]byte("b")).String()
	for _, c := range []struct{ name, of, what, expect, body string }{
		{"hotline", "hotline", "a hotline message", "valid", `{"text":"Is the scan at 16:00 yours? <5 minutes>"}`},
		{"hotline-long", "hotline", "the beginning of a text whose whole is the first attachment", "valid", `{"text":"It began","whole":1}`},
		{"hotline-separator", "hotline", "U+2028 is escaped", "valid", `{"text":"a\u2028b"}`},
		{"hotline-html", "hotline", "no HTML escapes", "invalid", `{"text":"\u003c5"}`},
		{"hotline-empty", "hotline", "no text", "invalid", `{"text":""}`},
		{"hotline-control", "hotline", "a control character", "invalid", `{"text":"a\u0007"}`},
		{"hotline-surrogate", "hotline", "half a character", "invalid", `{"text":"\ud800"}`},
		{"hotline-whole-0", "hotline", "an optional member that is zero is left out", "invalid", `{"text":"a","whole":0}`},
		{"memo", "memo", "a memo", "valid", `{"subject":"Report","text":"Attached.\nRegards"}`},
		{"memo-subject", "memo", "a subject of two lines", "invalid", `{"subject":"a\nb","text":""}`},
		{"memo-subject-reordered", "memo", "a character that reorders what is read", "invalid", "{\"subject\":\"report\u202efdp.exe\",\"text\":\"\"}"},
		{"memo-text-reordered", "memo", "a text may hold it", "valid", "{\"subject\":\"\",\"text\":\"a\u202eb\"}"},
		{"receipt-opened", "receipt", "two messages were opened", "valid", `{"says":"opened","about":["` + id + `","` + other + `"]}`},
		{"receipt-twice", "receipt", "one message twice", "invalid", `{"says":"opened","about":["` + id + `","` + id + `"]}`},
		{"receipt-nothing", "receipt", "about nothing", "invalid", `{"says":"opened"}`},
		{"receipt-held", "receipt", "a blob is held", "valid", `{"says":"held","about":["` + id + `"],"blobs":["` + other + `"]}`},
		{"receipt-void", "receipt", "an entry is void", "valid", `{"says":"void","refs":["aster.example/0123456789abcdef/118"],"why":"signature"}`},
		{"receipt-void-reason", "receipt", "a reason that is not in the list", "invalid", `{"says":"void","refs":["aster.example/0123456789abcdef/118"],"why":"rude"}`},
		{"receipt-void-about", "receipt", "void entries are named by their place", "invalid", `{"says":"void","about":["` + id + `"],"why":"signature"}`},
		{"receipt-acknowledged-two", "receipt", "an acknowledgement is about one message", "invalid", `{"says":"acknowledged","about":["` + id + `","` + other + `"]}`},
		{"receipt-acknowledged", "receipt", "acknowledged, with a note", "valid", `{"says":"acknowledged","about":["` + id + `"],"why":"Our night shift looks into it."}`},
		{"receipt-seen-note", "receipt", "a look has no words", "invalid", `{"says":"seen","about":["` + id + `"],"why":"fine"}`},
		{"receipt-declined", "receipt", "declined, with a reason", "valid", `{"says":"declined","about":["` + id + `"],"why":"Not for this line: see the inquiry of 3 March."}`},
		{"receipt-declined-silent", "receipt", "declined without a reason", "invalid", `{"says":"declined","about":["` + id + `"]}`},
		{"receipt-delivered", "receipt", "there is no such receipt: a cosignature says it", "invalid", `{"says":"delivered","about":["` + id + `"]}`},
		{"check", "check", "a ping", "valid", `{"step":"ping","route":"line"}`},
		{"check-step", "check", "neither ping nor reply", "invalid", `{"step":"pong","route":"line"}`},
		{"check-code", "check", "a ping that commits to a code", "valid", `{"step":"ping","route":"telephone","series":"telephone","commit":"` + id + `"}`},
		{"check-reply", "check", "a reply with what was heard", "valid", `{"step":"reply","route":"telephone","result":"reached","code":"river window lemon","role":"duty-officer","at":"2027-01-31T09:00:00Z"}`},
		{"check-tried", "check", "the tester says that nobody answered", "valid", `{"step":"tried","route":"telephone","result":"failed","note":"It just rang."}`},
		{"check-tried-silent", "check", "tried, and nothing said of what came of it", "invalid", `{"step":"tried","route":"telephone"}`},
		{"check-ping-result", "check", "a ping that knows its result", "invalid", `{"step":"ping","route":"line","result":"reached"}`},
		{"check-commit", "check", "a commit that is no hash", "invalid", `{"step":"ping","route":"fax","commit":"river"}`},
		{"check-result", "check", "another result", "invalid", `{"step":"reply","route":"line","result":"late"}`},
		{"check-role", "check", "a name in place of a role", "invalid", `{"step":"reply","route":"line","role":"Anna Berg"}`},
		{"check-at", "check", "a time that does not exist", "invalid", `{"step":"reply","route":"line","at":"2027-02-30T09:00:00Z"}`},
		{"check-code-lines", "check", "a code of two lines", "invalid", `{"step":"reply","route":"line","code":"a\nb"}`},
		{"countersign", "countersign", "a second signature", "valid", `{"about":"` + id + `","key":"aster.example/cert/release","signature":"AAAAAP8BAgMEBQYHCAk="}`},
		{"countersign-short", "countersign", "a signature of four octets", "invalid", `{"about":"` + id + `","key":"aster.example/cert/release","signature":"AAAAAA=="}`},
		{"gone", "gone", "a part is lost", "valid", `{"parts":["` + id + `"],"why":"lost"}`},
		{"gone-why", "gone", "another reason", "invalid", `{"parts":["` + id + `"],"why":"tired"}`},
		{"erased", "erased", "a part was erased", "valid", `{"parts":["` + id + `"],"rule":"retention"}`},
		{"erased-nothing", "erased", "nothing was erased", "invalid", `{"rule":"retention"}`},
	} {
		add("content", "content-"+c.name, c.what, c.expect, c.body, "of", c.of)
	}
}
