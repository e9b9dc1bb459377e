package interop

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestGeneratedClient makes a client from the description that a server gives of itself, with a generator from npm, and talks to the server by it.
func TestGeneratedClient(t *testing.T) {
	t.Parallel()
	need(t, "npm", "node")
	s := start(t, "")
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "talk.mjs"} {
		text, err := os.ReadFile(filepath.Join("client", name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, name, string(text))
	}
	put(t, dir, "openapi.json", s.description())
	run(t, "", "npm", "ci", "--prefix", dir, "--ignore-scripts", "--no-audit", "--no-fund")
	run(t, "", "node", filepath.Join(dir, "node_modules", ".bin", "swagger-typescript-api"), "generate",
		"--path", filepath.Join(dir, "openapi.json"), "--output", dir, "--name", "client.js", "--js", "--module-name-index", "0")
	var said struct {
		Refused, Status int
		ID              string
		Found           []string
		One             struct{ Subject string }
	}
	out := run(t, "", "node", filepath.Join(dir, "talk.mjs"), filepath.Join(dir, "client.js"), s.base, s.key)
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if said.Refused != http.StatusUnauthorized || said.Status != http.StatusCreated || !slices.Contains(said.Found, said.ID) ||
		said.One.Subject != "A page that asks for passwords" {
		t.Errorf("%+v", said)
	}
}

// description is the server's description of its API.
func (s *site) description() string {
	s.t.Helper()
	res, err := http.Get(s.base + "/api/v1/openapi.json") //nolint:noctx // a test
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %v", res.Status, err)
	}
	return string(text)
}
