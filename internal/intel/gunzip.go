package intel

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"

	"parley.example/parley"
)

// Bounds of what a compressed stream becomes: octets out for each octet in, beyond a
// beginning.
const (
	gzipRatio = 200
	gzipFree  = 16 << 20
)

// gunzip reads through gzip where a stream is compressed; what grows beyond all measure
// ends with an error.
func gunzip(r *bufio.Reader, in *counter) (*bufio.Reader, error) {
	if b, _ := r.Peek(2); !bytes.Equal(b, []byte{0x1f, 0x8b}) {
		return r, nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, parley.E(parley.Invalid, "the stream begins like gzip and is none: %s", err)
	}
	return bufio.NewReaderSize(&bomb{r: z, in: in}, 1<<16), nil
}

type bomb struct {
	r   io.Reader
	in  *counter
	out int64
}

func (b *bomb) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.out += int64(n); b.out > gzipFree && b.out > gzipRatio*b.in.n.Load() {
		return n, parley.E(parley.Invalid, "the stream grows more than %d times when it is unpacked: unpack it by hand and look at it", gzipRatio)
	}
	if err == io.ErrUnexpectedEOF || err == gzip.ErrChecksum || err == gzip.ErrHeader {
		err = parley.E(parley.Invalid, "the compressed stream is damaged or cut off: %s", err)
	}
	return n, err
}
