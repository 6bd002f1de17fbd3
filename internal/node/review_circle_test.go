package node_test

import (
	"context"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/clock"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/review"
)

// disputed is two parties, with or without an archive, of which one asks by flash
// and the other owes an answer within five minutes.
type disputed struct {
	*parleytest.Circle
	t            testing.TB
	aster, borea *parleytest.Member
	asked        node.Held
}

func newDisputed(t *testing.T, archive string) *disputed {
	t.Helper()
	c, err := parleytest.MakeCircle(t.TempDir(), 7, parleytest.ReviewedTemplate, archive, parleytest.Aster, parleytest.Borea)
	if err != nil {
		t.Fatal(err)
	}
	d := &disputed{Circle: c, t: t, aster: c.Nodes[string(parleytest.Aster)], borea: c.Nodes[string(parleytest.Borea)]}
	t.Cleanup(func() {
		if err := c.Check(context.Background()); err != nil {
			t.Error(err)
		}
		c.Close()
	})
	d.settle()
	return d
}

func (d *disputed) settle() {
	d.t.Helper()
	for range 4 {
		d.Clock.Advance(21 * time.Second)
		for _, name := range d.Order {
			if err := d.Nodes[name].Step(d.t.Context()); err != nil {
				d.t.Fatal(err)
			}
		}
	}
}

func (d *disputed) ask() {
	d.t.Helper()
	var err error
	d.asked, err = d.aster.Node.SendHotline(d.t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Precedence: "flash", Text: "Who is it?", Now: true})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *disputed) answer() {
	d.t.Helper()
	m, err := d.aster.Node.Message(d.t.Context(), d.asked.Nonce.String())
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.borea.Node.SendHotline(d.t.Context(), node.SendRequest{Answers: m.Ref, Precedence: "flash", Text: "Nobody.", Now: true}); err != nil {
		d.t.Fatal(err)
	}
}

// verdict is what all say of the flash, once they can speak to one another again.
func (d *disputed) verdict() clock.Verdict {
	d.t.Helper()
	d.Net.Calm()
	for _, m := range []*parleytest.Member{d.aster, d.borea} {
		m.Skew = 0
	}
	for range 4 {
		d.settle()
	}
	if err := d.SameReview(d.t.Context(), nil); err != nil {
		d.t.Fatal(err)
	}
	out, err := d.aster.Node.Review(d.t.Context(), node.ReviewRequest{})
	if err != nil {
		d.t.Fatal(err)
	}
	r, err := review.Parse(out.Review)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, o := range r.Commitments[0].Owed {
		if o.By == parleytest.Borea && len(o.Rows) == 1 {
			return o.Rows[0].Verdict
		}
	}
	d.t.Fatalf("no row of the flash:\n%s", out.Review)
	return ""
}

const archiveName = "archive.example/parley"

// TestAttackReviewBackdate: an answer that was written late says that it was written
// in time. It is never met. REVIEW-4, REVIEW-5
func TestAttackReviewBackdate(t *testing.T) {
	for _, archive := range []string{"", archiveName} {
		d := newDisputed(t, archive)
		d.ask()
		d.settle()
		d.Clock.Advance(time.Hour)
		d.borea.Skew = -time.Hour
		d.answer()
		if v := d.verdict(); v != clock.Disputed && v != clock.Late {
			t.Errorf("archive %q: a backdated answer is %s", archive, v)
		}
	}
}

// TestAttackReviewWithhold: the asker does not sign for the answer until the
// deadline has passed. It is not late; with a third that signed in time it is met.
func TestAttackReviewWithhold(t *testing.T) {
	for archive, want := range map[string]clock.Verdict{"": clock.Disputed, archiveName: clock.Met} {
		d := newDisputed(t, archive)
		d.ask()
		d.settle()
		d.Net.Part(d.aster.Address, d.borea.Address)
		d.answer()
		d.settle()
		d.Clock.Advance(time.Hour)
		if v := d.verdict(); v != want {
			t.Errorf("archive %q: an answer that its asker did not sign for in time is %s, want %s", archive, v, want)
		}
	}
}

// TestAttackReviewAvoid: the addressee does not sign for the request, so that no
// clock begins. With an archive that both named it is tendered, and the clock runs;
// without one it is undelivered, and nobody is blamed. REVIEW-6, REVIEW-9
func TestAttackReviewAvoid(t *testing.T) {
	for archive, want := range map[string]clock.Verdict{"": clock.Undelivered, archiveName: clock.Late} {
		d := newDisputed(t, archive)
		d.Net.Part(d.aster.Address, d.borea.Address)
		if archive != "" {
			d.Net.Part(d.borea.Address, d.Nodes[archive].Address)
		}
		d.ask()
		d.settle()
		d.Clock.Advance(3 * time.Hour) // the grace is an hour
		d.settle()
		out, err := d.aster.Node.Review(t.Context(), node.ReviewRequest{})
		if err != nil {
			t.Fatal(err)
		}
		cut, err := review.ParseCut(out.Review)
		if err != nil {
			t.Fatal(err)
		}
		d.verdict() // the line comes up: both hold all of it now
		var both [2]clock.Verdict
		for i, m := range []*parleytest.Member{d.aster, d.borea} {
			out, err := m.Node.Review(t.Context(), node.ReviewRequest{At: cut.String()})
			if err != nil {
				t.Fatal(err)
			}
			r, err := review.Parse(out.Review)
			if err != nil {
				t.Fatal(err)
			}
			both[i] = r.Commitments[0].Owed[1].Rows[0].Verdict
		}
		if both != [2]clock.Verdict{want, want} {
			t.Errorf("archive %q: what nobody signed for is %v at the two, want %s", archive, both, want)
		}
	}
}

// TestReviewLateThird: the archive signs for the answer long after the asker has
// asked it what it signed. The asker asks again, and both say the same. WIRE-17, REVIEW-5
func TestReviewLateThird(t *testing.T) {
	d := newDisputed(t, archiveName)
	d.ask()
	d.settle()
	d.Net.Part(d.borea.Address, d.Nodes[archiveName].Address)
	d.answer()
	d.settle()
	d.Clock.Advance(time.Hour)
	d.settle()
	if v := d.verdict(); v != clock.Disputed {
		t.Errorf("an answer that the disinterested third signed for an hour later is %s, want %s", v, clock.Disputed)
	}
}

// TestReviewRefuses: a cut that is not held, of other journals, or of nobody. REVIEW-1
func TestReviewRefuses(t *testing.T) {
	d := newDisputed(t, "")
	out, err := d.aster.Node.Review(t.Context(), node.ReviewRequest{})
	if err != nil {
		t.Fatal(err)
	}
	cut, err := review.ParseCut(out.Review)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		kind parley.ErrorKind
		edit func(c *review.Cut)
	}{
		{"more than is held", parley.NotFound, func(c *review.Cut) { c.Journals[0].Size += 1000 }},
		{"another root", parley.Untrusted, func(c *review.Cut) { c.Journals[0].Root[0] ^= 1 }},
		{"a journal left out", parley.Invalid, func(c *review.Cut) { c.Journals = c.Journals[:1] }},
		{"a journal of nobody", parley.NotFound, func(c *review.Cut) { c.Journals[0].Origin = "aster.example/0123456789abcdef" }},
	} {
		other := review.Cut{Instant: cut.Instant, Journals: append([]review.Place(nil), cut.Journals...)}
		tc.edit(&other)
		if _, err := d.borea.Node.Review(t.Context(), node.ReviewRequest{At: other.String()}); err == nil || parley.KindOf(err) != tc.kind {
			t.Errorf("%s: %v, want %s", tc.name, err, tc.kind)
		}
	}
	if _, err := d.borea.Node.Review(t.Context(), node.ReviewRequest{With: parleytest.Corvia}); parley.KindOf(err) != parley.Invalid {
		t.Errorf("with a stranger: %v", err)
	}
}
