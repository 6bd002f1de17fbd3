package sqldb

// Indexed is a value that belongs to one entry: its facts, or its wrapped file key.
type Indexed struct {
	Index uint64
	Bytes []byte
}

// PutFacts stores opened facts; the first stay. They outlive the erasure of the text.
func (t *Tx) PutFacts(journal int64, list []Indexed) error {
	return t.insert("log_facts", "journal, idx, facts", "ON CONFLICT DO NOTHING", 3, indexedRows(journal, list))
}

// Facts reads the facts of one entry, if they are open here.
func (t *Tx) Facts(journal int64, index uint64) ([]byte, bool, error) {
	if t.ahead.of(journal, index) {
		b, ok := t.ahead.facts[index]
		return b, ok, nil
	}
	var b []byte
	ok, err := t.one(`SELECT facts FROM log_facts WHERE journal = $1 AND idx = $2`, []any{journal, int64(index)}, &b)
	return b, ok, err
}

// PutFileKeys stores file keys, wrapped by the caller; the first stay.
func (t *Tx) PutFileKeys(journal int64, list []Indexed) error {
	return t.insert("log_filekey", "journal, idx, wrapped", "ON CONFLICT DO NOTHING", 3, indexedRows(journal, list))
}

// FileKey reads the wrapped file key of one entry.
func (t *Tx) FileKey(journal int64, index uint64) ([]byte, bool, error) {
	if t.ahead.of(journal, index) {
		b, ok := t.ahead.keys[index]
		return b, ok, nil
	}
	var b []byte
	ok, err := t.one(`SELECT wrapped FROM log_filekey WHERE journal = $1 AND idx = $2`, []any{journal, int64(index)}, &b)
	return b, ok, err
}

func indexedRows(journal int64, list []Indexed) []any {
	rows := make([]any, 0, len(list)*3)
	for i := range list {
		rows = append(rows, journal, int64(list[i].Index), list[i].Bytes)
	}
	return rows
}
