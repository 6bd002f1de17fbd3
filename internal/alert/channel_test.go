package alert

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/config"
)

var sample = Pointer{Alert: "parley/alert/v1", ID: 4, From: "borea.example/cert", To: []parley.Body{"aster.example/cert"}, Precedence: parley.Flash,
	Thread: "borea/42", URL: "http://127.0.0.1:7480/message/x", Raised: start, Sent: start.Add(time.Minute), Repeat: 1}

func TestWebhookIsSigned(t *testing.T) {
	h := newHook(t)
	w := h.channel("chat", "flash")
	w.SecretFile, w.TokenFile = write(t, "hush\nsecond line\n"), write(t, "token-1")
	if err := (Webhook{w}).Send(context.Background(), sample); err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte("hush"))
	fmt.Fprintf(mac, "%d.%s", sample.Sent.Unix(), h.raw[0])
	want := fmt.Sprintf("t=%d,v1=%s", sample.Sent.Unix(), hex.EncodeToString(mac.Sum(nil)))
	if got := h.head[0].Get(SignatureHeader); got != want {
		t.Errorf("signature %q, want %q", got, want)
	}
	if got := h.head[0].Get("Authorization"); got != "Bearer token-1" {
		t.Errorf("authorization %q", got)
	}
	if got := string(h.raw[0]); !strings.Contains(got, `"thread":"borea/42"`) || !strings.Contains(got, `"precedence":"flash"`) {
		t.Errorf("body %s", got)
	}
}

func TestWebhookTellsNoSecretAndFollowsNobody(t *testing.T) {
	elsewhere := newHook(t)
	s := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	if err := (Webhook{config.Webhook{URL: s.URL}}).Send(context.Background(), sample); err == nil || err.Error() != "webhook answered 307" {
		t.Errorf("redirect: %v", err)
	}
	if len(elsewhere.take()) != 0 {
		t.Error("the pointer followed a redirect")
	}
	s.Close()
	err := (Webhook{config.Webhook{URLFile: write(t, s.URL+"/hook/s3cret-path")}}).Send(context.Background(), sample)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error of a dead webhook: %v", err)
	}
}

func TestExec(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	script := func(text string) []string {
		path := filepath.Join(dir, "hook.sh")
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
			t.Fatal(err)
		}
		return []string{path, out}
	}
	run := func(command []string, limit time.Duration) error {
		return Exec{config.Exec{Command: command, Timeout: config.Duration(limit)}}.Send(context.Background(), sample)
	}
	t.Setenv("PARLEY_TEST_SECRET", "leak")
	if err := run(script(`cat > "$1"; env >> "$1"`), 10*time.Second); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(out)
	if !strings.HasPrefix(string(got), `{"alert":"parley/alert/v1"`) || strings.Contains(string(got), "leak") {
		t.Errorf("the program got %s", got)
	}
	if err := run(script("exit 3"), 10*time.Second); err == nil || err.Error() != "hook.sh ended with exit status 3" {
		t.Errorf("exit status 3: %v", err)
	}
	begin := time.Now()
	if err := run(script("sleep 30 & sleep 30"), 100*time.Millisecond); err == nil || !strings.Contains(err.Error(), "did not end") {
		t.Errorf("endless program: %v", err)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it held us for %v", took)
	}
	if err := run([]string{filepath.Join(dir, "none")}, time.Second); err == nil {
		t.Error("a program that is not there succeeded")
	}
}

// mailServer takes one mail in plain SMTP and gives what it was told.
func mailServer(t *testing.T, refuse bool) (port int, told <-chan string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ch := make(chan string, 1)
	go func() { // ends with the connection; the test waits on ch
		var all strings.Builder
		defer func() { ch <- all.String() }()
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprint(c, "220 test ESMTP\r\n")
		data := false
		for in := bufio.NewScanner(c); in.Scan(); {
			line := in.Text()
			all.WriteString(line + "\n")
			verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
			switch {
			case data && line == ".":
				data = false
				fmt.Fprint(c, "250 taken\r\n")
			case data:
			case verb == "EHLO":
				fmt.Fprint(c, "250-test\r\n250 AUTH PLAIN\r\n")
			case verb == "AUTH":
				fmt.Fprint(c, "235 welcome\r\n")
			case verb == "RCPT" && refuse:
				fmt.Fprint(c, "550 no such person\r\n")
			case verb == "DATA":
				data = true
				fmt.Fprint(c, "354 go on\r\n")
			case verb == "QUIT":
				fmt.Fprint(c, "221 bye\r\n")
				return
			default:
				fmt.Fprint(c, "250 ok\r\n")
			}
		}
	}()
	_, p, _ := net.SplitHostPort(l.Addr().String())
	port, _ = strconv.Atoi(p)
	return port, ch
}

func TestSMTP(t *testing.T) {
	port, told := mailServer(t, false)
	s := SMTP{config.SMTP{Host: "127.0.0.1", Port: port, TLS: "none", User: "parley", PasswordFile: write(t, "pw"), Sender: "parley@aster.example", To: []string{"duty@aster.example", "second@aster.example"}}}
	if err := s.Send(context.Background(), sample); err != nil {
		t.Fatal(err)
	}
	got := <-told
	for _, want := range []string{"MAIL FROM:<parley@aster.example>", "RCPT TO:<duty@aster.example>", "RCPT TO:<second@aster.example>",
		"Subject: [Parley] FLASH from borea.example/cert (not acknowledged yet)", "Auto-Submitted: auto-generated", "Importance: high",
		"Date: Sun, 22 Nov 2026 16:01:00 +0000", "Thread:     borea/42", "repeats until a person acknowledges"} {
		if !strings.Contains(strings.ReplaceAll(got, "=20", " "), want) {
			t.Errorf("the mail lacks %q:\n%s", want, got)
		}
	}
}

func TestSMTPRefused(t *testing.T) {
	port, _ := mailServer(t, true)
	s := SMTP{config.SMTP{Host: "127.0.0.1", Port: port, TLS: "none", Sender: "parley@aster.example", To: []string{"duty@aster.example"}}}
	if err := s.Send(context.Background(), sample); err == nil || !strings.Contains(err.Error(), "no such person") {
		t.Errorf("refused recipient: %v", err)
	}
	port, _ = mailServer(t, false)
	s.Port, s.TLS = port, "starttls" // the server offers none
	if err := s.Send(context.Background(), sample); err == nil {
		t.Error("a mail went out in the clear where starttls was asked for")
	}
}

func TestQuiet(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ from, to, zone, at, want string }{
		{"22:00", "06:00", "", "2026-11-22T21:59:59Z", ""},
		{"22:00", "06:00", "", "2026-11-22T22:00:00Z", "2026-11-23T06:00:00Z"},
		{"22:00", "06:00", "", "2026-11-23T05:59:59Z", "2026-11-23T06:00:00Z"},
		{"22:00", "06:00", "", "2026-11-23T06:00:00Z", ""},
		{"12:00", "14:00", "Asia/Tokyo", "2026-11-22T04:00:00Z", "2026-11-22T05:00:00Z"},
		{"12:00", "14:00", "Asia/Tokyo", "2026-11-22T12:00:00Z", ""},
		{"22:00", "06:00", "Europe/Vienna", "2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z"}, // the night is an hour shorter
		{"", "", "", "2026-11-22T22:00:00Z", ""},
	} {
		q, err := newQuiet(config.Alert{QuietFrom: c.from, QuietTo: c.to, TimeZone: c.zone})
		if err != nil {
			t.Fatal(err)
		}
		var want time.Time
		if c.want != "" {
			want = at(c.want)
		}
		if got := q.until(at(c.at)); !got.Equal(want) {
			t.Errorf("%s-%s %s at %s: until %v, want %v", c.from, c.to, c.zone, c.at, got.UTC(), want)
		}
	}
}
