package ctl

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
)

type echo struct {
	Text string `json:"text"`
}

func table() Table {
	return Table{
		"echo": Handle(func(_ context.Context, in echo) (echo, error) { return in, nil }),
		"fail": Handle(func(_ context.Context, in echo) (None, error) {
			return None{}, parley.E(parley.Conflict, "no: %s", in.Text).WithHint("do %s", "this")
		}),
		"untrusted": Handle(func(context.Context, None) (None, error) {
			e := parley.E(parley.Untrusted, "a fork")
			e.Received, e.Proves = []byte("two checkpoints"), true
			return None{}, e
		}),
		"break": Handle(func(context.Context, None) (None, error) { return None{}, errors.New("/secret/path is gone") }),
		"wait": Handle(func(ctx context.Context, _ None) (None, error) {
			<-ctx.Done()
			return None{}, ctx.Err()
		}),
		"flood": Handle(func(context.Context, None) (echo, error) { return echo{strings.Repeat("x", maxReply)}, nil }),
	}
}

// serve runs the table on a socket below dir and returns a client.
func serve(t *testing.T, dir string) (*Client, string) {
	t.Helper()
	path := filepath.Join(dir, "ctl.sock")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, table(), slog.New(slog.NewTextHandler(io.Discard, nil))) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("the socket is still there: %v", err)
		}
	})
	c, err := Dial(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	return c, path
}

func TestCallers(t *testing.T) {
	client, _ := serve(t, t.TempDir())
	for name, c := range map[string]Caller{"socket": client, "in process": table()} {
		t.Run(name, func(t *testing.T) {
			var out echo
			if err := c.Call(t.Context(), "echo", echo{"привет\x00"}, &out); err != nil || out.Text != "привет\x00" {
				t.Fatalf("echo: %q, %v", out.Text, err)
			}
			if err := c.Call(t.Context(), "echo", None{}, nil); err != nil {
				t.Fatal(err)
			}
			for _, tc := range []struct {
				call string
				in   any
				kind parley.ErrorKind
				msg  string
				hint string
			}{
				{"fail", echo{"x"}, parley.Conflict, "no: x", "do this"},
				{"nothing", None{}, parley.NotFound, "nothing", "parley version"},
				{"echo", map[string]int{"other": 1}, parley.Invalid, "other", ""},
				{"echo", map[string]int{"text": 1}, parley.Invalid, "text", ""},
				{"untrusted", None{}, parley.Untrusted, "a fork", ""},
			} {
				err := c.Call(t.Context(), tc.call, tc.in, &out)
				if parley.KindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.msg) || !strings.Contains(parley.HintOf(err), tc.hint) {
					t.Errorf("%s: %v: %v (hint %q)", tc.call, parley.KindOf(err), err, parley.HintOf(err))
				}
			}
			err := c.Call(t.Context(), "untrusted", None{}, nil)
			var e *parley.Error
			if !errors.As(err, &e) || !e.Proves || cmp.Diff("two checkpoints", string(e.Received)) != "" {
				t.Errorf("what was received is lost: %#v", err)
			}
		})
	}
}

func TestInternalShowsAnIDOnly(t *testing.T) {
	c, _ := serve(t, t.TempDir())
	err := c.Call(t.Context(), "break", None{}, nil)
	if parley.KindOf(err) != parley.Internal || strings.Contains(err.Error(), "secret") {
		t.Fatalf("got %v", err)
	}
}

func TestCallerGoesAway(t *testing.T) {
	c, _ := serve(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Call(ctx, "wait", None{}, nil) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

func TestBounds(t *testing.T) {
	c, _ := serve(t, t.TempDir())
	if err := c.Call(t.Context(), "echo", echo{strings.Repeat("x", maxRequest)}, nil); parley.KindOf(err) != parley.Invalid {
		t.Errorf("a long request: %v", err)
	}
	if err := c.Call(t.Context(), "flood", None{}, nil); parley.KindOf(err) != parley.Unavailable {
		t.Errorf("a long reply: %v", err)
	}
	// The server keeps the bound itself, whoever speaks to it.
	req := strings.NewReader(strings.Repeat("x", maxRequest+1))
	resp, err := c.http.Post("http://parley"+pathPrefix+"echo", "application/json", req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 422 {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestSocket(t *testing.T) {
	deep := filepath.Join(t.TempDir(), strings.Repeat("d", 90), strings.Repeat("e", 90))
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(deep, "ctl.sock")
	if _, err := Dial(t.Context(), path); !errors.Is(err, ErrNotServing) {
		t.Fatalf("no socket: %v", err)
	}
	c, path := serve(t, deep)
	if err := c.Call(t.Context(), "echo", echo{"deep"}, nil); err != nil {
		t.Error(err)
	}
	fi, err := os.Stat(path)
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
}

func TestDeadSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ctl.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close() // as kill -9 leaves it
	if _, err := Dial(t.Context(), path); !errors.Is(err, ErrNotServing) {
		t.Fatalf("a dead socket: %v", err)
	}
	c, _ := serve(t, filepath.Dir(path))
	if err := c.Call(t.Context(), "echo", echo{"again"}, nil); err != nil {
		t.Error(err)
	}
}
