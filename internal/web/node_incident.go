package web

import (
	"context"
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// concerns reports whether a matter is from or to a body of the officer's.
func concerns(by officer.Officer, r *node.Row) bool { return by.ActsFor(r.From) || by.ActsForAny(r.To) }

func notTheirs(id string) error {
	return parley.E(parley.NotFound, "nothing named %.80q for a body of yours", id)
}

// Incidents implements Reporting.
func (d *OnNode) Incidents(ctx context.Context, by officer.Officer, p Page) (node.IncidentList, error) {
	list, err := d.Lists.Incidents(ctx, node.ListRequest{After: p.After, Limit: p.Limit})
	list.Incidents = slices.DeleteFunc(list.Incidents, func(x node.Incident) bool { return !concerns(by, &x.Row) })
	return list, err
}

// Incident implements Reporting.
func (d *OnNode) Incident(ctx context.Context, by officer.Officer, id string, languages []string) (node.Incident, error) {
	v, err := d.Lists.Incident(ctx, id, languages...)
	if err == nil && !concerns(by, &v.Row) {
		return node.Incident{}, notTheirs(id)
	}
	return v, err
}

// Notices implements Reporting.
func (d *OnNode) Notices(ctx context.Context, by officer.Officer, p Page) (node.NoticeList, error) {
	list, err := d.Lists.Notices(ctx, node.ListRequest{After: p.After, Limit: p.Limit})
	list.Notices = slices.DeleteFunc(list.Notices, func(x node.Notice) bool { return !concerns(by, &x.Row) })
	return list, err
}

// Notice implements Reporting.
func (d *OnNode) Notice(ctx context.Context, by officer.Officer, id string, languages []string) (node.Notice, error) {
	v, err := d.Lists.Notice(ctx, id, languages...)
	if err == nil && !concerns(by, &v.Row) {
		return node.Notice{}, notTheirs(id)
	}
	return v, err
}

// Vulnerabilities implements Reporting.
func (d *OnNode) Vulnerabilities(ctx context.Context, by officer.Officer, p Page) (node.VulnerabilityList, error) {
	list, err := d.Lists.Vulnerabilities(ctx, node.ListRequest{After: p.After, Limit: p.Limit})
	list.Vulnerabilities = slices.DeleteFunc(list.Vulnerabilities, func(x node.Vulnerability) bool { return !concerns(by, &x.Row) })
	return list, err
}

// Vulnerability implements Reporting.
func (d *OnNode) Vulnerability(ctx context.Context, by officer.Officer, id string, languages []string) (node.Vulnerability, error) {
	v, err := d.Lists.Vulnerability(ctx, id, languages...)
	if err == nil && !concerns(by, &v.Row) {
		return node.Vulnerability{}, notTheirs(id)
	}
	return v, err
}
