package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/officer"
)

// demoCmd runs the demo.
type demoCmd struct {
	Once    bool   `help:"Run without pause, verify, and end: exit 0 only if a full check of every node passed."`
	Keep    string `placeholder:"DIR" help:"Keep the homes in this folder; it must be empty or not there."`
	Dispute bool   `help:"Half a year of requests under a clock of its own: what each side says, and the one table that an auditor reads off both sides' files."`
	Cheat   bool   `help:"Borea rewrites its past; Aster's desk says so, and the file that convicts is left."`
}

// demoTime is how long the story may take.
const demoTime = 55 * time.Second

// Run runs the demo; without --once until it is interrupted.
func (d *demoCmd) Run(c *Context) error {
	if d.Dispute {
		if d.Cheat {
			return usage(parley.E(parley.Invalid, "--dispute and --cheat are two stories: want one of them"))
		}
		return d.dispute(c)
	}
	begin := time.Now()
	dir, end, err := d.folder()
	if err != nil {
		return err
	}
	defer end()
	voice := c.Voice
	say := func(format string, args ...any) { fmt.Fprintf(voice, format+"\n", args...) }
	say("Two invented parties and an archive, on this machine only: %s", dir)
	w, err := newDemoWorld(dir)
	if err != nil {
		return err
	}
	defer w.close()
	ctx, cancel := context.WithTimeout(c, demoTime)
	defer cancel()
	if err := w.run(ctx); err != nil {
		return err
	}
	say("Aster and Borea have signed an agreement; it is in force. Its fingerprint, read aloud: %s", w.agreement.Agreement.Fingerprint())
	files, err := demoFiles(dir)
	if err != nil {
		return err
	}
	s := &story{w: w, say: say}
	if err := s.tell(ctx, files); err != nil {
		return err
	}
	if err := s.verify(ctx, func(name string, b []byte) (string, error) {
		path := filepath.Join(dir, name)
		return path, os.WriteFile(path, b, 0o600)
	}); err != nil {
		return err
	}
	if d.Cheat {
		return d.cheat(c, ctx, s)
	}
	d.fill(s, begin)
	if d.Once {
		return d.report(c, dir, s.result)
	}
	cancel()
	return d.stay(c, s)
}

// folder makes the folder of the homes, and says how it ends.
func (d *demoCmd) folder() (dir string, end func(), err error) {
	if d.Keep == "" {
		dir, err = os.MkdirTemp("", "parley-demo-")
		return dir, func() { os.RemoveAll(dir) }, err
	}
	if dir, err = filepath.Abs(d.Keep); err != nil {
		return "", nil, usage(err)
	}
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		return "", nil, usage(parley.E(parley.Conflict, "%s is not empty: want a new folder", d.Keep))
	}
	return dir, func() {}, os.MkdirAll(dir, 0o700)
}

func (d *demoCmd) fill(s *story, begin time.Time) {
	r := &s.result
	r.Seconds = time.Since(begin).Seconds()
	r.Agreement = s.w.trust
	for _, name := range s.w.order {
		n := s.w.nodes[name]
		r.Homes = append(r.Homes, [2]string{name, n.home.Dir})
		if n.name != demoArchive {
			r.Desks = append(r.Desks, [2]string{name, n.desk})
		}
	}
}

// fleeting says, of a demo that ends by itself, that the folder goes with it: what
// the result names in it is where it was.
func (d *demoCmd) fleeting(c *Context, dir string) {
	if d.Keep == "" {
		c.Hint("%s, with the homes and files in it, is removed at the end; --keep DIR keeps them", dir)
	}
}

func (d *demoCmd) report(c *Context, dir string, r demoResult) error {
	d.fleeting(c, dir)
	err := c.Data(r, func(w io.Writer) {
		fmt.Fprintf(w, "verified %v: %d messages, %d receipts, %d entries, in %.1f s\n", r.Verified, r.Messages, r.Receipts, r.Entries, r.Seconds)
		if d.Keep != "" {
			fmt.Fprintf(w, "homes and evidence are in %s\n", d.Keep)
		}
	})
	if err == nil && !r.Verified {
		err = parley.E(parley.Untrusted, "not everything was in order")
	}
	return err
}

// stay keeps the nodes up for a person to try things, until interrupted.
func (d *demoCmd) stay(c *Context, s *story) error {
	const passphrase = "open the line for the exercise"
	for _, name := range []string{demoAster, demoBorea} {
		in := officer.AddRequest{Name: "duty", Passphrase: passphrase, Bodies: []string{name + "/cert", name + "/mfa"},
			Roles: []string{"send", "release", "override", "admin"}}
		if err := s.w.nodes[name].call(c, "officer.add", in, nil); err != nil {
			return err
		}
	}
	self, _ := os.Executable()
	aster, borea := s.w.nodes[demoAster], s.w.nodes[demoBorea]
	fmt.Fprintf(c.Out, `
The desks, for officer "duty" with the passphrase "%s":
  Aster  %s
  Borea  %s

Five things to try:
  1. Write a flash on one desk and watch it arrive on the other; acknowledge it.
  2. Write with precedence routine, and undo it within ten seconds.
  3. Kill Borea's node (kill %d), write to it from Aster, see what Aster's line says,
     and start it again:  %s --home %s serve
  4. See who has signed what:  %s --home %s line status
  5. Prove a message to an outsider, change one byte of the file, and verify again:
     %s --home %s prove aster/1 -o /tmp/message.evidence
     %s verify /tmp/message.evidence --trust %s

Interrupt (Ctrl-C) ends the demo.
`, passphrase, aster.desk, borea.desk, borea.cmd.Process.Pid, self, borea.home.Dir, self, aster.home.Dir, self, aster.home.Dir, self, s.w.trust)
	<-c.Done()
	if errors.Is(c.Err(), context.Canceled) {
		return nil
	}
	return c.Err()
}

// orderedText is a JSON object whose keys keep their order.
type orderedText [][2]string

// MarshalJSON implements json.Marshaler.
func (o orderedText) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, kv := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, s := range kv {
			t, err := json.Marshal(s)
			if err != nil {
				return nil, err
			}
			b.Write(t)
			if j == 0 {
				b.WriteByte(':')
			}
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
