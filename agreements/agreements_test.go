package agreements_test

import (
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreements"
	"parley.example/parley/internal/parleytest"
)

// Every template and model becomes a valid agreement by adding cards alone.
func TestTemplates(t *testing.T) {
	if len(agreements.Names()) < 5 {
		t.Errorf("only %v", agreements.Names())
	}
	for _, name := range agreements.Names() {
		text, err := agreements.Template(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, archive := range []string{"", "archive.example/parley"} {
			if _, err := parleytest.MakeWorld(1, string(text), archive); err != nil {
				t.Errorf("%s:\n%v", name, err)
			}
		}
		if _, err := parleytest.MakeWorld(1, string(text), "", parleytest.Aster, parleytest.Borea, parleytest.Corvia); err != nil {
			t.Errorf("%s with three parties:\n%v", name, err)
		}
	}
	if _, err := agreements.Template("trilateral"); parley.KindOf(err) != parley.NotFound {
		t.Error(err)
	}
}
