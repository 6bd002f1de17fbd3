package journal_test

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
)

// cpu is the processor time of this process: on a busy machine it says more than
// the clock does.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCommit is the floor: one small row and one fsync.
func BenchmarkCommit(b *testing.B) {
	ctx := context.Background()
	db := newDesk(b).open()
	start := cpu()
	for i := 0; b.Loop(); i++ {
		err := db.Update(ctx, func(tx *sqldb.Tx) error { return tx.SetSetting("bench", fmt.Append(nil, i)) })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-start).Microseconds())/float64(b.N), "cpu-µs/op")
}

// BenchmarkAppendOne is one message: signed, stored, the checkpoint signed by both keys.
func BenchmarkAppendOne(b *testing.B) {
	d := newDesk(b)
	j := d.create(d.open())
	items := d.items(20000)
	n, start := 0, cpu()
	for b.Loop() {
		if _, _, err := j.Append(context.Background(), storetest.Start, nil, items[n:n+1]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64((cpu()-start).Microseconds())/float64(n), "cpu-µs/op")
}

// BenchmarkAppendBatch tells the time of one entry in batches of 1000.
func BenchmarkAppendBatch(b *testing.B) {
	d := newDesk(b)
	j := d.create(d.open())
	items := make([]journal.Item, 1000)
	b.ReportAllocs()
	n, spent := 0, time.Duration(0)
	for b.Loop() {
		b.StopTimer()
		for i := range items {
			items[i] = journal.Item{Ready: d.Ready(borea, 4200), Body: d.Sign}
		}
		b.StartTimer()
		start := cpu()
		if _, _, err := j.Append(context.Background(), storetest.Start, nil, items); err != nil {
			b.Fatal(err)
		}
		spent += cpu() - start
		n += len(items)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/entry")
	b.ReportMetric(float64(spent.Microseconds())/float64(n), "cpu-µs/entry")
}

// BenchmarkSizes appends and proves at sizes of 10,000 and 1,000,000; the second
// takes minutes to fill, so that it wants PARLEY_BENCH_LARGE.
func BenchmarkSizes(b *testing.B) {
	for _, size := range []int{10_000, 1_000_000} {
		if size > 10_000 && os.Getenv("PARLEY_BENCH_LARGE") == "" {
			continue
		}
		d := newDesk(b)
		db := d.open()
		j := d.create(db)
		items := make([]journal.Item, 5000)
		start := time.Now()
		for at := 0; at < size; at += len(items) {
			for i := range items {
				items[i] = journal.Item{Ready: d.Ready(borea, 300), Body: d.Sign}
			}
			if _, _, err := j.Append(context.Background(), storetest.Start, nil, items); err != nil {
				b.Fatal(err)
			}
		}
		b.Logf("filled %d in %v", size, time.Since(start).Round(time.Second))
		b.Run(fmt.Sprintf("append/%d", size), func(b *testing.B) {
			items, n, before := d.items(5000), 0, cpu()
			for b.Loop() {
				if _, _, err := j.Append(context.Background(), storetest.Start, nil, items[n:n+1]); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64((cpu()-before).Microseconds())/float64(n), "cpu-µs/op")
		})
		cp, err := j.Latest(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("prove/%d", size), func(b *testing.B) {
			h, n, before := parley.Sum(nil), 0, cpu()
			for b.Loop() {
				n++
				h = parley.Sum(h[:])
				i := (uint64(h[0])<<16 | uint64(h[1])<<8 | uint64(h[2])) % cp.Size
				if _, err := proof.ProveInclusion(j.HashReader(context.Background()), i, cp.Size); err != nil {
					b.Fatal(err)
				}
				if _, err := proof.ProveConsistency(j.HashReader(context.Background()), i+1, cp.Size); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu()-before).Microseconds())/float64(n), "cpu-µs/op")
		})
		db.Close()
	}
}
