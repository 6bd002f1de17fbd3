package web

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

func notTheirs(id string) error {
	return parley.E(parley.NotFound, "nothing named %.80q for a body of yours", id)
}

// Incidents implements Reporting.
func (d *OnNode) Incidents(ctx context.Context, by officer.Officer, p Page) (node.IncidentList, error) {
	rows, next, err := mine(p, func(r node.ListRequest) ([]node.Incident, string, error) {
		list, err := d.Lists.Incidents(ctx, r)
		return list.Incidents, list.Next, err
	}, func(x *node.Incident) bool { return sees(by, &x.Row) })
	return node.IncidentList{Incidents: rows, Next: next}, err
}

// Incident implements Reporting.
func (d *OnNode) Incident(ctx context.Context, by officer.Officer, id string, languages []string) (node.Incident, error) {
	v, err := d.Lists.Incident(ctx, id, languages...)
	if err == nil && !sees(by, &v.Row) {
		return node.Incident{}, notTheirs(id)
	}
	return v, err
}

// Notices implements Reporting.
func (d *OnNode) Notices(ctx context.Context, by officer.Officer, p Page) (node.NoticeList, error) {
	rows, next, err := mine(p, func(r node.ListRequest) ([]node.Notice, string, error) {
		list, err := d.Lists.Notices(ctx, r)
		return list.Notices, list.Next, err
	}, func(x *node.Notice) bool { return sees(by, &x.Row) })
	return node.NoticeList{Notices: rows, Next: next}, err
}

// Notice implements Reporting.
func (d *OnNode) Notice(ctx context.Context, by officer.Officer, id string, languages []string) (node.Notice, error) {
	v, err := d.Lists.Notice(ctx, id, languages...)
	if err == nil && !sees(by, &v.Row) {
		return node.Notice{}, notTheirs(id)
	}
	return v, err
}

// Vulnerabilities implements Reporting.
func (d *OnNode) Vulnerabilities(ctx context.Context, by officer.Officer, p Page) (node.VulnerabilityList, error) {
	rows, next, err := mine(p, func(r node.ListRequest) ([]node.Vulnerability, string, error) {
		list, err := d.Lists.Vulnerabilities(ctx, r)
		return list.Vulnerabilities, list.Next, err
	}, func(x *node.Vulnerability) bool { return sees(by, &x.Row) })
	return node.VulnerabilityList{Vulnerabilities: rows, Next: next}, err
}

// Vulnerability implements Reporting.
func (d *OnNode) Vulnerability(ctx context.Context, by officer.Officer, id string, languages []string) (node.Vulnerability, error) {
	v, err := d.Lists.Vulnerability(ctx, id, languages...)
	if err == nil && !sees(by, &v.Row) {
		return node.Vulnerability{}, notTheirs(id)
	}
	return v, err
}
