package bench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"parley.example/parley/internal/stix"
)

// objectRates reads and indexes a bundle of STIX objects, with and without checking
// all rules, and lets the decoder of the standard library alone read the same octets.
func objectRates(t *testing.T) []row {
	raw, what := someBundle(t)
	read := func(check bool) int {
		r := stix.NewReader(bytes.NewReader(raw), stix.ReadOptions{Check: check})
		n := 0
		for {
			it, err := r.Next()
			if err == io.EOF {
				return n
			}
			if err != nil || it.Object == nil {
				t.Fatal(it.Fault, err)
			}
			n++
		}
	}
	objects := read(true)
	// One round of each by turns, the mean of many, in processor time: what else the machine does stays out of the ratio.
	const rounds = 60
	var spent [3]time.Duration
	for range rounds {
		for i, do := range []func(){func() { read(false) }, func() { read(true) }, func() {
			var v any
			if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&v); err != nil {
				t.Fatal(err)
			}
		}} {
			runtime.GC() // so that nobody clears up behind the other
			began := processor()
			do()
			spent[i] += processor() - began
		}
	}
	for i := range spent {
		spent[i] /= rounds
	}
	rate := func(d time.Duration) float64 { return float64(len(raw)) / 1e6 / d.Seconds() }
	floor := fmt.Sprintf("%.0f MB/s (encoding/json decoding alone)", rate(spent[2]))
	line := func(did string, d time.Duration) row {
		return row{fmt.Sprintf("STIX objects read and %s, %s, one core", did, what), fmt.Sprintf("%.0f MB/s, %.0f objects/s", rate(d), perSecond(objects, d)),
			floor, ratio(rate(d), rate(spent[2])), "at least 0.5"}
	}
	return []row{line("indexed", spent[0]), line("indexed and checked by every rule", spent[1])}
}

// someBundle is a large bundle of real data where PARLEY_DATA has it, else one of indicators that are made up.
func someBundle(t *testing.T) ([]byte, string) {
	t.Helper()
	if dir := os.Getenv("PARLEY_DATA"); dir != "" {
		raw, err := os.ReadFile(filepath.Join(dir, "stix", "attack", "ics-attack-18.1.json"))
		if err == nil {
			return raw, fmt.Sprintf("ATT&CK for ICS of %.1f MB", float64(len(raw))/1e6)
		}
	}
	var b bytes.Buffer
	w := stix.NewBundle(&b, "")
	for i := range 5000 {
		if err := w.Add(fmt.Appendf(nil, `{"type":"indicator","spec_version":"2.1","id":"indicator--%08x-0000-4000-8000-000000000000","created":"2026-11-01T00:00:00.000Z",`+
			`"modified":"2026-11-01T00:00:00.000Z","name":"Malware host","description":"Seen in traffic of a ministry; connections every four minutes.",`+
			`"indicator_types":["malicious-activity"],"labels":["apt","c2"],"pattern":"[domain-name:value = 'h%d.example']","pattern_type":"stix",`+
			`"valid_from":"2026-11-01T00:00:00Z","object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]}`, i, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), "5,000 indicators that are made up"
}
