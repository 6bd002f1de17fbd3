package mispserver

import (
	"io"
	"slices"
	"strings"

	"parley.example/parley/indicator"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// Warnings say which list names a value of an object as harmless, or nothing;
// *intel.Store does.
type Warnings interface {
	Warning(o *stix.Object) string
}

// protective is what the outputs share that machines block by: only what its author
// calls an indicator comes through, each value once, and nothing that a warninglist
// names.
type protective struct {
	warnings Warnings // nil: none are known
	seen     map[uint64]bool
	skipped  []skipped // since the last call of drain
}

type skipped struct{ value, why string }

func (q *request) protective() *protective {
	return &protective{warnings: q.Warnings, seen: map[uint64]bool{}}
}

// kinds are the parts of an attribute that can be blocked by, in their order.
var kinds = map[string][]string{
	"domain": {"domain"}, "hostname": {"hostname"}, "domain|ip": {"domain", "ip-dst"}, "hostname|port": {"hostname", "port"},
	"ip-src": {"ip-src"}, "ip-dst": {"ip-dst"}, "ip-src|port": {"ip-src", "port"}, "ip-dst|port": {"ip-dst", "port"},
	"url": {"url"}, "uri": {"uri"}, "email": {"email"}, "email-src": {"email"}, "email-dst": {"email"}, "user-agent": {"user-agent"},
	"md5": {"md5"}, "sha1": {"sha1"}, "sha256": {"sha256"}, "sha512": {"sha512"},
	"filename|md5": {"filename", "md5"}, "filename|sha1": {"filename", "sha1"}, "filename|sha256": {"filename", "sha256"}, "filename|sha512": {"filename", "sha512"},
	"malware-sample": {"filename", "md5"}, "x509-fingerprint-sha1": {"x509-fingerprint-sha1"}, "ja3-fingerprint-md5": {"ja3"},
}

// each calls f with the parts of each attribute that may be blocked by.
func (p *protective) each(hits []hit, f func(h hit, kind, value string)) {
	for _, h := range hits {
		if !h.ToIDs || h.Deleted || h.object != nil && h.object.Deleted {
			continue
		}
		parts := kinds[h.Type]
		if parts == nil {
			continue
		}
		values := []string{h.Value}
		if len(parts) > 1 {
			i := strings.LastIndexByte(h.Value, '|')
			if i < 0 {
				continue
			}
			values = []string{h.Value[:i], h.Value[i+1:]}
		}
		for i, value := range values {
			if value = strings.TrimSpace(value); value == "" || strings.ContainsAny(value, "\r\n\x00") {
				continue
			}
			if why := p.named(value); why != "" {
				p.skipped = append(p.skipped, skipped{value, why})
				continue
			}
			f(h, parts[i], value)
		}
	}
}

// once says whether a thing comes for the first time.
func (p *protective) once(kind, value string) bool {
	key := hash(kind + "\n" + strings.ToLower(value))
	if p.seen[key] {
		return false
	}
	p.seen[key] = true
	return true
}

// named is the list that names a value, or "".
func (p *protective) named(value string) string {
	if p.warnings == nil {
		return ""
	}
	v, err := indicator.Recognise(value)
	if err != nil {
		return ""
	}
	return p.warnings.Warning(&stix.Object{Values: []indicator.Value{v}})
}

// strip takes out of an event what a warninglist names.
func (p *protective) strip(e *misp.Event) {
	named := func(a misp.Attribute) bool {
		return slices.ContainsFunc(halves(&a), func(value string) bool { return p.named(value) != "" })
	}
	e.Attributes = slices.DeleteFunc(e.Attributes, named)
	for i := range e.Objects {
		e.Objects[i].Attributes = slices.DeleteFunc(e.Objects[i].Attributes, named)
	}
}

// drain writes what was left out, each as a comment, so that nobody wonders.
func (p *protective) drain(w io.Writer, comment string) error {
	var b strings.Builder
	for _, s := range p.skipped {
		if p.once("skipped", s.value) {
			b.WriteString(comment + " left out: " + line(s.value) + ": a warninglist names " + line(s.why) + "\n")
		}
	}
	p.skipped = p.skipped[:0]
	return put(w, b.String())
}

// line is a text without what would end a comment.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return -1
		}
		return r
	}, s)
}

// textOutput writes a value on each line. What a warninglist names is left out, and
// the log says how many.
type textOutput struct {
	*request
	*protective
	left int
}

func (*textOutput) open(io.Writer) error { return nil }

func (o *textOutput) add(w io.Writer, _ *misp.Event, hits []hit) error {
	var b strings.Builder
	for _, h := range hits {
		value := strings.TrimSpace(h.Value)
		if !h.ToIDs || h.Deleted || value == "" || strings.ContainsAny(value, "\r\n\x00") {
			continue
		}
		if o.named(value) != "" {
			o.left++
		} else if o.once("", value) {
			b.WriteString(value + "\n")
		}
	}
	return put(w, b.String())
}

func (o *textOutput) close(io.Writer) error {
	if o.left > 0 {
		o.Log.Warn("values that warninglists name were left out of a list", "event", "misp.warned", "client", o.who.Name, "values", o.left)
	}
	return nil
}
