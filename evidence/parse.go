package evidence

import (
	"bytes"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// Parse reads a file and checks its sum. It verifies no signature. Errors are
// parley.Invalid: the file is damaged, cut, or something else. EVIDENCE-1 to EVIDENCE-3
func Parse(raw []byte) (*File, error) {
	if len(raw) > MaxFile {
		return nil, parley.E(parley.Invalid, "evidence of %d octets: want at most %d", len(raw), MaxFile)
	}
	rest, ok := bytes.CutPrefix(raw, []byte(magic+"\n"))
	if !ok {
		return nil, parley.E(parley.Invalid, "this is no evidence file: its first line is not %s", magic)
	}
	sum, rest, ok := bytes.Cut(rest, []byte("\n"))
	want, isSum := strings.CutPrefix(string(sum), "sha256 ")
	if !ok || !isSum || want != parley.Sum(rest).String() {
		return nil, parley.E(parley.Invalid, "the evidence file is damaged or cut: its sum does not hold")
	}
	r := &reader{rest: rest}
	f := r.file()
	if r.err != nil {
		return nil, r.err
	}
	if !bytes.Equal(f.format(), raw) {
		return nil, parley.E(parley.Invalid, "evidence: not in its one spelling")
	}
	return f, nil
}

// reader reads the lines after the sum. It keeps its first error and is at its
// end afterwards.
type reader struct {
	rest   []byte
	leaves int
	err    error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = parley.E(parley.Invalid, "evidence: "+format, args...)
	}
	r.rest = nil
}

// is says whether the next line begins with the word.
func (r *reader) is(word string) bool { return bytes.HasPrefix(r.rest, []byte(word+" ")) }

// fields takes a line that begins with a word and has n fields after it.
func (r *reader) fields(word string, n int) []string {
	line, rest, ok := bytes.Cut(r.rest, []byte("\n"))
	f := strings.Split(string(line), " ")
	if !ok || f[0] != word || len(f) != n+1 {
		r.fail("%q: want %s and %d fields", clip(string(line)), word, n)
		return make([]string, n)
	}
	r.rest = rest
	return f[1:]
}

// octets takes so many octets as they are. They share the file's memory.
func (r *reader) octets(count string) []byte {
	n := r.number(count)
	if n > uint64(len(r.rest)) {
		r.fail("a block of %s octets, and the file ends before", clip(count))
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) number(s string) uint64 {
	n, err := parley.ParseSize(s)
	if err != nil {
		r.fail("%w", err)
	}
	return n
}

func (r *reader) ref(s string) parley.Ref {
	ref, err := parley.ParseRef(s)
	if err != nil {
		r.fail("%w", err)
	}
	return ref
}

func (r *reader) origin(s string) parley.Origin {
	o, err := parley.ParseOrigin(s)
	if err != nil {
		r.fail("%w", err)
	}
	return o
}

func (r *reader) file() *File {
	f := &File{}
	for r.is("about") {
		if len(f.About) == maxAbout {
			r.fail("more than %d lines about", maxAbout)
		}
		f.About = append(f.About, r.about())
	}
	if len(f.About) == 0 {
		r.fail("no line that says what it is about")
	}
	f.Agreement = r.octets(r.fields("agreement", 1)[0])
	for r.err == nil && (r.is("entry") || r.is("run")) {
		if r.is("run") {
			f.Steps = append(f.Steps, Step{Run: r.run()})
		} else {
			l := r.leaf(true)
			f.Steps = append(f.Steps, Step{Leaf: &l})
		}
	}
	for r.err == nil && r.is("fork") {
		h := r.fields("fork", 2)
		f.Forks = append(f.Forks, Fork{Origin: r.origin(h[0]), Text: r.octets(h[1])})
	}
	if len(r.rest) > 0 {
		r.fail("want an entry, a run, a fork or the end")
	}
	return f
}

func (r *reader) about() About {
	switch {
	case r.is("about " + AboutFork):
		return About{What: AboutFork, Origin: r.origin(r.fields("about", 2)[1])}
	case r.is("about " + AboutSilence):
		h := r.fields("about", 3)
		p, err := parley.ParseParty(h[2])
		if err != nil {
			r.fail("%w", err)
		}
		return About{What: AboutSilence, Ref: r.ref(h[1]), Party: p}
	case r.is("about " + AboutReview):
		return r.review()
	case r.is("about " + AboutMessage):
		return About{What: AboutMessage, Ref: r.ref(r.fields("about", 2)[1])}
	}
	r.fail("about: want message, silence, fork or review")
	return About{}
}

func (r *reader) leaf(proven bool) Leaf {
	if r.leaves++; r.leaves > maxLeaves {
		r.fail("more than %d entries", maxLeaves)
	}
	h := r.fields("entry", 2)
	l := Leaf{Ref: r.ref(h[0]), Raw: r.octets(h[1])}
	l.Clear, l.Facts, l.Part, l.Key = r.base64("clear"), r.base64("facts"), r.base64("part"), r.base64("key")
	if (l.Part == nil) != (l.Key == nil) || l.Clear != nil && (l.Part != nil || l.Facts != nil) || l.Part != nil && l.Facts != nil {
		r.fail("entry %s: want its clear part, or its facts, or its part and key", l.Ref)
	}
	for r.is("proof") {
		l.Proofs = append(l.Proofs, r.octets(r.fields("proof", 1)[0]))
	}
	if n := len(l.Proofs); n > maxProofs || proven != (n > 0) {
		r.fail("entry %s with %d proofs: want 1 to %d, and none within a run", l.Ref, n, maxProofs)
	}
	return l
}

func (r *reader) base64(word string) []byte {
	if !r.is(word) {
		return nil
	}
	s := r.fields(word, 1)[0]
	b, err := std64.DecodeString(s)
	if err != nil || len(b) == 0 || std64.EncodeToString(b) != s {
		r.fail("%s: want canonical base64", word)
		return nil
	}
	return b
}

func (r *reader) run() *Run {
	h := r.fields("run", 4)
	run := &Run{Origin: r.origin(h[0]), Start: r.number(h[1]), End: r.number(h[2])}
	head, cp, ok := strings.Cut("\n"+string(r.octets(h[3])), "\n\n")
	if !ok || run.Start > run.End || run.End-run.Start > maxLeaves {
		r.fail("run of %s: want a range, hashes, an empty line and a checkpoint", run.Origin)
		return run
	}
	run.Checkpoint = proof.RawCheckpoint(cp)
	for _, s := range strings.Split(head, "\n")[1:] {
		run.Frontier = append(run.Frontier, r.hash(s))
	}
	for i := run.Start; i < run.End && r.err == nil; i++ {
		l := r.leaf(false)
		if want := (parley.Ref{Origin: run.Origin, Index: i}); l.Ref != want {
			r.fail("run: entry %s where %s is due", l.Ref, want)
		}
		run.Leaves = append(run.Leaves, l)
	}
	for r.is("cosigned") {
		h := r.fields("cosigned", 2)
		c := Cosigned{Size: r.number(h[0])}
		c.Lines = r.octets(h[1])
		if n := len(run.Cosigned); c.Size <= run.Start || c.Size > run.End || n > 0 && run.Cosigned[n-1].Size >= c.Size {
			r.fail("run of %s: cosigned %d: want sizes of the run, ascending", run.Origin, c.Size)
			return run
		}
		run.Cosigned = append(run.Cosigned, c)
	}
	return run
}

// review reads the line about a review and the lines of its cut. REVIEW-16
func (r *reader) review() About {
	h := r.fields("about", 4)
	a := About{What: AboutReview}
	var err error
	if a.Instant, err = time.Parse(instantForm, h[1]); err != nil {
		r.fail("review at %q: want an instant such as 2027-05-22T00:00:00Z", clip(h[1]))
	}
	for i := range a.Parties {
		if a.Parties[i], err = parley.ParseParty(h[2+i]); err != nil {
			r.fail("%w", err)
		}
	}
	for r.is("cut") && len(a.Cut) < maxAbout {
		h := r.fields("cut", 3)
		a.Cut = append(a.Cut, Cut{r.origin(h[0]), r.number(h[1]), r.hash(h[2])})
	}
	return a
}

func (r *reader) hash(s string) tlog.Hash {
	h, err := proof.ParseTreeHash(s)
	if err != nil {
		r.fail("%w", err)
	}
	return h
}

// clip keeps foreign text in an error short.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}
