package main

import (
	"strings"
	"testing"
)

// The commands about what is shared say what they did and left, also where there is nothing, and fail for what is not there.
func TestSharingCommands(t *testing.T) {
	h := serveHouse(t, "")
	for _, tt := range []struct {
		args  []string
		holds string
		code  int
	}{
		{[]string{"keep", "shared", "--dry-run"}, "Would be erased:\n  0 objects whose time is over", exitDone},
		{[]string{"keep", "shared"}, "Erased:\n", exitDone},
		{[]string{"keep", "shared", "--json"}, `"old":0`, exitDone},
		{[]string{"sharing", "sources"}, "No server is asked", exitDone},
		{[]string{"sharing", "kept"}, "", exitDone},
		{[]string{"sharing", "kept", "--json"}, "null", exitDone},
		{[]string{"sharing", "replay"}, "0 objects handed on", exitDone},
		{[]string{"sharing", "erase", "City Hospital", "--reason", "they asked"}, "nothing of theirs is kept", exitFailed},
		{[]string{"sharing", "erase", "Nobody", "--reason", "they asked"}, "Nobody", exitFailed},
		{[]string{"sharing", "keep", "indicator--x", "--reason", "a court"}, `there is no object "indicator--x"`, exitFailed},
		{[]string{"sharing", "let-go", "indicator--x", "--reason", "a court"}, `nobody keeps "indicator--x"`, exitFailed},
		{[]string{"sharing", "take", "x"}, "nothing of that number is set aside", exitFailed},
	} {
		c := firehall(t, h.data, tt.args...)
		out, _ := c.CombinedOutput()
		if code := c.ProcessState.ExitCode(); code != tt.code || !strings.Contains(string(out), tt.holds) {
			t.Errorf("%v: %d %s", tt.args, code, out)
		}
	}
}
