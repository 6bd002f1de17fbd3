package sqldb

// SetSetting stores a small value of the node under a name ("area/what").
func (t *Tx) SetSetting(name string, value []byte) error {
	t.touch(Settings())
	_, err := t.exec(`INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		name, value)
	return err
}

// Setting reads a value; ok is false where it was never set.
func (t *Tx) Setting(name string) (value []byte, ok bool, err error) {
	ok, err = t.one(`SELECT value FROM setting WHERE name = $1`, []any{name}, &value)
	return value, ok, err
}
