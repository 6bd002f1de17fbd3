package indicator

import (
	"slices"
	"strconv"
	"strings"
)

// maxValues bounds the values of one pattern.
const maxValues = 100_000

// Values are the values that the pattern asks for by equality: each, seen in the
// place where the pattern looks, makes the comparison true that names it. They
// are what an index holds, each once, in the order of the pattern. Exact says that
// the pattern is an OR of such comparisons and nothing else, so that one of the
// values is all it needs; otherwise more has to be seen (AND, FOLLOWEDBY, REPEATS),
// or the pattern asks for more than it lists (LIKE, ranges, networks). A value
// that its kind cannot be spelled in is left out, and the pattern is then not exact.
func (p *Pattern) Values() (values []Value, exact bool) {
	c := collector{exact: true}
	c.observed(&p.root)
	return c.values, c.exact && len(c.values) > 0
}

type collector struct {
	values []Value
	has    map[Value]bool
	exact  bool
}

func (c *collector) add(v Value) {
	switch {
	case c.has[v] || c.has == nil && slices.Contains(c.values, v):
	case len(c.values) >= maxValues:
		c.exact = false
	default:
		c.values = append(c.values, v)
		if len(c.values) == 8 { // for so few a map costs more than looking
			c.has = map[Value]bool{}
			for _, v := range c.values {
				c.has[v] = true
			}
		} else if c.has != nil {
			c.has[v] = true
		}
	}
}

func (c *collector) observed(o *observed) {
	switch o.op {
	case seen:
		c.compared(&o.test)
		return
	case either, within: // one observation is within any time
	case repeats:
		c.exact = c.exact && o.times == 1
	default:
		c.exact = false
	}
	if o.op == within && o.kids[0].op != seen {
		c.exact = false
	}
	for i := range o.kids {
		c.observed(&o.kids[i])
	}
}

func (c *collector) compared(e *compared) {
	switch e.op {
	case tested:
		c.test(e.test, "")
		return
	case allOf:
		if c.typed(e) {
			return
		}
		c.exact = false
	}
	for i := range e.kids {
		c.compared(&e.kids[i])
	}
}

// typed takes a comparison beside the type of the object that it is made with, as
// STIX 2.0 writes it: dst_ref.type = 'domain-name' AND dst_ref.value = 'a.example'.
func (c *collector) typed(e *compared) bool {
	if len(e.kids) != 2 || e.kids[0].op != tested || e.kids[1].op != tested {
		return false
	}
	kind, value := e.kids[0].test, e.kids[1].test
	if last(value.path) == "type" {
		kind, value = value, kind
	}
	n := len(kind.path.steps) - 1
	if last(kind.path) != "type" || kind.verb != is || kind.not || kind.value.kind != textLiteral ||
		kind.path.object != value.path.object || len(value.path.steps) != n+1 || !slices.Equal(kind.path.steps[:n], value.path.steps[:n]) {
		return false
	}
	c.test(value, kind.value.text)
	return true
}

func last(p path) string { return p.steps[len(p.steps)-1].key }

// test takes the constants of one comparison; object is the type of the object
// that its last property belongs to, where that is known.
func (c *collector) test(t *test, object string) {
	switch {
	case t.not:
		c.exact = false
	case t.verb == is:
		c.literal(t, object, t.value)
	case t.verb == isIn:
		for _, l := range t.set {
			c.literal(t, object, l)
		}
		c.exact = c.exact && len(t.set) > 0
	case t.verb == isSubset:
		c.exact = false // an address inside is not the value, but the network is one
		c.literal(t, object, t.value)
	default:
		c.exact = false
	}
}

func (c *collector) literal(t *test, object string, l literal) {
	text := l.text
	if l.kind == integerLiteral && t.path.object == "autonomous-system" {
		text = strconv.FormatInt(l.n, 10)
	} else if l.kind != textLiteral {
		c.exact = false
		return
	}
	k := kindOf(t.path, object)
	if k == "" {
		c.exact = false
		return
	}
	if k == addressOrName {
		v, err := Recognise(text)
		if err != nil || v.Kind != IPv4 && v.Kind != IPv6 && v.Kind != Domain && v.Kind != MAC {
			c.exact = false
			return
		}
		c.add(v)
		return
	}
	v, err := Parse(k, text)
	if err != nil {
		// Feeds write names where a URL should stand, and paths where a name should.
		if v, err = Recognise(text); err == nil && (k == URL && (v.Kind == Domain || v.Kind == IPv4 || v.Kind == IPv6) || k == FileName && v.Kind == FilePath) {
			c.add(v)
		}
		c.exact = false
		return
	}
	c.add(v)
}

// addressOrName stands for a reference whose object's type is not said.
const addressOrName Kind = "address or name"

// kindOf is the kind of the values that a path leads to; "" where they are of none.
func kindOf(p path, object string) Kind {
	n := len(p.steps)
	key := last(p)
	if object == "" && n == 1 {
		object = p.object
	}
	if n >= 2 && p.steps[n-2].key == "hashes" {
		return HashKind(p.object, key)
	}
	if n >= 2 && object == "" {
		switch p.steps[n-2].key {
		case "src_ref", "dst_ref", "resolves_to_refs":
			if key == "value" {
				return addressOrName
			}
		case "from_ref", "sender_ref", "to_refs", "cc_refs", "bcc_refs":
			if key == "value" {
				return Email
			}
		}
		if n >= 2 && key == "value" && p.steps[n-2].all && n >= 3 {
			return kindOf(path{p.object, append(slices.Clone(p.steps[:n-2]), p.steps[n-1])}, "")
		}
	}
	switch object + ":" + key {
	case "ipv4-addr:value":
		return IPv4
	case "ipv6-addr:value":
		return IPv6
	case "domain-name:value", "hostname:value":
		return Domain
	case "url:value":
		return URL
	case "email-addr:value":
		return Email
	case "mac-addr:value":
		return MAC
	case "autonomous-system:number":
		return ASN
	case "file:name":
		return FileName
	case "file:path", "directory:path":
		return FilePath
	case "mutex:name":
		return Mutex
	case "windows-registry-key:key":
		return Registry
	case "process:name":
		return Process
	case "app:id":
		return AppID
	case "process:command_line":
		return CommandLine
	case "email-message:subject":
		return Subject
	case "x509-certificate:serial_number":
		return CertSerial
	case "user-agent:value":
		return UserAgent
	}
	if strings.EqualFold(key, "User-Agent") {
		return UserAgent
	}
	return ""
}

// HashKind is the kind of a hash of an object: "file" and "SHA-256", or "sha256",
// are a sha256; "" where no kind is for that. OASIS STIX 2.1 §10.7
func HashKind(object, name string) Kind {
	if object == "x509-certificate" {
		switch algorithm(name) {
		case "MD5":
			return CertMD5
		case "SHA1":
			return CertSHA1
		case "SHA256":
			return CertSHA256
		}
		return ""
	}
	switch algorithm(name) {
	case "MD5":
		return MD5
	case "SHA1":
		return SHA1
	case "SHA224":
		return SHA224
	case "SHA256":
		return SHA256
	case "SHA384":
		return SHA384
	case "SHA512":
		return SHA512
	case "SHA3256":
		return SHA3_256
	case "SHA3512":
		return SHA3_512
	case "SSDEEP":
		return SSDeep
	case "TLSH":
		return TLSH
	case "IMPHASH":
		return Imphash
	}
	return ""
}
