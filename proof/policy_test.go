package proof_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// witnesses makes "witness NAME VKEY" lines and their keys.
func witnesses(t testing.TB, names ...string) (string, map[string]proof.Key) {
	var b strings.Builder
	m := map[string]proof.Key{}
	for i, n := range names {
		k := key(t, byte(0x40+i), proof.TypeCosignature, "w.example/"+n).Key()
		m[n] = k
		fmt.Fprintf(&b, "witness %s %s\n", n, k)
	}
	return b.String(), m
}

func TestPolicyQuorum(t *testing.T) {
	defs, ks := witnesses(t, "X1", "X2", "X3", "Y1", "Y2", "Y3")
	text := defs + "group X 2 X1 X2 X3\ngroup Y any Y1 Y2 Y3\ngroup X-and-Y all X Y\nquorum X-and-Y\n"
	p, err := proof.ParsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	again, err := proof.ParsePolicy(p.Format())
	if err != nil || !bytes.Equal(again.Format(), p.Format()) {
		t.Fatalf("round trip: %v", err)
	}
	for _, c := range []struct {
		by   string
		want bool
	}{
		{"", false}, {"X1 X2", false}, {"X1 X1 Y1", false}, {"X1 X2 Y3", true}, {"X2 X3 Y1 Y2", true}, {"Y1 Y2 Y3 X1", false}, {"X1 X2 X3 Y1 Y2 Y3", true},
	} {
		var by []proof.Key
		for _, n := range strings.Fields(c.by) {
			by = append(by, ks[n])
		}
		for _, q := range []*proof.Policy{p, again} {
			if got := q.Quorum(by...); got != c.want {
				t.Errorf("cosigned by %q: %v, want %v", c.by, got, c.want)
			}
		}
	}
}

func TestPolicyOpensCheckpoints(t *testing.T) {
	w := newWorld(t)
	cp := w.checkpoint(t, newTree(t, 5, ""), 5)
	list, err := proof.Cosign(cp, noon, append(w.mirror, w.witness)...)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("log %s\nwitness b %s\nwitness c %s https://c.example/\ngroup both all b c\nquorum both\n", w.log[0].Key(), w.mirror[1].Key(), w.witness.Key())
	p, err := proof.ParsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got, cosigs, err := p.Open(cp.WithCosignatures(list...))
	if err != nil || !got.Same(cp) || len(cosigs) != 2 {
		t.Fatalf("%d cosignatures, %v", len(cosigs), err)
	}
	_, _, err = p.Open(cp.WithCosignatures(list[1]))
	wantKind(t, err, parley.Untrusted)
	p.Logs[0].Key = key(t, 9, proof.TypeEd25519, string(aster)).Key()
	_, _, err = p.Open(cp.WithCosignatures(list...))
	wantKind(t, err, parley.Untrusted)
	p.Logs = nil
	_, _, err = p.Open(cp.WithCosignatures(list...))
	wantKind(t, err, parley.Untrusted)
	none, err := proof.ParsePolicy(fmt.Appendf(nil, "\t # nobody\n\n log \t%s\nquorum none\n", w.log[1].Key()))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := none.Open(proof.RawCheckpoint(cp.Note)); err != nil {
		t.Error(err)
	}
}

func TestPolicyHoldsThirtyTwoOfEach(t *testing.T) {
	var b strings.Builder
	for i := range 32 {
		fmt.Fprintf(&b, "log %s\n", key(t, byte(i), proof.TypeEd25519, fmt.Sprint("log.example/", i)).Key())
		fmt.Fprintf(&b, "witness w%d %s\n", i, key(t, byte(0x80+i), proof.TypeMLDSA44, fmt.Sprint("w.example/", i)).Key())
		fmt.Fprintf(&b, "group g%d any w%d\n", i, i)
	}
	b.WriteString("quorum g31\n")
	if _, err := proof.ParsePolicy([]byte(b.String())); err != nil {
		t.Error(err)
	}
}
