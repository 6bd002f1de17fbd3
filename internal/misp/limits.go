package misp

import (
	"io"

	"parley.example/parley"
)

// Limits bound what one file may make us hold. A zero field means the default.
type Limits struct {
	Item  int64 // octets of one attribute, object, galaxy or member: 64 MiB (a sample, in base64)
	Event int64 // octets of one event: 1 GiB
	Items int   // attributes, objects and proposals of one event, each: 1,000,000
}

func (l Limits) withDefaults() Limits {
	if l.Item <= 0 {
		l.Item = 64 << 20
	}
	if l.Event <= 0 {
		l.Event = 1 << 30
	}
	if l.Items <= 0 {
		l.Items = 1_000_000
	}
	return l
}

// meter refuses to read further than to the octet until.
type meter struct {
	r           io.Reader
	read, until int64
	what        string // what would grow too large
}

func (m *meter) Read(p []byte) (int, error) {
	if m.read >= m.until {
		return 0, parley.E(parley.Invalid, "%s is larger than what is taken", m.what)
	}
	if left := m.until - m.read; int64(len(p)) > left {
		p = p[:left]
	}
	n, err := m.r.Read(p)
	m.read += int64(n)
	return n, err
}
