package courier

import (
	"bufio"
	"bytes"
	"time"

	"parley.example/parley"
)

// PouchSeeds are plaintexts of volumes, for the fuzz target.
func PouchSeeds() [][]byte {
	head := PouchHeader{From: "aster.example", To: "borea.example", Number: 1, Volume: 1, Time: time.Unix(0, 0)}.format()
	head = append(head, "\n— aster.example/cert AAAA\n"...)
	var all bytes.Buffer
	all.Write(head)
	for _, r := range []record{{recReturn, []byte("x\n1\n")}, {recConsistency, formatConsistency(5, nil)},
		{recBlob, blobRange{"aster.example/0123456789abcdef", parley.Hash{1}, 9, 3, []byte("abc")}.format()},
		{recPackage, make([]byte, 30)}, {recEnd, []byte{0, 0, 0, 1}}} {
		r.write(&all)
	}
	return [][]byte{nil, head, all.Bytes(), append(bytes.Clone(head), 0xff, 0xff, 0xff, 0xff, 0xff)}
}

// ReadPouchForTest reads a header and records, and checks that what is read is
// written again with the same octets.
func ReadPouchForTest(plain []byte) {
	r := bufio.NewReaderSize(bytes.NewReader(plain), 64<<10)
	h, err := readHeader(r)
	if err != nil {
		return
	}
	out := bytes.NewBuffer(bytes.Clone(h.Note))
	for {
		k, err := readRecord(r)
		if err != nil {
			break
		}
		k.write(out)
		if old, path, err := parseConsistency(k.body); err == nil && !bytes.Equal(formatConsistency(old, path), k.body) {
			panic("consistency")
		}
		if b, err := parseBlobRange(k.body); err == nil && !bytes.Equal(b.format(), k.body) {
			panic("blob")
		}
	}
	if !bytes.HasPrefix(plain, out.Bytes()) {
		panic("another spelling")
	}
}
