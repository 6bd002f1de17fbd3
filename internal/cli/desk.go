package cli

import "context"

// serveDesk opens the desk for officers' browsers, if there is one.
func (h *house) serveDesk(ctx context.Context, start func(func() error)) error {
	return nil
}
