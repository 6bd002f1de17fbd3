package cli

import (
	"context"
	"maps"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// named is the input of calls that are about one thing.
type named struct {
	Name string `json:"name"`
}

// table is every call that a node answers, by name: one line each.
func (h *house) table() ctl.Table {
	n := h.node
	lists := node.NewLists(n, h.register)
	t := ctl.Table{
		"agreement.accept": ctl.Handle(func(ctx context.Context, in acceptIn) (node.AgreementStatus, error) {
			return n.AcceptAll(ctx, in.Notes)
		}),
		"agreement.replaced": ctl.Handle(func(ctx context.Context, in named) ([]node.Replaced, error) { return n.ReplacedSince(ctx, in.Name) }),
		"agreement.notice":   ctl.Handle(n.GiveNotice),
		"agreement.note": ctl.Handle(func(ctx context.Context, in named) (noteOut, error) {
			note, err := n.AgreementNote(ctx, in.Name)
			return noteOut{Note: note}, err
		}),
		"agreement.list": ctl.Handle(func(ctx context.Context, _ ctl.None) ([]node.AgreementStatus, error) { return n.Agreements(ctx) }),

		"keys.list":          ctl.Handle(func(ctx context.Context, in named) ([]node.KeyStatus, error) { return n.Keys(ctx, in.Name) }),
		"keys.rotate-tls":    ctl.Handle(func(ctx context.Context, _ ctl.None) (node.RotatedTLS, error) { return n.RotateTLS(ctx) }),
		"keys.rotate-mirror": ctl.Handle(h.rotateMirror),
		"keys.rotate":        ctl.Handle(n.Rotate),
		"keys.lost":          ctl.Handle(func(ctx context.Context, in named) (node.ReplacementText, error) { return n.LoseIdentity(ctx, in.Name) }),
		"keys.forget":        ctl.Handle(func(ctx context.Context, in named) (node.Forgotten, error) { return n.ForgetAge(ctx, in.Name) }),
		"keys.put":           ctl.Handle(n.ReplaceIdentity),

		"hotline.send": ctl.Handle(n.SendHotline),
		"hotline.list": ctl.Handle(lists.Hotline),
		"hotline.show": ctl.Handle(func(ctx context.Context, in shownIn) (node.View, error) {
			return lists.Show(ctx, in.Name, in.Languages...)
		}),
		"hotline.wait": ctl.Handle(lists.Wait),
		"inbox.list":   ctl.Handle(lists.Inbox),
		"sent.list":    ctl.Handle(lists.Sent),
		"thread.show": ctl.Handle(func(ctx context.Context, in shownIn) ([]node.View, error) {
			return lists.Thread(ctx, in.Name, in.Languages...)
		}),
		"hotline.ack":     ctl.Handle(n.Acknowledge),
		"hotline.decline": ctl.Handle(n.Decline),
		"hotline.seen":    ctl.Handle(n.Seen),
		"file.send":       ctl.Handle(n.SendMemo),
		"file.get":        ctl.Handle(h.fileGet),
		"prove":           ctl.Handle(n.Prove),
		"message.erase":   ctl.Handle(n.Erase),
		"retention.due":   ctl.Handle(func(ctx context.Context, _ ctl.None) ([]node.Retained, error) { return n.RetentionDue(ctx) }),
		"message.undo":    ctl.Handle(h.undo),
		"message.release": ctl.Handle(h.release),

		"line.status":     ctl.Handle(func(ctx context.Context, _ ctl.None) ([]node.TargetStatus, error) { return n.LineStatus(ctx) }),
		"pouch.pack":      ctl.Handle(n.PackPouch),
		"pouch.open":      ctl.Handle(n.OpenPouches),
		"journal.export":  ctl.Handle(h.export),
		"journal.resume":  ctl.Handle(h.resume),
		"journal.succeed": ctl.Handle(n.Succeed),
		"alarm.list":      ctl.Handle(func(ctx context.Context, in alarmIn) ([]node.Alarm, error) { return n.Alarms(ctx, in.All) }),
		"alarm.settle":    ctl.Handle(h.settle),
		"check":           ctl.Handle(h.check),

		"backup": ctl.Handle(h.backup),
		"doctor": ctl.Handle(h.doctor),

		"officer.add":        ctl.Handle(h.officerAdd),
		"officer.list":       ctl.Handle(h.officers.List),
		"officer.remove":     ctl.Handle(h.officers.Remove),
		"officer.passphrase": ctl.Handle(h.officers.SetPassphrase),
		"watch.take":         ctl.Handle(h.watch.Take),
		"watch.hand-over":    ctl.Handle(h.watch.HandOver),
		"watch.end":          ctl.Handle(h.watch.End),
		"watch.status":       ctl.Handle(h.watch.Status),
		"alert.list":         ctl.Handle(h.alerts.List),
		"alert.test":         ctl.Handle(h.alertTest),
	}
	for _, noun := range h.nouns(lists) {
		maps.Copy(t, noun)
	}
	return t
}

// nouns are the tables of the kinds with forms: each stands in its noun's file.
func (h *house) nouns(lists *node.Lists) []ctl.Table {
	return []ctl.Table{
		h.contactTable(),
		h.gatewayTable(),
		h.feedTable(),
		h.formTable(),
		h.requestTable(),
		h.reportTable(lists),
		h.checkTable(),
		h.callTable(lists),
		h.attendTable(),
		h.intelTable(),
		reviewTable(h),
	}
}

type acceptIn struct {
	Notes [][]byte `json:"notes"` // texts that build on one another, in any order
}

type noteOut struct {
	Note []byte `json:"note"`
}

type alarmIn struct {
	All bool `json:"all"`
}

type resumeIn struct {
	Agreement string `json:"agreement"`
	Officer   string `json:"officer"` // who decides, where nobody answers
	Override  bool   `json:"override"`
}

// resume lets a journal speak on an officer's word, or says whom it waits for.
func (h *house) resume(ctx context.Context, in resumeIn) ([]node.TargetStatus, error) {
	l, err := h.node.Line(in.Agreement)
	if err != nil {
		return nil, err
	}
	if in.Override {
		if err := h.mayOverride(ctx, in.Officer); err != nil {
			return nil, err
		}
		if err := l.Override(ctx, in.Officer); err != nil {
			return nil, err
		}
	}
	return h.node.LineStatus(ctx)
}

func (h *house) undo(ctx context.Context, in named) (ctl.None, error) {
	nonce, err := parley.ParseNonce(in.Name)
	if err != nil {
		return ctl.None{}, err
	}
	return ctl.None{}, h.node.Undo(ctx, nonce)
}
