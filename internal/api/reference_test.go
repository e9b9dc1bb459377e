package api

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/clock"
)

var update = flag.Bool("update", false, "write the list of operations into docs/reference/api.md")

const (
	reference  = "../../docs/reference/api.md"
	tableBegin = "<!-- operations: written by internal/api; go test ./internal/api -run TestReferenceIsCurrent -update -->\n"
	tableEnd   = "<!-- operations: end -->\n"
)

// TestReferenceIsCurrent holds the list of operations in the reference to the description.
func TestReferenceIsCurrent(t *testing.T) {
	var lines []string
	for _, op := range described(New(Options{Clock: clock.Real{}})) {
		lines = append(lines, fmt.Sprintf("| %s | `%s` | `%s` | %s |\n", op.Tags[0], op.Method, strings.TrimPrefix(op.Path, Root), op.Summary))
	}
	slices.SortFunc(lines, func(a, b string) int {
		x, y := strings.Split(a, "|"), strings.Split(b, "|")
		return cmp.Or(cmp.Compare(x[1], y[1]), cmp.Compare(x[3], y[3]), cmp.Compare(x[2], y[2]))
	})
	table := "| about | | address | what it does |\n|---|---|---|---|\n" + strings.Join(lines, "")
	old, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(old), tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !ok || !ended {
		t.Fatalf("%s has no place for the list", reference)
	}
	text := before + tableBegin + table + tableEnd + after
	switch {
	case text == string(old):
	case *update:
		if err := os.WriteFile(reference, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is behind the code: run `make generate`", reference)
	}
}
