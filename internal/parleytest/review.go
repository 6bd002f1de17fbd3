package parleytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/review"
)

// ReviewedTemplate is DefaultTemplate with promises that a review measures.
const ReviewedTemplate = DefaultTemplate + `
[[clock]]
id = "answer"
length = "5 minutes"
starts = "delivered"
proven = "addressee"
calendar = "utc"

[[clock]]
id = "seen"
length = "2 minutes"
starts = "seen"
proven = "addressee"
calendar = "utc"

[[promises.commitment]]
id = "urgent"
title = { en = "Urgent messages are answered within five minutes" }
sort = "answer"
kinds = ["hotline", "request"]
precedences = ["flash", "immediate"]
clock = "answer"

[[promises.commitment]]
id = "others"
title = { en = "Others within two minutes of being seen" }
sort = "answer"
kinds = ["hotline", "memo"]
precedences = ["priority", "routine"]
clock = "seen"

[[promises.commitment]]
id = "spoken"
title = { en = "Two messages an hour" }
sort = "recurring"
kinds = ["hotline", "memo"]
times = 2
every = "1 hour"
`

// SameReview demands that any two running parties that are not in except print the
// same review at a common cut, and, for the first such pair, that an auditor does
// from the bundle of either and of both. REVIEW-14
func (c *Circle) SameReview(ctx context.Context, except map[string]bool) error {
	var parties []*Member
	for _, name := range c.Order {
		m := c.Nodes[name]
		if _, ok := c.World.Parties[parley.Party(name)]; ok && m.Node != nil && !except[name] {
			parties = append(parties, m)
		}
	}
	audited := false
	for i, a := range parties {
		for _, b := range parties[i+1:] {
			if err := c.sameBetween(ctx, a, b, !audited); err != nil {
				return fmt.Errorf("review of %s and %s: %w", a.Name, b.Name, err)
			}
			audited = true
		}
	}
	return nil
}

func (c *Circle) sameBetween(ctx context.Context, a, b *Member, audit bool) error {
	one, err := a.Node.Review(ctx, node.ReviewRequest{With: parley.Party(b.Name)})
	if err != nil {
		return err
	}
	cut, err := review.ParseCut(one.Review)
	if err != nil {
		return err
	}
	two, err := b.Node.Review(ctx, node.ReviewRequest{With: parley.Party(a.Name), At: cut.String()})
	if err != nil {
		return err
	}
	if err := same("the two nodes", one.Review, two.Review); err != nil || !audit {
		return err
	}
	var bundles []*evidence.Bundle
	for _, m := range []*Member{a, b} {
		other := map[*Member]*Member{a: b, b: a}[m]
		f, err := m.Node.ExportReview(ctx, node.ReviewRequest{With: parley.Party(other.Name), At: cut.String()})
		if err != nil {
			return fmt.Errorf("export at %s: %w", m.Name, err)
		}
		x, report, err := evidence.OpenBundle(f.File, evidence.Trust{Agreement: c.World.Agreement().ID()})
		if err != nil {
			return fmt.Errorf("the bundle of %s: %w", m.Name, err)
		}
		if !report.Proven() {
			return fmt.Errorf("the bundle of %s is not proven", m.Name)
		}
		bundles = append(bundles, x)
	}
	for _, list := range [][]*evidence.Bundle{bundles[:1], bundles[1:], bundles, {bundles[1], bundles[0]}} {
		r, err := review.FromBundles(list, review.Options{})
		if err != nil {
			return err
		}
		raw, err := r.JSON()
		if err != nil {
			return err
		}
		if err := same(fmt.Sprintf("a node and an auditor with %d bundles", len(list)), one.Review, raw); err != nil {
			return err
		}
	}
	return nil
}

// same says where two reviews differ first.
func same(who string, a, b []byte) error {
	if bytes.Equal(a, b) {
		return nil
	}
	x, y := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range min(len(x), len(y)) {
		if !bytes.Equal(x[i], y[i]) {
			from := max(0, i-12)
			return fmt.Errorf("%s differ at line %d:\n%s\n--- the other says\n%s", who, i+1, bytes.Join(x[from:i+1], []byte("\n")), y[i])
		}
	}
	return errors.New(who + " differ in length")
}
