package seal_test

import (
	"testing"

	"parley.example/parley"
	"parley.example/parley/seal"
)

// TestReadyOpens: whoever undoes or releases a message that waits can read it.
func TestReadyOpens(t *testing.T) {
	d := newDesk(t)
	r := d.seal(d.draft(1), d.hotline("not yet said"))
	for _, released := range []bool{false, true} {
		if released {
			if err := r.Release(d.aster().Release); err != nil {
				t.Fatal(err)
			}
		}
		o, err := r.Open()
		if err != nil {
			t.Fatal(err)
		}
		c, err := seal.ParseContent(o.Facts.Kind, o.Facts.Version, o.Content)
		if h, ok := c.(*seal.Hotline); err != nil || !ok || h.Text != "not yet said" || o.Marking != "TLP:AMBER" {
			t.Errorf("opened %+v, %v", c, err)
		}
	}
	r.FileKey = make([]byte, 16)
	if _, err := r.Open(); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("opened with another key: %v", err)
	}
	r.Lines = []byte("parley/entry/v1\n")
	if _, err := r.Open(); parley.KindOf(err) != parley.Invalid {
		t.Errorf("lines of nothing: %v", err)
	}
}
