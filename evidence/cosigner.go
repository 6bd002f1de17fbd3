package evidence

import (
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/proof"
)

// cosigner is somebody whose cosignature on a journal means something: a party
// other than the one that writes it, or a third that the agreement names.
type cosigner struct {
	name          string
	party         parley.Party // "" for a third
	disinterested bool
	keys          []proof.Key
}

// cosigned is one verified cosignature.
type cosigned struct {
	by *cosigner
	proof.Cosignature
}

// cosigners are those who count for a checkpoint, by the text in force at its
// last entry and by the mirror keys good for that size. EVIDENCE-9
func (v *verifier) cosigners(o parley.Origin, size uint64) ([]*cosigner, error) {
	ref := parley.Ref{Origin: o}
	if size > 0 {
		ref.Index = size - 1
	}
	if s, ok := v.chain.Successor(o); ok && ref.Index >= s.Size {
		ref.Index = max(s.Size, 1) - 1
	}
	a, err := v.chain.At(ref)
	if err != nil {
		return nil, err
	}
	author, _ := v.chain.PartyOf(o)
	var all []*cosigner
	for _, p := range v.chain.Parties() {
		if p == author {
			continue
		}
		keys, err := v.chain.MirrorKeys(p, o, size)
		if err != nil {
			return nil, err
		}
		all = append(all, &cosigner{name: string(p), party: p, keys: keys})
	}
	return append(all, thirds(a)...), nil
}

func thirds(a *agreement.Agreement) []*cosigner {
	var all []*cosigner
	for _, x := range a.Eyes.Archives {
		all = append(all, &cosigner{name: x.Name, disinterested: x.Disinterested, keys: bare(x.Mirror)})
	}
	for _, x := range a.Eyes.Witnesses {
		all = append(all, &cosigner{name: x.Name, disinterested: x.Disinterested, keys: bare(x.Keys)})
	}
	return all
}

func bare(list []agreement.VKey) []proof.Key {
	var keys []proof.Key
	for _, k := range list {
		keys = append(keys, k.Key)
	}
	return keys
}

// cosignatures verifies every line of every checkpoint of the file, once all law
// that the file shows is applied. A line by anybody else is not allowed. EVIDENCE-9
func (v *verifier) cosignatures() error {
	for _, s := range v.seen {
		known, err := v.cosigners(s.cp.Origin, s.cp.Size)
		if err != nil {
			return err
		}
		n, err := proof.ParseNote(s.raw)
		if err != nil {
			return err
		}
		var lines []byte
		for _, l := range n.Lines {
			lines = append(lines, l.String()...)
		}
		var all []proof.Cosignature
		for _, c := range known {
			list, err := proof.OpenCosignatures(s.cp, lines, c.keys...)
			if err != nil {
				return err
			}
			for _, x := range list {
				s.cosigs = append(s.cosigs, cosigned{c, x})
			}
			all = append(all, list...)
		}
		if string(s.cp.WithCosignatures(all...)) != string(s.raw) {
			return parley.E(parley.Untrusted, "the checkpoint of %s, size %d, carries lines of nobody that counts, or in another order", s.cp.Origin, s.cp.Size)
		}
	}
	for _, r := range v.runs {
		if err := v.cosignedIn(r); err != nil {
			return err
		}
	}
	return nil
}

// receipt is what one cosigner has signed of an entry.
type receipt struct {
	by      *cosigner
	size    uint64    // of the journal, at the earliest line
	at      time.Time // of the earliest line; zero where none states a time
	classic bool      // there is an Ed25519 line
	quantum bool      // there is an ML-DSA-44 line
	keys    []string
}

// receipts gathers who cosigned a tree that holds the entry.
func receipts(list []*seen) []*receipt {
	var all []*receipt
	for _, s := range list {
		for _, c := range s.cosigs {
			i := slices.IndexFunc(all, func(r *receipt) bool { return r.by.name == c.by.name })
			if i < 0 {
				all = append(all, &receipt{by: c.by, size: s.cp.Size, at: c.Time})
				i = len(all) - 1
			}
			r := all[i]
			if !c.Time.IsZero() && (r.at.IsZero() || c.Time.Before(r.at)) {
				r.at, r.size = c.Time, s.cp.Size
			}
			r.classic = r.classic || c.Key.Type == proof.TypeCosignature
			r.quantum = r.quantum || c.Key.Type == proof.TypeMLDSA44
			if name := c.Key.Name; !slices.Contains(r.keys, name) {
				r.keys = append(r.keys, name)
			}
		}
	}
	return all
}
