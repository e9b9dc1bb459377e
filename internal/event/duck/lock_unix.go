//go:build unix

package duck

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile takes the lock on a file, or fails at once. The kernel lets go of it with the last descriptor.
func lockFile(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) //nolint:gosec // a descriptor
}
