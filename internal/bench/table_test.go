package bench_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	run   = flag.Bool("bench.table", false, "measure, and print the table")
	only  = flag.String("bench.only", "", "measure this one: latency, throughput, rebuild, journal, page, requests, pages, whose, review, patterns, objects or taxii")
	page  = flag.String("bench.page", "", "of pages, measure those whose name begins so")
	large = flag.Int("bench.large", 1_000_000, "entries of the large journal and messages of the large register")
)

// row is one line of the table.
type row struct{ what, figure, floor, ratio, goal string }

// TestTable measures everything in one run.
func TestTable(t *testing.T) {
	if !*run {
		t.Skip("measures for minutes: `make bench` runs it")
	}
	rows := []row{}
	for _, m := range []struct {
		name    string
		measure func(*testing.T) []row
	}{{"latency", latency}, {"throughput", throughput}, {"rebuild", rebuild}, {"journal", largeJournal}, {"page", frontPage}, {"requests", requestPage}, {"pages", otherPages}, {"whose", whoseIs}, {"review", reviewed}, {"patterns", patternRates}, {"objects", objectRates}, {"intel", intelligence}, {"taxii", taxiiRates}} {
		if *only != "" && *only != m.name {
			continue
		}
		began := time.Now()
		more := m.measure(t)
		rows = append(rows, more...)
		fmt.Fprintf(os.Stderr, "bench: %s (%.0f s)\n", more[0].what, time.Since(began).Seconds())
	}
	fmt.Printf("\n%s, %d cores, %s, %s\n\n", machine(), runtime.NumCPU(), runtime.Version(), commit())
	fmt.Println("| what | figure | floor or peer, same run | ratio | goal |")
	fmt.Println("| --- | --- | --- | --- | --- |")
	for _, r := range rows {
		fmt.Printf("| %s | %s | %s | %s | %s |\n", r.what, r.figure, r.floor, r.ratio, r.goal)
	}
}

// quantile of a list of durations.
func quantile(list []time.Duration, q float64) time.Duration {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[min(len(list)-1, int(q*float64(len(list))))]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }

func ratio(a, b float64) string { return fmt.Sprintf("%.2f", a/b) }

func perSecond(n int, d time.Duration) float64 { return float64(n) / d.Seconds() }

// machine is the processor's name, where the system tells it.
func machine() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return runtime.GOARCH
}

// commit is what was built, from the environment of `make bench`.
func commit() string {
	if c := os.Getenv("PARLEY_COMMIT"); c != "" {
		return "commit " + c
	}
	return "commit unknown"
}
