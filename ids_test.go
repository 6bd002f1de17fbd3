package parley_test

import (
	"testing"

	"parley.example/parley"
)

// The nonce under which a lost message is said again is the same at every party. ENTRY-32
func TestAgain(t *testing.T) {
	if got := parley.MessageID(parley.Sum([]byte("a message"))).Again().String(); got != "4074b690de70cda8b1f1af86d9382401" {
		t.Errorf("%s", got)
	}
}
