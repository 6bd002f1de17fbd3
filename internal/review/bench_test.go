package review_test

import (
	"strconv"
	"testing"
	"time"
)

// BenchmarkLongThread reviews a report that its author never gets to the end of: each
// of its thousands of early words waits for the next step of the same thread.
func BenchmarkLongThread(b *testing.B) {
	for _, n := range []int{1000, 4000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := newScript(b, "", "[[promises.commitment]]\nid = \"refrain\"", staged)
			first := s.write(noon, message{from: borea, to: aster, kind: "incident", step: "early"})
			for i := range n {
				s.write(noon.Add(time.Duration(i)*time.Minute), message{from: borea, to: aster, kind: "incident", step: "early", thread: first, answers: first})
			}
			b.ResetTimer()
			for b.Loop() {
				s.at(noon.Add(7 * day))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/message")
		})
	}
}
