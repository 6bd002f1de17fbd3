package node

import (
	"context"
	"time"
)

// Reached answers "whom can I reach now?", point by point and route by route. CONTACT-10
type Reached struct {
	ContactList
	Awake int        `json:"awake"`          // routes that are open at the instant
	Next  *NextAwake `json:"next,omitempty"` // where none is: the first that opens
}

// NextAwake is the next moment at which somebody is there.
type NextAwake struct {
	At      time.Time `json:"at"`
	There   string    `json:"there"`
	Here    string    `json:"here"`
	Key     string    `json:"key"`
	Route   string    `json:"route"`
	Address string    `json:"address"`
}

// Reach says who can be reached at an instant, and where nobody can, when the
// first is there again. The order is that of the points and of their routes; the
// points with an open route come first.
func (n *Node) Reach(ctx context.Context, q ContactQuery) (Reached, error) {
	list, err := n.Contacts(ctx, q)
	if err != nil {
		return Reached{}, err
	}
	r := Reached{ContactList: list}
	var awake, asleep []*ContactView
	for _, v := range list.Points {
		open := 0
		for i := range v.Routes {
			t := &v.Routes[i]
			if t.Open {
				open++
			} else if !t.Opens.IsZero() && (r.Next == nil || t.Opens.Before(r.Next.At)) {
				r.Next = &NextAwake{At: t.Opens, There: t.OpensThere, Here: t.OpensHere, Key: v.Key, Route: t.Route, Address: t.Address}
			}
		}
		if r.Awake += open; open > 0 {
			awake = append(awake, v)
		} else {
			asleep = append(asleep, v)
		}
	}
	r.Points = append(append([]*ContactView{}, awake...), asleep...)
	if r.Awake > 0 {
		r.Next = nil
	}
	return r, nil
}
