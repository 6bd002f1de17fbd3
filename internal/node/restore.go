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
	"strings"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/internal/config"
	"parley.example/parley/internal/wholefile"
)

// Restore unpacks a backup into a folder that is new or empty. It is whole, and
// nothing of it changed since it was sealed, when Restore returns without error; a
// damaged one is Untrusted, and what was unpacked of it is removed again. What
// the node signed after the backup is missing: it asks for that before it
// speaks. JOURNAL-24
func Restore(ctx context.Context, r io.Reader, dir string, ids ...age.Identity) (report BackupReport, err error) {
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		return report, parley.E(parley.Conflict, "%s is not empty", dir).WithHint("move the old home aside first; two copies of one home must never both run")
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return report, parley.E(parley.Unavailable, "look into %s: %w", dir, err)
	}
	plain, err := age.Decrypt(r, ids...)
	if err != nil {
		return report, parley.E(parley.Untrusted, "this identity opens no backup here: %w", err).
			WithHint("--identity wants the file whose public key the backup was sealed to")
	}
	work := filepath.Join(dir, ".restoring")
	if err := os.MkdirAll(work, 0o700); err != nil {
		return report, parley.E(parley.Unavailable, "make %s: %w", dir, err)
	}
	defer os.RemoveAll(work)
	if report, err = unpack(ctx, tar.NewReader(plain), work); err != nil {
		return report, err
	}
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return report, parley.E(parley.Untrusted, "the backup is cut off or damaged at its end: %w", err)
	}
	return report, settle(work, dir)
}

// settle moves the unpacked files into place, the settings last: without them a
// folder is no home.
func settle(work, dir string) error {
	list, err := os.ReadDir(work)
	if err != nil {
		return parley.E(parley.Unavailable, "look into %s: %w", work, err)
	}
	last := func(e fs.DirEntry) bool { return e.Name() == config.FileName }
	for _, now := range []bool{false, true} {
		for _, e := range list {
			if last(e) != now {
				continue
			}
			if err := os.Rename(filepath.Join(work, e.Name()), filepath.Join(dir, e.Name())); err != nil {
				return parley.E(parley.Unavailable, "put %s in place: %w", e.Name(), err)
			}
		}
		if err := wholefile.SyncFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

// unpack writes the files and compares their count with what the end says.
func unpack(ctx context.Context, t *tar.Reader, dir string) (head BackupReport, err error) {
	var got BackupReport
	for place := 0; ; place++ {
		if err := ctx.Err(); err != nil {
			return head, err
		}
		h, err := t.Next()
		if err != nil {
			return head, parley.E(parley.Untrusted, "the backup is cut off or damaged: %w", err)
		}
		if h.Typeflag != tar.TypeReg {
			return head, parley.E(parley.Untrusted, "the backup holds something that is no file: %.80q", h.Name)
		}
		switch {
		case place == 0:
			if err := readReport(t, h, backupHead, &head); err != nil {
				return head, err
			}
			if head.Format != backupFormat {
				return head, parley.E(parley.Invalid, "a backup of the format %.40q: want %s", head.Format, backupFormat)
			}
		case h.Name == backupEnd:
			var end BackupReport
			if err := readReport(t, h, backupEnd, &end); err != nil {
				return head, err
			}
			if end.Files != got.Files || end.Octets != got.Octets {
				return head, parley.E(parley.Untrusted, "the backup holds %d files where its end says %d", got.Files, end.Files)
			}
			return end, nil
		default:
			if err := unpackFile(t, h, dir); err != nil {
				return head, err
			}
			got.Files++
			got.Octets += h.Size
		}
	}
}

func readReport(t *tar.Reader, h *tar.Header, name string, into *BackupReport) error {
	if h.Name != name || h.Size > 4096 {
		return parley.E(parley.Untrusted, "this is no backup of a node: want %s where %.80q stands", name, h.Name)
	}
	b, err := io.ReadAll(t)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return parley.E(parley.Untrusted, "%s of the backup cannot be read: %w", name, err)
	}
	return nil
}

// unpackFile writes one file durably; pieces of the database are joined.
func unpackFile(t *tar.Reader, h *tar.Header, dir string) error {
	if !backupName.MatchString(h.Name) {
		return parley.E(parley.Untrusted, "the backup holds a file that belongs to no home: %.80q", h.Name)
	}
	name, flags := h.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL
	if piece, ok := strings.CutPrefix(name, "parley.db/"); ok {
		name = "parley.db"
		if piece != "00000000" {
			flags = os.O_WRONLY | os.O_APPEND
		}
		if want := fmt.Sprintf("%08d", pieceCount(filepath.Join(dir, name))); piece != want {
			return parley.E(parley.Untrusted, "piece %s of the database is missing in the backup", want)
		}
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	var f *os.File
	if err == nil {
		f, err = os.OpenFile(path, flags, 0o600)
	}
	if err != nil {
		return parley.E(parley.Unavailable, "unpack %s: %w", name, err)
	}
	_, err = io.Copy(f, t)
	err = errors.Join(err, f.Sync(), f.Close())
	var disk *fs.PathError
	switch {
	case errors.As(err, &disk):
		return parley.E(parley.Unavailable, "write %s: %w", name, err)
	case err != nil:
		return parley.E(parley.Untrusted, "the backup is cut off or damaged at %s: %w", name, err)
	}
	return nil
}

// pieceCount is how many whole pieces a file has.
func pieceCount(path string) int64 {
	fi, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return fi.Size() / backupPiece
}

// ParseBackupRecipient reads a hybrid age recipient, age1pq1...
func ParseBackupRecipient(s string) (age.Recipient, error) {
	r, err := age.ParseHybridRecipient(strings.TrimSpace(s))
	if err != nil {
		return nil, parley.E(parley.Invalid, "recipient %.40q: want a hybrid age recipient, age1pq1...", s).
			WithHint("`age-keygen -pq -o backup.key` makes one, on another machine")
	}
	return r, nil
}

// ParseBackupIdentity reads an age identity file.
func ParseBackupIdentity(text []byte) ([]age.Identity, error) {
	ids, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, parley.E(parley.Invalid, "this is no age identity file: want AGE-SECRET-KEY-PQ-1..., one a line")
	}
	return ids, nil
}
