package stix

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// faulty are the files of real data in which objects break MUSTs: the rule of the
// first fault of each, and how many. All other files have none. What the reference
// validator of the committee says of the same objects is the same, with these
// differences: it refuses app:id in patterns, a name of two letters, though id is a
// property of every observable (§3.2); it gives up on one pattern of 57 KB; and it
// lets an IPv4 address resolve to a domain name (§6.8 has MAC addresses alone).
var faulty = map[string]string{
	"elevator21/Appendix_G_IOCs_Full.json":                       "47 required",
	"elevator21/Mandiant_APT1_Report.json":                       "1 identifier, 5 required",
	"elevator21/account_indicator.json":                          "1 required",
	"elevator21/command-and-control-ip-list.json":                "3 identifier, 1 reference",
	"elevator21/file-and-directory-pattern.json":                 "1 required",
	"elevator21/fireeye-pivy-report-with-indicators.json":        "364 pattern",
	"elevator21/issue62.json":                                    "1 reference",
	"elevator21/malicious-email-indicator-with-addresses.json":   "1 required",
	"elevator21/malicious-email-indicator-with-attachment.json":  "3 required",
	"elevator21/multiple-reports-in-package.json":                "1 identifier",
	"elevator21/network-socket-observable.json":                  "1 required",
	"elevator21/observable-with-networkconnection-instance.json": "1 required",
	"elevator21/victim-targeting.json":                           "3 identifier",
	"unit42-2.0/agent-tesla.json":                                "2 type",
	"unit42-2.0/cryptoclippy.json":                               "1 type",
	"unit42-2.0/emotet.json":                                     "5 type",
	"unit42-2.0/lokibot.json":                                    "1 type",
}

// TestDataChecked checks all real data, STIX 2.0 after its upgrade, and writes what
// is good into a bundle that reads the same.
func TestDataChecked(t *testing.T) {
	dir := data(t, "stix")
	for _, file := range files(t, dir) {
		if strings.Contains(file, "schemas") || !slices.Contains([]string{".json", ".stix2"}, filepath.Ext(file)) {
			continue
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		var good [][]byte
		r := NewReader(bytes.NewReader(b), ReadOptions{Check: true})
		for {
			it, err := r.Next()
			if err != nil {
				break
			}
			f := it.Fault
			if it.Object != nil && it.Object.SpecVersion == "2.0" {
				f = older20(t, it.Raw)
			}
			if f != nil {
				count[f.Rule]++
				if f.Message == "" || f.Rule != "json" && f.Clause == "" {
					t.Errorf("%s: %+v", name, f)
				}
				continue
			}
			good = append(good, it.Raw)
		}
		var parts []string
		for _, rule := range slices.Sorted(maps.Keys(count)) {
			parts = append(parts, fmt.Sprintf("%d %s", count[rule], rule))
		}
		if got := strings.Join(parts, ", "); got != faulty[filepath.ToSlash(name)] {
			t.Errorf("%s: %s, want %q", name, got, faulty[filepath.ToSlash(name)])
		}
		same(t, name, good)
	}
}

// older20 upgrades an object and returns the first fault of what comes out.
func older20(t *testing.T, raw []byte) *Fault {
	t.Helper()
	made, changes, err := Upgrade(raw)
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) == 0 {
		t.Errorf("nothing is said to have changed: %.200s", raw)
	}
	for _, m := range made {
		o, err := Parse(m, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if f := Check(o); len(f) > 0 {
			return &f[0]
		}
	}
	return nil
}

// same writes objects as a bundle and reads them back.
func same(t *testing.T, name string, good [][]byte) {
	t.Helper()
	var out bytes.Buffer
	w := NewBundle(&out, "")
	for _, raw := range good {
		if err := w.Add(raw); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, faults, wrapper := read(t, &out, ReadOptions{})
	if len(got) != len(good) || len(faults) > 0 || wrapper.Kind != "bundle" || len(wrapper.Faults) > 0 {
		t.Errorf("%s: a bundle of %d reads as %d, %s, %+v", name, len(good), len(got), faults, wrapper)
		return
	}
	for i := range got {
		if got[i] != string(good[i]) {
			t.Errorf("%s: object %d came back with other octets", name, i)
		}
	}
}

// TestDataElsewhere reads STIX of other folders: fixtures of a TAXII server, and
// what a converter of MISP events made.
func TestDataElsewhere(t *testing.T) {
	n := 0
	for _, file := range append(files(t, data(t, "taxii")), files(t, data(t, "misp", "eset-stix21-reference"))...) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := NewReader(bytes.NewReader(b), ReadOptions{Check: true})
		for {
			it, err := r.Next()
			if err != nil {
				break
			}
			n++
			if it.Raw != nil && !bytes.Contains(b, it.Raw) {
				t.Errorf("%s: item %d has octets that the file has not", file, it.Index)
			}
			for _, f := range it.Faults {
				if f.Message == "" {
					t.Errorf("%s: %+v", file, f)
				}
			}
		}
	}
	t.Log(n, "items")
}
