package proof_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/vectors"
	"parley.example/parley/proof"
)

//go:generate go test . -run ^TestVectors$ -update

var update = flag.Bool("update", false, "write the vectors again")

const vectorDir = "../testdata/vectors/proof"

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
			err := runVector(t, v)
			got := "valid"
			if err != nil {
				got = parley.KindOf(err).String()
			}
			if got != v.Expect() {
				t.Errorf("got %s (%v), want %s", got, err, v.Expect())
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

func vkeys(t *testing.T, v vectors.Vector, name string) []proof.Key {
	var out []proof.Key
	for _, s := range v.Head[name] {
		k, err := proof.ParseVKey(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, k)
	}
	return out
}

func runVector(t *testing.T, v vectors.Vector) error {
	number := func(name string) uint64 {
		n, err := parley.ParseSize(v.Get(name))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	hash := func(s string) tlog.Hash {
		h, err := proof.ParseTreeHash(s)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	var hashes []tlog.Hash
	for _, s := range v.Head["proof"] {
		hashes = append(hashes, hash(s))
	}
	log, cosigners := vkeys(t, v, "log"), vkeys(t, v, "cosigner")
	switch v.Get("kind") {
	case "vkey":
		s := strings.TrimSuffix(string(v.Body), "\n")
		k, err := proof.ParseVKey(s)
		if err == nil && k.String() != s {
			t.Errorf("String gives %s", k)
		}
		return err
	case "note":
		n, err := proof.ParseNote(v.Body)
		if err != nil {
			return err
		}
		if !bytes.Equal(n.Bytes(), v.Body) {
			t.Errorf("Bytes gives %q", n.Bytes())
		}
		_, err = n.Verify(vkeys(t, v, "signer")[0])
		return err
	case "checkpoint":
		_, err := proof.OpenCheckpoint(v.Body, log...)
		return err
	case "cosignature":
		cp, err := proof.OpenCheckpoint(v.Body, log...)
		if err != nil {
			return err
		}
		_, lines, _ := bytes.Cut(v.Body, []byte("\n\n"))
		list, err := proof.OpenCosignatures(cp, lines, cosigners...)
		if err != nil {
			return err
		}
		for _, k := range cosigners {
			found := false
			for _, c := range list {
				found = found || c.Key.Equal(k) && c.Time.Format(time.RFC3339) == v.Get("time")
			}
			if !found {
				return parley.E(parley.Untrusted, "no cosignature of %s at %s", k.Name, v.Get("time"))
			}
		}
		return nil
	case "subtree":
		return proof.CheckSubtree(hashes, number("start"), number("end"), hash(v.Get("hash")), number("size"), hash(v.Get("root")))
	case "consistency":
		return proof.CheckConsistency(hashes, number("end"), hash(v.Get("hash")), number("size"), hash(v.Get("root")))
	case "inclusion":
		return proof.CheckInclusion(hashes, number("start"), hash(v.Get("hash")), number("size"), hash(v.Get("root")))
	case "proof":
		p, err := proof.ParseProof(v.Body)
		if err != nil {
			return err
		}
		if !bytes.Equal(p.Format(), v.Body) {
			t.Errorf("Format gives %q", p.Format())
		}
		got, err := p.Verify([]byte(v.Get("leaf")), log, cosigners)
		if err == nil && len(got.Cosignatures) != len(cosigners) {
			return parley.E(parley.Untrusted, "%d cosignatures, want %d", len(got.Cosignatures), len(cosigners))
		}
		return err
	case "policy":
		p, err := proof.ParsePolicy(v.Body)
		if err == nil && !p.Quorum(vkeys(t, v, "cosigned")...) {
			return parley.E(parley.Untrusted, "no quorum")
		}
		return err
	case "fork":
		_, err := proof.ParseFork(v.Body, log...)
		return err
	}
	return errors.New("unknown kind of vector")
}

func writeVectors(t *testing.T) {
	if err := os.MkdirAll(vectorDir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, raw := range makeVectors(t) {
		if err := os.WriteFile(filepath.Join(vectorDir, name+".txt"), raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
