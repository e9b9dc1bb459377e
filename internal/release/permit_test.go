package release

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestZeroPermit(t *testing.T) {
	var p Permit
	if p.Valid() || p.Covers(constituency.Contact{}) || p.Decision() != "" || p.Owner() != "" {
		t.Errorf("the zero permit permits: %+v", p)
	}
	if permit(Decision{Allowed: true}, constituency.Contact{}).Valid() {
		t.Error("what is not recorded gets a permit")
	}
}

func TestCovers(t *testing.T) {
	tests := []struct {
		name   string
		change func(c *constituency.Contact)
		want   bool
	}{
		{"as it was", func(*constituency.Contact) {}, true},
		{"another version, the same facts", func(c *constituency.Contact) { c.Version, c.Language = 9, "fi" }, true},
		{"proved good", func(c *constituency.Contact) { c.Health = constituency.Good }, true},
		{"failing now", func(c *constituency.Contact) { c.Health = constituency.Bad }, false},
		{"another address", func(c *constituency.Contact) { c.Address = "x@hospital.example" }, false},
		{"another contact", func(c *constituency.Contact) { c.ID = "x" }, false},
		{"another organisation", func(c *constituency.Contact) { c.Organisation = "x" }, false},
		{"another purpose", func(c *constituency.Contact) { c.Purpose = constituency.Legal }, false},
		{"a new key", func(c *constituency.Contact) { c.Key = "x" }, false},
		{"encryption required since", func(c *constituency.Contact) { c.Encryption = constituency.EncryptionRequired }, false},
		{"nobody", func(c *constituency.Contact) { *c = constituency.Contact{} }, false},
	}
	w := open(t, sqldbtest.Open(t, sqldb.SQLite))
	p, d := w.ask(t, about(w.hospital, tlp.Amber), w.hospital)
	if p.Decision() != d.ID || p.Label() != tlp.Amber || p.Owner() != w.hospital.Organisation.ID {
		t.Errorf("got %+v", p)
	}
	for _, tt := range tests {
		c := w.hospital.Contact
		if tt.change(&c); p.Covers(c) != tt.want {
			t.Errorf("%s: covered %v", tt.name, !tt.want)
		}
	}
}

func TestMerge(t *testing.T) {
	w := open(t, sqldbtest.Open(t, sqldb.SQLite))
	w.grant(t, w.hospital, w.region, day.AddDate(0, 1, 0))
	green, first := w.ask(t, about(w.hospital, tlp.Green), w.hospital)
	strict, second := w.ask(t, about(w.hospital, tlp.AmberStrict), w.hospital)
	region, _ := w.ask(t, about(w.hospital, tlp.Green), w.region)
	regionOwn, _ := w.ask(t, about(w.region, tlp.Green), w.region)
	refused, _ := w.ask(t, about(w.hospital, tlp.Red), w.hospital)
	p, err := Merge(green, strict, green)
	if err != nil || !p.Covers(w.hospital.Contact) || p.Label() != tlp.AmberStrict || len(strings.Fields(p.Decision())) != 2 ||
		!strings.Contains(p.Decision(), first.ID) || !strings.Contains(p.Decision(), second.ID) {
		t.Errorf("got %+v, %v", p, err)
	}
	tests := []struct {
		name string
		of   []Permit
	}{
		{"nothing", nil},
		{"the zero permit", []Permit{{}}},
		{"a refused one", []Permit{green, refused}},
		{"another contact", []Permit{green, region}},
		{"another owner", []Permit{region, regionOwn}},
	}
	for _, tt := range tests {
		if p, err := Merge(tt.of...); !problem.Is(err, problem.Invalid) || p.Valid() {
			t.Errorf("%s: %+v, %v", tt.name, p, err)
		}
	}
}

// Only two functions make a valid permit, and no program text outside makes any: who must return one declares it (var none release.Permit),
// so that a literal is always a mistake, or a try. Tests may use the zero permit to see that it is refused.
func TestOnlyReleaseMakesPermits(t *testing.T) {
	root, files := "../..", 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "build" || d.Name() == "testdata"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files++
		for _, where := range permitLiterals(t, path) {
			t.Errorf("%s makes a release.Permit", where)
		}
		return nil
	})
	if err != nil || files < 100 {
		t.Errorf("%d files were read, %v", files, err)
	}
}

// permitLiterals lists where a file makes a permit but may not.
func permitLiterals(t *testing.T, path string) (where []string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Logf("%s cannot be read now: %v", path, err) // somebody is writing it; the compiler will say so
		return nil
	}
	inside := strings.Contains(filepath.ToSlash(path), "internal/release/")
	for _, decl := range file.Decls {
		maker, _ := decl.(*ast.FuncDecl)
		ast.Inspect(decl, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || !namesPermit(lit.Type, inside) {
				return true
			}
			if inside && (len(lit.Elts) == 0 || maker != nil && (maker.Name.Name == "permit" || maker.Name.Name == "Merge")) {
				return true
			}
			where = append(where, set.Position(lit.Pos()).String())
			return true
		})
	}
	return where
}

func namesPermit(e ast.Expr, inside bool) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return inside && e.Name == "Permit"
	case *ast.SelectorExpr:
		return e.Sel.Name == "Permit"
	}
	return false
}
