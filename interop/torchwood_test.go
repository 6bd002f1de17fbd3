package interop

import (
	"bytes"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley/internal/vectors"
	"parley.example/parley/proof"
)

// torchwood verifies the proofs of our evidence with the policy beside them.
func TestTorchwoodVerifiesOurProofs(t *testing.T) {
	p := sample(t)
	verifies(t, p, "aster-1", p["aster.example.policy"])
	c := talk(t)
	for _, name := range c.Order {
		if name == "archive.example/parley" {
			continue
		}
		short, _, _ := strings.Cut(name, ".")
		p := pieces(t, c.Nodes[name], short+"/1")
		verifies(t, p, short+"-1", p[name+".policy"])
	}
}

func verifies(t *testing.T, p map[string][]byte, stem string, policy []byte) {
	t.Helper()
	pol, err := torchwood.ParsePolicy(policy)
	if err != nil {
		t.Fatalf("policy: %v\n%s", err, policy)
	}
	n := 0
	for name, raw := range p {
		if !strings.HasPrefix(name, stem) || !strings.HasSuffix(name, ".tlog-proof") {
			continue
		}
		n++
		leaf := tlog.RecordHash(p[stem+".note"])
		if err := torchwood.VerifyProof(pol, leaf, raw); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		leaf[0] ^= 1
		if torchwood.VerifyProof(pol, leaf, raw) == nil {
			t.Errorf("%s: another leaf is accepted", name)
		}
		if torchwood.VerifyProof(pol, tlog.RecordHash(p[stem+".note"]), bytes.Replace(raw, []byte("index 1"), []byte("index 0"), 1)) == nil {
			t.Errorf("%s: another index is accepted", name)
		}
	}
	if n == 0 {
		t.Errorf("no proof of %s among %d pieces", stem, len(p))
	}
}

// Every proof of every tree up to 130 entries, by both.
func TestTorchwoodAgreesOnTrees(t *testing.T) {
	log, err := proof.GenerateKey(zeros{}, proof.TypeEd25519, "log.example/x")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := torchwood.ParsePolicy([]byte("log " + log.Key().String() + "\nquorum none\n"))
	if err != nil {
		t.Fatal(err)
	}
	tr := &memory{}
	for size := uint64(1); size <= 130; size++ {
		tr.add([]byte{byte(size)})
		cp, err := proof.SignCheckpoint("log.example/x", size, tr.root(), noon, log)
		if err != nil {
			t.Fatal(err)
		}
		for i := range size {
			hashes, err := proof.ProveInclusion(tr, i, size)
			if err != nil {
				t.Fatal(err)
			}
			raw := proof.Proof{Index: i, Hashes: hashes, Checkpoint: proof.RawCheckpoint(cp.Note)}.Format()
			if err := torchwood.VerifyProof(policy, tlog.RecordHash([]byte{byte(i + 1)}), raw); err != nil {
				t.Fatalf("index %d of %d: %v", i, size, err)
			}
		}
	}
}

// lenient are policies that the specification refuses and torchwood takes.
var lenient = map[string]bool{
	"policy-twice-member": true, "policy-same-log": true, "policy-same-witness": true, "policy-control": true,
	"policy-no-newline": true, "policy-twice-defined": true, "policy-later": true, "policy-named-none": true,
	"policy-threshold-word": true,
}

// What we take as a policy torchwood takes too; where it takes more, the
// specification says no.
func TestTorchwoodParsesOurPolicies(t *testing.T) {
	list, err := vectors.Read("../testdata/vectors/proof")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range list {
		if v.Get("kind") != "policy" {
			continue
		}
		n++
		_, ours := proof.ParsePolicy(v.Body)
		_, theirs := torchwood.ParsePolicy(v.Body)
		switch {
		case ours == nil && theirs != nil:
			t.Errorf("%s: torchwood refuses what we take: %v", v.Name, theirs)
		case ours != nil && theirs == nil && !lenient[v.Name]:
			t.Errorf("%s: torchwood takes what we refuse: %v", v.Name, ours)
		}
	}
	t.Logf("%d policies", n)
}

// torchwood's formatting is ours, octet by octet.
func TestTorchwoodFormatsAlike(t *testing.T) {
	p := sample(t)
	for name, raw := range p {
		if !strings.HasSuffix(name, ".tlog-proof") {
			continue
		}
		q, err := proof.ParseProof(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := torchwood.FormatProof(int64(q.Index), q.Hashes, q.Checkpoint); !bytes.Equal(got, raw) {
			t.Errorf("%s: torchwood writes %q", name, got)
		}
	}
}
