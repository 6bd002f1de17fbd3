package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/agreements"
	"parley.example/parley/clock"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// The parties of the demo are invented.
const (
	demoAster   = "aster.example"
	demoBorea   = "borea.example"
	demoArchive = "archive.example/parley"
)

// demoWorld is two parties and an archive on this machine, each a process of its
// own with a home of its own.
type demoWorld struct {
	dir       string
	trust     string // file: the agreement that all have signed
	agreement *agreement.Signed
	nodes     map[string]*demoNode
	order     []string
}

// demoNode is one of them.
type demoNode struct {
	name   string
	home   node.Home
	desk   string // URL
	card   *agreement.Card
	client *ctl.Client
	cmd    *exec.Cmd
	ended  chan struct{} // closed when the process has ended
}

// newDemoWorld makes the homes, exchanges the cards, and lets both sides sign an
// agreement made from the bilateral template with its phrasebook.
func newDemoWorld(dir string) (*demoWorld, error) {
	template, err := agreements.Template("bilateral")
	if err != nil {
		return nil, err
	}
	phrases, err := agreements.Phrasebook("starter")
	if err != nil {
		return nil, err
	}
	return makeDemoWorld(dir, agreements.WithPhrasebook(template, phrases))
}

// makeDemoWorld is newDemoWorld with a template.
func makeDemoWorld(dir string, template []byte) (*demoWorld, error) {
	w := &demoWorld{dir: dir, nodes: map[string]*demoNode{}, trust: filepath.Join(dir, "agreement.txt")}
	var cards []*agreement.Card
	for _, p := range []struct {
		name, title string
		archive     bool
	}{{demoAster, "Republic of Aster", false}, {demoBorea, "Federation of Borea", false}, {demoArchive, "An independent archive", true}} {
		n, err := w.make(p.name, p.title, p.archive)
		if err != nil {
			return nil, err
		}
		cards = append(cards, n.card)
	}
	a, err := agreement.Parse(agreement.Draft(template, cards...))
	if err != nil {
		return nil, err
	}
	w.agreement = agreement.NewSigned(a)
	for _, name := range []string{demoAster, demoBorea} {
		if err := w.nodes[name].home.SignAgreement(w.agreement); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(w.trust, w.agreement.Note(), 0o644); err != nil {
		return nil, parley.E(parley.Unavailable, "write the agreement: %w", err)
	}
	return w, nil
}

func (w *demoWorld) make(name, title string, archive bool) (*demoNode, error) {
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	s := node.Setup{Name: name, Title: agreement.Texts{"en": title}, Languages: []string{"en"}, Address: ports[0], Archive: archive}
	desk := ports[1]
	if archive {
		desk = ""
	} else {
		s.Calendar = demoCalendar()
		s.Bodies = []node.SetupBody{
			{Name: "cert", Title: agreement.Texts{"en": "National incident response team"}, Roles: []string{"technical"}},
			{Name: "mfa", Title: agreement.Texts{"en": "Ministry of foreign affairs"}, Roles: []string{"diplomatic"}},
		}
	}
	n := &demoNode{name: name, desk: "http://" + desk}
	if n.home, n.card, err = node.Create(filepath.Join(w.dir, folderOf(name)), s, ports[0], desk); err != nil {
		return nil, err
	}
	w.nodes[name] = n
	w.order = append(w.order, name)
	return n, nil
}

// folderOf is the first label of a name.
func folderOf(name string) string {
	for i := range name {
		if name[i] == '.' {
			return name[:i]
		}
	}
	return name
}

// demoCalendar is office hours in UTC for some years.
func demoCalendar() clock.Table {
	year := time.Now().UTC().Year()
	return clock.Table{From: fmt.Sprintf("%d-01-01", year), To: fmt.Sprintf("%d-12-31", year+3),
		Offsets: []clock.Offset{{UTC: "+00:00"}}, Hours: []string{"mon-fri 08:00-18:00"}, Holidays: []string{"01-01"}}
}

// freePorts asks the system for loopback ports that nobody listens on now.
func freePorts(n int) ([]string, error) {
	var list []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, parley.E(parley.Unavailable, "find a free port on loopback: %w", err)
		}
		defer l.Close()
		list = append(list, l.Addr().String())
	}
	return list, nil
}

// start runs one node as a process and waits until it answers.
func (w *demoWorld) start(ctx context.Context, n *demoNode) error {
	self, err := os.Executable()
	if err != nil {
		return parley.E(parley.Internal, "find this program: %w", err)
	}
	log, err := os.OpenFile(n.home.Path("serve.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return parley.E(parley.Unavailable, "open a log: %w", err)
	}
	defer log.Close()
	n.cmd = exec.Command(self, "--home", n.home.Dir, "serve")
	n.cmd.Stdout, n.cmd.Stderr = log, log
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true} // an interrupt is ours to pass on
	if err := n.cmd.Start(); err != nil {
		return parley.E(parley.Unavailable, "start the node of %s: %w", n.name, err)
	}
	n.ended = make(chan struct{})
	go func() { n.cmd.Wait(); close(n.ended) }() // ends with the process
	return n.await(ctx)
}

// await waits until the node answers on its socket.
func (n *demoNode) await(ctx context.Context) error {
	for range 400 {
		client, err := ctl.Dial(ctx, n.home.Path("ctl.sock"))
		if err == nil {
			n.client = client
			return nil
		}
		select {
		case <-n.ended:
			log, _ := os.ReadFile(n.home.Path("serve.log"))
			return parley.E(parley.Unavailable, "the node of %s has ended: %s", n.name, tailOf(log, 300))
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return parley.E(parley.Unavailable, "the node of %s does not answer", n.name)
}

// stop ends the process and waits for it.
func (n *demoNode) stop() {
	if n.cmd == nil || n.cmd.Process == nil {
		return
	}
	n.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-n.ended:
	case <-time.After(10 * time.Second):
		n.cmd.Process.Kill()
		<-n.ended
	}
}

// call asks one node.
func (n *demoNode) call(ctx context.Context, name string, in, out any) error {
	if err := n.client.Call(ctx, name, in, out); err != nil {
		return fmt.Errorf("%s, %s: %w", folderOf(n.name), name, err)
	}
	return nil
}

// run starts all nodes and brings the agreement into force.
func (w *demoWorld) run(ctx context.Context) error {
	for _, name := range w.order {
		if err := w.start(ctx, w.nodes[name]); err != nil {
			return err
		}
		if err := w.nodes[name].call(ctx, "agreement.accept", acceptIn{Notes: [][]byte{w.agreement.Note()}}, nil); err != nil {
			return err
		}
	}
	for {
		var list []node.AgreementStatus
		if err := w.nodes[demoAster].call(ctx, "agreement.list", nil, &list); err != nil {
			return err
		}
		if len(list) == 1 && list[0].State == "in force" {
			return nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

func (w *demoWorld) close() {
	for _, n := range w.nodes {
		n.stop()
	}
}

// pause waits, or says that there is no more time.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return parley.E(parley.Unavailable, "the demo took longer than it may")
		}
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func tailOf(b []byte, n int) string { return string(b[max(0, len(b)-n):]) }
