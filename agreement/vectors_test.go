package agreement_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/internal/vectors"
)

//go:generate go test . -run ^TestVectors -update

var update = flag.Bool("update", false, "write the vectors again")

const vectorDir = "../testdata/vectors/agreement"

func TestVectors(t *testing.T) {
	if *update {
		for name, raw := range makeVectors(t) {
			check(t, os.MkdirAll(vectorDir, 0o755))
			check(t, os.WriteFile(filepath.Join(vectorDir, name+".txt"), raw, 0o644))
		}
	}
	list, err := vectors.Read(vectorDir)
	check(t, err)
	bodies := map[string][]byte{}
	for _, v := range list {
		bodies[v.Name] = v.Body
	}
	for _, v := range list {
		t.Run(v.Name, func(t *testing.T) {
			err := runVector(t, v, bodies)
			got := "valid"
			if err != nil {
				got = parley.KindOf(err).String()
			}
			if got != v.Expect() {
				t.Errorf("got %s (%v), want %s", got, err, v.Expect())
			}
			var pe *agreement.ParseError
			if line := v.Get("line"); line != "" && (!errors.As(err, &pe) || strconv.Itoa(pe.Line) != line || pe.Key != v.Get("key")) {
				t.Errorf("%v, want line %s, key %s", err, line, v.Get("key"))
			}
		})
	}
}

// The committed files are those that the generator makes.
func TestVectorsAreGenerated(t *testing.T) {
	for name, want := range makeVectors(t) {
		got, err := os.ReadFile(filepath.Join(vectorDir, name+".txt"))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from what the generator makes (%v): make generate", name, err)
		}
	}
}

func runVector(t *testing.T, v vectors.Vector, bodies map[string][]byte) error {
	body := v.Body
	if base := v.Get("base"); base != "" && v.Get("kind") != "chain" {
		body = bytes.Replace(bodies[base], []byte(v.Get("old")), []byte(v.Get("new")), 1)
		if bytes.Equal(body, bodies[base]) {
			t.Fatalf("%q is not in %s", v.Get("old"), base)
		}
	}
	switch v.Get("kind") {
	case "card":
		c, err := agreement.ParseCard(body)
		if want := v.Get("fingerprint"); err == nil && want != "" && c.Fingerprint() != want {
			t.Errorf("fingerprint %s", c.Fingerprint())
		}
		return err
	case "signed":
		s, err := agreement.OpenSigned(body)
		if err != nil {
			return err
		}
		if want := v.Get("fingerprint"); want != "" && s.Agreement.Fingerprint() != want {
			t.Errorf("fingerprint %s", s.Agreement.Fingerprint())
		}
		if got := strings.Join(s.Missing(), " "); got != v.Get("missing") {
			t.Errorf("missing %q, want %q", got, v.Get("missing"))
		}
		return nil
	case "chain":
		return runChain(t, v, bodies[v.Get("base")])
	case "deadline":
		return runDeadline(t, v)
	}
	t.Fatalf("kind %q", v.Get("kind"))
	return nil
}

// runChain applies "<expect> <ref> <kind> <content>" lines and answers questions.
func runChain(t *testing.T, v vectors.Vector, base []byte) error {
	s, err := agreement.OpenSigned(base)
	check(t, err)
	c, err := agreement.NewChain(s)
	check(t, err)
	for line := range strings.Lines(string(v.Body)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4)
		want := strings.ReplaceAll(f[0], "-", " ")
		ref, err := parley.ParseRef(f[1])
		check(t, err)
		got := "valid"
		if err := c.Apply(ref, parley.Kind(f[2]), []byte(f[3])); err != nil {
			got = parley.KindOf(err).String()
		}
		if got != want {
			t.Errorf("%s %s: got %s, want %s", f[1], f[2], got, want)
		}
	}
	for _, q := range v.Head["signing"] { // <body> <ref> <key id>
		f := strings.Fields(q)
		ref, err := parley.ParseRef(f[1])
		check(t, err)
		k, err := c.BodyKey(parley.Body(f[0]), ref)
		check(t, err)
		if got := strconv.FormatUint(uint64(k.KeyHash()), 16); got != strings.TrimLeft(f[2], "0") {
			t.Errorf("signing key of %s at %s: %s, want %s", f[0], ref, got, f[2])
		}
	}
	for _, q := range v.Head["current"] {
		if o := parley.Origin(q); c.Current(o.Party()) != o {
			t.Errorf("current journal %s, want %s", c.Current(o.Party()), o)
		}
	}
	return nil
}

func runDeadline(t *testing.T, v vectors.Vector) error {
	var table clock.Table
	check(t, toml.Unmarshal(v.Body, &table))
	cal, err := table.Calendar()
	if err != nil {
		return parley.E(parley.Invalid, "%w", err)
	}
	start, err := time.Parse(time.RFC3339, v.Get("start"))
	check(t, err)
	l, err := clock.ParseLength(v.Get("length"))
	if err != nil {
		return err
	}
	due, ok, err := l.Deadline(start, cal)
	if err != nil {
		return err
	}
	got := "none"
	if ok {
		got = due.Format(time.RFC3339)
	}
	if got != v.Get("due") {
		t.Errorf("due %s, want %s", got, v.Get("due"))
	}
	return nil
}
