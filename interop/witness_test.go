package interop

import (
	"crypto/ed25519"
	"database/sql"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	_ "modernc.org/sqlite"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/blobfile"
	"parley.example/parley/proof"
)

const witnessName = "witness.example/w1"

// witness is litewitness, a program that others wrote, on a loopback port, with
// its key in an ssh-agent of its own.
type witness struct {
	url string
	key proof.Key
	db  string
}

func startWitness(t *testing.T) *witness {
	t.Helper()
	program := tool(t, "litewitness")
	agent, keygen, add := tool(t, "ssh-agent"), tool(t, "ssh-keygen"), tool(t, "ssh-add")
	dir, err := os.MkdirTemp("", "w") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket, key := filepath.Join(dir, "s"), filepath.Join(dir, "key")
	run(t, keygen, "-q", "-t", "ed25519", "-N", "", "-C", "witness", "-f", key)
	background(t, agent, "-D", "-a", socket)
	eventually(t, "ssh-agent", func() bool { return exists(socket) })
	loader := exec.Command(add, "-q", key)
	loader.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
	if out, err := loader.CombinedOutput(); err != nil {
		t.Fatalf("ssh-add: %v: %s", err, out)
	}
	line, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey(line)
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{db: filepath.Join(dir, "db")}
	raw := public.(ssh.CryptoPublicKey).CryptoPublicKey().(ed25519.PublicKey)
	if w.key, err = proof.NewKey(witnessName, proof.TypeCosignature, raw); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	w.url = "http://" + address
	background(t, program, "-db", w.db, "-name", witnessName, "-ssh-agent", socket, "-key", ssh.FingerprintSHA256(public), "-listen", address)
	eventually(t, "litewitness", func() bool {
		r, err := http.Get(w.url + "/")
		if err == nil {
			r.Body.Close()
		}
		return err == nil
	})
	return w
}

// knows tells the witness of a log, as `witnessctl add-log` and `add-key` would:
// that program cannot be had here, and the two tables are documented.
func (w *witness) knows(t *testing.T, origin parley.Origin, key proof.Key) {
	t.Helper()
	db, err := sql.Open("sqlite", w.db+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	empty := proof.EmptyRoot()
	if _, err := db.Exec("INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)", string(origin), base64.StdEncoding.EncodeToString(empty[:])); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("INSERT INTO key (origin, key) VALUES (?, ?)", string(origin), key.String()); err != nil {
		t.Fatal(err)
	}
}

// A witness that others wrote, named in the agreement, binds our evidence
// against everybody who trusts it.
func TestLitewitnessBindsOurEvidence(t *testing.T) {
	w := startWitness(t)
	template := parleytest.DefaultTemplate + fmt.Sprintf("\n[[eyes.witness]]\nname = %q\ntitle = { en = \"A witness\" }\nkeys = [%q]\nurl = %q\ndisinterested = true\n",
		witnessName, w.key, w.url)
	c, err := parleytest.MakeCircle(t.TempDir(), 13, template, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	m, p := c.Nodes["aster.example"], c.World.Parties["aster.example"]
	w.knows(t, p.Origin, p.Journal[0].Key())
	withWitness(t, c, m)

	ctx := t.Context()
	for i := range 3 {
		h, err := m.Node.SendHotline(ctx, node.SendRequest{To: []string{"borea.example/cert"}, Text: "hello", Precedence: "flash", Now: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		e, err := m.Node.Prove(ctx, node.ProveRequest{Name: h.Nonce.String()})
		if err != nil {
			t.Fatal(err)
		}
		r, err := evidence.Verify(e.File, evidence.Trust{Agreement: c.World.Agreement().ID()})
		if err != nil || !r.Proven() {
			t.Fatalf("%v: %+v", err, r)
		}
		third := false
		for _, s := range r.Statements {
			third = third || s.Third && s.Proven && strings.Contains(s.Text, witnessName)
		}
		if !third {
			t.Errorf("message %d: the witness is not in the evidence: %+v", i, r.Statements)
		}
	}
}

// The witness refuses what does not continue what it saw, and says what it has.
func TestLitewitnessRefusesAnotherHistory(t *testing.T) {
	w := startWitness(t)
	log, err := proof.GenerateKey(zeros{}, proof.TypeEd25519, "aster.example/0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	w.knows(t, "aster.example/0123456789abcdef", log.Key())
	client, err := peer.NewWitness(w.url, peer.WitnessTransport())
	if err != nil {
		t.Fatal(err)
	}
	ask := func(tr *memory, old, size uint64) ([]byte, proof.Checkpoint, error) {
		cp, err := proof.SignCheckpoint("aster.example/0123456789abcdef", size, tr.root(), noon, log)
		if err != nil {
			t.Fatal(err)
		}
		path, err := proof.ProveConsistency(tr, old, size)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := client.AddCheckpoint(t.Context(), peer.AddCheckpoint{Old: old, Proof: path, Note: cp.Note})
		return lines, cp, err
	}
	tr, other := &memory{}, &memory{}
	var old uint64
	for _, size := range []uint64{1, 5, 300} {
		for uint64(tr.size) < size {
			tr.add(fmt.Appendf(nil, "entry %d", tr.size))
			other.add(fmt.Appendf(nil, "other %d", other.size))
		}
		lines, cp, err := ask(tr, old, size)
		if err != nil {
			t.Fatal(err)
		}
		list, err := proof.OpenCosignatures(cp, lines, w.key)
		if err != nil || len(list) != 1 || time.Since(list[0].Time) > time.Hour {
			t.Fatalf("size %d: %+v, %v", size, list, err)
		}
		old = size
	}
	if _, _, err := ask(other, 5, 300); err == nil {
		t.Error("an old size is accepted")
	} else if c, ok := err.(*peer.SizeConflict); !ok || c.Size != 300 {
		t.Errorf("an old size: %v", err)
	}
	other.add([]byte("more"))
	if _, _, err := ask(other, 300, 301); err == nil {
		t.Error("another history is accepted")
	}
}

// withWitness opens a member's home once more, with a way to reach witnesses.
func withWitness(t *testing.T, c *parleytest.Circle, m *parleytest.Member) {
	t.Helper()
	own, _, err := m.Home.TLS()
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blobfile.Open(m.Home.Path("blobs"))
	if err != nil {
		t.Fatal(err)
	}
	m.Node, err = node.Open(t.Context(), node.Options{Home: m.Home, DB: m.DB, Register: m.Register, Blobs: blobs, Now: m.Now,
		Log: slog.New(slog.DiscardHandler),
		Dial: func(_, address string, pins func() []parley.Hash) (peer.Node, error) {
			return peer.NewClient(address, c.Net.Dial(m.Address, own, pins)), nil
		},
		Witness: func(url string) (peer.Cosigner, error) { return peer.NewWitness(url, peer.WitnessTransport()) },
		Disk:    func() (int, error) { return 10, nil }, Refuse: node.Watermarks{Blobs: 90, Text: 97}})
	if err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", program, err, out)
	}
}

// background starts a program that ends with the test.
func background(t *testing.T, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = nil, nil
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}

func eventually(t *testing.T, what string, ready func() bool) {
	t.Helper()
	for range 200 {
		if ready() {
			return
		}
		time.Sleep(50 * time.Millisecond) // a foreign program has no clock of ours
	}
	t.Fatalf("%s did not start", what)
}
