package misp

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"parley.example/parley"
)

// Events reads events one at a time, in every wrapper that MISP and its friends
// write: an event, {"Event": …}, {"response": …} around one or many, an array of
// them, one after the other. What is wrong inside an event stands in its Faults.
// The error is parley.Invalid and ends the file, except where it is a *NotEvent:
// then one item was none, and the next may be one. An event that the end of the
// file, or bad JSON, cuts off comes with what it had until there, Truncated.
func Events(r io.Reader, l Limits) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		m := &meter{r: r, what: "one item"}
		d := &decoder{meter: m, limits: l.withDefaults(), yield: yield}
		d.Decoder = json.NewDecoder(m)
		for n := 0; ; n++ {
			d.allow(d.limits.Item)
			err := d.value("")
			switch {
			case errors.Is(err, io.EOF) && n == 0:
				yield(nil, parley.E(parley.Invalid, "the file is empty: want a MISP event"))
				return
			case errors.Is(err, io.EOF), errors.Is(err, errStop):
				return
			case err != nil:
				yield(nil, parley.E(parley.Invalid, "%s", d.say(err)))
				return
			}
		}
	}
}

// NotEvent is the error for JSON that is sound but no event.
type NotEvent struct{ Path, Reason string }

func (e *NotEvent) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return e.Path + ": " + e.Reason
}

// Unwrap makes parley.KindOf say Invalid.
func (e *NotEvent) Unwrap() error { return parley.E(parley.Invalid, "%s", e.Error()) }

var errStop = errors.New("the reader wants no more")

type decoder struct {
	*json.Decoder
	meter  *meter
	limits Limits
	yield  func(*Event, error) bool
}

// allow lets the next item take so many octets.
func (d *decoder) allow(n int64) { d.meter.until = d.InputOffset() + n + 64<<10 }

// say tells where and why the file is not JSON any more.
func (d *decoder) say(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Sprintf("octet %d: the file ends in the middle of an event", d.InputOffset())
	}
	var e *parley.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("octet %d: %s", d.InputOffset(), e.Msg)
	}
	at := d.InputOffset()
	if s := (*json.SyntaxError)(nil); errors.As(err, &s) && s.Offset > at {
		at = s.Offset
	}
	return fmt.Sprintf("octet %d: not JSON: %s", at, strings.TrimPrefix(err.Error(), "json: "))
}

func (d *decoder) emit(e *Event, err error) error {
	if !d.yield(e, err) {
		return errStop
	}
	return nil
}

// value reads one value that should be, or hold, events. An event that fails in
// the middle is given out before its error.
func (d *decoder) value(path string) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('['):
		for i := 0; d.More(); i++ {
			d.allow(d.limits.Item)
			if err := d.value(fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return inside(err)
			}
		}
		_, err := d.Token()
		return inside(err)
	case json.Delim('{'):
		return inside(d.object(path))
	}
	return d.emit(nil, &NotEvent{path, fmt.Sprintf("%.40v is no MISP event: want an object", t)})
}

// inside turns the end of the file into the fault that it is in the middle.
func inside(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// object reads what follows '{': a wrapper, or the event itself.
func (d *decoder) object(path string) error {
	e := newEvent()
	b := &builder{event: e, limits: d.limits, extra: &fields{members: map[string]json.RawMessage{}}, aliases: map[string]string{}}
	wrapped := false
	start := d.InputOffset()
	for d.More() {
		d.allow(d.limits.Item)
		t, err := d.Token()
		if err != nil {
			return d.cut(b, err)
		}
		name, _ := t.(string)
		switch name {
		case "response", "Event":
			if len(b.extra.members) == 0 && b.empty() {
				wrapped = true
				if err := d.value(strings.TrimPrefix(path+"."+name, ".")); err != nil {
					return err
				}
				continue
			}
		}
		if err := d.member(b, name, start); err != nil {
			return d.cut(b, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return d.cut(b, err)
	}
	if wrapped {
		return nil
	}
	if reason := b.finish(); reason != "" {
		return d.emit(nil, &NotEvent{path, reason})
	}
	return d.emit(e, nil)
}

// cut gives out what there was of an event, and says where it was cut.
func (d *decoder) cut(b *builder, err error) error {
	if errors.Is(err, errStop) {
		return err
	}
	err = inside(err)
	if b.finish() == "" {
		e := b.event
		e.Truncated = true
		e.Faults = append(e.Faults, Fault{UUID: e.UUID, Reason: d.say(err), Refused: true, Offset: d.InputOffset()})
		if stop := d.emit(e, nil); stop != nil {
			return stop
		}
	}
	return err
}

// member reads one member of an event; lists element by element, so that no list
// is held twice.
func (d *decoder) member(b *builder, name string, start int64) error {
	if d.InputOffset()-start > d.limits.Event {
		return parley.E(parley.Invalid, "the event is larger than %d octets", d.limits.Event)
	}
	take := b.lists()[name]
	if take == nil {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		b.scalar(name, raw)
		return nil
	}
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('[') {
		if t == json.Delim('{') { // PHP's empty list, or one element without its list
			return d.skip()
		}
		if t != nil {
			b.fault(name, "", true, "is %.40v: want a list", t)
		}
		return nil
	}
	for i := 0; d.More(); i++ {
		if d.InputOffset()-start > d.limits.Event {
			return parley.E(parley.Invalid, "the event is larger than %d octets", d.limits.Event)
		}
		d.allow(d.limits.Item)
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		if i < d.limits.Items {
			take(fmt.Sprintf("%s[%d]", name, i), raw)
		} else if i == d.limits.Items {
			b.fault(name, "", true, "holds more than %d items: those after it are left out", d.limits.Items)
		}
	}
	_, err = d.Token()
	return err
}

// skip reads to the end of the object that is open.
func (d *decoder) skip() error {
	for d.More() {
		d.allow(d.limits.Item)
		if _, err := d.Token(); err != nil {
			return err
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}
