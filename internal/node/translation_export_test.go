package node

import "context"

// Utter sends what no use case would, for tests of what a dishonest node can say.
func (l *Line) Utter(ctx context.Context, m Outbound) (Held, error) { return l.send(ctx, m) }
