package web

import "parley.example/parley/internal/node"

// maxAsked bounds how often a page asks for more, where most of what there is belongs
// to other bodies: what is left then is the next page.
const maxAsked = 40

// mine fills a page with what the officer may see: what belongs to another body is
// passed over, and leaves no gap.
func mine[T any](p Page, ask func(node.ListRequest) ([]T, string, error), sees func(*T) bool) (rows []T, next string, err error) {
	limit := p.Limit
	if limit <= 0 {
		limit = perPage
	}
	rows, next = []T{}, p.After
	for range maxAsked {
		var list []T
		if list, next, err = ask(node.ListRequest{After: next, Limit: limit - len(rows)}); err != nil {
			return nil, "", err
		}
		for i := range list {
			if sees(&list[i]) {
				rows = append(rows, list[i])
			}
		}
		if next == "" || len(rows) >= limit {
			break
		}
	}
	return rows, next, nil
}
