package indicator

import "slices"

// Kind says what a value is. The list is closed: what is none of these is no
// value that can be indexed, and stays in its object.
type Kind string

// The kinds, and the one spelling that Parse gives to values of each.
const (
	IPv4        Kind = "ipv4-addr"            // 192.0.2.1; a prefix as 192.0.2.0/24, host bits zero, no /32
	IPv6        Kind = "ipv6-addr"            // 2001:db8::1 as RFC 5952 writes it; a prefix likewise, no /128
	Domain      Kind = "domain-name"          // lower case, A-labels (UTS 46), no trailing dot
	URL         Kind = "url"                  // scheme and host lower case, host in A-labels, no default port, a path
	Email       Kind = "email-addr"           // lower case, the domain in A-labels
	MAC         Kind = "mac-addr"             // 00:00:5e:00:53:01
	ASN         Kind = "autonomous-system"    // the number alone: 64500
	MD5         Kind = "md5"                  // hashes are lower-case hexadecimal
	SHA1        Kind = "sha1"                 //
	SHA224      Kind = "sha224"               //
	SHA256      Kind = "sha256"               //
	SHA384      Kind = "sha384"               //
	SHA512      Kind = "sha512"               //
	SHA3_256    Kind = "sha3-256"             //
	SHA3_512    Kind = "sha3-512"             //
	Imphash     Kind = "imphash"              // of a Windows executable's imports, as MD5
	SSDeep      Kind = "ssdeep"               // as given: 96:abc:def
	TLSH        Kind = "tlsh"                 // upper case, with its T1
	CertSHA1    Kind = "x509-sha1"            // of a certificate
	CertSHA256  Kind = "x509-sha256"          //
	CertMD5     Kind = "x509-md5"             //
	CertSerial  Kind = "x509-serial"          // lower-case hexadecimal, no colons, no leading zeros
	FileName    Kind = "file-name"            // as given, without a folder
	FilePath    Kind = "file-path"            // as given
	Mutex       Kind = "mutex"                // as given
	Registry    Kind = "windows-registry-key" // the hive spelled out in capitals, the rest as given
	Process     Kind = "process-name"         // as given
	AppID       Kind = "app-id"               // of a telephone's application, as given: example.aster.app
	UserAgent   Kind = "user-agent"           // as given
	CommandLine Kind = "command-line"         // as given
	Subject     Kind = "email-subject"        // as given
)

var kinds = []Kind{
	IPv4, IPv6, Domain, URL, Email, MAC, ASN, MD5, SHA1, SHA224, SHA256, SHA384, SHA512, SHA3_256, SHA3_512, Imphash, SSDeep, TLSH,
	CertSHA1, CertSHA256, CertMD5, CertSerial, FileName, FilePath, Mutex, Registry, Process, AppID, UserAgent, CommandLine, Subject,
}

// Kinds are all kinds, in the order of their documentation.
func Kinds() []Kind { return slices.Clone(kinds) }

// Known says whether the kind is one of the list.
func (k Kind) Known() bool { return slices.Contains(kinds, k) }

// digits is how many hexadecimal digits a hash of the kind has; 0 for others.
func (k Kind) digits() int {
	switch k {
	case MD5, Imphash, CertMD5:
		return 32
	case SHA1, CertSHA1:
		return 40
	case SHA224:
		return 56
	case SHA256, SHA3_256, CertSHA256:
		return 64
	case SHA384:
		return 96
	case SHA512, SHA3_512:
		return 128
	}
	return 0
}

// A Value is one value in the one spelling of its kind. Values made by Parse and
// Recognise can be compared with ==.
type Value struct {
	Kind Kind
	Text string
}

func (v Value) String() string { return string(v.Kind) + " " + v.Text }
