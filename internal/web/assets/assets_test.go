package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// taken is a line of taken/files.json, which tools/npmcopy writes.
type taken struct{ Path, Package, Version, From, SHA256, SRI string }

func list(t *testing.T) (out []taken) {
	t.Helper()
	readJSON(t, "taken/files.json", &out)
	if len(out) < 10 {
		t.Fatalf("taken/files.json lists %d files", len(out))
	}
	return out
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatal(err)
	}
}

// What was taken from npm is, byte by byte, what the list says.
func TestTakenFilesAreAsTheyCame(t *testing.T) {
	listed := map[string]bool{"taken/files.json": true}
	for _, f := range list(t) {
		name := filepath.Join("taken", f.Path)
		listed[filepath.ToSlash(name)] = true
		body, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		short, long := sha256.Sum256(body), sha512.Sum384(body)
		if hex.EncodeToString(short[:]) != f.SHA256 || "sha384-"+base64.StdEncoding.EncodeToString(long[:]) != f.SRI {
			t.Errorf("%s is not what was taken from %s %s: run make vendor", name, f.Package, f.Version)
		}
	}
	names, _ := filepath.Glob("taken/*")
	for _, name := range names {
		if !listed[filepath.ToSlash(name)] {
			t.Errorf("%s is in no list", name)
		}
	}
}

// The versions are those of the lock file, which are those that package.json pins.
func TestVersionsAreLocked(t *testing.T) {
	var lock struct {
		Packages map[string]struct {
			Version, Integrity string
			Dependencies       map[string]string
		}
	}
	readJSON(t, "npm/package-lock.json", &lock)
	for _, f := range list(t) {
		p := lock.Packages["node_modules/"+f.Package]
		if p.Version != f.Version || !strings.HasPrefix(p.Integrity, "sha512-") {
			t.Errorf("%s: %s was taken, %q is locked", f.Package, f.Version, p.Version)
		}
	}
	var pinned struct{ Dependencies map[string]string }
	readJSON(t, "npm/package.json", &pinned)
	for name, version := range pinned.Dependencies {
		if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(version) || lock.Packages["node_modules/"+name].Version != version {
			t.Errorf("%s %q is not pinned", name, version)
		}
	}
}

func TestEachPackageKeepsItsLicence(t *testing.T) {
	licences := map[string]bool{"@tabler/core": true} // its sheet begins with its licence; tabler.css too
	for _, f := range list(t) {
		if strings.Contains(f.Path, "LICENSE") {
			licences[f.Package] = true
		}
	}
	for _, f := range list(t) {
		if !licences[f.Package] {
			t.Errorf("%s came without its licence", f.Package)
		}
	}
	if body := named("firehall.css").body; !bytes.Contains(body, []byte("Tabler (MIT")) {
		t.Error("the styles do not say whose they are")
	}
}

func TestServe(t *testing.T) {
	for name := range parts {
		t.Run(name, func(t *testing.T) {
			plain := ask(http.MethodGet, URL(name), "")
			packed := ask(http.MethodGet, URL(name), "br, gzip")
			if plain.Code != 200 || packed.Header().Get("Content-Encoding") != "gzip" || plain.Header().Get("Content-Encoding") != "" {
				t.Fatalf("%d %v", plain.Code, packed.Header())
			}
			r, err := gzip.NewReader(packed.Body)
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(r); err != nil || !bytes.Equal(body, plain.Body.Bytes()) {
				t.Error("packed and plain differ")
			}
			if h := plain.Header(); !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Content-Type") == "" || h.Get("Vary") == "" {
				t.Errorf("%v", h)
			}
		})
	}
}

func ask(method, path, encoding string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	Serve(w, r)
	return w
}

func TestServeNothingElse(t *testing.T) {
	for _, path := range []string{"/assets/", "/assets/app.js", "/assets/app-000000000000.js", "/assets/../assets.go", "/assets/taken/htmx.min.js"} {
		if w := ask(http.MethodGet, path, ""); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := ask(http.MethodPost, URL("app.js"), ""); w.Code != 404 {
		t.Errorf("POST: %d", w.Code)
	}
	if w := ask(http.MethodHead, URL("app.js"), ""); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("HEAD: %d, %d bytes", w.Code, w.Body.Len())
	}
	if URL("nothing.js") != "" {
		t.Error("a file that is none has a URL")
	}
}

// What every page loads leaves room for the page itself within 100 kB.
func TestWeight(t *testing.T) {
	sum := 0
	for name, most := range map[string]int{"firehall.css": 24 << 10, "htmx.js": 15 << 10, "app.js": 7 << 10} {
		n := Weight(name)
		sum += n
		if n > most {
			t.Errorf("%s weighs %d bytes, more than %d", name, n, most)
		}
	}
	if sum > 46<<10 {
		t.Errorf("together they weigh %d bytes", sum)
	}
	if n := len(named("app.js").body); n > 18<<10 { // keys that act on rows took two; that fast typing is not taken for something else, the last
		t.Errorf("app.js is %d bytes: it should stay something to read", n)
	}
}

// Our scripts keep to what the content policy allows, and make no HTML of texts.
func TestScriptsAreStrict(t *testing.T) {
	for _, name := range []string{"app.js", "charts.js"} {
		body := string(named(name).body)
		for _, word := range []string{"eval(", "new Function", "document.write", "insertAdjacentHTML", "setAttribute(\"style\"", "http://", "https://"} {
			if strings.Contains(body, word) {
				t.Errorf("%s has %q", name, word)
			}
		}
	}
}

// Every icon that a page names is in the file of icons.
func TestIconsAreThere(t *testing.T) {
	named := regexp.MustCompile(`(?:ui\.|@)Icon\("([a-z0-9-]+)"\)|\bIcon:\s*"([a-z0-9-]+)"`)
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".templ" && filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_templ.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			if icon := m[1] + m[2]; !Icons()[icon] {
				t.Errorf("%s names the icon %q: add it to icons.txt and run make vendor", name, icon)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
