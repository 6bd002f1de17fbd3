package csaf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"parley.example/parley"
)

// Document is what of an advisory is mapped.
type Document struct {
	Document struct {
		Category     string `json:"category"`
		Version      string `json:"csaf_version"`
		Title        string `json:"title"`
		Lang         string `json:"lang"`
		Distribution struct {
			Text string `json:"text"`
			TLP  *struct {
				Label string `json:"label"`
			} `json:"tlp"`
			Group *struct {
				ID   string `json:"id"`
				Name string `json:"name"`
			} `json:"sharing_group"`
		} `json:"distribution"`
		Notes     []note `json:"notes"`
		Publisher struct {
			Category  string `json:"category"`
			Name      string `json:"name"`
			Namespace string `json:"namespace"`
			Contact   string `json:"contact_details"`
			Authority string `json:"issuing_authority"`
		} `json:"publisher"`
		References []reference `json:"references"`
		Tracking   struct {
			ID       string     `json:"id"`
			Aliases  []string   `json:"aliases"`
			Status   string     `json:"status"`
			Version  string     `json:"version"`
			Current  string     `json:"current_release_date"`
			Initial  string     `json:"initial_release_date"`
			Revision []revision `json:"revision_history"`
		} `json:"tracking"`
	} `json:"document"`
	Tree            tree            `json:"product_tree"`
	Vulnerabilities []vulnerability `json:"vulnerabilities"`
}

type note struct {
	Category string `json:"category"`
	Title    string `json:"title"`
	Text     string `json:"text"`
}

type reference struct {
	Category string `json:"category"`
	Summary  string `json:"summary"`
	URL      string `json:"url"`
}

type revision struct {
	Date   string `json:"date"`
	Number string `json:"number"`
}

type vulnerability struct {
	CVE   string `json:"cve"`
	Title string `json:"title"`
	CWE   *cwe   `json:"cwe"`  // 2.0
	CWEs  []cwe  `json:"cwes"` // 2.1
	IDs   []struct {
		System string `json:"system_name"`
		Text   string `json:"text"`
	} `json:"ids"`
	Notes        []note              `json:"notes"`
	References   []reference         `json:"references"`
	Status       map[string][]string `json:"product_status"`
	Remediations []remediation       `json:"remediations"`
	Scores       []score             `json:"scores"`  // 2.0
	Metrics      []metric            `json:"metrics"` // 2.1
	Threats      []struct {
		Category string `json:"category"`
		Details  string `json:"details"`
	} `json:"threats"`
	Released  string `json:"release_date"`
	Discovery string `json:"discovery_date"`
}

type cwe struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type remediation struct {
	Category string   `json:"category"`
	Details  string   `json:"details"`
	URL      string   `json:"url"`
	Products []string `json:"product_ids"`
	Groups   []string `json:"group_ids"`
}

type cvss struct {
	Version  string  `json:"version"`
	Vector   string  `json:"vectorString"`
	Base     float64 `json:"baseScore"`
	Severity string  `json:"baseSeverity"`
}

type score struct {
	V2 *cvss `json:"cvss_v2"`
	V3 *cvss `json:"cvss_v3"`
	V4 *cvss `json:"cvss_v4"`
}

type metric struct {
	Content score `json:"content"`
}

// maxDocument bounds an advisory. CSAF 2.1 appendix C asks for 150 MB at most; the
// largest that a known publisher has is far below.
const maxDocument = 64 << 20

// Parse reads one advisory. The error is parley.Invalid and names the clause of
// CSAF 2.0 (and of 2.1 where it is another) for what is missing or wrong; all that
// is missing stands in one error. Faults are tests that it fails and that do not
// keep it from being read.
func Parse(r io.Reader) (*Document, []Fault, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	switch {
	case err != nil:
		return nil, nil, err
	case len(raw) > maxDocument:
		return nil, nil, parley.E(parley.Invalid, "the advisory is larger than %d octets", maxDocument)
	case !utf8.Valid(raw):
		return nil, nil, parley.E(parley.Invalid, "the advisory is not UTF-8 throughout (CSAF 2.0 §2: RFC 8259)")
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if err := unique(raw); err != nil {
		return nil, nil, parley.E(parley.Invalid, "the advisory is not JSON that says one thing: %w", err)
	}
	var d Document
	if err := json.Unmarshal(raw, &d); err != nil {
		var t *json.UnmarshalTypeError
		if errors.As(err, &t) {
			return nil, nil, parley.E(parley.Invalid, "%s is a %s: want what CSAF 2.0 §3 has there", t.Field, t.Value)
		}
		return nil, nil, parley.E(parley.Invalid, "the advisory is not JSON: %w", err)
	}
	if missing := d.missing(); len(missing) > 0 {
		return nil, nil, parley.E(parley.Invalid, "not an advisory of CSAF: %s", strings.Join(missing, "; "))
	}
	return &d, d.test(), nil
}

// unique refuses JSON that names a member of an object twice, or that is not whole.
func unique(raw []byte) error {
	type level struct {
		names map[string]bool
		name  bool // the next text is a name
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var open []level
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			if len(open) > 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
		if err != nil {
			return err
		}
		if n := len(open); n > 0 && open[n-1].names != nil && open[n-1].name {
			if name, ok := t.(string); ok {
				if open[n-1].names[name] {
					return fmt.Errorf("octet %d: %q stands twice in one object", d.InputOffset(), name)
				}
				open[n-1].names[name], open[n-1].name = true, false
				continue
			}
		}
		switch t {
		case json.Delim('{'):
			open = append(open, level{map[string]bool{}, true})
			continue
		case json.Delim('['):
			open = append(open, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if n := len(open); n > 0 {
			open[n-1].name = open[n-1].names != nil
		}
		if len(open) > 200 {
			return errors.New("it is nested deeper than 200 levels")
		}
	}
}

// when reads a time of RFC 3339.
func when(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err == nil && t.UTC().Year() > 0 && t.UTC().Year() < 10000
}
