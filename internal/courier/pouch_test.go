package courier_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// carried is a line without a network: what Aster packs, Borea opens, and back.
type carried struct {
	*line
	boreaAge, asterAge *age.HybridIdentity
	number             uint64
	packed             []uint64
	volume             int64
	nothing            int // how often Borea was told so
	blobsOut           []courier.PackedBlob
}

func newCarried(t testing.TB) *carried {
	c := &carried{line: newLine(t, 1)}
	var err error
	c.boreaAge, err = age.GenerateHybridIdentity()
	fatal(t, err)
	c.asterAge, err = age.GenerateHybridIdentity()
	fatal(t, err)
	return c
}

type memory struct {
	bytes.Buffer
	done func([]byte)
}

func (m *memory) Close() error { m.done(m.Bytes()); return nil }

// pack is Aster's next pouch for Borea, as volumes.
func (c *carried) pack() [][]byte {
	c.t.Helper()
	c.number++
	var volumes [][]byte
	done, err := courier.PackPouch(context.Background(), courier.Pack{
		Agreement: storetest.Agreement, From: "aster.example", To: "borea.example", Number: c.number, Time: storetest.Start, Signer: c.author.Sign.NoteSigner(storetest.Start), Nothing: c.nothingYet(),
		Recipients: []string{c.boreaAge.Recipient().String()}, Volume: c.volume,
		Journal: c.journal, Holds: courier.ForParty("borea.example"), Cosigned: c.returned(), Held: c.held(), Packed: c.packed, Blobs: c.blobsOut,
	}, func(int) (io.WriteCloser, error) {
		return &memory{done: func(b []byte) { volumes = append(volumes, b) }}, nil
	})
	fatal(c.t, err)
	if done.Volumes != len(volumes) {
		c.t.Fatalf("%d volumes, %d made", done.Volumes, len(volumes))
	}
	for _, v := range volumes {
		if c.volume > 0 && int64(len(v)) > c.volume {
			c.t.Fatalf("a volume of %d octets on a medium of %d", len(v), c.volume)
		}
	}
	c.packed = append(c.packed, done.Size)
	return volumes
}

func (c *carried) returned() uint64 {
	n, _, err := c.journal.Cosigned(context.Background(), c.borea.Mirror[0].Key())
	fatal(c.t, err)
	return n
}

func (c *carried) nothingYet() []parley.Origin {
	if c.returned() > 0 {
		return nil
	}
	return []parley.Origin{c.author.Origin}
}

// held is Aster's proof of what Borea's mirror has cosigned.
func (c *carried) held() []byte {
	size := c.returned()
	if size == 0 {
		return nil
	}
	cp, err := c.journal.CheckpointAt(context.Background(), size)
	fatal(c.t, err)
	lines, err := c.journal.Cosignatures(context.Background(), size)
	fatal(c.t, err)
	raw := bytes.Clone(cp.Note)
	for _, l := range lines {
		raw = append(raw, l.Line...)
	}
	return raw
}

func (c *carried) open(volume []byte) (courier.OpenedPouch, error) {
	return courier.OpenPouch(context.Background(), bytes.NewReader(volume), []age.Identity{c.boreaAge}, func(h courier.PouchHeader) (courier.Inbox, error) {
		if n, err := note.Open(h.Note, note.VerifierList(c.author.Sign.Key().Verifier(), c.borea.Sign.Key().Verifier())); err != nil || len(n.Sigs) != 1 {
			return nil, parley.E(parley.Untrusted, "the header is not signed: %w", err)
		}
		if h.Agreement != storetest.Agreement || h.From != "aster.example" {
			return nil, parley.E(parley.NotFound, "no such agreement")
		}
		return c, nil
	})
}

// giveBack is Borea's pouch with its cosignatures, opened by Aster.
func (c *carried) giveBack() {
	c.t.Helper()
	cp, lines, err := c.mirror.Latest(context.Background())
	fatal(c.t, err)
	var volume []byte
	_, err = courier.PackPouch(context.Background(), courier.Pack{
		Agreement: storetest.Agreement, From: "borea.example", To: "aster.example", Number: 1, Time: storetest.Start, Signer: c.borea.Sign.NoteSigner(storetest.Start),
		Recipients: []string{c.asterAge.Recipient().String()}, Returns: [][]byte{append(bytes.Clone(cp.Note), lines...)},
	}, func(int) (io.WriteCloser, error) { return &memory{done: func(b []byte) { volume = b }}, nil })
	fatal(c.t, err)
	got, err := courier.OpenPouch(context.Background(), bytes.NewReader(volume), []age.Identity{c.asterAge}, func(courier.PouchHeader) (courier.Inbox, error) { return c, nil })
	if err != nil || got.Returns != 1 || len(got.Refused) > 0 || got.Volumes != 1 {
		c.t.Fatalf("%+v, %v: want one return", got, err)
	}
}

// Journal, Holds, Blobs and Returner implement courier.Inbox.
func (c *carried) Journal(o parley.Origin) (courier.Mirror, []proof.Key, bool) {
	return c.mirror, storetest.Keys(c.author.Log), o == c.author.Origin
}
func (c *carried) Holds(i uint64, e *seal.Envelope) bool {
	return courier.ForParty("borea.example")(i, e)
}
func (c *carried) Blobs(o parley.Origin) (peer.Blobs, bool) {
	return files{c.line, boreaAt}, o == c.author.Origin
}
func (c *carried) Returner(o parley.Origin) (peer.Returner, bool) {
	return side{c.line, boreaAt}, o == c.author.Origin
}

func (c *carried) Held(ctx context.Context, _ parley.Origin, raw []byte) error {
	return c.mirror.LearnOwn(ctx, raw)
}

// Nothing implements courier.Inbox; these mirrors are not asking.
func (c *carried) Asked(context.Context) error                  { return nil }
func (c *carried) Succeed(context.Context, []byte) error        { return nil }
func (c *carried) Nothing(context.Context, parley.Origin) error { c.nothing++; return nil }

func (c *carried) mustOpen(volumes ...[]byte) (last courier.OpenedPouch) {
	c.t.Helper()
	for i, v := range volumes {
		var err error
		if last, err = c.open(v); err != nil || len(last.Refused) > 0 {
			c.t.Fatalf("volume %d: %+v, %v", i, last, err)
		}
	}
	return last
}

func TestPouch(t *testing.T) {
	c := newCarried(t)
	for _, n := range []int{1, 300, 2, 255} {
		c.write(n, "borea.example/cert", 64)
		c.write(1, "corvia.example/cert", 64)
		got := c.mustOpen(c.pack()...)
		if got.Waits != "" || got.Entries != n+1 || got.Volumes != 1 {
			t.Fatalf("%+v: want %d entries", got, n+1)
		}
		c.giveBack()
		c.delivered()
	}
	if v := c.pack(); len(v) != 0 {
		t.Errorf("%d volumes of nothing new", len(v))
	}
	if c.nothing != 1 {
		t.Errorf("told %d times that nothing came back: want once, by the first", c.nothing)
	}
}

// Pouches are lost, come twice, come late, come in any order.
func TestPouchOrder(t *testing.T) {
	for seed := range uint64(2) {
		r := mrand.New(mrand.NewPCG(seed, 1))
		c := newCarried(t)
		var bag [][]byte
		for range 6 {
			c.write(1+r.IntN(5), "borea.example/cert", 64)
			if r.IntN(3) == 0 {
				c.write(280, "borea.example/cert", 16)
			}
			for _, v := range c.pack() {
				if r.IntN(4) > 0 { // else it is lost
					bag = append(bag, v, v)
				}
			}
			r.Shuffle(len(bag), func(i, j int) { bag[i], bag[j] = bag[j], bag[i] })
			for range len(bag) / 2 {
				c.mustOpen(bag[0])
				bag = bag[1:]
			}
			if _, _, err := c.mirror.Latest(t.Context()); err == nil && r.IntN(2) == 0 {
				c.giveBack()
			}
		}
		c.write(1, "borea.example/cert", 64)
		if got := c.mustOpen(c.pack()...); got.Waits != "" {
			t.Fatalf("seed %d: the last pouch waits: %s", seed, got.Waits)
		}
		c.mustOpen(bag...) // what was late
		c.giveBack()
		c.delivered()
	}
}

// Volumes of one pouch come in any order; a missing one is waited for.
func TestPouchVolumes(t *testing.T) {
	c := newCarried(t)
	c.volume = courier.MinVolume
	blob := bytes.Repeat([]byte("sealed "), 600_000)
	h := parley.Sum(blob)
	c.sizes[h] = int64(len(blob))
	c.blobsOut = []courier.PackedBlob{{Origin: c.author.Origin, Hash: h, Size: int64(len(blob)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(blob)), nil
	}}}
	c.write(100, "borea.example/cert", parley.MaxSealed)
	c.write(300, "borea.example/cert", 1000)
	volumes := c.pack()
	if len(volumes) < 4 {
		t.Fatalf("%d volumes: want more", len(volumes))
	}
	for i := len(volumes) - 1; i > 0; i-- { // the wrong way round
		if got := c.mustOpen(volumes[i]); got.Waits == "" && i == len(volumes)-1 {
			t.Errorf("volume %d waits for nothing: %+v", i+1, got)
		}
	}
	for range 2 { // again, as from a folder
		c.mustOpen(volumes...)
	}
	c.giveBack()
	c.delivered()
	if err := c.blobs[boreaAt].Check(c.author.Origin, h); err != nil {
		t.Error(err)
	}
}

// THREAT: whoever carries a pouch, or finds one, or makes one up.
// ATTACK: flip an octet, cut it off, join two, give it to another party; seal a forged one to us with
// parts that nobody named, entries that nobody signed, cosignatures of nobody.
// EXPECT: NotFound or Invalid, or Refused; nothing unproven is kept; the right one still opens. POUCH-8, POUCH-9
func TestAttackPouch(t *testing.T) {
	c := newCarried(t)
	c.write(5, "borea.example/cert", 2000)
	good := c.pack()[0]
	held := func() uint64 {
		st, err := c.mirror.Status(t.Context())
		fatal(t, err)
		return st.Next
	}
	other, err := age.GenerateHybridIdentity()
	fatal(t, err)
	_, err = courier.OpenPouch(t.Context(), bytes.NewReader(good), []age.Identity{other}, nil)
	if parley.KindOf(err) != parley.NotFound {
		t.Errorf("a foreign pouch: %v: want not found", err)
	}
	r := mrand.New(mrand.NewPCG(1, 1))
	for range 60 {
		bad := bytes.Clone(good)
		switch r.IntN(3) {
		case 0:
			bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
		case 1:
			bad = bad[:r.IntN(len(bad))]
		case 2:
			bad = append(bad, good...)
		}
		got, err := c.open(bad)
		if kind := parley.KindOf(err); err == nil || kind != parley.Invalid && kind != parley.NotFound {
			t.Errorf("damaged: %+v, %v: want invalid", got, err)
		}
	}
	forge := func(p courier.Pack) courier.OpenedPouch {
		t.Helper()
		p.Agreement, p.From, p.To, p.Number, p.Recipients = storetest.Agreement, "aster.example", "borea.example", 9, []string{c.boreaAge.Recipient().String()}
		p.Signer = c.borea.Sign.NoteSigner(storetest.Start)
		var v []byte
		_, err := courier.PackPouch(t.Context(), p, func(int) (io.WriteCloser, error) { return &memory{done: func(b []byte) { v = b }}, nil })
		fatal(t, err)
		got, err := c.open(v)
		fatal(t, err)
		return got
	}
	before := held()
	liar := newLine(t, 9) // the same names, other keys
	liar.author.Log = storetest.NewAuthor(t, "corvia.example").Log
	for name, p := range map[string]courier.Pack{
		"return of nobody": {Returns: [][]byte{[]byte(string(c.author.Origin) + "\n1\nAAAA\n\n— x AAAA\n")}},
		"return elsewhere": {Returns: [][]byte{[]byte("corvia.example/0123456789abcdef\n1\nAAAA\n\n— x AAAA\n")}},
		"no note":          {Returns: [][]byte{[]byte("hello")}},
		"held by nobody":   {Held: []byte(string(c.author.Origin) + "\n1\nAAAA\n\n— x AAAA\n"), Returns: [][]byte{[]byte("hello")}},
	} {
		if got := forge(p); len(got.Refused) != len(p.Returns)+min(1, len(p.Held)) {
			t.Errorf("%s: %+v: want it refused", name, got)
		}
	}
	unnamed := courier.PackedBlob{Origin: c.author.Origin, Hash: parley.Hash{9}, Size: 4, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte("junk"))), nil }}
	if got := forge(courier.Pack{Blobs: []courier.PackedBlob{unnamed}}); got.Blobs != 0 || got.Waits == "" {
		t.Errorf("a blob that no entry names: %+v: want it left", got)
	}
	if held() != before {
		t.Error("something was kept of what was damaged or forged")
	}
	got := c.mustOpen(good)
	if got.Entries != 5 {
		t.Errorf("the right one: %+v", got)
	}
}

// THREAT: a party that signs makes a pouch of its own.
// ATTACK: parts that no entry names, before and after proven packages; packages of another tree.
// EXPECT: Refused; no part is kept that no entry addressed to us names. POUCH-6
func TestAttackPouchParts(t *testing.T) {
	c := newCarried(t)
	c.write(2, "borea.example/cert", 100)
	c.write(1, "corvia.example/cert", 100)
	cp, err := c.journal.Latest(t.Context())
	fatal(t, err)
	everything := courier.Pack{Agreement: storetest.Agreement, From: "aster.example", To: "borea.example", Number: 1, Signer: c.author.Sign.NoteSigner(storetest.Start), Recipients: []string{c.boreaAge.Recipient().String()},
		Journal: c.journal, Holds: func(uint64, *seal.Envelope) bool { return true }} // also what is for Corvia
	var v []byte
	_, err = courier.PackPouch(t.Context(), everything, func(int) (io.WriteCloser, error) { return &memory{done: func(b []byte) { v = b }}, nil })
	fatal(t, err)
	got, err := c.open(v)
	if err != nil || len(got.Refused) != 1 || got.Size != cp.Size || got.Parts != 2 {
		t.Errorf("%+v, %v: want the part for Corvia refused, and the rest kept", got, err)
	}
	c.giveBack()
	c.delivered()
}

func TestPouchFolder(t *testing.T) {
	c := newCarried(t)
	dir := t.TempDir()
	c.write(100, "borea.example/cert", parley.MaxSealed)
	done, err := courier.PackPouch(t.Context(), courier.Pack{Agreement: storetest.Agreement, From: "aster.example", To: "borea.example", Number: 7, Signer: c.author.Sign.NoteSigner(storetest.Start),
		Recipients: []string{c.boreaAge.Recipient().String()}, Volume: courier.MinVolume, Journal: c.journal, Holds: courier.ForParty("borea.example")},
		courier.FolderVolumes(dir, "aster.example", "borea.example", 7))
	fatal(t, err)
	first := filepath.Join(dir, courier.PouchName("aster.example", "borea.example", 7, 1))
	last := filepath.Join(dir, "zz-comes-last.pouch")
	fatal(t, os.Rename(first, last)) // so that the first volume is read last
	fatal(t, os.WriteFile(filepath.Join(dir, "half.pouch"), []byte("age-encryption.org/v1\n"), 0o600))
	junk := make([]byte, 1000)
	rand.Read(junk)
	fatal(t, os.WriteFile(filepath.Join(dir, "note.txt"), junk, 0o600))
	open := func(r io.Reader) (courier.OpenedPouch, error) {
		return courier.OpenPouch(t.Context(), r, []age.Identity{c.boreaAge}, func(courier.PouchHeader) (courier.Inbox, error) { return c, nil })
	}
	swept, err := courier.SweepFolder(dir, open)
	fatal(t, err)
	moved := 0
	for _, s := range swept {
		if s.Done {
			moved++
		} else if s.File != "half.pouch" || parley.KindOf(s.Err) != parley.Invalid {
			t.Errorf("%s stays: %+v", s.File, s)
		}
	}
	if moved != done.Volumes {
		t.Errorf("%d of %d volumes moved", moved, done.Volumes)
	}
	c.giveBack()
	c.delivered()
	if again, err := courier.SweepFolder(dir, open); err != nil || len(again) != 1 {
		t.Errorf("again: %+v, %v: want the damaged one only", again, err)
	}
}

func FuzzOpenPouch(f *testing.F) {
	// The plaintext of a volume, read as the opener reads it after age.
	for _, p := range courier.PouchSeeds() {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, plain []byte) { courier.ReadPouchForTest(plain) })
}
