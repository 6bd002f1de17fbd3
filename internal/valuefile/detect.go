package valuefile

import (
	"bytes"
	"slices"
	"strings"
)

// detect tells from the first lines whether a file is a table, and what stands
// between its columns: a sign that nearly every line has, as often as the first.
func detect(head []byte, format string, comma rune) (string, rune) {
	var sampled []string
	for line := range strings.Lines(string(head)) {
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		if line == "" || isComment(line) {
			continue
		}
		sampled = append(sampled, line)
		if len(sampled) == 200 {
			break
		}
	}
	if len(sampled) > 1 && len(head) == sample && !bytes.HasSuffix(head, []byte("\n")) {
		sampled = sampled[:len(sampled)-1] // cut off
	}
	if comma != 0 {
		return "csv", comma
	}
	best, bestCount := rune(0), 0
	for _, sign := range []rune{',', ';', '\t', '|'} {
		count, same := 0, 0
		for i, line := range sampled {
			n := unquoted(line, sign)
			if i == 0 {
				count = n
			}
			if n == count && n > 0 {
				same++
			}
		}
		if count > 0 && headed(sampled[0], sign) {
			return "csv", sign
		}
		if count > 0 && same*10 >= len(sampled)*8 && count > bestCount && !filters(sampled) {
			best, bestCount = sign, count
		}
	}
	switch {
	case best != 0:
		return "csv", best
	case format == "csv":
		return "csv", ','
	}
	return "list", 0
}

// headed reports whether a first line names a column of values.
func headed(s string, sign rune) bool {
	return slices.ContainsFunc(split(s, sign), func(f string) bool { return slices.Contains(valueNames, plain(f)) })
}

// filters reports whether the lines are those of a filter list or a hosts file,
// whose signs are no columns.
func filters(sampled []string) bool {
	n := 0
	for _, s := range sampled {
		if strings.HasPrefix(s, "||") || strings.HasPrefix(s, "@@") || strings.HasPrefix(s, "address=/") || strings.HasPrefix(s, "server=/") {
			n++
			continue
		}
		if first, _, ok := strings.Cut(strings.ReplaceAll(s, "\t", " "), " "); ok && sinkholes[first] {
			n++
		}
	}
	return n*2 > len(sampled)
}

// unquoted counts a sign outside of quotes.
func unquoted(s string, sign rune) int {
	n, quoted := 0, false
	for _, r := range s {
		switch {
		case r == '"':
			quoted = !quoted
		case r == sign && !quoted:
			n++
		}
	}
	return n
}

// isComment reports whether a line is one in any list: #, ;, //, and ! of filter
// lists.
func isComment(s string) bool {
	return s[0] == '#' || s[0] == ';' || s[0] == '!' || strings.HasPrefix(s, "//") || s[0] == '[' && strings.HasSuffix(s, "]") && strings.ContainsAny(s, " ") || s == "[Adblock]"
}
