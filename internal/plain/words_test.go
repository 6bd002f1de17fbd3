package plain_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/plain"
)

func TestWords(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	_, noFile := os.Open(missing)
	_, folder := os.ReadFile(dir)
	_, noTime := time.Parse(time.RFC3339, "yesterday")
	_, noNumber := strconv.Atoi("x")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_, taken := net.Listen("tcp", address)
	l.Close()
	_, refused := net.Dial("tcp", address)
	for _, x := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("our own words"), "our own words"},
		{noFile, missing + ": there is no such file or folder"},
		{parley.E(parley.Invalid, "cannot read %s: %w", missing, noFile), "cannot read " + missing + ": there is no such file or folder"},
		{fmt.Errorf("read %s: %w", dir, folder), "read " + dir + ": it is a folder"},
		{parley.E(parley.Invalid, "--at: %w", noTime), `--at: "yesterday" is no instant: want one with its zone, such as 2027-01-31T09:00:00Z`},
		{fmt.Errorf("--limit: %w", noNumber), `--limit: "x" is no number`},
		{parley.E(parley.Unavailable, "not reachable: %w", refused), "not reachable: nobody listens there"},
		{taken, "another program listens there already"},
		{&net.DNSError{Name: "nowhere.example", IsNotFound: true}, `the name "nowhere.example" is not known`},
		{fmt.Errorf("gave up waiting: %w", context.DeadlineExceeded), "gave up waiting: no answer in time"},
		{errors.Join(noNumber, noFile), `"x" is no number` + "\n" + missing + ": there is no such file or folder"},
	} {
		if got := plain.Words(x.err); got != x.want {
			t.Errorf("%v: %q, want %q", x.err, got, x.want)
		}
	}
}
