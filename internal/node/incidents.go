package node

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/form"
)

// Incident is an incident as its register shows it.
type Incident struct {
	Row
	Stage     string       `json:"stage"`               // the furthest that its author reached
	Class     string       `json:"class,omitempty"`     // of the newest stage that says one
	Severity  string       `json:"severity,omitempty"`  // on the agreement's common scale
	Reference string       `json:"reference,omitempty"` // in its author's books
	Test      bool         `json:"test,omitempty"`      // its class is test
	Ended     string       `json:"ended,omitempty"`
	NextDue   string       `json:"next_due,omitempty"` // when the next stage is due, as its author signed
	Corrected bool         `json:"corrected,omitempty"`
	Territory bool         `json:"from_your_territory,omitempty"` // it names addresses of the reader: see form.NoResponsibility
	Stages    []MatterStep `json:"stages,omitempty"`              // one incident only
}

// IncidentList is a page of incidents.
type IncidentList struct {
	Incidents []Incident `json:"incidents"`
	Next      string     `json:"next,omitempty"`
}

// Incidents lists incidents, ours and theirs, the newest here first.
func (s *Lists) Incidents(ctx context.Context, r ListRequest) (IncidentList, error) {
	out := IncidentList{Incidents: []Incident{}}
	var err error
	out.Next, err = s.matters(ctx, r, parley.KindIncident, func(o openedMatter) {
		out.Incidents = append(out.Incidents, incidentOf(&o))
	})
	return out, err
}

// Incident is one incident with its stages, by any message of its thread.
func (s *Lists) Incident(ctx context.Context, name string, languages ...string) (Incident, error) {
	o, err := s.matter(ctx, name, parley.KindIncident)
	if err != nil {
		return Incident{}, err
	}
	err = o.read(languages...)
	i := incidentOf(&o)
	i.Stages = o.steps
	return i, err
}

// incidentOf folds the stages that the author took; what others say moves nothing. INCIDENT-1
func incidentOf(o *openedMatter) Incident {
	i := Incident{Row: o.row, Corrected: corrected(o.first)}
	reached := -1
	for k := range o.steps {
		st := &o.steps[k]
		rank := stageRank(st.Step)
		if st.From.Party() != o.first.From.Party() || rank < reached {
			continue
		}
		reached, i.Stage, i.NextDue = rank, st.Step, st.Due
		c := content[form.IncidentContent](st.Raw)
		for _, v := range []struct {
			to   *string
			from string
		}{{&i.Class, c.Class}, {&i.Severity, c.Severity}, {&i.Reference, c.Reference}, {&i.Ended, c.Ended}} {
			if v.from != "" {
				*v.to = v.from
			}
		}
		if c.Facts != nil {
			i.Line = firstLine(Message{Text: c.Facts.Text})
		}
		i.Territory = i.Territory || len(c.FromTerritory) > 0
	}
	i.Test = i.Class == form.ClassTest
	return i
}

// StagesAfter are the stages that may follow one.
func StagesAfter(stage string) []string {
	at := stageRank(stage)
	switch {
	case at == len(stages)-1:
		return nil
	case stage == parley.StageIntermediate:
		return stages[at:]
	}
	return stages[at+1:]
}
