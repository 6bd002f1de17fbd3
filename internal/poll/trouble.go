package poll

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"parley.example/parley"
)

// later is a server's wish that we come back.
type later struct {
	until time.Time
	error
}

func (e *later) Unwrap() error { return e.error }

// statusError is an answer that was not wanted.
type statusError struct {
	status int
	error
}

func (e *statusError) Unwrap() error { return e.error }

// failed says of a request without an answer why there is none.
func (c *client) failed(err error) error {
	var ours *parley.Error
	if errors.As(err, &ours) {
		return ours
	}
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
		alert   tls.AlertError
	)
	host := c.host()
	switch {
	case errors.As(err, &unknown):
		return parley.E(parley.Untrusted, "feed %s: nobody whom we trust has signed the certificate of %s", c.feed.Name, host).
			WithHint("where it is the right server, add the feed with --ca and the certificate of who signed it")
	case errors.As(err, &name):
		return parley.E(parley.Untrusted, "feed %s: the certificate is not for %s: %w", c.feed.Name, host, err).
			WithHint("want the URL with the name that the certificate has")
	case errors.As(err, &invalid):
		return parley.E(parley.Untrusted, "feed %s: the certificate of %s has expired, or may not be used so: %w", c.feed.Name, host, err).
			WithHint("the server's keeper has to renew it")
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return parley.E(parley.Unavailable, "feed %s: %s speaks no TLS there", c.feed.Name, host).
			WithHint("want the port on which it does; plain http goes to this machine only")
	case errors.As(err, &alert):
		return parley.E(parley.Forbidden, "feed %s: %s breaks TLS off: %w", c.feed.Name, host, err).
			WithHint("it may want a certificate of ours: --certificate and --key")
	}
	return parley.E(parley.Unavailable, "feed %s: %w", c.feed.Name, err)
}

// statusHints say what would be right, by status.
var statusHints = map[int]string{
	http.StatusUnauthorized:         "want the user and the password, or the token, that the server knows us by: --user, --secret-file, or --certificate and --key",
	http.StatusForbidden:            "the server knows us and does not let us: its keeper can",
	http.StatusNotFound:             "want the URL of something that is there",
	http.StatusNotAcceptable:        "the server speaks no TAXII 2.1: want one that does",
	http.StatusUnsupportedMediaType: "the server speaks no TAXII 2.1: want one that does",
}

// refused is the error of an answer that was not wanted; it quotes what the server said.
func (c *client) refused(resp *http.Response) error {
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, 300))
	said := strings.Join(strings.Fields(string(raw)), " ")
	if said == "" || strings.HasPrefix(said, "<") { // a page for browsers says no more
		said = ""
	} else {
		said = ": " + said
	}
	kind := parley.Unavailable
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		kind = parley.Forbidden
	case http.StatusNotFound:
		kind = parley.NotFound
	}
	err := parley.E(kind, "feed %s: the server answers %s%s", c.feed.Name, resp.Status, said)
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		until := c.now().UTC().Add(retryAfter(resp.Header.Get("Retry-After"), c.now())).Truncate(time.Second)
		return &later{until, err.WithHint("it is asked again at %s", until.Format(time.RFC3339))}
	}
	hint, ok := statusHints[resp.StatusCode]
	switch {
	case resp.StatusCode == http.StatusNotFound && c.feed.Kind == TAXII:
		hint = "want the URL of a collection, .../collections/ID/, as the server lists it"
	case !ok && resp.StatusCode/100 == 5:
		hint = "the server's keeper can say why; it is tried again by itself"
	}
	return &statusError{resp.StatusCode, err.WithHint("%s", hint)}
}

// retryAfter reads seconds or a date. RFC 9110 §10.2.3
func retryAfter(s string, now time.Time) time.Duration {
	wait := minWait
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		wait = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(s); err == nil {
		wait = t.Sub(now)
	}
	return min(max(wait, time.Second), maxWait)
}

// content is the body of an answer that is a page for browsers in no case: a server that asks
// people to log in, or that is another than it was, says 200 too.
func (c *client) content(in io.Reader) (*bufio.Reader, error) {
	r := bufio.NewReaderSize(in, 4096)
	head, err := r.Peek(512)
	if err != nil && err != io.EOF {
		return nil, parley.E(parley.Unavailable, "feed %s: the answer ended early: %w", c.feed.Name, err)
	}
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))
	lower := bytes.ToLower(head)
	switch {
	case len(head) == 0:
		return nil, parley.E(parley.Unavailable, "feed %s: %s answers with nothing", c.feed.Name, c.host()).WithHint("want %s", wanted[c.feed.Kind])
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return nil, parley.E(parley.Unavailable, "feed %s: %s answers with a page for browsers", c.feed.Name, c.host()).
			WithHint("want %s; a page that asks people to log in wants --user and --secret-file", wanted[c.feed.Kind])
	case c.feed.Kind == TAXII && head[0] != '{':
		return nil, parley.E(parley.Unavailable, "feed %s: %s answers with something that is no TAXII; it begins with %.40q", c.feed.Name, c.host(), head).
			WithHint("want %s", wanted[c.feed.Kind])
	}
	return r, nil
}

// wanted is what a feed's URL names, by kind.
var wanted = map[string]string{
	TAXII: "the URL of a collection of a TAXII 2.1 server, .../collections/ID/",
	MISP:  "the URL of the folder that has manifest.json",
	HTTP:  "the URL of the file itself",
}
