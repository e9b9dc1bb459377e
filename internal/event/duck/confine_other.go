//go:build !linux

package duck

import "os/exec"

// isolate does nothing here: the child ends when its input does.
func isolate(*exec.Cmd, bool) {}

// confine does nothing here: DuckDB's own configuration stands.
func confine(settings) error { return nil }

// resident is not known here.
func resident() int64 { return 0 }
