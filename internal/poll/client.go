package poll

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"parley.example/parley"
)

// Bounds of what a server may do to us.
const (
	headerTime = 60 * time.Second // until an answer begins
	pieceTime  = 60 * time.Second // between two pieces of it
	answerTime = 2 * time.Hour    // for all of it
	maxWait    = 24 * time.Hour   // that a server may ask us to stay away
	minWait    = 30 * time.Second // after one that does not say how long
	maxSmall   = 8 << 20          // octets of an answer that is read whole
	maxLarge   = 4 << 30          // octets of one that is read piece by piece, decompressed
)

// client speaks to the server of one feed.
type client struct {
	http *http.Client
	feed Feed
	now  func() time.Time
}

// newClient reads the feed's credentials. Close ends its connections.
func newClient(f Feed, now func() time.Time) (*client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.CAFile != "" {
		raw, err := os.ReadFile(f.CAFile)
		if err != nil {
			return nil, parley.E(parley.Invalid, "the CA file of feed %s: %w", f.Name, err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(raw) {
			return nil, parley.E(parley.Invalid, "%s: want certificates, PEM", f.CAFile)
		}
	}
	if f.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(f.CertFile, f.KeyFile)
		if err != nil {
			return nil, parley.E(parley.Invalid, "the certificate of feed %s: %w", f.Name, err)
		}
		config.Certificates = []tls.Certificate{cert}
	}
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: config, TLSHandshakeTimeout: 15 * time.Second, ResponseHeaderTimeout: headerTime,
		MaxResponseHeaderBytes: 256 << 10, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		DialContext: (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
	}
	return &client{http: &http.Client{Transport: t, CheckRedirect: sameServer}, feed: f, now: now}, nil
}

func (c *client) Close() { c.http.CloseIdleConnections() }

// sameServer follows a redirect on one server only: credentials were given to it.
func sameServer(r *http.Request, via []*http.Request) error {
	if len(via) > 5 || r.URL.Host != via[0].URL.Host || r.URL.Scheme != via[0].URL.Scheme {
		return parley.E(parley.Untrusted, "the server sends us on to %.100s", r.URL.Redacted()).WithHint("where that is right, set it as the feed's URL")
	}
	return nil
}

// do sends one request. An answer that is none of ok is an error that quotes what the
// server said; 429 and 503 are a *later. The body of the answer must be closed.
func (c *client) do(ctx context.Context, method, address string, header http.Header, body []byte, ok ...int) (*http.Response, error) {
	var in io.Reader
	if body != nil {
		in = bytes.NewReader(body)
	}
	ctx, stop := context.WithTimeout(ctx, answerTime)
	r, err := http.NewRequestWithContext(ctx, method, address, in)
	if err != nil {
		stop()
		return nil, parley.E(parley.Invalid, "feed %s: %w", c.feed.Name, err)
	}
	for name, v := range header {
		r.Header[name] = v
	}
	r.Header.Set("User-Agent", "parley")
	if err := c.credentials(r); err != nil {
		stop()
		return nil, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		stop()
		return nil, c.failed(err)
	}
	resp.Body = &patient{ReadCloser: resp.Body, left: maxLarge, stop: stop, timer: time.AfterFunc(pieceTime, stop)}
	for _, s := range ok {
		if resp.StatusCode == s {
			return resp, nil
		}
	}
	defer resp.Body.Close()
	return nil, c.refused(resp)
}

func (c *client) credentials(r *http.Request) error {
	if c.feed.SecretFile == "" {
		return nil
	}
	raw, err := os.ReadFile(c.feed.SecretFile)
	if err != nil {
		return parley.E(parley.Unavailable, "the secret of feed %s: %w", c.feed.Name, err)
	}
	secret, _, _ := strings.Cut(string(raw), "\n")
	if secret = strings.TrimRight(secret, "\r"); c.feed.User != "" {
		r.SetBasicAuth(c.feed.User, secret)
	} else {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	return nil
}

// patient ends a request whose body stands still, or does not end.
type patient struct {
	io.ReadCloser
	left  int64
	stop  context.CancelFunc
	timer *time.Timer
}

func (p *patient) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, parley.E(parley.Invalid, "the answer has more than %d octets: no more of it is read", int64(maxLarge))
	}
	p.timer.Reset(pieceTime)
	n, err := p.ReadCloser.Read(b)
	p.timer.Stop() // what we do between two pieces takes its time
	p.left -= int64(n)
	return n, err
}

func (p *patient) Close() error {
	p.timer.Stop()
	defer p.stop()
	return p.ReadCloser.Close()
}

func (c *client) host() string {
	u, err := url.Parse(c.feed.URL) // which check has read
	if err != nil {
		return "the server"
	}
	return u.Host
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
