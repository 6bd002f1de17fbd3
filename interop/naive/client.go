// Package naive is a mirror client (c2sp.org/tlog-mirror) written from the
// specification alone: it shares no line with Parley, knows nothing of it, and
// does everything in the plainest way. If it can feed our mirror, others can.
//
// It keeps the whole log in memory and trusts whatever the mirror answers.
package naive

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Client speaks to one mirror about one log.
type Client struct {
	HTTP   *http.Client
	Prefix string // submission prefix
	Origin string
	Gzip   bool // compress add-entries
}

// Answer is what the mirror said.
type Answer struct {
	Status      int
	ContentType string
	Body        []byte
}

// Info is a text/x.tlog.mirror-info body.
type Info struct {
	Size, Next uint64
	Ticket     []byte
}

// Leaf is the hash of an entry (RFC 6962, 2.1).
func Leaf(e []byte) [32]byte { return sha256.Sum256(append([]byte{0}, e...)) }

// Tree is the Merkle Tree Hash of entries (RFC 6962, 2.1), in the words of the RFC.
func Tree(d [][]byte) [32]byte {
	switch len(d) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return Leaf(d[0])
	}
	k := split(len(d))
	l, r := Tree(d[:k]), Tree(d[k:])
	return sha256.Sum256(append(append([]byte{1}, l[:]...), r[:]...))
}

func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

// Subproof is SUBTREE_SUBPROOF of draft-ietf-plants-merkle-tree-certs: with start
// 0 it is the consistency proof of RFC 6962.
func Subproof(start, end int, d [][]byte, b bool) [][32]byte {
	if start == 0 && end == len(d) {
		if b {
			return nil
		}
		return [][32]byte{Tree(d)}
	}
	k := split(len(d))
	switch {
	case end <= k:
		return append(Subproof(start, end, d[:k], b), Tree(d[k:]))
	case k <= start:
		return append(Subproof(start-k, end-k, d[k:], b), Tree(d[:k]))
	}
	return append(Subproof(0, end-k, d[k:], false), Tree(d[:k]))
}

// AddCheckpoint sends add-checkpoint: old is the size that the mirror holds.
func (c *Client) AddCheckpoint(old int, entries [][]byte, checkpoint []byte) (Answer, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", old)
	if old > 0 && old < len(entries) {
		for _, h := range Subproof(0, old, entries, true) {
			fmt.Fprintln(&b, base64.StdEncoding.EncodeToString(h[:]))
		}
	}
	b.WriteString("\n")
	b.Write(checkpoint)
	return c.post("/add-checkpoint", "", &b, false)
}

// AddEntries sends add-entries for [start, len(entries)), at most so many
// packages of the canonical sequence.
func (c *Client) AddEntries(start int, entries [][]byte, ticket []byte, packages int) (Answer, error) {
	var b bytes.Buffer
	end := len(entries)
	binary.Write(&b, binary.BigEndian, uint16(len(c.Origin)))
	b.WriteString(c.Origin)
	binary.Write(&b, binary.BigEndian, uint64(start))
	binary.Write(&b, binary.BigEndian, uint64(end))
	binary.Write(&b, binary.BigEndian, uint16(len(ticket)))
	b.Write(ticket)
	for at := start / 256 * 256; at < end && packages > 0; at, packages = at+256, packages-1 {
		from, to := max(start, at), min(end, at+256)
		for _, e := range entries[from:to] {
			binary.Write(&b, binary.BigEndian, uint16(len(e)))
			b.Write(e)
		}
		p := Subproof(at, to, entries, true)
		b.WriteByte(byte(len(p)))
		for _, h := range p {
			b.Write(h[:])
		}
	}
	return c.post("/add-entries", "application/octet-stream", &b, c.Gzip)
}

// ParseInfo reads a text/x.tlog.mirror-info body.
func ParseInfo(body []byte) (Info, error) {
	f := strings.Split(string(body), "\n")
	if len(f) != 4 || f[3] != "" {
		return Info{}, fmt.Errorf("mirror-info of %d lines", len(f)-1)
	}
	size, err := strconv.ParseUint(f[0], 10, 64)
	if err != nil {
		return Info{}, err
	}
	next, err := strconv.ParseUint(f[1], 10, 64)
	if err != nil {
		return Info{}, err
	}
	ticket, err := base64.StdEncoding.DecodeString(f[2])
	return Info{size, next, ticket}, err
}

// Get fetches a file of the mirror's copy of the log (c2sp.org/tlog-tiles); the
// monitoring prefix is the submission prefix.
func (c *Client) Get(path string) (Answer, error) {
	hash := sha256.Sum256([]byte(c.Origin))
	r, err := c.HTTP.Get(fmt.Sprintf("%s/%x/%s", c.Prefix, hash, path))
	return read(r, err)
}

func (c *Client) post(path, contentType string, b *bytes.Buffer, compress bool) (Answer, error) {
	if compress {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write(b.Bytes())
		w.Close()
		b = &z
	}
	req, err := http.NewRequest("POST", c.Prefix+path, b)
	if err != nil {
		return Answer{}, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if compress {
		req.Header.Set("Content-Encoding", "gzip")
	}
	return read(c.HTTP.Do(req))
}

func read(r *http.Response, err error) (Answer, error) {
	if err != nil {
		return Answer{}, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	return Answer{r.StatusCode, r.Header.Get("Content-Type"), body}, err
}
