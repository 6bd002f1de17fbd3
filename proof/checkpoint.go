package proof

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// RawCheckpoint is a checkpoint as received: nothing about it has been checked.
type RawCheckpoint []byte

// Checkpoint is a tree head that its log signed (c2sp.org/tlog-checkpoint).
// Only OpenCheckpoint and SignCheckpoint make one. JOURNAL-1
type Checkpoint struct {
	Origin parley.Origin
	Size   uint64
	Root   tlog.Hash
	Note   []byte    // the text and the log's verified lines, in the order of the keys; not to be changed
	Time   time.Time // when the log says it signed, by its ML-DSA-44 line; zero without one
}

// Text is the note text: three lines.
func (c Checkpoint) Text() string { return formatTree(string(c.Origin), c.Size, c.Root) }

// Same says whether both name the same tree of the same log.
func (c Checkpoint) Same(o Checkpoint) bool {
	return c.Origin == o.Origin && c.Size == o.Size && c.Root == o.Root
}

// WithCosignatures is the checkpoint's note with the lines appended.
func (c Checkpoint) WithCosignatures(list ...Cosignature) RawCheckpoint {
	b := append(RawCheckpoint(nil), c.Note...)
	for _, s := range list {
		b = append(b, s.Line...)
	}
	return b
}

// OpenCheckpoint verifies a checkpoint. Every given key must have signed it,
// and is named as the origin line says. Lines of other keys are left out.
// Errors: Invalid for the syntax, Untrusted for a missing or wrong signature. JOURNAL-2
func OpenCheckpoint(raw RawCheckpoint, log ...Key) (Checkpoint, error) {
	if len(log) == 0 {
		return Checkpoint{}, parley.E(parley.Internal, "open a checkpoint: no key given")
	}
	n, err := ParseNote(raw)
	if err != nil {
		return Checkpoint{}, err
	}
	cp, err := parseTree(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	out := Note{Text: n.Text}
	for _, k := range log {
		if k.Name != string(cp.Origin) {
			return Checkpoint{}, untrusted(raw, "checkpoint of %q: want one of %s", clip(string(cp.Origin)), k.Name)
		}
		lines, err := n.Verify(k)
		if parley.KindOf(err) == parley.NotFound {
			return Checkpoint{}, untrusted(raw, "checkpoint %s of size %d: %w", cp.Origin, cp.Size, err)
		} else if err != nil {
			return Checkpoint{}, err
		}
		out.Lines = append(out.Lines, lines[0])
		if k.Type != TypeEd25519 {
			cp.Time = stampTime(k, lines[0].Sig)
		}
	}
	cp.Note = out.Bytes()
	return cp, nil
}

// SignCheckpoint signs a tree head with the log's keys, all named as the
// origin. The caller answers for never signing two histories.
func SignCheckpoint(origin parley.Origin, size uint64, root tlog.Hash, at time.Time, keys ...Signer) (Checkpoint, error) {
	if len(keys) == 0 {
		return Checkpoint{}, parley.E(parley.Internal, "sign a checkpoint: no key given")
	}
	cp := Checkpoint{Origin: origin, Size: size, Root: root}
	out := Note{Text: cp.Text()}
	if _, err := parseTree(out.Text); err != nil {
		return Checkpoint{}, err
	}
	for _, s := range keys {
		if s.key.Name != string(origin) {
			return Checkpoint{}, parley.E(parley.Internal, "sign a checkpoint of %s: the key is named %s", origin, s.key.Name)
		}
		l, err := SignLine(out.Text, s.NoteSigner(at))
		if err != nil {
			return Checkpoint{}, err
		}
		out.Lines = append(out.Lines, l)
		if s.key.Type != TypeEd25519 {
			cp.Time = stampTime(s.key, l.Sig)
		}
	}
	cp.Note = out.Bytes()
	return cp, nil
}

func formatTree(origin string, size uint64, root tlog.Hash) string {
	return origin + "\n" + strconv.FormatUint(size, 10) + "\n" + encode64(root[:]) + "\n"
}

// parseTree reads the three lines of a checkpoint's text and accepts no
// extension line: an ML-DSA-44 cosignature would not cover it. JOURNAL-1
func parseTree(text string) (Checkpoint, error) {
	f := strings.Split(text, "\n")
	if len(f) != 4 || f[3] != "" {
		return Checkpoint{}, parley.E(parley.Invalid, "checkpoint: want three lines: origin, size, root")
	}
	if !validName(f[0]) {
		return Checkpoint{}, parley.E(parley.Invalid, "checkpoint: origin %q: want 1 to %d octets without spaces or plus signs", clip(f[0]), MaxName)
	}
	size, err := parley.ParseSize(f[1])
	if err != nil {
		return Checkpoint{}, parley.E(parley.Invalid, "checkpoint of %s: %w", f[0], err)
	}
	root, err := ParseTreeHash(f[2])
	if err != nil {
		return Checkpoint{}, parley.E(parley.Invalid, "checkpoint of %s: %w", f[0], err)
	}
	if size == 0 && root != EmptyRoot() {
		return Checkpoint{}, parley.E(parley.Invalid, "checkpoint of %s: an empty tree has the root %s", f[0], EmptyRoot())
	}
	return Checkpoint{Origin: parley.Origin(f[0]), Size: size, Root: root}, nil
}

// ParseTreeHash reads the canonical base64 of 32 octets.
func ParseTreeHash(s string) (tlog.Hash, error) {
	b, err := decode64(s)
	if err != nil || len(b) != tlog.HashSize {
		return tlog.Hash{}, parley.E(parley.Invalid, "hash %q: want the canonical base64 of 32 octets", clip(s))
	}
	return tlog.Hash(b), nil
}

func untrusted(raw []byte, format string, args ...any) error {
	err := parley.E(parley.Untrusted, format, args...)
	err.Received = raw
	return err
}
