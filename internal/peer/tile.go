package peer

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// tileHeight is that of c2sp.org/tlog-tiles: 256 hashes.
const tileHeight = 8

// EntriesTile is the L of an entry bundle.
const EntriesTile = -1

// TilePath is a tile's or bundle's path after the origin hash, such as
// "tile/0/x001/x234/067.p/112" or "tile/entries/000". c2sp.org/tlog-tiles, Merkle Tree
func TilePath(t tlog.Tile) string {
	n := t.N
	name := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	level := "entries"
	if t.L != EntriesTile {
		level = strconv.Itoa(t.L)
	}
	path := "tile/" + level + "/" + name
	if t.W < 1<<tileHeight {
		path += ".p/" + strconv.Itoa(t.W)
	}
	return path
}

// ParseTilePath is the inverse of TilePath and accepts its spellings only.
func ParseTilePath(path string) (tlog.Tile, error) {
	bad := parley.E(parley.Invalid, "tile path: want tile/<L>/<N>[.p/<W>] as in c2sp.org/tlog-tiles")
	rest, ok := strings.CutPrefix(path, "tile/")
	level, rest, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 || len(path) > 80 {
		return tlog.Tile{}, bad
	}
	t := tlog.Tile{H: tileHeight, L: EntriesTile, W: 1 << tileHeight}
	if level != "entries" {
		l, err := strconv.Atoi(level)
		if err != nil || l < 0 || l > 63 {
			return tlog.Tile{}, bad
		}
		t.L = l
	}
	name, width, partial := strings.Cut(rest, ".p/")
	if partial {
		w, err := strconv.Atoi(width)
		if err != nil || w < 1 || w > 255 {
			return tlog.Tile{}, bad
		}
		t.W = w
	}
	for element := range strings.SplitSeq(name, "/") {
		n, err := strconv.Atoi(strings.TrimPrefix(element, "x"))
		if err != nil || n < 0 || n > 999 || t.N > 1<<52 {
			return tlog.Tile{}, bad
		}
		t.N = t.N*1000 + int64(n)
	}
	if TilePath(t) != path {
		return tlog.Tile{}, bad
	}
	return t, nil
}

// TileWithin says whether a tree of that size has the tile: full, or partial with
// at least that width. c2sp.org/tlog-tiles, Partial Tiles
func TileWithin(t tlog.Tile, size uint64) bool {
	shift := uint(0)
	if t.L > 0 {
		shift = uint(t.L) * tileHeight
	}
	if shift > 62 {
		return false
	}
	have := size >> shift
	return uint64(t.N) <= 1<<54 && uint64(t.N)<<tileHeight+uint64(t.W) <= have
}
