package taxii

import "time"

// A client has a grace, and then as long as its octets take at the least pace: who
// stands still, or drips, holds nothing of ours for long.
const (
	grace     = 30 * time.Second
	leastPace = 16 << 10 // octets a second
)

// pace moves a connection's deadline along with what has gone over it.
type pace struct {
	begun time.Time // the connection's clock: a deadline knows no other
	grace time.Duration
	done  int64 // octets
	set   func(time.Time) error
}

func newPace(grace time.Duration, set func(time.Time) error) pace {
	return pace{begun: time.Now(), grace: grace, set: set}
}

func (p *pace) allow() {
	p.set(p.begun.Add(p.grace + time.Duration(p.done/leastPace)*time.Second))
}
