package gateway

import (
	"cmp"
	"io"
	"time"
)

// A client has a grace, and then as long as its octets take at the least pace: who
// stands still, or drips, holds nothing of ours for long.
const (
	Grace     = 30 * time.Second
	leastPace = 16 << 10 // octets a second
)

// pace moves a connection's deadline along with what has gone over it. Only the time that the
// client takes counts: not what we need to make an answer, or to take a body in.
type pace struct {
	left time.Duration
	odd  int64 // octets that have not become time yet
	set  func(time.Time) error
}

func newPace(grace time.Duration, set func(time.Time) error) pace {
	return pace{left: cmp.Or(grace, Grace), set: set}
}

// over does what moves octets, due of them for sure, and pays for those that were moved.
func (p *pace) over(due int, f func() (int, error)) (int, error) {
	begun := time.Now() // the connection's clock: a deadline knows no other
	p.set(begun.Add(p.left + time.Duration(due/leastPace)*time.Second))
	n, err := f()
	p.odd += int64(n)
	p.left += time.Duration(p.odd/leastPace)*time.Second - time.Since(begun)
	p.odd %= leastPace
	return n, err
}

// steady reads a body at a pace.
type steady struct {
	r io.Reader
	pace
}

func (s *steady) Read(b []byte) (int, error) {
	return s.over(0, func() (int, error) { return s.r.Read(b) })
}

// paced writes an answer at a pace.
type paced struct {
	w io.Writer
	pace
}

func (p *paced) Write(b []byte) (int, error) {
	return p.over(len(b), func() (int, error) { return p.w.Write(b) })
}

func (p *paced) Close() error { return nil }
