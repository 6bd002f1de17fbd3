package sqldb

import (
	"strconv"
	"strings"
)

// positional writes "?" for "$1", "$2", ... where a text names its parameters in
// order, each once. To SQLite both mean the same, but it looks up the name of
// each "$N" in a list when it is bound: with the two thousand parameters of a wide
// insert that took most of the time. Other texts stay as they are. Texts quote no
// dollar sign.
func positional(query string) string {
	parts := strings.Split(query, "$")
	for i, p := range parts[1:] {
		n := 0
		for n < len(p) && p[n] >= '0' && p[n] <= '9' {
			n++
		}
		if p[:n] != strconv.Itoa(i+1) {
			return query
		}
		parts[i+1] = p[n:]
	}
	return strings.Join(parts, "?")
}
