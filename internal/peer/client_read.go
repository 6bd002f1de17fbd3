package peer

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// Status implements Node. Unknown fields are ignored, so that a newer node may say more.
func (c *Client) Status(ctx context.Context, o parley.Origin) (Status, error) {
	b, _, err := c.whole(ctx, get("/"+o.PathHash()+"/status"), MaxAnswer)
	if err != nil {
		return Status{}, err
	}
	var s Status
	if err := json.Unmarshal(b, &s); err != nil || s.Size > s.Pending || s.Pending >= 1<<62 || s.Next >= 1<<62 {
		return Status{}, parley.E(parley.Untrusted, "status: want sizes in order and below 2^62")
	}
	s.Software, s.Time = line(s.Software), s.Time.UTC()
	return s, nil
}

// Checkpoint implements Node.
func (c *Client) Checkpoint(ctx context.Context, o parley.Origin) ([]byte, error) {
	b, _, err := c.whole(ctx, get("/"+o.PathHash()+"/checkpoint"), MaxCheckpoint)
	return b, err
}

// Tile implements Node. A hash tile has exactly the octets of its width; a bundle
// has at most 2 MiB after decompression.
func (c *Client) Tile(ctx context.Context, o parley.Origin, t tlog.Tile) ([]byte, error) {
	k := get("/" + o.PathHash() + "/" + TilePath(t))
	if t.L != EntriesTile {
		most := int64(t.W) * tlog.HashSize
		b, _, err := c.whole(ctx, k, most)
		if err == nil && int64(len(b)) != most {
			err = parley.E(parley.Untrusted, "%s: %d octets: want %d", TilePath(t), len(b), most)
		}
		return b, err
	}
	k.header = map[string]string{"Accept-Encoding": "gzip"}
	b, res, err := c.whole(ctx, k, maxBundle)
	if err != nil || res.Header.Get("Content-Encoding") != "gzip" {
		return b, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, parley.E(parley.Untrusted, "%s: %w", TilePath(t), err)
	}
	if b, err = io.ReadAll(io.LimitReader(z, maxBundle+1)); err != nil || len(b) > maxBundle {
		return nil, parley.E(parley.Untrusted, "%s: want gzip of at most %d octets", TilePath(t), maxBundle)
	}
	return b, nil
}

// Part implements Node. The answer is the part and no other: its hash is checked.
func (c *Client) Part(ctx context.Context, o parley.Origin, h parley.Hash) ([]byte, error) {
	b, _, err := c.whole(ctx, get("/"+o.PathHash()+"/sealed/"+h.String()), parley.MaxSealed)
	if err == nil && parley.Sum(b) != h {
		return nil, parley.E(parley.Untrusted, "sealed part %s: other octets came", h)
	}
	return b, err
}
