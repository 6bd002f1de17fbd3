package officer

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// cheap keeps tests fast; stored passphrases name their own cost.
var cheap = Cost{Time: 1, Memory: 64, Threads: 1}

// desk is a store with officers, their watch, and a clock that the test moves.
type desk struct {
	*Officers
	watch *Watch
	now   time.Time
	db    *sqldb.DB
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db, err := sqldb.Open(context.Background(), filepath.Join(t.TempDir(), "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	d := &desk{db: db, now: time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return d.now }
	d.Officers = New(db, clock, WithCost(cheap))
	d.watch = NewWatch(db, d.Officers, clock)
	return d
}

const passphrase = "correct horse battery staple"

func (d *desk) add(t *testing.T, name string, bodies []string, roles ...string) Officer {
	t.Helper()
	who, err := d.Add(context.Background(), AddRequest{Name: name, Passphrase: passphrase, Bodies: bodies, Roles: roles})
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func kind(t *testing.T, err error, want parley.ErrorKind) {
	t.Helper()
	if err == nil || parley.KindOf(err) != want {
		t.Fatalf("error %v (%v), want kind %v", err, parley.KindOf(err), want)
	}
}

func TestParseName(t *testing.T) {
	for in, want := range map[string]string{"Anna": "anna", " a.petrova ": "a.petrova", "Анна": "анна", "王芳": "王芳", "o-2_b": "o-2_b", "ａｎｎａ": "anna"} {
		if got, err := ParseName(in); err != nil || got != want {
			t.Errorf("ParseName(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", " ", "a b", "-a", ".a", "a/b", "a\x00", "<b>", strings.Repeat("a", 41), "a\xff"} {
		if got, err := ParseName(in); err == nil {
			t.Errorf("ParseName(%q) = %q, want an error", in, got)
		}
	}
}

func TestAddListRemove(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	anna := d.add(t, "Anna", []string{"aster.example/mfa", "aster.example/cert", "aster.example/cert"}, "send", "admin", "send")
	d.add(t, "boris", []string{"aster.example/cert"})
	if !anna.May(Send) || anna.May(Release) || !anna.ActsFor("aster.example/cert") || anna.ActsFor("borea.example/cert") {
		t.Errorf("anna = %+v", anna)
	}
	_, err := d.Add(ctx, AddRequest{Name: "ANNA", Passphrase: passphrase, Bodies: []string{"aster.example/cert"}})
	kind(t, err, parley.Conflict)

	list, err := d.List(ctx, ListRequest{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Officer{
		{Name: "anna", Bodies: []parley.Body{"aster.example/cert", "aster.example/mfa"}, Roles: []Role{Admin, Send}, Added: d.now},
		{Name: "boris", Bodies: []parley.Body{"aster.example/cert"}, Roles: []Role{}, Added: d.now},
	}
	if diff := cmp.Diff(want, list.Officers); diff != "" {
		t.Error(diff)
	}
	if _, err := d.Remove(ctx, RemoveRequest{Name: "anna"}); err != nil {
		t.Fatal(err)
	}
	_, err = d.Remove(ctx, RemoveRequest{Name: "anna"})
	kind(t, err, parley.NotFound)
}

func TestAddRefuses(t *testing.T) {
	d := newDesk(t)
	good := AddRequest{Name: "anna", Passphrase: passphrase, Bodies: []string{"aster.example/cert"}, Roles: []string{"send"}}
	for name, spoil := range map[string]func(*AddRequest){
		"no body":              func(r *AddRequest) { r.Bodies = nil },
		"not a body":           func(r *AddRequest) { r.Bodies = []string{"aster.example"} },
		"unknown role":         func(r *AddRequest) { r.Roles = []string{"root"} },
		"short passphrase":     func(r *AddRequest) { r.Passphrase = "eleven char" },
		"long passphrase":      func(r *AddRequest) { r.Passphrase = strings.Repeat("ab", 600) },
		"repeated character":   func(r *AddRequest) { r.Passphrase = strings.Repeat("a", 20) },
		"passphrase is a name": func(r *AddRequest) { r.Name, r.Passphrase = "anna.petrova.1", "Anna.Petrova.1" },
		"bad UTF-8":            func(r *AddRequest) { r.Passphrase = "a passphrase \xff\xfe" },
	} {
		t.Run(name, func(t *testing.T) {
			in := good
			spoil(&in)
			_, err := d.Add(context.Background(), in)
			kind(t, err, parley.Invalid)
			if list, _ := d.List(context.Background(), ListRequest{}); len(list.Officers) != 0 {
				t.Errorf("officers after a refusal: %v", list.Officers)
			}
		})
	}
}

func TestAuthenticate(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	d.add(t, "anna", []string{"aster.example/cert"})
	if who, err := d.Authenticate(ctx, " ANNA", passphrase); err != nil || who.Name != "anna" {
		t.Errorf("Authenticate = %v, %v", who, err)
	}
	for _, c := range [][2]string{{"anna", passphrase + " "}, {"anna", ""}, {"nobody", passphrase}, {"a b", passphrase}, {"anna", strings.Repeat("x", 5000)}} {
		_, err := d.Authenticate(ctx, c[0], c[1])
		kind(t, err, parley.Forbidden)
		if err.Error() != errWrong.Error() {
			t.Errorf("%q says %q: an answer must not tell which was wrong", c, err)
		}
	}
	if _, err := d.SetPassphrase(ctx, PassphraseRequest{Name: "anna", Passphrase: "another thing entirely"}); err != nil {
		t.Fatal(err)
	}
	_, err := d.Authenticate(ctx, "anna", passphrase)
	kind(t, err, parley.Forbidden)
}

func TestPassphraseSpelling(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	if _, err := d.Add(ctx, AddRequest{Name: "josé", Passphrase: "cafe\u0301 con leche por favor", Bodies: []string{"aster.example/cert"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Authenticate(ctx, "jose\u0301", "caf\u00e9 con leche por favor"); err != nil {
		t.Errorf("the same text, composed differently: %v", err)
	}
}

func TestStoredFormsThatMatchNothing(t *testing.T) {
	for _, stored := range []string{"", "x", "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA", "$argon2id$v=16$m=64,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
		"$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$", "$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA"} {
		if matches(stored, passphrase) {
			t.Errorf("%q matches", stored)
		}
	}
}

func TestSessions(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	anna := d.add(t, "anna", []string{"aster.example/cert"}, "send")
	token, s, err := d.StartSession(ctx, anna)
	if err != nil || len(token) != 43 || !s.Ends.Equal(d.now.Add(SessionLife)) {
		t.Fatalf("StartSession = %q, %+v, %v", token, s, err)
	}
	got, err := d.FindSession(ctx, token)
	if err != nil || got.Officer.Name != "anna" || !got.Officer.May(Send) {
		t.Errorf("FindSession = %+v, %v", got, err)
	}
	for _, bad := range []string{"", token[:42], token + "A", strings.Repeat("A", 43)} {
		_, err := d.FindSession(ctx, bad)
		kind(t, err, parley.Forbidden)
	}
	d.now = d.now.Add(SessionLife)
	_, err = d.FindSession(ctx, token)
	kind(t, err, parley.Forbidden)

	for name, end := range map[string]func(token string) error{
		"logout":         func(token string) error { return d.EndSession(ctx, token) },
		"new passphrase": func(string) error { _, err := d.SetPassphrase(ctx, PassphraseRequest{"anna", passphrase}); return err },
		"removed":        func(string) error { _, err := d.Remove(ctx, RemoveRequest{"anna"}); return err },
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := d.Find(ctx, "anna"); err != nil {
				d.add(t, "anna", []string{"aster.example/cert"})
			}
			token, _, err := d.StartSession(ctx, anna)
			if err != nil {
				t.Fatal(err)
			}
			if err := end(token); err != nil {
				t.Fatal(err)
			}
			_, err = d.FindSession(ctx, token)
			kind(t, err, parley.Forbidden)
		})
	}
}

func TestNoSecretIsStored(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	token, _, err := d.StartSession(ctx, d.add(t, "anna", []string{"aster.example/cert"}))
	if err != nil {
		t.Fatal(err)
	}
	row, err := d.db.Officer(ctx, "anna")
	if err != nil || !strings.HasPrefix(row.Passphrase, "$argon2id$v=19$m=64,t=1,p=1$") || strings.Contains(row.Passphrase, passphrase) {
		t.Errorf("stored passphrase %q, %v", row.Passphrase, err)
	}
	if _, _, err := d.db.Session(ctx, []byte(token), 0); parley.KindOf(err) != parley.NotFound {
		t.Errorf("a session is found by its bare token: %v", err)
	}
}

func TestTwoSignaturesAreTwoPeople(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	anna := d.add(t, "anna", []string{"aster.example/cert"}, "send", "release")
	boris := d.add(t, "boris", []string{"aster.example/cert"}, "release")
	if err := d.Record(ctx, anna, "send", "m1"); err != nil {
		t.Fatal(err)
	}
	kind(t, d.SecondPerson(ctx, anna, "m1"), parley.Forbidden)
	for name, err := range map[string]error{"another person": d.SecondPerson(ctx, boris, "m1"), "another message": d.SecondPerson(ctx, anna, "m2")} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.Remove(ctx, RemoveRequest{"anna"}); err != nil {
		t.Fatal(err)
	}
	acts, err := d.Acts(ctx, "m1")
	if diff := cmp.Diff([]Act{{At: d.now, Officer: "anna", Act: "send"}}, acts); diff != "" || err != nil {
		t.Errorf("the record does not outlive the officer: %s%v", diff, err)
	}
}
