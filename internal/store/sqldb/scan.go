package sqldb

import (
	"fmt"
	"time"

	"parley.example/parley"
)

// hash scans a column of 32 octets, or NULL, into a 32-octet array.
type hash struct{ to *parley.Hash }

func (h hash) Scan(v any) error { return scanArray(h.to[:], v) }

// octets scans a column of exactly len(octets) octets, or NULL for all zero.
type octets []byte

func (o octets) Scan(v any) error { return scanArray(o, v) }

func scanArray(to []byte, v any) error {
	clear(to)
	if v == nil {
		return nil
	}
	b, ok := v.([]byte)
	if !ok || len(b) != len(to) {
		return fmt.Errorf("column of %T: want %d octets", v, len(to))
	}
	copy(to, b)
	return nil
}

// int64bits scans a BIGINT that is never negative.
type int64bits uint64

func (n *int64bits) Scan(v any) error {
	i, ok := v.(int64)
	if !ok || i < 0 {
		return fmt.Errorf("column %v: want a number that is not negative", v)
	}
	*n = int64bits(i)
	return nil
}

// micros scans microseconds since the epoch; 0 is the zero time.
type micros struct{ to *time.Time }

func (m micros) Scan(v any) error {
	i, ok := v.(int64)
	if !ok {
		return fmt.Errorf("column %v: want microseconds since the epoch", v)
	}
	*m.to = time.Time{}
	if i != 0 {
		*m.to = time.UnixMicro(i).UTC()
	}
	return nil
}

func toMicros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// orNull stores an all-zero name as NULL, so that indexes do not hold it.
func orNull(b []byte) any {
	for _, c := range b {
		if c != 0 {
			return b
		}
	}
	return nil
}

// bit stores a truth as 0 or 1.
func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
