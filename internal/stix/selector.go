package stix

import (
	"strconv"
	"strings"
)

// sel finds what a granular selector selects, 0 where it selects nothing: names of
// properties and indexes in brackets, joined by dots. A name may hold dots itself
// (a key of a dictionary, "contents.en.x"); the longest that fits is taken.
// OASIS STIX 2.1 §7.2.3.1
func (t *tree) sel(selector string) uint32 {
	if selector == "" || len(selector) > 4096 {
		return 0
	}
	at := uint32(root)
	for rest := selector; rest != ""; {
		switch t.kind(at) {
		case array:
			step, after, _ := strings.Cut(rest, ".")
			i, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(step, "["), "]"))
			if err != nil || step != "["+strconv.Itoa(i)+"]" {
				return 0
			}
			found := uint32(0)
			for n, item := range t.items(at) {
				if n == i {
					found = item
					break
				}
			}
			if found == 0 {
				return 0
			}
			at, rest = found, after
		case object:
			found, after := uint32(0), ""
			for key, v := range t.members(at) {
				name := string(t.bytes(key))
				tail, ok := strings.CutPrefix(rest, name)
				if !ok || tail != "" && tail[0] != '.' || found != 0 && len(tail) >= len(after) {
					continue
				}
				found, after = v, tail
			}
			if found == 0 {
				return 0
			}
			at, rest = found, strings.TrimPrefix(after, ".")
		default:
			return 0
		}
	}
	return at
}
