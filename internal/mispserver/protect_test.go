package mispserver_test

import (
	"strings"
	"testing"

	"parley.example/parley/internal/mispserver"
	"parley.example/parley/internal/warninglist"
)

// TestProtective: what machines block by holds indicators only, each once, in the form
// that each takes, and nothing that a warninglist names.
func TestProtective(t *testing.T) {
	w := newWorld(t)
	list, _, err := warninglist.Parse(strings.NewReader(`{"name":"Known names","type":"hostname","matching_attributes":["domain","hostname","ip-dst","url"],"list":["good.example.org"]}`))
	if err != nil {
		t.Fatal(err)
	}
	set, _ := warninglist.NewSet(list)
	w.store.SetWarnings(set)
	w.options.Warnings = w.store
	w.server = mispserver.New(w.options)
	more := ""
	for i, a := range []string{
		`"type":"domain","value":"www.good.example.org","to_ids":true`, `"type":"hostname","value":"host.bad.example.org","to_ids":true`, `"type":"ip-dst","value":"2001:db8::1","to_ids":true`,
		`"type":"ip-dst","value":"198.51.100.0/24","to_ids":true`, `"type":"domain","value":"seen.example.org","to_ids":false`, `"type":"url","value":"http://bad.example.org/a;b","to_ids":true`,
		`"type":"sha256","value":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","to_ids":true`, `"type":"domain","value":"BAD.example.org","to_ids":true`,
	} {
		more += `,{"uuid":"11111111-0000-4000-8000-0000000001` + string(rune('0'+i)) + `0","timestamp":"1770000000","category":"Network activity",` + a + "}"
	}
	w.bringEvent(eventText(t0, more))
	search := func(format string) string {
		t.Helper()
		return w.ask(nil, "reader", "POST", "/attributes/restSearch", `{"returnFormat":"`+format+`"}`)
	}
	holds := func(text string, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if strings.Count(text, p) != 1 {
				t.Errorf("%q is there %d times in:\n%s", p, strings.Count(text, p), text)
			}
		}
	}
	lacks := func(text string, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if strings.Contains(text, p) {
				t.Errorf("%q is in:\n%s", p, text)
			}
		}
	}
	rpz := search("rpz")
	holds(rpz, "\nbad.example.org CNAME .\n", "\n*.bad.example.org CNAME .\n", "\nhost.bad.example.org CNAME .\n", "\n32.7.2.0.192.rpz-ip CNAME .\n", "128.1.zz.db8.2001.rpz-ip CNAME .", "24.0.100.51.198.rpz-ip CNAME .",
		"; left out: www.good.example.org: a warninglist names www.good.example.org: Known names", "SOA ", "NS ")
	lacks(rpz, "seen.example.org", "*.host.bad", "\nwww.good")
	rules := search("suricata")
	holds(rules, `dns.query; dotprefix; content:".bad.example.org"; nocase; endswith;`, "alert ip $HOME_NET any -> 192.0.2.7 any", `http.uri; content:"/a|3b|b";`, "# left out: www.good.example.org")
	lacks(rules, "seen.example.org", "\nalert dns $HOME_NET any -> any any (msg:\"MISP e1 name www.good")
	text := search("text")
	holds(text, "bad.example.org\n192", "letter.doc\n")
	lacks(text, "seen.example.org", "www.good", "only words")
	holds(search("suricata-sha256"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n")
	holds(search("suricata-ips"), "192.0.2.7\n", "2001:db8::1\n")
	holds(search("suricata-domains"), "YmFkLmV4YW1wbGUub3Jn\n")
	w.want(400, "walled_garden", "reader", "POST", "/attributes/restSearch", `{"returnFormat":"rpz","policy":"Local-Data"}`)
	w.want(400, "name of DNS", "reader", "POST", "/attributes/restSearch", `{"returnFormat":"rpz","ns":"a\nb CNAME ."}`)
	holds(w.ask(nil, "reader", "POST", "/attributes/restSearch", `{"returnFormat":"rpz","policy":"DROP","value":"bad.example.org","type":"domain"}`), "\nbad.example.org CNAME rpz-drop.\n")
}
