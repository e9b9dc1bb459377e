package identity

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestTableHoldsEveryOperation reads the constants of all rooms: each is in the table, and nothing else is.
func TestTableHoldsEveryOperation(t *testing.T) {
	found := map[Operation]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, op := range operations(file) {
			found[op] = path
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for op, path := range found {
		if len(table[op].kinds) == 0 {
			t.Errorf("%s of %s is not in the table of authorise.go: say there who may do it", op, path)
		}
	}
	for op := range table {
		if found[op] == "" {
			t.Errorf("no room has the operation %s that stands in the table", op)
		}
	}
	if len(found) < 50 {
		t.Errorf("only %d operations were found: does the test look in the right place?", len(found))
	}
}

// operations lists the constants of a file that are written "X identity.Operation = ...".
func operations(file *ast.File) (list []Operation) {
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		kind, ok := spec.Type.(*ast.SelectorExpr)
		if !ok || kind.Sel.Name != "Operation" {
			return true
		}
		for _, v := range spec.Values {
			lit, ok := v.(*ast.BasicLit)
			if !ok {
				continue
			}
			if text, err := strconv.Unquote(lit.Value); err == nil {
				list = append(list, Operation(text))
			}
		}
		return true
	})
	return list
}

func TestTable(t *testing.T) {
	tests := []struct {
		kind ActorKind
		op   Operation
		may  bool
	}{
		{Person, "finding.move", true},
		{OSUserKind, "finding.move", true},
		{SystemKind, "finding.move", true},
		{Nobody, "finding.move", false},
		{99, "finding.move", false},
		{Person, "session.link", false}, // who is let in does not let in others
		{OSUserKind, "session.link", true},
		{Person, "session.login", true},
		{OSUserKind, "session.login", false},
		{Person, "keys.webhook", false},
		{Person, "event.erase", false},
		{TokenKind, "feed.ingest", true},
		{TokenKind, "feed.read", false},
		{TokenKind, "feed.token", false},
		{TokenKind, "finding.move", false},
		{TokenKind, "backup.make", false},
		{OSUserKind, "nothing.known", false},
		{SystemKind, "", false},
	}
	for _, tt := range tests {
		a := Actor{ID: "x", Name: "x", Kind: tt.kind, Roles: []Role{Owner}}
		if err := a.Authorise(tt.op, "o"); (err == nil) != tt.may {
			t.Errorf("%s, %q: %v", tt.kind, tt.op, err)
		}
	}
}
