package peer

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"time"

	"parley.example/parley"
)

// Witness asks a C2SP witness that is no Parley node: plain add-checkpoint at an
// http or https URL, with the certificate authorities of this machine, since what
// it answers is verified against its keys alone. c2sp.org/tlog-witness
type Witness struct{ c Client }

var _ Cosigner = (*Witness)(nil)

// NewWitness speaks with the witness at a submission prefix.
func NewWitness(prefix string, via http.RoundTripper) (*Witness, error) {
	if !strings.HasPrefix(prefix, "https://") && !strings.HasPrefix(prefix, "http://") {
		return nil, parley.E(parley.Invalid, "witness URL %q: want http:// or https://", line(prefix))
	}
	return &Witness{Client{base: strings.TrimSuffix(prefix, "/"), http: &http.Client{Transport: via, CheckRedirect: noRedirect}, pace: DefaultPatience}}, nil
}

// WitnessTransport is for witnesses: keep-alive, and the proxy of the environment.
func WitnessTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 20 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    20 * time.Second,
		ResponseHeaderTimeout:  time.Minute,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    1,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// AddCheckpoint implements Cosigner.
func (w *Witness) AddCheckpoint(ctx context.Context, c AddCheckpoint) ([]byte, error) {
	return w.c.AddCheckpoint(ctx, c)
}

// Succeed tells a witness that is a Parley one of a succession; any other has no such
// path: NotFound. WIRE-16
func (w *Witness) Succeed(ctx context.Context, closed parley.Origin, note []byte) error {
	return w.c.Succeed(ctx, closed, note)
}

// Checkpoint is the latest checkpoint that the witness has cosigned, where its
// monitoring prefix is its submission prefix.
func (w *Witness) Checkpoint(ctx context.Context, o parley.Origin) ([]byte, error) {
	return w.c.Checkpoint(ctx, o)
}
