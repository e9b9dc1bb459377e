package interop

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// need skips, or fails, a test that has not got its programs.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		if _, err := os.Stat("/usr/sbin/" + p); err == nil {
			continue
		}
		if os.Getenv("FIREHALL_TEST_REQUIRE") == "1" {
			t.Fatalf("FIREHALL_TEST_REQUIRE=1, and there is no %s", p)
		}
		t.Skipf("there is no %s here (Debian has it)", p)
	}
}

// run runs a program and gives what it wrote to its standard output.
func run(t *testing.T, in string, name string, args ...string) string {
	t.Helper()
	out, err := try(in, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// try is run for what may fail: then what it gives has the errors too.
func try(in, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(in)
	var out, wrong bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &wrong
	err := cmd.Run()
	if err != nil {
		return out.String() + wrong.String(), err
	}
	return out.String(), nil
}

// put writes a file of a folder and gives its path.
func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// untilLimit is how long that may take on a machine that has much else to do.
const untilLimit = 5 * time.Minute

// until waits for something that another process does.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(untilLimit); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after %s still not: %s", untilLimit, what)
		}
	}
}
