package stix

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// every has one valid object of every type, with nearly every property.
func every(t *testing.T) [][]byte {
	t.Helper()
	b, err := os.ReadFile("testdata/every.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for line := range bytes.Lines(b) {
		out = append(out, bytes.TrimSpace(line))
	}
	return out
}

func checked(t *testing.T, raw []byte) []Fault {
	t.Helper()
	o, err := Parse(raw, Limits{})
	if err != nil {
		return []Fault{*err.(*Fault)}
	}
	return Check(o)
}

// TestEvery: the objects are valid, all types are there, and each property that is
// taken away where it must stand, or that says something of another type, is named.
func TestEvery(t *testing.T) {
	seen := map[string]bool{}
	for _, raw := range every(t) {
		for _, f := range checked(t, raw) {
			t.Errorf("%s: %v", raw, &f)
		}
		var o map[string]any
		if err := json.Unmarshal(raw, &o); err != nil {
			t.Fatal(err)
		}
		typ := o["type"].(string)
		seen[typ] = true
		tb := tables[typ]
		if tb == nil {
			continue
		}
		for name, was := range o {
			delete(o, name)
			if tb.props[name].must && name != "spec_version" {
				broken(t, o, name, "required")
			}
			if p := tb.props[name]; p.form != anything && name != "type" && name != "spec_version" && name != "id" {
				o[name] = nil
				broken(t, o, name, "type")
				if p.list {
					o[name] = []any{}
					broken(t, o, name, "empty")
					o[name] = []any{nil}
					broken(t, o, name+".[0]", "type")
				}
			}
			o[name] = was
		}
	}
	for typ := range classes {
		if !seen[typ] {
			t.Errorf("there is no %s", typ)
		}
	}
}

func broken(t *testing.T, o map[string]any, path, rule string) {
	t.Helper()
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if f := checked(t, raw); !slices.ContainsFunc(f, func(f Fault) bool { return f.Path == path && f.Rule == rule }) {
		t.Errorf("%s at %s is not named in %v: %s", rule, path, f, raw)
	}
}

// TestCheckFaults: each rule that a type has by itself.
func TestCheckFaults(t *testing.T) {
	by := map[string][]byte{}
	for _, raw := range every(t) {
		var o struct{ Type string }
		if err := json.Unmarshal(raw, &o); err != nil {
			t.Fatal(err)
		}
		if by[o.Type] == nil {
			by[o.Type] = raw
		}
	}
	for _, c := range []struct{ typ, old, new, rule, path string }{
		{"indicator", `"valid_until":"2026-11-02T00:00:00Z"`, `"valid_until":"2026-11-01T00:00:00Z"`, "order", "valid_until"},
		{"indicator", `"modified":"2026-11-02`, `"modified":"2026-10-02`, "order", "modified"},
		{"indicator", `[domain-name:value = 'evil.example']`, `[domain-name:value = ]`, "pattern", "pattern"},
		{"indicator", `"confidence":50`, `"confidence":101`, "bounds", "confidence"},
		{"indicator", `"confidence":50`, `"confidence":5.5`, "type", "confidence"},
		{"indicator", `"lang":"en"`, `"lang":"en_GB"`, "language", "lang"},
		{"indicator", `"id":"indicator--`, `"id":"malware--`, "identifier", "id"},
		{"indicator", `-4000-8000-`, `-4000-c000-`, "identifier", "id"},
		{"indicator", `"spec_version":"2.1"`, `"spec_version":"2.2"`, "spec-version", "spec_version"},
		{"indicator", `"created":"2026-11-01T00:00:00.000Z"`, `"created":"2026-11-01T00:00:00Z"`, "timestamp", "created"},
		{"location", `"latitude":48.5`, `"latitude":98.5`, "bounds", "latitude"},
		{"location", `"latitude":48.5,`, ``, "required", ""},
		{"malware", `"is_family":false`, `"is_family":true,"x_name":1`, "", ""},
		{"malware", `"name":"m",`, `"x_name":null,`, "null", "x_name"},
		{"opinion", `"agree"`, `"maybe"`, "vocabulary", "opinion"},
		{"relationship", `"source_ref":"indicator--`, `"source_ref":"sighting--`, "reference", "source_ref"},
		{"relationship", `"indicates"`, `"Indicates it"`, "vocabulary", "relationship_type"},
		{"relationship", `"stop_time":"2026-11-02T00:00:00Z"`, `"stop_time":"2026-11-01T00:00:00Z"`, "order", "stop_time"},
		{"sighting", `"sighting_of_ref":"indicator--`, `"sighting_of_ref":"ipv4-addr--`, "reference", "sighting_of_ref"},
		{"observed-data", `"object_refs":["ipv4-addr--`, `"object_refs":["identity--`, "reference", "object_refs.[0]"},
		{"observed-data", `"object_refs"`, `"objects":{"0":{"type":"url"}},"object_refs"`, "required", ""},
		{"vulnerability", `"external_id":"CVE-2026-12345"`, `"external_id":"cve-2026-12345"`, "external-id", "external_references.[0]"},
		{"vulnerability", `https://a.example/x`, `a.example x`, "uri", "external_references.[0].url"},
		{"marking-definition", `"definition":{`, `"x_aster":{`, "required", ""},
		{"marking-definition", `"definition_type":"statement"`, `"definition_type":"tlp"`, "tlp", ""},
		{"extension-definition", `"toplevel-property-extension"`, `"property-extension"`, "extension", "extension_properties"},
		{"language-content", `{"ru":`, `{"no_such":`, "language", "contents.no_such"},
		{"artifact", `"url":`, `"payload_bin":"iVBORw0KGgo=","url":`, "required", ""},
		{"artifact", `"mime-type-indicated"`, `"rot13"`, "vocabulary", "encryption_algorithm"},
		{"domain-name", `"a.example"`, `"a..example"`, "value", "value"},
		{"domain-name", `"resolves_to_refs":["ipv4-addr--`, `"resolves_to_refs":["mac-addr--`, "reference", "resolves_to_refs.[0]"},
		{"email-addr", `a@a.example`, `A <a@a.example>`, "value", "value"},
		{"email-message", `"body":"b"`, `"body_multipart":[{"body":"b"}]`, "required", "body_multipart"},
		{"file", `"MD5":"d41d8cd98f00b204e9800998ecf8427e"`, `"MD5":"d41d"`, "hash", "hashes.MD5"},
		{"file", `"magic_number_hex":"4d5a"`, `"magic_number_hex":"4d5"`, "hex", "magic_number_hex"},
		{"file", `"name_enc":"UTF-8"`, `"name_enc":"no-such-set"`, "charset", "name_enc"},
		{"file", `"size":10`, `"size":-1`, "bounds", "size"},
		{"file", `"size":10`, `"size":9007199254740992`, "number", "size"},
		{"file", `"pe_type":"exe",`, ``, "required", "extensions.windows-pebinary-ext.pe_type"},
		{"file", `"archive-ext"`, `"archive"`, "extension", "extensions.archive"},
		{"ipv4-addr", `192.0.2.0/24`, `192.0.2.0/33`, "value", "value"},
		{"ipv6-addr", `2001:db8::1`, `192.0.2.1`, "value", "value"},
		{"mac-addr", `00:00:5e:00:53:01`, `00:00:5E:00:53:01`, "value", "value"},
		{"network-traffic", `"is_active":false`, `"is_active":true`, "required", "end"},
		{"network-traffic", `"dst_port":443`, `"dst_port":65536`, "bounds", "dst_port"},
		{"network-traffic", `"SO_KEEPALIVE"`, `"KEEPALIVE"`, "key", "extensions.socket-ext.options.KEEPALIVE"},
		{"software", `cpe:2.3:a:`, `cpe:/a:`, "cpe", "cpe"},
		{"url", `https://a.example/x?y=%20`, `a.example`, "uri", "value"},
		{"windows-registry-key", `HKEY_LOCAL_MACHINE`, `HKLM`, "value", "key"},
		{"windows-registry-key", `"REG_SZ"`, `"REG_X"`, "vocabulary", "values.[0].data_type"},
		{"identity", `"name":"Aster CERT"`, `"name":"Aster CERT","Name":"x"`, "name", "Name"},
		{"identity", `"name":"Aster CERT"`, `"name":"Aster CERT","action":"x"`, "reserved", "action"},
		{"identity", `"name":"Aster CERT"`, `"name":"Aster CERT","granular_markings":[{"marking_ref":"` + tlpRed1 + `","selectors":["roles.[7]"]}]`, "selector", "granular_markings.[0].selectors.[0]"},
		{"identity", `"name":"Aster CERT"`, `"name":"Aster CERT","granular_markings":[{"selectors":["name"]}]`, "granular-marking", "granular_markings.[0]"},
		{"identity", `"name":"Aster CERT"`, `"name":"Aster CERT","extensions":{"extension-definition--0a1b2c3d-0000-4000-8000-00000000eeee":{}}`, "required", "extensions.extension-definition--0a1b2c3d-0000-4000-8000-00000000eeee.extension_type"},
		{"identity", `"name":"Aster CERT"`, `"name":"Aster CERT","extensions":{"ext":[]}`, "type", "extensions.ext"},
	} {
		in := string(by[c.typ])
		raw := strings.Replace(in, c.old, c.new, 1)
		if raw == in {
			t.Errorf("%s has no %s", c.typ, c.old)
			continue
		}
		f := checked(t, []byte(raw))
		if c.rule == "" {
			if len(f) != 0 {
				t.Errorf("%s: %v", raw, f)
			}
			continue
		}
		if len(f) == 0 || f[0].Rule != c.rule || f[0].Path != c.path {
			t.Errorf("%s %s: want %s at %q, got %+v", c.typ, c.new, c.rule, c.path, f)
		}
	}
}

// TestCheckValues: what is a value of an observable, and what is none.
func TestCheckValues(t *testing.T) {
	for typ, c := range map[string]struct{ good, bad []string }{
		"url": {[]string{"mailto:a@a.example", "urn:x:y", "http://[2001:db8::1]:80/", "http://u:p@a.example/%20?x#y", "hxxp://a.example"},
			[]string{"a.example/x", "//a.example", "http://a.example/x y", "http://a.example/%zz", "http://a.example/путь", "http://a.example/x[1]", "http://a[.]example/", "http://a.example:port/", "1http://x", `C:\x`, "http://a/#a#b"}},
		"domain-name": {[]string{"a.example", "a.example.", "xn--e1afmkfd.example", "пример.example", "A.EXAMPLE", "_dmarc.a.example"},
			[]string{"", "-a.example", "*.a.example", "a b.example", "a..example", "a.example:80", strings.Repeat("a", 64) + ".example", "http://a.example"}},
		"email-addr": {[]string{"a@a.example", `"a b"@a.example`, "a@[192.0.2.1]"},
			[]string{"a", "@a.example", "a@", "A <a@a.example>", "a b@a.example", "a@a@b", "ф@a.example"}},
		"ipv4-addr": {[]string{"192.0.2.1", "192.0.2.1/32", "0.0.0.0/0"}, []string{"192.0.2.01", "192.0.2.1/033", "1.2.3", "256.1.1.1", "::1"}},
		"ipv6-addr": {[]string{"::", "::1", "2001:DB8::/32", "::ffff:192.0.2.1"}, []string{"fe80::1%eth0", "1::2::3", "192.0.2.1", "2001:db8::/129"}},
	} {
		for want, list := range map[bool][]string{true: c.good, false: c.bad} {
			for _, value := range list {
				raw, err := json.Marshal(map[string]string{"type": typ, "id": typ + "--0a1b2c3d-0000-4000-8000-00000000000a", "value": value})
				if err != nil {
					t.Fatal(err)
				}
				if f := checked(t, raw); (len(f) == 0) != want {
					t.Errorf("%s: %+v", raw, f)
				}
			}
		}
	}
}
