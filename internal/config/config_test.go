package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
)

func TestParse(t *testing.T) {
	got, err := Parse([]byte(`
[peer]
listen = ""
[send]
hold_back = "3s"
[[alert.smtp]]
name = "duty"
host = "mail.aster.example"
sender = "parley@aster.example"
to = ["duty@aster.example"]
[[alert.smtp]]
name = "second"
port = 465
tls = "tls"
from_precedence = "routine"
host = "mail.aster.example"
sender = "parley@aster.example"
to = ["second@aster.example"]
[[alert.webhook]]
name = "chat"
url = "https://chat.aster.example/hook"
[[alert.exec]]
name = "pager"
command = ["/usr/bin/page", "duty"]
timeout = "5s"
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Peer.Listen = ""
	want.Send.HoldBack = Duration(3 * time.Second)
	want.Alert.SMTP = []SMTP{
		{Name: "duty", From: "immediate", Host: "mail.aster.example", Port: 587, TLS: "starttls", Sender: "parley@aster.example", To: []string{"duty@aster.example"}},
		{Name: "second", From: "routine", Host: "mail.aster.example", Port: 465, TLS: "tls", Sender: "parley@aster.example", To: []string{"second@aster.example"}},
	}
	want.Alert.Webhook = []Webhook{{Name: "chat", From: "immediate", URL: "https://chat.aster.example/hook"}}
	want.Alert.Exec = []Exec{{Name: "pager", From: "immediate", Command: []string{"/usr/bin/page", "duty"}, Timeout: Duration(5 * time.Second)}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestParseRefuses(t *testing.T) {
	channel := "[[alert.smtp]]\nname=\"a\"\nhost=\"h\"\nsender=\"s\"\nto=[\"t\"]\n"
	for _, tc := range []struct{ in, want string }{
		{"[peer]\nlisten = \"0.0.0.0:1\"\nlissten = 1", "line 3: there is no setting peer.lissten"},
		{"[[alert.smtp]]\nfoo = 1", "line 2: there is no setting alert.smtp.foo"},
		{"nothing = 1", "line 1: there is no setting nothing"},
		{"[disk]\nrefuse_blobs = \"x\"", "line 2: disk.refuse_blobs"},
		{"[send]\nhold_back = \"soon\"", "such as 10s"},
		{"[send]\nhold_back = \"10m\"", "from 0s to 5m"},
		{"[peer\n", "line 1"},
		{"[peer]\n[peer]\n", "line 2"},
		{"[peer]\nlisten = \":7443\"", "peer.listen"},
		{"[desk]\nlisten = \"0.0.0.0:7480\"", "cert_file"},
		{"[desk]\ncert_file = \"c\"", "both or neither"},
		{"[desk]\ntime_zone = \"Atlantis\"", "desk.time_zone"},
		{"[desk]\nurl = \"http://desk.aster.example\"", "https URL"},
		{"[disk]\nrefuse_text = 50", "disk.refuse_text"},
		{"[disk]\nrefuse_blobs = 0", "disk.refuse_blobs"},
		{"[ctl]\nsocket = \"\"", "ctl.socket"},
		{"[gateway]\nlisten = \"0.0.0.0:7490\"", "gateway.cert_file"},
		{"[gateway]\nlisten = \"7490\"", "gateway.listen"},
		{"[gateway]\nkey_file = \"k\"", "both or neither"},
		{"[gateway]\nclient_ca_file = \"ca\"", "gateway.cert_file"},
		{"[gateway]\nurl = \"http://tools.aster.example\"", "https URL"},
		{"[log]\nlevel = \"loud\"", "debug, info"},
		{"[alert]\nrepeat = \"5s\"", "alert.repeat"},
		{channel + channel, "no other channel"},
		{channel + "from_precedence=\"urgent\"", "flash, immediate"},
		{channel + "tls=\"none\"", "not this machine"},
		{channel + "user=\"u\"", "password_file"},
		{step("a") + "wait = \"1m\"\n" + step("b"), "no other step"},
		{channel + step("a") + "wait = \"1m\"\n" + step("a"), "no other step"},
		{channel + strings.Replace(channel, `"a"`, `"b"`, 1) + step("a"), "stands in none"},
		{channel + strings.Replace(channel, `"a"`, `"b"`, 1) + step("a") + "wait = \"20s\"\n" + step("b"), "from 1m to 24h"},
		{channel + strings.Replace(channel, `"a"`, `"b"`, 1) + step("a") + step("b"), "from 1m to 24h"},
		{channel + "after = \"5m\"\n" + step("a"), "the wait of a step in its place"},
		{channel + "[[alert.step]]\nname = \"duty\"\n", "no channels"},
		{channel + strings.Repeat(step("a"), 17), "at most 16 steps"},
		{"[[alert.webhook]]\nname=\"w\"", "either url or url_file"},
		{"[[alert.webhook]]\nname=\"w\"\nurl=\"http://aster.example\"", "https URL"},
		{"[[alert.exec]]\nname=\"e\"\ncommand=[\"page\"]", "absolute path"},
		{strings.Repeat("#", maxFile+1), "more than"},
	} {
		_, err := Parse([]byte(tc.in))
		if parley.KindOf(err) != parley.Invalid || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.60q: %v, want %q", tc.in, err, tc.want)
		}
	}
}

func step(channel string) string { return "[[alert.step]]\nchannels = [\"" + channel + "\"]\n" }

// TestSteps: a contact order of two.
func TestSteps(t *testing.T) {
	c, err := Parse([]byte("[[alert.exec]]\nname=\"a\"\ncommand=[\"/a\"]\n[[alert.exec]]\nname=\"b\"\ncommand=[\"/b\"]\n" +
		step("b") + "name = \"duty officer\"\nwait = \"10m\"\n" + step("a")))
	if err != nil {
		t.Fatal(err)
	}
	want := []Step{{Name: "duty officer", Channels: []string{"b"}, Wait: Duration(10 * time.Minute)}, {Channels: []string{"a"}}}
	if d := cmp.Diff(want, c.Alert.Step); d != "" {
		t.Error(d)
	}
}

func TestLoad(t *testing.T) {
	home := t.TempDir()
	if _, err := Load(home); parley.KindOf(err) != parley.NotFound || parley.HintOf(err) == "" {
		t.Fatalf("an empty folder: %v", err)
	}
	path := filepath.Join(home, FileName)
	if err := os.WriteFile(path, Initial("127.0.0.1:0", ""), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(home)
	if err != nil {
		t.Fatal(err)
	}
	if c.Peer.Listen != "127.0.0.1:0" || c.Desk.Listen != "" || c.Ctl.Socket != filepath.Join(home, "ctl.sock") {
		t.Errorf("got %+v", c)
	}
	if err := os.WriteFile(path, []byte("x = 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(home); !strings.Contains(err.Error(), path) || parley.KindOf(err) != parley.Invalid || parley.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Initial("0.0.0.0:7443", "127.0.0.1:7480"))
	f.Add([]byte("[[alert.smtp]]\nname=\"a\"\n[[alert.exec]]\ncommand=[]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := Parse(raw); err != nil && parley.KindOf(err) != parley.Invalid {
			t.Errorf("%v is %v", err, parley.KindOf(err))
		}
	})
}
