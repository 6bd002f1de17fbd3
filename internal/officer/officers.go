package officer

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Store keeps officers and their sessions. Each method is one durable transaction.
type Store interface {
	// AddOfficer is Conflict where the name is taken.
	AddOfficer(ctx context.Context, row sqldb.OfficerRow) error
	// Officers lists them by name.
	Officers(ctx context.Context) ([]sqldb.OfficerRow, error)
	// Officer is NotFound where there is none.
	Officer(ctx context.Context, name string) (sqldb.OfficerRow, error)
	// SetOfficerPassphrase ends the officer's sessions in the same transaction.
	SetOfficerPassphrase(ctx context.Context, name, stored string) error
	// RemoveOfficer removes the officer and their sessions, and ends their turns of watch at the instant.
	RemoveOfficer(ctx context.Context, name string, at int64) error
	SessionStore
	ActStore
}

// Officers are the people of one node. Safe for concurrent use.
type Officers struct {
	store Store
	now   func() time.Time
	cost  Cost
	decoy string              // hashed where the name is unknown, so that both answers take as long
	turns *semaphore.Weighted // one argon2id at a time: memory stays bounded
}

// Option changes how New makes Officers.
type Option func(*Officers)

// WithCost replaces DefaultCost. Stored passphrases keep the cost they were made with.
func WithCost(c Cost) Option { return func(o *Officers) { o.cost = c } }

// New opens the officers of a store; now is the node's clock.
func New(store Store, now func() time.Time, opts ...Option) *Officers {
	o := &Officers{store: store, now: now, cost: DefaultCost, turns: semaphore.NewWeighted(1)}
	for _, opt := range opts {
		opt(o)
	}
	o.decoy = decoy(o.cost)
	return o
}

// AddRequest describes a new officer. The passphrase is not kept.
type AddRequest struct {
	Name       string   `json:"name"`
	Passphrase string   `json:"passphrase"`
	Bodies     []string `json:"bodies"`
	Roles      []string `json:"roles"`
}

// Add stores a new officer. Invalid says what would be right; Conflict: the name is taken.
// Bodies are checked for their form only: which bodies the party has is the caller's to know.
func (o *Officers) Add(ctx context.Context, in AddRequest) (Officer, error) {
	who := Officer{Added: o.now().UTC().Truncate(time.Second)}
	var err error
	if who.Name, err = ParseName(in.Name); err != nil {
		return who, err
	}
	if err := CheckPassphrase(who.Name, in.Passphrase); err != nil {
		return who, err
	}
	for _, s := range in.Bodies {
		b, err := parley.ParseBody(s)
		if err != nil {
			return who, err
		}
		if !who.ActsFor(b) {
			who.Bodies = append(who.Bodies, b)
		}
	}
	if len(who.Bodies) == 0 {
		return who, parley.E(parley.Invalid, "an officer acts for at least one body").WithHint("name it, such as aster.example/cert")
	}
	for _, s := range in.Roles {
		r, err := ParseRole(s)
		if err != nil {
			return who, err
		}
		if !who.May(r) {
			who.Roles = append(who.Roles, r)
		}
	}
	stored, err := o.hash(ctx, in.Passphrase)
	if err != nil {
		return who, err
	}
	if err := o.store.AddOfficer(ctx, toRow(who, stored)); err != nil {
		return who, fmt.Errorf("add officer: %w", err)
	}
	return who, nil
}

// ListRequest asks for all officers.
type ListRequest struct{}

// ListResponse has them by name.
type ListResponse struct {
	Officers []Officer `json:"officers"`
}

// List gives all officers by name, without anything secret.
func (o *Officers) List(ctx context.Context, _ ListRequest) (ListResponse, error) {
	rows, err := o.store.Officers(ctx)
	if err != nil {
		return ListResponse{}, fmt.Errorf("list officers: %w", err)
	}
	out := ListResponse{Officers: make([]Officer, 0, len(rows))}
	for _, row := range rows {
		out.Officers = append(out.Officers, fromRow(row))
	}
	return out, nil
}

// RemoveRequest names an officer.
type RemoveRequest struct {
	Name string `json:"name"`
}

// RemoveResponse says who was removed.
type RemoveResponse struct {
	Name string `json:"name"`
}

// Remove deletes an officer, ends their sessions and their turn of watch. NotFound where there is none.
func (o *Officers) Remove(ctx context.Context, in RemoveRequest) (RemoveResponse, error) {
	name, err := ParseName(in.Name)
	if err != nil {
		return RemoveResponse{}, err
	}
	if err := o.store.RemoveOfficer(ctx, name, o.now().UnixMicro()); err != nil {
		return RemoveResponse{}, fmt.Errorf("remove officer: %w", err)
	}
	return RemoveResponse{Name: name}, nil
}

// PassphraseRequest gives an officer a new passphrase.
type PassphraseRequest struct {
	Name       string `json:"name"`
	Passphrase string `json:"passphrase"`
}

// SetPassphrase replaces the passphrase and ends the officer's sessions.
func (o *Officers) SetPassphrase(ctx context.Context, in PassphraseRequest) (RemoveResponse, error) {
	name, err := ParseName(in.Name)
	if err != nil {
		return RemoveResponse{}, err
	}
	if err := CheckPassphrase(name, in.Passphrase); err != nil {
		return RemoveResponse{}, err
	}
	stored, err := o.hash(ctx, in.Passphrase)
	if err != nil {
		return RemoveResponse{}, err
	}
	if err := o.store.SetOfficerPassphrase(ctx, name, stored); err != nil {
		return RemoveResponse{}, fmt.Errorf("set passphrase: %w", err)
	}
	return RemoveResponse{Name: name}, nil
}

// Find is one officer by name. NotFound where there is none.
func (o *Officers) Find(ctx context.Context, name string) (Officer, error) {
	name, err := ParseName(name)
	if err != nil {
		return Officer{}, err
	}
	row, err := o.store.Officer(ctx, name)
	if err != nil {
		return Officer{}, err
	}
	return fromRow(row), nil
}

// errWrong does not say which of the two was wrong.
var errWrong = parley.E(parley.Forbidden, "this name and passphrase do not belong together")

// Authenticate checks a passphrase. A name that does not exist costs as much
// time as one that does. Forbidden where they do not match. Callers limit how often.
func (o *Officers) Authenticate(ctx context.Context, name, passphrase string) (Officer, error) {
	if len(passphrase) > MaxPassphrase {
		return Officer{}, errWrong
	}
	stored, who := o.decoy, Officer{}
	if name, err := ParseName(name); err == nil {
		row, err := o.store.Officer(ctx, name)
		switch {
		case err == nil:
			stored, who = row.Passphrase, fromRow(row)
		case parley.KindOf(err) != parley.NotFound:
			return Officer{}, err
		}
	}
	if err := o.turns.Acquire(ctx, 1); err != nil {
		return Officer{}, err
	}
	ok := matches(stored, passphrase)
	o.turns.Release(1)
	if !ok || who.Name == "" {
		return Officer{}, errWrong
	}
	return who, nil
}

func (o *Officers) hash(ctx context.Context, passphrase string) (string, error) {
	if err := o.turns.Acquire(ctx, 1); err != nil {
		return "", err
	}
	defer o.turns.Release(1)
	return hash(o.cost, passphrase), nil
}

// decoy is a stored form of the given cost that no passphrase matches.
func decoy(c Cost) string {
	var raw [48]byte
	rand.Read(raw[:])
	return format(c, raw[:16], raw[16:])
}

func toRow(who Officer, stored string) sqldb.OfficerRow {
	return sqldb.OfficerRow{Name: who.Name, Passphrase: stored, Bodies: join(who.Bodies), Roles: join(who.Roles), Added: who.Added.UnixMicro()}
}

func fromRow(row sqldb.OfficerRow) Officer {
	return Officer{Name: row.Name, Bodies: split[parley.Body](row.Bodies), Roles: split[Role](row.Roles), Added: time.UnixMicro(row.Added).UTC()}
}

// join and split keep short lists of words without spaces in one column, sorted.
func join[T ~string](words []T) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func split[T ~string](s string) []T {
	out := []T{}
	for w := range strings.FieldsSeq(s) {
		out = append(out, T(w))
	}
	return out
}
