package proof

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

type policyReader struct {
	p       *Policy
	defined map[string]bool // witnesses and groups share one namespace
	member  map[string]bool // names that a group has listed already
	publics [2][][]byte     // public keys of logs, of witnesses
}

func (r *policyReader) line(s string) error {
	for i := range len(s) {
		if c := s[i]; c != '\t' && (c < 0x20 || c == 0x7f) {
			return fmt.Errorf("control character 0x%02x: only tab and newline are allowed", c)
		}
	}
	f := strings.FieldsFunc(s, func(c rune) bool { return c == ' ' || c == '\t' })
	if len(f) == 0 || f[0][0] == '#' {
		return nil
	}
	switch f[0] {
	case "log":
		return r.log(f[1:])
	case "witness":
		return r.witness(f[1:])
	case "group":
		return r.group(f[1:])
	case "quorum":
		return r.quorum(f[1:])
	}
	return fmt.Errorf("%q: want log, witness, group or quorum", clip(f[0]))
}

func (r *policyReader) log(f []string) error {
	if len(f) != 1 && len(f) != 2 {
		return errors.New("want: log VKEY [URL]")
	}
	k, err := r.key(f[0], 0)
	if err != nil {
		return err
	}
	if k.Type == TypeCosignature {
		return errors.New("a log does not sign with an Ed25519 cosigner's key (type 0x04)")
	}
	r.p.Logs = append(r.p.Logs, PolicyLog{Key: k, URL: at(f, 1)})
	return nil
}

func (r *policyReader) witness(f []string) error {
	if len(f) != 2 && len(f) != 3 {
		return errors.New("want: witness NAME VKEY [URL]")
	}
	k, err := r.key(f[1], 1)
	if err != nil {
		return err
	}
	if k.Type == TypeEd25519 {
		return errors.New("a witness's key is a cosigner's: type 0x04 or 0x06")
	}
	if err := r.define(f[0]); err != nil {
		return err
	}
	r.p.Witnesses = append(r.p.Witnesses, PolicyWitness{Name: f[0], Key: k, URL: at(f, 2)})
	return nil
}

// key reads a vkey and refuses a public key that stood before in the same role,
// under whatever name.
func (r *policyReader) key(s string, role int) (Key, error) {
	k, err := ParseVKey(s)
	if err != nil {
		return Key{}, err
	}
	for _, p := range r.publics[role] {
		if bytes.Equal(p, k.Public) {
			return Key{}, fmt.Errorf("the public key of %s stands in an earlier line", k.Name)
		}
	}
	if len(r.publics[role]) == maxDefined {
		return Key{}, fmt.Errorf("more than %d keys", maxDefined)
	}
	r.publics[role] = append(r.publics[role], k.Public)
	return k, nil
}

func (r *policyReader) define(name string) error {
	if name == None {
		return errors.New("the name none is taken")
	}
	if r.defined[name] {
		return fmt.Errorf("the name %q is defined twice", clip(name))
	}
	if len(r.defined) == maxDefined {
		return fmt.Errorf("more than %d names", maxDefined)
	}
	r.defined[name] = true
	return nil
}

func (r *policyReader) group(f []string) error {
	if len(f) < 3 {
		return errors.New("want: group NAME all|any|K and one or more members")
	}
	g := PolicyGroup{Name: f[0], Members: f[2:]}
	switch f[1] {
	case "all":
		g.K = len(g.Members)
	case "any":
		g.K = 1
	default:
		k, err := strconv.Atoi(f[1])
		if err != nil || strconv.Itoa(k) != f[1] || k < 1 || k > len(g.Members) {
			return fmt.Errorf("threshold %q: want all, any or a number from 1 to %d", clip(f[1]), len(g.Members))
		}
		g.K = k
	}
	for _, m := range g.Members {
		if !r.defined[m] {
			return fmt.Errorf("member %q is not defined before this line", clip(m))
		}
		if r.member[m] {
			return fmt.Errorf("%q is a member already: a name counts in one way only", clip(m))
		}
		r.member[m] = true
	}
	if err := r.define(g.Name); err != nil {
		return err
	}
	r.p.Groups = append(r.p.Groups, g)
	return nil
}

func (r *policyReader) quorum(f []string) error {
	if len(f) != 1 {
		return errors.New("want: quorum NAME")
	}
	if r.p.Required != "" {
		return errors.New("a second quorum line")
	}
	if f[0] != None && !r.defined[f[0]] {
		return fmt.Errorf("quorum %q: not defined before this line", clip(f[0]))
	}
	r.p.Required = f[0]
	return nil
}

func at(f []string, i int) string {
	if i < len(f) {
		return f[i]
	}
	return ""
}
