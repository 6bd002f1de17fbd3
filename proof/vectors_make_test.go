package proof_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley/internal/vectors"
	"parley.example/parley/proof"
)

// made collects files by name.
type made map[string][]byte

func (m made) add(name, what, kind, expect, body string, head ...string) {
	m[name] = vectors.Format(what, []byte(body), append([]string{"expect", expect, "kind", kind}, head...)...)
}

func makeVectors(t *testing.T) made {
	m := made{}
	makeKeyVectors(t, m)
	makeCheckpointVectors(t, m)
	makeTreeVectors(t, m)
	makeProofVectors(t, m)
	makePolicyVectors(t, m)
	return m
}

func makeKeyVectors(t *testing.T, m made) {
	const foo = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
	m.add("vkey-c2sp-example", "the verifier key that c2sp.org/signed-note shows", "vkey", "valid", foo+"\n")
	for typ, name := range map[byte]string{1: "ed25519", 4: "cosignature", 6: "mldsa44"} {
		m.add("vkey-"+name, "a key of each type", "vkey", "valid", key(t, 7, typ, "aster.example/cert").Key().String()+"\n")
	}
	with := func(old, new string) string { return strings.Replace(foo, old, new, 1) + "\n" }
	m.add("vkey-wrong-id", "the id is recomputed, never believed", "vkey", "invalid", with("530d903a", "530d903b"))
	m.add("vkey-upper-id", "the id is lower-case hex", "vkey", "invalid", with("530d903a", "530D903A"))
	m.add("vkey-other-name", "the id binds the name", "vkey", "invalid", with("/foo", "/fop"))
	m.add("vkey-space", "no space in a name", "vkey", "invalid", with("/foo", "/f o"))
	m.add("vkey-truncated", "the key is cut", "vkey", "invalid", with("3U2k", "3U2"))
	spare := []byte(key(t, 7, 6, "a.example").Key().String())
	spare[len(spare)-2]++ // the two low bits of the last digit carry nothing
	m.add("vkey-spare-bits", "base64 in another spelling of the same octets", "vkey", "invalid", string(spare)+"\n")
	m.add("vkey-no-padding", "base64 without its padding", "vkey", "invalid", string(spare[:len(spare)-1])+"\n")
	unknown, err := proof.NewKey("a.example", 1, key(t, 7, 1, "a.example").Key().Public)
	if err != nil {
		t.Fatal(err)
	}
	unknown.Type = 2
	m.add("vkey-unknown-type", "a type that Parley does not verify", "vkey", "invalid", unknown.String()+"\n")
	small := proof.Key{Name: "a.example", ID: 0, Type: 1, Public: make([]byte, 32)}
	m.add("vkey-small-order", "a point of small order signs any text (the id is wrong too)", "vkey", "invalid", small.String()+"\n")

	const shown = "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
	m.add("note-c2sp-example", "the note that c2sp.org/signed-note shows", "note", "valid", shown, "signer", foo)
	noted := func(name, what, expect, old, new string) {
		m.add("note-"+name, what, "note", expect, strings.Replace(shown, old, new, 1), "signer", foo)
	}
	noted("changed", "another text", "untrusted", "example message", "exemple message")
	noted("spare-bits", "x/mod's reader takes this last digit of base64, a strict one does not", "invalid", "aQM=", "aQN=")
	noted("no-newline", "the last line has no newline", "invalid", "aQM=\n", "aQM=")
	noted("tab", "a control character", "invalid", "This is", "This\tis")
	noted("no-signature", "no signature line", "invalid", shown[strings.Index(shown, "\u2014"):], "")
	noted("two-empty-lines", "the last empty line divides", "untrusted", "message.\n", "message.\n\n")
	noted("hyphen", "a hyphen instead of the em dash", "invalid", "\u2014", "-")
	noted("unknown-key", "a line of an unknown key is ignored, and then none is left", "not found", "/foo", "/fop")
	both, err := note.Sign(&note.Note{Text: "two\n\nparagraphs\n"}, key(t, 8, 1, "b.example").NoteSigner(noon), key(t, 7, 1, "a.example").NoteSigner(noon))
	if err != nil {
		t.Fatal(err)
	}
	m.add("note-two-signers", "the text holds an empty line; the other signature is unknown", "note", "valid", string(both), "signer", key(t, 7, 1, "a.example").Key().String())
}

func makeCheckpointVectors(t *testing.T, m made) {
	w, tr := newWorld(t), newTree(t, 20, "")
	logs := []string{"log", w.log[0].Key().String(), "log", w.log[1].Key().String()}
	cp := w.checkpoint(t, tr, 20)
	text := string(cp.Note)
	m.add("checkpoint", "signed by both keys of the journal", "checkpoint", "valid", text, logs...)
	ck := func(name, what, expect, old, new string) {
		m.add("checkpoint-"+name, what, "checkpoint", expect, strings.Replace(text, old, new, 1), logs...)
	}
	ck("other-size", "neither signature holds", "untrusted", "\n20\n", "\n21\n")
	ck("leading-zero", "a size with a leading zero", "invalid", "\n20\n", "\n020\n")
	ck("negative", "a size with a sign", "invalid", "\n20\n", "\n-20\n")
	ck("huge", "a size of 2^62", "invalid", "\n20\n", "\n4611686018427387904\n")
	ck("extension", "an extension line: an ML-DSA-44 cosignature would not cover it", "invalid", "\n\n", "\nmore\n\n")
	lines := strings.SplitAfter(text, "\n")
	ck("one-key", "the ML-DSA-44 line is missing", "untrusted", lines[5], "")
	empty, err := proof.SignCheckpoint(aster, 0, proof.EmptyRoot(), noon, w.log...)
	if err != nil {
		t.Fatal(err)
	}
	m.add("checkpoint-empty", "a journal without entries", "checkpoint", "valid", string(empty.Note), logs...)

	list, err := proof.Cosign(cp, noon, append(w.mirror, w.witness)...)
	if err != nil {
		t.Fatal(err)
	}
	full := string(cp.WithCosignatures(list...))
	head := append(bytesHead(w), "time", "2026-11-22T12:00:00Z")
	m.add("cosignature", "an Ed25519 and an ML-DSA-44 cosignature of a mirror, one of a witness", "cosignature", "valid", full, head...)
	m.add("cosignature-missing", "the witness has not signed", "cosignature", "untrusted", string(cp.WithCosignatures(list[:2]...)), head...)
	other, err := proof.Cosign(w.checkpoint(t, tr, 19), noon, w.mirror...)
	if err != nil {
		t.Fatal(err)
	}
	m.add("cosignature-moved-ed25519", "a cosignature of another size", "cosignature", "untrusted", string(cp.WithCosignatures(other[0], list[1], list[2])), head...)
	m.add("cosignature-moved-mldsa44", "a cosignature of another size", "cosignature", "untrusted", string(cp.WithCosignatures(list[0], other[1], list[2])), head...)
	ls, err := proof.ParseLines([]byte(list[0].Line))
	if err != nil {
		t.Fatal(err)
	}
	ls[0].Sig[7]++ // the timestamp is the first eight octets
	m.add("cosignature-time-changed", "its time is covered", "cosignature", "untrusted", text+ls[0].String()+list[1].Line+list[2].Line, head...)

	a, b := w.checkpoint(t, tr, 8), w.checkpoint(t, newTree(t, 8, "other"), 8)
	f, err := proof.NewFork(a, b)
	if err != nil {
		t.Fatal(err)
	}
	m.add("fork-roots", "two roots of one size", "fork", "valid", string(f.Format()), logs...)
	m.add("fork-same", "twice the same checkpoint", "fork", "untrusted", string(proof.Fork{A: a, B: a}.Format()), logs...)
	m.add("fork-sizes", "two sizes prove nothing", "fork", "untrusted", string(proof.Fork{A: a, B: cp}.Format()), logs...)
	m.add("fork-stranger", "signed by another key than the journal's", "fork", "untrusted", string(f.Format()), "log", key(t, 9, 1, string(aster)).Key().String())
	leaf := func(tr *tree, size uint64) proof.ForkLeaf {
		p, err := proof.ProveInclusion(tr, 5, size)
		if err != nil {
			t.Fatal(err)
		}
		return proof.ForkLeaf{Hash: tr.leaves[5], Proof: p}
	}
	g, err := proof.NewLeafFork(5, b, leaf(newTree(t, 8, "other"), 8), cp, leaf(tr, 20))
	if err != nil {
		t.Fatal(err)
	}
	m.add("fork-leaves", "two entries at one index", "fork", "valid", string(g.Format()), logs...)
	g.Index = 4
	m.add("fork-leaves-elsewhere", "the leaves stand at another index", "fork", "untrusted", string(g.Format()), logs...)
}

func bytesHead(w world) []string {
	head := []string{"log", w.log[0].Key().String(), "log", w.log[1].Key().String()}
	for _, k := range keys(append(w.mirror, w.witness)...) {
		head = append(head, "cosigner", k.String())
	}
	return head
}

func makeTreeVectors(t *testing.T, m made) {
	tr := newTree(t, 66, "")
	b64 := func(h tlog.Hash) string { return h.String() }
	put := func(name, what, kind, expect string, p []tlog.Hash, start, end int, h tlog.Hash, size int) {
		head := []string{"start", fmt.Sprint(start), "end", fmt.Sprint(end), "hash", b64(h), "size", fmt.Sprint(size), "root", b64(tr.root(size))}
		for _, x := range p {
			head = append(head, "proof", b64(x))
		}
		m.add(name, what, kind, expect, "", head...)
	}
	for _, c := range [][3]int{{0, 13, 13}, {4, 8, 14}, {8, 13, 14}, {12, 14, 14}, {64, 66, 66}, {0, 40, 66}, {3, 4, 7}, {6, 7, 7}} {
		start, end, size := c[0], c[1], c[2]
		p, err := proof.ProveSubtree(tr, uint64(start), uint64(end), uint64(size))
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("subtree-%d-%d-of-%d", start, end, size)
		h := proof.SubtreeHash(tr.leaves[start:end])
		put(name, "a subtree of a larger tree", "subtree", "valid", p, start, end, h, size)
		put(name+"-longer", "a hash too many", "subtree", "untrusted", append(append([]tlog.Hash{}, p...), h), start, end, h, size)
		if len(p) > 0 {
			put(name+"-shorter", "a hash too few", "subtree", "untrusted", p[1:], start, end, h, size)
		}
	}
	put("subtree-not-aligned", "start is no multiple of the power of two that holds the range", "subtree", "untrusted", nil, 2, 6, tr.leaves[0], 8)
	put("subtree-empty", "an empty range", "subtree", "untrusted", nil, 4, 4, proof.EmptyRoot(), 8)
	for _, c := range [][2]int{{0, 5}, {5, 5}, {6, 7}, {4, 8}, {40, 66}} {
		p, err := proof.ProveConsistency(tr, uint64(c[0]), uint64(c[1]))
		if err != nil {
			t.Fatal(err)
		}
		put(fmt.Sprintf("consistency-%d-to-%d", c[0], c[1]), "one journal at two sizes", "consistency", "valid", p, 0, c[0], tr.root(c[0]), c[1])
	}
	put("consistency-rewind", "a smaller tree", "consistency", "untrusted", nil, 0, 8, tr.root(8), 5)
	put("consistency-empty-with-proof", "from an empty tree the proof is empty", "consistency", "untrusted", tr.leaves[:1], 0, 0, proof.EmptyRoot(), 5)
	for _, c := range [][2]int{{0, 1}, {6, 7}, {11, 20}} {
		p, err := proof.ProveInclusion(tr, uint64(c[0]), uint64(c[1]))
		if err != nil {
			t.Fatal(err)
		}
		put(fmt.Sprintf("inclusion-%d-of-%d", c[0], c[1]), "a leaf of a tree", "inclusion", "valid", p, c[0], c[0]+1, tr.leaves[c[0]], c[1])
	}
	put("inclusion-outside", "an index that is the size", "inclusion", "untrusted", nil, 1, 2, tr.leaves[0], 1)
}

func makeProofVectors(t *testing.T, m made) {
	w, tr := newWorld(t), newTree(t, 20, "")
	cp := w.checkpoint(t, tr, 20)
	list, err := proof.Cosign(cp, noon, append(w.mirror, w.witness)...)
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := proof.ProveInclusion(tr, 11, 20)
	if err != nil {
		t.Fatal(err)
	}
	p := proof.Proof{Index: 11, Hashes: hashes, Checkpoint: cp.WithCosignatures(list...)}
	head := append(bytesHead(w), "leaf", "11")
	m.add("proof", "an entry at index 11, cosigned by three keys", "proof", "valid", string(p.Format()), head...)
	p.Extra = []byte("extra data are not authenticated")
	m.add("proof-extra", "with an extra line", "proof", "valid", string(p.Format()), head...)
	p.Extra = nil
	raw := p.Format()
	change := func(name, what, expect, old, new string) {
		m.add("proof-"+name, what, "proof", expect, string(bytes.Replace(raw, []byte(old), []byte(new), 1)), head...)
	}
	change("other-index", "the index is part of what is proven", "untrusted", "index 11", "index 10")
	change("index-zero", "an index with a leading zero", "invalid", "index 11", "index 011")
	change("no-index", "no index line", "invalid", "index 11\n", "")
	change("magic", "another version", "invalid", "proof@v1", "proof@v2")
	change("extra-after", "extra after the index", "invalid", "index 11\n", "index 11\nextra eA==\n")
	m.add("proof-other-leaf", "another entry", "proof", "untrusted", string(raw), append(bytesHead(w), "leaf", "12")...)
	p.Checkpoint = cp.WithCosignatures(list[:2]...)
	m.add("proof-no-witness", "a cosigner is missing", "proof", "untrusted", string(p.Format()), head...)
	p.Hashes = p.Hashes[1:]
	m.add("proof-short", "a hash is missing", "proof", "untrusted", string(p.Format()), head...)
}

func makePolicyVectors(t *testing.T, m made) {
	defs, ks := witnesses(t, "a", "b", "c")
	log := "log " + key(t, 1, 1, string(aster)).Key().String() + "\n"
	put := func(name, what, expect, body string, by ...string) {
		var head []string
		for _, n := range by {
			head = append(head, "cosigned", ks[n].String())
		}
		m.add("policy-"+name, what, "policy", expect, body, head...)
	}
	two := log + defs + "group g 2 a b c\nquorum g\n"
	put("two-of-three", "two of three, and they signed", "valid", two, "a", "c")
	put("one-of-three", "two of three, and one signed", "untrusted", two, "a")
	put("nested", "a group in a group", "valid", log+defs+"group g any a b\ngroup h all g c\nquorum h\n", "b", "c")
	put("nested-half", "one half of it signed", "untrusted", log+defs+"group g any a b\ngroup h all g c\nquorum h\n", "a", "b")
	put("single", "a quorum of one witness", "valid", log+defs+"quorum b\n", "b")
	put("none", "no cosignature is asked for; spaces, tabs and comments", "valid", "  # comment\n\n\t"+log+"quorum\t none \n")
	put("kelvin", "names are octets: a Kelvin sign is not a K", "invalid", strings.Replace(log+defs+"quorum K\n", "witness b", "witness \u212a", 1))
	put("no-logs", "the logs are known from elsewhere", "valid", "quorum none\n")
	bad := func(name, what, body string) { put(name, what, "invalid", body) }
	bad("no-quorum", "no quorum line", log+defs)
	bad("two-quorums", "two quorum lines", log+defs+"quorum a\nquorum a\n")
	bad("undefined", "a quorum that is not defined", log+defs+"quorum d\n")
	bad("later", "a quorum that is defined later", "quorum a\n"+defs)
	bad("twice-defined", "a name defined twice", log+defs+"group a any b\nquorum a\n")
	bad("twice-member", "a name that counts twice", log+defs+"group g any a b\ngroup h any a g\nquorum h\n")
	bad("member-none", "none is no member", log+defs+"group g any none\nquorum g\n")
	bad("named-none", "none is taken", strings.Replace(defs, "witness a", "witness none", 1)+"quorum none\n")
	bad("threshold-zero", "a threshold of 0", log+defs+"group g 0 a b\nquorum g\n")
	bad("threshold-large", "a threshold above the number of members", log+defs+"group g 3 a b\nquorum g\n")
	bad("threshold-word", "a threshold in another form", log+defs+"group g +1 a b\nquorum g\n")
	bad("empty-group", "a group without members", log+defs+"group g any\nquorum g\n")
	bad("same-log", "the same log twice", log+log+"quorum none\n")
	same, err := proof.NewKey("other.example", 4, ks["a"].Public)
	if err != nil {
		t.Fatal(err)
	}
	bad("same-witness", "the same public key under another name", defs+"witness d "+same.String()+"\nquorum none\n")
	bad("witness-type", "a witness with a note key", "witness a "+key(t, 1, 1, "a.example").Key().String()+"\nquorum a\n")
	bad("control", "a carriage return", "quorum none\r\n")
	bad("no-newline", "no newline at the end", "quorum none")
	bad("unknown-word", "an unknown word", "server x\nquorum none\n")
}
