//go:build !linux

package mail_test

// childProcess is for TestOpendkim, which needs Linux.
func childProcess() (code int, isChild bool) { return 0, false }
