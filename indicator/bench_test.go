package indicator

import "testing"

var sample = []string{
	"[domain-name:value = 'www.aster.example']",
	"[file:hashes.'SHA-256' = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855']",
	"[ipv4-addr:value = '192.0.2.1']",
	"[url:value = 'https://www.aster.example/login.php?a=b']",
	"[network-traffic:dst_ref.type = 'domain-name' AND network-traffic:dst_ref.value = 'www.aster.example']",
}

func BenchmarkParsePattern(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := ParsePattern(sample[i%len(sample)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValues(b *testing.B) {
	b.ReportAllocs()
	var all []*Pattern
	for _, s := range sample {
		p, err := ParsePattern(s)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, p)
	}
	for i := 0; b.Loop(); i++ {
		if v, exact := all[i%len(all)].Values(); len(v) != 1 || !exact {
			b.Fatal(v)
		}
	}
}
