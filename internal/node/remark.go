package node

import (
	"context"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/review"
)

// RemarkRequest is what our side says beside a row of a review. REVIEW-13
type RemarkRequest struct {
	Agreement string       `json:"agreement,omitempty"`
	With      parley.Party `json:"with,omitempty"`
	From      string       `json:"from,omitempty"` // a body of ours; empty: the first
	Row       string       `json:"row"`            // as the review names it, or a message that one row alone is about
	Text      string       `json:"text"`
	Language  string       `json:"language,omitempty"`
	Now       bool         `json:"now,omitempty"` // no hold-back
}

// Remark queues a remark to the other party of the review. NotFound: no such row
// now; Invalid: more than one.
func (n *Node) Remark(ctx context.Context, r RemarkRequest) (Held, error) {
	l, err := n.Line(r.Agreement)
	if err != nil {
		return Held{}, err
	}
	pair, err := l.pairWith(r.With)
	if err != nil {
		return Held{}, err
	}
	out, err := n.Review(ctx, ReviewRequest{Agreement: r.Agreement, With: pair[1]})
	if err != nil {
		return Held{}, err
	}
	done, err := review.Parse(out.Review)
	if err != nil {
		return Held{}, err
	}
	row, err := findRow(done, r.Row)
	if err != nil {
		return Held{}, err
	}
	to, err := l.besideWhom(row, pair[1])
	if err != nil {
		return Held{}, err
	}
	return n.SendForm(ctx, FormRequest{Kind: parley.KindRemark, Fields: map[string]any{"row": row.Name, "text": r.Text},
		SendRequest: SendRequest{Agreement: l.id.String(), From: r.From, To: []string{string(to)}, Language: r.Language, Now: r.Now}})
}

// findRow is the row of this name, or the only one about this message.
func findRow(r *review.Review, name string) (*review.Row, error) {
	var found []*review.Row
	for i := range r.Commitments {
		for j := range r.Commitments[i].Owed {
			rows := r.Commitments[i].Owed[j].Rows
			for k := range rows {
				row := &rows[k]
				if row.Name == name {
					return row, nil
				}
				if row.Message == name || row.ID == name || row.Message != "" && shortRef(row.Message) == name {
					found = append(found, row)
				}
			}
		}
	}
	switch len(found) {
	case 0:
		return nil, parley.E(parley.NotFound, "no row %.80q in the review", name).WithHint("`parley review` names the rows")
	case 1:
		return found[0], nil
	}
	names := make([]string, len(found))
	for i := range found {
		names[i] = found[i].Name
	}
	return nil, parley.E(parley.Invalid, "%d rows are about %.80q: want one of %s", len(found), name, strings.Join(names, ", "))
}

func shortRef(s string) string {
	ref, err := parley.ParseRef(s)
	if err != nil {
		return ""
	}
	return ref.Short()
}

// besideWhom is the body of the other party that reads a remark: the one that the
// row is about, else its first.
func (l *Line) besideWhom(row *review.Row, with parley.Party) (parley.Body, error) {
	for _, b := range append([]parley.Body{row.From}, row.To...) {
		if b != "" && b.Party() == with {
			return b, nil
		}
	}
	a, err := l.text()
	if err != nil {
		return "", err
	}
	p, ok := a.Party(with)
	if !ok {
		return "", parley.E(parley.Invalid, "%s is no party of the text in force", with)
	}
	return p.Bodies[0].Name, nil
}
