package intel_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/store/sqldb"
)

// generated is a bundle of n indicators, each of another domain.
func generated(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(indicatorAt(i, start.Add(time.Duration(i)*time.Second), fmt.Sprintf(`,"labels":["feed-%d","malicious-activity"],"confidence":85,"description":"Domain seen in campaign %d, as reported by a sensor."`, i%10, i%1000)))
	}
	b.WriteString("]}")
	return b.Bytes()
}

func BenchmarkImport(b *testing.B) {
	const n = 50_000
	data := generated(n)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		b.StopTimer()
		db, err := sqldb.Open(b.Context(), filepath.Join(b.TempDir(), "parley.db"))
		if err != nil {
			b.Fatal(err)
		}
		s, err := intel.Open(b.Context(), db, time.Now)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		r, err := s.Import(b.Context(), bytes.NewReader(data), intel.ImportOptions{})
		if err != nil || r.Taken != n {
			b.Fatalf("%+v, %v", r, err)
		}
		b.StopTimer()
		db.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
}
