package proof

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// maxStamp is 9999-12-31T23:59:59Z, the last second that RFC 3339 can write.
// The specification allows up to 2^63-1 and lets a verifier refuse the future.
const maxStamp = 253402300799

// Cosignature is one cosigner's verified statement about one checkpoint
// (c2sp.org/tlog-cosignature). Only Cosign and OpenCosignatures make one.
type Cosignature struct {
	Key  Key
	Time time.Time // whole seconds, UTC; zero where the cosigner claims no time (ML-DSA-44 only)
	Line string    // the signature line with its newline
}

// Cosign signs a checkpoint at a time with each of the keys, of type
// TypeCosignature or TypeMLDSA44. The caller answers for what that states. JOURNAL-3
func Cosign(cp Checkpoint, at time.Time, keys ...Signer) ([]Cosignature, error) {
	var out []Cosignature
	for _, s := range keys {
		if s.key.Type == TypeEd25519 {
			return nil, parley.E(parley.Internal, "cosign: key %s is not a cosigner's", s.key.Name)
		}
		l, err := SignLine(cp.Text(), s.NoteSigner(at))
		if err != nil {
			return nil, err
		}
		out = append(out, Cosignature{Key: s.key, Time: stampTime(s.key, l.Sig), Line: l.String()})
	}
	return out, nil
}

// OpenCosignatures verifies signature lines over a checkpoint, each with its
// newline, in their order. Lines of other keys are ignored; a wrong line of a
// given key makes the whole answer Untrusted. None at all is no error. JOURNAL-4
func OpenCosignatures(cp Checkpoint, lines []byte, keys ...Key) ([]Cosignature, error) {
	parsed, err := ParseLines(lines)
	if err != nil {
		return nil, err
	}
	return openCosignatures(Note{Text: cp.Text(), Lines: parsed}, keys)
}

func openCosignatures(n Note, keys []Key) ([]Cosignature, error) {
	var out []Cosignature
	seen := map[string]bool{}
	for _, l := range n.Lines {
		for _, k := range keys {
			if !l.Of(k) || k.Type == TypeEd25519 {
				continue
			}
			text := l.String()
			if seen[text] {
				continue
			}
			seen[text] = true
			if !k.Verifier().Verify([]byte(n.Text), l.Sig) {
				return nil, untrusted([]byte(text), "the cosignature of %s does not hold", k.Name)
			}
			out = append(out, Cosignature{Key: k, Time: stampTime(k, l.Sig), Line: text})
		}
	}
	return out, nil
}

// cosignedMessage is what a cosigner's key signs for the checkpoint text.
func cosignedMessage(k Key, stamp uint64, text []byte) ([]byte, error) {
	if k.Type == TypeCosignature {
		// c2sp.org/tlog-cosignature, Ed25519 signed message: the header line
		// keeps this apart from a plain note signature by the same algorithm.
		return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", stamp), text...), nil
	}
	cp, err := parseTree(string(text))
	if err != nil {
		return nil, err
	}
	return subtreeMessage(k.Name, stamp, string(cp.Origin), 0, cp.Size, cp.Root), nil
}

// subtreeMessage is the cosigned_message of c2sp.org/tlog-cosignature,
// ML-DSA-44 signed message. Its twelve-octet label keeps it apart from every
// other use of the key; it commits to the cosigner's name.
func subtreeMessage(cosigner string, stamp uint64, origin string, start, end uint64, root [32]byte) []byte {
	b := []byte("subtree/v1\n\x00")
	b = append(append(b, byte(len(cosigner))), cosigner...)
	b = binary.BigEndian.AppendUint64(b, stamp)
	b = append(append(b, byte(len(origin))), origin...)
	b = binary.BigEndian.AppendUint64(b, start)
	b = binary.BigEndian.AppendUint64(b, end)
	return append(b, root[:]...)
}

func stampOf(at time.Time) (uint64, error) {
	if u := at.Unix(); u > 0 && u <= maxStamp {
		return uint64(u), nil
	}
	return 0, parley.E(parley.Invalid, "sign at %s: want a time between 1970 and 9999", at.UTC().Format(time.RFC3339))
}

// stampTime reads the time of a verified signature.
func stampTime(k Key, sig []byte) time.Time {
	stamp := binary.BigEndian.Uint64(sig)
	if stamp == 0 && k.Type == TypeMLDSA44 || stamp > math.MaxInt64 {
		return time.Time{}
	}
	return time.Unix(int64(stamp), 0).UTC()
}

// CosignaturesOn is OpenCosignatures over a tree whose root the caller has computed
// from its leaves: nobody's signature has to say so.
func CosignaturesOn(origin parley.Origin, size uint64, root tlog.Hash, lines []byte, keys ...Key) ([]Cosignature, error) {
	return OpenCosignatures(Checkpoint{Origin: origin, Size: size, Root: root}, lines, keys...)
}
