package node

import (
	"context"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/callwords"
)

// CardRequest asks for a printed emergency card.
type CardRequest struct {
	Agreement string `json:"agreement,omitempty"`
	With      string `json:"with,omitempty"`  // a party or a body of another party; empty: all other parties
	From      string `json:"from,omitempty"`  // the body of ours whose card it is, for call words; empty: the first
	Words     int    `json:"words,omitempty"` // lines of call words for each body of theirs; 0: none
}

// EmergencyCard is what an officer has in hand when nothing else works: routes,
// hours, fingerprints, how to carry a pouch, words for the telephone.
type EmergencyCard struct {
	Made        time.Time   `json:"made"`
	Here        string      `json:"local_time"`
	Us          string      `json:"us"`
	Agreement   parley.Hash `json:"agreement"`
	Title       string      `json:"title"`
	Fingerprint string      `json:"fingerprint"`
	Parties     []CardParty `json:"parties"`
	Words       []CardWords `json:"words,omitempty"`
	NoWords     []string    `json:"no_words,omitempty"` // why a body has none
}

// CardParty is one other party on a card.
type CardParty struct {
	Name     parley.Party   `json:"name"`
	Title    string         `json:"title"`
	Address  string         `json:"address,omitempty"`
	Identity string         `json:"identity"` // the fingerprint of its identity key, in groups of digits
	Points   []*ContactView `json:"points"`
}

// CardWords are the lines of one pair of bodies. Each is good once. CALL-10
type CardWords struct {
	Ours    parley.Body          `json:"ours"`
	Theirs  parley.Body          `json:"theirs"`
	Calling []callwords.Exchange `json:"calling"` // we call
	Called  []callwords.Exchange `json:"called"`  // they call
	Until   time.Time            `json:"until"`
}

// EmergencyCard gathers a card under one agreement. It sends nothing and takes no
// slot of call words: what is printed is lines of the card's own (CALL-10).
func (n *Node) EmergencyCard(ctx context.Context, r CardRequest) (EmergencyCard, error) {
	l, err := n.cardLine(r)
	if err != nil {
		return EmergencyCard{}, err
	}
	a, err := l.text()
	if err != nil {
		return EmergencyCard{}, err
	}
	if b, ok := a.Body(parley.Body(r.From)); r.From != "" && (!ok || b.Name.Party() != l.us) {
		return EmergencyCard{}, parley.E(parley.NotFound, "%.80q is no body of ours under this agreement", r.From).WithHint("`parley agreement status` lists them")
	}
	list, err := n.Contacts(ctx, ContactQuery{Of: r.With, Agreement: l.id.String()})
	if err != nil {
		return EmergencyCard{}, err
	}
	here, err := n.ownCalendar(l.id)
	if err != nil {
		return EmergencyCard{}, err
	}
	card := EmergencyCard{Made: list.At, Here: localTime(here, list.At), Us: string(l.us), Agreement: l.id, Title: a.Title.In("en"), Fingerprint: a.Fingerprint()}
	for i := range a.Parties {
		p := &a.Parties[i]
		if p.Name == l.us || !onCard(r.With, p) {
			continue
		}
		one := CardParty{Name: p.Name, Title: p.Title.In("en"), Address: p.Address,
			Identity: agreement.Fingerprint(parley.Sum([]byte(p.Identity.Key.String())))}
		for _, v := range list.Points {
			if v.Party == p.Name {
				one.Points = append(one.Points, v)
			}
		}
		card.Parties = append(card.Parties, one)
		for j := range p.Bodies {
			theirs := p.Bodies[j].Name
			if r.Words == 0 || r.With != "" && r.With != string(p.Name) && r.With != string(theirs) {
				continue
			}
			w := CardWords{Theirs: theirs}
			if w.Ours, err = l.speaker(parley.Body(r.From)); err != nil {
				return EmergencyCard{}, err
			}
			w.Calling, w.Called, w.Until, err = n.CallCard(ctx, WordsRequest{Agreement: l.id.String(), Ours: string(w.Ours), Theirs: string(theirs)}, r.Words)
			switch {
			case parley.KindOf(err) == parley.Unavailable && err != nil:
				card.NoWords = append(card.NoWords, err.Error())
			case err != nil:
				return EmergencyCard{}, err
			default:
				card.Words = append(card.Words, w)
			}
		}
	}
	if len(card.Parties) == 0 {
		return EmergencyCard{}, parley.E(parley.NotFound, "no other party or body %.80q under this agreement", r.With).WithHint("`parley agreement status` lists them")
	}
	return card, nil
}

// cardLine is the agreement of a card: the one named, or the one that names the other side.
func (n *Node) cardLine(r CardRequest) (*Line, error) {
	if r.Agreement == "" && r.With != "" {
		var found *Line
		for _, l := range n.Lines() {
			a, err := l.text()
			if err != nil {
				return nil, err
			}
			for i := range a.Parties {
				if p := &a.Parties[i]; p.Name != l.us && onCard(r.With, p) {
					if found != nil && found != l {
						return nil, parley.E(parley.Invalid, "more than one agreement names %s", r.With).WithHint("name the agreement: --agreement")
					}
					found = l
				}
			}
		}
		if found != nil {
			return found, nil
		}
	}
	return n.Line(r.Agreement)
}

func onCard(with string, p *agreement.Party) bool {
	if with == "" || with == string(p.Name) {
		return true
	}
	_, ok := p.Body(parley.Body(with))
	return ok
}
