package cli

import (
	"context"
	"crypto/tls"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/config"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/web"
)

// serveDesk opens the desk for officers' browsers, if there is one.
func (h *house) serveDesk(ctx context.Context, start func(func() error)) error {
	d := h.settings.Desk
	if d.Listen == "" {
		return nil
	}
	zone, err := d.Zone() // checked when the settings were read
	if err != nil {
		return err
	}
	handler, err := web.New(web.Options{
		Party:    h.party,
		Desk:     h.onNode(),
		Officers: h.officers, Watch: h.watch, Alerts: h.alerts, URL: deskURL(d), Zone: zone, Now: time.Now, Log: h.log,
	})
	if err != nil {
		return err
	}
	own, err := doorTLS("desk", d.CertFile, d.KeyFile, tls.VersionTLS13)
	if err != nil {
		return err
	}
	// Its live pages end, and say so, when the server shuts down.
	return door{whom: "the desk", address: d.Listen, tls: own, server: handler.Server()}.open(ctx, start)
}

// onNode is what officers do on this node.
func (h *house) onNode() *web.OnNode {
	return &web.OnNode{Node: h.node, Lists: node.NewLists(h.node, h.register), Asking: node.NewRequests(h.node, h.register), Forms: node.NewForms(h.node, h.register),
		Terms: h.doctorTerms(true), Officers: h.officers, Alerts: h.alerts, Now: time.Now}
}

// party is who this desk belongs to: before the first agreement, as the card has it; empty
// for a home without one.
func (h *house) party() parley.Party {
	if lines := h.node.Lines(); len(lines) > 0 {
		return lines[0].Us()
	}
	return h.card()
}

// deskURL is where officers reach the desk; alerts point to it.
func deskURL(d config.Desk) string {
	return doorURL(strings.TrimSuffix(d.URL, "/"), d.CertFile, d.Listen)
}

// doctorTerms is what doctor measures against.
func (h *house) doctorTerms(running bool) node.DoctorTerms {
	return node.DoctorTerms{BackupWarn: time.Duration(h.settings.Backup.WarnAfter), Running: running}
}
