package mispserver

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"parley.example/parley/indicator"
	"parley.example/parley/internal/misp"
)

// suricataOutput writes rules that Suricata 6 and later loads.
type suricataOutput struct {
	*protective
	ids map[uint32]bool
}

func (o *suricataOutput) open(w io.Writer) error {
	o.ids = map[uint32]bool{}
	return put(w, "# Rules for Suricata. Identifiers are made of what a rule says, and stay the same.\n")
}

func (o *suricataOutput) close(io.Writer) error { return nil }

func (o *suricataOutput) add(w io.Writer, e *misp.Event, hits []hit) error {
	var b strings.Builder
	port := map[string]string{}
	for _, h := range hits {
		if i := strings.LastIndexByte(h.Value, '|'); i >= 0 && strings.HasSuffix(h.Type, "|port") {
			port[h.UUID] = h.Value[i+1:]
		}
	}
	rule := func(h hit, protocol, from, to, what, body string) {
		if !o.once("rule", protocol+from+to+body) {
			return
		}
		fmt.Fprintf(&b, "alert %s %s -> %s (msg:\"MISP e%s %s\"; %sclasstype:trojan-activity; sid:%d; rev:1; priority:%d; metadata:event %s, attribute %s;)\n",
			protocol, from, to, number(e.UUID), what, body, o.id(protocol+from+to+body), max(e.ThreatLevel, 1), e.UUID, h.UUID)
	}
	o.each(hits, func(h hit, kind, value string) {
		switch kind {
		case "domain", "hostname":
			v, err := indicator.Parse("domain-name", value)
			if err != nil || !isName(v.Text) {
				fmt.Fprintf(&b, "# left out: %s: is no name of DNS\n", line(value))
				return
			}
			match := `content:"` + v.Text + `"; bsize:` + strconv.Itoa(len(v.Text)) + `; nocase; `
			if kind == "domain" {
				match = `dotprefix; content:".` + v.Text + `"; nocase; endswith; `
			}
			rule(h, "dns", "$HOME_NET any", "any any", "name "+v.Text, "dns.query; "+match)
			rule(h, "tls", "$HOME_NET any", "$EXTERNAL_NET any", "TLS to "+v.Text, "tls.sni; "+match)
			rule(h, "http", "$HOME_NET any", "$EXTERNAL_NET any", "HTTP to "+v.Text, "http.host; "+strings.Replace(match, "nocase; ", "", 1))
		case "ip-src", "ip-dst":
			address, ok := addressOf(value)
			if !ok {
				fmt.Fprintf(&b, "# left out: %s: is no address and no network\n", line(value))
				return
			}
			protocols, at := []string{"ip"}, "any"
			if p, err := strconv.ParseUint(port[h.UUID], 10, 16); err == nil && p > 0 {
				protocols, at = []string{"tcp", "udp"}, port[h.UUID]
			}
			for _, protocol := range protocols {
				if kind == "ip-src" {
					rule(h, protocol, address+" "+at, "$HOME_NET any", "from "+address, "")
				} else {
					rule(h, protocol, "$HOME_NET any", address+" "+at, "to "+address, "")
				}
			}
		case "url":
			u, err := url.Parse(value)
			switch {
			case err != nil || u.Host == "":
				fmt.Fprintf(&b, "# left out: %s: is no URL with a host\n", line(value))
			case u.Scheme == "http":
				path := u.RequestURI()
				rule(h, "http", "$HOME_NET any", "$EXTERNAL_NET any", "URL at "+quoted(u.Hostname()), `http.host; content:"`+quoted(strings.ToLower(u.Hostname()))+`"; bsize:`+strconv.Itoa(len(u.Hostname()))+`; http.uri; content:"`+quoted(path)+`"; `)
			default:
				fmt.Fprintf(&b, "# left out: %s: of %s only the host can be seen on the wire\n", line(value), line(u.Scheme))
			}
		case "user-agent":
			rule(h, "http", "$HOME_NET any", "$EXTERNAL_NET any", "user agent", `http.user_agent; content:"`+quoted(value)+`"; bsize:`+strconv.Itoa(len(value))+`; `)
		case "ja3":
			if _, err := hex.DecodeString(value); err == nil && len(value) == 32 {
				rule(h, "tls", "$HOME_NET any", "any any", "JA3 "+value, `ja3.hash; content:"`+strings.ToLower(value)+`"; `)
			}
		}
	})
	if err := put(w, b.String()); err != nil {
		return err
	}
	return o.drain(w, "#")
}

// id is the identifier of a rule, above those that others use: made of what it says.
func (o *suricataOutput) id(text string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(text))
	n := h.Sum32()>>2 | 1<<30
	for o.ids[n] {
		n = (n+1)&(1<<30-1) | 1<<30
	}
	o.ids[n] = true
	return n
}

func addressOf(text string) (string, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked().String(), p.Bits() > 0
	}
	a, err := netip.ParseAddr(text)
	return a.Unmap().String(), err == nil && a.Zone() == ""
}

// quoted is a text inside content:"": what means something in a rule stands as octets.
func quoted(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || strings.IndexByte(`"\;:|`, c) >= 0 {
			fmt.Fprintf(&b, "|%02x|", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// datasetOutput writes a dataset of Suricata: a value on each line, strings in base64,
// hashes in hexadecimal, addresses as they are.
type datasetOutput struct {
	*protective
	kinds  []string
	encode func(string) (string, bool)
}

// datasets are the formats "suricata-…", each with the kinds it holds.
var datasets = map[string]datasetOutput{
	"suricata-domains": {kinds: []string{"domain", "hostname"}, encode: func(s string) (string, bool) {
		v, err := indicator.Parse("domain-name", s)
		return base64.StdEncoding.EncodeToString([]byte(v.Text)), err == nil
	}},
	"suricata-urls":   {kinds: []string{"url"}, encode: func(s string) (string, bool) { return base64.StdEncoding.EncodeToString([]byte(s)), true }},
	"suricata-md5":    {kinds: []string{"md5"}, encode: func(s string) (string, bool) { return hexOf(s, 32) }},
	"suricata-sha256": {kinds: []string{"sha256"}, encode: func(s string) (string, bool) { return hexOf(s, 64) }},
	"suricata-ips": {kinds: []string{"ip-src", "ip-dst"}, encode: func(s string) (string, bool) {
		a, err := netip.ParseAddr(s) // a dataset has no networks
		return a.Unmap().String(), err == nil
	}},
}

func hexOf(s string, n int) (string, bool) {
	s = strings.ToLower(s)
	_, err := hex.DecodeString(s)
	return s, err == nil && len(s) == n
}

func (o *datasetOutput) open(io.Writer) error { return nil }

func (o *datasetOutput) add(w io.Writer, _ *misp.Event, hits []hit) error {
	var b strings.Builder
	o.each(hits, func(_ hit, kind, value string) {
		for _, k := range o.kinds {
			if k == kind {
				if s, ok := o.encode(value); ok && o.once("", s) {
					b.WriteString(s + "\n")
				}
			}
		}
	})
	o.skipped = o.skipped[:0]
	return put(w, b.String())
}

func (o *datasetOutput) close(io.Writer) error { return nil }
