package cli

import (
	"testing"
	"time"

	"parley.example/parley/clock"
)

// The offsets that init lists are those of the zone, on every day of ten years.
func TestOffsets(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Tallinn", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Skip("no time zone database here")
		}
		i := initCmd{Name: "aster.example", Zone: name, Hours: []string{"mon-sun 00:00-24:00"}}
		table, err := i.calendar(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(name, err)
		}
		cal, err := table.Calendar()
		if err != nil {
			t.Fatal(name, err)
		}
		day, err := clock.ParseLength("1 day")
		if err != nil {
			t.Fatal(err)
		}
		for d := time.Date(2026, 1, 1, 12, 0, 0, 0, zone); d.Year() < 2035; d = d.AddDate(0, 0, 1) {
			due, _, err := day.Deadline(d, cal)
			if want := time.Date(d.Year(), d.Month(), d.Day()+2, 0, 0, 0, 0, zone); err != nil || !due.Equal(want) {
				t.Fatalf("%s %s: due %s, want %s (%v)", name, d, due.In(zone), want, err)
			}
		}
	}
}

func TestReplaceLine(t *testing.T) {
	const text = "# head\nagreement = \"v\"\ntitle = 1\n\n[legal]\ntitle = 2\n"
	for _, tc := range []struct{ key, line, want string }{
		{"title", "title = 9", "# head\nagreement = \"v\"\ntitle = 9\n\n[legal]\ntitle = 2\n"},
		{"sign_by", "sign_by = 3", "# head\nagreement = \"v\"\nsign_by = 3\ntitle = 1\n\n[legal]\ntitle = 2\n"},
	} {
		if got := string(replaceLine([]byte(text), tc.key, tc.line)); got != tc.want {
			t.Errorf("%s: %q", tc.key, got)
		}
	}
	if got := string(dropLine([]byte(text), "title")); got != "# head\nagreement = \"v\"\n\n[legal]\ntitle = 2\n" {
		t.Errorf("dropped: %q", got)
	}
}

func TestDesk(t *testing.T) {
	for address, want := range map[string]string{"": "127.0.0.1:7480", "aster.example:7443": "127.0.0.1:7480", "127.0.0.1:7543": "127.0.0.1:7580"} {
		if got := (&initCmd{Address: address}).desk(); got != want {
			t.Errorf("%q: %s", address, got)
		}
	}
}
