package node

import (
	"golang.org/x/sys/unix"

	"parley.example/parley"
)

// DiskUsed is the percentage in use of the file system that holds a folder, as a
// user other than root sees it.
func DiskUsed(dir string) (percent int, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, parley.E(parley.Unavailable, "ask how full the disk is: %w", err)
	}
	used := s.Blocks - s.Bfree
	if used+s.Bavail == 0 {
		return 0, nil
	}
	return int(used * 100 / (used + s.Bavail)), nil
}
