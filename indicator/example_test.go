package indicator_test

import (
	"fmt"
	"time"

	"parley.example/parley/indicator"
)

func ExampleRecognise() {
	for _, text := range []string{"hxxps://www[.]aster[.]example:443/login", "192.0.2[.]1", "Bücher[.]example", "192.0.2.1:8080"} {
		v, err := indicator.Recognise(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(v, "is", v.Pattern())
	}
	// Output:
	// url https://www.aster.example/login is [url:value = 'https://www.aster.example/login']
	// ipv4-addr 192.0.2.1 is [ipv4-addr:value = '192.0.2.1']
	// domain-name xn--bcher-kva.example is [domain-name:value = 'xn--bcher-kva.example']
	// "192.0.2.1:8080" is an address with a port: give the address alone, or a URL with its scheme
}

func ExampleParsePattern() {
	_, err := indicator.ParsePattern("[file:hashes.SHA-256 = 'abc']")
	fmt.Println(err)
	_, err = indicator.ParsePattern("[domain-name:value = 'a.example' or domain-name:value = 'b.example']")
	fmt.Println(err)
	// Output:
	// not a STIX pattern, at octet 13: the property SHA-256 has a hyphen: put it in quotes, 'SHA-256'
	// not a STIX pattern, at octet 33: found "or": want AND, OR, or the ] that ends the observation; keywords are written in capitals, OR
}

func ExamplePattern_Values() {
	p, _ := indicator.ParsePattern("[domain-name:value = 'WWW.Borea.Example' OR ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]")
	values, exact := p.Values()
	fmt.Println(values, exact)
	// Output: [domain-name www.borea.example ipv4-addr 192.0.2.1 ipv4-addr 192.0.2.2] true
}

// Three failed logins within a minute, and then one that succeeds.
func ExamplePattern_Match() {
	p, err := indicator.ParsePattern(`([x-login:ok = false] REPEATS 3 TIMES) WITHIN 60 SECONDS FOLLOWEDBY [x-login:ok = true]`)
	if err != nil {
		fmt.Println(err)
		return
	}
	noon := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	login := func(after time.Duration, count int, ok bool) indicator.Observation {
		return indicator.Observation{
			First: noon.Add(after), Last: noon.Add(after), Count: count,
			Objects: map[string]any{"0": map[string]any{"type": "x-login", "ok": ok}},
		}
	}
	seen := []indicator.Observation{login(0, 1, false), login(20*time.Second, 2, false)}
	fmt.Println(p.Match(seen, 0))
	fmt.Println(p.Match(append(seen, login(30*time.Second, 1, true)), 0))
	// Output:
	// false <nil>
	// true <nil>
}
