package indicator

import (
	"strings"
)

// Pattern is the STIX pattern that says exactly this value. Certificates' serial
// numbers and hashes without a property of their own are written as STIX 2.1 §6
// has them, custom ones as other tools write them.
func (v Value) Pattern() string {
	switch v.Kind {
	case ASN:
		return "[autonomous-system:number = " + v.Text + "]"
	case FilePath:
		if folder, name, ok := splitPath(v.Text); ok {
			return "[file:name = " + Quote(name) + " AND file:parent_directory_ref.path = " + Quote(folder) + "]"
		}
		return "[directory:path = " + Quote(v.Text) + "]"
	}
	return "[" + propertyOf[v.Kind] + " = " + Quote(v.Text) + "]"
}

// propertyOf is the object path that a kind's pattern compares.
var propertyOf = map[Kind]string{
	IPv4:        "ipv4-addr:value",
	IPv6:        "ipv6-addr:value",
	Domain:      "domain-name:value",
	URL:         "url:value",
	Email:       "email-addr:value",
	MAC:         "mac-addr:value",
	MD5:         "file:hashes.MD5",
	SHA1:        "file:hashes.'SHA-1'",
	SHA224:      "file:hashes.'SHA-224'",
	SHA256:      "file:hashes.'SHA-256'",
	SHA384:      "file:hashes.'SHA-384'",
	SHA512:      "file:hashes.'SHA-512'",
	SHA3_256:    "file:hashes.'SHA3-256'",
	SHA3_512:    "file:hashes.'SHA3-512'",
	Imphash:     "file:hashes.IMPHASH",
	SSDeep:      "file:hashes.SSDEEP",
	TLSH:        "file:hashes.TLSH",
	CertMD5:     "x509-certificate:hashes.MD5",
	CertSHA1:    "x509-certificate:hashes.'SHA-1'",
	CertSHA256:  "x509-certificate:hashes.'SHA-256'",
	CertSerial:  "x509-certificate:serial_number",
	FileName:    "file:name",
	Mutex:       "mutex:name",
	Registry:    "windows-registry-key:key",
	Process:     "process:name",
	AppID:       "app:id",
	UserAgent:   "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
	CommandLine: "process:command_line",
	Subject:     "email-message:subject",
}

// splitPath cuts a path before its last part.
func splitPath(path string) (folder, name string, ok bool) {
	i := strings.LastIndexAny(path, `/\`)
	if i < 0 || i == len(path)-1 {
		return "", "", false
	}
	folder, name = path[:i], path[i+1:]
	if folder == "" || strings.HasSuffix(folder, ":") {
		folder = path[:i+1] // the root keeps its slash
	}
	return folder, name, true
}

// Quote writes a text as a string constant of a pattern. STIX 2.1 §9.2
func Quote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
