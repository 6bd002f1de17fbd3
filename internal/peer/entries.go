package peer

import (
	"encoding/binary"
	"errors"
	"io"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// EntriesHeader is what stands before the packages of an add-entries body.
type EntriesHeader struct {
	Origin     parley.Origin
	Start, End uint64
	Ticket     []byte
}

// Format is the header's bytes. c2sp.org/tlog-mirror, add-entries
func (h EntriesHeader) Format() []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(h.Origin)))
	b = append(b, h.Origin...)
	b = binary.BigEndian.AppendUint64(b, h.Start)
	b = binary.BigEndian.AppendUint64(b, h.End)
	b = binary.BigEndian.AppendUint16(b, uint16(len(h.Ticket)))
	return append(b, h.Ticket...)
}

// AppendPackage appends a package's bytes to b. It panics on an entry above 65535
// octets or more than 63 hashes, which no journal of ours makes.
func AppendPackage(b []byte, p Package) []byte {
	for _, e := range p.Entries {
		if len(e) > 0xffff {
			panic("peer: entry too long for a package")
		}
		b = binary.BigEndian.AppendUint16(b, uint16(len(e)))
		b = append(b, e...)
	}
	if len(p.Proof) > 63 {
		panic("peer: proof too long for a package")
	}
	b = append(b, byte(len(p.Proof)))
	for _, h := range p.Proof {
		b = append(b, h[:]...)
	}
	return b
}

// PackageRange is the interval of the package that begins an upload of
// [start, end): up to the next multiple of 256.
func PackageRange(start, end uint64) (from, to uint64) {
	return start, min(end, start-start%PackageEntries+PackageEntries)
}

// PackageReader reads the packages of an add-entries body as they come. It holds
// one package in memory: at most 2 MiB, and never more than has arrived and one
// entry.
type PackageReader struct {
	EntriesHeader
	r    io.Reader
	next uint64
	err  error
	read int // packages read whole
}

// ReadEntries reads the header of an add-entries body and stands before its
// first package. The error is Invalid, or what r returned.
func ReadEntries(r io.Reader) (*PackageReader, error) {
	p := &PackageReader{r: r}
	size, err := p.uint16("log_origin_size")
	if err != nil {
		return nil, err
	}
	if size > 255 {
		return nil, parley.E(parley.Invalid, "add-entries: log_origin of %d octets: want at most 255", size)
	}
	origin, err := p.octets(int(size), "log_origin")
	if err != nil {
		return nil, err
	}
	var n [16]byte
	if err := p.full(n[:], "upload_start and upload_end"); err != nil {
		return nil, err
	}
	p.Start, p.End = binary.BigEndian.Uint64(n[:8]), binary.BigEndian.Uint64(n[8:])
	if size, err = p.uint16("ticket_size"); err != nil {
		return nil, err
	}
	if size > MaxTicket {
		return nil, parley.E(parley.Invalid, "add-entries: ticket of %d octets: want at most %d", size, MaxTicket)
	}
	if p.Ticket, err = p.octets(int(size), "ticket"); err != nil {
		return nil, err
	}
	if p.Origin, err = parley.ParseOrigin(string(origin)); err != nil {
		return nil, err
	}
	if p.Start > p.End || p.End >= 1<<62 {
		return nil, parley.E(parley.Invalid, "add-entries: upload_start %d, upload_end %d: want start at most end, below 2^62", p.Start, p.End)
	}
	p.next = p.Start
	return p, nil
}

// Packages reads the packages of a body whose header came another way.
func Packages(h EntriesHeader, r io.Reader) *PackageReader {
	return &PackageReader{EntriesHeader: h, r: r, next: h.Start}
}

// Next is the next package of the canonical sequence, or io.EOF where the body
// ends between packages. Any other error is final; packages returned before it
// are whole.
func (p *PackageReader) Next() (Package, error) {
	if p.err != nil {
		return Package{}, p.err
	}
	var k Package
	k, p.err = p.pack()
	return k, p.err
}

// Read counts the packages that came whole.
func (p *PackageReader) Read() int { return p.read }

func (p *PackageReader) pack() (Package, error) {
	var k Package
	if p.next == p.End {
		return k, p.end()
	}
	from, to := PackageRange(p.next, p.End)
	for i := from; i < to; i++ {
		size, err := p.uint16("entry size")
		if err != nil {
			if i == from && errors.Is(err, errEnd) {
				return k, io.EOF
			}
			return k, err
		}
		if size > parley.MaxEntry {
			return k, parley.E(parley.Invalid, "add-entries: entry %d of %d octets: want at most %d", i, size, parley.MaxEntry)
		}
		e, err := p.octets(int(size), "entry")
		if err != nil {
			return k, err
		}
		k.Entries = append(k.Entries, e)
	}
	var n [1]byte
	if err := p.full(n[:], "num_hashes"); err != nil {
		return k, err
	}
	if n[0] > 63 {
		return k, parley.E(parley.Invalid, "add-entries: %d hashes in a proof: want at most 63", n[0])
	}
	k.Proof = make([]tlog.Hash, n[0])
	for i := range k.Proof {
		if err := p.full(k.Proof[i][:], "proof"); err != nil {
			return k, err
		}
	}
	p.next = to
	p.read++
	return k, nil
}

// end wants nothing after the last package.
func (p *PackageReader) end() error {
	var one [1]byte
	switch _, err := io.ReadFull(p.r, one[:]); err {
	case io.EOF:
		return io.EOF
	case nil:
		return parley.E(parley.Invalid, "add-entries: octets after the last package: want none")
	default:
		return err
	}
}

// errEnd is a body that ends before the first octet of a field.
var errEnd = errors.New("end of body")

func (p *PackageReader) full(b []byte, what string) error {
	switch n, err := io.ReadFull(p.r, b); {
	case err == nil:
		return nil
	case err == io.EOF && n == 0:
		return parley.E(parley.Invalid, "add-entries: truncated before %s: %w", what, errEnd)
	case err == io.ErrUnexpectedEOF || err == io.EOF:
		return parley.E(parley.Invalid, "add-entries: truncated within %s", what)
	default:
		return err
	}
}

func (p *PackageReader) uint16(what string) (uint16, error) {
	var b [2]byte
	err := p.full(b[:], what)
	return binary.BigEndian.Uint16(b[:]), err
}

func (p *PackageReader) octets(n int, what string) ([]byte, error) {
	b := make([]byte, n)
	return b, p.full(b, what)
}

// ParseBundle splits an entry bundle of n entries; what it returns shares memory
// with b. c2sp.org/tlog-tiles, Log entries
func ParseBundle(b []byte, n int) ([][]byte, error) {
	entries, err := cutEntries(b, n, "entry bundle")
	if err == nil && len(entries) != n {
		err = parley.E(parley.Invalid, "entry bundle of %d entries: want %d", len(entries), n)
	}
	return entries, err
}

// FormatBundle is the entry bundle of the entries.
func FormatBundle(entries [][]byte) []byte { return appendBundle(nil, entries) }

func appendBundle(b []byte, entries [][]byte) []byte {
	for _, e := range entries {
		b = binary.BigEndian.AppendUint16(b, uint16(len(e)))
		b = append(b, e...)
	}
	return b
}
