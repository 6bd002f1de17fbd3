package valuefile

import (
	"bufio"
	"encoding/csv"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"parley.example/parley/indicator"
	"parley.example/parley/internal/stix"
)

// WriteList writes one value a line, of the kinds that are wanted (all where none
// is named), in the order of the objects, none twice in a row. It returns how many.
func WriteList(w io.Writer, objects iter.Seq[*stix.Object], kinds ...indicator.Kind) (int, error) {
	b := bufio.NewWriter(w)
	wanted := map[indicator.Kind]bool{}
	for _, k := range kinds {
		wanted[k] = true
	}
	n := 0
	var last indicator.Value
	for o := range objects {
		for _, v := range o.Values {
			if len(kinds) > 0 && !wanted[v.Kind] || v == last || strings.ContainsAny(v.Text, "\r\n") {
				continue
			}
			b.WriteString(v.Text)
			if err := b.WriteByte('\n'); err != nil {
				return n, err
			}
			last = v
			n++
		}
	}
	return n, b.Flush()
}

// Heading are the columns that WriteCSV writes and Read knows.
var Heading = []string{"value", "type", "id", "object", "name", "description", "labels", "tlp", "confidence", "valid_from", "valid_until", "modified", "revoked", "pattern"}

// WriteCSV writes a row for each value of each object, and one with an empty value
// for an object that has none. It returns how many. RFC 4180; no cell is a formula.
func WriteCSV(w io.Writer, objects iter.Seq[*stix.Object], describe func(*stix.Object) string) (int, error) {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if err := c.Write(Heading); err != nil {
		return 0, err
	}
	n := 0
	for o := range objects {
		values := o.Values
		if len(values) == 0 {
			values = []indicator.Value{{}}
		}
		confidence, description := "", ""
		if o.Confidence >= 0 {
			confidence = strconv.Itoa(o.Confidence)
		}
		if describe != nil {
			description = describe(o)
		}
		for _, v := range values {
			record := []string{
				v.Text, string(v.Kind), o.ID, o.Type, o.Name, description, strings.Join(o.Labels, ";"), o.Marking.Strictest().String(), confidence,
				day(o.ValidFrom), day(o.ValidUntil), day(o.Version), revoked(o), o.Pattern,
			}
			for i := range record {
				record[i] = guard(record[i])
			}
			if err := c.Write(record); err != nil {
				return n, err
			}
			n++
		}
	}
	c.Flush()
	return n, c.Error()
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return instant(t)
}

func revoked(o *stix.Object) string {
	if o.Revoked {
		return "true"
	}
	return ""
}

// guard puts an apostrophe before what a spreadsheet would take for a formula, and
// before what looks as if that had been done already.
func guard(s string) string {
	if formula(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

func formula(s string) bool {
	for _, sign := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, sign) {
			return true
		}
	}
	return false
}

// unguard takes away what guard put there.
func unguard(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && formula(strings.TrimLeft(rest, "'")) {
		return rest
	}
	return s
}
