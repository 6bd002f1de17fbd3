package node

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"parley.example/parley/internal/store/sqldb"
)

// Finding is one line of `parley doctor`.
type Finding struct {
	Name  string `json:"name"`
	State string `json:"state"` // ok, warn, bad
	Value string `json:"value"`
	Hint  string `json:"hint,omitempty"`
}

// What doctor says of a thing.
const (
	FindingOK   = "ok"
	FindingWarn = "warn"
	FindingBad  = "bad"
)

// DoctorTerms are the settings that doctor measures against.
type DoctorTerms struct {
	BackupWarn time.Duration // 0: never
	Running    bool          // the node serves: lines can be judged
}

// Doctor looks at everything that a person on duty would look at before going
// home: nothing worse than ok means go home.
func (n *Node) Doctor(ctx context.Context, t DoctorTerms) ([]Finding, error) {
	list := []Finding{n.diskFinding()}
	for _, look := range []func(context.Context, DoctorTerms) ([]Finding, error){
		n.lineFindings, n.outboxFindings, n.keyFindings, n.backupFinding, n.checkFinding, n.ruleFindings, n.alarmFindings} {
		more, err := look(ctx, t)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

func (n *Node) diskFinding() Finding {
	used, err := n.disk()
	f := Finding{Name: "disk", State: FindingOK, Value: fmt.Sprintf("%d %% used", used)}
	switch {
	case err != nil:
		f.State, f.Value = FindingBad, err.Error()
	case used >= n.refuse.Text:
		f.State, f.Hint = FindingBad, "only flash is sent and taken now: make room"
	case used >= n.refuse.Blobs:
		f.State, f.Hint = FindingWarn, "attachments are refused now: make room"
	}
	return f
}

func (n *Node) lineFindings(ctx context.Context, t DoctorTerms) ([]Finding, error) {
	status, err := n.LineStatus(ctx)
	if err != nil {
		return nil, err
	}
	var list []Finding
	for _, s := range status {
		f := Finding{Name: "line to " + s.Name, State: FindingOK, Value: fmt.Sprintf("%s; it has signed %d of our %d entries", s.State, s.Cosigned, s.Ours)}
		switch {
		case !t.Running:
			f.Value = fmt.Sprintf("the node does not run; it had signed %d of our %d entries", s.Cosigned, s.Ours)
			f.State, f.Hint = FindingWarn, "`parley serve` runs the node"
		case s.State == StateLeft:
			f.Value = s.Why
		case s.State == "down":
			f.State, f.Hint = FindingBad, s.Why
		case s.Cosigned < s.Ours:
			f.State, f.Hint = FindingWarn, "what it has not signed is not delivered"
		}
		list = append(list, f)
		list = append(list, pastFindings(s)...)
		if t.Running && !s.Heard.IsZero() && s.Role != RoleWitness {
			list = append(list, clockFinding(n, s))
		}
	}
	if len(list) == 0 {
		list = append(list, Finding{Name: "lines", State: FindingWarn, Value: "no agreement in force", Hint: "`parley agreement accept FILE`"})
	}
	for _, l := range n.Lines() {
		if l.journal() != nil && l.journal().Asking() && t.Running {
			list = append(list, Finding{Name: "journal " + string(l.origin()), State: FindingBad, Value: "read-only: not all others have said what they hold of it",
				Hint: "wait for them, or `parley journal resume --override` on an officer's word"})
		}
	}
	return list, nil
}

// pastFindings are the closed journals of ours of which a target lacks something.
func pastFindings(s TargetStatus) (list []Finding) {
	for _, p := range s.Past {
		f := Finding{Name: "closed journal " + string(p.Origin), State: FindingWarn, Value: fmt.Sprintf("%s has signed %d of the %d entries that we hold", s.Name, p.Cosigned, p.Ours),
			Hint: "they are still brought to it; what it has not signed is not delivered"}
		if p.Why != "" {
			f.State, f.Hint = FindingBad, "it takes no more of it ("+p.Why+"): say again what it has not signed"
		}
		list = append(list, f)
	}
	return list
}

func clockFinding(n *Node, s TargetStatus) Finding {
	offset := time.Duration(s.Offset * float64(time.Second)).Round(time.Millisecond)
	f := Finding{Name: "clock of " + s.Name, State: FindingOK, Value: offset.String() + " from ours"}
	if l, err := n.Line(s.Agreement.String()); err == nil {
		if a, err := l.text(); err == nil && offset.Abs() > a.Tolerance() {
			f.State, f.Hint = FindingBad, "compare both clocks with a time server: times will be disputed"
		}
	}
	return f
}

func (n *Node) outboxFindings(ctx context.Context, _ DoctorTerms) ([]Finding, error) {
	waiting, drafts := 0, 0
	var oldest time.Time
	for _, l := range n.Lines() {
		if l.journal() == nil {
			continue
		}
		err := n.db.View(ctx, func(tx *sqldb.Tx) error {
			ready, held, since, err := tx.CountOutbox(l.origin())
			waiting, drafts = waiting+ready, drafts+held
			if ready > 0 && (oldest.IsZero() || since.Before(oldest)) {
				oldest = since
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	f := Finding{Name: "outbox", State: FindingOK, Value: fmt.Sprintf("%d waiting", waiting)}
	if waiting > 0 && n.now().Sub(oldest) > 10*time.Minute {
		f.State, f.Hint = FindingWarn, "the oldest has waited since "+oldest.UTC().Format(time.RFC3339)
	}
	if drafts > 0 {
		f.State, f.Hint, f.Value = FindingWarn, "a second person releases them", f.Value+fmt.Sprintf(", %d without their second signature", drafts)
	}
	return []Finding{f}, nil
}

// keyFindings shows how old the keys are, by their files.
func (n *Node) keyFindings(context.Context, DoctorTerms) ([]Finding, error) {
	const old = 2 * 365 * 24 * time.Hour
	i, err := os.Stat(n.home.Path("keys", "tls.key"))
	if err != nil {
		return []Finding{{Name: "keys", State: FindingBad, Value: "keys/tls.key cannot be read", Hint: "put it back from where you keep it"}}, nil
	}
	age := n.now().Sub(i.ModTime())
	f := Finding{Name: "keys", State: FindingOK, Value: "made " + daysAgo(age)}
	if age > old {
		f.State, f.Hint = FindingWarn, "rotate them: `parley help operate`, chapter \"Keys\""
	}
	return []Finding{f}, nil
}

func (n *Node) backupFinding(ctx context.Context, t DoctorTerms) ([]Finding, error) {
	at, err := n.LastBackup(ctx)
	if err != nil {
		return nil, err
	}
	ok := !at.IsZero()
	f := Finding{Name: "backup", State: FindingOK, Value: "never"}
	if ok {
		f.Value = fmt.Sprintf("%s ago", n.now().Sub(at).Round(time.Minute))
	}
	if t.BackupWarn > 0 && (!ok || n.now().Sub(at) > t.BackupWarn) {
		f.State, f.Hint = FindingWarn, "`parley backup` makes one while the node runs"
	}
	return []Finding{f}, nil
}

func (n *Node) alarmFindings(ctx context.Context, _ DoctorTerms) ([]Finding, error) {
	alarms, err := n.Alarms(ctx, false)
	if err != nil {
		return nil, err
	}
	if len(alarms) == 0 {
		return []Finding{{Name: "alarms", State: FindingOK, Value: "none"}}, nil
	}
	var list []Finding
	for _, a := range alarms {
		what, rest, _ := strings.Cut(a.Text, "; ")
		list = append(list, Finding{Name: "alarm " + a.Kind, State: FindingBad, Value: a.Subject + ": " + what, Hint: rest})
	}
	return list, nil
}

// daysAgo is an age in whole days.
func daysAgo(age time.Duration) string {
	switch days := int(age.Hours() / 24); days {
	case 0:
		return "today"
	case 1:
		return "1 day ago"
	default:
		return fmt.Sprintf("%d days ago", days)
	}
}
