//go:build !unix

package duck

import "os"

// lockFile does nothing here: an open file cannot be removed.
func lockFile(*os.File) error { return nil }
