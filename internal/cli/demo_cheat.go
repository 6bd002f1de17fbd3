package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// cheatResult is what `parley demo --cheat --json` prints.
type cheatResult struct {
	Fork     bool        `json:"fork"`     // found, and the file verifies as a fork
	Verified bool        `json:"verified"` // the same: the file convicts offline
	Evidence string      `json:"evidence"`
	Trust    string      `json:"agreement"` // a file that serves as --trust
	Seconds  float64     `json:"seconds"`   // from the cheat until Aster's node said so
	Homes    orderedText `json:"homes"`
}

// cheat lets Borea rewrite its past: its newest entry is replaced by another, the
// tree is signed again at the same size with Borea's own keys, and sent to Aster.
func (d *demoCmd) cheat(c *Context, ctx context.Context, s *story) error {
	aster, borea := s.w.nodes[demoAster], s.w.nodes[demoBorea]
	borea.stop()
	s.say("Borea stops its node and rewrites its past: what it said last, it never said")
	origin, push, err := rewrite(ctx, s.w, borea)
	if err != nil {
		return err
	}
	client, err := borea.wire(s.w, demoAster)
	if err != nil {
		return err
	}
	begin := time.Now()
	if _, err := client.Push(ctx, push); parley.KindOf(err) != parley.Forbidden || err == nil {
		return parley.E(parley.Untrusted, "Aster took the rewritten past: %v", err)
	}
	r := cheatResult{}
	for r.Evidence == "" {
		var alarms []node.Alarm
		if err := aster.call(ctx, "alarm.list", nil, &alarms); err != nil {
			return err
		}
		for _, a := range alarms {
			if a.Kind == "fork" && a.Subject == string(origin) {
				r.Evidence = a.Evidence
			}
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	r.Seconds = time.Since(begin).Seconds()
	s.say("Aster's desk says so after %.2f s: %s has two histories", r.Seconds, origin)
	file, err := os.ReadFile(r.Evidence)
	if err != nil {
		return parley.E(parley.Unavailable, "read the evidence: %w", err)
	}
	report, err := evidence.Verify(file, evidence.Trust{Agreement: s.w.agreement.Agreement.Hash()})
	r.Fork = err == nil && report.Proven()
	r.Verified = r.Fork && r.Seconds < 1
	d.fill(s, begin)
	r.Homes, r.Trust = s.result.Homes, s.w.trust
	if d.Keep == "" {
		if err := r.leave(file, s.w.agreement.Note()); err != nil {
			return err
		}
	}
	if d.Once {
		d.fleeting(c, s.w.dir)
	}
	if err := c.Data(r, func(w io.Writer) { fmt.Fprintf(w, "fork: proven offline by %s\n", r.Evidence) }); err != nil {
		return err
	}
	if !r.Verified {
		return parley.E(parley.Untrusted, "the fork was not proven in time: %w", err)
	}
	if d.Once {
		return nil
	}
	if err := s.w.start(ctx, borea); err != nil {
		return err
	}
	return d.stay(c, s)
}

// leave puts the two files that an outsider needs where they outlive the demo.
func (r *cheatResult) leave(file, trust []byte) error {
	dir, err := os.MkdirTemp("", "parley-fork-")
	if err != nil {
		return parley.E(parley.Unavailable, "leave the evidence: %w", err)
	}
	r.Evidence, r.Trust = filepath.Join(dir, "fork.evidence"), filepath.Join(dir, "agreement.txt")
	return errors.Join(os.WriteFile(r.Evidence, file, 0o600), os.WriteFile(r.Trust, trust, 0o600))
}

// rewrite makes the push that replaces the newest entry of a party's journal,
// signed with its real keys.
func rewrite(ctx context.Context, w *demoWorld, n *demoNode) (parley.Origin, peer.Push, error) {
	p, _ := w.agreement.Agreement.Party(parley.Party(n.name))
	old, err := readJournal(ctx, n.home, p.Origin)
	if err != nil {
		return "", peer.Push{}, err
	}
	last := uint64(len(old) - 1)
	raw, part, err := otherWords(w.agreement.Agreement, n.home, p)
	if err != nil {
		return "", peer.Push{}, err
	}
	var tree []tlog.Hash
	for i, e := range append(old[:last:last], raw) {
		more, err := tlog.StoredHashes(int64(i), e, hashes(tree))
		if err != nil {
			return "", peer.Push{}, parley.E(parley.Internal, "hash the other past: %w", err)
		}
		tree = append(tree, more...)
	}
	root, err := tlog.TreeHash(int64(last+1), hashes(tree))
	if err != nil {
		return "", peer.Push{}, parley.E(parley.Internal, "hash the other past: %w", err)
	}
	keys, err := n.home.JournalSigners(p.Origin)
	if err != nil {
		return "", peer.Push{}, err
	}
	cp, err := proof.SignCheckpoint(p.Origin, last+1, root, time.Now(), keys...)
	return p.Origin, peer.Push{Note: cp.Note, Parts: [][]byte{part}, Start: last, Entries: [][]byte{raw}}, err
}

// otherWords is an entry that says something else, sealed and signed as it should be.
func otherWords(a *agreement.Agreement, h node.Home, p *agreement.Party) (raw, part []byte, err error) {
	from, to := p.Bodies[0].Name, parley.Body(demoAster+"/cert")
	other, _ := a.Body(to)
	content, err := seal.FormatContent(&seal.Hotline{Text: "Exercise. We never said that."})
	if err != nil {
		return nil, nil, err
	}
	d := seal.Draft{Journal: p.Origin, Agreement: a.ID(), From: from, To: []parley.Body{to}}
	rand.Read(d.Nonce[:])
	recipients, err := seal.ParseRecipients(other.Age, p.Bodies[0].Age)
	if err != nil {
		return nil, nil, err
	}
	r, err := seal.Seal(rand.Reader, d, seal.Message{Kind: parley.KindHotline, Version: 1, Precedence: parley.Routine,
		Marking: a.Handling.Default, Languages: []string{"en"}, Exercise: true, Content: content}, recipients)
	if err != nil {
		return nil, nil, err
	}
	signer, err := h.BodySigner(from)
	if err != nil {
		return nil, nil, err
	}
	raw, err = seal.Sign(r, time.Now(), nil, signer)
	return raw, r.Sealed, err
}

func readJournal(ctx context.Context, h node.Home, o parley.Origin) (raw [][]byte, err error) {
	db, err := sqldb.Open(ctx, h.Path("parley.db"))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	err = db.View(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(o)
		if err != nil {
			return err
		}
		cp, _, err := tx.LatestCheckpoint(j.ID)
		if err != nil {
			return err
		}
		return tx.EachEntry(j.ID, 0, cp.Size, func(e sqldb.Entry) error { raw = append(raw, e.Raw); return nil })
	})
	return raw, err
}

// wire is a connection to another node with this one's TLS key.
func (n *demoNode) wire(w *demoWorld, to string) (*peer.Client, error) {
	own, _, err := n.home.TLS()
	if err != nil {
		return nil, err
	}
	p, _ := w.agreement.Agreement.Party(parley.Party(to))
	return peer.NewClient(p.Address, peer.Transport(own, func() []parley.Hash { return p.TLS })), nil
}

// hashes reads a tree that is in memory.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = h[x]
	}
	return out, nil
}
