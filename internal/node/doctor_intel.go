package node

import (
	"context"
)

// ruleFindings are the rules of intelligence that sent nothing the last time they tried.
func (n *Node) ruleFindings(ctx context.Context, _ DoctorTerms) (list []Finding, err error) {
	rules, err := n.IntelRules(ctx)
	for _, r := range rules {
		if r.Trouble != "" && !r.Paused {
			list = append(list, Finding{Name: "rule " + r.Name, State: FindingWarn, Value: "sends nothing: " + r.Trouble,
				Hint: "it tries again; `parley intel rule list` shows it, `parley intel rule pause " + r.Name + "` stops it"})
		}
	}
	return list, err
}
