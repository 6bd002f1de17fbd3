package mispserver

import (
	"strconv"
	"time"
)

// unix is an instant as MISP writes it; "0" for none.
func unix(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return strconv.FormatInt(t.Unix(), 10)
}
