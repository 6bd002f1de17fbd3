package mispserver

import (
	"crypto/md5" // the format demands it; nothing is trusted to it
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"parley.example/parley/internal/misp"
)

// hashOutput writes the MD5 of values: as the lines of a feed's hashes.csv, or as an
// instance reads them that only wants to know what its peer has (cache).
type hashOutput struct {
	both  bool // of each half of a composite value, else of the whole
	event bool // with the event's UUID
}

func (*hashOutput) open(io.Writer) error { return nil }

func (o *hashOutput) add(w io.Writer, e *misp.Event, hits []hit) error {
	var b strings.Builder
	for _, h := range hits {
		values := []string{h.Value}
		if o.both {
			values = h.Halves()
		}
		for _, v := range values {
			sum := md5.Sum([]byte(v))
			b.WriteString(hex.EncodeToString(sum[:]))
			if o.event {
				b.WriteString("," + e.UUID)
			}
			b.WriteByte('\n')
		}
	}
	return put(w, b.String())
}

func (*hashOutput) close(io.Writer) error { return nil }

// countOutput writes how many there are.
type countOutput struct {
	events bool
	n      int
}

func (*countOutput) open(io.Writer) error { return nil }

func (o *countOutput) add(_ io.Writer, _ *misp.Event, hits []hit) error {
	if o.events {
		o.n++
	} else {
		o.n += len(hits)
	}
	return nil
}

func (o *countOutput) close(w io.Writer) error { return put(w, fmt.Sprintln(o.n)) }

// hostsOutput writes names to block as a hosts file has them.
type hostsOutput struct{ *protective }

func (*hostsOutput) open(io.Writer) error { return nil }

func (o *hostsOutput) add(w io.Writer, _ *misp.Event, hits []hit) error {
	var b strings.Builder
	o.each(hits, func(_ hit, kind, value string) {
		if name := strings.ToLower(strings.TrimSuffix(value, ".")); (kind == "domain" || kind == "hostname") && isHost(name) && o.once("host", name) {
			b.WriteString("0.0.0.0 " + name + "\n")
		}
	})
	if err := o.drain(w, "#"); err != nil {
		return err
	}
	return put(w, b.String())
}

func (*hostsOutput) close(io.Writer) error { return nil }

// isHost says whether a name can stand in a line without making another one of it.
func isHost(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '.' && r != '-' && r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}
