package ui

import (
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

func someTable() TableProps {
	return TableProps{
		ID: "t", Caption: "Findings", Sort: "-seen", Count: Count{N: 1204}, Next: "cursor", Act: "/findings/move", Filter: "a and b", Export: "/findings/export?q=a",
		Columns: []Column{{Title: "Asset", Sort: "asset", Main: true}, {Title: "Seen", Sort: "seen", Number: true}, {Title: "Note", Wide: true}},
		Rows: []Row{
			{ID: "1", Href: "/findings/1", Label: "the first", Tone: Bad, Cells: []templ.Component{Text("192.0.2.1"), Text("3"), Text("x")}},
			{Cells: []templ.Component{Text("192.0.2.2"), Text("4"), Text("y")}},
		},
		Actions: []Action{{Name: "close", Text: "Close"}, {Name: "mute", Text: "Mute", Confirm: "Really?", Fields: Hidden("why", "because")}},
	}
}

func TestTable(t *testing.T) {
	text := show(t, at(t, "/findings?q=a+and+b&sort=-seen&after=old"), Table(someTable()))
	for name, want := range map[string]string{
		"counted":                    "1,204 rows",
		"sorting leaves the filter":  `href="/findings?q=a+and+b&amp;sort=asset"`,
		"sorting the other way":      `href="/findings?q=a+and+b&amp;sort=seen"`,
		"which way":                  `aria-sort="descending"`,
		"the next page":              `href="/findings?after=cursor&amp;q=a+and+b&amp;sort=-seen"`,
		"the first page":             `href="/findings?q=a+and+b&amp;sort=-seen" rel="first"`,
		"export":                     `href="/findings/export?format=csv&amp;q=a"`,
		"a row opens":                `<a class="row-link" href="/findings/1">`,
		"a row is selected by":       `name="id" value="1" aria-label="Select the first"`,
		"the filter goes with all":   `<input type="hidden" name="q" value="a and b">`,
		"all that match":             "All 1,204 rows that match",
		"an action":                  `name="action" value="close"`,
		"one that asks":              `commandfor="t-mute"`,
		"its question":               "Really?",
		"its fields":                 `value="because"`,
		"the row's mark":             `class="marked tone-bad"`,
		"labels for a small screen":  `data-label="Seen"`,
		"a caption for who hears it": "Findings</caption>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s: %q is not in\n%s", name, want, text)
		}
	}
	if strings.Count(text, `name="id"`) != 1 {
		t.Error("a row without an id can be selected")
	}
}

func TestTableWithoutRows(t *testing.T) {
	p := TableProps{ID: "t", Empty: Empty("No findings", "Take a feed in.", Link{Text: "Feeds", Href: "/feeds"})}
	text := show(t, at(t, "/findings"), Table(p))
	if !strings.Contains(text, "Take a feed in.") || strings.Contains(text, "<table") || strings.Contains(text, "pager") {
		t.Error(text)
	}
}

func TestCountText(t *testing.T) {
	for want, p := range map[string]TableProps{
		"1 row": {Count: Count{N: 1}}, "0 rows": {}, "more than 10,000 rows": {Count: Count{N: 10000, Least: true}}, "3 selected": {Count: Count{N: 3}, Noun: "ui.picked.other"},
	} {
		if got := countText(at(t, "/"), p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestFilter(t *testing.T) {
	text := show(t, at(t, "/events?q=x"), Filter(FilterProps{
		Action: "/events", Value: "source.ip = = 3", Label: "Filter", Complete: "/events/complete", Fault: "a value is missing", FaultAt: 12,
		Keep: url.Values{"sort": {"-time"}, "by": {"a", "b"}}, Presets: []Link{{Text: "today", Href: "/events?q=today"}},
	}))
	for name, want := range map[string]string{
		"what was typed stays":    `value="source.ip = = 3"`,
		"what else is in the URL": `<input type="hidden" name="by" value="b">`,
		"the fault":               "a value is missing",
		"where it is":             "source.ip = <mark>= 3</mark>",
		"clearing keeps the rest": `href="/events?by=a&amp;by=b&amp;sort=-time"`,
		"the box is told":         `aria-invalid="true"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s: %q is not in\n%s", name, want, text)
		}
	}
	if _, _, ok := faultParts(FilterProps{Value: "ä", FaultAt: 1}); ok {
		t.Error("a fault at the end points at nothing")
	}
}

func TestForms(t *testing.T) {
	form := Form{Values: url.Values{"name": {"what was typed"}}, Wrong: []Wrong{{"name", "is too short"}, {"", "the whole is odd"}}}
	if form.Get("name") != "what was typed" || form.Text("name") != "is too short" || form.Text("other") != "" {
		t.Error("a form forgets")
	}
	text := show(t, at(t, "/"), Summary(form))
	if !strings.Contains(text, `href="#field-name"`) || !strings.Contains(text, "2 mistakes") {
		t.Error(text)
	}
	text = show(t, at(t, "/"), Field(FieldProps{Name: "name", Label: "Name", Help: "as in the register", Value: form.Get("name"), Wrong: form.Text("name")}))
	for _, want := range []string{`for="field-name"`, `id="field-name"`, `aria-describedby="field-name-help field-name-wrong"`, `aria-invalid="true"`, "optional"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	text = show(t, at(t, "/"), Field(FieldProps{Name: "x", Kind: "textarea", Value: "\nfirst line", Required: true}))
	if !strings.Contains(text, ">\n\nfirst line</textarea>") || strings.Contains(text, "optional") {
		t.Errorf("a line is lost: %q", text)
	}
	text = show(t, at(t, "/"), Select(FieldProps{Name: "x", Value: "b", Options: []Option{{Value: "a", Text: "A"}, {Value: "b", Text: "B"}}}))
	if strings.Count(text, " selected") != 1 || !strings.Contains(text, `value="b" selected`) {
		t.Error(text)
	}
}
