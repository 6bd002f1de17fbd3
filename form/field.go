package form

import (
	"slices"

	"parley.example/parley/agreement"
)

// join puts the fields of several parts of a form one after the other.
func join(parts ...[]Field) []Field { return slices.Concat(parts...) }

// textField is a field of free text of at most 8 KiB.
func textField(name string, owed bool, title, help agreement.Texts) Field {
	return Field{Name: name, Type: Text, Required: owed, Max: 8 << 10, Title: title, Help: help}
}
