package mispserver

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"parley.example/parley"
)

// maxQuestion bounds the body of a call that only asks.
const maxQuestion = 4 << 20

// body reads a request's body within a pace and a size, also after decompression:
// what a small body could become is cut there.
func (q *request) body(most int64) (io.Reader, error) {
	most = min(most, q.MaxBody)
	if q.r.ContentLength > most {
		return nil, tooLarge(&http.MaxBytesError{Limit: most})
	}
	in := io.Reader(&steady{r: http.MaxBytesReader(q.w, q.r.Body, most), control: http.NewResponseController(q.w)})
	switch coding := strings.ToLower(q.r.Header.Get("Content-Encoding")); coding {
	case "", "identity":
		return in, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, parley.E(parley.Invalid, "the body is not gzip: %w", err)
		}
		return &capped{r: z, left: most, most: most}, nil
	default:
		return nil, refuse(http.StatusUnsupportedMediaType, "Content-Encoding %.20q: want gzip or none", coding)
	}
}

// whole reads the body to its end.
func (q *request) whole(most int64) ([]byte, error) {
	in, err := q.body(most)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(in)
	return bytes.TrimSpace(raw), tooLarge(err)
}

// question reads the body of a call that only asks; where there is none, v stays.
func (q *request) question(v any) error { return q.questionOf(v, maxQuestion) }

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

// tooLarge gives an error that came of a body's size its status.
func tooLarge(err error) error {
	var m *http.MaxBytesError
	if errors.As(err, &m) {
		return refuse(http.StatusRequestEntityTooLarge, "the body has more than %d octets: send it in parts", m.Limit)
	}
	return err
}

// steady gives a client some time for each piece of its body.
type steady struct {
	r       io.Reader
	control *http.ResponseController
}

func (s *steady) Read(p []byte) (int, error) {
	s.control.SetReadDeadline(time.Now().Add(paceTime)) // the connection's clock
	return s.r.Read(p)
}

// capped is io.LimitReader with an error.
type capped struct {
	r          io.Reader
	left, most int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, &http.MaxBytesError{Limit: c.most}
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}
