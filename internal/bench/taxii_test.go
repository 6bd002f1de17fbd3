package bench_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var taxiiTime = flag.Duration("bench.taxii", 110*time.Second, "how long each TAXII server is written to at most: with 45 s for an answer three of them take 11 minutes at worst")

// taxiiClient is the one client; an answer that takes longer counts as none.
var taxiiClient = &http.Client{Timeout: 45 * time.Second}

// collection is a collection that may be written to, on a server in a process of its own.
type collection struct {
	name           string
	url            string
	user, password string
	pid            int
	most           int // objects it is given
}

const (
	envelopeObjects = 1000
	pageObjects     = 1000
	mediaTAXII      = "application/taxii+json;version=2.1"
)

// taxiiRates writes to TAXII servers and reads from them with one client: Parley, and
// those that interop/peers/taxii.sh has started a Python for.
func taxiiRates(t *testing.T) []row {
	servers := []collection{taxiiParley(t)}
	for _, name := range []string{"medallion", "opentaxii"} {
		if python := os.Getenv("PARLEY_PEER_TAXII"); python != "" {
			servers = append(servers, taxiiPeer(t, python, name))
		}
	}
	var rows []row
	best := map[string]reached{} // by the faster peer
	ours := map[string]reached{}
	note := func(i int, what string, r reached) {
		if i == 0 {
			ours[what] = r
		} else if r.rate > best[what].rate {
			best[what] = r
		}
	}
	for i, c := range servers {
		if i == 0 {
			rows = append(rows, row{"TAXII: objects written and read by one client, envelopes and pages of 1,000", "", "", "", ""})
		}
		rows = append(rows, c.measure(i, note)...)
	}
	for _, what := range []struct{ key, text, goal string }{
		{"in", "objects/s in at 50,000, beside the faster peer", "50x"}, {"out", "objects/s out, beside the faster peer", "10x"},
		{"in, processor", "the same in processor time, in", "50x"}, {"out, processor", "and out", "10x"},
	} {
		us, peer := ours[what.key], best[what.key]
		if len(servers) == 1 {
			rows = append(rows, row{what.text, us.String(), "no peer could be had", "", what.goal})
		} else if peer.rate > 0 {
			rows = append(rows, row{what.text, us.String(), peer.String(), fmt.Sprintf("%.1fx", us.rate/peer.rate), what.goal})
			fmt.Fprintf(os.Stderr, "bench: %s: %s beside %s: %.1fx (goal %s)\n", what.text, us, peer, us.rate/peer.rate, what.goal)
		}
	}
	return rows
}

// reached is a rate, whose it is, and with how many objects it was measured.
type reached struct {
	rate float64
	name string
	had  int
}

func (r reached) String() string { return fmt.Sprintf("%.0f/s (%s, with %d)", r.rate, r.name, r.had) }

// measure writes until there is enough or the time is over, and reads in between.
func (c collection) measure(which int, note func(int, string, reached)) (rows []row) {
	say := func(what, figure, goal string) {
		rows = append(rows, row{c.name + ": " + what, figure, "", "", goal})
		fmt.Fprintf(os.Stderr, "bench: %s: %s: %s\n", c.name, what, figure)
	}
	if bundle := attack(); bundle != nil {
		began := time.Now()
		if err := c.post(bundle); err != nil {
			say("ATT&CK for ICS in one envelope", "not taken: "+err.Error(), "")
		} else {
			say(fmt.Sprintf("ATT&CK for ICS in one envelope of %d octets", len(bundle)), ms(time.Since(began)), "")
		}
	}
	var small time.Duration
	began, stretch, had := time.Now(), time.Now(), 0
	worked, read := processorOf(c.pid), time.Duration(0)
	idle := time.Duration(0) // not spent writing
	for had < c.most && time.Since(began)-idle < *taxiiTime {
		if err := c.post(madeEnvelope(had)); err != nil {
			say("stopped writing", "no answer in time, or a refusal", "")
			fmt.Fprintln(os.Stderr, "bench:", err)
			break
		}
		had += envelopeObjects
		switch had {
		case 10_000, 50_000:
			rate := perSecond(10_000, time.Since(stretch))
			say(fmt.Sprintf("objects/s in, the last 10,000 of %d", had), fmt.Sprintf("%.0f/s", rate), "")
			if had == 50_000 {
				note(which, "in", reached{rate, c.name, had})
			}
			paused, before := time.Now(), processorOf(c.pid)
			first := c.firstPage()
			say(fmt.Sprintf("first page of 1,000 with %d objects, p50", had), within(first), "")
			if had == 10_000 {
				small = first
			}
			idle += time.Since(paused)
			read += processorOf(c.pid) - before
		}
		if had%10_000 == 0 {
			stretch = time.Now()
		}
	}
	took := time.Since(began) - idle
	whole := perSecond(had, took)
	far := fmt.Sprintf("got to %d of %d", had, c.most)
	if had >= c.most {
		far = "got to the end"
	}
	say(fmt.Sprintf("objects/s in, %d in %s: %s", had, took.Round(time.Second), far), fmt.Sprintf("%.0f/s", whole), "")
	if spent := processorOf(c.pid) - worked - read; spent > 0 { // what other work on the machine does not change
		say("objects in for each second of its processor time", fmt.Sprintf("%.0f", perSecond(had, spent)), "")
		note(which, "in, processor", reached{perSecond(had, spent), c.name, had})
	}
	if had < 50_000 {
		note(which, "in", reached{whole, c.name, had})
	}
	if had > 50_000 {
		first, r := c.firstPage(), ""
		if first > 0 && small > 0 {
			r = ratio(first.Seconds(), small.Seconds())
		}
		rows = append(rows, row{fmt.Sprintf("%s: first page of 1,000 with %d objects, p50", c.name, had), within(first), "with 10,000: " + within(small), r, "within 1.5x"})
	}
	worked = processorOf(c.pid)
	out, n := c.all(30 * time.Second)
	if spent := processorOf(c.pid) - worked; spent > 0 && n > 0 {
		say("objects out for each second of its processor time", fmt.Sprintf("%.0f", perSecond(n, spent)), "")
		note(which, "out, processor", reached{perSecond(n, spent), c.name, had})
	}
	say(fmt.Sprintf("objects/s out, %d read", n), fmt.Sprintf("%.0f/s", out), "")
	note(which, "out", reached{out, c.name, had})
	goal := ""
	if which == 0 {
		goal = "under 300 MiB at 1,000,000"
	}
	now, peak := memoryOf(c.pid)
	say(fmt.Sprintf("resident memory with %d objects (highest)", had), fmt.Sprintf("%d MiB (%d)", now, peak), goal)
	return rows
}

var nextPage = regexp.MustCompile(`"next": ?"([^"]+)"`)

// all reads every page, at most for some time.
func (c collection) all(limit time.Duration) (rate float64, n int) {
	began, next := time.Now(), ""
	for time.Since(began) < limit {
		url := c.url + "objects/?limit=" + strconv.Itoa(pageObjects)
		if next != "" {
			url += "&next=" + next
		}
		body, err := c.do(http.MethodGet, url, nil)
		if err != nil {
			break
		}
		n += bytes.Count(body, []byte(`"indicator--`))
		m := nextPage.FindSubmatch(body)
		if m == nil {
			break
		}
		next = string(m[1])
	}
	return perSecond(n, time.Since(began)), n
}

// firstPage asks some times, at most for some seconds; 0: there was no answer in time.
func (c collection) firstPage() time.Duration {
	var took []time.Duration
	began := time.Now()
	for len(took) < 21 && (len(took) == 0 || time.Since(began) < 10*time.Second) {
		asked := time.Now()
		if _, err := c.do(http.MethodGet, c.url+"objects/?limit="+strconv.Itoa(pageObjects), nil); err != nil {
			return 0
		}
		took = append(took, time.Since(asked))
	}
	return quantile(took, 0.5)
}

func within(d time.Duration) string {
	if d == 0 {
		return fmt.Sprintf("none in %s", taxiiClient.Timeout)
	}
	return ms(d)
}

func (c collection) post(body []byte) error {
	_, err := c.do(http.MethodPost, c.url+"objects/", body)
	return err
}

func (c collection) do(method, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(c.user, c.password)
	req.Header.Set("Accept", mediaTAXII)
	req.Header.Set("Content-Type", mediaTAXII)
	resp, err := taxiiClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if resp.StatusCode/100 != 2 {
		return nil, errors.New(resp.Status)
	}
	return raw, err
}

// madeEnvelope has indicators that no other envelope has.
func madeEnvelope(from int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"objects":[`)
	for i := from; i < from+envelopeObjects; i++ {
		if i > from {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"type":"indicator","spec_version":"2.1","id":"indicator--%08x-%04x-4111-8111-111111111111","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"host %d","description":"seen in mail that carried a dropper","indicator_types":["malicious-activity"],"pattern":"[domain-name:value = 'h%d.corvia.example']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","labels":["made"],"confidence":70,"object_marking_refs":["marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"]}`,
			i, i%65536, i, i)
	}
	b.WriteString("]}")
	return b.Bytes()
}

// attack is the ATT&CK bundle as an envelope, where the real data is here.
func attack() []byte {
	list, _ := filepath.Glob(filepath.Join(os.Getenv("PARLEY_DATA"), "stix", "attack", "*18.1*.json"))
	if os.Getenv("PARLEY_DATA") == "" || len(list) == 0 {
		return nil
	}
	raw, err := os.ReadFile(list[0])
	var bundle struct {
		Objects []json.RawMessage `json:"objects"`
	}
	if err != nil || json.Unmarshal(raw, &bundle) != nil {
		return nil
	}
	raw, _ = json.Marshal(bundle)
	return raw
}

// taxiiParley is a node of the program itself, with a gateway on this machine.
func taxiiParley(t *testing.T) collection {
	t.Helper()
	dir := t.TempDir()
	program, home := filepath.Join(dir, "parley"), filepath.Join(dir, "home")
	run := func(name string, args ...string) string {
		t.Helper()
		out, err := exec.Command(name, args...).Output()
		if err != nil {
			t.Fatalf("%s %s: %v", name, args, err)
		}
		return string(out)
	}
	run("go", "build", "-o", program, "parley.example/parley/cmd/parley")
	run(program, "--home", home, "init", "--name", "aster.example", "--title", "Aster", "--body", "cert:technical", "--desk", "")
	listen := freePort(t)
	settings, err := os.OpenFile(filepath.Join(home, "parley.toml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(settings, "\n[gateway]\nlisten = %q\n", listen)
	settings.Close()
	_, token, _ := strings.Cut(run(program, "--home", home, "gateway", "client", "add", "tool", "--tlp", "amber", "--own", "--write"), "token: ")
	var status struct {
		Collections []struct {
			ID       string `json:"id"`
			CanWrite bool   `json:"can_write"`
		}
	}
	if err := json.Unmarshal([]byte(run(program, "--home", home, "--json", "gateway", "status", "--client", "tool")), &status); err != nil {
		t.Fatal(err)
	}
	serve := exec.CommandContext(t.Context(), program, "--home", home, "serve")
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { serve.Process.Kill(); serve.Wait() })
	c := collection{name: "Parley", url: "http://" + listen + "/taxii2/parley/collections/" + status.Collections[0].ID + "/", user: "tool", password: strings.TrimSpace(token), pid: serve.Process.Pid, most: *large}
	for range 1800 {
		if _, err = c.do(http.MethodGet, c.url, nil); err == nil {
			return c
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("the gateway does not answer: %v", err)
	return c
}

// freePort is an address that nobody listened on a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// taxiiPeer starts a server that others wrote.
func taxiiPeer(t *testing.T, python, name string) collection {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), python, filepath.Join("..", "..", "interop", "taxii", "serve_"+name+".py"), t.TempDir(), "tool", "Password0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	var where struct {
		Port       int
		Collection string
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if json.Unmarshal(lines.Bytes(), &where); where.Port > 0 {
			go io.Copy(io.Discard, out) // until it ends
			return collection{name: name, url: fmt.Sprintf("http://127.0.0.1:%d%s", where.Port, where.Collection), user: "tool", password: "Password0", pid: cmd.Process.Pid, most: *large}
		}
	}
	t.Fatalf("%s did not start", name)
	return collection{}
}

// processorOf is the processor time that a process has had, to the hundredth of a second.
func processorOf(pid int) time.Duration {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(raw), ") ") // its name may have blanks
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memoryOf is the resident memory of a process and its highest, in MiB.
func memoryOf(pid int) (now, peak int) {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(line, ":")
		f := strings.Fields(value)
		if len(f) == 0 {
			continue
		}
		n, _ := strconv.Atoi(f[0])
		switch name {
		case "VmRSS":
			now = n >> 10
		case "VmHWM":
			peak = n >> 10
		}
	}
	return now, peak
}
