package config

import "fmt"

// Initial is the file that `parley init` writes: the two addresses, and where
// to read about the rest. Its values are quoted for TOML by %q, which holds for
// the addresses that Parse accepts.
func Initial(peerListen, deskListen string) []byte {
	return fmt.Appendf(nil, `# Settings of this node. Every setting: parley help config

[peer]
# For counterparts. Empty: this node opens no inbound port.
listen = %q

[desk]
# For officers' browsers.
listen = %q

# For tools of your own (TAXII, MISP): parley help operate
#
# [gateway]
# listen = "127.0.0.1:7490"

# Who is woken, for example:
#
# [[alert.smtp]]
# name = "duty"
# host = "mail.example.net"
# user = "parley"
# password_file = "smtp-password"
# sender = "parley@example.net"
# to = ["duty@example.net"]
#
# [[alert.exec]]
# name = "pager"
# from_precedence = "flash"
# command = ["/usr/local/bin/page", "duty"]
`, peerListen, deskListen)
}
