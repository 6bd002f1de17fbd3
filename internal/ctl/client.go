package ctl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"syscall"

	"parley.example/parley"
)

// ErrNotServing means that nobody answers on the socket.
var ErrNotServing = errors.New("no node is serving this home")

// Client calls a running node over its socket. It is safe for concurrent use.
type Client struct {
	http *http.Client
}

// Dial checks that a node answers on the socket at path, and returns ErrNotServing
// (wrapped) where none does.
func Dial(ctx context.Context, path string) (*Client, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return dialSocket(ctx, path) }
	conn, err := dial(ctx, "", "")
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNotServing
	case errors.Is(err, fs.ErrPermission):
		return nil, parley.E(parley.Forbidden, "the socket %s belongs to another user", path).
			WithHint("run the command as the user that runs `parley serve`")
	case err != nil:
		return nil, err
	}
	conn.Close()
	return &Client{http: &http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
}

// Again is a request that says what happens when it is made a second time, for people whose
// node went away in the middle of it.
type Again interface{ Again() string }

// Call implements Caller.
func (c *Client) Call(ctx context.Context, name string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if len(raw) > maxRequest {
		return parley.E(parley.Invalid, "the request has %d bytes, more than %d", len(raw), maxRequest).
			WithHint("send a long text as a file")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://parley"+pathPrefix+name, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		hint := "look at the log of `parley serve`"
		if a, ok := in.(Again); ok {
			hint += "; " + a.Again()
		}
		return parley.E(parley.Unavailable, "the node went away before it answered: %w", err).WithHint("%s", hint)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil || len(body) > maxReply {
		return parley.E(parley.Unavailable, "the node's answer was cut off or is longer than %d bytes", maxReply)
	}
	if resp.StatusCode != http.StatusOK {
		var f failure
		if err := json.Unmarshal(body, &f); err != nil || f.Message == "" {
			return parley.E(parley.Internal, "the node answered %s", resp.Status)
		}
		return f.err()
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(body, out)
}
