package node

import (
	"context"
	"strings"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/store/sqldb"
)

// AgreementNote is a text with its lines, as this home holds it: by the beginning
// of its hash or identifier, or by its fingerprint; empty where there is just one.
// Where several texts of one agreement fit, the one in force here is meant.
func (n *Node) AgreementNote(ctx context.Context, name string) ([]byte, error) {
	rows, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) ([]sqldb.Agreement, error) { return tx.Agreements() })
	if err != nil {
		return nil, err
	}
	digits := strings.Join(strings.Fields(name), "")
	found := map[parley.Hash]sqldb.Agreement{} // by identifier
	for _, row := range rows {
		print := strings.ReplaceAll(agreement.Fingerprint(row.Text), " ", "")
		switch {
		case digits != "" && (strings.HasPrefix(row.Text.String(), digits) || print == digits):
			return row.Note, nil
		case strings.HasPrefix(row.Founding.String(), digits):
			if _, ok := found[row.Founding]; !ok || n.inForce(row) {
				found[row.Founding] = row
			}
		}
	}
	for _, row := range found {
		if len(found) == 1 {
			return row.Note, nil
		}
		return nil, parley.E(parley.Invalid, "more than one agreement fits %q", name).WithHint("`parley agreement status` lists them")
	}
	return nil, parley.E(parley.NotFound, "no agreement %q here", name).WithHint("`parley agreement status` lists them")
}

// inForce says whether a text is the one in force for our next entry.
func (n *Node) inForce(row sqldb.Agreement) bool {
	l, err := n.Line(row.Founding.String())
	if err != nil {
		return false
	}
	a, err := l.text()
	return err == nil && a.Hash() == row.Text
}
