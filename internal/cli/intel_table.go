package cli

import (
	"context"

	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
)

// intelSourceOut is a source as a list shows it.
type intelSourceOut struct {
	intel.Source
	Agreement string `json:"agreement,omitempty"`
}

// intelTable are the calls of intelligence.
func (h *house) intelTable() ctl.Table {
	n := h.node
	return ctl.Table{
		"intel.import":   ctl.Handle(h.intelImport),
		"intel.progress": ctl.Handle(h.intelProgress),
		"intel.find":     ctl.Handle(n.FindIntel),
		"intel.original": ctl.Handle(func(ctx context.Context, in intelNumber) ([]byte, error) { return h.intel.Original(ctx, in.Number) }),
		"intel.seen": ctl.Handle(func(ctx context.Context, in intelSeenIn) (ctl.None, error) {
			return ctl.None{}, n.SeeIntel(ctx, in.Upto)
		}),
		"intel.export":   ctl.Handle(h.intelExport),
		"intel.send":     ctl.Handle(n.SendIntel),
		"intel.recall":   ctl.Handle(n.Recall),
		"intel.sighting": ctl.Handle(n.ReportSighting),
		"intel.sources": ctl.Handle(func(ctx context.Context, _ ctl.None) ([]intelSourceOut, error) {
			list, err := n.IntelSources(ctx)
			out := make([]intelSourceOut, 0, len(list))
			for _, s := range list {
				one := intelSourceOut{Source: s}
				if s.Direction != intel.Own {
					one.Agreement = s.Agreement.String()
				}
				out = append(out, one)
			}
			return out, err
		}),
		"intel.rule.add":  ctl.Handle(n.AddIntelRule),
		"intel.rule.list": ctl.Handle(func(ctx context.Context, _ ctl.None) ([]node.IntelRule, error) { return n.IntelRules(ctx) }),
		"intel.rule.pause": ctl.Handle(func(ctx context.Context, in intelPauseIn) (ctl.None, error) {
			return ctl.None{}, n.PauseIntelRule(ctx, in.Name, in.Paused)
		}),
		"intel.rule.remove": ctl.Handle(func(ctx context.Context, in named) (ctl.None, error) {
			return ctl.None{}, n.RemoveIntelRule(ctx, in.Name)
		}),
		"intel.quarantine.list": ctl.Handle(func(ctx context.Context, in quarantineIn) ([]intel.Detained, error) {
			return n.Intel().Quarantine(ctx, in.Before, min(max(in.Limit, 1), 1000))
		}),
		"intel.quarantine.show": ctl.Handle(func(ctx context.Context, in quarantineIn) (quarantineShown, error) {
			d, err := n.Intel().Detained(ctx, in.Number)
			return quarantineShown{d, d.Raw}, err
		}),
		"intel.quarantine.release": ctl.Handle(func(ctx context.Context, in quarantineIn) (intel.Line, error) {
			return n.Intel().Release(ctx, in.Number)
		}),
		"intel.quarantine.drop": ctl.Handle(func(ctx context.Context, in quarantineIn) (ctl.None, error) {
			return ctl.None{}, n.Intel().Drop(ctx, in.Number)
		}),
	}
}
