package intel

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"

	"parley.example/parley"
)

// detect says which format a stream has by its first octets, which stay in it.
func detect(r *bufio.Reader) (string, error) {
	b, err := r.Peek(1 << 16)
	if len(b) == 0 {
		if err == nil || err == io.EOF {
			return Detect, parley.E(parley.Invalid, "there is nothing to read: want STIX, MISP, CSAF, CSV or a list of values")
		}
		return Detect, err
	}
	if bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		b = unzipped(b)
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	t := bytes.TrimLeft(b, " \t\r\n")
	if len(t) == 0 {
		return Detect, parley.E(parley.Invalid, "there are only spaces to read: want STIX, MISP, CSAF, CSV or a list of values")
	}
	if t[0] != '{' && t[0] != '[' {
		return table(t), nil
	}
	has := func(word string) bool { return bytes.Contains(t, []byte(`"`+word+`"`)) }
	switch {
	case has("csaf_version"):
		return CSAF, nil
	case has("spec_version") || has("objects") && !has("Event") && !has("Attribute"):
		return STIX, nil
	case has("Event") || has("Attribute") || has("Orgc") || has("threat_level_id"):
		return MISP, nil
	case has("document") && has("tracking"):
		return CSAF, nil
	}
	return STIX, nil
}

// unzipped is as much as can be had of the beginning of a compressed stream.
func unzipped(b []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	out := make([]byte, 1<<16)
	n, _ := io.ReadFull(z, out) // cut off in the middle: what came counts
	return out[:n]
}

// table tells a CSV from a list: its first two lines have the same sign between fields.
func table(b []byte) string {
	var lines [][]byte
	for line := range bytes.Lines(b) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			lines = append(lines, line)
		}
		if len(lines) == 3 {
			break
		}
	}
	if len(lines) == 3 {
		lines = lines[:2] // the third may be cut off
	}
	for _, sign := range []string{",", ";", "\t", "|"} {
		fits := len(lines) > 0
		for _, l := range lines {
			fits = fits && bytes.Contains(l, []byte(sign))
		}
		if fits {
			return CSV
		}
	}
	return List
}
