package sqldb_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"syscall"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/store/storetest"
)

// cpu is the processor time of this process.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkProve reads the nodes of an inclusion proof at random places of a small
// and of a large tree.
func BenchmarkProve(b *testing.B) {
	ctx := context.Background()
	for _, size := range []int{10_000, 1_000_000} {
		db := open(b)
		j, edge := sqldb.Journal{}, sqldb.Edge{}
		for edge.Size() < uint64(size) {
			err := db.Update(ctx, func(tx *sqldb.Tx) (err error) {
				if j, err = tx.PutJournal(sqldb.Journal{Origin: "aster.example/0123456789abcdef", Party: "aster.example", Role: sqldb.Ours, Opened: storetest.Start}); err != nil {
					return err
				}
				leaves := make([]tlog.Hash, 10_000)
				for i := range leaves {
					leaves[i] = tlog.Hash(parley.Sum(binary.BigEndian.AppendUint64(nil, edge.Size()+uint64(i))))
				}
				return tx.PutLeaves(j.ID, &edge, leaves)
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			h := parley.Sum(nil)
			before := cpu()
			n := 0
			for b.Loop() {
				n++
				h = parley.Sum(h[:])
				at := binary.BigEndian.Uint64(h[:]) % uint64(size)
				err := db.View(ctx, func(tx *sqldb.Tx) error {
					_, err := tlog.ProveRecord(int64(size), int64(at), tx.HashReader(j.ID))
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu()-before).Microseconds())/float64(n), "cpu-µs/op")
		})
	}
}
