package cli

import (
	"bytes"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/review"
	"parley.example/parley/internal/wholefile"
)

type reviewCmd struct {
	Show   reviewShowCmd   `cmd:"" default:"withargs" help:"Compute the review, of this node's records or of public bundles."`
	Remark reviewRemarkCmd `cmd:"" help:"Say beside a row what our side has to say of it."`
}

type reviewShowCmd struct {
	At        string       `placeholder:"CUT|FILE" help:"At the cut that another review printed: its line, or a file with the review or the cut."`
	Until     string       `placeholder:"TIME" help:"At what stood then: 2027-05-22T00:00:00Z, or a day, which begins it."`
	With      parley.Party `placeholder:"PARTY" help:"The party that the review is with, where the agreement has more than two."`
	Agreement string       `placeholder:"ID" help:"Under which agreement, where there are several."`
	Export    string       `placeholder:"FILE" help:"Write the public bundle too: facts opened, texts closed."`
	Bundle    []string     `placeholder:"FILE" help:"Compute it from public bundles, several merged, instead of from a node: exit 3 where they do not hold."`
	Trust     string       `placeholder:"FINGERPRINT|FILE" help:"With --bundle: the agreement that you believe in."`
}

// Run prints the review. The same cut gives the same bytes everywhere. REVIEW-14
func (r reviewShowCmd) Run(c *Context) error {
	at, err := r.cut(c)
	if err != nil {
		return err
	}
	if len(r.Bundle) > 0 {
		return r.bundles(c, at)
	}
	if r.Trust != "" {
		return usage(parley.E(parley.Invalid, "--trust says whom to believe of bundles: want it with --bundle"))
	}
	in := node.ReviewRequest{Agreement: r.Agreement, With: r.With}
	if at != nil {
		in.At = at.String()
	}
	if r.Until != "" {
		if at != nil {
			return usage(parley.E(parley.Invalid, "--until and --at both say when: want one of them"))
		}
		if in.Until, err = parseUntil(r.Until); err != nil {
			return usage(err)
		}
	}
	var out node.ReviewFile
	if r.Export == "" {
		if err := c.Call("review", in, &out); err != nil {
			return err
		}
		return c.review(out.Review, time.Now())
	}
	if err := c.Call("review.export", in, &out); err != nil {
		return err
	}
	if err := wholefile.Write(r.Export, 0o600, out.File); err != nil {
		return err
	}
	c.Hint("parley review --bundle %s --trust AGREEMENT gives an auditor the same bytes", r.Export)
	return c.review(out.Review, time.Now())
}

// cut is the cut that --at names; nil without it.
func (r reviewShowCmd) cut(c *Context) (*review.Cut, error) {
	if r.At == "" {
		return nil, nil
	}
	raw := []byte(r.At)
	if !strings.ContainsAny(r.At, "={") {
		var err error
		if raw, err = readBounded(c, r.At, evidence.MaxFile); err != nil {
			return nil, err
		}
	}
	cut, err := review.ParseCut(raw)
	if err != nil {
		return nil, usage(err)
	}
	return &cut, nil
}

func parseUntil(s string) (time.Time, error) {
	for _, form := range []string{"2006-01-02T15:04:05Z", "2006-01-02"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, parley.E(parley.Invalid, "--until %.40q: want 2027-05-22T00:00:00Z or 2027-05-22", s)
}

// bundles computes the review from files, without a node. Every one is verified
// whole first. REVIEW-18
func (r reviewShowCmd) bundles(c *Context, at *review.Cut) error {
	if r.Export != "" || r.Until != "" || r.Agreement != "" {
		return usage(parley.E(parley.Invalid, "--bundle reads files: --export, --until and --agreement are a node's"))
	}
	trust, err := verifyCmd{Trust: r.Trust}.trust(c)
	if err != nil {
		return err
	}
	var list []*evidence.Bundle
	for _, name := range r.Bundle {
		raw, err := readBounded(c, name, evidence.MaxFile)
		if err != nil {
			return err
		}
		b, report, err := evidence.OpenBundle(raw, trust)
		switch {
		case err != nil:
			return parley.E(parley.Untrusted, "%s proves nothing: %w", name, err)
		case !report.Tied && r.Trust != "":
			return parley.E(parley.Untrusted, "%s is not of the agreement that you trust", name)
		case !report.Proven():
			return parley.E(parley.Untrusted, "%s is consistent in itself; tied to nobody you named", name).
				WithHint("--trust with the agreement's fingerprint, or with a file that holds its text")
		}
		list = append(list, b)
	}
	o := review.Options{Cut: at}
	if r.With != "" && r.With != list[0].Parties[0] && r.With != list[0].Parties[1] {
		return usage(parley.E(parley.Invalid, "--with %s: the bundle is of %s and %s", r.With, list[0].Parties[0], list[0].Parties[1]))
	}
	done, err := review.FromBundles(list, o)
	if err != nil {
		return parley.E(parley.Untrusted, "%w", err)
	}
	raw, err := done.JSON()
	if err != nil {
		return err
	}
	return c.review(raw, time.Now())
}

// review prints a review: its bytes with --json, else as tables.
func (c *Context) review(raw []byte, now time.Time) error {
	r, err := review.Parse(raw)
	if err != nil {
		return err
	}
	if r.Cut.Instant.After(now.Add(time.Minute)) {
		c.Hint("the cut's instant, %s, lies ahead of this machine's clock: what is late there is late only if nothing more is said until then", r.Cut.Instant.Format(time.RFC3339))
	}
	if c.JSON {
		_, err := c.Out.Write(raw)
		return err
	}
	var b bytes.Buffer
	if err := r.Text(&b); err != nil {
		return err
	}
	_, err = c.Out.Write(b.Bytes())
	return err
}

type reviewRemarkCmd struct {
	Row       string       `arg:"" help:"The row, as the review names it; or a message, where one row alone is about it."`
	Message   string       `short:"m" required:"" help:"What our side has to say of it."`
	Language  string       `placeholder:"TAG" help:"The language of the remark; default: the agreement's first working language."`
	With      parley.Party `placeholder:"PARTY" help:"The party that the review is with, where the agreement has more than two."`
	Agreement string       `placeholder:"ID" help:"Under which agreement, where there are several."`
	waiting
}

// Run sends a remark. REVIEW-13
func (r reviewRemarkCmd) Run(c *Context) error {
	return r.queue(c, "review.remark", node.RemarkRequest{Agreement: r.Agreement, With: r.With, Row: r.Row, Text: r.Message, Language: r.Language, Now: r.Now})
}

// reviewTable is what a node answers about reviews.
func reviewTable(h *house) ctl.Table {
	return ctl.Table{
		"review":        ctl.Handle(h.node.Review),
		"review.export": ctl.Handle(h.node.ExportReview),
		"review.remark": ctl.Handle(h.node.Remark),
	}
}
