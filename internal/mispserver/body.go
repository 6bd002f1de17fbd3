package mispserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
)

// maxQuestion bounds the body of a call that only asks.
const maxQuestion = 4 << 20

// body reads a request's body, at most so many octets and no more than this server takes.
func (q *request) body(most int64) (io.Reader, error) {
	return gateway.Body(q.w, q.r, min(most, q.MaxBody), 0)
}

// whole reads the body to its end.
func (q *request) whole(most int64) ([]byte, error) {
	in, err := q.body(most)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(in)
	return bytes.TrimSpace(raw), gateway.BodyError(err, "")
}

// question reads the body of a call that only asks; where there is none, v stays.
func (q *request) question(v any) error { return q.questionOf(v, maxQuestion) }

// asked are the members of the body of a call that may also come as GET, without one.
func (q *request) asked() (body map[string]json.RawMessage, err error) {
	if q.r.Method == http.MethodPost {
		err = q.question(&body)
	}
	return body, err
}

func (q *request) questionOf(v any, most int64) error {
	raw, err := q.whole(most)
	if err != nil || len(raw) == 0 {
		return err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return parley.E(parley.Invalid, "the body is not what this call takes: %w", plainly(err))
	}
	return nil
}

// plainly says of JSON that has another shape what would be right, in JSON's words.
func plainly(err error) error {
	var t *json.UnmarshalTypeError
	if !errors.As(err, &t) || t.Type == nil {
		return err
	}
	want := "a number"
	switch t.Type.Kind() {
	case reflect.Map, reflect.Struct:
		want = "an object"
	case reflect.Slice, reflect.Array:
		want = "a list"
	case reflect.String:
		want = "a string"
	case reflect.Bool:
		want = "true or false"
	}
	if t.Field != "" {
		return fmt.Errorf("%.80s: want %s, found: %.20s", t.Field, want, t.Value)
	}
	return fmt.Errorf("want %s, found: %.20s", want, t.Value)
}
