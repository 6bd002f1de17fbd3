package warninglist_test

import (
	"fmt"
	"strings"
	"testing"

	"parley.example/parley/indicator"
	"parley.example/parley/internal/warninglist"
)

func BenchmarkNames(b *testing.B) {
	var hosts, nets []string
	for i := range 20000 {
		hosts = append(hosts, fmt.Sprintf(`"h%d.example"`, i))
		nets = append(nets, fmt.Sprintf(`"10.%d.%d.0/24"`, i/256, i%256))
	}
	a, _, _ := warninglist.Parse(strings.NewReader(`{"name":"a","type":"hostname","list":[` + strings.Join(hosts, ",") + `]}`))
	c, _, _ := warninglist.Parse(strings.NewReader(`{"name":"c","type":"cidr","list":[` + strings.Join(nets, ",") + `]}`))
	s, _ := warninglist.NewSet(a, c)
	for _, text := range []string{"192.0.2.1", "10.1.2.3", "www.h7.example", "aster.example"} {
		v, _ := indicator.Recognise(text)
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				s.Names(v)
			}
		})
	}
}
