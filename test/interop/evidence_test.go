package interop

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// plan is what lies in the evidence of these tests.
const plan = "the secret plan: meet at nine\n"

// TestEvidenceHoldsOutside exports an item with its chain, and verifies it with the programs of others: sha256sum, openssl, unzip, age. What lies on our disk
// tells nothing to them.
func TestEvidenceHoldsOutside(t *testing.T) {
	t.Parallel()
	need(t, "sha256sum", "openssl", "age", "age-keygen", "unzip", "tar", "bash")
	s := start(t, "")
	s.key = strings.TrimSpace(s.firehall("token", "add", "vault", "--scope", "incidents:read,incidents:write"))
	var incident, item struct{ ID string }
	s.post("/incidents", "application/json", `{"title":"A case","tlp":"TLP:AMBER"}`, http.StatusCreated, &incident)
	s.post("/files?about="+incident.ID+"&name=plan.txt", "application/octet-stream", plan, http.StatusCreated, &item)

	t.Run("as it came", func(t *testing.T) {
		dir := s.export(t, item.ID, `{"to":"Police","reason":"they asked"}`, nil)
		verify(t, dir)
		if got := run(t, "", "cat", filepath.Join(dir, "file-plan.txt")); got != plan {
			t.Errorf("%q", got)
		}
		for _, alter := range []string{"file-plan.txt", "custody.jsonl", "item.json"} {
			altered(t, dir, alter)
		}
	})
	t.Run("encrypted", func(t *testing.T) {
		key := filepath.Join(t.TempDir(), "key")
		run(t, "", "age-keygen", "-o", key)
		public := strings.TrimSpace(run(t, "", "age-keygen", "-y", key))
		verify(t, s.export(t, item.ID, `{"to":"Police","reason":"they asked","recipient":"`+public+`"}`, func(dir, name string) {
			run(t, "", "age", "-d", "-i", key, "-o", filepath.Join(dir, "x.tar"), filepath.Join(dir, name))
		}))
	})
	t.Run("malware is packed", func(t *testing.T) {
		s.put("/files/"+item.ID+"/malicious", `{"malicious":true,"reason":"a scanner"}`)
		dir := s.export(t, item.ID, `{"to":"Lab","reason":"to look"}`, nil)
		verify(t, dir)
		in(t, dir, "unzip -P infected -q file-plan.txt.zip && sha256sum -c ORIGINAL.sha256")
		if out, err := exec.Command("unzip", "-P", "wrong", "-p", filepath.Join(dir, "file-plan.txt.zip")).CombinedOutput(); err == nil || bytes.Contains(out, []byte("nine")) {
			t.Errorf("a wrong password opens it: %s", out)
		}
	})
	t.Run("the disk tells nothing", func(t *testing.T) { tellsNothing(t, filepath.Join(s.dir, "evidence")) })
}

// tellsNothing looks for the plan in the vault's files, as they lie, and asks age to open them with another key.
func tellsNothing(t *testing.T, dir string) {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key")
	run(t, "", "age-keygen", "-o", key)
	n := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte("plan")) || strings.Contains(path, "plan") {
			t.Errorf("%s tells of it", path)
		}
		if out, derr := exec.Command("age", "-d", "-i", key, path).CombinedOutput(); derr == nil {
			t.Errorf("another key opens %s: %s", path, out)
		}
		return err
	})
	if err != nil || n == 0 {
		t.Errorf("%d files, %v", n, err)
	}
}

// in runs a line of shell in a folder.
func in(t *testing.T, dir, line string) string {
	t.Helper()
	return run(t, "", "bash", "-c", "set -e; cd '"+dir+"'; "+line)
}

// verify does what the README of an export says.
func verify(t *testing.T, dir string) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(dir, "README.txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(readme), "Verify, in this folder:")
	check, chain, ok := strings.Cut(after, "The chain, line by line (no output means that it holds):")
	if !ok || !strings.Contains(check, "sha256sum -c SHA256SUMS") {
		t.Fatalf("%s", readme)
	}
	in(t, dir, check)
	if out := in(t, dir, "set +e\n"+chain); out != "" {
		t.Errorf("the chain: %s", out)
	}
}

// altered changes a file, which sha256sum has to notice, and puts it back.
func altered(t *testing.T, dir, name string) {
	t.Helper()
	path := filepath.Join(dir, name)
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte("x"), was...), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sha256sum", "-c", "SHA256SUMS")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("%s was altered, and: %s", name, out)
	}
	if err := os.WriteFile(path, was, 0o600); err != nil {
		t.Fatal(err)
	}
}

// ask sends to the API, and gives the answer's body.
func (s *site) ask(method, path, kind, body string, want int) []byte {
	s.t.Helper()
	r, err := http.NewRequest(method, s.base+"/api/v1"+path, strings.NewReader(body)) //nolint:noctx // a test
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	r.Header.Set("Content-Type", kind)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != want {
		s.t.Fatalf("%s %s: %s %v\n%s", method, path, res.Status, err, text)
	}
	return text
}

func (s *site) post(path, kind, body string, want int, into any) {
	s.t.Helper()
	if err := json.Unmarshal(s.ask(http.MethodPost, path, kind, body, want), into); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) put(path, body string) {
	s.t.Helper()
	s.ask(http.MethodPut, path, "application/json", body, http.StatusNoContent)
}

// export gives an item out and unpacks the archive; open decrypts NAME into x.tar, nil: it is not encrypted. It gives the folder.
func (s *site) export(t *testing.T, item, body string, open func(dir, name string)) string {
	t.Helper()
	dir := t.TempDir()
	name := "x.tar"
	if open != nil {
		name = "x.tar.age"
	}
	put(t, dir, name, string(s.ask(http.MethodPost, "/files/"+item+"/export", "application/json", body, http.StatusOK)))
	if open != nil {
		open(dir, name)
	}
	in(t, dir, "tar xf x.tar")
	return filepath.Join(dir, "evidence-"+item)
}
