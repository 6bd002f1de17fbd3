package node

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// A backup is an age file that holds a tar stream: backup.json, the settings, the
// card, the keys, the database in pieces, the blobs, and backup.end with what came
// before. Names are of a closed list, so that unpacking cannot leave the folder.
const (
	backupFormat = "parley/backup/v1"
	backupHead   = "backup.json"
	backupEnd    = "backup.end"
	backupAt     = "last backup"
	backupPiece  = 4 << 20 // octets of the database in one tar entry
)

// backupName is every name that a backup may hold beside its head and end.
var backupName = regexp.MustCompile(`^(parley\.toml|card\.txt|parley\.db/[0-9]{8}|keys/([a-z0-9-]+/)?[A-Za-z0-9._-]*[A-Za-z0-9_-]|blobs/[0-9a-f]{64}/[0-9a-f]{64})$`)

// BackupReport says what a backup holds.
type BackupReport struct {
	Format string    `json:"backup"`
	At     time.Time `json:"at"` // the cut, by the node's clock
	Files  int       `json:"files"`
	Octets int64     `json:"octets"` // before sealing
}

// Backup writes the whole home, sealed to the recipient, while the node goes on.
// The database is one consistent cut; every blob that it knows to be whole is in
// the backup, unless it is erased meanwhile. The private keys are in it, so the
// recipient's identity must not live on this machine.
func (n *Node) Backup(ctx context.Context, w io.Writer, to age.Recipient) (BackupReport, error) {
	sealed, err := age.Encrypt(w, to)
	if err != nil {
		return BackupReport{}, parley.E(parley.Invalid, "seal the backup: %w", err)
	}
	b := &backup{ctx: ctx, tar: tar.NewWriter(sealed), report: BackupReport{Format: backupFormat, At: n.now().UTC().Truncate(time.Second)}}
	if err := b.all(n); err != nil {
		return b.report, err
	}
	if err := errors.Join(b.tar.Close(), sealed.Close()); err != nil {
		return b.report, parley.E(parley.Unavailable, "write the backup: %w", err)
	}
	return b.report, nil
}

// BackupDone notes that a backup of that instant is durable where it belongs.
func (n *Node) BackupDone(ctx context.Context, at time.Time) error {
	return n.db.Update(ctx, func(tx *sqldb.Tx) error {
		return tx.SetSetting(backupAt, []byte(at.UTC().Format(time.RFC3339)))
	})
}

// LastBackup is the instant of the newest backup that was noted; zero: none.
func (n *Node) LastBackup(ctx context.Context) (at time.Time, err error) {
	err = n.db.View(ctx, func(tx *sqldb.Tx) error {
		b, ok, err := tx.Setting(backupAt)
		if err != nil || !ok {
			return err
		}
		at, err = time.Parse(time.RFC3339, string(b))
		return err
	})
	return at, err
}

// backup is one backup being written, by one goroutine.
type backup struct {
	ctx    context.Context
	tar    *tar.Writer
	report BackupReport
}

func (b *backup) all(n *Node) error {
	head, err := json.Marshal(b.report)
	if err != nil {
		return err
	}
	if err := b.bytes(backupHead, head); err != nil {
		return err
	}
	if err := b.tree(n.home, "parley.toml", "card.txt", "keys"); err != nil {
		return err
	}
	db := &pieces{to: b}
	if err := errors.Join(n.db.Backup(b.ctx, db), db.Close()); err != nil {
		return err
	}
	if err := b.tree(n.home, "blobs"); err != nil { // after the cut: what it calls whole is there
		return err
	}
	end, err := json.Marshal(b.report)
	if err != nil {
		return err
	}
	return b.bytes(backupEnd, end)
}

// tree adds files and folders of the home, leaving out what is no part of it.
func (b *backup) tree(h Home, names ...string) error {
	for _, name := range names {
		err := filepath.WalkDir(h.Path(name), func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) { // erased meanwhile, or never made
				return nil
			}
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(h.Dir, path)
			if err != nil || !backupName.MatchString(filepath.ToSlash(rel)) || !d.Type().IsRegular() {
				return err
			}
			return b.file(filepath.ToSlash(rel), path)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *backup) file(name, path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return parley.E(parley.Unavailable, "read %s: %w", name, err)
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return parley.E(parley.Unavailable, "read %s: %w", name, err)
	}
	return b.add(name, fi.Size(), f)
}

func (b *backup) bytes(name string, data []byte) error {
	return b.add(name, int64(len(data)), bytes.NewReader(data))
}

func (b *backup) add(name string, size int64, r io.Reader) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, Format: tar.FormatPAX}
	if err := b.tar.WriteHeader(h); err != nil {
		return parley.E(parley.Unavailable, "write the backup: %w", err)
	}
	if _, err := io.Copy(b.tar, r); err != nil {
		return parley.E(parley.Unavailable, "write %s into the backup: %w", name, err)
	}
	if !slices.Contains([]string{backupHead, backupEnd}, name) {
		b.report.Files++
		b.report.Octets += size
	}
	return nil
}

// pieces cuts the database into tar entries, as its size is not known before.
type pieces struct {
	to    *backup
	held  []byte
	count int
}

// Write implements io.Writer.
func (p *pieces) Write(b []byte) (int, error) {
	p.held = append(p.held, b...)
	for len(p.held) >= backupPiece {
		if err := p.flush(backupPiece); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// Close writes the last, shorter piece.
func (p *pieces) Close() error {
	if len(p.held) == 0 {
		return nil
	}
	return p.flush(len(p.held))
}

func (p *pieces) flush(n int) error {
	err := p.to.bytes(fmt.Sprintf("parley.db/%08d", p.count), p.held[:n])
	p.held, p.count = append(p.held[:0], p.held[n:]...), p.count+1
	return err
}
