package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

// doctorCmd is one screen: exit 0 means that you may go home.
type doctorCmd struct {
	Stopped bool `help:"The node is meant to be stopped, as for maintenance: that it does not serve is no finding for tonight."`
}

type doctorIn struct {
	Stopped bool `json:"stopped"`
}

func (d *doctorCmd) Run(c *Context) error {
	found := []node.Finding{}
	if err := c.Call("doctor", doctorIn{d.Stopped}, &found); err != nil {
		return err
	}
	if err := c.Data(found, func(w io.Writer) { findingTable(w, found) }); err != nil {
		return err
	}
	bad := 0
	for _, f := range found {
		if f.State == node.FindingBad {
			bad++
		}
	}
	if bad > 0 {
		return parley.E(parley.Unavailable, "%s for tonight", count(bad, "finding")).WithHint("the handbook: parley help operate")
	}
	return nil
}

func findingTable(w io.Writer, found []node.Finding) {
	rows := make([][]string, 0, len(found))
	for _, f := range found {
		value := f.Value
		if f.Hint != "" {
			value += " (" + f.Hint + ")"
		}
		rows = append(rows, []string{f.State, f.Name, value})
	}
	columns(w, []string{"", "WHAT", "HOW"}, rows)
}

// serves says whether a node answers counterparts now: nobody goes home from one that
// does not.
func (h *house) serves(meant bool) node.Finding {
	switch {
	case h.serving:
		return node.Finding{Name: "node", State: node.FindingOK, Value: "serves"}
	case meant:
		return node.Finding{Name: "node", State: node.FindingWarn, Value: "stopped, as was said", Hint: "counterparts cannot deliver until it serves"}
	}
	return node.Finding{Name: "node", State: node.FindingBad, Value: "does not serve: nothing is delivered, and nobody is woken",
		Hint: "`parley serve` runs it; `parley doctor --stopped` where it is meant to be stopped"}
}

// unreachedAfter is how long an alert may stay without a channel that took it.
const unreachedAfter = 2 * time.Minute

// doctor adds to the node's findings what only the house knows: the alerts, the feeds.
func (h *house) doctor(ctx context.Context, in doctorIn) ([]node.Finding, error) {
	found, err := h.node.Doctor(ctx, node.DoctorTerms{BackupWarn: time.Duration(h.settings.Backup.WarnAfter), Running: h.serving})
	if err != nil {
		return nil, err
	}
	found = append([]node.Finding{h.serves(in.Stopped)}, found...)
	failing, err := h.alerts.Failing(ctx)
	if err != nil {
		return nil, err
	}
	unreached, err := h.alerts.Unreached(ctx, time.Now(), unreachedAfter)
	if err != nil {
		return nil, err
	}
	feeds, err := h.feedFindings(ctx)
	if err != nil {
		return nil, err
	}
	found = append(found, feeds...)
	for _, b := range failing {
		found = append(found, node.Finding{Name: "alert channel " + b.Channel, State: node.FindingBad,
			Value: fmt.Sprintf("has failed since %s UTC: %s", stamp(b.Since), b.Error), Hint: "repair it, then `parley alert test " + b.Channel + "`"})
	}
	a := h.settings.Alert
	switch channels := len(a.SMTP) + len(a.Webhook) + len(a.Exec); {
	case len(unreached) > 0:
		found = append(found, node.Finding{Name: "alerts", State: node.FindingBad, Value: fmt.Sprintf("%d have reached nobody", len(unreached)),
			Hint: "`parley alert list` shows why; `parley alert test` after the repair"})
	case channels == 0:
		found = append(found, node.Finding{Name: "alerts", State: node.FindingWarn, Value: "no channel is set up: nobody is woken", Hint: "`parley help config`"})
	case len(failing) == 0:
		found = append(found, node.Finding{Name: "alerts", State: node.FindingOK, Value: count(channels, "channel")})
	}
	return append(found, node.Finding{Name: "version", State: node.FindingOK, Value: version()}), nil
}
