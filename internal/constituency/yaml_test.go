package constituency

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Files made to take all time, memory or stack are refused at once.
func TestYAMLBombs(t *testing.T) {
	many := func(format string) string {
		var text strings.Builder
		for i := range 30_000 {
			fmt.Fprintf(&text, format, i)
		}
		return text.String()
	}
	tests := []struct{ name, text, want string }{
		{"brackets that comments seem to close", strings.Repeat("[ #]\n", 1<<16), "too deeply at line 101"},
		{"brackets that texts seem to close", strings.Repeat("[\"]\",\n", 1<<16), "too deeply at line 101"},
		{"braces in braces", strings.Repeat("{a: ", 1<<16), "too deeply at line 1"},
		{"dashes in a line", "a: " + strings.Repeat("- ", 1<<16), "too deeply"},
		{"keys in a line", strings.Repeat("a: ", 1<<16), "too deeply"},
		{"keys ever deeper", func() (s string) {
			for i := range 1000 {
				s += strings.Repeat(" ", i) + "a:\n"
			}
			return s
		}(), "too deeply at line 101"},
		{"keys of one mapping", "organisations:\n  - name: A\n" + many("    k%d: 1\n"), "too many keys"},
		{"keys of one mapping in braces", "organisations: [{" + many("k%d: 1, ") + "}]", "too many keys"},
		{"keys of one mapping with lists between", many("k%d:\n  - x\n"), "too many keys"},
		{"keys of one mapping with mappings between", "{" + many("k%d: {a: b}, ") + "}", "too many keys"},
		{"anchors", "a: " + strings.Repeat("&t ", 1<<16), "too full of anchors"},
		{"tags", "a: " + strings.Repeat("!t ", 1<<16), "too full of anchors"},
		{"aliases", many("- *a%d\n"), "too full of anchors"},
		{"directives", many("%%YAML 1.%d\n"), "too full of anchors"},
		{"question marks", strings.Repeat("? ", 1<<16), "too full of anchors"},
		{"documents", strings.Repeat("---\n", 1<<18), "one YAML document"},
		{"too large", strings.Repeat("#", maxYAML+1), "use CSV"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := worked(t)
			_, _, err := readYAML([]byte(tt.text))
			if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %.300v, want %q", err, tt.want)
			}
			if took := worked(t) - start; took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// worked is the time of processors that this process has had: on a busy machine the clock says nothing about a function.
func worked(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A register of any size is no bomb.
func TestYAMLOfManyOrganisationsIsRead(t *testing.T) {
	var text strings.Builder
	text.WriteString("organisations:\n")
	for i := range 3000 {
		fmt.Fprintf(&text, "- name: O%d\n  kind: provider\n  networks: [AS%d, {network: a%d.example, from: 2026-01-01}]\n  contacts:\n  - {contact: a@b%d.example}\n", i, i+1, i, i)
	}
	text.WriteString("- name: Large\n  networks:\n")
	for i := range 3000 {
		fmt.Fprintf(&text, "  - network: 10.%d.%d.0/24\n    from: 2026-01-01\n", i/256, i%256)
	}
	entries, rejected, err := readYAML([]byte(text.String()))
	if err != nil || len(rejected) != 0 || len(entries) != 3000*4+1+3000 {
		t.Errorf("%d entries, %v, %v", len(entries), rejected, err)
	}
}

func TestImportBadYAMLItems(t *testing.T) {
	tests := []struct {
		name, item, column, reason string
		line                       int
	}{
		{"unknown key", "name: A\n    sektor: health", "", `did you mean "sector"`, 4},
		{"key twice", "name: A\n    kind: peer\n    kind: vendor", "", `"kind" stands there twice`, 4},
		{"no name", "kind: peer", "name", "needs a name", 4},
		{"a list for a name", "name: [A]", "name", "single text", 4},
		{"a mapping for a kind", "name: A\n    kind: {a: b}", "kind", "single text", 4},
		{"not a mapping", "just a text", "", "a mapping of name", 4},
		{"alias", "name: &x A\n    parent: *x", "name", "single text", 4},
		{"tag", "name: !!binary QQ==", "name", "single text", 4},
		{"networks no list", "name: A\n    networks: 192.0.2.0/24", "networks", "a list is needed", 5},
		{"network empty", "name: A\n    networks: [\"\"]", "network", "empty", 5},
		{"network unknown key", "name: A\n    networks: [{prefix: 192.0.2.0/24}]", "networks", "unknown key", 5},
		{"from no time", "name: A\n    networks: [{network: AS1, from: tomorrow}]", "from", "is no time", 5},
		{"day that is none", "name: A\n    networks: [{network: AS1, from: 2026-02-30}]", "from", "is no time", 5},
		{"backwards", "name: A\n    networks: [{network: AS1, from: 2026-02-01, until: 2026-01-01}]", "until", "ends before it begins", 5},
		{"never", "name: A\n    networks: [{network: AS1, from: 2026-02-01, until: 2026-02-01}]", "until", "ends before it begins", 5},
		{"contact empty", "name: A\n    contacts: [{purpose: abuse}]", "purpose", "without a contact", 5},
		{"contact health", "name: A\n    contacts: [{contact: a@b.example, health: fine}]", "health", "unknown health", 5},
		{"key no key", "name: A\n    contacts: [{contact: a@b.example, key: abc}]", "key", "paste the whole", 5},
		{"Bcc in a quoted contact", "name: A\n    contacts: [\"a@b.example\\r\\nBcc: c@d.example\"]", "contact", "line break", 5},
		{"NUL in a quoted name", "name: \"A\\0B\"", "name", "U+0000", 4},
		{"override in a quoted name", "name: \"A\\u202eB\"", "name", "U+202E", 4},
		{"network said two ways", "name: A\n    networks: [{network: AS1, until: 2027-01-01}, {network: as1, until: 2028-01-01}]", "until", "line 5 says 2027-01-01", 5},
		{"network begins two ways", "name: A\n    networks: [{network: AS1, from: 2027-01-01}, {network: as1, from: 2028-01-01}]", "from", "line 5 says 2027-01-01", 5},
		{"network backwards by two lines", "name: A\n    networks: [{network: AS1, from: 2027-01-01}, {network: as1, until: 2026-01-01}]", "network", "ends before it begins", 5},
		{"health said two ways", "name: A\n    contacts: [{contact: a@b.example, health: bad}, {contact: a@B.example, health: good}]", "health", `says "bad"`, 5},
	}
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			empty(t, r)
			rep := try(t, r, YAML, "organisations:\n  - name: First\n    networks: [192.0.2.0/24]\n  - "+tt.item+"\n  - name: Last\n")
			if _, err := r.OrganisationByName(ctx, actor, "Last"); err != nil || len(rep.Rejected) != 1 {
				t.Fatalf("%v, rejected %v", err, rep.Rejected)
			}
			bad := rep.Rejected[0]
			if bad.Line != tt.line || !strings.Contains(bad.Reason, tt.reason) || bad.Column != tt.column {
				t.Errorf("line %d, %q: %s; want line %d, %q: %s", bad.Line, bad.Column, bad.Reason, tt.line, tt.column, tt.reason)
			}
		})
	}
}

// YAML's guesses must not reach the register.
func TestYAMLTextsAreAsWritten(t *testing.T) {
	text := "\ufefforganisations:\r\n" +
		"- {name: NO, country: NO}\n" +
		"- {name: 1.10, country: 'NO', parent: null}\n" +
		"- name: 007\n  kind:\n  contacts: ~\n" +
		"- name: true\n" +
		"- name: 0x1F\n" +
		"- name: .inf\n" +
		"- name: 2026-01-01\n" +
		"- name: \"tab\\tinside\"\n" +
		"- name: 'it''s'\n" +
		"- name: >-\n    City\n    Hospital\n"
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	load(t, r, YAML, text)
	names, err := r.Names(ctx, actor)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, n := range names {
		got[n] = true
	}
	want := map[string]bool{}
	for _, n := range []string{"NO", "1.10", "007", "true", "0x1F", ".inf", "2026-01-01", "tab inside", "it's", "City Hospital"} {
		want[n] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A later file may move one end of a validity, but not past the other.
func TestImportValidityAgainstTheRegister(t *testing.T) {
	const file = "organisations:\n  - name: A\n    networks: [{network: 192.0.2.0/24, %s}]\n"
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, YAML, fmt.Sprintf(file, "from: 2026-06-01"))
		rep := try(t, r, YAML, fmt.Sprintf(file, "until: 2026-01-01"))
		if len(rep.Rejected) != 1 || len(rep.Changes) != 0 || rep.Rows != 2 || rep.Rejected[0].Line != 3 ||
			!strings.Contains(rep.Rejected[0].Reason, "with what the register says") {
			t.Errorf("%+v", rep)
		}
		rep = load(t, r, YAML, fmt.Sprintf(file, "until: 2027-01-01"))
		if len(rep.Changes) != 1 || !strings.Contains(rep.Changes[0].Detail, "from 2026-06-01T00:00:00Z until 2027-01-01T00:00:00Z") {
			t.Errorf("%+v", rep.Changes)
		}
		if m := r.Matcher(); m.Target(m.IPv4(0xc0000201)).OrganisationName != "A" {
			t.Error("the network is not in force")
		}
	})
}
