package cli

import (
	"fmt"
	"io"
	"strings"

	"parley.example/parley/agreement"
	"parley.example/parley/internal/node"
)

// summary is a text in a few lines.
func summary(w io.Writer, s *agreement.Signed) {
	a := s.Agreement
	fmt.Fprintf(w, "%s\nfingerprint  %s\nagreement    %s\n", printable(a.Title.In("en")), a.Fingerprint(), a.ID())
	if a.Amends != nil {
		fmt.Fprintf(w, "amends       %s\n", agreement.Fingerprint(*a.Amends))
	}
	rows := [][]string{}
	for i := range a.Parties {
		p := &a.Parties[i]
		bodies := make([]string, len(p.Bodies))
		for j := range p.Bodies {
			bodies[j] = p.Bodies[j].Name.Name() + " (" + strings.Join(p.Bodies[j].Roles, ", ") + ")"
		}
		rows = append(rows, []string{string(p.Name), p.Title.In("en"), strings.Join(bodies, ", "), orDash(p.Address), yes(s.SignedBy(p.Name))})
	}
	columns(w, []string{"PARTY", "TITLE", "BODIES", "ADDRESS", "SIGNED"}, rows)
	for i := range a.Eyes.Archives {
		fmt.Fprintf(w, "archive      %s at %s\n", printable(a.Eyes.Archives[i].Name), a.Eyes.Archives[i].Address)
	}
	for i := range a.Eyes.Witnesses {
		fmt.Fprintf(w, "witness      %s at %s\n", printable(a.Eyes.Witnesses[i].Name), printable(a.Eyes.Witnesses[i].URL))
	}
	if missing := s.Missing(); len(missing) > 0 {
		fmt.Fprintf(w, "missing      %s\n", strings.Join(missing, ", "))
	}
}

// statusText is how far agreements have come.
func statusText(w io.Writer, list []node.AgreementStatus) {
	for _, st := range list {
		fmt.Fprintf(w, "%s\n  %s\n  %s, %s\n", printable(st.Title), st.Fingerprint, st.State, st.ID)
		rows := make([][]string, len(st.Parties))
		for i, m := range st.Parties {
			rows[i] = []string{"  " + string(m.Party), yes(m.Signed), yes(m.Opened), yes(m.Cosigned)}
		}
		columns(w, []string{"  PARTY", "SIGNED", "JOURNAL OPEN", "COSIGNED BY ALL"}, rows)
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
