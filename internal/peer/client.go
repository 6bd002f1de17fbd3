package peer

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/plain"
)

// Client asks one counterpart's node. It keeps one HTTP/2 connection alive, may
// be used concurrently, and never retries: what to do after an error is the
// courier's to decide. A call ends with its context, and with its pace. It verifies the server's key and nothing that it says.
type Client struct {
	base string
	http *http.Client
	pace Pace
}

// ClientOption changes a Client that is being made.
type ClientOption func(*Client)

// WithPatience sets how slowly the other side may take and answer; the default is
// DefaultPatience.
func WithPatience(p Pace) ClientOption { return func(c *Client) { c.pace = p } }

// DefaultPatience gives a node time for its disk, and a slow line its time. WIRE-7
var DefaultPatience = Pace{Grace: 2 * time.Minute, Rate: DefaultPace.Rate, Longest: time.Hour}

// NewClient speaks with the node at address ("host:port") through a transport,
// which Transport makes; tests give their own.
func NewClient(address string, via http.RoundTripper, options ...ClientOption) *Client {
	c := &Client{base: "https://" + address + Prefix, http: &http.Client{Transport: via, CheckRedirect: noRedirect}, pace: DefaultPatience}
	for _, o := range options {
		o(c)
	}
	return c
}

// noRedirect: a counterpart does not choose whom else we call.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Transport is HTTP/2 over TLS 1.3 with both keys pinned. pins is asked at each
// new connection; close idle connections after a change of keys. lost is told when a
// connection breaks at the other end; it must not block. WIRE-1
func Transport(own tls.Certificate, pins func() []parley.Hash, lost ...func()) *http.Transport {
	dial := (&net.Dialer{Timeout: 20 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	for _, f := range lost {
		dial = watching(dial, f)
	}
	return &http.Transport{
		DialContext:            dial,
		TLSClientConfig:        ClientTLS(own, pins),
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    20 * time.Second,
		ResponseHeaderTimeout:  2 * time.Minute,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        4 * time.Minute, // below the server's
		MaxIdleConns:           2,
		MaxConnsPerHost:        4,
		MaxResponseHeaderBytes: MaxHeader,
		DisableCompression:     true, // asked for where it helps, and bounded there
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: time.Minute, PingTimeout: 30 * time.Second, WriteByteTimeout: time.Minute},
	}
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// call is one request. path begins with a slash and has only characters that
// need no escape.
type call struct {
	method, path string
	header       map[string]string
	body         io.Reader
	size         int64 // of body; -1 where it is not known
	answer       int64 // octets that the answer has at most
}

// within is how long a call may take, both ways.
func (p Pace) within(k call) time.Duration {
	if k.size < 0 {
		return p.Longest
	}
	return min(p.Longest, p.Grace+time.Duration((k.size+k.answer)/p.Rate)*time.Second)
}

// do sends a call and returns an answer of 200, 202, 204 or 206, whose body the
// caller closes. Every other answer is an error of the kind in the table. WIRE-4
func (c *Client) do(ctx context.Context, k call) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.pace.within(k))
	r, err := http.NewRequestWithContext(ctx, k.method, c.base+k.path, k.body)
	if err != nil {
		cancel()
		return nil, parley.E(parley.Internal, "%s %s: %w", k.method, k.path, err)
	}
	if k.body != nil {
		r.ContentLength = k.size
	}
	for name, value := range k.header {
		r.Header.Set(name, value)
	}
	res, err := c.http.Do(r)
	if err != nil {
		cancel()
		return nil, reach(err)
	}
	res.Body = &ending{res.Body, cancel}
	switch res.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent, http.StatusPartialContent:
		return res, nil
	}
	defer res.Body.Close()
	return nil, refusal(res)
}

// ending ends the time of a call with its answer's body.
type ending struct {
	io.ReadCloser
	cancel func()
}

func (e *ending) Close() error {
	err := e.ReadCloser.Close()
	e.cancel()
	return err
}

// reach tells a wrong key from a line that is down.
func reach(err error) error {
	var e *parley.Error
	if errors.As(err, &e) {
		return e
	}
	what := parley.E(parley.Unavailable, "not reachable: %w", err)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		what = parley.E(parley.Unavailable, "gave up waiting: %w", err)
	}
	what.Msg = plain.Words(what)
	return what
}

// refusal makes the error that an answer means.
func refusal(res *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(res.Body, MaxAnswer))
	if err != nil {
		return parley.E(parley.Unavailable, "answer %d broke off: %w", res.StatusCode, err)
	}
	switch kind := res.Header.Get("Content-Type"); {
	case res.StatusCode == http.StatusConflict && kind == typeSize:
		if n, err := parley.ParseSize(string(bytes.TrimSuffix(body, []byte("\n")))); err == nil {
			return &SizeConflict{Size: n}
		}
	case res.StatusCode == http.StatusConflict && kind == typeInfo:
		if i, err := ParseInfo(body); err == nil {
			return &InfoConflict{Info: i}
		}
	case res.StatusCode == http.StatusServiceUnavailable && kind == typeMissing:
		if m, err := parseMissing(body); err == nil {
			return m
		}
	case res.StatusCode == http.StatusConflict && res.Header.Get(offsetName) != "":
		if n, err := parley.ParseSize(res.Header.Get(offsetName)); err == nil && n <= parley.MaxSealedBlob {
			return &OffsetConflict{int64(n)}
		}
	}
	kind, ok := kindOf[res.StatusCode]
	if !ok {
		kind = parley.Unavailable
	}
	text := line(string(body))
	if text == "" {
		text = "no reason given"
	}
	err = parley.E(kind, "answered %d: %s", res.StatusCode, text)
	if s, e := strconv.ParseUint(res.Header.Get("Retry-After"), 10, 32); e == nil && kind == parley.Unavailable {
		return &Busy{After: min(time.Duration(s)*time.Second, 24*time.Hour), Err: err}
	}
	return err
}

// whole makes a call and reads an answer of at most that many octets.
func (c *Client) whole(ctx context.Context, k call, most int64) ([]byte, *http.Response, error) {
	k.answer = most
	res, err := c.do(ctx, k)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	if err != nil {
		return nil, nil, parley.E(parley.Unavailable, "the answer broke off: %w", err)
	}
	if int64(len(b)) > most {
		return nil, nil, parley.E(parley.Untrusted, "the answer has more than %d octets", most)
	}
	return b, res, nil
}

func get(path string) call { return call{method: http.MethodGet, path: path} }

func send(method, path, contentType string, body []byte) call {
	return call{method: method, path: path, header: map[string]string{"Content-Type": contentType},
		body: bytes.NewReader(body), size: int64(len(body))}
}
