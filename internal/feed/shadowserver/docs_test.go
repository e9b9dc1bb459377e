package shadowserver

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/rsit"
)

var update = flag.Bool("update", false, "write docs/reference/shadowserver.md again")

const docsIntro = `# Shadowserver's reports

This page is made from ` + "`internal/feed/shadowserver/reports.tsv`" + ` by ` + "`go test ./internal/feed/shadowserver -update`" + `; do not edit it by hand.

## Which report a file is
The longest known name that stands in the file name as a word of its own, such as ` + "`2026-11-20-scan_telnet-country-asn.csv`" + `. A file without such
a name is told by its header, if all reports with that header have the same type, role and standing; the shortest name, then the first by
the alphabet, is taken. Else the file is set aside and a person must name it. A name that looks like a report (` + "`scan_new`" + `) but is not in the table is
read by the columns that all reports share: type ` + "`undetermined`" + `; with an ` + "`ip`" + ` column its owner is taken as responsible, with ` + "`src_ip`" + ` nobody is.

A file of the same form as the table, ` + "`shadowserver.tsv`" + ` in the data folder, adds reports or replaces them without a new release.

## Values
| kind in the table | read as |
|---|---|
| time | UTC; more than ten years ago or two days ahead: the row is set aside |
| ip | IPv4 or IPv6; an IPv4-mapped one sets the row aside; in the column that the report is about, anything else and the unspecified address set the row aside; elsewhere the unspecified address means none |
| network | a prefix; anything else stays in extra |
| int | a port from 0 to 65535; in extra as it came; empty is none |
| int0 | the same, and 0 is none (AS 0 of the side that can act sets the row aside) |
| text, float, bool, date, base64 | as it came; empty is none |
| text0 | the same, and 0 is none |
| domain | a domain name in lower case, without port; anything else stays in extra |
| url | a whole URL as it is; a path (or request line) is put behind the host of the row; without a host it stays in extra |
| exchange | type and identifier from the tag, see below |

The transport protocol, the application protocol and the malware's name are in lower case. Bytes that are no UTF-8, and a NUL,
set the row aside. Columns that the table does not know are kept as ` + "`extra.<column>`" + ` and noted. Where two columns fill one extra, the one that has its name wins and
the other is kept under its own. ` + "`severity`" + ` may stand in every report.

## Types
Every event has a type and class of RSIT v1003. Where the type that IntelMQ gives is one of RSIT, it is that. The others:

| report | IntelMQ | here | why |
|---|---|---|---|
| blocklist | blacklist | undetermined | being listed says that something was seen, not what |
| scan_exchange, scan6_exchange | by tag | system-compromise (identifier exchange-server-webshell) if the tag holds ` + "`webshell`" + `, else vulnerable-system (vulnerable-exchange-server) | a web shell means that somebody is in already |

The sinkhole reports, the brute-force and the darknet report name the condition row by row: the identifier is the cell of the column given below.

## Reports
Who can act: whose owner is told, and as what. *Information*: there is nothing to mend.

| report | type (class) | identifier | who can act | note |
|---|---|---|---|---|
`

// The page says what the table says.
func TestDocumentation(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(docsIntro)
	table := Builtin()
	for _, r := range table.Reports() {
		kind, identifier := "by tag", r.Identifier
		if !r.ByTag {
			rt, _ := rsit.Lookup(r.Type)
			kind = fmt.Sprintf("%s (%s)", r.Type, rt.Class())
		}
		if identifier == "" {
			identifier = "by " + identifierColumn(table, r)
		}
		who := r.Role
		if r.Standing != "" {
			who += ", " + r.Standing
		}
		var notes []string
		if r.Informational {
			notes = append(notes, "*information*")
		}
		if r.Note != "" {
			notes = append(notes, r.Note)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.Name, kind, identifier, who, strings.Join(notes, ": "))
	}
	name := filepath.Join("..", "..", "..", "docs", "reference", "shadowserver.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(b.String(), string(got)); d != "" {
		t.Errorf("the page is out of date, run the test with -update (-want +got):\n%s", d)
	}
}

func identifierColumn(t *Table, r Report) string {
	for _, column := range r.Columns {
		for _, m := range t.mappings(r.Name, column) {
			if m.field == "classification.identifier" {
				return column
			}
		}
	}
	return "nothing"
}
