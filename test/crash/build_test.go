package crash

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// programs are built once, when the first test asks for them.
var programs struct {
	once sync.Once
	dir  string
	err  error
}

// TestMain removes what was built.
func TestMain(m *testing.M) {
	code := m.Run()
	if programs.dir != "" {
		_ = os.RemoveAll(programs.dir)
	}
	os.Exit(code)
}

// build gives the path of firehall, built from what is here.
func build(t *testing.T) string { return program(t, "firehall") }

// program gives the path of one of the two programs that the tests run.
func program(t *testing.T, name string) string {
	t.Helper()
	programs.once.Do(func() { programs.dir, programs.err = buildAll() })
	if programs.err != nil {
		t.Fatal(programs.err)
	}
	return filepath.Join(programs.dir, name)
}

func buildAll() (string, error) {
	dir, err := os.MkdirTemp("", "firehall-crash-")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-ldflags=-w", "-o", dir+"/", "../../cmd/firehall", "../smtpsink").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return dir, err
}
