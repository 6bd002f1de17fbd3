package seal

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"hash"
	"io"

	"filippo.io/age"

	"parley.example/parley"
)

// maxBlobHeader bounds the age header of a blob, so that opening one needs
// constant memory: seventeen hybrid recipients take under 30 KiB. ENTRY-23
const maxBlobHeader = 48 << 10

// BlobWriter seals an attachment as a stream: what is written to it goes, sealed,
// to the writer beneath, in memory that does not depend on the length. Not safe
// for concurrent use.
type BlobWriter struct {
	age     io.WriteCloser
	out     counter
	plain   hash.Hash
	size    int64
	fileKey []byte
	err     error
	closed  bool
}

// counter hashes and counts the ciphertext, and stops at the bound.
type counter struct {
	w    io.Writer
	sum  hash.Hash
	size int64
}

func (c *counter) Write(p []byte) (int, error) {
	if c.size+int64(len(p)) > parley.MaxSealedBlob {
		return 0, parley.E(parley.Invalid, "attachment: want at most %d octets sealed", parley.MaxSealedBlob)
	}
	n, err := c.w.Write(p)
	c.sum.Write(p[:n])
	c.size += int64(n)
	return n, err
}

// SealBlob starts to seal an attachment for the recipients (the same as the
// message's). The caller writes the plaintext, closes, and then asks for
// Line and Attachment. A failed write leaves w with octets that open for nobody. ENTRY-23
func SealBlob(w io.Writer, recipients []Recipient) (*BlobWriter, error) {
	b := &BlobWriter{plain: sha256.New()}
	b.out = counter{w: w, sum: sha256.New()}
	enc, key, err := encryptTo(&b.out, recipients)
	if err != nil {
		return nil, err
	}
	b.age, b.fileKey = enc, key
	return b, nil
}

func (b *BlobWriter) Write(p []byte) (int, error) {
	if b.closed {
		return 0, parley.E(parley.Conflict, "attachment is closed")
	}
	if b.size+int64(len(p)) > parley.MaxBlob {
		b.err = parley.E(parley.Invalid, "attachment: want at most %d octets (64 MiB)", parley.MaxBlob)
		return 0, b.err
	}
	n, err := b.age.Write(p)
	b.plain.Write(p[:n])
	b.size += int64(n)
	if err != nil {
		b.err = err
	}
	return n, err
}

// Close seals the last chunk. It does not close the writer beneath. A second call
// returns what the first did.
func (b *BlobWriter) Close() error {
	if b.closed {
		return b.err
	}
	b.closed = true
	if err := b.age.Close(); b.err == nil {
		b.err = err
	}
	return b.err
}

// Line is the blob line of the sealed attachment; valid after Close returned nil.
func (b *BlobWriter) Line() BlobLine {
	var l BlobLine
	b.out.sum.Sum(l.Hash[:0])
	l.Size = b.out.size
	return l
}

// Attachment describes the plaintext; valid after Close returned nil.
func (b *BlobWriter) Attachment(name, mediaType string) Attachment {
	a := Attachment{Name: name, Type: mediaType, Size: b.size}
	b.plain.Sum(a.Hash[:0])
	return a
}

// FileKey is the age file key that opens the blob without an identity.
func (b *BlobWriter) FileKey() []byte { return bytes.Clone(b.fileKey) }

// OpenBlob reads a sealed attachment as a stream. The reader returns io.EOF only
// when the whole plaintext had the size and the hash that the attachment names;
// before that, what it gave is not to be believed. Pass the file key's identity
// (BlobKey) or age identities. Errors are Untrusted. ENTRY-23
func OpenBlob(sealed io.Reader, a Attachment, identities ...age.Identity) (io.Reader, []byte, error) {
	head := bufio.NewReaderSize(sealed, maxBlobHeader)
	if peeked, _ := head.Peek(maxBlobHeader); !bytes.Contains(peeked, []byte("\n--- ")) {
		return nil, nil, parley.E(parley.Untrusted, "attachment: no age header in the first %d octets", maxBlobHeader)
	}
	r, key, err := decryptFrom(head, identities)
	if err != nil {
		return nil, nil, err
	}
	return &blobReader{r: r, want: a, sum: sha256.New()}, key, nil
}

// BlobKey is the identity that opens the one blob whose file key is given.
func BlobKey(fileKey []byte) (age.Identity, error) {
	ids, err := withKey(fileKey)
	if err != nil {
		return nil, err
	}
	return ids[0], nil
}

type blobReader struct {
	r    io.Reader
	want Attachment
	sum  hash.Hash
	size int64
}

func (b *blobReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.sum.Write(p[:n])
	b.size += int64(n)
	switch {
	case b.size > b.want.Size:
		return 0, parley.E(parley.Untrusted, "attachment is longer than the message says")
	case err == io.EOF && (b.size != b.want.Size || parley.Hash(b.sum.Sum(nil)) != b.want.Hash):
		return 0, parley.E(parley.Untrusted, "attachment is not the one that the message describes")
	case err != nil && err != io.EOF:
		return n, parley.E(parley.Untrusted, "attachment does not open: %w", err)
	}
	return n, err
}
