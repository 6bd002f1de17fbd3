package parleytest_test

import (
	"fmt"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// matterVerbs are what the story says about incidents, notices and vulnerabilities.
func matterVerbs() []verb {
	const who, matter, at = `(\w+)'s (\w+)`, `"([^"]+)"`, `(\d{4}-\d\d-\d\d \d\d:\d\d)`
	step := func(kind parley.Kind, step string, fields map[string]any) func(*story, []string) error {
		return func(s *story, m []string) error {
			return s.goOn(m[1], m[2], m[3], kind, step, fields)
		}
	}
	never := func(do func(*story, []string) error) func(*story, []string) error {
		return func(s *story, m []string) error {
			if err := do(s, m); err == nil || parley.KindOf(err) == parley.Internal {
				return fmt.Errorf("it could: %v", err)
			}
			return nil
		}
	}
	return []verb{
		sentence(who+` warns `+who+` early of `+matter+`\.`, func(s *story, m []string) error {
			return s.open(m[1], m[2], m[3], m[4], m[5], parley.KindIncident, parley.StageEarly, map[string]any{"from-territory": "198.51.100.0/24"})
		}),
		sentence(who+` notifies `+matter+` in full\.`, step(parley.KindIncident, parley.StageFull, map[string]any{"severity": "high"})),
		sentence(who+` reports on `+matter+` between\.`, step(parley.KindIncident, parley.StageIntermediate, nil)),
		sentence(who+` closes `+matter+`\.`, step(parley.KindIncident, parley.StageFinal, map[string]any{"severity": "high"})),
		sentence(who+` may not go on with `+matter+`\.`, never(step(parley.KindIncident, parley.StageIntermediate, nil))),
		sentence(who+` corrects `+matter+`\.`, (*story).correct),
		sentence(`Both sides see that `+matter+` was corrected\.`, func(s *story, m []string) error {
			return s.both(func(x *parleytest.Member) error {
				i, err := s.lists(x).Incident(s.t.Context(), s.said[m[1]].String())
				if err != nil || !i.Corrected {
					return fmt.Errorf("%+v, %v", i, err)
				}
				return nil
			})
		}),
		sentence(`Both sides see `+matter+` at the stage (\w+)(?:, its next stage (\w+))?\.`, (*story).atStage),
		sentence(who+` tells `+who+` of a drill from `+at+` until `+at+` as `+matter+`\.`, func(s *story, m []string) error {
			return s.open(m[1], m[2], m[3], m[4], m[7], parley.KindNotice, parley.NoticeGive,
				map[string]any{"sort": "drill", "begins": instantOf(m[5]), "ends": instantOf(m[6]), "networks": "203.0.113.0/24"})
		}),
		sentence(who+` says that `+matter+` is over\.`, step(parley.KindNotice, parley.NoticeEnd, nil)),
		sentence(`Both sides see `+matter+` as (ahead|on|over|cancelled)\.`, func(s *story, m []string) error {
			return s.both(func(x *parleytest.Member) error {
				n, err := s.lists(x).Notice(s.t.Context(), s.said[m[1]].String())
				if err != nil || n.Standing != m[2] {
					return fmt.Errorf("%s, %v", n.Standing, err)
				}
				return nil
			})
		}),
		sentence(`(\w+) finds ([0-9.]+) in (?:no notice|`+matter+`)\.`, func(s *story, m []string) error {
			list, err := s.lists(s.member(m[1])).NoticesOn(s.t.Context(), node.NoticesNow{About: m[2]})
			if err != nil || (len(list.Notices) == 1) != (m[3] != "") || m[3] != "" && list.Notices[0].ID != s.said[m[3]].String() {
				return fmt.Errorf("%+v, %v", list, err)
			}
			return nil
		}),
		sentence(who+` reports to `+who+` a weakness under embargo until `+at+` as `+matter+`\.`, func(s *story, m []string) error {
			return s.open(m[1], m[2], m[3], m[4], m[6], parley.KindVulnerability, parley.VulnerabilityReport, map[string]any{"product": "Router", "embargo": instantOf(m[5])})
		}),
		sentence(who+` keeps the embargo of `+matter+`\.`, step(parley.KindVulnerability, parley.VulnerabilityAgree, nil)),
		sentence(who+` moves the embargo of `+matter+` to `+at+`\.`, func(s *story, m []string) error {
			return s.goOn(m[1], m[2], m[3], parley.KindVulnerability, parley.VulnerabilityMove, map[string]any{"embargo": instantOf(m[4])})
		}),
		sentence(`Both sides see the embargo of `+matter+` as (\w+) until `+at+`\.`, func(s *story, m []string) error {
			return s.both(func(x *parleytest.Member) error {
				v, err := s.lists(x).Vulnerability(s.t.Context(), s.said[m[1]].String())
				if err != nil || v.Standing != m[2] || v.Embargo != instantOf(m[3]) || len(v.Zones) != 2 {
					return fmt.Errorf("%s until %s, %v, %v", v.Standing, v.Embargo, v.Zones, err)
				}
				return nil
			})
		}),
	}
}

func instantOf(s string) string { return strings.Replace(s, " ", "T", 1) + ":00Z" }

func (s *story) lists(m *parleytest.Member) *node.Lists { return node.NewLists(m.Node, m.Register) }

func (s *story) both(see func(*parleytest.Member) error) error {
	for _, name := range s.Order {
		if err := see(s.Nodes[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (s *story) send(party string, r node.FormRequest) (node.Held, error) {
	m := s.member(party)
	return node.NewForms(m.Node, m.Register).Send(s.t.Context(), r)
}

func (s *story) open(party, by, other, their, matter string, kind parley.Kind, step string, fields map[string]any) error {
	h, err := s.send(party, node.FormRequest{Kind: kind, Step: step, Fields: filled(kind, step, fields),
		SendRequest: node.SendRequest{From: body(party, by), To: []string{body(other, their)}, Now: true}})
	if err != nil {
		return err
	}
	s.rest()
	sent, err := s.member(party).Node.Message(s.t.Context(), h.Nonce.String())
	s.said[matter] = sent.ID
	return err
}

func (s *story) goOn(party, by, matter string, kind parley.Kind, step string, fields map[string]any) error {
	_, err := s.send(party, node.FormRequest{Kind: kind, Step: step, Fields: filled(kind, step, fields),
		SendRequest: node.SendRequest{Answers: s.said[matter].String(), From: body(party, by), Now: true}})
	return err
}

// correct mends the class in the stage that opened the matter.
func (s *story) correct(m []string) error {
	_, err := s.send(m[1], node.FormRequest{Kind: parley.KindCorrect, Fields: map[string]any{"changes": []any{map[string]any{"field": "class", "value": "intrusions"}}},
		SendRequest: node.SendRequest{Answers: s.said[m[3]].String(), From: body(m[1], m[2]), Now: true}})
	return err
}

// atStage: what the register of both shows, and what their reviews say of the next stage.
func (s *story) atStage(m []string) error {
	return s.both(func(x *parleytest.Member) error {
		i, err := s.lists(x).Incident(s.t.Context(), s.said[m[1]].String())
		if err != nil || i.Stage != m[2] || !i.Territory {
			return fmt.Errorf("stage %s, %v", i.Stage, err)
		}
		if m[3] == "" {
			return nil
		}
		last, err := x.Node.Message(s.t.Context(), stageRef(&i, m[2]))
		if err != nil {
			return err
		}
		if due, err := time.Parse(time.RFC3339, i.NextDue); err != nil || !due.After(i.Said) {
			return fmt.Errorf("the next stage is due %q", i.NextDue)
		}
		row, _, err := s.reviewed(x, last.ID)
		if err != nil || row["verdict"] != m[3] {
			return fmt.Errorf("the review says %v, %v", row, err)
		}
		return nil
	})
}

func stageRef(i *node.Incident, step string) string {
	for _, s := range i.Stages {
		if s.Step == step {
			return s.Ref
		}
	}
	return ""
}
