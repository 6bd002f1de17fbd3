// Package config is a node's settings: one TOML file in its home, one struct,
// and the comments on its fields are the reference (docs/config.md is made from
// them).
//
// It is trusted with where the node listens and whom it wakes, and with no
// secret: a secret is the path of a file, never a value. Parties, keys, limits
// and promises are not settings: they stand in the agreement that all signed.
//
// It never guesses: an unknown key or a value out of its range is an error that
// names the line, the key, and what would be right. It opens no file but the
// one it is given.
package config

import "time"

//go:generate go test . -run ^TestReference$ -update

// FileName is the settings file's name in the home.
const FileName = "parley.toml"

// Config is the whole file. A package of the node gets the part that concerns
// it, never the whole.
type Config struct {
	// The listener for counterparts: TLS 1.3, both certificates pinned to keys in the agreement.
	Peer Peer `toml:"peer"`
	// The web desk for officers.
	Desk Desk `toml:"desk"`
	// The listener for this organisation's own tools: TAXII 2.1 and MISP.
	Gateway Gateway `toml:"gateway"`
	// The socket through which the command line reaches a running node.
	Ctl Ctl `toml:"ctl"`
	// How this node sends.
	Send Send `toml:"send"`
	// When the disk fills up.
	Disk Disk `toml:"disk"`
	// What `parley doctor` expects of backups.
	Backup Backup `toml:"backup"`
	// Who is woken, and how. An alert is a pointer: it never carries what a message says.
	Alert Alert `toml:"alert"`
	// The log of the node, on standard error.
	Log Log `toml:"log"`
}

// Peer is the listener for counterparts.
type Peer struct {
	// Address and port to listen on. Empty: no inbound port is opened; counterparts are reached by our own pushes and by pouch.
	Listen string `toml:"listen"`
}

// Desk is the listener for officers' browsers.
type Desk struct {
	// Address and port to listen on. Empty: no desk. An address that is not loopback needs a certificate.
	Listen string `toml:"listen"`
	// File with the desk's TLS certificate chain, PEM. Relative paths start at the home.
	CertFile string `toml:"cert_file"`
	// File with the certificate's private key, PEM.
	KeyFile string `toml:"key_file"`
	// The URL under which officers reach the desk; alerts point to it. Empty: made from `listen`, which is loopback then.
	URL string `toml:"url"`
	// In which zone the desk shows times, such as "Europe/Vienna"; UTC stands beside. Empty: the machine's.
	TimeZone string `toml:"time_zone"`
}

// Gateway is the listener for tools.
type Gateway struct {
	// Address and port to listen on, such as "127.0.0.1:7490". Empty: no gateway. An address that is not loopback needs a certificate.
	Listen string `toml:"listen"`
	// File with the gateway's TLS certificate chain, PEM. Relative paths start at the home.
	CertFile string `toml:"cert_file"`
	// File with the certificate's private key, PEM.
	KeyFile string `toml:"key_file"`
	// File with the certificates of those who sign the certificates of tools, PEM. Empty: a tool's certificate is known by its key alone, as `parley gateway client add --certificate` took it.
	ClientCAFile string `toml:"client_ca_file"`
	// The URL under which tools reach the gateway. Empty: as each request says.
	URL string `toml:"url"`
}

// Ctl is the socket for the command line.
type Ctl struct {
	// Path of the unix socket; it is made with mode 0600. Relative paths start at the home.
	Socket string `toml:"socket"`
}

// Send is about outgoing messages.
type Send struct {
	// A message below flash is held back at least so long, so that it can be undone. 0s: as long as the agreement says (10 seconds where it says nothing). At most 5m.
	HoldBack Duration `toml:"hold_back"`
}

// Disk has the two watermarks of the file system that holds the home.
type Disk struct {
	// Percentage in use from which blobs are refused, ours and theirs; messages go on.
	RefuseBlobs int `toml:"refuse_blobs"`
	// Percentage in use from which everything but flash is refused.
	RefuseText int `toml:"refuse_text"`
}

// Backup is what doctor measures backups against.
type Backup struct {
	// `parley doctor` warns when the last backup is older than this. 0s: never.
	WarnAfter Duration `toml:"warn_after"`
}

// Alert wakes people. Every channel that matches is used.
type Alert struct {
	// A flash is repeated this often until a person acknowledges it. From 1m to 1h.
	Repeat Duration `toml:"repeat"`
	// Start of the quiet hours, such as "22:00". They hold back everything but flash. Empty: none.
	QuietFrom string `toml:"quiet_from"`
	// End of the quiet hours, such as "06:30".
	QuietTo string `toml:"quiet_to"`
	// Time zone of the quiet hours, such as "Europe/Vienna". Empty: UTC.
	TimeZone string `toml:"time_zone"`
	// The contact order: an alert that nobody acknowledges in time climbs to the next step, and what was used before goes on. Without steps each channel keeps to its own `after`.
	Step []Step `toml:"step"`
	// Channels by e-mail.
	SMTP []SMTP `toml:"smtp"`
	// Channels by HTTP POST.
	Webhook []Webhook `toml:"webhook"`
	// Channels by a program on this machine.
	Exec []Exec `toml:"exec"`
}

// Step is one step of the contact order, the first one first.
type Step struct {
	// Who is reached here, such as "deputy": shown on the desk and by `parley alert list`, and never in an alert.
	Name string `toml:"name"`
	// The names of the channels that are used from this step on. Each channel stands in one step, and sets no `after` of its own.
	Channels []string `toml:"channels"`
	// How long this step has: where nobody has acknowledged by then, the next one begins. It begins at once where every channel of this step has failed. From 1m to 24h; the last step needs none.
	Wait Duration `toml:"wait"`
}

// SMTP is one channel by e-mail.
type SMTP struct {
	// The channel's name in the log, in `parley doctor` and on the desk. Unique among all channels.
	Name string `toml:"name"`
	// The least urgent precedence that uses this channel: flash, immediate, priority or routine.
	From string `toml:"from_precedence"`
	// The channel is used only where nobody has acknowledged after this time. From 0s to 24h.
	After Duration `toml:"after"`
	// The mail server's host name.
	Host string `toml:"host"`
	// The mail server's port.
	Port int `toml:"port"`
	// starttls, tls, or none (for a relay on this machine only).
	TLS string `toml:"tls"`
	// User name at the mail server. Empty: no authentication.
	User string `toml:"user"`
	// File that holds the password; its first line is used.
	PasswordFile string `toml:"password_file"`
	// The sender's address.
	Sender string `toml:"sender"`
	// The recipients' addresses.
	To []string `toml:"to"`
}

// Webhook is one channel by HTTP POST of a small JSON object.
type Webhook struct {
	// The channel's name, unique among all channels.
	Name string `toml:"name"`
	// The least urgent precedence that uses this channel.
	From string `toml:"from_precedence"`
	// The channel is used only where nobody has acknowledged after this time. From 0s to 24h.
	After Duration `toml:"after"`
	// The https URL to post to (http only to loopback). Either this or `url_file`.
	URL string `toml:"url"`
	// File whose first line is the URL, for services whose URL is the secret.
	URLFile string `toml:"url_file"`
	// File whose first line is sent as a bearer token. Empty: none.
	TokenFile string `toml:"token_file"`
	// File whose first line keys the HMAC-SHA256 in the header Parley-Signature. Empty: no signature.
	SecretFile string `toml:"secret_file"`
}

// Exec is one channel by a program, which gets the pointer as JSON on its
// standard input.
type Exec struct {
	// The channel's name, unique among all channels.
	Name string `toml:"name"`
	// The least urgent precedence that uses this channel.
	From string `toml:"from_precedence"`
	// The channel is used only where nobody has acknowledged after this time. From 0s to 24h.
	After Duration `toml:"after"`
	// The program, by its absolute path, and its arguments. No shell is involved.
	Command []string `toml:"command"`
	// The program is ended after this time. From 1s to 5m.
	Timeout Duration `toml:"timeout"`
}

// Log is the node's log.
type Log struct {
	// debug, info, warn or error.
	Level string `toml:"level"`
	// text or json.
	Format string `toml:"format"`
}

// Default is what holds where the file says nothing.
func Default() Config {
	return Config{
		Peer:   Peer{Listen: "0.0.0.0:7443"},
		Desk:   Desk{Listen: "127.0.0.1:7480"},
		Ctl:    Ctl{Socket: "ctl.sock"},
		Disk:   Disk{RefuseBlobs: 90, RefuseText: 97},
		Backup: Backup{WarnAfter: Duration(48 * time.Hour)},
		Alert:  Alert{Repeat: Duration(5 * time.Minute)},
		Log:    Log{Level: "info", Format: "text"},
	}
}

// What a channel has where its table says nothing.
func defaultSMTP() SMTP       { return SMTP{From: "immediate", Port: 587, TLS: "starttls"} }
func defaultWebhook() Webhook { return Webhook{From: "immediate"} }
func defaultExec() Exec       { return Exec{From: "immediate", Timeout: Duration(30 * time.Second)} }
