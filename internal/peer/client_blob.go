package peer

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"parley.example/parley"
)

func blobPath(o parley.Origin, h parley.Hash) string {
	return "/" + o.PathHash() + "/blob/" + h.String()
}

// BlobState implements Node.
func (c *Client) BlobState(ctx context.Context, o parley.Origin, h parley.Hash) (BlobState, error) {
	res, err := c.do(ctx, call{method: http.MethodHead, path: blobPath(o, h)})
	if err != nil {
		return BlobState{}, err
	}
	res.Body.Close()
	return blobState(res, res.ContentLength)
}

func blobState(res *http.Response, size int64) (BlobState, error) {
	held, err := strconv.ParseInt(res.Header.Get(offsetName), 10, 64)
	if err != nil || held < 0 || size < held || size > parley.MaxSealedBlob {
		return BlobState{}, parley.E(parley.Untrusted, "blob: want an %s header within its size", offsetName)
	}
	return BlobState{Size: size, Held: held}, nil
}

// PutBlob implements Node.
func (c *Client) PutBlob(ctx context.Context, o parley.Origin, h parley.Hash, size, offset int64, r io.Reader) (BlobState, error) {
	if offset < 0 || offset >= size || size > parley.MaxSealedBlob {
		return BlobState{}, parley.E(parley.Invalid, "blob: octets %d to %d: want some, up to %d", offset, size, int64(parley.MaxSealedBlob))
	}
	res, err := c.do(ctx, call{method: http.MethodPut, path: blobPath(o, h), body: io.LimitReader(r, size-offset), size: size - offset,
		header: map[string]string{"Content-Type": typeOctets, "Content-Range": formatRange(offset, size)}})
	if err != nil {
		return BlobState{}, err
	}
	res.Body.Close()
	return blobState(res, size)
}

// Blob implements Node.
func (c *Client) Blob(ctx context.Context, o parley.Origin, h parley.Hash, offset int64) (io.ReadCloser, int64, error) {
	k := get(blobPath(o, h))
	k.answer = parley.MaxSealedBlob
	if offset > 0 {
		k.header = map[string]string{"Range": "bytes=" + strconv.FormatInt(offset, 10) + "-"}
	}
	res, err := c.do(ctx, k)
	if err != nil {
		return nil, 0, err
	}
	size := res.ContentLength
	if offset > 0 {
		first, whole, err := contentRange(res.Header.Get("Content-Range"), 0)
		if res.StatusCode != http.StatusPartialContent || err != nil || first != offset {
			res.Body.Close()
			return nil, 0, parley.E(parley.Untrusted, "blob: want the octets from %d", offset)
		}
		size = whole
	}
	if size < offset || size > parley.MaxSealedBlob {
		res.Body.Close()
		return nil, 0, parley.E(parley.Untrusted, "blob: want a size of at most %d octets", int64(parley.MaxSealedBlob))
	}
	return &cut{Reader: io.LimitReader(res.Body, size-offset), Closer: res.Body}, size, nil
}

// cut is a body that ends where its announced size ends.
type cut struct {
	io.Reader
	io.Closer
}
