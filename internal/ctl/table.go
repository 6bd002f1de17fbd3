package ctl

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"

	"parley.example/parley"
)

// Caller calls a use case by name. A Table calls in this process, a Client over
// the socket; the CLI does not know which it has.
type Caller interface {
	// Call sends in as JSON and fills out, which may be nil. Errors keep their
	// kind, message and hint on both ways.
	Call(ctx context.Context, name string, in, out any) error
}

// Handler answers one named call. It takes and gives JSON.
type Handler func(ctx context.Context, in []byte) ([]byte, error)

// Table maps names such as "hotline.send" to handlers. It is filled before
// serving and not changed afterwards, so it is safe for concurrent calls.
type Table map[string]Handler

// Handle turns a use case into a Handler. Unknown fields and trailing data in
// the input are Invalid; an empty input leaves In at its zero value.
func Handle[In, Out any](f func(context.Context, In) (Out, error)) Handler {
	return func(ctx context.Context, raw []byte) ([]byte, error) {
		var in In
		if len(bytes.TrimSpace(raw)) > 0 {
			if err := decode(raw, &in); err != nil {
				return nil, parley.E(parley.Invalid, "the request is not what this call takes: %w", err)
			}
		}
		out, err := f(ctx, in)
		if err != nil {
			return nil, err
		}
		return json.Marshal(out)
	}
}

// None is the input or output of a call that takes or gives nothing.
type None struct{}

// Call implements Caller in this process.
func (t Table) Call(ctx context.Context, name string, in, out any) error {
	h, ok := t[name]
	if !ok {
		return unknown(name)
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	reply, err := h(ctx, raw)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(reply, out)
}

// Names lists the calls, sorted.
func (t Table) Names() []string { return slices.Sorted(maps.Keys(t)) }

func unknown(name string) error {
	return parley.E(parley.NotFound, "this node has no call named %.60q", name).
		WithHint("the command and the running node may be of different versions: compare `parley version` with the log of serve")
}

// decode refuses unknown fields and anything after the first value.
func decode(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return parley.E(parley.Invalid, "more than one JSON value")
	}
	return nil
}
