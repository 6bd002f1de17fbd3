package node

import (
	"context"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
)

// Vulnerability is a vulnerability as its register shows it.
type Vulnerability struct {
	Row
	IDs      []string     `json:"ids,omitempty"`
	Product  string       `json:"product"`
	Standing string       `json:"standing"`          // open (no embargo), embargo, over, lifted
	Embargo  string       `json:"embargo,omitempty"` // the instant that binds its author
	Zones    []Zoned      `json:"zones,omitempty"`
	Bound    []Embargoed  `json:"bound,omitempty"` // each addressed party
	Leaked   bool         `json:"leaked,omitempty"`
	Steps    []MatterStep `json:"steps,omitempty"` // one vulnerability only
}

// Embargoed says what binds one party.
type Embargoed struct {
	Party parley.Party `json:"party"`
	Says  string       `json:"says,omitempty"`  // agree, refuse; empty: nothing yet
	Until string       `json:"until,omitempty"` // what it agreed to
}

// Where an embargo stands. INCIDENT-10
const (
	EmbargoNone   = "open"
	EmbargoHolds  = "embargo"
	EmbargoOver   = "over"
	EmbargoLifted = "lifted"
)

// VulnerabilityList is a page of vulnerabilities.
type VulnerabilityList struct {
	Vulnerabilities []Vulnerability `json:"vulnerabilities"`
	Next            string          `json:"next,omitempty"`
}

// Vulnerabilities lists vulnerabilities, ours and theirs, the newest here first.
func (s *Lists) Vulnerabilities(ctx context.Context, r ListRequest) (VulnerabilityList, error) {
	out := VulnerabilityList{Vulnerabilities: []Vulnerability{}}
	var err error
	out.Next, err = s.matters(ctx, r, parley.KindVulnerability, func(o openedMatter) {
		out.Vulnerabilities = append(out.Vulnerabilities, s.vulnerabilityOf(&o))
	})
	return out, err
}

// Vulnerability is one vulnerability with its steps, by any message of its thread.
func (s *Lists) Vulnerability(ctx context.Context, name string, languages ...string) (Vulnerability, error) {
	o, err := s.matter(ctx, name, parley.KindVulnerability)
	if err != nil {
		return Vulnerability{}, err
	}
	err = o.read(languages...)
	v := s.vulnerabilityOf(&o)
	v.Steps = o.steps
	return v, err
}

// vulnerabilityOf folds the steps in canonical order: an agreement binds to the
// earliest of what was named until then and agreed; a move binds whoever agrees
// after it. INCIDENT-11
func (s *Lists) vulnerabilityOf(o *openedMatter) Vulnerability {
	v := Vulnerability{Row: o.row, Standing: EmbargoNone}
	author := o.first.From.Party()
	for _, b := range o.first.To {
		p := b.Party()
		if p != author && !slices.ContainsFunc(v.Bound, func(e Embargoed) bool { return e.Party == p }) {
			v.Bound = append(v.Bound, Embargoed{Party: p})
		}
	}
	named, lifted := "", false // named: the instant that stands to be agreed to
	for k := range o.steps {
		st := &o.steps[k]
		c := content[form.VulnerabilityContent](st.Raw)
		from := st.From.Party()
		i := slices.IndexFunc(v.Bound, func(e Embargoed) bool { return e.Party == from })
		switch st.Step {
		case parley.VulnerabilityReport, parley.VulnerabilityUpdate:
			if from != author {
				continue
			}
			if c.Product != "" {
				v.Product = c.Product
			}
			if len(c.IDs) > 0 {
				v.IDs = c.IDs
			}
			if st.Step == parley.VulnerabilityReport {
				named, v.Embargo = c.Embargo, c.Embargo
			}
		case parley.VulnerabilityMove:
			named = c.Embargo
			if from == author && (v.Embargo == "" || c.Embargo < v.Embargo) {
				v.Embargo = c.Embargo
			}
		case parley.VulnerabilityAgree:
			if i >= 0 {
				v.Bound[i].Says, v.Bound[i].Until = "agree", named
			}
		case parley.VulnerabilityRefuse:
			if i >= 0 {
				v.Bound[i].Says = "refuse"
			}
		case parley.VulnerabilityLift:
			lifted = lifted || from == author
		case parley.VulnerabilityLeak:
			v.Leaked = true
		}
	}
	// A later instant binds the author once every addressee has agreed to it.
	if all := len(v.Bound) > 0 && !slices.ContainsFunc(v.Bound, func(e Embargoed) bool { return e.Says != "agree" || e.Until != named }); all && named != "" {
		v.Embargo = named
	}
	end, err := time.Parse(time.RFC3339, v.Embargo)
	switch {
	case lifted:
		v.Standing = EmbargoLifted
	case err != nil:
	case s.node.now().Before(end):
		v.Standing = EmbargoHolds
	default:
		v.Standing = EmbargoOver
	}
	if err == nil {
		v.Zones = o.zoned(end)
	}
	return v
}

// NextSteps are the steps that our side may take now.
func (v *Vulnerability) NextSteps() []string {
	var list []string
	if v.Ours {
		list = append(list, parley.VulnerabilityUpdate)
	}
	if v.Standing == EmbargoHolds {
		list = append(list, parley.VulnerabilityMove)
		if v.Ours {
			list = append(list, parley.VulnerabilityLift)
		} else {
			list = append(list, parley.VulnerabilityAgree, parley.VulnerabilityRefuse)
		}
		list = append(list, parley.VulnerabilityLeak)
	}
	return list
}
