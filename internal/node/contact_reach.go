package node

import (
	"context"
	"strings"
	"time"
)

// Reached answers "whom can I reach now?", point by point and route by route. CONTACT-10
type Reached struct {
	ContactList
	Awake int        `json:"awake"`          // routes that are open at the instant
	Next  *NextAwake `json:"next,omitempty"` // where none is: the first that opens
	// Desks are the bodies among them that say, signed, that people sit at their desk
	// at the instant. Whoever says nothing does not stand here. CALL-7
	Desks []Attendance `json:"desks"`
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
	r.Desks, err = n.desksAt(ctx, &q, list.At)
	return r, err
}

// desksAt are the desks that a question is about and that are attended at an instant,
// as they have said themselves.
func (n *Node) desksAt(ctx context.Context, q *ContactQuery, at time.Time) ([]Attendance, error) {
	told, err := n.Attendance(ctx)
	if err != nil {
		return nil, err
	}
	desks := []Attendance{}
	for _, a := range told {
		about := q.Of == "" && !a.Ours || q.Of == string(a.Body) || q.Of == string(a.Body.Party()) || strings.HasPrefix(q.Of, string(a.Body)+"/")
		if about && (q.Agreement == "" || strings.HasPrefix(a.Agreement.String(), q.Agreement)) && a.Ended.IsZero() && at.Before(a.Until) {
			desks = append(desks, a)
		}
	}
	return desks, nil
}
