package evidence_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/cryptotest"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/vectors"
	"parley.example/parley/proof"
)

//go:generate go test . -run ^TestVectorsAreGenerated$ -update

var update = flag.Bool("update", false, "write the vectors again")

const (
	vectorDir = "../testdata/vectors/evidence"
	sampleDir = "../testdata/evidence"
)

func TestVectors(t *testing.T) {
	list, err := vectors.Read(vectorDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		t.Run(v.Name, func(t *testing.T) {
			var trust evidence.Trust
			if s := v.Get("trust"); s != "" {
				if trust, err = evidence.ParseTrust([]byte(s)); err != nil {
					t.Fatal(err)
				}
			}
			r, err := evidence.Verify(v.Body, trust)
			got := "not proven"
			if err != nil {
				got = parley.KindOf(err).String()
			} else if r.Proven() {
				got = "proven"
			}
			if got != v.Expect() {
				t.Errorf("got %s (%v), want %s", got, err, v.Expect())
			}
			for _, says := range v.Head["says"] {
				if err != nil || !strings.Contains(sentences(r), says) {
					t.Errorf("does not say %q:\n%s", says, sentences(r))
				}
			}
		})
	}
}

func sentences(r *evidence.Report) string {
	var b strings.Builder
	if r != nil {
		for _, s := range r.Statements {
			b.WriteString(s.Text + "\n")
		}
	}
	return b.String()
}

// The committed files are those that the generator makes.
func TestVectorsAreGenerated(t *testing.T) {
	files := makeFiles(t)
	for path, want := range files {
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from what the generator makes (%v): make generate", path, err)
		}
	}
}

// makeFiles makes the vectors, and the sample that README and
// docs/without-parley.md use.
func makeFiles(t *testing.T) map[string][]byte {
	cryptotest.SetGlobalRandom(t, 1)
	files := map[string][]byte{}
	w, ref := delivered(t, true)
	fp := w.signed.Agreement.Fingerprint()
	put := func(name, what, expect, trust string, body []byte, says ...string) {
		head := []string{"expect", expect}
		if trust != "" {
			head = append(head, "trust", trust)
		}
		for _, s := range says {
			head = append(head, "says", s)
		}
		files[filepath.Join(vectorDir, name+".txt")] = vectors.Format(what, body, head...)
	}
	message := w.build(evidence.Ask{Message: ref, Facts: true})
	reveal := w.build(evidence.Ask{Message: ref, Reveal: true})
	files[filepath.Join(sampleDir, "hotline.evidence")] = reveal
	files[filepath.Join(sampleDir, "agreement.txt")] = w.signed.Note()

	put("message", "one message, delivered, and cosigned by an archive", "proven", fp, message, "aster.example/cert wrote entry aster/1", "existed by")
	put("message-by-hash", "trust by the hash of the founding text", "proven", w.chain.ID().String(), message)
	put("message-untied", "nobody is trusted: consistent in itself", "not proven", "", message)
	put("message-other-trust", "another agreement is trusted", "not proven", strings.Repeat("0", 64), message)
	put("reveal", "the text is opened by the file key", "proven", fp, reveal, "the text of entry aster/1")
	flipped := bytes.Clone(message)
	flipped[len(flipped)/2] ^= 1
	put("flipped-bit", "one bit is flipped", "invalid", fp, flipped)
	put("cut", "the end is missing", "invalid", fp, message[:len(message)-100])
	put("longer", "an octet too many", "invalid", fp, append(bytes.Clone(message), '\n'))
	put("foreign", "something else", "invalid", fp, []byte("hello\n"))
	put("no-about", "it is about nothing", "invalid", fp, edit(t, message, "about message "+ref.String()+"\n", ""))
	put("about-another", "it is about an entry that it does not show", "untrusted", fp, edit(t, message, "about message "+ref.String(), "about message "+string(ref.Origin)+"/0"))
	put("facts-of-another-salt", "facts that the entry does not name", "untrusted", fp, edit(t, message, "\nfacts ey", "\nfacts fy"))
	f, err := evidence.Parse(reveal)
	w.must(err)
	key := f.Steps[0].Leaf.Key
	key[0] ^= 1
	put("reveal-other-key", "another file key: the header MAC does not hold", "untrusted", fp, resum(replaceKey(t, reveal, key)))

	alone, ref2 := delivered(t, false)
	put("no-third", "author and addressee alone could have invented it", "proven", alone.signed.Agreement.Fingerprint(),
		alone.build(evidence.Ask{Message: ref2}), "together could have invented this past")

	makeSilence(t, put)
	makeFork(t, put)
	return files
}

type putter func(name, what, expect, trust string, body []byte, says ...string)

func makeSilence(t *testing.T, put putter) {
	w := newWorld(t)
	w.write(borea, message("before", parley.MessageID{}, parley.MessageID{}), aster)
	ref := w.write(aster, message("please stop it", parley.MessageID{}, parley.MessageID{}), borea)
	w.cosign(w.parties["aster.example"].origin, w.parties["borea.example"].mirror...)
	w.write(borea, message("something else", parley.MessageID{}, parley.MessageID{}), aster)
	fp := w.signed.Agreement.Fingerprint()
	ask := evidence.Ask{Message: ref, Unanswered: []parley.Party{"borea.example"}}
	silent := w.build(ask)
	put("silence", "an addressee has not answered", "proven", fp, silent, "has not answered entry aster/0")
	o := w.parties["borea.example"].origin
	put("silence-gap", "the run begins an entry later", "invalid", fp, edit(t, silent, "run "+string(o)+" 1 2", "run "+string(o)+" 2 2"))
	w.of(borea).inside[1] = nil
	put("silence-closed", "an entry to the asker whose facts are not shown", "not proven", fp, w.build(ask), "not opened")
	env := w.envelope(ref)
	w.write(borea, message("we do", env.ID(), env.ID()), aster)
	put("answered", "the addressee has answered", "not proven", fp, w.build(ask))
}

func makeFork(t *testing.T, put putter) {
	w, other := newWorld(t), newWorld(t)
	o := w.parties["borea.example"].origin
	w.write(borea, message("one past", parley.MessageID{}, parley.MessageID{}), aster)
	other.write(borea, message("another past", parley.MessageID{}, parley.MessageID{}), aster)
	log, err := w.chain.LogKeys(o)
	w.must(err)
	a, err := proof.OpenCheckpoint(w.books[o].cps[1], log...)
	w.must(err)
	b, err := proof.OpenCheckpoint(other.books[o].cps[1], log...)
	w.must(err)
	k, err := proof.NewFork(a, b)
	w.must(err)
	raw := w.build(evidence.Ask{Fork: &k})
	put("fork", "one journal signed two histories", "proven", w.signed.Agreement.Fingerprint(), raw, "fork: ")
	put("fork-of-another", "the file blames another party", "untrusted", w.signed.Agreement.Fingerprint(),
		resum(bytes.ReplaceAll(raw, []byte("fork "+string(o)), []byte("fork "+string(w.parties["aster.example"].origin)))))
}

func replaceKey(t *testing.T, raw, key []byte) []byte {
	t.Helper()
	i := bytes.Index(raw, []byte("\nkey ")) + 1
	n := bytes.IndexByte(raw[i:], '\n')
	return append(append(bytes.Clone(raw[:i]), "key "+std64(key)...), raw[i+n:]...)
}
