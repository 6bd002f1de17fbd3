package indicator

import (
	"slices"
	"strings"
	"testing"
)

func TestReadings(t *testing.T) {
	for text, want := range map[string][]Value{
		"example.borea.app":        {{Domain, "example.borea.app"}, {AppID, "example.borea.app"}, {Process, "example.borea.app"}, {FileName, "example.borea.app"}},
		strings.Repeat("A", 32):    {{MD5, strings.Repeat("a", 32)}, {Imphash, strings.Repeat("a", 32)}, {CertMD5, strings.Repeat("a", 32)}},
		strings.Repeat("0b", 32):   {{SHA256, strings.Repeat("0b", 32)}, {SHA3_256, strings.Repeat("0b", 32)}, {CertSHA256, strings.Repeat("0b", 32)}},
		"192[.]0.2.1":              {{IPv4, "192.0.2.1"}},
		"0A:1B:2C":                 {{CertSerial, "a1b2c"}},
		"boread":                   {{Process, "boread"}, {Mutex, "boread"}},
		`HKLM\Software\Borea`:      {{Registry, `HKEY_LOCAL_MACHINE\Software\Borea`}},
		"your invoice (at last)":   {{Subject, "your invoice (at last)"}},
		"":                         nil,
		strings.Repeat("a", 10000): nil,
	} {
		got := Readings(text)
		for _, v := range want {
			if !slices.Contains(got, v) {
				t.Errorf("%.40q can be %v, want %v too", text, got, v)
			}
		}
		if len(want) == 0 && len(got) > 0 || len(want) > 0 && len(got) > 24 {
			t.Errorf("%.40q can be %v", text, got)
		}
		if v, err := Recognise(text); err == nil && got[0] != v {
			t.Errorf("%.40q is %v first, want %v", text, got[0], v)
		}
	}
}
