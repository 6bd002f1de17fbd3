package sqldb

import "time"

// Usage is what one counterpart sent: entries, and octets of entries and parts.
type Usage struct {
	Entries uint64
	Bytes   uint64
}

// AddUsage counts for the UTC day of at.
func (t *Tx) AddUsage(journal int64, at time.Time, u Usage) error {
	_, err := t.exec(`INSERT INTO line_usage (journal, day, entries, bytes) VALUES ($1, $2, $3, $4)
		ON CONFLICT (journal, day) DO UPDATE SET entries = line_usage.entries + excluded.entries, bytes = line_usage.bytes + excluded.bytes`,
		journal, day(at), int64(u.Entries), int64(u.Bytes))
	return err
}

// UsageSince sums from the UTC day of a time onwards.
func (t *Tx) UsageSince(journal int64, from time.Time) (Usage, error) {
	var u Usage
	_, err := t.one(`SELECT CAST(COALESCE(SUM(entries), 0) AS BIGINT), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM line_usage WHERE journal = $1 AND day >= $2`,
		[]any{journal, day(from)}, (*int64bits)(&u.Entries), (*int64bits)(&u.Bytes))
	return u, err
}

func day(at time.Time) int64 { return at.Unix() / 86400 }
