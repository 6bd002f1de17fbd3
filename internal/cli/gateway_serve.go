package cli

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/config"
	"parley.example/parley/internal/mispserver"
	"parley.example/parley/internal/taxii"
)

// serveGateway opens the listener for this organisation's tools, if there is one.
func (h *house) serveGateway(ctx context.Context, start func(func() error)) error {
	g := h.settings.Gateway
	if g.Listen == "" {
		return nil
	}
	handler, err := h.gatewayHandler()
	if err != nil {
		return err
	}
	own, err := gatewayTLS(g)
	if err != nil {
		return err
	}
	// Bodies and answers have their own pace: they may be large.
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelDebug)}
	return door{whom: "tools", address: g.Listen, all: 256, each: 64, tls: own, server: s}.open(ctx, start)
}

// gatewayHandler is every face that tools know.
func (h *house) gatewayHandler() (http.Handler, error) {
	key, err := h.gatewayKey()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	t := taxii.New(taxii.Options{Clients: h.clients, Store: h.intel, Statuses: h.db, Library: h.shelves(), Key: key, URL: h.settings.Gateway.URL,
		Party: func() string { return string(h.party()) }, Now: time.Now, Log: h.log})
	mux.Handle(taxii.Prefix, t)
	mux.Handle(strings.TrimSuffix(taxii.Prefix, "/"), t)
	mux.Handle("/", mispserver.New(mispserver.Options{Clients: h.clients, Store: h.intel, Warnings: h.intel, Party: func() string { return string(h.party()) }, Now: time.Now, Log: h.log}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).SetWriteDeadline(time.Time{}) // of the answer before, on this connection
		mux.ServeHTTP(w, r)
	}), nil
}

// gatewayKey signs the places of pages. It is made of the home's own secret, so that a
// page's token is good after a restart and after a restore.
func (h *house) gatewayKey() ([]byte, error) {
	vault, err := h.home.Vault()
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, vault, nil, "parley gateway next v1", 32)
}

// shelves are the collections of this node, with the agreements by their titles.
func (h *house) shelves() taxii.Shelves {
	return taxii.Shelves{Store: h.intel, Agreement: func(id parley.Hash) string {
		for _, l := range h.node.Lines() {
			if l.ID() != id {
				continue
			}
			if a, err := l.Text(); err == nil {
				return a.Title.In("en")
			}
		}
		return ""
	}}
}

// gatewayTLS is nil where the gateway speaks plain HTTP on loopback. Tools older than
// TLS 1.3 are let in by TLS 1.2.
func gatewayTLS(g config.Gateway) (*tls.Config, error) {
	c, err := doorTLS("gateway", g.CertFile, g.KeyFile, tls.VersionTLS12)
	if c == nil {
		return nil, err
	}
	c.ClientAuth = tls.RequestClientCert
	if g.ClientCAFile != "" {
		raw, err := os.ReadFile(g.ClientCAFile)
		if err != nil {
			return nil, parley.E(parley.Invalid, "gateway.client_ca_file: %w", err)
		}
		c.ClientAuth, c.ClientCAs = tls.VerifyClientCertIfGiven, x509.NewCertPool()
		if !c.ClientCAs.AppendCertsFromPEM(raw) {
			return nil, parley.E(parley.Invalid, "gateway.client_ca_file %s: want certificates, PEM", g.ClientCAFile)
		}
	}
	return c, nil
}

func gatewayURL(g config.Gateway) string {
	return doorURL(strings.TrimSuffix(g.URL, "/"), g.CertFile, g.Listen)
}
