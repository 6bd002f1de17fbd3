package seal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

var at = time.Date(2026, 11, 22, 16, 5, 0, 0, time.UTC)

// desk is Aster's technical body about to speak to Borea's.
type desk struct {
	*parleytest.World
	t testing.TB
}

func newDesk(t testing.TB) desk {
	t.Helper()
	w, err := parleytest.MakeWorld(1, template, "")
	if err != nil {
		t.Fatal(err)
	}
	return desk{w, t}
}

func (d desk) aster() *parleytest.Body { return d.Parties[parleytest.Aster].Cert() }
func (d desk) borea() *parleytest.Body { return d.Parties[parleytest.Borea].Cert() }

func (d desk) draft(nonce byte) seal.Draft {
	return seal.Draft{Journal: d.Parties[parleytest.Aster].Origin, Agreement: d.Agreement().ID(),
		From: d.aster().Name, To: []parley.Body{d.borea().Name}, Nonce: parley.Nonce{15: nonce}}
}

func (d desk) recipients() []seal.Recipient {
	d.t.Helper()
	list, err := seal.ParseRecipients(d.borea().Age.Recipient().String(), d.aster().Age.Recipient().String())
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

func (d desk) content(c seal.Content) json.RawMessage {
	b, err := seal.FormatContent(c)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func (d desk) hotline(text string) seal.Message {
	return seal.Message{Kind: parley.KindHotline, Version: 1, Precedence: parley.Flash, Marking: "TLP:AMBER",
		Languages: []string{"en"}, Content: d.content(&seal.Hotline{Text: text})}
}

func (d desk) seal(dr seal.Draft, m seal.Message) *seal.Ready {
	d.t.Helper()
	var r *seal.Ready
	var err error
	if seal.InClear(m.Kind) {
		r, err = seal.Clear(d.Rand, dr, m)
	} else {
		r, err = seal.Seal(d.Rand, dr, m, d.recipients())
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d desk) sign(r *seal.Ready, body proof.Signer, mirrored ...seal.Mirrored) []byte {
	d.t.Helper()
	raw, err := seal.Sign(r, at, mirrored, body)
	if err != nil {
		d.t.Fatal(err)
	}
	return raw
}

func (d desk) parse(raw []byte) seal.Envelope {
	d.t.Helper()
	env, err := seal.ParseEntry(raw)
	if err != nil {
		d.t.Fatal(err)
	}
	return env
}

func TestSealOpensForItsReaders(t *testing.T) {
	d := newDesk(t)
	m := d.hotline("Are you seeing <this> & that? \u2028")
	r := d.seal(d.draft(1), m)
	env := d.parse(d.sign(r, d.aster().Signing, seal.Mirrored{Origin: d.Parties[parleytest.Borea].Origin, Size: 12}))
	for _, id := range []age.Identity{d.aster().Age, d.borea().Age} {
		o, key, err := seal.Open(env, r.Sealed, d.World.Parties[parleytest.Borea].Bodies["borea.example/mfa"].Age, id)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(key, r.FileKey) || !bytes.Equal(o.FactsBytes, r.Facts) || !bytes.Equal(o.Content, m.Content) {
			t.Error("what was opened is not what was sealed")
		}
		again, err := seal.OpenWithKey(env, r.Sealed, key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(o, again); diff != "" {
			t.Error(diff)
		}
	}
	f, err := seal.OpenFacts(env, r.Facts)
	if err != nil || f.Kind != parley.KindHotline || f.Precedence != parley.Flash || f.Context != env.Context() {
		t.Errorf("facts: %+v, %v", f, err)
	}
	if len(env.Mirrored) != 1 || env.Mirrored[0].Size != 12 || !env.Time.Equal(at) {
		t.Errorf("envelope: %+v", env)
	}
	if _, _, err := seal.Open(env, r.Sealed, d.World.Body("borea.example/mfa").Age); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("a stranger opened it: %v", err)
	}
}

func TestDamagedPartDoesNotOpen(t *testing.T) {
	d := newDesk(t)
	r := d.seal(d.draft(1), d.hotline("hello"))
	env := d.parse(d.sign(r, d.aster().Signing))
	flipped := bytes.Clone(r.Sealed)
	flipped[len(flipped)/2] ^= 1
	for name, part := range map[string][]byte{"flipped": flipped, "cut": r.Sealed[:len(r.Sealed)-1], "longer": append(bytes.Clone(r.Sealed), 0), "empty": nil} {
		if _, _, err := seal.Open(env, part, d.borea().Age); err == nil {
			t.Errorf("%s: opened", name)
		}
		// The author signs the damaged octets themselves: hash and size hold now.
		claimed := *r
		claimed.Lines = bytes.Replace(bytes.Clone(r.Lines), lastLine(r.Lines), []byte(nil), 1)
		if len(part) == 0 {
			continue
		}
		claimed.Lines = append(claimed.Lines, "sealed "+parley.Sum(part).String()+" "+itoa(len(part))+"\n"...)
		env2 := d.parse(d.sign(&claimed, d.aster().Signing))
		_, _, err := seal.Open(env2, part, d.borea().Age)
		if _, isVoid := seal.VerdictOf(err); parley.KindOf(err) != parley.Untrusted || isVoid {
			t.Errorf("%s, claimed by its author: %v; want unreadable", name, err) // JUDGE-20
		}
	}
	if _, err := seal.OpenWithKey(env, r.Sealed, make([]byte, 16)); err == nil {
		t.Error("opened with a wrong file key")
	}
	if _, err := seal.OpenWithKey(env, r.Sealed, r.FileKey[:15]); err == nil {
		t.Error("opened with a short file key")
	}
}

func TestPartMovedToAnotherEntry(t *testing.T) {
	d := newDesk(t)
	r := d.seal(d.draft(1), d.hotline("hello"))
	other := d.seal(d.draft(2), d.hotline("other"))
	moved := *other
	i := bytes.Index(other.Lines, []byte("facts "))
	j := bytes.Index(r.Lines, []byte("facts "))
	moved.Lines = append(bytes.Clone(other.Lines[:i]), r.Lines[j:]...) // facts and sealed of another entry
	env := d.parse(d.sign(&moved, d.aster().Signing))
	_, err := seal.OpenWithKey(env, r.Sealed, r.FileKey)
	if v, ok := seal.VerdictOf(err); !ok || v.Reason != seal.VoidContext {
		t.Errorf("got %v, want void context", err)
	}
	if _, err := seal.OpenFacts(env, r.Facts); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("facts of another entry: %v", err)
	}
}

func TestRelease(t *testing.T) {
	d := newDesk(t)
	r := d.seal(d.draft(1), d.hotline("hello"))
	plain := d.parse(d.sign(r, d.aster().Signing))
	c, err := seal.NewCountersign(plain, d.aster().Release)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Verify(plain, d.aster().Release.Key().Verifier()); err != nil {
		t.Error(err)
	}
	if err := c.Verify(plain, d.borea().Release.Key().Verifier()); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("another key: %v", err)
	}
	d.judgeCountersign(plain, c)
	if r.Released() {
		t.Error("released before")
	}
	if err := r.Release(d.aster().Release); err != nil {
		t.Fatal(err)
	}
	if err := r.Release(d.aster().Release); parley.KindOf(err) != parley.Conflict {
		t.Errorf("second release: %v", err)
	}
	env := d.parse(d.sign(r, d.aster().Signing))
	if env.Release == nil || env.Release.Name != "aster.example/cert/release" || env.Release.Sig != c.Signature || !r.Released() {
		t.Errorf("release line: %+v", env.Release)
	}
}

// judgeCountersign: a countersign holds for an earlier entry of its own journal only. JUDGE-22
func (d desk) judgeCountersign(about seal.Envelope, c *seal.Countersign) {
	m := seal.Message{Kind: parley.KindCountersign, Version: 1, Precedence: parley.Flash, Thread: about.ID(), Answers: about.ID(), Content: d.content(c)}
	r := d.seal(d.draft(9), m)
	env := d.parse(d.sign(r, d.aster().Signing))
	o, err := seal.OpenWithKey(env, r.Sealed, r.FileKey)
	must(d.t, err)
	origin, other := d.Parties[parleytest.Aster].Origin, d.Parties[parleytest.Borea].Origin
	for _, tt := range []struct {
		at, about parley.Ref
		env       seal.Envelope
		want      bool
	}{
		{parley.Ref{Origin: origin, Index: 8}, parley.Ref{Origin: origin, Index: 7}, about, true},
		{parley.Ref{Origin: origin, Index: 7}, parley.Ref{Origin: origin, Index: 7}, about, false},
		{parley.Ref{Origin: origin, Index: 8}, parley.Ref{Origin: other, Index: 7}, about, false},
		{parley.Ref{Origin: origin, Index: 8}, parley.Ref{Origin: origin, Index: 7}, env, false},
		{parley.Ref{Origin: origin, Index: 8}, parley.Ref{}, seal.Envelope{}, false},
	} {
		if v := seal.JudgeCountersign(env, o, tt.at, tt.env, tt.about, d.Chain(d.t)); v.Valid != tt.want {
			d.t.Errorf("countersign at %s about %s: %+v", tt.at, tt.about, v)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	d := newDesk(t)
	for _, tt := range []struct {
		name   string
		change func(*seal.Draft, *seal.Message)
	}{
		{"no addressee", func(dr *seal.Draft, _ *seal.Message) { dr.To = nil }},
		{"to itself", func(dr *seal.Draft, _ *seal.Message) { dr.To = []parley.Body{dr.From} }},
		{"to twice", func(dr *seal.Draft, _ *seal.Message) { dr.To = append(dr.To, dr.To[0]) }},
		{"from another party", func(dr *seal.Draft, _ *seal.Message) { dr.From = "borea.example/mfa" }},
		{"no nonce", func(dr *seal.Draft, _ *seal.Message) { dr.Nonce = parley.Nonce{} }},
		{"blob without attachment", func(dr *seal.Draft, _ *seal.Message) { dr.Blobs = []seal.BlobLine{{Size: 1}} }},
		{"answer without thread", func(_ *seal.Draft, m *seal.Message) { m.Answers[0] = 1 }},
		{"precedence", func(_ *seal.Draft, m *seal.Message) { m.Precedence = "urgent" }},
		{"due", func(_ *seal.Draft, m *seal.Message) { m.Due = "2026-11-22T16:05:00+00:00" }},
		{"version", func(_ *seal.Draft, m *seal.Message) { m.Version = 0 }},
		{"kind", func(_ *seal.Draft, m *seal.Message) { m.Kind = "Hotline" }},
		{"content", func(_ *seal.Draft, m *seal.Message) { m.Content = json.RawMessage(`{"text": "a"}`) }},
		{"content null", func(_ *seal.Draft, m *seal.Message) { m.Content = nil }},
		{"empty text", func(_ *seal.Draft, m *seal.Message) { m.Content = json.RawMessage(`{"text":""}`) }},
		{"clear kind", func(_ *seal.Draft, m *seal.Message) { m.Kind = parley.KindGone }},
		{"marking", func(_ *seal.Draft, m *seal.Message) { m.Marking = "a\nb" }},
		{"bad UTF-8", func(_ *seal.Draft, m *seal.Message) { m.Content = json.RawMessage("{\"text\":\"\xff\"}") }},
	} {
		dr, m := d.draft(1), d.hotline("hello")
		tt.change(&dr, &m)
		if _, err := seal.Seal(d.Rand, dr, m, d.recipients()); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%s: %v, want invalid", tt.name, err)
		}
	}
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range []string{"", "age1", classic.Recipient().String()} { // ENTRY-22
		if _, err := seal.ParseRecipients(rec); parley.KindOf(err) != parley.Invalid {
			t.Errorf("recipient %q: %v, want invalid", rec, err)
		}
	}
	for _, rec := range [][]seal.Recipient{nil, make([]seal.Recipient, 1), slices.Repeat(d.recipients(), 9)} {
		if _, err := seal.Seal(d.Rand, d.draft(1), d.hotline("x"), rec); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%d recipients: %v, want invalid", len(rec), err)
		}
	}
}

// ENTRY-1, ENTRY-21: with the longest names and the most lines an entry still fits.
func TestWidestEntry(t *testing.T) {
	d := newDesk(t)
	dr, m := d.draft(1), d.hotline("hello")
	dr.To = nil
	for i := range parley.MaxTo {
		dr.To = append(dr.To, parley.Body("party-"+string(rune('a'+i))+".example/technical-body"))
	}
	for i := range parley.MaxBlobs {
		dr.Blobs = append(dr.Blobs, seal.BlobLine{Hash: parley.Sum([]byte{byte(i)}), Size: parley.MaxBlob})
		m.Blobs = append(m.Blobs, seal.Attachment{Name: strings.Repeat("n", 200), Type: strings.Repeat("t", 100), Size: 1})
	}
	r := d.seal(dr, m)
	var mirrored []seal.Mirrored
	for i := range parley.MaxParties - 1 {
		mirrored = append(mirrored, seal.Mirrored{Origin: parley.Origin(strings.Repeat("a", 60) + "." + string(rune('a'+i%26)) + itoa(i) + ".example/0123456789abcdef"), Size: 1 << 61})
	}
	raw := d.sign(r, d.aster().Signing, mirrored...)
	if len(raw) > parley.MaxEntry {
		t.Errorf("%d octets", len(raw))
	}
	if env := d.parse(raw); len(env.Mirrored) == 0 || len(env.Mirrored) == len(mirrored) {
		t.Errorf("%d mirrored lines: want some left out", len(env.Mirrored))
	}
}

func TestBlob(t *testing.T) {
	d := newDesk(t)
	for _, size := range []int{0, 1, 64 << 10, 1<<20 + 7} {
		plain := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
		var sealed bytes.Buffer
		w, err := seal.SealBlob(&sealed, d.recipients())
		if err != nil {
			t.Fatal(err)
		}
		for rest := plain; len(rest) > 0; {
			n := min(len(rest), 1000)
			if _, err := w.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		line, a := w.Line(), w.Attachment("report.pdf", "application/pdf")
		if line.Hash != parley.Sum(sealed.Bytes()) || line.Size != int64(sealed.Len()) || a.Hash != parley.Sum(plain) || a.Size != int64(size) {
			t.Fatalf("size %d: %+v %+v", size, line, a)
		}
		id, err := seal.BlobKey(w.FileKey())
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []age.Identity{d.borea().Age, id} {
			r, _, err := seal.OpenBlob(bytes.NewReader(sealed.Bytes()), a, id)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("size %d: %d octets, %v", size, len(got), err)
			}
		}
		for name, change := range map[string]func(b []byte, a *seal.Attachment) []byte{
			"cut":        func(b []byte, _ *seal.Attachment) []byte { return b[:len(b)-1] },
			"longer":     func(b []byte, _ *seal.Attachment) []byte { return append(b, 0) },
			"flipped":    func(b []byte, _ *seal.Attachment) []byte { b[len(b)-1] ^= 1; return b },
			"other hash": func(b []byte, a *seal.Attachment) []byte { a.Hash[0] ^= 1; return b },
			"other size": func(b []byte, a *seal.Attachment) []byte { a.Size++; return b },
			"no header":  func([]byte, *seal.Attachment) []byte { return bytes.Repeat([]byte("age-encryption.org/v1\n"), 1<<13) },
		} {
			a := a
			r, _, err := seal.OpenBlob(bytes.NewReader(change(bytes.Clone(sealed.Bytes()), &a)), a, id)
			if err == nil {
				_, err = io.ReadAll(r)
			}
			if parley.KindOf(err) != parley.Untrusted {
				t.Errorf("size %d, %s: %v, want untrusted", size, name, err)
			}
		}
	}
	w, err := seal.SealBlob(io.Discard, d.recipients())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, parley.MaxBlob+1<<20); parley.KindOf(err) != parley.Invalid {
		t.Errorf("a blob over the bound: %v", err)
	}
	if err := w.Close(); err == nil {
		t.Error("a blob over the bound closed")
	}
}

// ENTRY-23: a large attachment is sealed and opened in memory that does not depend on its size.
func TestBlobMemory(t *testing.T) {
	const size, bound = 32 << 20, 2 << 20
	d := newDesk(t)
	f, err := os.Create(filepath.Join(t.TempDir(), "blob"))
	must(t, err)
	defer f.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w, err := seal.SealBlob(f, d.recipients())
	must(t, err)
	_, err = io.CopyN(w, zeros{}, size)
	must(t, err)
	must(t, w.Close())
	runtime.ReadMemStats(&after) // opening allocates each chunk anew, and holds one
	if used := after.TotalAlloc - before.TotalAlloc; used > bound {
		t.Errorf("%d octets allocated for an attachment of %d", used, size)
	}
	_, err = f.Seek(0, io.SeekStart)
	must(t, err)
	r, _, err := seal.OpenBlob(f, w.Attachment("zeros", ""), d.borea().Age)
	must(t, err)
	if n, err := io.Copy(io.Discard, r); n != size || err != nil {
		t.Fatal(n, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestBeginning(t *testing.T) { // ENTRY-20
	if s, cut := seal.Beginning("short"); s != "short" || cut {
		t.Error(s, cut)
	}
	long := "x" + strings.Repeat("é", parley.MaxText/2)
	if s, cut := seal.Beginning(long); !cut || !strings.HasPrefix(long, s) || !strings.HasSuffix(s, "é") {
		t.Error("cut inside a character, or not at all")
	}
}

func TestVoidErrorIsFound(t *testing.T) {
	err := error(&seal.VoidError{Reason: seal.VoidPart, Err: parley.E(parley.Invalid, "x")})
	if v, ok := seal.VerdictOf(errors.Join(err)); !ok || v.Valid || v.Reason != seal.VoidPart {
		t.Error(v, ok)
	}
}

func lastLine(b []byte) []byte {
	i := bytes.LastIndexByte(b[:len(b)-1], '\n')
	return b[i+1:]
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }
