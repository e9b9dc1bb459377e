package message

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/format/formattest"
	"github.com/firehall/firehall/internal/feed/mailreport"
	"github.com/firehall/firehall/internal/release"
)

// strict are ways to handle a letter, with what stands in its files.
var strict = map[string]struct {
	label tlp.Label
	h     release.Handling
	tags  []string
	cells []string // tlp, extra.pap, extra.iep; none: no such columns
}{
	"a label alone": {tlp.AmberStrict, release.Handling{}, []string{"tlp:amber+strict"}, nil},
	"PAP":           {tlp.Green, release.Handling{PAP: tlp.PAPRed}, []string{"tlp:green", "pap:red"}, []string{"green", "red"}},
	"a policy": {
		tlp.Amber,
		release.Handling{IEP: &iep.Policy{Encrypt: true, Actions: iep.NoAction, Name: "Of Ms Berg"}},
		[]string{"tlp:amber", "pap:clear"},
		[]string{"amber", "clear", "encrypt_in_transit=must, permitted_actions=none"},
	},
	"a policy of a name alone": {tlp.Amber, release.Handling{IEP: &iep.Policy{Name: "Of Ms Berg"}}, []string{"tlp:amber"}, nil},
}

// What may be done with a letter stands in the files that go with it, as their formats let it stand, and is read from there again.
func TestFilesSayHowToHandleThem(t *testing.T) {
	valid := schema(t)
	for name, c := range strict {
		t.Run(name, func(t *testing.T) {
			l := letter(telnet(), infections(3))
			l.Label, l.Handling = c.label, c.h
			raw, n := xarfOf(t, l)
			if n != 4 || bytes.Contains(raw, []byte("Berg")) {
				t.Fatalf("%d reports: %s", n, raw)
			}
			for line := range strings.Lines(string(raw)) {
				doc, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
				if err != nil {
					t.Fatal(err)
				}
				if err := valid.Validate(doc); err != nil {
					t.Error(err)
				}
				var tags []string
				for _, tag := range doc.(map[string]any)["tags"].([]any) {
					tags = append(tags, tag.(string))
				}
				if !slices.Equal(tags, c.tags) {
					t.Errorf("tags %v, want %v", tags, c.tags)
				}
			}
			tables := 0
			for _, part := range append(renderer(t, Options{PartSize: 20 << 10}).Split(l), l) {
				rows, err := csv.NewReader(bytes.NewReader(csvOf(t, part))).ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				tables++
				for _, row := range rows[1:] {
					var cells []string
					for _, column := range []string{columnTLP, columnPAP, columnIEP} {
						if i := slices.Index(rows[0], column); i >= 0 {
							cells = append(cells, row[i])
						}
					}
					if !slices.Equal(cells, c.cells) {
						t.Errorf("cells %q, want %q", cells, c.cells)
					}
				}
			}
			if tables < 3 {
				t.Errorf("%d tables only: the letter was not split", tables)
			}
		})
	}
}

// Whoever takes the X-ARF in has each report under the label, the PAP and the policy that it was sent under.
func TestXARFIsReadUnderItsLabel(t *testing.T) {
	for name, want := range map[string]map[string]string{
		"a label alone": {"tlp": "amber+strict", "extra.pap": ""},
		"PAP":           {"tlp": "green", "extra.pap": "red"},
		"a policy":      {"tlp": "amber", "extra.pap": "", "extra.iep": "encrypt_in_transit=must, permitted_actions=none", "extra.firehall_iep": ""},
	} {
		l := letter(telnet())
		l.Label, l.Handling = strict[name].label, strict[name].h
		raw, _ := xarfOf(t, l)
		got := formattest.Decode(t, mailreport.NewXARF(formattest.Clock, format.Defaults{}), "x.json", string(raw), 1<<20)
		if got.Rows() != 1 {
			t.Fatalf("%s: %v", name, got.Rejects())
		}
		formattest.Want(t, got.Row(0), want)
	}
}
