package indicator

import (
	"os"
	"strings"
	"testing"
)

func TestRecognise(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1":                                "ipv4-addr 192.0.2.1",
		"192[.]0[.]2[.]1":                          "ipv4-addr 192.0.2.1",
		"192.0.2.77/24":                            "ipv4-addr 192.0.2.0/24",
		"192.0.2.1/32":                             "ipv4-addr 192.0.2.1",
		"::ffff:192.0.2.1":                         "ipv4-addr 192.0.2.1",
		"2001:DB8:0:0::1":                          "ipv6-addr 2001:db8::1",
		"[2001:db8::1]":                            "ipv6-addr 2001:db8::1",
		"2001:db8::/32":                            "ipv6-addr 2001:db8::/32",
		"WWW.Aster.Example.":                       "domain-name www.aster.example",
		"www[.]aster[dot]example":                  "domain-name www.aster.example",
		"www dot aster dot example":                "domain-name www.aster.example",
		`www\.aster\.example`:                      "domain-name www.aster.example",
		"_dmarc.aster.example":                     "domain-name _dmarc.aster.example",
		"bücher.example":                           "domain-name xn--bcher-kva.example",
		"BÜCHER.example":                           "domain-name xn--bcher-kva.example",
		"bu\u0308cher.example":                     "domain-name xn--bcher-kva.example",
		"xn--bcher-kva.example":                    "domain-name xn--bcher-kva.example",
		"aster。example":                            "domain-name aster.example",
		"hxxps://Www[.]Aster.Example:443/A?b":      "url https://www.aster.example/A?b",
		"hXXp[://]aster[.]example":                 "url http://aster.example/",
		"hxxp[:]//aster.example/x#y":               "url http://aster.example/x#y",
		"fxp://user@aster.example:2121/":           "url ftp://user@aster.example:2121/",
		"http://[2001:DB8::1]:8080/x":              "url http://[2001:db8::1]:8080/x",
		"aster.example/malware.exe":                "url aster.example/malware.exe",
		"\"duty[@]Aster[.]example\"":               "email-addr duty@aster.example",
		"duty at aster.example":                    "email-addr duty@aster.example",
		"mailto:duty@aster.example":                "email-addr duty@aster.example",
		"00-00-5E-00-53-01":                        "mac-addr 00:00:5e:00:53:01",
		"0000.5e00.5301":                           "mac-addr 00:00:5e:00:53:01",
		"AS64500":                                  "autonomous-system 64500",
		"asn 64500":                                "autonomous-system 64500",
		"D41D8CD98F00B204E9800998ECF8427E":         "md5 d41d8cd98f00b204e9800998ecf8427e",
		"da39a3ee5e6b4b0d3255bfef95601890afd80709": "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		strings.Repeat("ab", 64):    "sha512 " + strings.Repeat("ab", 64),
		"96:abCD+/:efgh":            "ssdeep 96:abCD+/:efgh",
		strings.Repeat("1a", 35):    "tlsh T1" + strings.Repeat("1A", 35),
		`HKLM\Software\Borea`:       `windows-registry-key HKEY_LOCAL_MACHINE\Software\Borea`,
		`Global\{borea}`:            `mutex Global\{borea}`,
		`C:\Users\Public\a.exe`:     `file-path C:\Users\Public\a.exe`,
		"/usr/lib/systemd/borea":    "file-path /usr/lib/systemd/borea",
		`%APPDATA%\borea.dll`:       `file-path %APPDATA%\borea.dll`,
		"invoice.pdf":               "file-name invoice.pdf",
		"borea.exe":                 "file-name borea.exe",
		"Mozilla/5.0 (Borea)":       "user-agent Mozilla/5.0 (Borea)",
		"\ufeffaster.exa\u200bmple": "domain-name aster.example",
		"\u201c192.0.2.1\u201d,":    "ipv4-addr 192.0.2.1",
	} {
		v, err := Recognise(text)
		if err != nil || v.String() != want {
			t.Errorf("%q: %v, %v, want %s", text, v, err, want)
			continue
		}
		// A spelling is its own spelling, and its pattern says the value again.
		again, err := Parse(v.Kind, v.Text)
		if err != nil || again != v {
			t.Errorf("%v is spelled %v, %v when it is parsed again", v, again, err)
		}
	}
	for text, why := range map[string]string{
		"":                            "empty",
		"   ":                         "empty",
		"192.0.2.1:8080":              "with a port",
		"www.aster.example:8080":      "with a port",
		"*.aster.example":             "wildcard",
		"aster.example borea.example": "one value a line",
		"999.0.2.1":                   "no address",
		"192.0.2.1/33":                "no address",
		"localhost":                   "no address",
		"a..example":                  "no address",
		"abcdef":                      "no address",
		"fe80::1%eth0":                "no address",
		"duty@":                       "no domain",
		"@aster.example":              "no address of mail",
		"http://":                     "no URL",
		"http://aster.example:99999/": "no URL",
		"\xff\xfe":                    "no address",
		strings.Repeat("a", 9000):     "at most 8192",
	} {
		if v, err := Recognise(text); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, %v, want an error with %q", text, v, err, why)
		}
	}
}

func TestValuePattern(t *testing.T) {
	for _, c := range []struct {
		kind       Kind
		text, want string
	}{
		{IPv4, "192.0.2.0/24", "[ipv4-addr:value = '192.0.2.0/24']"},
		{ASN, "AS64500", "[autonomous-system:number = 64500]"},
		{SHA256, strings.Repeat("0", 64), "[file:hashes.'SHA-256' = '" + strings.Repeat("0", 64) + "']"},
		{CertSHA1, strings.Repeat("0", 40), "[x509-certificate:hashes.'SHA-1' = '" + strings.Repeat("0", 40) + "']"},
		{FilePath, `C:\it's\a.exe`, `[file:name = 'a.exe' AND file:parent_directory_ref.path = 'C:\\it\'s']`},
		{FilePath, `C:\a.exe`, `[file:name = 'a.exe' AND file:parent_directory_ref.path = 'C:\\']`},
		{FilePath, `/tmp/`, `[directory:path = '/tmp/']`},
	} {
		v, err := Parse(c.kind, c.text)
		if err != nil || v.Pattern() != c.want {
			t.Errorf("%s %s: %s, %v, want %s", c.kind, c.text, v.Pattern(), err, c.want)
		}
	}
	sample := map[Kind]string{
		IPv4: "192.0.2.1", IPv6: "2001:db8::1", Domain: "aster.example", URL: "http://aster.example/", Email: "a@aster.example", MAC: "00:00:5e:00:53:01",
		ASN: "1", SSDeep: "96:ab:cd", TLSH: strings.Repeat("a", 70), CertSerial: "0a:1b", FileName: "a.exe", FilePath: "/tmp/a", Mutex: "m", Registry: `HKLM\a`,
		UserAgent: "Mozilla/5.0", CommandLine: "a -b", Subject: "it's due", Process: "boread", AppID: "example.borea.app",
	}
	for _, k := range Kinds() {
		text := sample[k]
		if n := k.digits(); n > 0 {
			text = strings.Repeat("a", n)
		}
		v, err := Parse(k, text)
		if err != nil {
			t.Errorf("%s: %v", k, err)
			continue
		}
		p, err := ParsePattern(v.Pattern())
		if err != nil {
			t.Errorf("%s: %s: %v", k, v.Pattern(), err)
			continue
		}
		values, exact := p.Values()
		switch {
		case k == FilePath: // a name and a folder: two comparisons
		case len(values) != 1 || values[0] != v || !exact:
			t.Errorf("%s says %v, %v, want exactly %v", v.Pattern(), values, exact, v)
		}
	}
}

// TestKindsInHandbook: the list of kinds is closed, and the handbook has all of it.
func TestKindsInHandbook(t *testing.T) {
	text, err := os.ReadFile("../docs/intelligence.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds() {
		if !strings.Contains(string(text), "`"+string(k)+"`") {
			t.Errorf("docs/intelligence.md does not say how a %s is spelled", k)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		text string
	}{
		{IPv4, "2001:db8::1"}, {IPv6, "192.0.2.1"}, {IPv4, "192.0.2"}, {Domain, "192.0.2.1"}, {Domain, "-"[:0]}, {MD5, "xyz"}, {SHA1, strings.Repeat("a", 41)},
		{SSDeep, "a:b:c"}, {TLSH, "T1"}, {MAC, "00:00:5e-00:53:01"}, {ASN, "ASX"}, {ASN, "99999999999"}, {CertSerial, "xyz"}, {FileName, "a/b"}, {"colour", "red"},
		{URL, "http://a b/"}, {URL, "1http://aster.example/"}, {Email, "a b@aster.example"}, {Domain, strings.Repeat("a.", 200)}, {Domain, "aster.example\x00"},
	} {
		if v, err := Parse(c.kind, c.text); err == nil {
			t.Errorf("%s %q is %v, want an error", c.kind, c.text, v)
		}
	}
}

func FuzzRecognise(f *testing.F) {
	for _, s := range []string{"192[.]0.2.1", "hxxp://aster.example/", "duty@aster.example", "[2001:db8::1]", "HKLM\\a", "96:a:b", "bücher.example", "AS1", "C:\\a.exe", "a.b/c", "http://[::1]:1", "%a%\\b", "xn--a.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := Recognise(s)
		if err != nil {
			return
		}
		if !v.Kind.Known() || v.Text == "" {
			t.Fatalf("%q is %v", s, v)
		}
		if again, err := Parse(v.Kind, v.Text); err != nil || again != v {
			t.Fatalf("%q is %v, whose own spelling is %v, %v", s, v, again, err)
		}
		p, err := ParsePattern(v.Pattern())
		if err != nil {
			t.Fatalf("%v says %s: %v", v, v.Pattern(), err)
		}
		if values, _ := p.Values(); v.Kind != FilePath && (len(values) != 1 || values[0] != v) {
			t.Fatalf("%v says %s, which asks for %v", v, v.Pattern(), values)
		}
	})
}
