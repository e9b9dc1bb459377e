package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// built is the program, made once.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// TestMain removes what was built.
func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// binary is the program: made here, or one that FIREHALL_TEST_BINARY names.
func binary(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("FIREHALL_TEST_BINARY"); path != "" {
		return path
	}
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "firehall-interop-"); built.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-ldflags=-w", "-o", built.dir+"/", "../../cmd/firehall").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "firehall")
}

// site is an installation with a server.
type site struct {
	t    *testing.T
	dir  string // of the data
	base string // of the server
	key  string // an API token
}

// start makes an installation with more lines of configuration and serves it, in an environment with more variables.
func start(t *testing.T, more string, env ...string) *site {
	t.Helper()
	s := &site{t: t, dir: filepath.Join(t.TempDir(), "data"), base: fmt.Sprintf("http://127.0.0.1:%d", freePort(t))}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, s.dir, "firehall.toml", "[team]\nname = \"CERT Example\"\nemail = \"cert@cert.example\"\n"+more)
	put(t, s.dir, "register.csv", "organisation,network,contact,purpose,language\nExample Net,192.0.2.0/24,abuse@example.net,abuse,en\n")
	s.firehall("constituency", "import", filepath.Join(s.dir, "register.csv"))
	s.firehall("user", "add", "robot", "--role", "manager")
	s.key = strings.TrimSpace(s.firehall("token", "add", "robot", "--scope", "reports:write,reports:read,incidents:read"))
	s.serve(env)
	return s
}

// serve runs the server until the test ends.
func (s *site) serve(env []string) {
	s.t.Helper()
	address, _ := url.Parse(s.base)
	cmd := exec.Command(binary(s.t), "--data", s.dir, "serve", "--listen", address.Host)
	said := &bytes.Buffer{}
	cmd.Stderr, cmd.Env = said, append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil || s.t.Failed() {
			s.t.Logf("the server: %v\n%s", err, said)
		}
	})
	until(s.t, "the server is ready", func() bool {
		res, err := http.Get(s.base + "/readyz") //nolint:noctx // a test
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// firehall runs a command of the program.
func (s *site) firehall(args ...string) string {
	s.t.Helper()
	return run(s.t, "", binary(s.t), append([]string{"--data", s.dir}, args...)...)
}

// get asks the API.
func (s *site) get(path string, into any) {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.base+"/api/v1"+path, nil) //nolint:noctx // a test
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s %v\n%s", path, res.Status, err, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		s.t.Fatalf("GET %s: %v\n%s", path, err, body)
	}
}

// listens waits for somebody to listen at an address.
func listens(t *testing.T, address string) {
	t.Helper()
	until(t, address+" is listened at", func() bool {
		c, err := net.Dial("tcp", address) //nolint:noctx // a test
		if err != nil {
			return false
		}
		_ = c.Close()
		return true
	})
}
