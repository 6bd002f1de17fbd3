package web

import (
	"context"

	"parley.example/parley"
	kindform "parley.example/parley/form"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// OwnContact implements Contacting.
func (d *OnNode) OwnContact(ctx context.Context, by officer.Officer, key string) (OwnContact, error) {
	c, body, law, err := d.Node.OwnContact(ctx, key)
	if err != nil {
		return OwnContact{}, err
	}
	if err := d.speaks(by, body); err != nil {
		return OwnContact{}, err
	}
	if k := c.Constituency; k != nil && k.List > 0 {
		return OwnContact{}, parley.E(parley.Conflict, "%s lists its constituency in an attachment", key).WithHint("publish it again with its list: `parley contact publish --file`")
	}
	o := OwnContact{Body: body, Agreement: law.String(), Fields: typed(c)}
	if len(c.Title) > 0 {
		o.Language = c.Title[0].Language
	}
	return o, nil
}

// typed are the fields of a record as somebody would have typed them.
func typed(c *kindform.Contact) map[string]any {
	flat := kindform.Flatten(c)
	if len(c.Title) > 0 {
		flat["title"] = []string{c.Title[0].Text}
	}
	return kindform.Nest(flat)
}

// PublishContact implements Contacting. A role in other languages than the draft's, which
// the page does not show, stays.
func (d *OnNode) PublishContact(ctx context.Context, by officer.Officer, m ContactDraft) error {
	if err := d.speaks(by, m.From); err != nil {
		return err
	}
	if err := d.Officers.Record(ctx, by, "send", m.Nonce.String()); err != nil {
		return err
	}
	r := m.request(m.From)
	if point, _ := r.Fields["point"].(string); point != "" {
		if c, _, _, err := d.Node.OwnContact(ctx, m.Agreement[:min(16, len(m.Agreement))]+"/"+string(m.From)+"/"+point); err == nil {
			titles := []any{r.Fields["title"]}
			for _, t := range c.Title {
				if t.Language != m.Language {
					titles = append(titles, map[string]any{"language": t.Language, "text": t.Text})
				}
			}
			if r.Fields["title"] != nil && len(titles) > 1 {
				r.Fields["title"] = titles
			}
		}
	}
	_, err := d.Node.PublishContact(ctx, node.ContactRequest{SendRequest: r.SendRequest, Fields: r.Fields, Zone: m.IANA, Valid: m.Valid})
	return err
}

// ConfirmContact implements Contacting.
func (d *OnNode) ConfirmContact(ctx context.Context, by officer.Officer, key string, nonce parley.Nonce) error {
	return d.ownPoint(ctx, by, key, nonce, func(r node.ContactPointRequest) error {
		_, err := d.Node.ConfirmContact(ctx, r)
		return err
	})
}

// EndContact implements Contacting.
func (d *OnNode) EndContact(ctx context.Context, by officer.Officer, key, why string, nonce parley.Nonce) error {
	return d.ownPoint(ctx, by, key, nonce, func(r node.ContactPointRequest) error {
		r.Why = why
		_, err := d.Node.EndContact(ctx, r)
		return err
	})
}

// ownPoint does something with a point of a body that the officer speaks for.
func (d *OnNode) ownPoint(ctx context.Context, by officer.Officer, key string, nonce parley.Nonce, do func(node.ContactPointRequest) error) error {
	_, body, _, err := d.Node.OwnContact(ctx, key)
	if err != nil {
		return err
	}
	if err := d.speaks(by, body); err != nil {
		return err
	}
	if err := d.Officers.Record(ctx, by, "send", nonce.String()); err != nil {
		return err
	}
	return do(node.ContactPointRequest{Point: key, SendRequest: node.SendRequest{Nonce: nonce.String()}})
}
