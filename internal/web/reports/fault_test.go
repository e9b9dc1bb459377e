package reports

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strconv"
	"strings"
	"testing"
)

// Each code of a fault has words: an officer who sees "unsupported" does not know what to ask for.
func TestEachFaultHasWords(t *testing.T) {
	found := 0
	for _, code := range codes(t, "CryptoFault", "FaultCode", "Suspicion") {
		found++
		if text := faultText(t.Context(), code); text == code {
			t.Errorf("%s has no words", code)
		}
	}
	if found < 30 {
		t.Errorf("only %d codes were found", found)
	}
	if got := faultText(t.Context(), "of-tomorrow"); got != "of-tomorrow" {
		t.Error(got)
	}
}

// codes are the texts of the constants of these types, as the room of mails has them.
func codes(t *testing.T, types ...string) (list []string) {
	t.Helper()
	own := func(i fs.FileInfo) bool { return !strings.HasSuffix(i.Name(), "_test.go") }
	packages, err := parser.ParseDir(token.NewFileSet(), "../../platform/mime", own, 0) //nolint:staticcheck // files that are always built
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(packages["mime"], func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		kind, _ := spec.Type.(*ast.Ident)
		value, _ := spec.Values[0].(*ast.BasicLit)
		for _, name := range types {
			if kind != nil && value != nil && kind.Name == name {
				text, _ := strconv.Unquote(value.Value)
				list = append(list, text)
			}
		}
		return true
	})
	return list
}
