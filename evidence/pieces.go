package evidence

import (
	"fmt"
	"strings"

	"parley.example/parley/agreement"
	"parley.example/parley/proof"
)

// Piece is one part of a file as it stands in it, with a name for it.
type Piece struct {
	Name  string
	Bytes []byte
}

// Pieces takes a file apart, for tools that others wrote: notes, proofs, sealed
// parts, and the verifier keys and a policy that the agreement gives. Nothing is
// verified but the file's sum and the agreement's own lines. For an entry
// "aster/118" the names begin with "aster-118".
func Pieces(raw []byte) ([]Piece, error) {
	f, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	signed, err := agreement.OpenSigned(f.Agreement)
	if err != nil {
		return nil, err
	}
	out := []Piece{{"agreement.note", f.Agreement}}
	for _, p := range signed.Agreement.Parties {
		var keys strings.Builder
		for _, k := range append([]agreement.VKey{p.Identity}, append(p.Journal, p.Mirror...)...) {
			fmt.Fprintln(&keys, k.Key)
		}
		for _, b := range p.Bodies {
			fmt.Fprintln(&keys, b.Signing.Key)
		}
		name := strings.ReplaceAll(string(p.Name), "/", "-")
		out = append(out, Piece{name + ".keys", []byte(keys.String())}, Piece{name + ".policy", policy(signed.Agreement, &p)})
	}
	for _, s := range f.Steps {
		if s.Leaf != nil {
			out = append(out, s.Leaf.pieces()...)
			continue
		}
		out = append(out, Piece{fmt.Sprintf("%s-run-%d-%d.checkpoint", s.Run.Origin.Party(), s.Run.Start, s.Run.End), s.Run.Checkpoint})
		for i := range s.Run.Leaves {
			out = append(out, s.Run.Leaves[i].pieces()...)
		}
	}
	for i, k := range f.Forks {
		out = append(out, Piece{fmt.Sprintf("fork-%d.txt", i), k.Text})
	}
	return distinct(out), nil
}

// distinct numbers pieces that would have one name.
func distinct(list []Piece) []Piece {
	seen := map[string]int{}
	for i, p := range list {
		if seen[p.Name]++; seen[p.Name] > 1 {
			list[i].Name = fmt.Sprintf("%d-%s", seen[p.Name], p.Name)
		}
	}
	return list
}

// policy is the c2sp.org/tlog-policy of one party's journal: its Ed25519 key,
// and any one of the other mirrors and the thirds, by their Ed25519 keys, which
// today's tools know.
func policy(a *agreement.Agreement, p *agreement.Party) []byte {
	q := &proof.Policy{Logs: []proof.PolicyLog{{Key: p.Journal[0].Key}}, Required: proof.None}
	var names []string
	add := func(name string, keys []agreement.VKey) {
		for _, k := range keys {
			if k.Type == proof.TypeCosignature {
				q.Witnesses, names = append(q.Witnesses, proof.PolicyWitness{Name: name, Key: k.Key}), append(names, name)
			}
		}
	}
	for i := range a.Parties {
		if o := &a.Parties[i]; o.Name != p.Name {
			add(string(o.Name), o.Mirror)
		}
	}
	for _, x := range a.Eyes.Archives {
		add(x.Name, x.Mirror)
	}
	for _, x := range a.Eyes.Witnesses {
		add(x.Name, x.Keys)
	}
	if len(names) > 0 {
		q.Groups, q.Required = []proof.PolicyGroup{{Name: "anybody", K: 1, Members: names}}, "anybody"
	}
	return q.Format()
}

func (l *Leaf) pieces() []Piece {
	stem := strings.ReplaceAll(l.Ref.Short(), "/", "-")
	out := []Piece{{stem + ".note", l.Raw}}
	for i, p := range l.Proofs {
		out = append(out, Piece{fmt.Sprintf("%s-%d.tlog-proof", stem, i+1), p})
		if _, cp, ok := strings.Cut(string(p), "\n\n"); ok {
			out = append(out, Piece{fmt.Sprintf("%s-%d.checkpoint", stem, i+1), []byte(cp)})
		}
	}
	for _, x := range []Piece{{".clear", l.Clear}, {".facts.json", l.Facts}, {".age", l.Part}, {".filekey", l.Key}} {
		if x.Bytes != nil {
			out = append(out, Piece{stem + x.Name, x.Bytes})
		}
	}
	return out
}
