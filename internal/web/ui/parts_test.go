package ui

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/web/words"
)

// every is every part, each of its texts hostile.
func every() map[string]templ.Component {
	h := hostile
	field := FieldProps{
		Name: h, Label: h, Help: h, Value: h, Wrong: h, Hint: h, Complete: h, Limit: 9, Required: true, Options: []Option{{Value: h, Text: h, Help: h, Chosen: true}},
	}
	kinds := map[string]templ.Component{}
	for _, kind := range []string{"text", "textarea", "checkbox", "file", "search", h} {
		f := field
		f.Kind = kind
		kinds["field "+kind] = Field(f)
	}
	for name, c := range map[string]templ.Component{
		"text": Text(h), "code": Code(h), "number": Number(1), "anchor": Anchor(Link{h, h, h}), "anchor to a script": Anchor(Link{Text: "x", Href: "javascript:alert(1)"}),
		"button": Button(Link{h, "javascript:alert(1)", h}, Tone(h)), "icon": Icon(h), "tlp": TLP(tlp.AmberStrict), "state": State(h, Tone(h)), "severity": Severity(h),
		"asset": Asset(h), "org": Org(h, h), "org without a name": Org(h, ""), "empty": Empty(h, h, Link{h, h, h}), "figure": Figure(1, h, h),
		"tile": Tile(FigureProps{Text: h, Label: h, Note: h, Tone: Tone(h), Line: []float64{1, 2}}), "chart": Chart(h, Kind(h), hostileChart()), "head": Head(h, h), "card": Card(h),
		"facts": Facts([]Fact{{h, Text(h)}, {h, nil}}), "tabs": Tabs(h, []Tab{{h, h, true, 3}}), "steps": Steps([]Step{{h, h, Tone(h), Text(h)}}),
		"timeline": Timeline([]Entry{{noon, h, h, h, Tone(h), Text(h)}}), "note": Note(Tone(h), h, h), "menu": Menu(h, h, []Link{{h, h, h}}), "more": More(h), "pre": Pre(h), "copy": Copy(h),
		"progress": Progress(ProgressProps{ID: h, Title: h, Text: h, Total: 5, Stream: h, Tone: Tone(h), Result: Link{h, h, h}}), "fresh": Fresh(h, h, h),
		"filter":      Filter(FilterProps{Action: h, Name: h, Value: h, Label: h, Hint: h, Complete: h, Help: Link{h, h, h}, Keep: url.Values{h: {h}}, Fault: h, FaultAt: 5, Presets: []Link{{h, h, h}}}),
		"completions": Completions([]Completion{{h, 0, 1, h, h}}), "pager": Pager("next"), "select": Select(field), "radio": Radio(field),
		"summary": Summary(Form{Wrong: []Wrong{{h, h}, {"", h}}}), "hidden": Hidden(h, h), "submit": Submit(h, Bad), "toast": Toast(h, Tone(h)),
		"confirm": Confirm(ConfirmProps{h, h, h, h, h, "javascript:alert(1)", h, Tone(h), url.Values{h: {h}}}), "post": Post("javascript:alert(1)", h, h, Bad), "table": Table(hostileTable()),
	} {
		kinds[name] = c
	}
	return kinds
}

func hostileChart() ChartData {
	h := hostile
	return ChartData{Title: h, Unit: h, Labels: []string{h}, Series: []Series{{h, []float64{1}, Tone(h)}}, Range: h, Href: []string{h}}
}

func hostileTable() TableProps {
	h := hostile
	return TableProps{
		ID: h, Caption: h, Columns: []Column{{Title: h, Sort: h, Main: true}, {Title: h}}, Sort: h, Noun: h, Next: "x", Act: "javascript:alert(1)", Filter: h, Export: h,
		Rows:    []Row{{ID: h, Href: h, Label: h, Tone: Tone(h), Cells: []templ.Component{Text(h), Text(h), Text("one too many")}}},
		Actions: []Action{{Name: h, Text: h, Icon: h, Href: "javascript:alert(1)", Tone: Tone(h), Confirm: h, Fields: Text(h)}, {Name: h, Text: h, Href: "javascript:alert(1)"}},
	}
}

// No text gets out of where it is shown, whatever it is, in any part.
func TestHostileTexts(t *testing.T) {
	for name, c := range every() {
		t.Run(name, func(t *testing.T) {
			both(t, "/list?after=x&q="+url.QueryEscape(hostile), func(t *testing.T, ctx context.Context) { show(t, ctx, c) })
		})
	}
}

// Every part can be shown with nothing in it.
func TestNothing(t *testing.T) {
	for name, c := range map[string]templ.Component{
		"table": Table(TableProps{}), "filter": Filter(FilterProps{}), "field": Field(FieldProps{}), "select": Select(FieldProps{}), "radio": Radio(FieldProps{}),
		"chart": Chart("", "", ChartData{}), "steps": Steps(nil), "timeline": Timeline(nil), "facts": Facts(nil), "tabs": Tabs("", nil), "progress": Progress(ProgressProps{}),
		"confirm": Confirm(ConfirmProps{}), "tile": Tile(FigureProps{}), "time": Time(time.Time{}), "due": Due(time.Time{}), "moment": Moment(time.Time{}), "asset": Asset(""), "org": Org("", ""),
		"severity": Severity(""), "summary": Summary(Form{}), "completions": Completions(nil), "menu": Menu("", "", nil),
	} {
		t.Run(name, func(t *testing.T) { show(t, t.Context(), c) })
	}
}

func TestTimes(t *testing.T) {
	tests := []struct {
		ago  time.Duration
		want string
	}{
		{0, "just now"},
		{59 * time.Second, "just now"},
		{-30 * time.Second, "just now"},
		{time.Minute, "1 min ago"},
		{59*time.Minute + 59*time.Second, "59 min ago"},
		{time.Hour, "1 h ago"},
		{47 * time.Hour, "47 h ago"},
		{48 * time.Hour, "2 d ago"},
		{29 * 24 * time.Hour, "29 d ago"},
		{30 * 24 * time.Hour, "2026-10-21"},
		{-90 * time.Minute, "in 1 h"},
		{-5 * time.Minute, "in 5 min"},
		{-72 * time.Hour, "in 3 d"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			text := show(t, at(t, "/"), Time(noon.Add(-tt.ago)))
			if got := plain(text); got != tt.want {
				t.Errorf("%v ago is %q", tt.ago, got)
			}
		})
	}
	text := show(t, at(t, "/"), Time(noon))
	if !strings.Contains(text, `datetime="2026-11-20T12:00:00Z"`) || !strings.Contains(text, `title="2026-11-20 14:00:00 EET"`) {
		t.Errorf("not in the team's zone: %s", text)
	}
}

func TestDueTurns(t *testing.T) {
	if text := show(t, at(t, "/"), Due(noon.Add(time.Hour))); strings.Contains(text, "due-past") {
		t.Errorf("there is an hour left: %s", text)
	}
	if text := show(t, at(t, "/"), Due(noon)); !strings.Contains(text, "due-past") {
		t.Errorf("it is due: %s", text)
	}
}

// The label has FIRST's colours by its class; each label has its own.
func TestTLPClasses(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range tlp.Labels() {
		text := show(t, at(t, "/"), TLP(l))
		if !strings.Contains(text, l.String()) || seen[tlpClass(l)] {
			t.Errorf("%s: %s", l, text)
		}
		seen[tlpClass(l)] = true
	}
}

func TestLinksOfThings(t *testing.T) {
	for want, c := range map[string]templ.Component{
		`href="/lookup?q=2001%3Adb8%3A%3A%2F32"`: Asset("2001:db8::/32"), `href="/organisations/a%2Fb%3Fc"`: Org("a/b?c", "x"), `href="/findings?q=a"`: Figure(3, "open", "/findings?q=a"),
	} {
		if text := show(t, at(t, "/"), c); !strings.Contains(text, want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
}

func TestLineOfATile(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   string
	}{{[]float64{0, 10}, "0.0,26.0 96.0,2.0"}, {[]float64{5, 5, 5}, "0.0,26.0 48.0,26.0 96.0,26.0"}} {
		if got := points(tt.values, 96, 28); got != tt.want {
			t.Errorf("%v: %s", tt.values, got)
		}
	}
}

func TestCharts(t *testing.T) {
	data := ChartData{
		Title: "Events", Unit: "events", Times: true, Labels: []string{"2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"},
		Series: []Series{{"feed a", []float64{1, 2000.5}, Info}, {"feed b", []float64{3}, ""}}, Range: "/events?from={from}&to={to}", Href: []string{"/a"},
	}
	text := show(t, at(t, "/"), Chart("c", Bars, data))
	for _, want := range []string{"20 Nov 12:00", "feed b", "2000", `href="/a"`, "Drag across"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	days := ChartData{Times: true, Labels: []string{"2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z"}, Series: []Series{{Values: []float64{1, 2}}}}
	if got := chartLabels(at(t, "/"), days); got[1] != "2026-11-20" {
		t.Errorf("%v", got)
	}
}

func TestStreamsAreNamed(t *testing.T) {
	text := show(t, at(t, "/"), Progress(ProgressProps{ID: "p", Done: 1, Total: 3, Stream: "/jobs/1/stream"}))
	if !strings.Contains(text, `data-stream="/jobs/1/stream"`) || !strings.Contains(text, "33 %") || !strings.Contains(text, `max="3"`) {
		t.Error(text)
	}
	if text := show(t, at(t, "/"), Progress(ProgressProps{ID: "p", Done: 5, Total: 3})); strings.Contains(text, "data-stream") || !strings.Contains(text, "100 %") {
		t.Errorf("work that ended: %s", text)
	}
	if text := show(t, at(t, "/"), Fresh("/live", "findings", "/findings")); !strings.Contains(text, "hidden") {
		t.Errorf("nothing is new yet: %s", text)
	}
}

func TestWordsOfFindings(t *testing.T) {
	french := words.With(context.Background(), words.French)
	for _, tt := range []struct{ name, got, want string }{
		{"a class", Class(context.Background(), "brute-force"), "Login attempts"},
		{"a class in French", Class(french, "phishing"), "Hameçonnage"},
		{"no class of RSIT", Class(french, "house-rule"), "house-rule"},
		{"a condition", Condition(context.Background(), "vulnerable-system", "", "open-rdp"), "Vulnerable system: open-rdp"},
		{"a class alone", Condition(context.Background(), "spam", "", ""), "Spam"},
		{"a person", Person("root (os:0)"), "root"},
		{"a name with brackets", Person("(os:0)"), "(os:0)"},
		{"text that turns round", visible("a\u202egnp.exe"), `a\u202egnp.exe`},
		{"text that does not", visible("café"), "café"},
		{"a state", findingState(context.Background(), "notified"), "Owner told"},
		{"a state that nobody knows", findingState(context.Background(), "odd"), "odd"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, not %q", tt.name, tt.got, tt.want)
		}
	}
	for _, r := range rsit.Types() {
		if Class(context.Background(), string(r)) != r.Title() {
			t.Errorf("the class %s has no words", r)
		}
	}
}
