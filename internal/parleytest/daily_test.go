package parleytest

import "testing"

// The template is one that parties can sign.
func TestDaily(t *testing.T) {
	if _, err := MakeWorld(1, Daily, ""); err != nil {
		t.Fatal(err)
	}
}
