package stix

import (
	"regexp"
	"slices"
	"strings"
)

// externalIDs: names of weaknesses are written as their registries write them.
// OASIS STIX 2.1 §4.1, §4.19
func externalIDs(c *checker, n uint32) {
	name, id := c.t.text(c.t.get(n, "source_name")), c.t.text(c.t.get(n, "external_id"))
	switch {
	case name == "cve" && !cveID.MatchString(id):
		c.fault(n, "external-id", "4.19", "an external reference to a CVE must have its exact identifier as external_id, such as CVE-2026-12345")
	case name == "capec" && !capecID.MatchString(id):
		c.fault(n, "external-id", "4.1", "an external reference to a CAPEC must have external_id CAPEC- and a number")
	case c.o.Type == "vulnerability" && name != "cve" && cveID.MatchString(id):
		c.fault(n, "external-id", "4.19", "an external reference to a CVE must have the source_name cve")
	case c.o.Type == "attack-pattern" && name != "capec" && capecID.MatchString(id):
		c.fault(n, "external-id", "4.1", "an external reference to a CAPEC must have the source_name capec")
	}
}

var (
	cveID    = regexp.MustCompile(`^CVE-\d{4}-(0\d{3}|[1-9]\d{3,})$`)
	capecID  = regexp.MustCompile(`^CAPEC-\d+$`)
	selector = regexp.MustCompile(`^([a-z0-9_-]{3,249}(\.(\[\d+\]|[A-Za-z0-9_-]{1,250}))*|id)$`)
	cpe23    = regexp.MustCompile(`^cpe:2\.3:[aho*\-](:([^:\\\s]|\\.)+){10}$`)
	mime     = regexp.MustCompile(`^(application|audio|font|image|message|model|multipart|text|video)/[a-zA-Z0-9.+_-]+`)
)

// granularRule: either a marking or a language, of parts that exist. OASIS STIX 2.1 §7.2.3
func granularRule(c *checker, n uint32) {
	if m, l := c.t.get(n, "marking_ref"), c.t.get(n, "lang"); (m == none) == (l == none) {
		c.fault(n, "granular-marking", "7.2.3", "a granular marking has marking_ref or lang, one of them")
	}
	for _, item := range c.t.items(c.t.get(n, "selectors")) {
		s := c.t.text(item)
		switch {
		case c.t.kind(item) != text: // said elsewhere
		case !selector.MatchString(s):
			c.fault(item, "selector", "7.2.3.1", "%q is no selector: names and indexes as in labels.[0], with dots between them", clip(s))
		case c.t.sel(s) == none:
			c.fault(item, "selector", "7.2.3.1", "%q selects nothing in this object", clip(s))
		}
	}
}

// patternRule: a STIX pattern is one. OASIS STIX 2.1 §4.7
func patternRule(c *checker, n uint32) {
	p := c.t.get(n, "pattern")
	if c.t.kind(p) != text || c.t.text(c.t.get(n, "pattern_type")) != "stix" {
		return
	}
	if c.o.pattern == nil && c.o.bad == nil {
		c.o.parsePattern(c.t)
	}
	parsed, err := c.o.pattern, c.o.bad
	if err != nil {
		c.fault(p, "pattern", "4.7", "the pattern is none of STIX: %s", err)
		return
	}
	for object, property := range parsed.Names() {
		if why := typeName(object); why != "" {
			c.fault(p, "pattern", "9.7", "the type %q in the pattern %s", clip(object), why)
		} else if why := propertyName(property); why != "" {
			c.fault(p, "pattern", "9.7", "the name %q of a property in the pattern %s", clip(property), why)
		} else {
			continue
		}
		return
	}
}

func locationRule(c *checker, n uint32) {
	lat, long := c.t.get(n, "latitude"), c.t.get(n, "longitude")
	if (lat == none) != (long == none) {
		c.fault(n, "required", "4.10", "latitude and longitude stand together or not at all")
	}
	if p := c.t.get(n, "precision"); p != none && lat == none && long == none {
		c.fault(p, "required", "4.10", "precision stands only with latitude and longitude")
	}
}

func malwareRule(c *checker, n uint32) {
	if c.t.kind(c.t.get(n, "is_family")) == boolTrue && c.t.get(n, "name") == none {
		c.fault(n, "required", "4.11", "a family of malware must have a name")
		c.inside("name")
	}
}

// observedRule: references, or the container of STIX 2.0, not both. OASIS STIX 2.1 §4.14
func observedRule(c *checker, n uint32) {
	inner, refs := c.t.get(n, "objects"), c.t.get(n, "object_refs")
	if (inner == none) == (refs == none) {
		c.fault(n, "required", "4.14", "observed-data has object_refs, or objects as STIX 2.0 had them: one of them")
		return
	}
	if inner == none {
		return
	}
	if c.t.kind(inner) != object || c.t.count(inner) == 0 {
		c.fault(inner, "type", "4.14", "objects must be a dictionary of at least one observable")
		return
	}
	for _, v := range c.t.members(inner) {
		if c.t.text(c.t.get(v, "type")) == "" {
			c.fault(v, "required", "4.14", "an observable must have a type")
		}
	}
}

func relationshipRule(c *checker, n uint32) {
	v := c.t.get(n, "relationship_type")
	if s := c.t.text(v); s != "" && strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }) >= 0 {
		c.fault(v, "vocabulary", "5.1", "relationship_type %q must be of a to z, 0 to 9 and hyphens", clip(s))
	}
}

// contentsRule: languages, and in each properties. OASIS STIX 2.1 §7.1
func contentsRule(c *checker, n uint32) {
	for key, v := range c.t.members(c.t.get(n, "contents")) {
		if lang := string(c.t.bytes(key)); !isLanguage(lang) {
			c.fault(v, "language", "7.1", "%q is no language code of RFC 5646", clip(lang))
		}
		if c.t.kind(v) != object {
			c.fault(v, "type", "7.1", "%s stands where the properties in this language should", c.t.kind(v))
			continue
		}
		for key, value := range c.t.members(v) {
			name := string(c.t.bytes(key))
			if why := propertyName(name); why != "" {
				c.fault(value, "name", "7.1", "the name %q of a property %s", clip(name), why)
			}
		}
	}
}

// markingRule: a definition that says something; TLP only as STIX defines it. OASIS STIX 2.1 §7.2.1
func markingRule(c *checker, n uint32) {
	typ, def := c.t.get(n, "definition_type"), c.t.get(n, "definition")
	if (typ == none) != (def == none) || typ == none && c.t.get(n, "extensions") == none {
		c.fault(n, "required", "7.2.1", "a marking has definition_type and definition, or extensions that define it")
		return
	}
	if def != none && c.t.kind(def) != object {
		c.fault(def, "type", "7.2.1", "%s stands where the definition, an object, should", c.t.kind(def))
		return
	}
	switch c.t.text(typ) {
	case "statement":
		if c.t.kind(c.t.get(def, "statement")) != text {
			c.fault(def, "required", "7.2.1.3", "a statement marking has the property statement, a string")
			c.inside("statement")
		}
	case "tlp":
		tlp, ok := ParseTLP(c.t.text(c.t.get(def, "tlp")))
		known := wellKnown[c.o.ID]
		if !ok || tlp == AmberStrict || known.TLP != tlp || known.PAP != NoPAP || c.o.ID == tlpIDs[tlp] ||
			c.t.text(c.t.get(n, "created")) != "2017-01-20T00:00:00.000Z" {
			c.fault(n, "tlp", "7.2.1.4", "a TLP marking must be one of the four that STIX defines, unchanged")
		}
	}
}

func extensionRule(c *checker, n uint32) {
	p := c.t.get(n, "extension_properties")
	if p != none && !slices.Contains(c.t.texts(c.t.get(n, "extension_types")), "toplevel-property-extension") {
		c.fault(p, "extension", "7.3", "extension_properties stands only where extension_types has toplevel-property-extension")
	}
}

func artifactRule(c *checker, n uint32) {
	bin, url := c.t.get(n, "payload_bin"), c.t.get(n, "url")
	if (bin == none) == (url == none) {
		c.fault(n, "required", "6.1", "an artifact has payload_bin or url: one of them")
	}
	if url != none && c.t.get(n, "hashes") == none {
		c.fault(n, "required", "6.1", "an artifact with a url must have hashes")
		c.inside("hashes")
	}
	if key := c.t.get(n, "decryption_key"); key != none && c.t.get(n, "encryption_algorithm") == none {
		c.fault(key, "required", "6.1", "decryption_key stands only with encryption_algorithm")
	}
	if m := c.t.get(n, "mime_type"); c.t.kind(m) == text && !mime.MatchString(c.t.text(m)) {
		c.fault(m, "mime-type", "6.1", "%q is no type of IANA's media type registry, such as application/zip", clip(c.t.text(m)))
	}
}

func emailRule(c *checker, n uint32) {
	body, parts := c.t.get(n, "body"), c.t.get(n, "body_multipart")
	switch c.t.kind(c.t.get(n, "is_multipart")) {
	case boolTrue:
		if body != none {
			c.fault(body, "required", "6.6", "body stands only where is_multipart is false")
		}
	case boolFalse:
		if parts != none {
			c.fault(parts, "required", "6.6", "body_multipart stands only where is_multipart is true")
		}
	}
}

func mimePartRule(c *checker, n uint32) {
	if ref := c.t.get(n, "body_raw_ref"); ref != none && c.t.get(n, "body") != none {
		c.fault(ref, "required", "6.6.2", "a part has body or body_raw_ref, not both")
	}
}

func trafficRule(c *checker, n uint32) {
	if end := c.t.get(n, "end"); end != none && c.t.kind(c.t.get(n, "is_active")) == boolTrue {
		c.fault(end, "required", "6.12", "traffic that is active has no end")
	}
}

func softwareRule(c *checker, n uint32) {
	if v := c.t.get(n, "cpe"); c.t.kind(v) == text && !cpe23.MatchString(c.t.text(v)) {
		c.fault(v, "cpe", "6.14", "%q is no CPE 2.3 formatted string: cpe:2.3: and eleven parts", clip(c.t.text(v)))
	}
}

func registryRule(c *checker, n uint32) {
	v := c.t.get(n, "key")
	hive, _, _ := strings.Cut(c.t.text(v), `\`)
	switch strings.ToUpper(hive) {
	case "HKLM", "HKCC", "HKCR", "HKCU", "HKU":
		c.fault(v, "value", "6.17", "the hive %s must be written out, such as HKEY_LOCAL_MACHINE", hive)
	}
}

// socketRule: options are named as the headers of systems name them. OASIS STIX 2.1 §6.12.4
func socketRule(c *checker, n uint32) {
	for key, v := range c.t.members(c.t.get(n, "options")) {
		family, rest, ok := strings.Cut(string(c.t.bytes(key)), "_")
		if !ok || rest == "" || !slices.Contains([]string{"SO", "ICMP", "ICMP6", "IP", "IPV6", "MCAST", "TCP", "IRLMP"}, family) {
			c.fault(v, "key", "6.12.4", "%q is no socket option: SO_, ICMP_, ICMP6_, IP_, IPV6_, MCAST_, TCP_ or IRLMP_ begin one", clip(string(c.t.bytes(key))))
		}
	}
}
