package sqldb

import (
	"database/sql"
	"encoding/base64"
	"strings"

	"parley.example/parley"
)

// Delivery is what cosignatures of one key name prove about a journal.
type Delivery struct {
	Size    uint64 // the largest size with every signature that was asked for
	Ed25519 uint32 // key id of the Ed25519 line under that size
}

// Delivered is how far a cosigner has signed for a journal. Where quantum is set,
// only sizes count that carry an ML-DSA-44 line too. It reads from the largest
// size down and stops at the first that counts.
func (t *Tx) Delivered(journal int64, cosigner string, quantum bool) (Delivery, error) {
	const few, many = 2, 16 // lines: a pair of keys, as nearly always; all keys that a cosigner ever had
	for top, page := int64(1)<<62-1, few; ; {
		list, err := t.cosignatures(`SELECT `+cosignatureColumns+` FROM log_cosignature WHERE journal = $1 AND cosigner = $2 AND size <= $3
			ORDER BY size DESC, key_id LIMIT $4`, journal, cosigner, top, page)
		if err != nil {
			return Delivery{}, err
		}
		var d Delivery
		hybrid := false
		for i := range list {
			c := &list[i]
			if i == 0 || c.Size != list[i-1].Size {
				d, hybrid = Delivery{}, false
			}
			switch signatureOctets(c.Line) {
			case ed25519Octets:
				d = Delivery{Size: c.Size, Ed25519: c.KeyID}
			case mldsa44Octets:
				hybrid = true
			}
			if d.Size > 0 && (hybrid || !quantum) {
				return d, nil
			}
		}
		if len(list) < page {
			return Delivery{}, nil
		}
		switch last := int64(list[page-1].Size); {
		case last < int64(list[0].Size):
			top = last // the lines of this size may go on beyond the page
		case page == many:
			top = last - 1
		}
		page = many
	}
}

// Octets of a cosignature: key id, time, signature. c2sp.org/tlog-cosignature
const (
	ed25519Octets = 4 + 8 + 64
	mldsa44Octets = 4 + 8 + 2420
)

// signatureOctets is the size of what stands in base64 at the end of a line.
func signatureOctets(line string) int {
	line = strings.TrimSuffix(line, "\n")
	b64 := line[strings.LastIndexByte(line, ' ')+1:]
	return base64.StdEncoding.DecodedLen(len(b64)) - strings.Count(b64, "=")
}

// FirstDelivered is the Ed25519 line of a cosigner under the smallest checkpoint
// larger than index: its receipt for that entry.
func (t *Tx) FirstDelivered(journal int64, cosigner string, index uint64) (c Cosignature, ok bool, err error) {
	list, err := t.cosignatures(`SELECT `+cosignatureColumns+` FROM log_cosignature WHERE journal = $1 AND cosigner = $2 AND size > $3
		ORDER BY size, key_id LIMIT 4`, journal, cosigner, int64(index))
	for i := range list {
		if signatureOctets(list[i].Line) == ed25519Octets {
			return list[i], true, err
		}
	}
	return Cosignature{}, false, err
}

// OriginsOf lists the journals of a party in one agreement that are held here.
func (t *Tx) OriginsOf(agreement parley.Hash, p parley.Party) ([]parley.Origin, error) {
	var list []parley.Origin
	err := t.query(`SELECT origin FROM log_journal WHERE agreement = $1 AND party = $2 ORDER BY journal`, []any{agreement[:], string(p)}, func(r *sql.Rows) error {
		var o parley.Origin
		err := r.Scan(&o)
		list = append(list, o)
		return err
	})
	return list, err
}

// LastDelivered is the Ed25519 line of a cosigner under the largest checkpoint
// that is no larger than size: what it has shown to hold by then.
func (t *Tx) LastDelivered(journal int64, cosigner string, size uint64) (c Cosignature, ok bool, err error) {
	list, err := t.cosignatures(`SELECT `+cosignatureColumns+` FROM log_cosignature WHERE journal = $1 AND cosigner = $2 AND size <= $3
		ORDER BY size DESC, key_id LIMIT 4`, journal, cosigner, int64(size))
	for i := range list {
		if signatureOctets(list[i].Line) == ed25519Octets {
			return list[i], true, err
		}
	}
	return Cosignature{}, false, err
}
