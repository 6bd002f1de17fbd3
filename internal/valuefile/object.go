package valuefile

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"parley.example/parley/internal/stix"
)

// Origin is what the indicators of one list share.
type Origin struct {
	Name      string // which list: a URL, or a name that stays the same
	CreatedBy string // identifier of an identity; may be empty
	Labels    []string
	Marking   stix.TLP  // at least this; the stricter of it and the row's holds
	Since     time.Time // valid_from, and when an indicator was made, where the row does not say
}

// space is the namespace of the identifiers that lists give. It never changes.
var space = [16]byte{0x4d, 0x21, 0x9c, 0x6e, 0x0b, 0x7f, 0x4a, 0x53, 0x9d, 0x1c, 0x62, 0xb5, 0x8e, 0x30, 0xf7, 0xa4}

// ID is the identifier of the indicator for a row's value in a list: the UUID of
// version 5 (RFC 9562 §5.5) of the list's name, the kind and the value, so that the
// same value of the same list is the same indicator, whoever reads it and when.
func (o Origin) ID(r Row) string {
	h := sha1.New()
	h.Write(space[:])
	h.Write([]byte(o.Name + "\n" + string(r.Value.Kind) + "\n" + r.Value.Text))
	var u [16]byte
	copy(u[:], h.Sum(nil))
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	s := hex.EncodeToString(u[:])
	return "indicator--" + s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// Indicator is the STIX 2.1 indicator for a row that holds a value. The version is
// the row's last time, else its first, else Since: a list that says nothing new
// makes no new version.
func (o Origin) Indicator(r Row) []byte {
	from := r.First
	if from.IsZero() {
		from = r.Last
	}
	if from.IsZero() {
		from = o.Since
	}
	modified := r.Last
	if modified.Before(from) {
		modified = from
	}
	var confidence *int
	if r.Confidence >= 0 {
		confidence = &r.Confidence
	}
	until := ""
	if r.Until.After(from) {
		until = instant(r.Until)
	}
	var markings []string
	if id := stix.MarkingID(max(o.Marking, r.TLP)); id != "" {
		markings = []string{id}
	}
	labels := append(append([]string(nil), o.Labels...), r.Labels...)
	object := struct {
		Type           string   `json:"type"`
		SpecVersion    string   `json:"spec_version"`
		ID             string   `json:"id"`
		CreatedBy      string   `json:"created_by_ref,omitempty"`
		Created        string   `json:"created"`
		Modified       string   `json:"modified"`
		Name           string   `json:"name,omitempty"`
		Description    string   `json:"description,omitempty"`
		IndicatorTypes []string `json:"indicator_types,omitempty"`
		Pattern        string   `json:"pattern"`
		PatternType    string   `json:"pattern_type"`
		PatternVersion string   `json:"pattern_version"`
		ValidFrom      string   `json:"valid_from"`
		ValidUntil     string   `json:"valid_until,omitempty"`
		Labels         []string `json:"labels,omitempty"`
		Revoked        bool     `json:"revoked,omitempty"`
		Confidence     *int     `json:"confidence,omitempty"`
		References     []any    `json:"external_references,omitempty"`
		Markings       []string `json:"object_marking_refs,omitempty"`
	}{
		Type: "indicator", SpecVersion: "2.1", ID: o.ID(r), CreatedBy: o.CreatedBy, Created: stamp(from), Modified: stamp(modified), Name: r.Name,
		Description: r.Comment, Pattern: r.Value.Pattern(), PatternType: "stix", PatternVersion: "2.1", ValidFrom: instant(from), ValidUntil: until,
		Labels: labels, Confidence: confidence, Revoked: r.Revoked, Markings: markings,
	}
	switch {
	case strings.HasPrefix(r.Source, "http://"), strings.HasPrefix(r.Source, "https://"):
		object.References = []any{map[string]string{"source_name": "list", "url": r.Source}}
	case r.Source != "":
		object.References = []any{map[string]string{"source_name": r.Source, "description": "named by the list"}}
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(object) // strings, numbers and lists: nothing that could fail
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func instant(t time.Time) string {
	if t.Nanosecond() == 0 {
		return t.UTC().Format("2006-01-02T15:04:05Z")
	}
	return stamp(t)
}
