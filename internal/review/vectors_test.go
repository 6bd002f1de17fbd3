package review_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/review"
	"parley.example/parley/internal/vectors"
)

//go:generate go test . -run ^TestVectors$ -update

var update = flag.Bool("update", false, "write the vectors again")

const vectorDir = "../../testdata/vectors/review"

// TestVectors: a bundle, and the octets of the review that follows from it. REVIEW-14, REVIEW-18
func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	list, err := vectors.Read(vectorDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		t.Run(v.Name, func(t *testing.T) {
			trust, err := evidence.ParseTrust([]byte(v.Get("trust")))
			if err != nil {
				t.Fatal(err)
			}
			got, err := computed(v.Body, trust)
			if word := v.Expect(); word != "valid" {
				if err == nil || parley.KindOf(err).String() != word {
					t.Errorf("%v, want it %s", err, word)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(vectorDir, v.Get("review")))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func computed(bundle []byte, trust evidence.Trust) ([]byte, error) {
	b, r, err := evidence.OpenBundle(bundle, trust)
	if err != nil {
		return nil, err
	}
	if !r.Proven() {
		return nil, parley.E(parley.Untrusted, "not proven")
	}
	done, err := review.FromBundles([]*evidence.Bundle{b}, review.Options{})
	if err != nil {
		return nil, err
	}
	return done.JSON()
}

// writeVectors lets two nodes and an archive say a little, and exports it.
func writeVectors(t *testing.T) {
	cryptotest.SetGlobalRandom(t, 1)
	c, err := parleytest.MakeCircle(t.TempDir(), 3, parleytest.ReviewedTemplate, third, aster, borea)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := t.Context()
	settle := func() {
		t.Helper()
		for range 3 {
			c.Clock.Advance(21 * time.Second)
			for _, name := range c.Order {
				if err := c.Nodes[name].Step(ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	send := func(from parley.Party, r node.SendRequest) string {
		t.Helper()
		r.Now = true
		h, err := c.Nodes[string(from)].Node.SendHotline(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		settle()
		m, err := c.Nodes[string(from)].Node.Message(ctx, h.Nonce.String())
		if err != nil {
			t.Fatal(err)
		}
		return m.Ref
	}
	to := []string{string(borea) + "/cert"}
	settle()
	settle()
	first := send(aster, node.SendRequest{To: to, Precedence: "flash", Text: "one"})
	send(borea, node.SendRequest{Answers: first, Precedence: "flash", Text: "in time"})
	second := send(aster, node.SendRequest{To: to, Precedence: "flash", Exercise: true, Text: "two"})
	c.Clock.Advance(20 * time.Minute)
	send(borea, node.SendRequest{Answers: second, Precedence: "flash", Text: "late"})
	send(aster, node.SendRequest{To: to, Precedence: "immediate", Text: "three"})
	c.Clock.Advance(20 * time.Minute)
	settle()
	out, err := c.Nodes[string(aster)].Node.ExportReview(ctx, node.ReviewRequest{})
	if err != nil {
		t.Fatal(err)
	}
	trust := c.World.Agreement().ID().String()
	write := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(vectorDir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name, what, expect string, body []byte) {
		t.Helper()
		head := []string{"trust", trust, "expect", expect}
		if expect == "valid" {
			got, err := computed(body, evidence.Trust{Agreement: c.World.Agreement().ID()})
			if err != nil {
				t.Fatal(err)
			}
			head = append(head, "review", name+".json")
			write(name+".json", got)
		}
		write(name+".txt", vectors.Format(what, body, head...))
	}
	change := func(pattern, with string) []byte {
		t.Helper()
		at := regexp.MustCompile(pattern).FindSubmatchIndex(out.File)
		if at == nil {
			t.Fatalf("the bundle has no %s", pattern)
		}
		b := append(bytes.Clone(out.File[:at[2]]), with...)
		b = append(b, out.File[at[3]:]...)
		_, rest, _ := bytes.Cut(b, []byte("\n"))
		_, rest, _ = bytes.Cut(rest, []byte("\n"))
		return append(fmt.Appendf(nil, "parley/evidence/v1\nsha256 %s\n", parley.Sum(rest)), rest...)
	}
	put("story", "two answered, one late, one not at all", "valid", out.File)
	put("facts-closed", "the facts of one message are not shown: it is named and left out", "valid", change(`(?m)^(facts [A-Za-z0-9+/=]{100,}\n)`, ""))
	put("clear-left-out", "an entry in clear is not shown", "untrusted", change(`(?m)^(clear [A-Za-z0-9+/=]{100,}\n)`, ""))
	put("same-size-twice", "two blocks of cosignatures stand under one size", "invalid", change(`(?m)^cosigned (2) `, "3"))
	put("another-root", "the cut names a root that the entries do not make", "untrusted", change(`(?m)^cut \S+ \d+ (.)`, "/"))
	put("one-journal", "the cut leaves out a journal of the two", "untrusted", change(`(?m)^(cut borea.*\n)`, ""))
	put("strangers", "the review is of somebody who is no party", "untrusted", change(`(?m)^about review \S+ \S+ (borea)`, "doria"))
	put("damaged", "an octet is changed", "invalid", append(bytes.Clone(out.File[:len(out.File)-1]), ' '))
}
