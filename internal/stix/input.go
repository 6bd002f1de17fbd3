package stix

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// input is the stream with a window that grows to one object at most.
type input struct {
	src    io.Reader
	limits Limits
	buf    []byte
	at     int   // where reading goes on, in buf
	base   int64 // octets before buf
	lines  int   // ends of lines before at
	err    error // of src, io.EOF at its end
	fault  *Fault
	in     *counter // below gzip
	opened bool
}

type counter struct {
	io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

const window = 256 << 10

func (in *input) rest() []byte  { return in.buf[in.at:] }
func (in *input) offset() int64 { return in.base + int64(in.at) }

func (in *input) advance(n int) {
	in.lines += bytes.Count(in.buf[in.at:in.at+n], []byte{'\n'})
	in.at += n
}

// more makes the rest longer, twice as long where src gives as much; false where
// nothing more comes.
func (in *input) more() bool {
	if in.err != nil {
		return false
	}
	if !in.opened {
		in.opened = true
		in.open()
		if in.err != nil {
			return false
		}
	}
	have := len(in.buf) - in.at
	if in.at > 0 && (have == 0 || cap(in.buf)-len(in.buf) < max(have, window/4)) {
		copy(in.buf, in.buf[in.at:])
		in.base += int64(in.at)
		in.buf, in.at = in.buf[:have], 0
	}
	if want := max(window, have*2); cap(in.buf) < want {
		in.buf = append(make([]byte, 0, want), in.buf...)
	}
	before, empty := len(in.buf), 0
	for len(in.buf) < cap(in.buf) && in.err == nil && (len(in.buf) == before || len(in.buf)-in.at < 2*have) {
		n, err := in.src.Read(in.buf[len(in.buf):cap(in.buf)])
		in.buf = in.buf[:len(in.buf)+n]
		in.err = err
		if empty++; n > 0 {
			empty = 0
		} else if empty > 100 && err == nil {
			in.err = io.ErrNoProgress
		}
	}
	in.bound()
	return len(in.buf) > before
}

// bound says why the stream ends where it is no plain end.
func (in *input) bound() {
	total := in.base + int64(len(in.buf))
	var corrupt flate.CorruptInputError
	switch {
	case total > in.limits.Total:
		in.fault = &Fault{Rule: "total", Message: fmt.Sprintf("the stream has more than %d octets: cut it in parts", in.limits.Total)}
	case in.in != nil && total > 16<<20 && total > in.in.n*in.limits.Ratio:
		in.fault = &Fault{Rule: "bomb", Message: fmt.Sprintf("the compressed stream grows more than %d times: decompress it first if you trust it", in.limits.Ratio)}
	case in.in != nil && (errors.Is(in.err, io.ErrUnexpectedEOF) || errors.Is(in.err, gzip.ErrChecksum) || errors.Is(in.err, gzip.ErrHeader) || errors.As(in.err, &corrupt)):
		in.fault = &Fault{Rule: "gzip", Message: "the compressed stream is cut off or damaged: what came before is kept"}
	default:
		return
	}
	in.err = io.EOF
}

// open finds out whether the stream is compressed.
func (in *input) open() {
	head := make([]byte, 2)
	n, err := io.ReadFull(in.src, head)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	if n < 2 {
		in.buf, in.err = append(in.buf, head[:n]...), err
		return
	}
	in.src = io.MultiReader(bytes.NewReader(head), in.src)
	if head[0] != 0x1f || head[1] != 0x8b {
		return
	}
	in.in = &counter{Reader: in.src}
	z, err := gzip.NewReader(in.in)
	if err != nil {
		in.err = err
		in.bound()
		return
	}
	in.src = z
}

// have makes at least n octets of rest, if that many come.
func (in *input) have(n int) bool {
	for len(in.rest()) < n {
		if !in.more() {
			return false
		}
	}
	return true
}

// peek goes over spaces and returns the octet there; false at the end.
func (in *input) peek() (byte, bool) {
	for {
		b := in.buf
		i := in.at
		for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
			i++
		}
		in.advance(i - in.at)
		if i < len(b) {
			return b[i], true
		}
		if !in.more() && in.at >= len(in.buf) {
			return 0, false
		}
	}
}
