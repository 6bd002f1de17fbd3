package peer

import (
	"bufio"
	"compress/gzip"
	"context"
	"io"
	"net/http"

	"parley.example/parley"
)

var _ Node = (*Client)(nil)

// AddCheckpoint implements Cosigner.
func (c *Client) AddCheckpoint(ctx context.Context, k AddCheckpoint) ([]byte, error) {
	b, _, err := c.whole(ctx, send(http.MethodPost, "/add-checkpoint", typeText, k.Format()), MaxAnswer)
	return b, err
}

// AddEntries implements Node. The body is streamed and gzipped; packages are made
// as the other side takes them.
func (c *Client) AddEntries(ctx context.Context, o parley.Origin, u Upload) (Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, w := io.Pipe()
	var own error // of u.Next; read after made is closed
	next := u.Next
	u.Next = func() (Package, error) {
		k, err := next()
		if err != nil && err != io.EOF {
			own = err
		}
		return k, err
	}
	made := make(chan struct{}) // closed by the writer when it has ended
	go func() {
		defer close(made)
		w.CloseWithError(writeEntries(w, o, u))
	}()
	b, res, err := c.whole(ctx, call{method: http.MethodPost, path: "/add-entries", body: r, size: -1,
		header: map[string]string{"Content-Type": typeOctets, "Content-Encoding": "gzip"}}, MaxAnswer)
	r.CloseWithError(errAnswered) // an early answer ends the writer
	<-made                        // so Next is not called after we return
	if err != nil && own != nil {
		return Result{}, own // the cause, not what the line made of it
	}
	if err != nil {
		return Result{}, err
	}
	if res.StatusCode == http.StatusAccepted {
		i, err := ParseInfo(b)
		return Result{Info: &i}, err
	}
	return Result{Lines: b}, nil
}

// errAnswered ends the writer of an upload that was answered before its end.
var errAnswered = parley.E(parley.Unavailable, "answered before the end")

func writeEntries(w io.Writer, o parley.Origin, u Upload) error {
	z := gzip.NewWriter(w)
	b := bufio.NewWriterSize(z, 32<<10)
	if _, err := b.Write(EntriesHeader{Origin: o, Start: u.Start, End: u.End, Ticket: u.Ticket}.Format()); err != nil {
		return err
	}
	for {
		k, err := u.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if _, err := b.Write(AppendPackage(nil, k)); err != nil {
			return err
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return z.Close()
}

// Push implements Node.
func (c *Client) Push(ctx context.Context, p Push) ([]byte, error) {
	b := FormatPush(p)
	if len(b) > MaxPush {
		return nil, parley.E(parley.Invalid, "push of %d octets: want at most %d", len(b), MaxPush)
	}
	lines, _, err := c.whole(ctx, send(http.MethodPost, "/push", typePush, b), MaxAnswer)
	return lines, err
}

// PutPart implements Node.
func (c *Client) PutPart(ctx context.Context, o parley.Origin, part []byte) error {
	path := "/" + o.PathHash() + "/sealed/" + parley.Sum(part).String()
	_, _, err := c.whole(ctx, send(http.MethodPut, path, typeOctets, part), 0)
	return err
}

// Succeed implements Node.
func (c *Client) Succeed(ctx context.Context, closed parley.Origin, note []byte) error {
	_, _, err := c.whole(ctx, send(http.MethodPost, "/"+closed.PathHash()+"/succession", typeText, note), 0)
	return err
}

// Return implements Node.
func (c *Client) Return(ctx context.Context, o parley.Origin, note []byte) error {
	_, _, err := c.whole(ctx, send(http.MethodPost, "/"+o.PathHash()+"/cosignatures", typeText, note), 0)
	return err
}
