package sqldb

import (
	"database/sql"

	"parley.example/parley"
)

// States of a blob at this node.
const (
	BlobAwaited = "awaited" // theirs: not whole yet
	BlobWhole   = "whole"   // theirs: here, and its author has not been told
	BlobTold    = "told"    // theirs: here, and a receipt says so
	BlobOurs    = "ours"    // we wrote it
)

// Blob is an attachment that a judged entry names.
type Blob struct {
	Origin parley.Origin
	Hash   parley.Hash
	Index  uint64 // the first entry that names it
	Size   int64  // octets, sealed
	State  string
}

const blobColumns = `origin, hash, idx, size, state`

func scanBlob(b *Blob) []any {
	return []any{&b.Origin, hash{&b.Hash}, (*int64bits)(&b.Index), &b.Size, &b.State}
}

// PutBlobs records attachments; one that is known keeps its row.
func (t *Tx) PutBlobs(list []Blob) error {
	rows := make([]any, 0, len(list)*5)
	for i := range list {
		b := &list[i]
		rows = append(rows, string(b.Origin), b.Hash[:], int64(b.Index), b.Size, b.State)
	}
	if len(rows) > 0 {
		t.touch(Blobs())
	}
	return t.insert("line_blob", blobColumns, "ON CONFLICT DO NOTHING", 5, rows)
}

// Blob finds an attachment of a journal.
func (t *Tx) Blob(o parley.Origin, h parley.Hash) (b Blob, ok bool, err error) {
	ok, err = t.one(`SELECT `+blobColumns+` FROM line_blob WHERE origin = $1 AND hash = $2`, []any{string(o), h[:]}, scanBlob(&b)...)
	return b, ok, err
}

// SetBlob moves an attachment on.
func (t *Tx) SetBlob(o parley.Origin, h parley.Hash, state string) error {
	t.touch(Blobs())
	_, err := t.exec(`UPDATE line_blob SET state = $3 WHERE origin = $1 AND hash = $2`, string(o), h[:], state)
	return err
}

// DropBlob forgets an attachment that was erased: it is not asked for, nor taken again.
func (t *Tx) DropBlob(o parley.Origin, h parley.Hash) error {
	_, err := t.exec(`DELETE FROM line_blob WHERE origin = $1 AND hash = $2`, string(o), h[:])
	return err
}

// BlobsIn lists attachments in a state, in the order of their entries.
func (t *Tx) BlobsIn(state string, o parley.Origin, limit int) ([]Blob, error) {
	return t.blobs(`SELECT `+blobColumns+` FROM line_blob WHERE state = $1 AND origin = $2 ORDER BY idx LIMIT $3`, state, string(o), limit)
}

// BlobsUnsent lists attachments of a journal of ours that have not reached a target.
func (t *Tx) BlobsUnsent(o parley.Origin, target string, limit int) ([]Blob, error) {
	return t.blobs(`SELECT `+blobColumns+` FROM line_blob b WHERE state = 'ours' AND origin = $1 AND NOT EXISTS
		(SELECT 1 FROM line_blob_sent s WHERE s.origin = b.origin AND s.hash = b.hash AND s.target = $2) ORDER BY idx LIMIT $3`,
		string(o), target, limit)
}

// SetBlobSent records that a blob has reached a target, or is not for it.
func (t *Tx) SetBlobSent(o parley.Origin, h parley.Hash, target string) error {
	t.touch(Blobs())
	_, err := t.exec(`INSERT INTO line_blob_sent (origin, hash, target) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, string(o), h[:], target)
	return err
}

func (t *Tx) blobs(query string, args ...any) ([]Blob, error) {
	var list []Blob
	err := t.query(query, args, func(r *sql.Rows) error {
		var b Blob
		if err := r.Scan(scanBlob(&b)...); err != nil {
			return err
		}
		list = append(list, b)
		return nil
	})
	return list, err
}
