package bench_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"

	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

var intelObjects = flag.Int("bench.intel", 200_000, "objects that go from node to node; the store is measured with five times as many")

// indicators writes a bundle of n indicators, each of another domain.
func indicators(w io.Writer, from, n int) {
	io.WriteString(w, `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[`)
	for i := from; i < from+n; i++ {
		if i > from {
			io.WriteString(w, ",")
		}
		fmt.Fprintf(w, `{"type":"indicator","spec_version":"2.1","id":"indicator--%08x-0000-4000-8000-%012x","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-02T00:00:00.000Z",`+
			`"name":"Relay %d","description":"Seen in campaign %d by a sensor.","labels":["feed-%d","malicious-activity"],"confidence":85,"pattern":"[domain-name:value = 'host%d.example.org']",`+
			`"pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","object_marking_refs":["%s"]}`, i, i, i, i%1000, i%10, i, stix.MarkingID(stix.Green))
	}
	io.WriteString(w, "]}")
}

// intelligence measures the store, and the way of objects from one node to another.
func intelligence(t *testing.T) []row {
	n := *intelObjects
	rows := storeAtSize(t, n) // before the file is in memory
	var file bytes.Buffer
	indicators(&file, 0, n)
	raw := file.Bytes()
	return append(rows, importRate(t, raw, n), nodeToNode(t, raw, n))
}

func openIntel(t *testing.T) *intel.Store {
	t.Helper()
	db, err := sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := intel.Open(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func importRate(t *testing.T, raw []byte, n int) row {
	began := time.Now()
	var v any
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&v); err != nil {
		t.Fatal(err)
	}
	decoder := time.Since(began)
	v = nil
	s := openIntel(t)
	began = time.Now()
	r, err := s.Import(t.Context(), bytes.NewReader(raw), intel.ImportOptions{})
	if err != nil || r.Taken != n {
		t.Fatalf("%+v, %v", r, err)
	}
	took := time.Since(began)
	rate := func(d time.Duration) float64 { return float64(len(raw)) / 1e6 / d.Seconds() }
	return row{fmt.Sprintf("import of %d indicators: read, checked, indexed, on disk", n), fmt.Sprintf("%.0f MB/s, %.0f objects/s", rate(took), perSecond(n, took)),
		fmt.Sprintf("%.0f MB/s (encoding/json decoding alone)", rate(decoder)), ratio(rate(took), rate(decoder)), "at least 0.5"}
}

// storeAtSize is the first page, and the memory, of a store that grows a hundredfold.
func storeAtSize(t *testing.T, n int) []row {
	s := openIntel(t)
	page := func() time.Duration {
		var list []time.Duration
		for range 101 {
			began := time.Now()
			p, err := s.Find(t.Context(), intel.Query{Clearance: intel.Operator(), Limit: 1000, Types: []string{"indicator"}})
			if err != nil || len(p.Objects) != 1000 {
				t.Fatal(len(p.Objects), err)
			}
			list = append(list, time.Since(began))
		}
		return quantile(list, 0.5)
	}
	fill := func(from, count int) {
		r, w := io.Pipe()
		go func() { // ends when everything was read
			indicators(w, from, count)
			w.Close()
		}()
		if rep, err := s.Import(t.Context(), r, intel.ImportOptions{}); err != nil || rep.Taken != count {
			t.Fatalf("%+v, %v", rep, err)
		}
	}
	fill(0, 10_000)
	small := page()
	fill(10_000, 5*n-10_000)
	large := page()
	debug.FreeOSMemory()
	mem := resident()
	return []row{
		{fmt.Sprintf("first page of 1,000 objects by type, %d held, p50", 5*n), ms(large), ms(small) + " (the same with 10,000 held)", ratio(large.Seconds(), small.Seconds()), "at most 1.5"},
		{fmt.Sprintf("resident memory of the process with %d objects held", 5*n), fmt.Sprintf("%d MiB", mem>>20), "-", "-", "under 300 MiB"},
	}
}

// resident is the memory of this process, in octets; 0 where the system does not tell.
func resident() int64 {
	b, _ := os.ReadFile("/proc/self/statm")
	var size, pages int64
	fmt.Sscan(string(b), &size, &pages)
	return pages * int64(os.Getpagesize())
}

// nodeToNode imports at Aster and waits until Borea finds the last object with a
// cosignature, beside the slowest of the bare stages.
func nodeToNode(t *testing.T, raw []byte, n int) row {
	p := newPairUnder(t, parleytest.Daily, t.TempDir(), true)
	aster, borea := p.nodes["aster.example"], p.nodes["borea.example"]
	began := time.Now()
	if r, err := aster.node.Intel().Import(t.Context(), bytes.NewReader(raw), intel.ImportOptions{}); err != nil || r.Taken != n {
		t.Fatalf("%+v, %v", r, err)
	}
	if sent, err := aster.node.SendIntel(t.Context(), node.IntelSend{Query: node.IntelQuery{Types: []string{"indicator"}},
		SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Marking: "TLP:GREEN", Now: true}}); err != nil || sent.Objects != n {
		t.Fatalf("%d, %v", sent.Objects, err)
	}
	for {
		list, err := borea.node.IntelSources(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 && list[0].Direction == intel.In && list[0].Objects >= int64(n) {
			break
		}
		if time.Since(began) > 10*time.Minute {
			t.Fatalf("after ten minutes: %+v", list)
		}
		time.Sleep(time.Millisecond)
	}
	took := time.Since(began)
	slowest, floors := bare(t, raw, n)
	return row{fmt.Sprintf("%d indicators from a file at Aster to found at Borea, cosigned", n), fmt.Sprintf("%.0f objects/s", perSecond(n, took)),
		floors, ratio(perSecond(n, took), perSecond(n, slowest)) + " of the slowest", "50,000/s; at least 0.5"}
}
