//go:build !linux

package duck

import "os/exec"

// isolate does nothing here: the child ends when its input does.
func isolate(*exec.Cmd, bool) {}

// confine does nothing here: DuckDB's own configuration stands.
func confine(settings) error { return nil }

// held is not known here.
func held() (resident, space int64) { return 0, 0 }
