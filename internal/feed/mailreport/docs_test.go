package mailreport

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/platform/mime"
)

var update = flag.Bool("update", false, "write docs/reference/mail-reports.md again")

const docsIntro = `# ARF and X-ARF

This page is made by ` + "`go test ./internal/feed/mailreport -update`" + `; do not edit it by hand.

One report becomes one event. Evidence (mails, pictures, logs) stays in the stored input and does not become part of the event.

## ARF mail (RFC 5965)
The event's address is Source-IP, its URL the first Reported-URI, its name the first Reported-Domain; one of the three must be there. Its
time is Arrival-Date, else Received-Date, else the Date of the mail. Further fields, and the Message-ID of the mail complained of, are kept in extra.

| Feedback-Type | type (class) |
|---|---|
`

const docsXARF = `
Any other Feedback-Type is undetermined.

## X-ARF v4, as JSON or within a mail
source_identifier is an address or a domain name; failing both the URL's host serves. Members that are no field are kept in extra, nested
ones with dots; ` + "`_internal`" + ` is dropped, as its schema asks. The identifier is ` + "`category-type`" + `.

` + "`tags`" + ` such as ` + "`tlp:amber`" + ` and ` + "`pap:red`" + `, and the statements of ` + "`firehall_iep`" + `, are the event's own label (` + "`tlp`" + `), PAP (` + "`extra.pap`" + `) and policy (` + "`extra.iep`" + `): the stricter of them and the feed's terms counts.

| category/type | type (class) |
|---|---|
`

// The page says what the tables say.
func TestDocumentation(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(docsIntro)
	table(&b, mime.FeedbackClasses())
	b.WriteString(docsXARF)
	table(&b, mime.XARFClasses())
	b.WriteString("\nAny other is undetermined.\n")
	name := filepath.Join("..", "..", "..", "docs", "reference", "mail-reports.md")
	if *update {
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

func table(b *bytes.Buffer, m map[string]rsit.Type) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(b, "| %s | %s (%s) |\n", name, m[name], m[name].Class())
	}
}
