package csaf

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is a test of CSAF that an advisory fails.
type Fault struct {
	Test   string // "6.1.1"
	Path   string // a JSON pointer
	Reason string
}

func (f Fault) Error() string {
	return fmt.Sprintf("%s: %s (CSAF 2.0 test %s)", f.Path, f.Reason, f.Test)
}

// second reports whether the document is of CSAF 2.1.
func (d *Document) second() bool { return d.Document.Version == "2.1" }

// missing names what CSAF demands of every document and this one lacks.
func (d *Document) missing() []string {
	var all []string
	lacks := func(bad bool, path, section, want string) {
		if bad {
			all = append(all, fmt.Sprintf("%s is missing or wrong: want %s (§%s)", path, want, section))
		}
	}
	h := &d.Document
	lacks(h.Version != "2.0" && h.Version != "2.1", "/document/csaf_version", "3.2.1.4", `"2.0" or "2.1"`)
	lacks(strings.TrimSpace(h.Category) == "", "/document/category", "3.2.1.3", "one such as csaf_security_advisory")
	lacks(h.Title == "", "/document/title", "3.2.1.11", "a text")
	lacks(h.Publisher.Category == "", "/document/publisher/category", "3.2.1.8.1", "coordinator, discoverer, multiplier, other, translator, user or vendor")
	lacks(h.Publisher.Name == "", "/document/publisher/name", "3.2.1.8.4", "a text")
	lacks(!strings.Contains(h.Publisher.Namespace, ":"), "/document/publisher/namespace", "3.2.1.8.5", "a URI")
	lacks(h.Tracking.ID == "" || strings.TrimSpace(h.Tracking.ID) != h.Tracking.ID, "/document/tracking/id", "3.2.1.12.4", "a text without blanks around it")
	lacks(!slices.Contains([]string{"draft", "final", "interim"}, h.Tracking.Status), "/document/tracking/status", "3.2.1.12.7", "draft, final or interim")
	lacks(h.Tracking.Version == "", "/document/tracking/version", "3.2.1.12.8", "a version")
	_, ok := when(h.Tracking.Current)
	lacks(!ok, "/document/tracking/current_release_date", "3.2.1.12.2", "a time of RFC 3339")
	_, ok = when(h.Tracking.Initial)
	lacks(!ok, "/document/tracking/initial_release_date", "3.2.1.12.5", "a time of RFC 3339")
	lacks(len(h.Tracking.Revision) == 0, "/document/tracking/revision_history", "3.2.1.12.6", "one entry at least")
	if d.second() {
		lacks(h.Distribution.TLP == nil, "/document/distribution/tlp", "3.2.1.5", "a label of TLP 2.0: CSAF 2.1 demands it")
	}
	if t := h.Distribution.TLP; t != nil {
		_, known := light(t.Label)
		lacks(!known, "/document/distribution/tlp/label", "3.2.1.5.2.1", "WHITE, GREEN, AMBER or RED (2.1: CLEAR, GREEN, AMBER, AMBER+STRICT or RED)")
	}
	return all
}

// test runs the tests of §6.1 whose failure would make what is mapped ambiguous.
func (d *Document) test() []Fault {
	var all []Fault
	fail := func(test, path, format string, args ...any) {
		all = append(all, Fault{test, path, fmt.Sprintf(format, args...)})
	}
	products, groups := d.Tree.all(fail)
	known := func(path string, ids, groupIDs []string) {
		for _, id := range ids {
			if products[id] == nil {
				fail("6.1.1", path, "the product %q is not in the product tree", id)
			}
		}
		for _, id := range groupIDs {
			if groups[id] == nil {
				fail("6.1.4", path, "the product group %q is not in the product tree", id)
			}
		}
	}
	seen := map[string]bool{}
	for i, v := range d.Vulnerabilities {
		path := fmt.Sprintf("/vulnerabilities/%d", i)
		if v.CVE != "" && seen[v.CVE] {
			fail("6.1.23", path+"/cve", "%s stands twice", v.CVE)
		}
		seen[v.CVE] = true
		for status, ids := range v.Status {
			known(path+"/product_status/"+status, ids, nil)
		}
		for j, r := range v.Remediations {
			known(fmt.Sprintf("%s/remediations/%d", path, j), r.Products, r.Groups)
		}
		contradicting(path, v, fail)
	}
	t := d.Document.Tracking
	numbers := map[string]bool{}
	for i, r := range t.Revision {
		if numbers[r.Number] {
			fail("6.1.22", fmt.Sprintf("/document/tracking/revision_history/%d/number", i), "the revision %q stands twice", r.Number)
		}
		numbers[r.Number] = true
	}
	bare, _, _ := strings.Cut(t.Version, "+")
	if !slices.ContainsFunc(t.Revision, func(r revision) bool {
		n, _, _ := strings.Cut(r.Number, "+")
		return n == bare || strings.HasPrefix(bare, n+"-")
	}) {
		fail("6.1.16", "/document/tracking/version", "the version %q is not in the revision history", t.Version)
	}
	if (t.Version == "0" || strings.HasPrefix(t.Version, "0.") || strings.Contains(t.Version, "-")) && t.Status != "draft" {
		fail("6.1.17", "/document/tracking/status", "the version %q is that of a draft, and the status is %s", t.Version, t.Status)
	}
	return all
}

// contradicting is test 6.1.6: a product has one of affected, not affected, fixed
// and under investigation.
func contradicting(path string, v vulnerability, fail func(test, path, format string, args ...any)) {
	kinds := map[string]string{
		"first_affected": "affected", "known_affected": "affected", "last_affected": "affected", "known_not_affected": "not affected",
		"first_fixed": "fixed", "fixed": "fixed", "under_investigation": "under investigation",
	}
	said := map[string]string{}
	for _, status := range []string{"first_affected", "known_affected", "last_affected", "known_not_affected", "first_fixed", "fixed", "under_investigation"} {
		for _, id := range v.Status[status] {
			if had := said[id]; had != "" && had != kinds[status] {
				fail("6.1.6", path+"/product_status", "the product %q is both %s and %s", id, had, kinds[status])
			}
			said[id] = kinds[status]
		}
	}
}
