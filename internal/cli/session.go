package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

// A process that ends in order leaves a mark: the name of its session, in the store
// and in a folder in memory, outside of the home. The next command on this machine
// that finds both the same knows that nothing was put back in between: an older copy
// of the home names an older session, and a machine that was started again has no mark.
// So two parties that never serve and carry pouches need not ask anew at each command.
// `serve` asks at every start all the same. JOURNAL-29

// markFile is where the mark of a home is left; "" where this system has no folder in
// memory of its own.
func markFile(home string) string {
	abs, err := filepath.Abs(home)
	if err != nil {
		return ""
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return ""
	}
	h := parley.Sum([]byte(abs))
	for _, dir := range []string{os.Getenv("XDG_RUNTIME_DIR"), "/dev/shm"} {
		if filepath.IsAbs(dir) && inMemory(dir) {
			return filepath.Join(dir, "parley-"+hex.EncodeToString(h[:12])+".session")
		}
	}
	return ""
}

// takeMark reads the mark and removes it: a process that dies leaves none.
func takeMark(home string) []byte {
	name := markFile(home)
	if name == "" {
		return nil
	}
	defer os.Remove(name)
	f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil || int(st.Uid) != os.Geteuid() || st.Mode&(unix.S_IFMT|0o077) != unix.S_IFREG {
		return nil // not ours
	}
	b, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil {
		return nil
	}
	return b
}

// continues says whether this process follows, on this machine, one that ended in order.
func (h *house) continues(ctx context.Context) (bool, error) {
	return node.IsSession(ctx, h.db, takeMark(h.home.Dir))
}

// leaveMark ends the session in order, where nothing waits for an answer. Where it
// cannot, the next command asks.
func (h *house) leaveMark() {
	name := markFile(h.home.Dir)
	if name == "" || h.node == nil || !h.node.Settled() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	session := []byte(rand.Text())
	if err := node.SetSession(ctx, h.db, session); err != nil {
		return
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return
	}
	if _, err = f.Write(session); err != nil {
		os.Remove(name)
	}
	f.Close()
}
