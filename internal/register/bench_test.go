package register_test

import (
	"slices"
	"testing"

	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/register"
	"parley.example/parley/seal"
)

// BenchmarkFold folds messages and the receipts for them, judged and opened
// before: one operation is one entry, in batches of 256.
func BenchmarkFold(b *testing.B) {
	c := newCircle(b)
	var batch []written
	for range 1024 {
		batch = append(batch, c.hotline(borea, aster))
	}
	for i := range batch {
		c.receipt(aster, seal.SaysOpened, "", batch[i])
	}
	reader := c.desk(parleytest.Aster)
	var judged []register.Judged
	for _, o := range []int{1, 0} {
		for i := range c.journals[c.origins[o]] {
			judged = append(judged, reader.judge(c.origins[o], i))
		}
	}
	b.ResetTimer()
	for n := 0; n < b.N; n += len(judged) {
		b.StopTimer()
		d := c.desk(parleytest.Aster)
		b.StartTimer()
		for part := range slices.Chunk(judged, 256) {
			if err := d.Fold(b.Context(), part); err != nil {
				b.Fatal(err)
			}
		}
	}
}
