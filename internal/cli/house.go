package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"parley.example/parley"
	"parley.example/parley/internal/alert"
	"parley.example/parley/internal/config"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/poll"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/blobfile"
	"parley.example/parley/internal/store/sqldb"
)

// house is one opened home with everything in it wired: the only place where the
// rooms meet.
type house struct {
	home     node.Home
	settings config.Config
	log      *slog.Logger
	lock     *os.File
	db       *sqldb.DB
	register *register.Register
	node     *node.Node
	officers *officer.Officers
	watch    *officer.Watch
	alerts   *alert.Alerts
	intel    *intel.Store
	imports  sync.Map // how far each import is, by its ticket
	clients  *gateway.Clients
	poller   *poll.Poller
	card     func() parley.Party // who the home's card says it is, read once
	serving  bool                // set by serve, before anybody can call
}

// openHouse opens a home under its lock. With asks, every journal asks before it speaks;
// else one that was left in order goes on: JOURNAL-29. Unavailable: another process has it open.
func openHouse(ctx context.Context, dir string, voice io.Writer, asks bool) (h *house, err error) {
	h = &house{home: node.Home{Dir: dir}, card: sync.OnceValue(func() parley.Party {
		card, err := ownCard(dir)
		if err != nil || card.Party == nil {
			return ""
		}
		return card.Party.Name
	})}
	if !h.home.Exists() {
		return nil, parley.E(parley.NotFound, "%s is no home of a node", dir).WithHint("`parley init` makes one; --home or PARLEY_HOME names it")
	}
	if h.settings, err = config.Load(dir); err != nil {
		return nil, err
	}
	h.log = logger(h.settings.Log, voice)
	if h.lock, err = lockHome(h.home); err != nil {
		return nil, err
	}
	sweep(h.home)
	begun := h // a failing return sets h to nil
	defer func() {
		if err != nil {
			begun.Close()
		}
	}()
	if h.db, err = sqldb.Open(ctx, h.home.Path("parley.db")); err != nil {
		return nil, err
	}
	blobs, err := blobfile.Open(h.home.Path("blobs"))
	if err != nil {
		return nil, err
	}
	h.officers = officer.New(h.db, time.Now)
	h.watch = officer.NewWatch(h.db, h.officers, time.Now)
	if h.alerts, err = alert.New(h.db, h.settings.Alert); err != nil {
		return nil, err
	}
	if h.register, err = register.New(h.db); err != nil {
		return nil, err
	}
	if h.intel, err = intel.Open(ctx, h.db, time.Now); err != nil {
		return nil, err
	}
	lists, faults := intel.LoadWarnings(h.home.Path("warninglists"))
	for _, f := range faults {
		h.log.Warn("a warninglist, or an entry of one, is left out", "event", "intel.warninglist", "error", f)
	}
	h.intel.SetWarnings(lists)
	h.clients = gateway.New(h.db, time.Now)
	h.poller = poll.New(h.db, h.intel, time.Now, h.log)
	own, _, err := h.home.TLS()
	if err != nil {
		return nil, err
	}
	continues, err := h.continues(ctx)
	if err != nil {
		return nil, err
	}
	h.node, err = node.Open(ctx, node.Options{Continues: continues && !asks,
		Home: h.home, DB: h.db, Register: h.register, Blobs: blobs, Intel: h.intel, Now: time.Now, Log: h.log,
		Dial: func(name, address string, pins func() []parley.Hash) (peer.Node, error) {
			return peer.NewClient(address, peer.Transport(own, pins, func() { h.node.Lost(name) })), nil
		},
		Witness:    func(url string) (peer.Cosigner, error) { return peer.NewWitness(url, peer.WitnessTransport()) },
		Pulls:      h.settings.Peer.Listen == "",
		Alerts:     &node.Alarms{Queue: h.alerts, Desk: deskURL(h.settings.Desk), Now: time.Now},
		Disk:       func() (int, error) { return node.DiskUsed(dir) },
		BackupWarn: time.Duration(h.settings.Backup.WarnAfter),
		HoldBack:   time.Duration(h.settings.Send.HoldBack),
		Refuse:     node.Watermarks{Blobs: h.settings.Disk.RefuseBlobs, Text: h.settings.Disk.RefuseText},
	})
	if err == nil {
		h.watch.Ask(node.NewLists(h.node, h.register).OpenMatters)
	}
	return h, err
}

// sweep removes the folders that a check or a backup left which was killed: the lock
// says that none runs. What cannot be removed is in nobody's way.
func sweep(h node.Home) {
	for _, pattern := range []string{"check-*", ".backup-*", "import-*"} {
		left, _ := filepath.Glob(h.Path(pattern)) // the pattern is sound
		for _, dir := range left {
			os.RemoveAll(dir)
		}
	}
}

// Close closes what is open, the lock last.
func (h *house) Close() error {
	var err error
	if h.db != nil {
		h.leaveMark()
		err = h.db.Close()
	}
	return errors.Join(err, h.lock.Close())
}

// lockHome makes sure that one process at a time has the home open.
func lockHome(h node.Home) (*os.File, error) {
	f, err := os.OpenFile(h.Path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, parley.E(parley.Unavailable, "open the lock of %s: %w", h.Dir, err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, parley.E(parley.Unavailable, "another process has %s open", h.Dir).WithHint("a node that serves it answers commands by its socket; wait for a running command to end")
	}
	return f, nil
}

func logger(c config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	level.UnmarshalText([]byte(c.Level)) // checked when the settings were read
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
