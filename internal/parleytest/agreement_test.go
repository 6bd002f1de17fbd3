package parleytest

import (
	"bytes"
	"testing"
)

func TestNewWorld(t *testing.T) {
	a, b := NewWorld(t, 7), NewWorld(t, 7)
	if !bytes.Equal(a.Signed.Note(), b.Signed.Note()) {
		t.Error("one seed made two worlds")
	}
	if !a.Signed.Complete() {
		t.Error(a.Signed.Missing())
	}
	NewWorld(t, 8, Aster, Borea, Corvia).Chain(t)
}
