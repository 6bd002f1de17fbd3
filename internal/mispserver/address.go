package mispserver

import (
	"net/url"
	"strings"

	"parley.example/parley"
)

// Bounds of an address.
const (
	maxAddress = 16 << 10
	maxNamed   = 256 // parameters in it
)

// address is where a call goes, as MISP writes it: /events/view/<id>/deleted[]:0/deleted[]:1.
type address struct {
	call  string   // "events/view", in lower case; event_reports and eventReports are one
	name  string   // the last part as it stands, with its ending
	args  []string // what stands behind it and has no name
	named params   // name:value, in the path
}

// params are named values; "a[]:1" adds to a list.
type params map[string][]string

func (p params) get(name string) string {
	if all := p[name]; len(all) > 0 {
		return all[0]
	}
	return ""
}

// on says whether a flag is set: to anything but nothing, 0 and false.
func (p params) on(name string) bool {
	switch strings.ToLower(p.get(name)) {
	case "", "0", "false":
		return false
	}
	return true
}

// parseAddress reads the path of a request, with or without an ending such as .json.
func parseAddress(path string) (address, error) {
	a := address{named: params{}}
	if len(path) > maxAddress {
		return a, parley.E(parley.Invalid, "an address of %d octets: want at most %d", len(path), maxAddress)
	}
	path = strings.Trim(path, "/")
	a.name = path[strings.LastIndexByte(path, '/')+1:]
	for _, ending := range []string{".json", ".csv", ".xml", ".txt"} {
		path = strings.TrimSuffix(path, ending)
	}
	var plain []string
	count := 0
	for part := range strings.SplitSeq(path, "/") {
		text, err := url.PathUnescape(part)
		if err != nil {
			return a, parley.E(parley.Invalid, "the address cannot be read: %w", err)
		}
		if text == "" {
			continue
		}
		if count++; count > maxNamed {
			return a, parley.E(parley.Invalid, "the address has more than %d parts", maxNamed)
		}
		name, value, ok := strings.Cut(text, ":")
		if !ok || len(plain) < 2 || name == "" {
			plain = append(plain, text)
			continue
		}
		name, list := strings.CutSuffix(name, "[]")
		if !list {
			a.named[name] = nil
		}
		a.named[name] = append(a.named[name], value)
	}
	switch len(plain) {
	case 0:
		return a, nil
	case 1:
		a.call = strings.ToLower(plain[0])
	default:
		a.call, a.args = strings.ToLower(strings.ReplaceAll(plain[0], "_", "")+"/"+plain[1]), plain[2:]
	}
	return a, nil
}

// arg is the argument at a place, or nothing.
func (a address) arg(i int) string {
	if i < len(a.args) {
		return a.args[i]
	}
	return ""
}
