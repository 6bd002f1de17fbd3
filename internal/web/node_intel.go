package web

import (
	"bytes"
	"context"
	"encoding/json"

	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
	"parley.example/parley/internal/stix"
)

// Intel implements Knowing.
func (d *OnNode) Intel(ctx context.Context, _ officer.Officer, q node.IntelQuery) (node.IntelPage, error) {
	if q.MaxTLP == "" {
		q.MaxTLP = stix.AmberStrict.String()
	}
	return d.Node.FindIntel(ctx, q)
}

// SeenIntel implements Knowing.
func (d *OnNode) SeenIntel(ctx context.Context, _ officer.Officer, upto uint64) error {
	return d.Node.SeeIntel(ctx, upto)
}

// Quarantine implements Knowing.
func (d *OnNode) Quarantine(ctx context.Context, _ officer.Officer, before int64, limit int) ([]intel.Detained, error) {
	return d.Node.Intel().Quarantine(ctx, before, limit)
}

// inLines spreads JSON over lines for people; what is none stays as it is.
func inLines(raw []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}
