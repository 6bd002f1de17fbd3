package proof

import (
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

const proofMagic = "c2sp.org/tlog-proof@v1"

// maxHashes bounds an inclusion proof: no tree below 2^62 leaves needs more.
const maxHashes = 63

// Proof is a tlog-proof (c2sp.org/tlog-proof) that has been read, not verified:
// that one leaf stands at an index of a log, with the checkpoint and the
// cosignatures that show it offline.
type Proof struct {
	Extra      []byte // not authenticated by anything; nil where the line is absent
	Index      uint64
	Hashes     []tlog.Hash // from the leaf's sibling up
	Checkpoint RawCheckpoint
}

// Proven is what a verified Proof states.
type Proven struct {
	Checkpoint   Checkpoint
	Index        uint64
	Cosignatures []Cosignature // of the cosigners that the verifier knows
}

// Format writes the proof; ParseProof reads the same octets back.
func (p Proof) Format() []byte {
	var b strings.Builder
	b.WriteString(proofMagic + "\n")
	if p.Extra != nil {
		b.WriteString("extra " + encode64(p.Extra) + "\n")
	}
	b.WriteString("index " + strconv.FormatUint(p.Index, 10) + "\n")
	for _, h := range p.Hashes {
		b.WriteString(encode64(h[:]) + "\n")
	}
	b.WriteString("\n")
	b.Write(p.Checkpoint)
	return []byte(b.String())
}

// ParseProof reads a tlog-proof of at most MaxNote octets. Errors are parley.Invalid.
func ParseProof(raw []byte) (Proof, error) {
	if len(raw) > MaxNote {
		return Proof{}, parley.E(parley.Invalid, "proof of %d octets: want at most %d", len(raw), MaxNote)
	}
	head, cp, ok := strings.Cut(string(raw), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || lines[0] != proofMagic {
		return Proof{}, parley.E(parley.Invalid, "proof: want %s, an index, hashes, an empty line and a checkpoint", proofMagic)
	}
	var p Proof
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		extra, err := decode64(lines[0][len("extra "):])
		if err != nil {
			return Proof{}, parley.E(parley.Invalid, "proof: the extra line is not canonical base64")
		}
		p.Extra, lines = append([]byte{}, extra...), lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return Proof{}, parley.E(parley.Invalid, "proof: want a line: index, a space and a decimal")
	}
	index, err := parley.ParseSize(lines[0][len("index "):])
	if err != nil {
		return Proof{}, parley.E(parley.Invalid, "proof: index: %w", err)
	}
	p.Index, lines = index, lines[1:]
	if len(lines) > maxHashes {
		return Proof{}, parley.E(parley.Invalid, "proof with %d hashes: want at most %d", len(lines), maxHashes)
	}
	for _, l := range lines {
		h, err := ParseTreeHash(l)
		if err != nil {
			return Proof{}, parley.E(parley.Invalid, "proof: %w", err)
		}
		p.Hashes = append(p.Hashes, h)
	}
	if _, err := ParseNote([]byte(cp)); err != nil {
		return Proof{}, parley.E(parley.Invalid, "proof: its checkpoint: %w", err)
	}
	p.Checkpoint = RawCheckpoint(cp)
	return p, nil
}

// Verify checks that leaf (the octets of the entry) is in the log, that every
// log key signed the checkpoint, and the cosignatures of the cosigners given.
// How many of those are enough is for the caller (or a Policy) to say.
// Errors: Invalid for the syntax, Untrusted for the rest. JOURNAL-5
func (p Proof) Verify(leaf []byte, log, cosigners []Key) (Proven, error) {
	return p.VerifyHash(tlog.RecordHash(leaf), log, cosigners)
}

// VerifyHash is Verify for the hash of the leaf.
func (p Proof) VerifyHash(leaf tlog.Hash, log, cosigners []Key) (Proven, error) {
	cp, err := OpenCheckpoint(p.Checkpoint, log...)
	if err != nil {
		return Proven{}, err
	}
	n, err := ParseNote(p.Checkpoint)
	if err != nil {
		return Proven{}, err
	}
	cosigs, err := openCosignatures(n, cosigners)
	if err != nil {
		return Proven{}, err
	}
	if err := CheckInclusion(p.Hashes, p.Index, leaf, cp.Size, cp.Root); err != nil {
		return Proven{}, err
	}
	return Proven{Checkpoint: cp, Index: p.Index, Cosignatures: cosigs}, nil
}
