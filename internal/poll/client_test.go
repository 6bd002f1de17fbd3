package poll

import (
	"io"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
)

// TestPatient: an answer without an end is left at its bound.
func TestPatient(t *testing.T) {
	stopped := false
	p := &patient{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("x", 1000))), left: 100, stop: func() { stopped = true }, timer: time.AfterFunc(time.Hour, func() {})}
	b := make([]byte, 64)
	n := 0
	for {
		m, err := p.Read(b)
		if n += m; err != nil {
			if parley.KindOf(err) != parley.Invalid || n > 100+len(b) {
				t.Errorf("%d octets, %v", n, err)
			}
			break
		}
	}
	if p.Close(); !stopped {
		t.Error("what was begun for it goes on")
	}
}
