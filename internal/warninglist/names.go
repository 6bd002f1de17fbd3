package warninglist

import (
	"fmt"
	"slices"
	"strings"

	"parley.example/parley/indicator"
)

// Hit is one entry of one list that names a value.
type Hit struct {
	List        string
	Entry       string
	Description string // of the list
}

func (h Hit) String() string { return fmt.Sprintf("%s (%s)", h.List, h.Entry) }

// maxHits bounds the answer for a network that covers many entries.
const maxHits = 100

// Names tells which lists name the value. A network is named by what holds it and
// by what it holds: who blocks 8.0.0.0/8 blocks 8.8.8.8. A URL is also named by
// lists of its host, an e-mail address by lists of its domain.
func (s *Set) Names(v indicator.Value) []Hit {
	var refs []ref
	for _, t := range told(v) {
		refs = append(refs, s.text(t, v.Kind)...)
	}
	about := s.about[v.Kind]
	var hits []Hit
	for _, r := range sorted(refs) {
		if l := s.lists[r.list]; about != nil && about[r.list] && len(hits) < maxHits {
			hits = append(hits, Hit{l.Name, l.Entries[r.entry], l.Description})
		}
	}
	return hits
}

// told are the texts that a list may know a value by.
func told(v indicator.Value) []string {
	texts := []string{v.Text}
	switch v.Kind {
	case indicator.URL:
		texts = append(texts, hostOf(v.Text))
		if rest, ok := strings.CutSuffix(v.Text, "/"); ok {
			texts = append(texts, rest)
		}
	case indicator.Email:
		if _, domain, ok := strings.Cut(v.Text, "@"); ok {
			texts = append(texts, domain)
		}
	case indicator.ASN:
		texts = append(texts, "AS"+v.Text)
	}
	return texts
}

// text asks every kind of list for one text. Lists of patterns are walked, and
// only where they are about the kind.
func (s *Set) text(text string, k indicator.Kind) []ref {
	text = strings.ToLower(text)
	refs := slices.Clone(s.exact[text])
	if p, ok := prefix(text); ok {
		for _, found := range s.networks.Supernets(p) {
			refs = append(refs, found...)
		}
		for _, found := range s.networks.Subnets(p) {
			if len(refs) > 4*maxHits {
				break
			}
			refs = append(refs, found...)
		}
	} else {
		for host := strings.Trim(text, "."); host != ""; {
			refs = append(refs, s.hosts[host]...)
			_, host, _ = strings.Cut(host, ".")
		}
	}
	for i := range len(text) {
		for n := 1; n <= gram && i+n <= len(text); n++ {
			for _, p := range s.parts[text[i:i+n]] {
				if strings.HasPrefix(text[i:], p.text) {
					refs = append(refs, p.ref)
				}
			}
		}
	}
	for _, i := range s.walked[k] {
		for _, p := range s.patterns[i] {
			if p.expr.MatchString(text) {
				refs = append(refs, p.ref)
			}
		}
	}
	return refs
}

// attributes are the words by which lists say what kinds of value they are about.
var attributes = map[indicator.Kind][]string{
	indicator.IPv4:       {"ip-src", "ip-dst", "ip-src|port", "ip-dst|port", "domain|ip"},
	indicator.IPv6:       {"ip-src", "ip-dst", "ip-src|port", "ip-dst|port", "domain|ip"},
	indicator.Domain:     {"domain", "hostname", "domain|ip", "hostname|port", "url", "uri"},
	indicator.URL:        {"url", "uri", "link", "domain", "hostname", "domain|ip", "ip-dst", "ip-src"},
	indicator.Email:      {"email", "email-src", "email-dst", "target-email", "whois-registrant-email", "dns-soa-email", "domain", "hostname"},
	indicator.MD5:        {"md5", "filename|md5", "malware-sample"},
	indicator.SHA1:       {"sha1", "filename|sha1"},
	indicator.SHA224:     {"sha224", "filename|sha224"},
	indicator.SHA256:     {"sha256", "filename|sha256"},
	indicator.SHA384:     {"sha384", "filename|sha384"},
	indicator.SHA512:     {"sha512", "filename|sha512"},
	indicator.SSDeep:     {"ssdeep", "filename|ssdeep"},
	indicator.TLSH:       {"tlsh", "filename|tlsh"},
	indicator.CertMD5:    {"x509-fingerprint-md5"},
	indicator.CertSHA1:   {"x509-fingerprint-sha1"},
	indicator.CertSHA256: {"x509-fingerprint-sha256"},
	indicator.FileName:   {"filename"},
	indicator.MAC:        {"mac-address"},
	indicator.ASN:        {"AS"},
	indicator.UserAgent:  {"user-agent"},
	indicator.Mutex:      {"mutex"},
}

// about reports whether the list means values of the kind. A kind that lists have
// no word for is meant by all.
func (l *List) about(k indicator.Kind) bool {
	words := attributes[k]
	return len(l.Matching) == 0 || len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return slices.Contains(l.Matching, w) })
}
