package node_test

import (
	"testing"

	"parley.example/parley/internal/parleytest"
)

// Whoever waits for the database does not hold the lock of the law.
func TestLawIsFreeWhileTheDatabaseIsBusy(t *testing.T) {
	c := parleytest.NewCircle(t, 3, "")
	settle(t, c)
	if c.Nodes["aster.example"].Node.Lines()[0].MirroredHoldsLaw(t.Context()) {
		t.Error("held")
	}
}
