package config

import (
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"time"
	_ "time/tzdata" // a node may run where the system has no time zones

	"parley.example/parley"
)

// bad is a value out of its range: the key, what is wrong, what would be right.
func bad(key string, value any, want string) error {
	return parley.E(parley.Invalid, "%s = %#v: want %s", key, value, want)
}

func badDuration(key string, d Duration, want string) error {
	return parley.E(parley.Invalid, "%s = %q: want %s", key, d, want)
}

func (c *Config) check() error {
	if err := address("peer.listen", c.Peer.Listen); err != nil {
		return err
	}
	if err := c.Desk.check(); err != nil {
		return err
	}
	if err := c.Gateway.check(); err != nil {
		return err
	}
	switch {
	case c.Ctl.Socket == "":
		return bad("ctl.socket", "", "a path such as \"ctl.sock\"")
	case !within(c.Send.HoldBack, 0, 5*time.Minute):
		return badDuration("send.hold_back", c.Send.HoldBack, "a duration from 0s to 5m")
	case c.Disk.RefuseBlobs < 1 || c.Disk.RefuseBlobs > 99:
		return bad("disk.refuse_blobs", c.Disk.RefuseBlobs, "a percentage from 1 to 99")
	case c.Disk.RefuseText < c.Disk.RefuseBlobs || c.Disk.RefuseText > 99:
		return bad("disk.refuse_text", c.Disk.RefuseText, "a percentage from disk.refuse_blobs to 99")
	case c.Backup.WarnAfter < 0:
		return badDuration("backup.warn_after", c.Backup.WarnAfter, "a duration such as 48h, or 0s for never")
	case !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level):
		return bad("log.level", c.Log.Level, "debug, info, warn or error")
	case c.Log.Format != "text" && c.Log.Format != "json":
		return bad("log.format", c.Log.Format, "text or json")
	}
	return c.Alert.check()
}

// Zone is the one in which the desk shows times.
func (d Desk) Zone() (*time.Location, error) {
	if d.TimeZone == "" {
		return time.Local, nil
	}
	return time.LoadLocation(d.TimeZone)
}

func (d Desk) check() error {
	if err := address("desk.listen", d.Listen); err != nil {
		return err
	}
	if (d.CertFile == "") != (d.KeyFile == "") {
		return parley.E(parley.Invalid, "desk.cert_file and desk.key_file: want both or neither")
	}
	if d.Listen != "" && d.CertFile == "" && !loopback(d.Listen) {
		return parley.E(parley.Invalid, "desk.listen = %q is not loopback: want desk.cert_file and desk.key_file too", d.Listen).
			WithHint("or listen on 127.0.0.1 and put your own proxy in front")
	}
	if d.Listen != "" && d.URL == "" && !loopback(d.Listen) {
		return parley.E(parley.Invalid, "desk.listen = %q is not loopback: want desk.url, the name under which officers reach it", d.Listen)
	}
	if d.URL != "" && !webURL(d.URL) {
		return bad("desk.url", d.URL, "an https URL (http only to loopback)")
	}
	if _, err := d.Zone(); err != nil || d.TimeZone == "Local" {
		return bad("desk.time_zone", d.TimeZone, "a name of the IANA time zone database, such as \"Europe/Vienna\"")
	}
	return nil
}

func (g Gateway) check() error {
	if err := address("gateway.listen", g.Listen); err != nil {
		return err
	}
	if (g.CertFile == "") != (g.KeyFile == "") {
		return parley.E(parley.Invalid, "gateway.cert_file and gateway.key_file: want both or neither")
	}
	if g.ClientCAFile != "" && g.CertFile == "" {
		return parley.E(parley.Invalid, "gateway.client_ca_file: want gateway.cert_file and gateway.key_file too: a tool shows its certificate in TLS only")
	}
	if g.Listen != "" && g.CertFile == "" && !loopback(g.Listen) {
		return parley.E(parley.Invalid, "gateway.listen = %q is not loopback: want gateway.cert_file and gateway.key_file too", g.Listen).
			WithHint("or listen on 127.0.0.1 and put your own proxy in front")
	}
	if g.URL != "" && !webURL(g.URL) {
		return bad("gateway.url", g.URL, "an https URL (http only to loopback)")
	}
	return nil
}

func (a Alert) check() error {
	if !within(a.Repeat, time.Minute, time.Hour) {
		return badDuration("alert.repeat", a.Repeat, "a duration from 1m to 1h")
	}
	if err := a.checkQuiet(); err != nil {
		return err
	}
	names := map[string]bool{}
	delayed := ""
	head := func(table, name, from string, after Duration) error {
		if name == "" || len(name) > 40 || names[name] {
			return bad(table+".name", name, "a name of at most 40 characters that no other channel has")
		}
		names[name] = true
		if _, err := parley.ParsePrecedence(from); err != nil {
			return bad(table+".from_precedence", from, "flash, immediate, priority or routine")
		}
		if !within(after, 0, 24*time.Hour) {
			return badDuration(table+".after", after, "a duration from 0s to 24h")
		}
		if after > 0 {
			delayed = name
		}
		return nil
	}
	for _, s := range a.SMTP {
		if err := head("alert.smtp", s.Name, s.From, s.After); err != nil {
			return err
		}
		switch {
		case s.Host == "":
			return bad("alert.smtp.host", "", "the mail server's host name")
		case s.Port < 1 || s.Port > 65535:
			return bad("alert.smtp.port", s.Port, "a port from 1 to 65535")
		case !slices.Contains([]string{"starttls", "tls", "none"}, s.TLS):
			return bad("alert.smtp.tls", s.TLS, "starttls, tls or none")
		case s.TLS == "none" && !loopback(net.JoinHostPort(s.Host, "25")):
			return bad("alert.smtp.tls", s.TLS, "starttls or tls, as the mail server is not this machine")
		case s.User != "" && s.PasswordFile == "":
			return bad("alert.smtp.password_file", "", "the file that holds the password of the user")
		case s.Sender == "":
			return bad("alert.smtp.sender", "", "the sender's address")
		case len(s.To) == 0:
			return bad("alert.smtp.to", s.To, "at least one recipient")
		}
	}
	for _, w := range a.Webhook {
		if err := head("alert.webhook", w.Name, w.From, w.After); err != nil {
			return err
		}
		switch {
		case (w.URL == "") == (w.URLFile == ""):
			return parley.E(parley.Invalid, "alert.webhook %q: want either url or url_file", w.Name)
		case w.URL != "" && !webURL(w.URL):
			return bad("alert.webhook.url", w.URL, "an https URL (http only to loopback)")
		}
	}
	for _, e := range a.Exec {
		if err := head("alert.exec", e.Name, e.From, e.After); err != nil {
			return err
		}
		switch {
		case len(e.Command) == 0 || !filepath.IsAbs(e.Command[0]):
			return bad("alert.exec.command", e.Command, "an absolute path and its arguments, such as [\"/usr/local/bin/page\", \"duty\"]")
		case !within(e.Timeout, time.Second, 5*time.Minute):
			return badDuration("alert.exec.timeout", e.Timeout, "a duration from 1s to 5m")
		}
	}
	return a.checkSteps(names, delayed)
}

// checkSteps: every channel stands in one step, and only the steps say when.
func (a Alert) checkSteps(channels map[string]bool, delayed string) error {
	switch {
	case len(a.Step) == 0:
		return nil
	case len(a.Step) > 16:
		return bad("alert.step", len(a.Step), "at most 16 steps")
	case delayed != "":
		return parley.E(parley.Invalid, "channel %q sets after, and there are steps: want the wait of a step in its place", delayed)
	}
	placed := map[string]bool{}
	for i, s := range a.Step {
		switch {
		case len(s.Name) > 40:
			return bad("alert.step.name", s.Name, "at most 40 characters")
		case len(s.Channels) == 0:
			return parley.E(parley.Invalid, "alert.step %d has no channels: want at least one name", i+1)
		case i < len(a.Step)-1 && !within(s.Wait, time.Minute, 24*time.Hour), s.Wait != 0 && !within(s.Wait, time.Minute, 24*time.Hour):
			return badDuration("alert.step.wait", s.Wait, "a duration from 1m to 24h")
		}
		for _, c := range s.Channels {
			if !channels[c] || placed[c] {
				return bad("alert.step.channels", c, "the name of a channel that stands in no other step")
			}
			placed[c] = true
		}
	}
	for c := range channels {
		if !placed[c] {
			return bad("alert.step.channels", c, "every channel in one step: this one stands in none")
		}
	}
	return nil
}

func (a Alert) checkQuiet() error {
	if (a.QuietFrom == "") != (a.QuietTo == "") {
		return parley.E(parley.Invalid, "alert.quiet_from and alert.quiet_to: want both or neither")
	}
	for key, s := range map[string]string{"alert.quiet_from": a.QuietFrom, "alert.quiet_to": a.QuietTo} {
		if _, err := time.Parse("15:04", s); s != "" && err != nil {
			return bad(key, s, "a time of day such as \"22:00\"")
		}
	}
	if _, err := time.LoadLocation(a.TimeZone); err != nil || a.TimeZone == "Local" {
		return bad("alert.time_zone", a.TimeZone, "a name of the IANA time zone database, such as \"Europe/Vienna\"")
	}
	return nil
}

func within(d Duration, low, high time.Duration) bool {
	return time.Duration(d) >= low && time.Duration(d) <= high
}

func address(key, s string) error {
	if s == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(s)
	if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || n > 65535 || host == "" {
		return bad(key, s, "an address and a port, such as \"127.0.0.1:7480\" (\"0.0.0.0:...\" for every interface)")
	}
	return nil
}

func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func webURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(net.JoinHostPort(u.Hostname(), "80"))
}
