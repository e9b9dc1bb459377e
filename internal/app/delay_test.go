package app

import (
	"testing"
	"time"
)

// A file that cannot be taken in for now is tried again ever less often, and others do not wait for it.
func TestDelays(t *testing.T) {
	d, now := delays{}, time.Unix(1_800_000_000, 0)
	if d.waits("a", now) {
		t.Fatal("a new file waits")
	}
	var last time.Duration
	for range 12 {
		d.again("a", now)
		wait := time.Duration(0)
		for d.waits("a", now.Add(wait)) {
			wait += 500 * time.Millisecond
		}
		if wait < last || wait > longestDelay || wait == 0 {
			t.Fatalf("waits %v after %v", wait, last)
		}
		last = wait
		now = now.Add(wait)
	}
	if last != longestDelay {
		t.Fatalf("waits %v in the end", last)
	}
	if d.waits("b", now) {
		t.Fatal("another file waits too")
	}
}
