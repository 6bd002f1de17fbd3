package intel

import (
	"parley.example/parley/internal/stix"
)

// Title is one line that says what an object is about: its name, else its pattern or
// its first value; empty where it has none. At most 200 octets.
func Title(raw []byte) string {
	o, err := stix.Parse(raw, stix.Limits{})
	if err != nil {
		return ""
	}
	title := o.Name
	switch {
	case title != "":
	case o.Pattern != "":
		title = o.Pattern
	case len(o.Values) > 0:
		title = o.Values[0].Text
	case o.Type == "relationship" || o.Type == "sighting":
		for _, r := range o.Refs {
			if r.Property == "source_ref" || r.Property == "target_ref" || r.Property == "sighting_of_ref" {
				if title != "" {
					title += " → "
				}
				title += r.Target
			}
		}
	}
	if len(title) > 200 {
		cut := 200
		for cut > 0 && title[cut]&0xc0 == 0x80 { // not within a sign
			cut--
		}
		title = title[:cut] + "…"
	}
	return title
}
