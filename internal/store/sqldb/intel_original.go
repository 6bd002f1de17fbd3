package sqldb

// IntelOriginal is what an object of the store was made of.
type IntelOriginal struct {
	Object uint64 // its number
	Raw    []byte
}

// AddIntelOriginals adds some; an object has one at most.
func (t *Tx) AddIntelOriginals(list []IntelOriginal) error {
	rows := make([]any, 0, 2*len(list))
	for _, o := range list {
		rows = append(rows, int64(o.Object), o.Raw)
	}
	return t.insert("intel_original", "object, raw", "", 2, rows)
}

// IntelOriginal reads that of an object; nil where it is as it came.
func (t *Tx) IntelOriginal(object uint64) (raw []byte, err error) {
	_, err = t.one(`SELECT raw FROM intel_original WHERE object = $1`, []any{int64(object)}, &raw)
	return raw, err
}

// DropIntelOriginals forgets those of the objects from first to before end.
func (t *Tx) DropIntelOriginals(first, end uint64) error {
	_, err := t.exec(`DELETE FROM intel_original WHERE object >= $1 AND object < $2`, int64(first), int64(end))
	return err
}
