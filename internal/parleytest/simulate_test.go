package parleytest_test

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"testing/cryptotest"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley/internal/parleytest"
)

var (
	seeds = flag.Int("seeds", 50, "how many worlds TestSimulate makes")
	first = flag.Uint64("seed", 1, "the first of them")
	trace = flag.Bool("trace", false, "print what was done in each world")
)

// verdict is the last line of a simulation: TestMain prints it after everything else.
var verdict string

func TestMain(m *testing.M) {
	code := m.Run()
	if verdict != "" {
		fmt.Println(verdict)
	}
	os.Exit(code)
}

// TestSimulate makes worlds in which everything goes wrong, and demands that
// nothing is lost, nothing forged, nobody wedged, and all come to hold the same.
func TestSimulate(t *testing.T) {
	passed, failed := 0, 0
	all := map[string]int{}
	sent, entries, lost := 0, 0, 0
	for i := range *seeds {
		seed := *first + uint64(i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			cryptotest.SetGlobalRandom(t, seed)
			r, err := simulate(t, seed)
			for f, n := range r.Faults {
				all[f] += n
			}
			sent, entries, lost = sent+r.Sent, entries+r.Entries, lost+r.Lost
			if *trace || err != nil {
				t.Log("\n" + strings.Join(r.Trace, "\n"))
			}
			if err != nil {
				t.Errorf("%v\nreplay: go test ./internal/parleytest -run '^TestSimulate$' -args -seeds 1 -seed %d -trace", err, seed)
			}
			if t.Failed() {
				failed++
			} else {
				passed++
			}
		})
	}
	t.Logf("faults injected into %d worlds with %d messages, %d entries (%d messages were lost with homes that were put back):\n%s",
		*seeds, sent, entries, lost, parleytest.FaultTable(all))
	verdict = fmt.Sprintf("%d passed, %d failed", passed, failed)
}

// A failing seed must do the same again.
func TestReplay(t *testing.T) {
	for _, seed := range []uint64{3, 11} {
		var traces []string
		for range 2 {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				cryptotest.SetGlobalRandom(t, seed)
				r, err := simulate(t, seed)
				if err != nil {
					t.Fatal(err)
				}
				traces = append(traces, strings.Join(r.Trace, "\n"))
			})
		}
		if len(traces) == 2 && traces[0] != traces[1] {
			t.Errorf("seed %d made two worlds: %s", seed, cmp.Diff(traces[0], traces[1]))
		}
	}
}

func simulate(t *testing.T, seed uint64) (r parleytest.Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return parleytest.Simulate(t.Context(), t.TempDir(), seed)
}
