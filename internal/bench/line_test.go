package bench_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

const (
	aster = "aster.example"
	borea = "borea.example"
	words = "We see connections from your network to hosts of a ministry of ours since 08:14 UTC. Please acknowledge, and tell us whom to ask."
)

// latency measures one flash after the other, from send to the addressee's
// cosignature stored at the sender.
func latency(t *testing.T) []row {
	p := newPair(t, t.TempDir(), true)
	const n, warm = 300, 30
	var whole []time.Duration
	for i := range n + warm {
		begin := time.Now()
		h, err := p.nodes[aster].node.SendHotline(t.Context(), node.SendRequest{To: []string{borea + "/cert"}, Precedence: "flash", Text: words})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.nodes[aster].lists.Wait(t.Context(), node.WaitRequest{Nonce: h.Nonce}); err != nil {
			t.Fatal(err)
		}
		if i >= warm {
			whole = append(whole, time.Since(begin))
		}
	}
	p.close()
	floor := floorOfOne(t, p)
	p50, p99 := quantile(whole, .5), quantile(whole, .99)
	return []row{
		{"hotline send to stored cosignature, p50", ms(p50), ms(floor) + " (1 TLS round trip, 3 commits, the signatures)", ratio(float64(p50), float64(floor)), "within 2"},
		{"the same, p99", ms(p99), "", ratio(float64(p99), float64(floor)), ""},
	}
}

// floorOfOne is what no implementation can do without: one round trip over pinned
// TLS with a message's octets, three durable commits, and the seal and signatures
// that the formats ask for, each at its median.
func floorOfOne(t *testing.T, p *pair) time.Duration {
	const n = 200
	var trip, commit, crypto []time.Duration
	exchange := echo(t)
	db, err := sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "floor.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	body := make([]byte, 5<<10)
	rand.Read(body)
	to := recipients(t, p.world)
	for i := range n {
		begin := time.Now()
		exchange(body)
		trip = append(trip, time.Since(begin))
		begin = time.Now()
		if err := db.Update(t.Context(), func(tx *sqldb.Tx) error { return tx.SetSetting(fmt.Sprint("floor", i), body) }); err != nil {
			t.Fatal(err)
		}
		commit = append(commit, time.Since(begin))
		begin = time.Now()
		bareMessage(t, p.world, to)
		crypto = append(crypto, time.Since(begin))
	}
	return quantile(trip, .5) + 3*quantile(commit, .5) + quantile(crypto, .5)
}

// echo is a TLS server on loopback and a client that keeps its connection.
func echo(t *testing.T) func(body []byte) {
	t.Helper()
	w := parleytest.NewWorld(t, 9)
	own, other := w.Parties[aster], w.Parties[borea]
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{TLSConfig: peer.ServerTLS(other.TLS), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Write(make([]byte, 3600)) // about two cosignatures
	})}
	go s.ServeTLS(l, "", "")
	t.Cleanup(func() { s.Close() })
	client := &http.Client{Transport: peer.Transport(own.TLS, func() []parley.Hash { return []parley.Hash{other.Pin} })}
	t.Cleanup(client.CloseIdleConnections)
	return func(body []byte) {
		res, err := client.Post("https://"+l.Addr().String()+"/", "application/octet-stream", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}

// bareMessage seals, signs an entry and a checkpoint, verifies and cosigns it, and
// verifies the cosignatures.
func bareMessage(t *testing.T, w *parleytest.World, recipients []seal.Recipient) {
	t.Helper()
	from, to := w.Parties[aster], w.Parties[borea]
	r := sealed(t, w, recipients)
	if _, err := seal.Sign(r, time.Now(), nil, from.Cert().Signing); err != nil {
		t.Fatal(err)
	}
	cp, err := proof.SignCheckpoint(from.Origin, 1, proof.EmptyRoot(), time.Now(), from.Journal...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proof.OpenCheckpoint(cp.Note, from.Journal[0].Key(), from.Journal[1].Key()); err != nil {
		t.Fatal(err)
	}
	list, err := proof.Cosign(cp, time.Now(), to.Mirror...)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, c := range list {
		lines.WriteString(c.Line)
	}
	if _, err := proof.OpenCosignatures(cp, []byte(lines.String()), to.Mirror[0].Key(), to.Mirror[1].Key()); err != nil {
		t.Fatal(err)
	}
}

// recipients are those of a message from Aster to Borea, read once: a floor does not
// read, or even derive, them for each message.
func recipients(t *testing.T, w *parleytest.World) []seal.Recipient {
	t.Helper()
	list, err := seal.ParseRecipients(w.Parties[borea].Cert().Age.Recipient().String(), w.Parties[aster].Cert().Age.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// sealed is a message from Aster to Borea.
func sealed(t *testing.T, w *parleytest.World, recipients []seal.Recipient) *seal.Ready {
	t.Helper()
	content, err := seal.FormatContent(&seal.Hotline{Text: words})
	if err != nil {
		t.Fatal(err)
	}
	d := seal.Draft{Journal: w.Parties[aster].Origin, Agreement: w.Agreement().ID(), From: w.Parties[aster].Cert().Name, To: []parley.Body{w.Parties[borea].Cert().Name}}
	rand.Read(d.Nonce[:])
	r, err := seal.Seal(rand.Reader, d, seal.Message{Kind: parley.KindHotline, Version: 1, Precedence: parley.Flash, Marking: "TLP:AMBER",
		Languages: []string{"en"}, Content: content}, recipients)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// throughput sends many messages at once, and waits until the last one is judged,
// opened and folded at the other side and its cosignature is stored here.
func throughput(t *testing.T) []row {
	const n = 8192
	p := newPair(t, t.TempDir(), true)
	before, wireBefore := diskOf(p, aster)+diskOf(p, borea), p.wire.Load()
	requests := make([]node.SendRequest, n)
	for i := range requests {
		requests[i] = node.SendRequest{To: []string{borea + "/cert"}, Precedence: "flash", Text: words, Now: true}
	}
	begin := time.Now()
	held, err := p.nodes[aster].node.SendMany(t.Context(), parley.KindHotline, requests)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{n / 2, n - 1} {
		if _, err := p.nodes[aster].lists.Wait(t.Context(), node.WaitRequest{Nonce: held[i].Nonce}); err != nil {
			t.Fatal(err)
		}
	}
	last, err := p.nodes[aster].node.Message(t.Context(), held[n-1].Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	ref, _ := parley.ParseRef(last.Ref)
	for {
		at, err := p.nodes[borea].register.Position(t.Context(), ref.Origin)
		if err != nil {
			t.Fatal(err)
		}
		if at > ref.Index {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	rate := perSecond(n, time.Since(begin))
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	wire, disk := p.wire.Load()-wireBefore, diskOf(p, aster)+diskOf(p, borea)-before
	p.close()
	bare := bareRate(t, p.world)
	return []row{
		{"entries a second: seal, journal, wire, mirror, judge, register", fmt.Sprintf("%.0f/s", rate), fmt.Sprintf("%.0f/s (seal and open alone, all cores)", bare), ratio(rate, bare), "0.60"},
		{"octets on the wire for each message", fmt.Sprint(wire / n), fmt.Sprintf("%d (the text)", len(words)), ratio(float64(wire)/n, float64(len(words))), ""},
		{"octets on disk for each message, both sides", fmt.Sprint(disk / n), fmt.Sprintf("%d (the text)", len(words)), ratio(float64(disk)/n, float64(len(words))), ""},
		{"memory of both nodes in one process meanwhile", fmt.Sprintf("%d MiB from the system", m.Sys>>20), "", "", "under 150 MiB each"},
	}
}

// bareRate seals and opens on all cores and does nothing else.
func bareRate(t *testing.T, w *parleytest.World) float64 {
	const each = 1500
	recipients := recipients(t, w)
	begin := time.Now()
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			from, to := w.Parties[aster].Cert(), w.Parties[borea].Cert()
			for range each {
				r := sealed(t, w, recipients)
				raw, err := seal.Sign(r, begin, nil, from.Signing)
				if err != nil {
					t.Error(err)
					return
				}
				env, err := seal.ParseEntry(raw)
				if err != nil {
					t.Error(err)
					return
				}
				if _, _, err := seal.Open(env, r.Sealed, to.Age); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return perSecond(each*runtime.GOMAXPROCS(0), time.Since(begin))
}

func diskOf(p *pair, name string) int64 {
	var total int64
	for _, f := range []string{"parley.db", "parley.db-wal"} {
		if i, err := os.Stat(p.nodes[name].home.Path(f)); err == nil {
			total += i.Size()
		}
	}
	return total
}

// rebuild checks and folds again what throughput left.
func rebuild(t *testing.T) []row {
	const n = 4096
	p := newPair(t, t.TempDir(), true)
	requests := make([]node.SendRequest, n)
	for i := range requests {
		requests[i] = node.SendRequest{To: []string{borea + "/cert"}, Precedence: "flash", Text: words, Now: true}
	}
	held, err := p.nodes[aster].node.SendMany(t.Context(), parley.KindHotline, requests)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.nodes[aster].lists.Wait(t.Context(), node.WaitRequest{Nonce: held[n-1].Nonce, State: "opened"}); err != nil {
		t.Fatal(err)
	}
	p.cancel()
	p.wg.Wait()
	begin := time.Now()
	r, err := p.nodes[borea].node.Check(context.Background(), nil)
	if err != nil || r.Difference != "" {
		t.Fatalf("%+v, %v", r, err)
	}
	return []row{{"check and rebuild", fmt.Sprintf("%.0f entries/s", perSecond(int(r.Entries), time.Since(begin))), "", "", ""}}
}
