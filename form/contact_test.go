package form_test

import (
	"encoding/json"
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/clock"
	"parley.example/parley/form"
	"parley.example/parley/internal/vectors"
)

var updateContacts = flag.Bool("update-contacts", false, "write testdata/vectors/contact")

const contactFolder = "../testdata/vectors/contact"

// duty is a record with everything in it.
const duty = `{"point":"duty","title":[{"language":"en","text":"Duty officer"},{"language":"ru","text":"Дежурный"}],"track":"technical","languages":["en","fr"],"zone":"Aster Time",` +
	`"hours":["mon-fri 08:00-18:00","sat 22:00-24:00","sun 00:00-06:00"],` +
	`"calendar":{"from":"2026-01-01","to":"2027-12-31","offsets":[{"utc":"+02:00"},{"from":"2026-03-29T01:00:00Z","utc":"+03:00"}],"holidays":["01-01","2026-05-01"]},` +
	`"routes":[{"route":"telephone","address":"+999 1 505 6416"},{"route":"emergency-telephone","address":"+999 1 505 6417","hours":["mon-sun 00:00-24:00"],"confirmed":"2026-01-02T09:00:00Z","until":"2026-04-02T09:00:00Z"},` +
	`{"route":"e-mail","address":"duty@aster.example"},{"route":"node","address":"aster.example/cert"}],` +
	`"keys":[{"sort":"pgp","fingerprint":"945c28084340505c36ccfa6bca51953660f3b29b","address":"duty@aster.example","expires":"2027-03-19"}],` +
	`"constituency":{"asns":[64496],"networks":["198.51.100.0/24","2001:db8:a::/48"],"domains":["aster.example"],"sectors":["energy"]},` +
	`"confirmed":"2026-02-01T09:00:00Z","until":"2027-02-01T09:00:00Z"}`

// contactFaults are changes of duty, and the field that each makes wrong.
var contactFaults = []struct{ name, what, old, new, field string }{
	{"point-missing", "A record without its point.", `"point":"duty",`, ``, "point"},
	{"point-confusable", "A point with a Cyrillic letter that looks Latin.", `"point":"duty"`, `"point":"dutу"`, "point"},
	{"title-twice", "Two titles in one language.", `"language":"ru"`, `"language":"en"`, "title.1"},
	{"title-lines", "A title of two lines.", `Duty officer`, `Duty\nofficer`, "title.0"},
	{"track-words", "A track that is no word.", `"technical"`, `"law enforcement"`, "track"},
	{"zone-alone", "A zone without the offsets that it stands for.", `"calendar":{"from":"2026-01-01","to":"2027-12-31","offsets":[{"utc":"+02:00"},{"from":"2026-03-29T01:00:00Z","utc":"+03:00"}],"holidays":["01-01","2026-05-01"]},`, ``, "calendar"},
	{"hours-midnight", "Hours that end after midnight: two lines say that.", `sat 22:00-24:00`, `sat 22:00-06:00`, "hours.1"},
	{"hours-overlap", "Hours that overlap.", `sat 22:00-24:00`, `mon 17:00-19:00`, "hours.1"},
	{"hours-twice", "The same line twice.", `sat 22:00-24:00`, `mon-fri 08:00-18:00`, "hours"},
	{"calendar-day", "A day that does not exist.", `"to":"2027-12-31"`, `"to":"2027-02-29"`, "calendar.to"},
	{"calendar-backwards", "A calendar that ends before it begins.", `"to":"2027-12-31"`, `"to":"2025-12-31"`, "calendar.to"},
	{"calendar-offset", "An offset that nobody lives at.", `"+03:00"`, `"+15:00"`, "calendar.offsets.1"},
	{"calendar-zone", "A zone's name where an offset belongs.", `"+03:00"`, `"CEST"`, "calendar.offsets.1"},
	{"calendar-order", "Offsets out of order.", `{"utc":"+02:00"},{"from":"2026-03-29T01:00:00Z","utc":"+03:00"}`, `{"from":"2026-03-29T01:00:00Z","utc":"+03:00"},{"utc":"+02:00"}`, "calendar.offsets.0"},
	{"calendar-holiday", "A holiday that no year has.", `"01-01"`, `"06-31"`, "calendar.holidays.0"},
	{"route-twice", "A route twice.", `"emergency-telephone","address":"+999 1 505 6417"`, `"telephone","address":"+999 1 505 6416"`, "routes.1"},
	{"route-unknown", "A route that there is not.", `"route":"node"`, `"route":"pigeon"`, "routes.3.route"},
	{"telephone-letters", "A number with letters.", `+999 1 505 6416`, `+999 1 CERT`, "routes.0.address"},
	{"telephone-digits", "A number in other digits that look right.", `+999 1 505 6416`, `+९९९ 1 505 6416`, "routes.0.address"},
	{"mail-idn", "An e-mail address in letters that look like others.", `"e-mail","address":"duty@aster.example"`, `"e-mail","address":"duty@аster.example"`, "routes.2.address"},
	{"mail-two", "Two addresses in one.", `"e-mail","address":"duty@aster.example"`, `"e-mail","address":"duty@aster.example@x.example"`, "routes.2.address"},
	{"node-body", "A node route that is no body.", `"aster.example/cert"`, `"aster.example"`, "routes.3.address"},
	{"key-short", "Half a fingerprint.", `945c28084340505c36ccfa6bca51953660f3b29b`, `ca51953660f3b29b`, "keys.0.fingerprint"},
	{"key-expired", "A key that had expired when it was confirmed.", `2027-03-19`, `2026-01-31`, "keys.0.expires"},
	{"network-all", "All addresses that there are.", `198.51.100.0/24`, `0.0.0.0/0`, "constituency.networks.0"},
	{"network-half", "Half of them.", `198.51.100.0/24`, `128.0.0.0/1`, "constituency.networks.0"},
	{"network-wide6", "All of IPv6 that is in use.", `2001:db8:a::/48`, `2000::/3`, "constituency.networks.1"},
	{"network-private", "Addresses that everybody has at home.", `198.51.100.0/24`, `192.168.4.0/24`, "constituency.networks.0"},
	{"network-loopback6", "Each machine's own address.", `2001:db8:a::/48`, `::1`, "constituency.networks.1"},
	{"network-mapped", "IPv4 inside IPv6.", `198.51.100.0/24`, `::ffff:198.51.100.0/120`, "constituency.networks.0"},
	{"network-bits", "Bits behind the length.", `198.51.100.0/24`, `198.51.100.7/24`, "constituency.networks.0"},
	{"network-twice", "A network twice.", `2001:db8:a::/48`, `198.51.100.0/24`, "constituency.networks"},
	{"domain-idn", "A domain in its own letters.", `["aster.example"]`, `["аster.example"]`, "constituency.domains.0"},
	{"domain-wild", "A domain with an asterisk.", `["aster.example"]`, `["*.aster.example"]`, "constituency.domains.0"},
	{"until-before", "It ends before it was confirmed.", `"until":"2027-02-01T09:00:00Z"`, `"until":"2026-01-01T09:00:00Z"`, "until"},
	{"route-later", "A route that was confirmed after the record.", `"confirmed":"2026-01-02T09:00:00Z"`, `"confirmed":"2026-03-02T09:00:00Z"`, "routes.1.confirmed"},
	{"instant", "An instant that does not exist.", `2027-02-01T09:00:00Z`, `2027-02-30T09:00:00Z`, "until"},
	{"person", "A person's name has no place.", `"track":`, `"name":"A. Person","track":`, "name"},
}

// CONTACT-1 to CONTACT-8, CONTACT-11, CONTACT-12
func TestContactVectors(t *testing.T) {
	if *updateContacts {
		writeContacts(t)
	}
	list, err := vectors.Read(contactFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		f, ok := form.Find(parley.KindContact, v.Get("step"), 1)
		if !ok {
			t.Fatalf("%s: no form", v.Name)
		}
		err := f.Check([]byte(strings.TrimSuffix(string(v.Body), "\n")), nil)
		var faults form.Faults
		switch errors.As(err, &faults); {
		case v.Expect() == "valid" && err != nil:
			t.Errorf("%s: %v", v.Name, err)
		case v.Expect() == "invalid" && (parley.KindOf(err) != parley.Invalid || len(faults.Of(v.Get("field"))) == 0):
			t.Errorf("%s: %v, want a fault of %s", v.Name, err, v.Get("field"))
		}
		for _, x := range faults {
			if x.Want == "" || x.What == "" {
				t.Errorf("%s: %+v says too little", v.Name, x)
			}
		}
	}
	if len(list) < len(contactFaults) {
		t.Errorf("%d vectors", len(list))
	}
}

func writeContacts(t *testing.T) {
	put := func(name, what, body string, head ...string) {
		raw := vectors.Format(what, []byte(body+"\n"), append([]string{"kind", "contact"}, head...)...)
		if err := os.WriteFile(filepath.Join(contactFolder, name+".txt"), raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("record", "A record with everything in it.", duty, "step", "record", "expect", "valid")
	put("least", "The least that a record says.", `{"point":"mfa","title":[{"language":"en","text":"Desk"}],"track":"diplomatic","routes":[{"route":"other","address":"by courier"}],"confirmed":"2026-02-01T09:00:00Z","until":"2027-02-01T09:00:00Z"}`, "step", "record", "expect", "valid")
	put("end", "An end with its reason.", `{"point":"duty","why":{"language":"en","text":"The desk has moved to the operations centre."}}`, "step", "end", "expect", "valid")
	put("end-more", "An end that says more than an end does.", `{"point":"duty","track":"technical"}`, "step", "end", "expect", "invalid", "field", "track")
	for _, c := range contactFaults {
		body := strings.Replace(duty, c.old, c.new, 1)
		if body == duty {
			t.Fatalf("%s changes nothing", c.name)
		}
		put(c.name, c.what, body, "step", "record", "expect", "invalid", "field", c.field)
	}
}

func TestReadContact(t *testing.T) {
	c, err := form.ReadContact([]byte(duty), nil)
	if err != nil || len(c.Routes) != 4 || c.Constituency.ASNs[0] != 64496 || c.Calendar.Table().Offsets[1].UTC != "+03:00" {
		t.Fatalf("%+v %v", c, err)
	}
	raw, err := json.Marshal(c)
	if err != nil || string(raw) != duty {
		t.Errorf("written again it is %s (%v)", raw, err)
	}
	if _, err := form.ReadContactEnd([]byte(duty), nil); parley.KindOf(err) != parley.Invalid {
		t.Errorf("a record is no end: %v", err)
	}
}

// CONTACT-9
func TestStale(t *testing.T) {
	for _, tc := range []struct{ confirmed, until, length, want string }{
		{"2026-02-01T09:00:00Z", "2026-03-01T09:00:00Z", "1 year", "2026-03-01T09:00:00Z"},
		{"2026-02-01T09:00:00Z", "2036-03-01T09:00:00Z", "1 year", "2027-02-02T00:00:00Z"},
		{"2026-02-01T09:00:00Z", "2036-03-01T09:00:00Z", "", "2036-03-01T09:00:00Z"},
	} {
		var length clock.Length
		if tc.length != "" {
			length, _ = clock.ParseLength(tc.length)
		}
		if at := form.Stale(tc.confirmed, tc.until, length); at.Format(form.TimeLayout) != tc.want {
			t.Errorf("%s to %s: %s, want %s", tc.confirmed, tc.until, at, tc.want)
		}
	}
}

func TestClaimable(t *testing.T) {
	for in, ok := range map[string]bool{"192.0.2.0/24": true, "8.0.0.0/8": true, "8.0.0.0/7": false, "10.1.0.0/16": false, "172.16.0.0/12": false, "100.64.0.0/10": false,
		"224.0.0.0/8": false, "255.255.255.255/32": false, "2001:db8::/32": true, "2001::/16": true, "2000::/15": false, "fe80::/64": false, "fd00::/8": false, "::1/128": false} {
		if what, want := form.Claimable(netip.MustParsePrefix(in)); (what == "") != ok || (what == "") != (want == "") {
			t.Errorf("%s: %q %q", in, what, want)
		}
	}
}

func FuzzContact(f *testing.F) {
	list, err := vectors.Read(contactFolder)
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range list {
		f.Add([]byte(strings.TrimSuffix(string(v.Body), "\n")))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := form.ReadContact(b, nil)
		if err != nil {
			return
		}
		if again, err := json.Marshal(c); err != nil || len(again) < len(b)/8 {
			t.Errorf("%q becomes %q: %v", b, again, err)
		}
		if c.Calendar != nil {
			table := c.Calendar.Table()
			if _, err := table.Calendar(); err != nil {
				t.Errorf("a calendar that passed is refused: %v", err)
			}
		}
	})
}
