package node

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/store/sqldb"
)

// IntelObject is one object as a person sees it.
type IntelObject struct {
	N         uint64          `json:"number"`
	ID        string          `json:"id"`
	Type      string          `json:"type"`
	Version   time.Time       `json:"version,omitzero"`
	Added     time.Time       `json:"added"`
	Marking   string          `json:"marking"`
	Direction intel.Direction `json:"direction"`
	Party     parley.Party    `json:"party,omitempty"`
	Agreement string          `json:"agreement,omitempty"`
	From      string          `json:"from,omitempty"`
	Entry     string          `json:"entry,omitempty"`
	Proof     string          `json:"proof,omitempty"`
	Source    int64           `json:"source"`
	Last      bool            `json:"last"`
	Revoked   bool            `json:"revoked,omitempty"`
	Recalled  bool            `json:"recalled,omitempty"`
	Contested bool            `json:"contested,omitempty"`
	Title     string          `json:"title,omitempty"`  // its name, or the value or pattern that it is about
	Object    json.RawMessage `json:"object,omitempty"` // what it says; JSON on its way here may have lost spaces
	Octets    []byte          `json:"octets,omitempty"` // byte for byte as it came, where that was asked for
}

// IntelPage is a part of what a query finds.
type IntelPage struct {
	Objects []IntelObject `json:"objects"`
	Next    uint64        `json:"next,omitempty"` // for IntelQuery.After; 0: there is no more
}

// FindIntel finds objects for the people of this node.
func (n *Node) FindIntel(ctx context.Context, r IntelQuery) (IntelPage, error) {
	q, err := r.parse()
	if err != nil {
		return IntelPage{}, err
	}
	if r.New {
		if q.After, err = n.intelSeen(ctx); err != nil {
			return IntelPage{}, err
		}
		q.After, q.Directions = max(q.After, intel.Cursor(r.After)), []intel.Direction{intel.In}
	}
	q.Clearance, q.NoRaw = intel.Operator(), false
	p, err := n.intel.Find(ctx, q)
	if err != nil {
		return IntelPage{}, err
	}
	out := IntelPage{Objects: make([]IntelObject, 0, len(p.Objects))}
	for i := range p.Objects {
		h := &p.Objects[i]
		o := IntelObject{N: h.N, ID: h.ID, Type: h.Type, Version: h.Version, Added: h.Added, Marking: h.Marking.String(), Direction: h.Source.Direction,
			Party: h.Source.Party, From: h.From, Entry: h.Entry, Proof: h.Proof, Source: h.Source.N, Last: h.Last, Revoked: h.Revoked, Recalled: h.Recalled,
			Contested: h.Contested, Title: intel.Title(h.Raw)}
		if h.Source.Direction != intel.Own {
			o.Agreement = h.Source.Agreement.String()
		}
		if r.Octets {
			o.Octets = h.Raw
		} else if !r.NoRaw {
			o.Object = h.Raw
		}
		out.Objects = append(out.Objects, o)
	}
	if p.More {
		out.Next = uint64(p.Next)
	}
	return out, nil
}

// intelMark is the setting that holds up to where people have looked.
const intelMark = "intel/seen"

func (n *Node) intelSeen(ctx context.Context) (c intel.Cursor, err error) {
	err = n.db.View(ctx, func(tx *sqldb.Tx) error {
		b, ok, err := tx.Setting(intelMark)
		if ok && len(b) == 8 {
			c = intel.Cursor(binary.BigEndian.Uint64(b))
		}
		return err
	})
	return c, err
}

// SeeIntel notes that people have looked at what came, up to a number: IntelQuery.New
// finds what comes after it. It never goes back.
func (n *Node) SeeIntel(ctx context.Context, upto uint64) error {
	seen, err := n.intelSeen(ctx)
	if err != nil || uint64(seen) >= upto {
		return err
	}
	return n.db.Update(ctx, func(tx *sqldb.Tx) error { return tx.SetSetting(intelMark, binary.BigEndian.AppendUint64(nil, upto)) })
}

// IntelFor is the query of the people of this node.
func (r *IntelQuery) IntelFor(c intel.Clearance) (intel.Query, error) {
	q, err := r.parse()
	q.Clearance = c
	return q, err
}

// IntelSources lists the sources of the store.
func (n *Node) IntelSources(ctx context.Context) ([]intel.Source, error) {
	return n.intel.Sources(ctx, intel.Operator())
}
