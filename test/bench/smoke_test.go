package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// In small, all points that need a server are measured: none may fail, whatever its gates say.
func TestServerPointsInSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 18*time.Minute)
	defer cancel()
	t.Setenv("TMPDIR", t.TempDir())
	binary := filepath.Join(t.TempDir(), "firehall")
	if out, err := exec.CommandContext(ctx, "go", "build", "-ldflags=-w", "-o", binary, "../../cmd/firehall").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var out bytes.Buffer
	err := measure(ctx, options{binary: binary, rows: 1000, runs: 1, files: 4, gates: "off", only: "pages,clicks,people,push,reports,incidents", many: filepath.Join(t.TempDir(), "kept")}, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"breakdown by organisation", "all of them", "the usual mix", "rows pushed, to visible events", "mails taken in", "gates met"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not measured:\n%s", want, out.String())
		}
	}
}

func TestBusyCountsOurOwnTime(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no /proc")
	}
	before := busy(os.Getpid())
	for end := time.Now().Add(2 * time.Minute); busy(os.Getpid()) < before+3*time.Second/ticks; {
		if time.Now().After(end) {
			t.Fatal("busy for minutes, and nothing of it was noticed")
		}
	}
	if treeBusy(os.Getpid()) < before {
		t.Error("with its children a process is busy for less than by itself")
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[99-i] = time.Duration(i + 1)
	}
	tests := []struct {
		name  string
		times []time.Duration
		p     int
		want  time.Duration
	}{
		{"none", nil, 95, 0},
		{"one", hundred[:1], 95, 100},
		{"a hundred", hundred, 95, 95},
		{"the half", hundred, 50, 50},
		{"few: the slowest", hundred[:3], 95, 100},
	}
	for _, tt := range tests {
		if got := percentile(tt.times, tt.p); got != tt.want {
			t.Errorf("%s: %d, not %d", tt.name, got, tt.want)
		}
	}
}

func TestSharesOfClicks(t *testing.T) {
	for name, list := range map[string][]click{"people": clicks, "readers of reports": reportClicks} {
		t.Run(name, func(t *testing.T) {
			sum := 0
			for _, c := range list {
				sum += c.share
				if paths := c.paths(rand.New(rand.NewPCG(1, 2)), []string{"192.0.2.1"}); len(paths) == 0 || !strings.HasPrefix(paths[0], "/") {
					t.Errorf("%s asks for %v", c.name, paths)
				}
			}
			if sum != 100 {
				t.Errorf("the shares are %d of a hundred", sum)
			}
			got := map[string]bool{}
			for r := rand.New(rand.NewPCG(1, 2)); len(got) < len(list); {
				got[choose(list, r).name] = true
			}
		})
	}
}
