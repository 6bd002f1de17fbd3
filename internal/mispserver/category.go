package mispserver

import (
	"strings"

	"parley.example/parley/internal/misp"
)

// categorise gives attributes that say none the category that MISP gives their type.
func categorise(e *misp.Event) {
	one := func(a *misp.Attribute) {
		if a.Category == "" {
			a.Category = categoryOf(a.Type)
		}
	}
	for i := range e.Attributes {
		one(&e.Attributes[i])
	}
	for i := range e.Objects {
		for j := range e.Objects[i].Attributes {
			one(&e.Objects[i].Attributes[j])
		}
	}
}

func categoryOf(kind string) string {
	switch kind {
	case "ip-src", "ip-dst", "ip-src|port", "ip-dst|port", "domain", "domain|ip", "hostname", "hostname|port", "url", "uri", "user-agent", "AS", "mac-address", "snort", "http-method", "ja3-fingerprint-md5", "port":
		return "Network activity"
	case "email", "eppn", "jabber-id", "github-username", "twitter-id":
		return "Social network"
	case "comment", "text", "other", "datetime", "counter", "float", "boolean", "hex", "size-in-bytes", "phone-number", "cpe":
		return "Other"
	case "regkey", "regkey|value":
		return "Persistence mechanism"
	case "mutex", "named pipe", "process-state", "windows-scheduled-task", "windows-service-name", "windows-service-displayname", "cookie", "stix2-pattern", "gene":
		return "Artifacts dropped"
	case "link", "vulnerability", "weakness", "attachment":
		return "External analysis"
	case "yara", "sigma", "pattern-in-file", "pattern-in-memory", "mobile-application-id":
		return "Payload installation"
	case "threat-actor", "campaign-name", "campaign-id", "whois-registrant-email", "whois-registrant-name", "whois-registrar":
		return "Attribution"
	case "btc", "xmr", "iban", "bic", "bank-account-nr", "aba-rtn", "bin", "cc-number", "prtn", "dash":
		return "Financial fraud"
	}
	if strings.HasPrefix(kind, "x509-") {
		return "Network activity"
	}
	if strings.HasPrefix(kind, "target-") {
		return "Targeting data"
	}
	return "Payload delivery"
}
