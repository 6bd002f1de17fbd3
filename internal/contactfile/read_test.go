package contactfile_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/contactfile"
)

var options = contactfile.Options{Now: time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC), Years: 2}

func read(t *testing.T, f contactfile.Format, text string) (rows []contactfile.Row, err error) {
	t.Helper()
	for row, e := range contactfile.Read(f, strings.NewReader(text), options) {
		if e != nil {
			return rows, e
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// said is what a contact point says, in a line for each fact.
func said(e *contactfile.Entry) string {
	var b strings.Builder
	c := &e.Contact
	fmt.Fprintf(&b, "%s|%s|%s|%s\n", e.Name, e.Full, e.Host, e.Country)
	for _, r := range c.Routes {
		fmt.Fprintf(&b, "%s %s\n", r.Route, r.Address)
	}
	fmt.Fprintf(&b, "hours %s\nzone %s", strings.Join(c.Hours, "; "), c.Zone)
	if c.Calendar != nil {
		fmt.Fprintf(&b, " %d offsets from %s", len(c.Calendar.Offsets), c.Calendar.Offsets[0].UTC)
	}
	for _, k := range c.Keys {
		fmt.Fprintf(&b, "\n%s %s %s", k.Sort, k.Fingerprint, k.Expires)
	}
	if k := c.Constituency; k != nil {
		fmt.Fprintf(&b, "\nasns %v networks %v domains %v sectors %v", k.ASNs, k.Networks, k.Domains, k.Sectors)
	}
	return b.String()
}

// The forms are those of the directories; the teams are invented.
const firstText = `{"status":"OK","status-code":200,"version":"1.0","total":4,"data":[
{"id":"aster-cert","team":"Aster CERT","team-full":"National CERT of Aster","host":"Republic of Aster","country":"AS","email":"cert@aster.example","phone":["+999 (0)1/505-6416"],"phone-emergency":"+999 1 505 6417","fax":null,
 "timezone":"Europe/Vienna","operating-hours":"09:00 to 17:00 Monday to Friday","constituency":"Government","constituency-description":"Public bodies of Aster.","pgp-fingerprint":"945C 2808 4340 505C 36CC FA6B CA51 9536 60F3 B29B","last-modified":"Thu, 29 Jan 2026 21:31:54 GMT","website":["https://cert.aster.example"]},
{"team":"Borea CSIRT","host":"Borea Telecom","email":"csirt@borea.example","timezone":"+01:00","timezone-dst":"+02:00","operating-hours":"24/7","pgp-fingerprint":"DEADBEEF"},
{"team":42,"email":{"not":"a word"}},
{"email":"nobody@corvia.example"}]}`

const tiText = `[{"official_name":"National CERT of Aster","short_name":"Aster CERT","country":{"code":"AS","name":"Aster"},"host_organisation":"Republic of Aster","constituency":{"types":["CIIP"],"asns":[64496,64497],"domains":["*.aster.example"],"ipranges":["198.51.100.0/24","10.0.0.0/8","0.0.0.0/0"],"countries":[]},
"business_hours":"08:00 to 18:00 Monday to Friday (excluding public holidays)","business_hours_timezone":"Europe/Vienna","pgp_keys":[{"fingerprint":"945C 2808 4340 505C 36CC FA6B CA51 9536 60F3 B29B","expires":"2027-03-19"}],
"phones":[{"usage":["voice"],"number":"+999 1 505 6416"},{"usage":["voice","emergency"],"number":"+999 1 505 6417"},{"usage":["fax"],"number":"+999 1 505 6418","comments":"This is not a secure fax"}],"emails":[{"address":"cert@aster.example","usage":["contact"]}]},
{"short_name":"","official_name":""},
{"short_name":"Borea CSIRT","constituency":"none"}]`

const cerebrateText = `[{"id":1,"uuid":"0c1f8e0e-0000-4000-8000-000000000001","name":"Aster CERT","url":"https://cert.aster.example","nationality":"Aster","sector":"Government","contacts":"cert@aster.example","modified":"2026-01-29T21:31:54+00:00",
"meta_fields":{"FIRST Directory":{"phone":["+999-1-505-6416","+999-1-505-6419"],"phone-emergency":"+999-1-505-6417","timezone":"Europe/Vienna","operating-hours":"mon-fri 09:00-17:00"},"CSIRT Constituency":{"IPv4 address":"198.51.100.0/24","IPv6 address":"2001:db8:a::/48","AS Number":["64496","AS64497"],"Domain":"aster.example","Sector":["Energy","Public Health"]}},
"encryption_keys":[{"type":"pgp","fingerprint":"945C28084340505C36CCFA6BCA51953660F3B29B"},{"type":"smime","fingerprint":"00","revoked":true}]},
{"name":"Borea CSIRT","meta_fields":[]},
{"name":"Corvia","meta_fields":"none"}]`

const csvText = "\xef\xbb\xbfname;email;telephone;emergency_telephone;hours;zone;networks;asns;domains;languages;until;remark\n" +
	"Aster CERT;cert@aster.example;\"+999 1 505 6416; +999 1 505 6419\";;fri 22:00-06:00;Europe/Vienna;198.51.100.0/24;64496;aster.example;en, fr;2027-01-31;x\n" +
	"\"Borea \"CSIRT\";csirt@borea.example\n" + // a quote within a quoted cell
	";nobody@corvia.example\n" +
	"Corvia CERT;;;;;;;;;;2026-02-30;\n" +
	"Borea CSIRT;csirt@bоrea.example;'=1+1;;sometimes;Mars/Olympus;192.0.2.0/24;;;;;\n" +
	"too;many;;;;;;;;;;;;;\n"

const rfcText = `1. Document Information
1.1 Date of Last Update

   This is version 1.3, published 2026-01-29.

2. Contact Information

2.1 Name of the Team

   Aster CERT
   National CERT of Aster

2.2 Address

   1 Harbour Street

2.3 Time Zone

   CET, Europe/Vienna (GMT+0100, and GMT+0200 in summer)

2.4 Telephone Number

   +999 1 505 6416
   +999 1 505 6417 (emergency, 24/7)

2.5 Facsimile Number

   None available.

2.7 Electronic Mail Address

   cert(at)aster.example

2.8 Public Keys and Other Encryption Information

   945C 2808 4340 505C 36CC  FA6B CA51 9536 60F3 B29B

2.9 Team Members

   The head of the team is A. Person.

2.11 Points of Customer Contact

   Hours of operation are 09:00 to 17:00, Monday to Friday.

3. Charter

3.2 Constituency

   AS64496, 198.51.100.0/24 and *.aster.example; public bodies.
`

const securityText = `# The address for reports
Contact: mailto:security@aster.example
Contact: tel:+999-1-505-6416
Contact: https://aster.example/report
Encryption: openpgp4fpr:945C28084340505C36CCFA6BCA51953660F3B29B
Encryption: https://aster.example/key.txt
Expires: 2027-01-31T09:00:00Z
Preferred-Languages: en, fr
Canonical: https://aster.example/.well-known/security.txt
`

func TestRead(t *testing.T) {
	const key = "\npgp 945c28084340505c36ccfa6bca51953660f3b29b "
	for _, tc := range []struct {
		format contactfile.Format
		text   string
		want   []string // an entry, or "broken: " and a piece of what is said
		left   []string // pieces of what was left out, all rows
	}{
		{contactfile.First, firstText, []string{
			"Aster CERT|National CERT of Aster|Republic of Aster|AS\nemergency-telephone +999 1 505 6417\ntelephone +999 1 505 6416\ne-mail cert@aster.example\nhours mon-fri 09:00-17:00\nzone Europe/Vienna 9 offsets from +01:00" + key + "\nasns [] networks [] domains [] sectors [government]",
			"Borea CSIRT||Borea Telecom|\ne-mail csirt@borea.example\nhours mon-sun 00:00-24:00\nzone +01:00 1 offsets from +01:00",
			"broken: an object where a word belongs", "broken: want the name of a team",
		}, []string{`key "DEADBEEF"`, `summer time "+02:00"`}},
		{contactfile.Ti, tiText, []string{
			"Aster CERT|National CERT of Aster|Republic of Aster|AS\nemergency-telephone +999 1 505 6417\ntelephone +999 1 505 6416\nfax +999 1 505 6418\ne-mail cert@aster.example\nhours mon-fri 08:00-18:00\nzone Europe/Vienna 9 offsets from +01:00" + key + "2027-03-19\nasns [64496 64497] networks [198.51.100.0/24] domains [aster.example] sectors [ciip]",
			"broken: want the name of a team", "broken: want the object of a team",
		}, []string{`network "10.0.0.0/8"`, `network "0.0.0.0/0"`}},
		{contactfile.Cerebrate, cerebrateText, []string{
			"Aster CERT|||Aster\ne-mail cert@aster.example\nemergency-telephone +999 1 505 6417\ntelephone +999 1 505 6416\ntelephone +999 1 505 6419\nhours mon-fri 09:00-17:00\nzone Europe/Vienna 9 offsets from +01:00" + key + "\nasns [64496 64497] networks [198.51.100.0/24 2001:db8:a::/48] domains [aster.example] sectors [government energy public-health]",
			"Borea CSIRT|||\nhours \nzone ", "broken: want values by template and field",
		}, nil},
		{contactfile.CSV, csvText, []string{
			"Aster CERT|||\ntelephone +999 1 505 6416\ntelephone +999 1 505 6419\ne-mail cert@aster.example\nhours fri 22:00-24:00; sat 00:00-06:00\nzone Europe/Vienna 9 offsets from +01:00\nasns [64496] networks [198.51.100.0/24] domains [aster.example] sectors []",
			"broken: want cells as RFC 4180 writes them", "broken: want the name of a team", "broken: is no day that exists",
			"Borea CSIRT|||\ne-mail csirt@xn--brea-55d.example\nhours \nzone \nasns [] networks [192.0.2.0/24] domains [] sectors []", "broken: want 12, as in the line of headings",
		}, []string{`columns "remark"`, `telephone "=1+1"`, `hours "sometimes"`, `zone "Mars/Olympus"`}},
		{contactfile.RFC2350, rfcText, []string{
			"Aster CERT|National CERT of Aster||\ntelephone +999 1 505 6416\nemergency-telephone +999 1 505 6417\ne-mail cert@aster.example\nhours mon-fri 09:00-17:00\nzone Europe/Vienna 9 offsets from +01:00" + key + "\nasns [64496] networks [198.51.100.0/24] domains [aster.example] sectors []",
		}, nil},
		{contactfile.Security, securityText, []string{
			"aster.example|||\ne-mail security@aster.example\ntelephone +999 1 505 6416\nother https://aster.example/report\nhours \nzone " + key,
		}, []string{`key "https://aster.example/key.txt"`}},
	} {
		rows, err := read(t, tc.format, tc.text)
		if err != nil {
			t.Errorf("%s: %v", tc.format, err)
		}
		var got []string
		var left string
		for _, r := range rows {
			if r.Broken != nil {
				if parley.KindOf(r.Broken) != parley.Invalid {
					t.Errorf("%s, row %d: %v", tc.format, r.Number, r.Broken)
				}
				got = append(got, "broken: "+r.Broken.Error())
				continue
			}
			got = append(got, said(r.Entry))
			left += strings.Join(r.Entry.Left, "\n") + "\n"
			fits(t, r.Entry)
		}
		for i := range min(len(got), len(tc.want)) {
			if rest, ok := strings.CutPrefix(tc.want[i], "broken: "); ok && strings.HasPrefix(got[i], "broken: ") && strings.Contains(got[i], rest) {
				got[i] = tc.want[i]
			}
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s: %s", tc.format, d)
		}
		for _, l := range tc.left {
			if !strings.Contains(left, l) {
				t.Errorf("%s: nothing says that %s was left out:\n%s", tc.format, l, left)
			}
		}
		if len(tc.left) == 0 && strings.TrimSpace(left) != "" {
			t.Errorf("%s: left out: %s", tc.format, left)
		}
		if strings.Contains(strings.Join(got, ""), "Person") {
			t.Errorf("%s: a person's name came in", tc.format)
		}
	}
}

// fits: what a row brings can be published once it has a route, as it is.
func fits(t *testing.T, e *contactfile.Entry) {
	t.Helper()
	c := e.Contact
	if len(c.Routes) == 0 {
		c.Routes = []form.ContactRoute{{Route: parley.RouteOther, Address: "by courier"}}
	}
	if err := form.CheckContact(&c); err != nil {
		t.Errorf("%s: %v", e.Name, err)
	}
}

// What is written is read again to the same.
func TestWriteAndRead(t *testing.T) {
	rows, err := read(t, contactfile.Ti, tiText)
	if err != nil {
		t.Fatal(err)
	}
	e := rows[0].Entry
	for _, f := range contactfile.Formats {
		var b bytes.Buffer
		w := contactfile.NewWriter(f, &b, options)
		if err := w.Add(e); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := read(t, f, b.String())
		if err != nil || len(again) != 1 || again[0].Broken != nil {
			t.Fatalf("%s: %v %+v\n%s", f, err, again, b.String())
		}
		a := again[0].Entry
		for _, r := range e.Contact.Routes {
			lacks := f == contactfile.Security && r.Route == parley.RouteFax || f == contactfile.Cerebrate && r.Route == parley.RouteFax
			found := false
			for _, o := range a.Contact.Routes {
				found = found || o.Address == r.Address
			}
			if !found && !lacks {
				t.Errorf("%s: %s %s is lost:\n%s", f, r.Route, r.Address, b.String())
			}
		}
		if f != contactfile.Security && (a.Name != e.Name || !cmp.Equal(a.Contact.Hours, e.Contact.Hours) || a.Contact.Zone != e.Contact.Zone) {
			t.Errorf("%s: %s\n%s", f, said(a), b.String())
		}
		if len(a.Contact.Keys) != 1 || a.Contact.Keys[0].Fingerprint != e.Contact.Keys[0].Fingerprint {
			t.Errorf("%s: the key is lost", f)
		}
		fits(t, a)
	}
}

func TestEmptyAndSingle(t *testing.T) {
	for _, f := range contactfile.Formats {
		var b bytes.Buffer
		w := contactfile.NewWriter(f, &b, options)
		err := w.Close()
		if single := f == contactfile.RFC2350 || f == contactfile.Security; single != (parley.KindOf(err) == parley.NotFound && err != nil) {
			t.Errorf("%s: %v", f, err)
		} else if !single {
			if rows, err := read(t, f, b.String()); err != nil || len(rows) != 0 {
				t.Errorf("%s: %v %v from %q", f, rows, err, b.String())
			}
		}
	}
	w := contactfile.NewWriter(contactfile.Security, io.Discard, options)
	e := &contactfile.Entry{Name: "Aster CERT"}
	w.Add(e)
	if err := w.Add(e); parley.KindOf(err) != parley.Invalid {
		t.Errorf("two contacts in one security.txt: %v", err)
	}
}

// A file that is no such file ends with an error that says what is wanted.
func TestHostileFiles(t *testing.T) {
	for name, tc := range map[string]struct {
		format contactfile.Format
		text   string
	}{
		"gzip":                {contactfile.CSV, "\x1f\x8b\x08\x00"},
		"zip":                 {contactfile.First, "PK\x03\x04"},
		"UTF-16":              {contactfile.Ti, "\xff\xfe[\x00"},
		"no JSON":             {contactfile.Ti, "<html>"},
		"empty JSON":          {contactfile.Ti, ""},
		"cut off":             {contactfile.Ti, `[{"short_name":"Aster CERT"`},
		"no list":             {contactfile.First, `{"data":{}}`},
		"no member":           {contactfile.First, `{"status":"OK"}`},
		"deep":                {contactfile.First, strings.Repeat("[", 100000)},
		"a row without end":   {contactfile.Ti, `["` + strings.Repeat("x", contactfile.MaxRow+10)},
		"no headings":         {contactfile.CSV, ""},
		"headings without us": {contactfile.CSV, "a,b\n1,2\n"},
		"a heading twice":     {contactfile.CSV, "name,email,email\nA,b,c\n"},
		"text not UTF-8":      {contactfile.RFC2350, "2.1 Name of the Team\n\n  A\xff\n"},
		"text without end":    {contactfile.Security, strings.Repeat("Contact: mailto:a@b.example\n", contactfile.MaxRow/20)},
	} {
		if rows, err := read(t, tc.format, tc.text); parley.KindOf(err) != parley.Invalid || err == nil {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
	for name, text := range map[string]string{
		"no contact":        "Expires: 2027-01-31T09:00:00Z\n",
		"two ends":          "Contact: mailto:a@aster.example\nExpires: 2027-01-31T09:00:00Z\nExpires: 2027-01-31T09:00:00Z\n",
		"an impossible end": "Contact: mailto:a@aster.example\nExpires: 2027-02-30T09:00:00Z\n",
		"no field":          "Contact: mailto:a@aster.example\nhello\n",
	} {
		if rows, err := read(t, contactfile.Security, text); err != nil || len(rows) != 1 || parley.KindOf(rows[0].Broken) != parley.Invalid {
			t.Errorf("%s: %+v %v", name, rows, err)
		}
	}
	endless := "name\n\"" + strings.Repeat("x", contactfile.MaxRow+10)
	if rows, err := read(t, contactfile.CSV, endless); err != nil || len(rows) == 0 || rows[0].Broken == nil {
		t.Errorf("a cell without end: %d rows, %v", len(rows), err)
	}
	signed := "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + securityText + "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n"
	if rows, err := read(t, contactfile.Security, signed); err != nil || rows[0].Broken != nil || !strings.Contains(strings.Join(rows[0].Entry.Left, " "), "not verified") {
		t.Errorf("a signature is taken off, with a word: %+v %v", rows, err)
	}
}

// A long file is read row by row, in memory that does not grow with it; every
// broken row is named.
func TestManyRows(t *testing.T) {
	const n = 50_000
	r, w := io.Pipe()
	go func() { // ends with the pipe
		fmt.Fprintln(w, "name,email,networks")
		for i := range n {
			if i%1000 == 7 {
				fmt.Fprintf(w, "Team \"%d,x\n", i)
				continue
			}
			fmt.Fprintf(w, "Team %d,t%d@aster.example,198.%d.%d.0/24\n", i, i, i>>8&255, i&255)
		}
		w.Close()
	}()
	good, broken := 0, []int{}
	for row, err := range contactfile.Read(contactfile.CSV, r, options) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Broken != nil {
			broken = append(broken, row.Number)
		} else {
			good++
		}
	}
	if good != n-n/1000 || len(broken) != n/1000 || broken[0] != 9 {
		t.Errorf("%d good, %d broken: %v", good, len(broken), broken[:min(3, len(broken))])
	}
}

func TestParseHours(t *testing.T) {
	for in, want := range map[string]string{
		"08:00 to 18:00 Monday to Friday (excluding public holidays)": "mon-fri 08:00-18:00",
		"09:00 - 18:00":      "mon-fri 09:00-18:00 ?",
		"24/7":               "mon-sun 00:00-24:00",
		"24x7x365":           "mon-sun 00:00-24:00",
		"Mon-Fri 9:00–17:30": "mon-fri 09:00-17:30",
		"09.00-12.00 and 13.00-17.00, Mondays to Thursdays": "mon-thu 09:00-12:00; mon-thu 13:00-17:00",
		"daily 20:00-06:00":                    "mon-sun 20:00-24:00; mon-sun 00:00-06:00",
		"Saturday 10:00-14:00":                 "sat 10:00-14:00",
		"mon-fri 09:00-17:00; sat 22:00-02:00": "mon-fri 09:00-17:00; sat 22:00-24:00; sun 00:00-02:00",
		"Monday, Wednesday 09:00-17:00":        "",
		"office hours":                         "",
		"25:00 to 26:00":                       "",
		"mon 09:00-17:00; mon 10:00-11:00":     "",
	} {
		lines, note := contactfile.ParseHours(in)
		got := strings.Join(lines, "; ")
		if note != "" {
			got += " ?"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// A zone's offsets are listed to the hour of each change, at writing.
func TestZone(t *testing.T) {
	c, err := contactfile.Zone("Europe/Vienna", options.Now, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []form.ContactOffset{{UTC: "+01:00"}, {From: "2025-03-30T01:00:00Z", UTC: "+02:00"}, {From: "2025-10-26T01:00:00Z", UTC: "+01:00"},
		{From: "2026-03-29T01:00:00Z", UTC: "+02:00"}, {From: "2026-10-25T01:00:00Z", UTC: "+01:00"}, {From: "2027-03-28T01:00:00Z", UTC: "+02:00"}, {From: "2027-10-31T01:00:00Z", UTC: "+01:00"}}
	if d := cmp.Diff(want, c.Offsets); d != "" {
		t.Error(d)
	}
	for name, offsets := range map[string]int{"UTC": 1, "Asia/Kolkata": 1, "Australia/Lord_Howe": 7, "Asia/Kathmandu": 1, "America/St_Johns": 7} {
		c, err := contactfile.Zone(name, options.Now, 1)
		if err != nil || len(c.Offsets) != offsets {
			t.Errorf("%s: %+v %v", name, c, err)
		}
	}
	for _, name := range []string{"", "Local", "Mars/Olympus", "../etc/passwd", strings.Repeat("A", 100)} {
		if c, err := contactfile.Zone(name, options.Now, 1); err == nil {
			t.Errorf("%q is a zone: %+v", name, c)
		}
	}
}

// TestRealDirectory reads a directory of real teams, where the data is.
func TestRealDirectory(t *testing.T) {
	folder := os.Getenv("PARLEY_DATA")
	if folder == "" {
		t.Skip("PARLEY_DATA is not set: no real data here")
	}
	raw, err := os.ReadFile(filepath.Join(folder, "context", "certopedia-MIT.json"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(`"name"`, `"team"`, `"fullName"`, `"team-full"`, `"emergencyContact"`, `"phone-emergency"`).Replace(string(raw))
	rows, err := read(t, contactfile.First, text)
	if err != nil || len(rows) < 10 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		if r.Broken != nil {
			t.Errorf("row %d: %v", r.Number, r.Broken)
			continue
		}
		fits(t, r.Entry)
	}
}

func FuzzRead(f *testing.F) {
	for i, s := range []string{firstText, tiText, cerebrateText, csvText, rfcText, securityText} {
		f.Add(byte(i), s)
	}
	f.Fuzz(func(t *testing.T, which byte, text string) {
		format := contactfile.Formats[int(which)%len(contactfile.Formats)]
		for row, err := range contactfile.Read(format, strings.NewReader(text), options) {
			if err != nil {
				if parley.KindOf(err) != parley.Invalid {
					t.Errorf("%s: %v", format, err)
				}
				return
			}
			if row.Entry == nil {
				continue
			}
			fits(t, row.Entry)
			if w := contactfile.NewWriter(format, io.Discard, options); w.Add(row.Entry) != nil || w.Close() != nil {
				t.Error("what was read is not written")
			}
		}
	})
}
