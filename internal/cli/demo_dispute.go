package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"parley.example/parley"
	"parley.example/parley/clock"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/review"
)

// disputeResult is what `parley demo --dispute --json` prints.
type disputeResult struct {
	Same       bool           `json:"same"` // both nodes, both files, and both together: the same bytes
	Cut        string         `json:"cut"`
	Says       orderedText    `json:"says"` // what each side says
	Table      []disputeRow   `json:"table"`
	Unanswered []disputeProof `json:"unanswered"`
	Files      orderedText    `json:"files"` // one for each side
	Review     string         `json:"review"`
	Agreement  string         `json:"agreement"` // a file that serves as --trust
	Seconds    float64        `json:"seconds"`
}

// disputeRow is one line of the table.
type disputeRow struct {
	What  string `json:"what"`
	Count int    `json:"count"`
}

// disputeProof is a request that nobody answered, and up to where the journal of
// the other side, whole, shows that.
type disputeProof struct {
	Request   string        `json:"request"`
	Due       string        `json:"due"`
	Journal   parley.Origin `json:"journal"`
	Size      uint64        `json:"size"`
	Contested bool          `json:"contested"` // the other side says that it was answered elsewhere
}

// dispute tells half a year between Aster and Borea in a few seconds: real nodes
// on this machine under a clock of their own, no network and no process but this
// one. Then each side exports one file, and an auditor reads both.
func (d *demoCmd) dispute(c *Context) error {
	begin := time.Now()
	dir, end, err := d.folder()
	if err != nil {
		return err
	}
	defer end()
	say := func(format string, args ...any) { fmt.Fprintf(c.Voice, format+"\n", args...) }
	ctx, cancel := context.WithTimeout(c, demoTime)
	defer cancel()
	w, err := newQuietWorld(ctx, dir)
	if err != nil {
		return err
	}
	defer w.close()
	say("Half a year between two invented parties, on this machine only: %s", dir)
	half := &halfYear{w: w}
	if err := half.tell(ctx); err != nil {
		return err
	}
	r := disputeResult{Says: orderedText{{demoAster, fmt.Sprintf("%d requests sent, none answered", half.asked)}, {demoBorea, "all answered"}}, Agreement: w.trust}
	say("\nAster says: %s.\nBorea says: %s.\n", r.Says[0][1], r.Says[1][1])
	if err := r.audit(ctx, w, half, say); err != nil {
		return err
	}
	r.Seconds = time.Since(begin).Seconds()
	d.fleeting(c, dir)
	if err := c.Data(r, func(out io.Writer) { r.text(out) }); err != nil {
		return err
	}
	if !r.Same {
		return parley.E(parley.Untrusted, "the nodes and the files do not give the same bytes")
	}
	return nil
}

// audit computes the review on both nodes at one cut, lets each export one file,
// and computes it again from the files alone.
func (r *disputeResult) audit(ctx context.Context, w *quietWorld, half *halfYear, say func(string, ...any)) error {
	r.Cut = half.cut
	r.Same = true
	var first []byte
	compare := func(who string, got []byte) {
		if first == nil {
			first = got
		}
		same := bytes.Equal(first, got)
		r.Same = r.Same && same
		if !same {
			say("%s: other bytes", who)
		} else {
			say("%s: %d octets, sha256 %.16s", who, len(got), parley.Sum(got))
		}
	}
	var bundles []*evidence.Bundle
	for _, name := range []string{demoAster, demoBorea} {
		out, err := w.nodes[name].node.ExportReview(ctx, node.ReviewRequest{At: half.cut})
		if err != nil {
			return err
		}
		compare("the node of "+folderOf(name), out.Review)
		path := filepath.Join(w.dir, folderOf(name)+".review.evidence")
		if err := os.WriteFile(path, out.File, 0o600); err != nil {
			return parley.E(parley.Unavailable, "write the bundle: %w", err)
		}
		r.Files = append(r.Files, [2]string{name, path})
		raw, err := os.ReadFile(path)
		if err != nil {
			return parley.E(parley.Unavailable, "read the bundle: %w", err)
		}
		b, report, err := evidence.OpenBundle(raw, evidence.Trust{Agreement: w.agreement.Agreement.Hash()})
		if err != nil {
			return err
		}
		r.Same = r.Same && report.Proven()
		bundles = append(bundles, b)
	}
	var done *review.Review
	for _, a := range []struct {
		who  string
		list []*evidence.Bundle
	}{{"an auditor with Aster's file", bundles[:1]}, {"an auditor with Borea's file", bundles[1:]}, {"an auditor with both", bundles}} {
		var err error
		if done, err = review.FromBundles(a.list, review.Options{}); err != nil {
			return err
		}
		raw, err := done.JSON()
		if err != nil {
			return err
		}
		compare(a.who, raw)
	}
	r.Review = filepath.Join(w.dir, "review.json")
	if err := os.WriteFile(r.Review, first, 0o600); err != nil {
		return parley.E(parley.Unavailable, "write the review: %w", err)
	}
	r.count(done)
	return nil
}

// count reads the table off the review: of what Aster asked of Borea.
func (r *disputeResult) count(done *review.Review) {
	counts := map[string]int{}
	for _, c := range done.Commitments {
		for _, o := range c.Owed {
			if o.By != demoBorea {
				continue
			}
			for _, row := range o.Rows {
				if row.Kind != parley.KindRequest {
					continue
				}
				counts["sent"]++
				if row.Held == "delivered" || row.Held == "tendered" {
					counts[row.Held]++
				}
				counts[outcome(&row)]++
				if row.Verdict == clock.Late && row.Answer == nil {
					r.Unanswered = append(r.Unanswered, disputeProof{row.Message, row.Due, row.Silence.Journal, row.Silence.Size, len(row.Contested) > 0})
				}
			}
		}
	}
	for _, what := range []string{"sent", "delivered", "tendered", "answered in time", "refused with a reason", "answered late", "disputed", "unanswered", "withdrawn", "open", "never delivered"} {
		r.Table = append(r.Table, disputeRow{what, counts[what]})
	}
}

func outcome(row *review.Row) string {
	switch {
	case row.Verdict == clock.Undelivered:
		return "never delivered"
	case row.Verdict == clock.Late && row.Answer == nil:
		return "unanswered"
	case row.Verdict == clock.Late:
		return "answered late"
	case row.Verdict == clock.Met && row.Answer.Refused:
		return "refused with a reason"
	case row.Verdict == clock.Met:
		return "answered in time"
	}
	return string(row.Verdict)
}

// text prints the proofs of silence, and the table last.
func (r *disputeResult) text(w io.Writer) {
	rows := [][]string{}
	for _, u := range r.Unanswered {
		note := ""
		if u.Contested {
			note = "contested: Borea says that it was answered elsewhere"
		}
		rows = append(rows, []string{u.Request, u.Due, fmt.Sprintf("none of the %d entries of %s answers it", u.Size, u.Journal), note})
	}
	columns(w, []string{"unanswered", "was due", "proof of silence", ""}, rows)
	fmt.Fprintln(w)
	rows = [][]string{}
	for _, t := range r.Table {
		rows = append(rows, []string{t.What, strconv.Itoa(t.Count)})
	}
	columns(w, []string{"Aster's requests to Borea", "the record"}, rows)
}
