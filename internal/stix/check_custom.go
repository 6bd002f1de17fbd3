package stix

import (
	"encoding/base64"
	"slices"
	"strings"
)

// custom checks a property that no table names: its name, and that it says
// something. OASIS STIX 2.1 §3.1, §11.1
func (c *checker) custom(v uint32, name string) {
	switch name {
	case "severity", "action", "username", "phone_numbers":
		c.fault(v, "reserved", "3.3", "the property %s is reserved and must not be used", name)
	default:
		c.named(v, name)
	}
}

func (c *checker) named(v uint32, name string) {
	if why := propertyName(name); why != "" {
		c.fault(v, "name", "3.1", "the name %q of a property %s", clip(name), why)
		return
	}
	switch k := c.t.kind(v); {
	case k == null:
		c.fault(v, "null", "3.1", "null is no value of STIX: leave the property out")
	case k == array && c.t.count(v) == 0:
		c.fault(v, "empty", "2.12", "an empty list: leave the property out")
	case strings.HasSuffix(name, "_hex") && (k != text || !isHex(c.t.text(v))):
		c.fault(v, "hex", "2.7", "a property whose name ends in _hex must be hexadecimal digits")
	case strings.HasSuffix(name, "_bin"):
		if _, err := base64.StdEncoding.DecodeString(c.t.text(v)); k != text || err != nil {
			c.fault(v, "base64", "2.1", "a property whose name ends in _bin must be base64")
		}
	}
}

func propertyName(s string) string {
	switch {
	case len(s) < 3 && s != "id" || len(s) > 250:
		return "must have 3 to 250 characters"
	case s[0]-'a' > 25:
		return "must begin with a letter a to z"
	case strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' }) >= 0:
		return "must be of a to z, 0 to 9 and underscores"
	}
	return ""
}

// extensions checks what an object adds by extensions. OASIS STIX 2.1 §3.2, §7.3
func (c *checker) extensions(own *shape) {
	n := c.t.get(root, "extensions")
	if n == none {
		return
	}
	if c.t.kind(n) != object {
		c.fault(n, "type", "3.2", "%s stands where a dictionary of extensions should", c.t.kind(n))
		return
	}
	if c.t.count(n) == 0 {
		c.fault(n, "empty", "2.3", "an empty dictionary of extensions: leave the property out")
	}
	for key, v := range c.t.members(n) {
		name := string(c.t.bytes(key))
		if c.t.kind(v) != object {
			c.fault(v, "type", "7.3", "%s stands where an extension, an object, should", c.t.kind(v))
			continue
		}
		if own != nil && own.ext[name] != nil {
			c.shape(v, own.ext[name])
			continue
		}
		if strings.HasPrefix(name, "extension-definition--") {
			c.extension(v, name)
			continue
		}
		if base, ok := strings.CutSuffix(name, "-ext"); !ok || typeName(base+"-ext") != "" {
			c.fault(v, "extension", "7.3", "%q names no extension: the identifier of an extension-definition, or a name that ends in -ext, does", clip(name))
		} else if c.t.count(v) == 0 {
			c.fault(v, "empty", "2.3", "an extension that says nothing: leave it out")
		}
	}
}

func (c *checker) extension(v uint32, name string) {
	if typ, _, ok := cutID(name); !ok || typ != "extension-definition" {
		c.fault(v, "identifier", "7.3", "%q is no identifier of an extension-definition", clip(name))
	}
	kind := c.t.get(v, "extension_type")
	switch {
	case kind == none:
		c.fault(v, "required", "7.3", "extension_type is required: one of %s", strings.Join(extensionTypes, ", "))
		c.inside("extension_type")
	case c.t.kind(kind) != text || !slices.Contains(extensionTypes, c.t.text(kind)):
		c.fault(kind, "vocabulary", "7.3", "extension_type must be one of %s", strings.Join(extensionTypes, ", "))
	}
	for key, value := range c.t.members(v) {
		c.named(value, string(c.t.bytes(key)))
	}
}
