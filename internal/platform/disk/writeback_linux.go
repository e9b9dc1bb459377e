package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// startWriteback asks the kernel to begin writing a stretch of the file, without waiting: a later Sync then finds little left to do. It
// makes nothing durable by itself, so its error does not matter.
func startWriteback(f *os.File, offset, n int64) {
	_ = unix.SyncFileRange(int(f.Fd()), offset, n, unix.SYNC_FILE_RANGE_WRITE) //nolint:gosec // a file descriptor
}
