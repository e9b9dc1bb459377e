package house

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/firehall/firehall"
)

var update = flag.Bool("update", false, "write the drawn parts of the documents again")

// source is one Go file of the main module.
type source struct {
	path  string // slashes, from the root
	lines int
	file  *ast.File
	fset  *token.FileSet
}

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }
func (s source) dir() string {
	return path.Dir(s.path)
}

// files lists what git tracks or would, so that neither build products nor a demonstration's data count.
func files(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err == nil {
		return strings.Fields(string(out))
	}
	var list []string
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(root, p)
			list = append(list, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// sources parses every hand-written Go file of the main module.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	fset := token.NewFileSet()
	for _, name := range files(t) {
		if !strings.HasSuffix(name, ".go") || strings.HasPrefix(name, "tools/") || strings.Contains(name, "/testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, and git not told yet
		}
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(fset, name, text, parser.ParseComments)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !ast.IsGenerated(f) {
			out = append(out, source{name, strings.Count(string(text), "\n"), f, fset})
		}
	}
	return out
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if s.test() || roomOf(s.dir()) == "deps" {
			continue
		}
		doc := s.file.Doc.Text()
		if doc != "" && s.file.Name.Name != "main" && !strings.HasPrefix(doc, "Package "+s.file.Name.Name+" ") {
			t.Errorf("%s: the package comment must begin with \"Package %s\"", s.path, s.file.Name.Name)
		}
		documented[s.dir()] = documented[s.dir()] || doc != ""
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

func TestFilesAreReadable(t *testing.T) {
	for _, s := range sources(t) {
		if s.lines > 600 {
			t.Errorf("%s has %d lines: split it by what it is about (the limit is 600)", s.path, s.lines)
		}
	}
}

func TestNothingIsLeftToDoInComments(t *testing.T) {
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			for _, mark := range []string{"TO" + "DO", "FIX" + "ME", "XX" + "X"} {
				if strings.Contains(group.Text(), mark) {
					t.Errorf("%s: a comment says %s: do it, or file an issue", s.fset.Position(group.Pos()), mark)
				}
			}
		}
	}
}

func TestNoVaguePackageNames(t *testing.T) {
	for _, s := range sources(t) {
		switch s.file.Name.Name {
		case "util", "utils", "common", "helpers", "helper", "manager", "base", "misc":
			t.Errorf("%s: a package named %s says nothing", s.path, s.file.Name.Name)
		}
	}
}

// TestNoMachineIsNamed finds what is true on one machine only: somebody's folders, a workplace's registries.
func TestNoMachineIsNamed(t *testing.T) {
	marks := []string{"/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/tmp/pl" + "an", "proxy.golang" + ".org", "sum.golang" + ".org", "registry.npmjs" + ".org", "deb.debian" + ".org"}
	for _, name := range files(t) {
		if strings.HasSuffix(name, "go.sum") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			continue // deleted, and git not told yet
		}
		for _, mark := range marks {
			if strings.Contains(string(text), mark) {
				t.Errorf("%s names %s, which is true on one machine only", name, mark)
			}
		}
	}
}

// drawn compares the part of a document between two marks with what it should be, or writes it when -update is given.
func drawn(t *testing.T, name, begin, end, want string) {
	t.Helper()
	text := read(t, name)
	head, rest, ok := strings.Cut(text, begin)
	got, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s lacks the marks %q and %q", name, begin, end)
	}
	if *update {
		if err := os.WriteFile(filepath.Join(root, name), []byte(head+begin+want+end+tail), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("%s is behind the code: run `make generate`", name)
	}
}
