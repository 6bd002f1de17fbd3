package peer

import (
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"parley.example/parley"
)

// gate holds one caller to its limits. WIRE-6
type gate struct {
	limits   Limits
	requests *rate.Limiter
	octets   *rate.Limiter

	mu       sync.Mutex
	inFlight int // guarded by mu
}

func (l Limits) orDefault() Limits {
	if l.InFlight <= 0 {
		l.InFlight = DefaultLimits.InFlight
	}
	if l.RequestsPerMinute <= 0 {
		l.RequestsPerMinute = DefaultLimits.RequestsPerMinute
	}
	if l.BytesPerDay <= 0 {
		l.BytesPerDay = DefaultLimits.BytesPerDay
	}
	return l
}

func newGate(l Limits) *gate {
	return &gate{
		limits:   l,
		requests: rate.NewLimiter(rate.Limit(float64(l.RequestsPerMinute)/60), l.RequestsPerMinute),
		octets:   rate.NewLimiter(rate.Limit(float64(l.BytesPerDay)/86400), int(l.BytesPerDay)),
	}
}

// enter admits a request or says when to come again; leave follows an admitted one.
func (g *gate) enter(now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inFlight >= g.limits.InFlight {
		return busy(time.Second, "%d requests are in flight: want at most that many at a time", g.inFlight)
	}
	if g.octets.TokensAt(now) <= 0 {
		wait := time.Duration((1 - g.octets.TokensAt(now)) / float64(g.octets.Limit()) * float64(time.Second))
		return busy(wait, "the agreement allows %d octets a day", g.limits.BytesPerDay)
	}
	if !g.requests.AllowN(now, 1) {
		return busy(time.Minute/time.Duration(g.limits.RequestsPerMinute)+time.Second, "the limit is %d requests a minute", g.limits.RequestsPerMinute)
	}
	g.inFlight++
	return nil
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
}

// charge counts octets that came; the next request feels it.
func (g *gate) charge(now time.Time, n int) {
	if n > 0 {
		g.octets.ReserveN(now, min(n, g.octets.Burst()))
	}
}

// servedShare is how many octets of an answer cost as much as one that is sent: a
// restored node fetches whole journals, and nobody fetches for ever. WIRE-6
const servedShare = 8

// served counts the octets of an answer.
type served struct {
	http.ResponseWriter
	octets int64
}

func (s *served) Write(p []byte) (int, error) {
	n, err := s.ResponseWriter.Write(p)
	s.octets += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (s *served) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func busy(after time.Duration, format string, args ...any) error {
	return &Busy{After: after, Err: &statusError{http.StatusTooManyRequests, parley.E(parley.Unavailable, format, args...)}}
}
