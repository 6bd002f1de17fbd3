package bench_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/gaissmai/bart"

	"parley.example/parley/internal/constituency"
)

var lookups = 10_000_000

// whoseIs looks addresses up in the constituencies of many bodies, and in the bare
// library with the same prefixes.
func whoseIs(t *testing.T) []row {
	r := rand.New(rand.NewPCG(1, 2))
	address := func() netip.Addr {
		if r.IntN(4) == 0 {
			return netip.AddrFrom16([16]byte{0x20, byte(r.IntN(16)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
		}
		return netip.AddrFrom4([4]byte{byte(1 + r.IntN(222)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
	}
	var b constituency.Builder
	for i := range 64 {
		b.Holder(constituency.Holder{Party: fmt.Sprintf("p%d.example", i/8), Body: fmt.Sprintf("p%d.example/b%d", i/8, i)})
	}
	var bare bart.Table[uint32]
	seen := map[netip.Prefix]bool{}
	for len(seen) < *large {
		a := address()
		bits := 12 + r.IntN(17)
		if a.Is6() {
			bits = 24 + r.IntN(40)
		}
		p, _ := a.Prefix(bits)
		if seen[p] {
			continue
		}
		seen[p] = true
		h := r.IntN(64)
		b.Add(h, constituency.Value{Sort: constituency.Prefix, Prefix: p})
		bare.Insert(p, uint32(h))
	}
	began := processor()
	x := b.Build()
	built := processor() - began
	asked := make([]netip.Addr, 1<<16) // more would measure the memory of the question
	for i := range asked {
		asked[i] = address()
	}
	texts := make([]string, len(asked))
	for i := range texts {
		texts[i] = asked[i].String()
	}
	// One round of each by turns, the best of five, in processor time: what else the machine does stays out of the ratio.
	once := func(n int, look func(i int) bool) (time.Duration, int) {
		found, began := 0, processor()
		for i := range n {
			if look(i & (len(asked) - 1)) {
				found++
			}
		}
		return processor() - began, found
	}
	var floor, ours, text time.Duration
	best := func(d *time.Duration, took time.Duration) {
		if *d == 0 || took < *d {
			*d = took
		}
	}
	for range 5 {
		took, found := once(lookups, func(i int) bool { _, ok := bare.Lookup(asked[i]); return ok })
		best(&floor, took)
		took, same := once(lookups, func(i int) bool { return x.Addr(asked[i]).Found() })
		best(&ours, took)
		if found != same || found == 0 {
			t.Fatalf("found %d, the bare library %d", same, found)
		}
		took, _ = once(lookups/10, func(i int) bool {
			v, err := constituency.ParseValue(texts[i])
			return err == nil && x.Find(v).Found()
		})
		best(&text, took)
	}
	return []row{
		{fmt.Sprintf("%d constituency look-ups over %d prefixes of 64 bodies, processor time", lookups, x.Size()), seconds(ours), seconds(floor) + " (bart)", ratio(float64(ours), float64(floor)), "seconds, within 2"},
		{"the same from text, a tenth of them", seconds(text), "", "", ""},
		{"making the index of them, with its conflicts", seconds(built), "", "", ""},
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// processor is the processor time that this process has used.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano())
}
