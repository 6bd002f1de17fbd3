package peer

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"parley.example/parley"
)

// Bounds of one answer about cosignatures. WIRE-17
const (
	MaxCosignedSizes = 256
	maxCosigned      = 2 << 20 // octets
)

// Cosigned is the lines of one cosigner on the tree of a size.
type Cosigned struct {
	Size  uint64
	Lines []byte
}

// CosignedReader is a Reader that shows what a cosigner has signed of its journal:
// the lines that are held on sizes above one, sizes ascending, at most
// MaxCosignedSizes of them. Nobody who asks learns more than from the answers to
// pushes. WIRE-17
type CosignedReader interface {
	Cosigned(ctx context.Context, by string, above uint64) ([]Cosigned, error)
}

// cosigned answers what a cosigner has signed of a journal. WIRE-17
func (s *Server) cosigned(w http.ResponseWriter, r *http.Request) error {
	from, err := reader(r)
	if err != nil {
		return err
	}
	c, ok := from.(CosignedReader)
	if !ok {
		return errStranger
	}
	q := r.URL.Query()
	by, above := q.Get("by"), q.Get("above")
	n, err := parley.ParseSize(above)
	if err != nil || by == "" || len(by) > 255 {
		return parley.E(parley.Invalid, "cosignatures: want by=<name of a key> and above=<size>")
	}
	list, err := c.Cosigned(r.Context(), by, n)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, x := range list {
		if b.Len()+len(x.Lines) > maxCosigned-64 {
			break
		}
		fmt.Fprintf(&b, "cosigned %d %d\n", x.Size, len(x.Lines))
		b.Write(x.Lines)
	}
	w.Header().Set("Cache-Control", "no-store")
	answer(w, http.StatusOK, typeText, b.Bytes())
	return nil
}

// Cosigned implements Node. What comes is not verified.
func (c *Client) Cosigned(ctx context.Context, o parley.Origin, by string, above uint64) ([]Cosigned, error) {
	path := "/" + o.PathHash() + "/cosignatures?by=" + url.QueryEscape(by) + "&above=" + strconv.FormatUint(above, 10)
	b, _, err := c.whole(ctx, get(path), maxCosigned)
	if err != nil {
		return nil, err
	}
	return ParseCosigned(b, above)
}

// ParseCosigned reads the answer about cosignatures above a size. WIRE-17
func ParseCosigned(b []byte, above uint64) ([]Cosigned, error) {
	var list []Cosigned
	for len(b) > 0 {
		head, rest, ok := bytes.Cut(b, []byte("\n"))
		f := bytes.Split(head, []byte(" "))
		if !ok || len(f) != 3 || string(f[0]) != "cosigned" || len(list) == MaxCosignedSizes {
			return nil, parley.E(parley.Untrusted, "cosignatures: want at most %d blocks, each under a line: cosigned <size> <octets>", MaxCosignedSizes)
		}
		size, err := parley.ParseSize(string(f[1]))
		n, err2 := parley.ParseSize(string(f[2]))
		if err != nil || err2 != nil || n > uint64(len(rest)) || size <= above {
			return nil, parley.E(parley.Untrusted, "cosignatures: want sizes above %d, ascending, and as many octets as each says", above)
		}
		above = size
		list = append(list, Cosigned{size, rest[:n:n]})
		b = rest[n:]
	}
	return list, nil
}
