package cli

import (
	"context"
	"os"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/node"
)

// demoResult is what `parley demo --once --json` prints.
type demoResult struct {
	Verified  bool        `json:"verified"` // a full check of every node passed, and the evidence verifies
	Messages  int         `json:"messages"` // sent by people, in both directions
	Receipts  int         `json:"receipts"` // cosignatures and signed receipts that prove what became of them
	Entries   uint64      `json:"entries"`  // in both journals
	LatencyMS latency     `json:"latency_ms"`
	Files     int         `json:"files"` // sent and held by the other side
	Bytes     int64       `json:"bytes"` // octets of these
	Homes     orderedText `json:"homes"` // party: folder, Aster first
	Desks     orderedText `json:"desks"` // party: URL
	Agreement string      `json:"agreement"`
	Evidence  string      `json:"evidence"` // of the acknowledged message
	Seconds   float64     `json:"seconds"`
}

// latency is from send to the stored cosignature of the addressee, for flash.
type latency struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	N   int     `json:"n"`
}

// story lets the parties speak and counts what they said.
type story struct {
	w      *demoWorld
	say    func(format string, args ...any)
	result demoResult
	acked  node.Held // the message that was acknowledged
}

// tell is the whole story; every step returns when both sides know of it.
func (s *story) tell(ctx context.Context, files []string) error {
	for _, step := range []func(context.Context) error{s.acknowledged, s.declined, s.unanswered,
		func(ctx context.Context) error { return s.sendFiles(ctx, files) }, s.gives, s.measure, s.quiet} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// send sends from one to the other and waits until the other has come to a state.
func (s *story) send(ctx context.Context, from string, r node.SendRequest, call, state string) (node.Held, node.Row, error) {
	var h node.Held
	var row node.Row
	r.Now = true
	n := s.w.nodes[from]
	if err := n.call(ctx, call, r, &h); err != nil {
		return h, row, err
	}
	s.result.Messages++
	err := n.call(ctx, "hotline.wait", node.WaitRequest{Nonce: h.Nonce, State: state}, &row)
	return h, row, err
}

func (s *story) acknowledged(ctx context.Context) error {
	h, row, err := s.send(ctx, demoAster, node.SendRequest{To: []string{demoBorea + "/cert"}, Precedence: "flash", Exercise: true,
		Text: "Exercise. Since 08:14 UTC we see connections from your network 198.51.100.0/24 to hosts of a ministry of ours. Please acknowledge."}, "hotline.send", "opened")
	if err != nil {
		return err
	}
	s.acked = h
	s.say("Aster wrote to Borea, %s: %s (Borea's node has signed that it holds and opened it)", row.Short, row.State)
	if err := s.w.nodes[demoBorea].call(ctx, "hotline.ack", node.AnswerRequest{Message: row.ID, Reason: "Received by the duty officer; we are looking."}, nil); err != nil {
		return err
	}
	s.result.Messages++
	if err := s.w.nodes[demoAster].call(ctx, "hotline.wait", node.WaitRequest{Nonce: h.Nonce, State: "acknowledged"}, &row); err != nil {
		return err
	}
	s.say("  a person at Borea acknowledged it, signed; that admits nothing")
	return nil
}

func (s *story) declined(ctx context.Context) error {
	h, row, err := s.send(ctx, demoBorea, node.SendRequest{To: []string{demoAster + "/cert"}, Precedence: "immediate", Exercise: true,
		Text: "Exercise. Please send us full disk images of the twelve hosts."}, "hotline.send", "opened")
	if err != nil {
		return err
	}
	if err := s.w.nodes[demoAster].call(ctx, "hotline.decline", node.AnswerRequest{Message: row.ID, Reason: "Our law does not permit it. Ask by the channel of article 3."}, nil); err != nil {
		return err
	}
	s.result.Messages++
	if err := s.w.nodes[demoBorea].call(ctx, "hotline.wait", node.WaitRequest{Nonce: h.Nonce, State: "declined"}, &row); err != nil {
		return err
	}
	s.say("Borea wrote to Aster, %s: %s, with a reason", row.Short, row.State)
	return nil
}

func (s *story) unanswered(ctx context.Context) error {
	_, row, err := s.send(ctx, demoAster, node.SendRequest{To: []string{demoBorea + "/mfa"}, Precedence: "priority", Exercise: true,
		Text: "Exercise. When can your side meet for the next consultation?"}, "hotline.send", "opened")
	if err != nil {
		return err
	}
	s.say("Aster wrote to Borea's ministry, %s: %s, and nobody answers: `parley prove --unanswered` shows that to an outsider", row.Short, row.State)
	return nil
}

// sendFiles sends each file as a memo of its own, in turn from both sides.
func (s *story) sendFiles(ctx context.Context, files []string) error {
	var last [2]node.Held
	for i, f := range files {
		from, to := demoAster, demoBorea
		if i%2 == 1 {
			from, to = demoBorea, demoAster
		}
		r := node.SendRequest{To: []string{to + "/cert"}, Subject: "For the exercise", Text: "One file.", Files: []node.File{{Path: f}}, Now: true}
		if err := s.w.nodes[from].call(ctx, "file.send", r, &last[i%2]); err != nil {
			return err
		}
		s.result.Messages++
		s.result.Files++
		if i, err := os.Stat(f); err == nil {
			s.result.Bytes += i.Size()
		}
	}
	return nil
}

// measure sends flashes one after the other, each when the one before is delivered.
func (s *story) measure(ctx context.Context) error {
	const n = 40
	var times []time.Duration
	for range n {
		begin := time.Now()
		if _, _, err := s.send(ctx, demoAster, node.SendRequest{To: []string{demoBorea + "/cert"}, Precedence: "flash", Exercise: true,
			Text: "Exercise. Measuring the line."}, "hotline.send", ""); err != nil {
			return err
		}
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	s.result.LatencyMS = latency{P50: ms(times[n/2]), P99: ms(times[n*99/100]), N: n}
	s.say("%d flashes, from send to Borea's stored signature: median %.1f ms, worst %.1f ms", n, s.result.LatencyMS.P50, s.result.LatencyMS.P99)
	return nil
}

// quiet waits until every message is with its addressee, opened, and every file held.
func (s *story) quiet(ctx context.Context) error {
	for {
		done, err := s.settled(ctx)
		if err != nil {
			return err
		}
		if done {
			if s.result.Files > 0 {
				s.say("%d files, sealed, are held by the other side", s.result.Files)
			}
			return nil
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func (s *story) settled(ctx context.Context) (bool, error) {
	for _, name := range []string{demoAster, demoBorea} {
		var lines []node.TargetStatus
		if err := s.w.nodes[name].call(ctx, "line.status", nil, &lines); err != nil {
			return false, err
		}
		for _, l := range lines {
			if l.Cosigned != l.Ours {
				return false, nil
			}
		}
		var list node.List
		if err := s.w.nodes[name].call(ctx, "sent.list", node.ListRequest{Limit: 200}, &list); err != nil {
			return false, err
		}
		for _, r := range list.Rows {
			if r.State == "queued" || r.State == "held back" || r.State == "sequenced" || r.State == "delivered" {
				return false, nil
			}
			held, err := s.filesHeld(ctx, name, r)
			if err != nil || !held {
				return false, err
			}
		}
	}
	return true, nil
}

// filesHeld says whether a receipt of the other side names each attachment.
func (s *story) filesHeld(ctx context.Context, name string, r node.Row) (bool, error) {
	if r.Files == 0 {
		return true, nil
	}
	var v node.View
	if err := s.w.nodes[name].call(ctx, "hotline.show", named{r.Ref}, &v); err != nil {
		return false, err
	}
	held := 0
	for _, step := range v.Steps {
		if step.Says == "held" {
			held++
		}
	}
	return held >= r.Files, nil
}

// verify checks every node whole, makes evidence of one message, and verifies it
// as an outsider would, with nothing but the file and the agreement.
func (s *story) verify(ctx context.Context, file func(name string, b []byte) (string, error)) error {
	s.result.Verified = true
	for _, name := range s.w.order {
		var r node.CheckReport
		if err := s.w.nodes[name].call(ctx, "check", nil, &r); err != nil {
			return err
		}
		if r.Difference != "" || !r.Rebuilt {
			s.result.Verified = false
			s.say("check of %s: %s", folderOf(name), r.Difference)
			continue
		}
		if name == demoAster {
			s.result.Entries = r.Entries
			s.result.Receipts = int(r.Cosignatures)
		}
		s.say("check of %s: %d entries, %d checkpoints, %d cosignatures, %d files: all in order", folderOf(name), r.Entries, r.Checkpoints, r.Cosignatures, r.Blobs)
	}
	return s.evidence(ctx, file)
}

func (s *story) evidence(ctx context.Context, file func(name string, b []byte) (string, error)) error {
	var e node.Evidence
	if err := s.w.nodes[demoAster].call(ctx, "prove", node.ProveRequest{Name: s.acked.Nonce.String(), Reveal: true}, &e); err != nil {
		return err
	}
	var err error
	if s.result.Evidence, err = file("acknowledged.evidence", e.File); err != nil {
		return err
	}
	report, err := evidence.Verify(e.File, evidence.Trust{Agreement: s.w.agreement.Agreement.Hash()})
	if err != nil || !report.Proven() {
		s.result.Verified = false
		return parley.E(parley.Untrusted, "the evidence does not verify: %w", err)
	}
	s.say("evidence of the first message verifies offline against the agreement: %s", s.result.Evidence)
	return nil
}
