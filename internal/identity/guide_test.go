package identity

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of operations and roles into docs/guide/people.md")

const (
	guide      = "../../docs/guide/people.md"
	guideBegin = "<!-- permissions: written by internal/identity; go test ./internal/identity -run TestGuideIsCurrent -update -->\n"
	guideEnd   = "<!-- end of permissions -->"
)

// TestGuideIsCurrent holds the guide's table to the one that decides.
func TestGuideIsCurrent(t *testing.T) {
	b, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(b), guideBegin)
	_, tail, ended := strings.Cut(rest, guideEnd)
	if !found || !ended {
		t.Fatalf("%s has no place for the table", guide)
	}
	want := head + guideBegin + permissionTable() + guideEnd + tail
	switch {
	case want == string(b):
	case *update:
		if err := os.WriteFile(guide, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is behind the code: go test ./internal/identity -run TestGuideIsCurrent -update", guide)
	}
}

// permissionTable writes a row for each operation that people may do, a column for each role but the manager, who may all of it.
func permissionTable() string {
	var b strings.Builder
	b.WriteString("\n| operation | what it does |")
	roles := Roles()[1:]
	for _, r := range roles {
		b.WriteString(" " + string(r) + " |")
	}
	b.WriteString(" a token's scope |\n|" + strings.Repeat("---|", len(roles)+3) + "\n")
	for _, p := range Permissions() {
		if p.Effect == Machine {
			continue
		}
		b.WriteString("| `" + string(p.Operation) + "` | " + string(p.Effect) + " |")
		for _, r := range roles {
			if slices.Contains(p.Roles, r) {
				b.WriteString(" ● |")
			} else {
				b.WriteString(" |")
			}
		}
		b.WriteString(" " + string(p.Scope) + " |\n")
	}
	return b.String() + "\n"
}
