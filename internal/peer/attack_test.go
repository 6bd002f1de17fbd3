package peer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
)

// THREAT: somebody outside the agreement finds the peer port.
// ATTACK: ask every route with an unknown key, and with none.
// EXPECT: 404 for everything, the same bytes; nothing reaches a contract. WIRE-2
func TestAttackStranger(t *testing.T) {
	w := newWorld(t)
	w.blobSize = 4
	routes := []string{"POST /add-checkpoint", "POST /add-entries", "POST /push", "GET /" + aster.PathHash() + "/status",
		"GET /" + aster.PathHash() + "/checkpoint", "GET /" + aster.PathHash() + "/tile/0/000", "GET /", "DELETE /x",
		"PUT /" + aster.PathHash() + "/blob/" + parley.Sum(nil).String(), "GET /" + corvia.PathHash() + "/status"}
	none := w.dial(t, key(t, 9))
	none.TLSClientConfig.Certificates = nil
	for name, via := range map[string]*http.Transport{"unknown key": w.dial(t, key(t, 9)), "no key": none} {
		for _, route := range routes {
			method, path, _ := strings.Cut(route, " ")
			r, _ := http.NewRequest(method, "https://"+w.address+peer.Prefix+path, strings.NewReader("body"))
			res, err := via.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode != 404 || string(b) != "not found\n" {
				t.Errorf("%s, %s: %d %q: want 404 and no more", name, route, res.StatusCode, b)
			}
		}
	}
	if w.uploads+len(w.pushes)+len(w.blobs) != 0 {
		t.Error("a stranger's request reached a contract")
	}
}

// THREAT: somebody between us and the counterpart answers in its place.
// ATTACK: a server with another key, as after a stolen name or a changed route.
// EXPECT: Untrusted before the first octet of a request; a pin added later lets the next connection in. WIRE-1
func TestAttackImpostor(t *testing.T) {
	w := newWorld(t)
	pins := []parley.Hash{pin(key(t, 7))}
	via := peer.Transport(w.aster, func() []parley.Hash { return pins })
	defer via.CloseIdleConnections()
	c := peer.NewClient(w.address, via)
	if _, err := c.Push(t.Context(), peer.Push{}); parley.KindOf(err) != parley.Untrusted || parley.HintOf(err) == "" {
		t.Fatalf("%v: want untrusted, with a hint", err)
	}
	if len(w.pushes) != 0 {
		t.Error("the request was sent to an impostor")
	}
	pins = append(pins, pin(w.server))
	if _, err := c.Status(t.Context(), aster); err != nil {
		t.Errorf("after a keys entry: %v", err)
	}
}

// THREAT: an old TLS stack, or somebody who forces one.
// ATTACK: connect with at most TLS 1.2.
// EXPECT: no handshake. WIRE-1
func TestAttackDowngrade(t *testing.T) {
	w := newWorld(t)
	_, err := tls.Dial("tcp", w.address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{w.aster}})
	if err == nil {
		t.Error("TLS 1.2 was accepted")
	}
}

// THREAT: a party of one agreement tries the journals of another.
// ATTACK: ask and write an origin that is not in the caller's rooms; write a journal it may only read.
// EXPECT: 404, as for an origin that does not exist. WIRE-2
func TestAttackOtherAgreement(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	secret := newShelf("e0")
	w.guest.rooms[corvia.PathHash()] = peer.Room{Origin: corvia, Reads: secret}
	note := []byte(string(corvia) + "\n0\n\n")
	calls := map[string]error{}
	_, calls["push"] = w.client.Push(ctx, peer.Push{Note: note})
	_, calls["add-checkpoint"] = w.client.AddCheckpoint(ctx, peer.AddCheckpoint{Note: note})
	_, calls["add-entries"] = w.client.AddEntries(ctx, corvia, peer.Upload{End: 1, Next: packages(0, 1, numbered)})
	calls["part"] = w.client.PutPart(ctx, corvia, []byte("x"))
	calls["return"] = w.client.Return(ctx, corvia, note)
	_, calls["blob"] = w.client.PutBlob(ctx, corvia, parley.Hash{}, 1, 0, strings.NewReader("x"))
	_, calls["status elsewhere"] = w.client.Status(ctx, "borea.example/0123456789abcdef")
	for name, err := range calls {
		if parley.KindOf(err) != parley.NotFound || !strings.HasSuffix(err.Error(), "not found") {
			t.Errorf("%s: %v: want not found", name, err)
		}
	}
	if _, err := w.client.Status(ctx, corvia); err != nil {
		t.Errorf("status of a journal it may read: %v", err)
	}
	if len(secret.pushes)+secret.uploads+len(secret.parts) != 0 {
		t.Error("a write reached a journal that is read only")
	}
}

// THREAT: a counterpart wants our memory.
// ATTACK: a gzip body of a few kilobytes that becomes gigabytes.
// EXPECT: 413 after at most 8 octets for each that came, and little memory. WIRE-9
func TestAttackGzipBomb(t *testing.T) {
	w := newWorld(t)
	var z bytes.Buffer
	g := gzip.NewWriter(&z)
	g.Write(peer.EntriesHeader{Origin: aster, End: 1 << 40}.Format())
	entry := append([]byte{0x20, 0}, make([]byte, parley.MaxEntry)...)
	for range 1 << 15 { // 256 MiB
		g.Write(entry)
	}
	g.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	status, text := w.raw(t, "POST", "/add-entries", octets("gzip"), bytes.NewReader(z.Bytes()))
	runtime.ReadMemStats(&after)
	if status != 413 || !strings.Contains(text, "ratio") {
		t.Errorf("%d %s: want 413", status, text)
	}
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 32<<20 {
		t.Errorf("%d octets allocated for a body of %d", spent, z.Len())
	}
	for name, body := range map[string][]byte{"not gzip": []byte("plain"), "cut": z.Bytes()[:40], "empty": nil, "flipped": append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0}, 0xff, 0xff)} {
		if status, text := w.raw(t, "POST", "/add-entries", octets("gzip"), bytes.NewReader(body)); status != 400 {
			t.Errorf("%s: %d %s: want 400", name, status, text)
		}
	}
	if status, _ := w.raw(t, "POST", "/add-entries", octets("br"), strings.NewReader("x")); status != 415 {
		t.Errorf("another encoding: %d: want 415", status)
	}
}

func octets(encoding string) map[string]string {
	h := map[string]string{"Content-Type": "application/octet-stream"}
	if encoding != "" {
		h["Content-Encoding"] = encoding
	}
	return h
}

// THREAT: a counterpart holds our connections open.
// ATTACK: announce a body, send a few octets of it, then nothing, on every route that takes one.
// EXPECT: 408 when the grace is over; the next request is served. WIRE-7
func TestAttackSlowBody(t *testing.T) {
	w := newWorld(t, peer.WithPace(peer.Pace{Grace: 60 * time.Millisecond, Rate: 1 << 20, Longest: time.Minute}))
	w.blobSize = 100
	for _, route := range []string{"POST /add-checkpoint", "POST /add-entries", "POST /push",
		"PUT /" + aster.PathHash() + "/sealed/" + parley.Sum(nil).String(),
		"PUT /" + aster.PathHash() + "/blob/" + parley.Sum(nil).String()} {
		method, path, _ := strings.Cut(route, " ")
		r, silent := io.Pipe()
		go silent.Write([]byte{0})
		status, _ := w.raw(t, method, path, octets(""), r)
		silent.Close()
		if status != 408 {
			t.Errorf("%s: %d: want 408", route, status)
		}
	}
	if _, err := w.client.Status(t.Context(), aster); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// THREAT: as above, before there is a request at all.
// ATTACK: open more connections than our limits and say nothing.
// EXPECT: those above the limit are closed at once; closing one lets the next in. WIRE-8
func TestAttackSockets(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	limited := peer.LimitConns(l, 3, 2)
	defer limited.Close()
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for {
			c, err := limited.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	defer dial().Close()
	defer dial().Close()
	first, second := <-accepted, <-accepted
	defer second.Close()
	third := dial()
	defer third.Close()
	if _, err := third.Read(make([]byte, 1)); err == nil {
		t.Error("a third connection from one address was not closed")
	}
	first.Close()
	first.Close() // counted once
	defer dial().Close()
	defer (<-accepted).Close()
}

// THREAT: a counterpart fills our disk or memory with one request.
// ATTACK: an endless body without a length, and a length above the limit.
// EXPECT: 413; for an announced one before the body is read. WIRE-5
func TestAttackEndlessBody(t *testing.T) {
	w := newWorld(t)
	for _, route := range []string{"POST /add-checkpoint", "POST /push", "PUT /" + aster.PathHash() + "/sealed/" + parley.Sum(nil).String(),
		"POST /" + aster.PathHash() + "/cosignatures"} {
		method, path, _ := strings.Cut(route, " ")
		if status, _ := w.raw(t, method, path, nil, io.LimitReader(endless{}, 1<<30)); status != 413 {
			t.Errorf("%s, endless: %d: want 413", route, status)
		}
		r, _ := http.NewRequest(method, "https://"+w.address+peer.Prefix+path, endless{})
		r.ContentLength = 1 << 40
		res, err := w.transport.RoundTrip(r)
		if err != nil || res.StatusCode != 413 {
			t.Errorf("%s, announced: %v, %v: want 413", route, res, err)
			continue
		}
		res.Body.Close()
	}
	// an endless stream of entries ends with the first that is not one
	head := peer.EntriesHeader{Origin: aster, End: 1 << 50}.Format()
	status, text := w.raw(t, "POST", "/add-entries", octets(""), io.MultiReader(bytes.NewReader(head), io.LimitReader(endless{}, 1<<30)))
	if status != 400 {
		t.Errorf("entries: %d %s: want 400", status, text)
	}
	// a blob longer than its entry says
	w.blobSize = 10
	if status, _ := w.raw(t, "PUT", "/"+aster.PathHash()+"/blob/"+parley.Sum(nil).String(), nil, io.LimitReader(endless{}, 1<<30)); status != 413 {
		t.Errorf("blob: %d: want 413", status)
	}
	if held := len(w.blobs[parley.Sum(nil)]); held > 10 {
		t.Errorf("%d octets of a blob of 10 were written", held)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 0xff
	}
	return len(p), nil
}

// THREAT: a counterpart sends more packages in one request than it should.
// ATTACK: 40 packages of entries of one octet.
// EXPECT: 32 are taken, 202 says where to go on. WIRE-5
func TestAttackManyPackages(t *testing.T) {
	w := newWorld(t)
	res, err := w.client.AddEntries(t.Context(), aster, peer.Upload{End: 40 * 256, Next: packages(0, 40*256, func(uint64) []byte { return []byte("e") })})
	if err != nil || res.Info == nil || res.Info.Next != 32*256 {
		t.Errorf("%+v, %v: want 202 with next 8192", res, err)
	}
}

// THREAT: the line breaks, or is broken on purpose, in the middle of an upload.
// ATTACK: cut an add-entries body at random places.
// EXPECT: 202 with what was saved, or 400 where nothing was. c2sp.org/tlog-mirror, Processing
func TestAttackTruncated(t *testing.T) {
	w := newWorld(t)
	body := peer.EntriesHeader{Origin: aster, End: 600}.Format()
	head := len(body)
	var first int
	next := packages(0, 600, numbered)
	for k, err := next(); err == nil; k, err = next() {
		body = peer.AppendPackage(body, k)
		if first == 0 {
			first = len(body)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 40 {
		n := r.IntN(len(body))
		w.shelf.entries, w.shelf.hashes = nil, nil
		status, text := w.raw(t, "POST", "/add-entries", octets(""), bytes.NewReader(body[:n]))
		want := 400
		if n == head || n >= first { // a clean prefix, or at least one package
			want = 202
		}
		if status != want {
			t.Errorf("cut at %d: %d %s: want %d", n, status, text, want)
		}
	}
}

// THREAT: a counterpart floods us.
// ATTACK: more requests at once, more a minute and more octets a day than agreed.
// EXPECT: 429 with a time to come again; another caller feels nothing. WIRE-6
func TestAttackFlood(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	wantBusy := func(name string, err error) {
		t.Helper()
		if parley.KindOf(err) != parley.Unavailable || peer.RetryAfter(err) <= 0 {
			t.Errorf("%s: %v: want unavailable and a time", name, err)
		}
	}
	w.guest.limits = peer.Limits{InFlight: 1}
	hold := &held{shelf: w.shelf, entered: make(chan struct{}), release: make(chan struct{})}
	m := w.guest.rooms[aster.PathHash()]
	m.Reads = hold
	w.guest.rooms[aster.PathHash()] = m
	first := make(chan error, 1)
	go func() { _, err := w.client.Status(ctx, aster); first <- err }()
	<-hold.entered
	_, err := w.client.Checkpoint(ctx, aster)
	wantBusy("two at a time", err)
	close(hold.release)
	if err := <-first; err != nil {
		t.Errorf("the first: %v", err)
	}

	w.guest.limits = peer.Limits{RequestsPerMinute: 3}
	m.Reads = w.shelf
	w.guest.rooms[aster.PathHash()] = m
	for range 3 {
		if _, err := w.client.Status(ctx, aster); err != nil {
			t.Fatal(err)
		}
	}
	_, err = w.client.Status(ctx, aster)
	wantBusy("a fourth in a minute", err)

	w.guest.limits = peer.Limits{BytesPerDay: 1 << 20}
	part := make([]byte, parley.MaxSealed)
	w.parts[parley.Sum(part)] = part
	fetched := 0
	for err = nil; err == nil && fetched < 1000; fetched++ {
		_, err = w.client.Part(ctx, aster, parley.Sum(part))
	}
	wantBusy("fetching the same for ever", err)
	if fetched < 40 || fetched > 200 {
		t.Errorf("%d fetches of 96 KiB at 1 MiB a day: want some eight times that", fetched)
	}

	w.guest.limits = peer.Limits{BytesPerDay: 100}
	if err := w.client.PutPart(ctx, aster, make([]byte, 200)); err != nil {
		t.Fatal(err)
	}
	_, err = w.client.Status(ctx, aster)
	wantBusy("200 octets of 100 a day", err)
}

// held is a reader whose Status waits.
type held struct {
	*shelf
	entered, release chan struct{}
}

func (h *held) Status(ctx context.Context) (peer.Status, error) {
	close(h.entered)
	<-h.release
	return h.shelf.Status(ctx)
}

// THREAT: a counterpart's answers attack us.
// ATTACK: redirects, answers without end, wrong tiles, conflict bodies that are none, control characters.
// EXPECT: an error of a kind, bounded memory, no second request to anywhere. WIRE-4, WIRE-5
func TestAttackAnswers(t *testing.T) {
	var answer func(http.ResponseWriter)
	asked := 0
	c := peer.NewClient("borea.example:1", roundTrip(func(*http.Request) { asked++ }, func(w http.ResponseWriter) { answer(w) }))
	ctx := t.Context()
	for name, test := range map[string]struct {
		say  func(http.ResponseWriter)
		want parley.ErrorKind
	}{
		"redirect": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(307)
		}, parley.Unavailable},
		"endless":  {func(w http.ResponseWriter) { io.CopyN(w, endless{}, 1<<22) }, parley.Untrusted},
		"not json": {func(w http.ResponseWriter) { w.Write([]byte("{")) }, parley.Untrusted},
		"conflict": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/x.tlog.size")
			w.WriteHeader(409)
			w.Write([]byte("-1\n"))
		}, parley.Conflict},
		"missing": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/x.parley.missing")
			w.WriteHeader(503)
			w.Write([]byte("all\n"))
		}, parley.Unavailable},
		"teapot":       {func(w http.ResponseWriter) { w.WriteHeader(418) }, parley.Unavailable},
		"unauthorized": {func(w http.ResponseWriter) { w.WriteHeader(500); w.Write([]byte("\x1b]0;owned\a")) }, parley.Unavailable},
	} {
		answer, asked = test.say, 0
		_, err := c.Status(ctx, aster)
		if parley.KindOf(err) != test.want || asked != 1 || strings.ContainsAny(err.Error(), "\x1b\a") {
			t.Errorf("%s: %v, %d requests: want %s and one", name, err, asked, test.want)
		}
	}
	answer = func(w http.ResponseWriter) { w.Write(make([]byte, 31)) }
	tile, _ := peer.ParseTilePath("tile/0/000.p/1")
	if _, err := c.Tile(ctx, aster, tile); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("a short tile: %v: want untrusted", err)
	}
	answer = func(w http.ResponseWriter) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.CopyN(z, endless{}, 64<<20)
		z.Close()
	}
	tile.L, tile.W = peer.EntriesTile, 256
	if _, err := c.Tile(ctx, aster, tile); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("a bomb of a bundle: %v: want untrusted", err)
	}
	if _, err := c.Part(ctx, aster, parley.Hash{}); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("another part: %v: want untrusted", err)
	}
	answer = func(w http.ResponseWriter) {
		w.Header().Set("Upload-Offset", "99999999999")
		w.Header().Set("Content-Length", "5")
	}
	if _, err := c.BlobState(ctx, aster, parley.Hash{}); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("more held than there is: %v: want untrusted", err)
	}
}

// THREAT: a counterpart keeps our courier busy.
// ATTACK: take no octet of a body, give no answer, or one octet of an answer and then nothing.
// EXPECT: Unavailable when the patience is over, on every kind of call. WIRE-7
func TestAttackSlowAnswer(t *testing.T) {
	server := key(t, 1)
	release := make(chan struct{})
	h := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.Write([]byte("{"))
			w.(http.Flusher).Flush()
		}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	h.TLS, h.EnableHTTP2 = peer.ServerTLS(server), true
	h.StartTLS()
	defer h.Close()
	defer close(release)
	via := peer.Transport(key(t, 2), func() []parley.Hash { return []parley.Hash{pin(server)} })
	defer via.CloseIdleConnections()
	c := peer.NewClient(h.Listener.Addr().String(), via, peer.WithPatience(peer.Pace{Grace: 100 * time.Millisecond, Rate: 1 << 40, Longest: 200 * time.Millisecond}))
	ctx := t.Context()
	calls := map[string]error{}
	_, calls["status"] = c.Status(ctx, aster)
	_, calls["push"] = c.Push(ctx, peer.Push{Parts: [][]byte{make([]byte, 1<<20)}})
	_, calls["add-entries"] = c.AddEntries(ctx, aster, peer.Upload{End: 1 << 20, Next: packages(0, 1<<20, func(i uint64) []byte { return bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 2000) })})
	_, calls["blob"] = c.PutBlob(ctx, aster, parley.Hash{}, parley.MaxBlob, 0, endless{})
	for name, err := range calls {
		if kind := parley.KindOf(err); kind != parley.Unavailable {
			t.Errorf("%s: %v: want unavailable", name, err)
		}
	}
}

// roundTrip is a server without a network, for answers that no server of ours gives.
func roundTrip(before func(*http.Request), say func(http.ResponseWriter)) http.RoundTripper {
	return transportFunc(func(r *http.Request) (*http.Response, error) {
		before(r)
		w := &recorded{Response: http.Response{StatusCode: 200, Header: http.Header{}, Proto: "HTTP/2.0", ProtoMajor: 2, ContentLength: -1}}
		say(w)
		w.Body = io.NopCloser(&w.b)
		w.Request = r
		return &w.Response, nil
	})
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type recorded struct {
	http.Response
	b bytes.Buffer
}

func (w *recorded) Header() http.Header         { return w.Response.Header }
func (w *recorded) WriteHeader(status int)      { w.StatusCode = status }
func (w *recorded) Write(p []byte) (int, error) { return w.b.Write(p) }

// THREAT: lengths that lie.
// ATTACK: section and entry lengths far above what follows, in a push.
// EXPECT: 400, and memory for what came only. WIRE-5
func TestAttackLengths(t *testing.T) {
	for _, n := range []uint32{1 << 16, 1<<32 - 1} {
		body := binary.BigEndian.AppendUint32([]byte("parley/push/v1\n"), n)
		if _, _, err := peer.ParsePush(body); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%d: %v", n, err)
		}
	}
	var spent runtime.MemStats
	runtime.ReadMemStats(&spent)
	before := spent.TotalAlloc
	head := peer.EntriesHeader{Origin: aster, End: 1 << 60}.Format()
	for range 1000 {
		r, err := peer.ReadEntries(bytes.NewReader(append(head, 0x20, 0x00)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(); parley.KindOf(err) != parley.Invalid || errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&spent)
	if each := (spent.TotalAlloc - before) / 1000; each > 12<<10 {
		t.Errorf("%d octets allocated for a header and two octets", each)
	}
}
