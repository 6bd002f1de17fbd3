package node

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Cosigned is a cosigner's first signature that covers an entry.
type Cosigned struct {
	Name  string       `json:"name"`            // of a party, an archive or a witness
	Party parley.Party `json:"party,omitempty"` // where it is a party of the agreement
	Role  string       `json:"role"`            // counterpart, archive, witness; empty: us
	Key   string       `json:"key"`             // name and id
	Size  uint64       `json:"size"`            // of the checkpoint
	Time  time.Time    `json:"time"`            // inside the signature
	Line  string       `json:"line"`
}

// Cosigned lists who has signed for an entry: each cosigner's first line that
// covers it, by the time that is inside. One of an addressee is the delivery receipt.
func (n *Node) Cosigned(ctx context.Context, ref parley.Ref) ([]Cosigned, error) {
	l, ok := n.LineOf(ref.Origin)
	if !ok {
		return nil, parley.E(parley.NotFound, "no journal %s here", ref.Origin)
	}
	could, err := l.cosigners(ref.Origin)
	if err != nil {
		return nil, err
	}
	list, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) (list []Cosigned, err error) {
		j, err := tx.Journal(ref.Origin)
		if err != nil {
			return nil, err
		}
		for key, c := range could {
			r, ok, err := tx.FirstDelivered(j.ID, key, ref.Index)
			if err != nil {
				return nil, err
			}
			if ok {
				c.Key = fmt.Sprintf("%s+%08x", r.Cosigner, r.KeyID)
				c.Size, c.Time, c.Line = r.Size, r.Signed, strings.TrimSuffix(r.Line, "\n")
				list = append(list, c)
			}
		}
		return list, nil
	})
	slices.SortFunc(list, func(a, b Cosigned) int { return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.Key, b.Key)) })
	return list, err
}

// cosigners are those who may sign for a journal, by key name.
func (l *Line) cosigners(of parley.Origin) (map[string]Cosigned, error) {
	a, err := l.text()
	if err != nil {
		return nil, err
	}
	could := map[string]Cosigned{}
	for i := range a.Eyes.Archives {
		e := &a.Eyes.Archives[i]
		for _, k := range plainKeys(e.Mirror) {
			could[k.Name] = Cosigned{Name: e.Name, Role: RoleArchive}
		}
	}
	for i := range a.Eyes.Witnesses {
		w := &a.Eyes.Witnesses[i]
		for _, k := range plainKeys(w.Keys) {
			could[k.Name] = Cosigned{Name: w.Name, Role: RoleWitness}
		}
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, o := range l.chain.Origins() {
		if p := o.Party(); p != of.Party() {
			c := Cosigned{Name: string(p), Party: p, Role: RoleCounterpart}
			if p == l.us {
				c.Role = ""
			}
			could[o.Mirror()] = c
		}
	}
	return could, nil
}
