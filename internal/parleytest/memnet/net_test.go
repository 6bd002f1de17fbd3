package memnet_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"fmt"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/parleytest/memnet"
	"parley.example/parley/internal/peer"
)

// drawer takes parts and counts them; it is all that these tests ask of a node.
type drawer struct {
	peer.Writer
	got []parley.Hash
}

func (d *drawer) PutPart(_ context.Context, h parley.Hash, _ []byte) error {
	d.got = append(d.got, h)
	return nil
}
func (d *drawer) Caller(parley.Hash) (peer.Caller, bool) { return d, true }
func (d *drawer) Limits() peer.Limits                    { return peer.Limits{} }
func (d *drawer) Room(string) (peer.Room, bool) {
	return peer.Room{Origin: "aster.example/0123456789abcdef", Writes: d}, true
}

func certificate(t *testing.T, seed byte) tls.Certificate {
	c, err := peer.Certificate(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNetFaults(t *testing.T) {
	const to = "borea.example:7433"
	own, server := certificate(t, 1), certificate(t, 2)
	run := func(seed uint64) string {
		d := &drawer{}
		n := memnet.New(seed)
		n.Attach(to, peer.NewServer(d, "parley/test", time.Now), server)
		pins := []parley.Hash{peer.Pin(server.Leaf)}
		c := peer.NewClient(to, n.Dial("aster.example:7433", own, func() []parley.Hash { return pins }))
		for _, f := range []memnet.Fault{memnet.DropRequest, memnet.DropResponse, memnet.Duplicate, memnet.Delay, memnet.CutRequest, memnet.CutResponse} {
			n.SetRate(f, 0.1)
		}
		failed := 0
		for i := range 200 {
			if err := c.PutPart(t.Context(), "aster.example/0123456789abcdef", fmt.Appendf(nil, "part %d", i)); err != nil {
				failed++
				if parley.KindOf(err) != parley.Unavailable {
					t.Errorf("%v: want unavailable", err)
				}
			}
		}
		n.Flush()
		n.Calm()
		if err := c.PutPart(t.Context(), "aster.example/0123456789abcdef", nil); err != nil {
			t.Errorf("calm: %v", err)
		}
		n.Part("aster.example:7433", to)
		if err := c.PutPart(t.Context(), "aster.example/0123456789abcdef", nil); parley.KindOf(err) != parley.Unavailable {
			t.Errorf("apart: %v: want unavailable", err)
		}
		n.Heal("aster.example:7433", to)
		n.Attach(to, nil, server)
		if err := c.PutPart(t.Context(), "aster.example/0123456789abcdef", nil); parley.KindOf(err) != parley.Unavailable {
			t.Errorf("down: %v: want unavailable", err)
		}
		n.Attach(to, peer.NewServer(d, "parley/test", time.Now), own)
		if err := c.PutPart(t.Context(), "aster.example/0123456789abcdef", nil); parley.KindOf(err) != parley.Untrusted {
			t.Errorf("another key: %v: want untrusted", err)
		}
		if c := n.Counts(); c[memnet.Delay] == 0 || c[memnet.Duplicate] == 0 || c[memnet.CutRequest] == 0 || failed == 0 {
			t.Errorf("%v, %d failed: want each fault", c, failed)
		}
		return fmt.Sprint(failed, d.got, n.Counts())
	}
	if a, b := run(7), run(7); a != b {
		t.Error("the same seed met other faults")
	}
}
