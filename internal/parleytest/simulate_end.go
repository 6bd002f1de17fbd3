package parleytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/store/sqldb"
)

// end lets the faults end, waits until everybody has come to rest, and demands
// what must hold then.
func (s *simulation) end(ctx context.Context) error {
	s.note("the faults end")
	c := s.circle
	c.Net.Calm()
	list := s.everybody()
	if s.cheat != nil {
		list = append(list, s.cheat.active)
		s.cheat.lies = false
	}
	for _, m := range list {
		if m.DB != nil {
			m.DB.SetFault(nil)
		}
		m.Skew, m.Full = 0, 0
		if m.Crashed() {
			if err := m.Stop(); err != nil {
				return err
			}
		}
		if err := s.up(m); err != nil {
			return err
		}
	}
	c.Net.Flush()
	if err := s.recover(ctx); err != nil {
		return err
	}
	if err := s.rest(ctx, list); err != nil {
		return err
	}
	if err := c.Check(ctx); err != nil {
		return err
	}
	if err := s.count(ctx); err != nil {
		return err
	}
	if err := errors.Join(s.neverLost(ctx), s.convicted(ctx), s.reviewed(ctx, list)); err != nil {
		return errors.Join(err, s.lines(ctx))
	}
	return nil
}

// reviewed: once everybody has asked the others for the cosignatures that it lacks,
// all who keep to the rules print the same reviews.
func (s *simulation) reviewed(ctx context.Context, list []*Member) error {
	for range 3 {
		s.circle.Clock.Advance(25 * time.Second)
		for _, m := range list {
			if err := m.Step(ctx); err != nil && (s.cheat == nil || m != s.cheat.active) {
				return err
			}
		}
	}
	return s.circle.SameReview(ctx, s.cheating())
}

// count counts the entries of all who keep to the rules.
func (s *simulation) count(ctx context.Context) error {
	for _, m := range s.parties {
		size, err := sqldb.Read(ctx, m.DB, func(tx *sqldb.Tx) (uint64, error) {
			list, err := origins(tx, parley.Party(m.Name))
			all := uint64(0)
			for _, j := range list {
				n, bad := cosignedSize(tx, j.Origin)
				all, err = all+n, errors.Join(err, bad)
			}
			return all, err
		})
		if err != nil {
			return err
		}
		s.report.Entries += int(size)
	}
	return nil
}

// rest steps everybody until all hold the same; more than this many rounds is a
// node that is wedged.
func (s *simulation) rest(ctx context.Context, list []*Member) error {
	var why string
	least := 1
	if s.cheat != nil {
		least = 14 // five minutes: whoever waits longest to try again has looked at what the cheat shows
	}
	for i := range 60 {
		s.circle.Clock.Advance(25 * time.Second)
		for _, m := range list {
			if err := m.Step(ctx); err != nil {
				if s.cheat != nil && m == s.cheat.active {
					continue
				}
				return fmt.Errorf("wedged: with no fault left, %s: %w", m.Name, err)
			}
		}
		if i < least {
			continue
		}
		var err error
		if why, err = s.circle.Converged(ctx, s.cheating()); err != nil || why == "" {
			return err
		}
	}
	return errors.Join(fmt.Errorf("never at rest: %s", why), s.lines(ctx))
}

// lines says how everybody sees their lines, for the report of a failure.
func (s *simulation) lines(ctx context.Context) error {
	var b strings.Builder
	for _, m := range s.everybody() {
		list, err := m.Node.LineStatus(ctx)
		if err != nil {
			return err
		}
		for _, t := range list {
			fmt.Fprintf(&b, "\n%s to %s: %s, asking %v, ours %d, cosigned %d, theirs %d: %s", m.Name, t.Name, t.State, t.Asking, t.Ours, t.Cosigned, t.Theirs, t.Why)
		}
	}
	return errors.New(b.String())
}

// cheating is the party that breaks the rules; nothing is promised about its journal.
func (s *simulation) cheating() map[string]bool {
	if s.cheat == nil {
		return nil
	}
	return map[string]bool{s.cheat.name: true}
}

// neverLost: what a node called durable is in its journal, is delivered to all who
// keep to the rules, and says there what was written.
func (s *simulation) neverLost(ctx context.Context) error {
	var errs []error
	for i, x := range s.sent {
		if err := s.arrived(ctx, x); err != nil {
			errs = append(errs, fmt.Errorf("message %d (%s) of %s to %v: %w", i, x.nonce.String()[:8], x.by.Name, x.request.To, err))
		}
	}
	return errors.Join(errs...)
}

func (s *simulation) arrived(ctx context.Context, x *sent) error {
	m, err := x.by.Node.Message(ctx, x.nonce.String())
	if err != nil {
		if parley.KindOf(err) != parley.NotFound {
			return err
		}
		if x.durable && x.mayBeLost && !x.undone {
			s.report.Lost++
		}
		if x.durable && !x.undone && !x.mayBeLost {
			return fmt.Errorf("lost: %w", err)
		}
		return nil
	}
	if x.undone {
		return errors.New("was taken back, and was sent")
	}
	to := map[parley.Party]bool{}
	for _, b := range m.To {
		to[b.Party()] = true
	}
	for p := range to {
		at := s.circle.Nodes[string(p)]
		if s.cheat != nil && string(p) == s.cheat.name {
			continue
		}
		if err := s.read(ctx, at, x, m.Ref); err != nil {
			return fmt.Errorf("at %s: %w", at.Name, err)
		}
	}
	return nil
}

// read compares what arrived with what was written.
func (s *simulation) read(ctx context.Context, at *Member, x *sent, ref string) error {
	got, err := at.Node.Message(ctx, ref)
	if err != nil {
		return fmt.Errorf("not delivered: %w", err)
	}
	if !got.Readable {
		if x.mayBeGone {
			return nil
		}
		return fmt.Errorf("delivered, and cannot be read: %s", got.Why)
	}
	files := got.Files
	text := got.Text
	if len(files) > 0 && files[0].Name == "message.txt" {
		whole, err := fileOf(ctx, at.Node, ref, 0)
		if err != nil {
			return s.unlessBack(x, fmt.Errorf("its text: %w", err))
		}
		text, files = string(whole), files[1:]
	}
	if x.form != nil {
		if text = x.request.Text; got.Kind != x.form.Kind || got.Step != x.form.Step || !strings.Contains(string(got.Content), text) {
			return fmt.Errorf("forged: it is a %s.%s that says %.200q", got.Kind, got.Step, got.Content)
		}
	}
	if text != x.request.Text {
		return fmt.Errorf("forged: it says %.40q", text)
	}
	if (len(files) > 0) != (x.file != nil) {
		return fmt.Errorf("%d files arrived", len(files))
	}
	if x.file == nil {
		return nil
	}
	whole, err := fileOf(ctx, at.Node, ref, len(got.Files)-1)
	if err != nil {
		return s.unlessBack(x, fmt.Errorf("its file: %w", err))
	}
	if !bytes.Equal(whole, x.file) {
		return errors.New("forged: another file arrived")
	}
	return nil
}

// unlessBack: attachments are in their author's home and at the addressees only;
// with an older copy of the author's home they may be gone.
func (s *simulation) unlessBack(x *sent, err error) error {
	if x.backed {
		return nil
	}
	return err
}

func fileOf(ctx context.Context, n *node.Node, ref string, number int) ([]byte, error) {
	_, r, err := n.File(ctx, ref, number)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
