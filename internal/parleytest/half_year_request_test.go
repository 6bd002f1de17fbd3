package parleytest_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// requestVerbs are what the story says about requests.
func requestVerbs() []verb {
	const who, matter = `(\w+)'s (\w+)`, `"([^"]+)"`
	said := func(kind parley.Kind, step string, fields map[string]any) func(*story, []string) error {
		return func(s *story, m []string) error { return s.respond(m[1], m[2], m[3], kind, step, fields) }
	}
	never := func(kind parley.Kind, step string, fields map[string]any) func(*story, []string) error {
		return func(s *story, m []string) error {
			if err := s.respond(m[1], m[2], m[3], kind, step, fields); err == nil || parley.KindOf(err) == parley.Internal {
				return fmt.Errorf("it could: %v", err)
			}
			return nil
		}
	}
	return []verb{
		sentence(who+` asks `+who+` for ([a-z ]+)(?:, (flash|immediate|priority),)? as `+matter+`\.`, (*story).ask),
		sentence(who+` acknowledges `+matter+`\.`, said(parley.KindResponse, parley.ResponseAcknowledge, nil)),
		sentence(who+` offers help on `+matter+`\.`, said(parley.KindResponse, parley.ResponseOffer, nil)),
		sentence(who+` reports progress on `+matter+`\.`, said(parley.KindResponse, parley.ResponseProgress, nil)),
		sentence(who+` gives a result on `+matter+`\.`, said(parley.KindResponse, parley.ResponseResult, nil)),
		sentence(who+` cannot ensure `+matter+`\.`, said(parley.KindResponse, parley.ResponseCannotEnsure, nil)),
		sentence(who+` refuses `+matter+` on the ground of (\w+)\.`, func(s *story, m []string) error {
			return s.respond(m[1], m[2], m[3], parley.KindResponse, parley.ResponseRefuse, map[string]any{"ground": m[4]})
		}),
		sentence(who+` contests `+matter+`: it was answered by ([a-z ]+) ([0-9/]+)\.`, func(s *story, m []string) error {
			return s.respond(m[1], m[2], m[3], parley.KindContest, "", map[string]any{"claim": "answered-elsewhere", "channel": m[4], "reference": m[5]})
		}),
		sentence(who+` may not refuse `+matter+` on a ground of its own\.`, never(parley.KindResponse, parley.ResponseRefuse, map[string]any{"ground": "mood"})),
		sentence(who+` may not report progress on `+matter+`\.`, never(parley.KindResponse, parley.ResponseProgress, nil)),
		sentence(who+` may not give a result on `+matter+`\.`, never(parley.KindResponse, parley.ResponseResult, nil)),
		sentence(who+` answers `+matter+` past its node\.`, (*story).pastItsNode),
		sentence(who+` withdraws `+matter+`\.`, (*story).withdraw),
		sentence(`Both sides see `+matter+` as ([a-z ]+), its clock (\w+)\.`, func(s *story, m []string) error {
			return errors.Join(s.stands("Aster", m[1], m[2], m[3]), s.stands("Borea", m[1], m[2], m[3]))
		}),
		sentence(`(\w+) sees `+matter+` as ([a-z ]+), its clock (\w+)\.`, func(s *story, m []string) error { return s.stands(m[1], m[2], m[3], m[4]) }),
		sentence(`Both sides see that an answer to `+matter+` does not count\.`, (*story).doesNotCount),
		sentence(matter+` stands among what is overdue on both sides\.`, (*story).overdue),
		sentence(`Of (\w+), (\w+) asked for ([a-z-]+) once; help was offered once and given once\.`, (*story).counted),
	}
}

// filled is the fields of a form, with words for what is owed and not given.
func filled(kind parley.Kind, step string, given map[string]any) map[string]any {
	f, ok := form.Find(kind, step, 1)
	if !ok {
		return given
	}
	values := map[string]any{}
	for _, d := range f.Fields {
		switch {
		case !d.Required:
		case d.Type == form.Text:
			values[d.Name] = "In words."
		case d.Type == form.Time:
			values[d.Name] = "2027-01-01T00:00:00Z"
		case d.Words == form.Articles:
			values[d.Name] = "3"
		case len(d.Choices) > 0:
			values[d.Name] = d.Choices[0].ID
		}
	}
	if step == parley.RequestMitigation {
		values["networks"] = "192.0.2.0/24"
	}
	for k, v := range given {
		values[k] = v
	}
	return values
}

func (s *story) requests(m *parleytest.Member) *node.Requests {
	return node.NewRequests(m.Node, m.Register)
}

func (s *story) ask(m []string) error {
	step := strings.ReplaceAll(m[5], " ", "-")
	from := s.member(m[1])
	h, err := s.requests(from).Ask(s.t.Context(), node.FormRequest{Step: step, Fields: filled(parley.KindRequest, step, nil),
		SendRequest: node.SendRequest{From: body(m[1], m[2]), To: []string{body(m[3], m[4])}, Precedence: m[6], Now: true}})
	if err != nil {
		return err
	}
	s.rest()
	sent, err := from.Node.Message(s.t.Context(), h.Nonce.String())
	s.said[m[7]] = sent.ID
	return err
}

func (s *story) respond(party, by, matter string, kind parley.Kind, step string, fields map[string]any) error {
	_, err := s.requests(s.member(party)).Respond(s.t.Context(), node.FormRequest{Kind: kind, Step: step, Fields: filled(kind, step, fields),
		SendRequest: node.SendRequest{Answers: s.said[matter].String(), From: body(party, by), Now: true}})
	return err
}

// pastItsNode is what a node does that keeps no rule: any body of it answers.
func (s *story) pastItsNode(m []string) error {
	_, err := s.member(m[1]).Node.SendForm(s.t.Context(), node.FormRequest{Kind: parley.KindResponse, Step: parley.ResponseResult,
		Fields: filled(parley.KindResponse, parley.ResponseResult, nil), SendRequest: node.SendRequest{Answers: s.said[m[3]].String(), From: body(m[1], m[2]), Now: true}})
	return err
}

func (s *story) withdraw(m []string) error {
	_, err := s.requests(s.member(m[1])).Withdraw(s.t.Context(), node.FormRequest{Fields: map[string]any{"reason": "no-longer-needed"},
		SendRequest: node.SendRequest{Answers: s.said[m[3]].String(), From: body(m[1], m[2]), Now: true}})
	return err
}

// stands: what the request register of a node shows, and that its review says the same.
func (s *story) stands(party, matter, status, verdict string) error {
	m := s.member(party)
	v, err := s.requests(m).Show(s.t.Context(), s.said[matter].String())
	if err != nil {
		return fmt.Errorf("%s: %w", party, err)
	}
	a := v.Answers[0]
	if a.Status != status || a.Running == nil || string(a.Running.Verdict) != verdict {
		return fmt.Errorf("%s sees it as %s, its clock %+v", party, a.Status, a.Running)
	}
	row, _, err := s.reviewed(m, s.said[matter])
	if err != nil {
		return fmt.Errorf("%s: %w", party, err)
	}
	if row["verdict"] != verdict {
		return fmt.Errorf("the review of %s says %v: %v", party, row["verdict"], row)
	}
	return nil
}

func (s *story) doesNotCount(m []string) error {
	for _, name := range s.Order {
		v, err := s.requests(s.Nodes[name]).Show(s.t.Context(), s.said[m[1]].String())
		if err != nil || !slices.ContainsFunc(v.Thread, func(i node.RequestItem) bool { return i.Because != "" }) {
			return fmt.Errorf("%s: %+v, %v", name, v.Thread, err)
		}
	}
	return nil
}

func (s *story) overdue(m []string) error {
	for name, side := range map[string]string{"Aster": node.SideMine, "Borea": node.SideTheirs} {
		list, err := s.requests(s.member(name)).List(s.t.Context(), node.RequestQuery{Side: side, Overdue: true})
		if err != nil || !slices.ContainsFunc(list.Rows, func(r node.RequestRow) bool { return r.ID == s.said[m[1]].String() }) {
			return fmt.Errorf("%s: %d overdue, %v", name, len(list.Rows), err)
		}
	}
	return nil
}

// counted: asked, offered and given, as both reviews count it.
func (s *story) counted(m []string) error {
	for _, name := range s.Order {
		_, whole, err := s.reviewed(s.Nodes[name], parley.MessageID{})
		if err != nil {
			return err
		}
		list, _ := whole["requests"].([]any)
		found := false
		for _, x := range list {
			r, _ := x.(map[string]any)
			if r["by"] == strings.ToLower(m[2])+".example" && r["step"] == m[3] {
				found = r["asked"] == 1.0 && r["offered"] == 1.0 && r["given"] == 1.0
			}
		}
		if !found {
			return fmt.Errorf("%s counts %v", name, list)
		}
	}
	return nil
}
