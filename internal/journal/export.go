package journal

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Export writes a journal, ours or mirrored, into a folder as a tree of files that
// c2sp.org/tlog-tiles describes: checkpoint, tile/<L>/<N>[.p/<W>] and
// tile/entries/<N>[.p/<W>], for the newest checkpoint. Tiles that are there stay,
// so that a later export adds to an earlier one; the checkpoint is written last. A
// copy that begins above 0 leaves out the tiles and bundles that it lacks a part of
// (tlog-tiles, Pruning).
func Export(ctx context.Context, store Store, origin parley.Origin, dir string) error {
	var row sqldb.Journal
	var size uint64
	var note []byte
	err := store.View(ctx, func(tx *sqldb.Tx) (err error) {
		if row, err = tx.Journal(origin); err != nil {
			return err
		}
		size, note, err = latestNote(tx, row)
		return err
	})
	if err != nil {
		return err
	}
	for _, t := range tlog.NewTiles(8, 0, int64(size)) {
		if t.L == 0 {
			bundle := t
			bundle.L = -1
			if err := exportTile(ctx, store, row, bundle, dir); err != nil {
				return err
			}
		}
		if err := exportTile(ctx, store, row, t, dir); err != nil {
			return err
		}
	}
	return writeWhole(filepath.Join(dir, "checkpoint"), note)
}

func latestNote(tx *sqldb.Tx, row sqldb.Journal) (uint64, []byte, error) {
	cp, ok, err := tx.LatestCheckpoint(row.ID)
	if err == nil && !ok {
		err = parley.E(parley.NotFound, "journal %s has no checkpoint yet", row.Origin)
	}
	if err != nil {
		return 0, nil, err
	}
	lines, err := tx.Cosignatures(row.ID, cp.Size)
	for _, c := range lines {
		cp.Note = append(cp.Note, c.Line...)
	}
	return cp.Size, cp.Note, err
}

// exportTile writes one tile, or the entry bundle where its level is -1.
func exportTile(ctx context.Context, store Store, row sqldb.Journal, t tlog.Tile, dir string) error {
	name := strings.Replace(strings.Replace(t.Path(), "tile/8/", "tile/", 1), "tile/data/", "tile/entries/", 1)
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	var data []byte
	err := store.View(ctx, func(tx *sqldb.Tx) (err error) {
		if t.L >= 0 {
			data, err = tlog.ReadTileData(t, tx.HashReader(row.ID))
			return err
		}
		start, n := uint64(t.N)*256, 0
		err = tx.EachEntry(row.ID, start, start+uint64(t.W), func(e sqldb.Entry) error {
			n++
			data = binary.BigEndian.AppendUint16(data, uint16(len(e.Raw)))
			data = append(data, e.Raw...)
			return nil
		})
		if err == nil && n != t.W {
			err = parley.E(parley.NotFound, "%d of the entries from %d are held: want %d", n, start, t.W)
		}
		return err
	})
	if parley.KindOf(err) == parley.NotFound && row.MinIndex > 0 {
		return nil
	}
	if err == nil {
		err = writeWhole(path, data)
	}
	return err
}

// writeWhole writes a file that is there completely or not at all.
func writeWhole(path string, data []byte) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path+".part", data, 0o644)
	}
	if err == nil {
		err = os.Rename(path+".part", path)
	}
	if err != nil {
		return parley.E(parley.Unavailable, "export %s: %w", filepath.Base(path), err)
	}
	return nil
}
