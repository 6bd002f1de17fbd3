package cli

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// lineCmd is about the lines to counterparts, archives and witnesses.
type lineCmd struct {
	Status lineStatus `cmd:"" help:"Show every line: up or not, how far each side has signed, the clocks."`
	Alarms lineAlarms `cmd:"" help:"Show the alarms that stand: what happened, what still works, the way back."`
	Settle lineSettle `cmd:"" help:"End an alarm that the facts do not end, by an officer's decision that stays on the record."`
}

type lineStatus struct{}

func (lineStatus) Run(c *Context) error {
	targets := []node.TargetStatus{}
	err := c.node(func(n ctl.Caller) error {
		if _, serving := n.(*ctl.Client); !serving {
			c.Say("no node serves this home: what is shown is what was signed when it last did")
		}
		return n.Call(c, "line.status", ctl.None{}, &targets)
	})
	if err != nil {
		return err
	}
	return c.Data(targets, func(w io.Writer) {
		rows := make([][]string, 0, len(targets))
		for _, t := range targets {
			state := t.State
			if t.Asking {
				state += ", not asked yet"
			}
			rows = append(rows, []string{t.Name, t.Role, state, fmt.Sprintf("%d of %d", t.Cosigned, t.Ours),
				strconv.FormatUint(t.Theirs, 10), stamp(t.Heard), offset(t), t.Title + " " + t.Agreement.String()[:8]})
		}
		columns(w, []string{"WITH", "AS", "STATE", "SIGNED OF OURS", "HELD OF THEIRS", "HEARD (UTC)", "CLOCK", "AGREEMENT"}, rows)
		for _, t := range targets {
			if t.Why != "" {
				fmt.Fprintf(w, "%s: %s\n", printable(t.Name), printable(t.Why))
			}
			for _, p := range t.Past {
				fmt.Fprintf(w, "%s: of our closed journal %s it has signed %d of %d; %s\n", printable(t.Name), p.Origin, p.Cosigned, p.Ours, pastState(p))
			}
		}
	})
}

// pastState says what happens to the end of a closed journal.
func pastState(p node.PastStatus) string {
	if p.Why != "" {
		return "it takes no more: " + printable(p.Why)
	}
	return "the rest is still brought to it"
}

// offset is the counterpart's clock beside ours.
func offset(t node.TargetStatus) string {
	if t.Heard.IsZero() {
		return "-"
	}
	return time.Duration(t.Offset * float64(time.Second)).Round(time.Millisecond).String()
}
