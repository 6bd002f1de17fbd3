package interop

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// With x/mod alone: the entry's signature, the journal's signature, the inclusion.
func TestXModVerifiesOurEvidence(t *testing.T) {
	p := sample(t)
	keys := map[string]note.Verifier{}
	for _, line := range strings.Fields(string(p["aster.example.keys"])) {
		v, err := note.NewVerifier(line)
		if err != nil {
			continue // a type that x/mod does not know
		}
		keys[v.Name()] = v
	}
	n, err := note.Open(p["aster-1.note"], note.VerifierList(keys["aster.example/cert"]))
	if err != nil || !strings.HasPrefix(n.Text, "parley/entry/v1\n") {
		t.Fatalf("entry: %v", err)
	}
	for name, raw := range p {
		if !strings.HasSuffix(name, ".tlog-proof") {
			continue
		}
		head, cp, _ := strings.Cut(string(raw), "\n\n")
		var log note.Verifier
		for key, v := range keys {
			if strings.HasPrefix(cp, key+"\n") {
				log = v
			}
		}
		c, err := note.Open([]byte(cp), note.VerifierList(log))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f := strings.Split(c.Text, "\n")
		size, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		root, err := tlog.ParseHash(f[2])
		if err != nil {
			t.Fatal(err)
		}
		var path tlog.RecordProof
		for _, s := range strings.Split(head, "\n")[2:] {
			h, err := tlog.ParseHash(s)
			if err != nil {
				t.Fatal(err)
			}
			path = append(path, h)
		}
		if err := tlog.CheckRecord(path, size, root, 1, tlog.RecordHash(p["aster-1.note"])); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tlog.CheckRecord(path, size, root, 1, tlog.RecordHash(bytes.ToUpper(p["aster-1.note"]))) == nil {
			t.Errorf("%s: another entry is accepted", name)
		}
	}
}
