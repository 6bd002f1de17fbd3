package proof

import (
	"bytes"
	"fmt"
	"strings"

	"parley.example/parley"
)

// Bounds of a policy; the specification asks for 32 of each.
const (
	maxPolicy  = 1 << 18 // octets
	maxDefined = 256     // logs, and witnesses and groups together
)

// None is the quorum that asks for no cosignature.
const None = "none"

// Policy says which checkpoints count: signed by any one of the logs, cosigned
// by a quorum of witnesses (c2sp.org/tlog-policy). ParsePolicy makes a valid one.
type Policy struct {
	Logs      []PolicyLog
	Witnesses []PolicyWitness
	Groups    []PolicyGroup // each names only witnesses and groups before it
	Required  string        // the quorum: None, a witness or a group
}

// PolicyLog is a log line.
type PolicyLog struct {
	Key Key
	URL string // may be empty
}

// PolicyWitness is a witness line.
type PolicyWitness struct {
	Name string // within this policy only
	Key  Key    // TypeCosignature or TypeMLDSA44
	URL  string // may be empty
}

// PolicyGroup is satisfied when at least K of its members are.
type PolicyGroup struct {
	Name    string
	K       int
	Members []string
}

// Quorum says whether cosignatures by these keys are enough.
func (p *Policy) Quorum(cosigned ...Key) bool {
	if p.Required == None {
		return true
	}
	met := map[string]bool{}
	for _, w := range p.Witnesses {
		for _, k := range cosigned {
			if w.Key.Equal(k) {
				met[w.Name] = true
			}
		}
	}
	for _, g := range p.Groups {
		n := 0
		for _, m := range g.Members {
			if met[m] {
				n++
			}
		}
		met[g.Name] = n >= g.K
	}
	return met[p.Required]
}

// Keys are the witnesses' keys.
func (p *Policy) Keys() []Key {
	var out []Key
	for _, w := range p.Witnesses {
		out = append(out, w.Key)
	}
	return out
}

// Open verifies a checkpoint by the policy: one of the logs signed it, every
// cosignature of a known witness holds, and they are a quorum. Errors are
// Invalid or Untrusted.
func (p *Policy) Open(raw RawCheckpoint) (Checkpoint, []Cosignature, error) {
	n, err := ParseNote(raw)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	origin, _, _ := strings.Cut(n.Text, "\n")
	err = untrusted(raw, "checkpoint of %q: no log of the policy", clip(origin))
	var cp Checkpoint
	for _, l := range p.Logs {
		if l.Key.Name != origin {
			continue
		}
		if cp, err = OpenCheckpoint(raw, l.Key); err == nil {
			break
		}
	}
	if err != nil {
		return Checkpoint{}, nil, err
	}
	cosigs, err := openCosignatures(n, p.Keys())
	if err != nil {
		return Checkpoint{}, nil, err
	}
	keys := make([]Key, len(cosigs))
	for i, c := range cosigs {
		keys[i] = c.Key
	}
	if !p.Quorum(keys...) {
		return Checkpoint{}, nil, untrusted(raw, "checkpoint of %s, size %d: the quorum %q is not reached", cp.Origin, cp.Size, p.Required)
	}
	return cp, cosigs, nil
}

// Format writes the policy; ParsePolicy reads an equal one back.
func (p *Policy) Format() []byte {
	var b bytes.Buffer
	for _, l := range p.Logs {
		fmt.Fprintln(&b, strings.TrimRight("log "+l.Key.String()+" "+l.URL, " "))
	}
	for _, w := range p.Witnesses {
		fmt.Fprintln(&b, strings.TrimRight("witness "+w.Name+" "+w.Key.String()+" "+w.URL, " "))
	}
	for _, g := range p.Groups {
		fmt.Fprintln(&b, "group", g.Name, g.K, strings.Join(g.Members, " "))
	}
	fmt.Fprintln(&b, "quorum", p.Required)
	return b.Bytes()
}

// ParsePolicy reads a policy. Errors are parley.Invalid and name the line.
func ParsePolicy(raw []byte) (*Policy, error) {
	if len(raw) > maxPolicy {
		return nil, parley.E(parley.Invalid, "policy of %d octets: want at most %d", len(raw), maxPolicy)
	}
	r := policyReader{p: &Policy{}, defined: map[string]bool{}, member: map[string]bool{}}
	text, n := string(raw), 0
	for text != "" {
		line, rest, ok := strings.Cut(text, "\n")
		n, text = n+1, rest
		if !ok {
			return nil, parley.E(parley.Invalid, "policy, line %d: no newline at its end", n)
		}
		if err := r.line(line); err != nil {
			return nil, parley.E(parley.Invalid, "policy, line %d: %w", n, err)
		}
	}
	if r.p.Required == "" {
		return nil, parley.E(parley.Invalid, "policy: no quorum line; write \"quorum none\" where no cosignature is asked for")
	}
	return r.p, nil
}
