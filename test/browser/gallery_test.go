package browser_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// several shows parts one after the other.
func several(parts ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, p := range parts {
			if err := p.Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// in puts parts into one that takes children.
func in(frame templ.Component, parts ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return frame.Render(templ.WithChildren(ctx, several(parts...)), w)
	})
}

// gallery is a page with every part on it.
func gallery() templ.Component {
	now := station.Now
	return several(
		in(ui.Head("Gallery", "Every part of the pages, as it looks."),
			ui.Confirm(ui.ConfirmProps{ID: "ask", Button: "Stop sending", Icon: "hand-stop", Title: "Stop all sending?", Text: "Nothing leaves until somebody resumes.", Action: "/nowhere", Tone: ui.Bad}),
			ui.Menu("Export", "download", []ui.Link{{Text: "CSV", Href: "/a", Icon: "table"}, {Text: "JSON", Href: "/b", Icon: "code"}}), ui.Button(ui.Link{Text: "New", Href: "/", Icon: "plus"}, ui.Info)),
		ui.Tabs("Views", []ui.Tab{{Text: "Open", Href: "/gallery", Active: true, Count: 1204}, {Text: "Closed", Href: "/gallery?x=1"}}),
		in(ui.Figures(),
			ui.Tile(ui.FigureProps{N: 12, Label: "Critical, open", Note: "3 new since 08:00", Href: "/", Tone: ui.Bad}), ui.Tile(ui.FigureProps{N: 4, Label: "Waiting for approval", Href: "/", Tone: ui.Warn}),
			ui.Tile(ui.FigureProps{N: 48210, Label: "Events today", Note: "usual 44,900", Href: "/", Line: []float64{4, 5, 4, 7, 9, 8, 12, 11, 14}}), ui.Figure(1204, "Open findings", "/")),
		ui.Filter(ui.FilterProps{
			Action: "/gallery", Value: "class:scanner and = ", Label: "Filter", Hint: "class:scanner last:24h", Complete: "/gallery/complete", Fault: "a value is missing after and", FaultAt: 18,
			Presets: []ui.Link{{Text: "Today", Href: "/"}, {Text: "Critical", Href: "/"}}, Help: ui.Link{Text: "Language", Href: "/", Icon: "help-circle"},
		}),
		ui.Table(rows(now)),
		in(ui.Grid(), in(ui.Card("Facts"), ui.Facts([]ui.Fact{{Label: "Address", Value: ui.Asset("192.0.2.10")}, {Label: "Owner", Value: ui.Org("x", "City Hospital")}, {Label: "TLP", Value: ui.TLP(tlp.Amber)}, {Label: "Due", Value: ui.Due(now.Add(-time.Hour))}})),
			in(ui.Card("Why"), ui.Steps([]ui.Step{{Title: "192.0.2.0/24 is registered", Text: "longest match", Tone: ui.Good}, {Title: "City Hospital owns it", Text: "since 2024"}, {Title: "Told daily", Text: "by its contact", Tone: ui.Info}})),
			in(ui.Card("History"), ui.Timeline([]ui.Entry{{At: now.Add(-2 * time.Hour), Who: "duty", What: "muted it for a week", Icon: "volume-off"}, {At: now.Add(-30 * time.Hour), What: "Told City Hospital", Icon: "mail", Tone: ui.Good}}))),
		in(ui.Grid(), ui.Chart("bars", ui.Bars, hours(now)), ui.Chart("heat", ui.Heatmap, ui.ChartData{Title: "By day and hour", Unit: "events", Labels: []string{"Mon", "Tue", "Wed"}, Series: []ui.Series{{Name: "00", Values: []float64{1, 5, 9}}, {Name: "06", Values: []float64{4, 0, 2}}}})),
		ui.Progress(ui.ProgressProps{ID: "work", Title: "Re-attributing findings", Text: "1,200 of 5,000, a minute left", Done: 1200, Total: 5000}),
		ui.Note(ui.Warn, "Two feeds are late.", "shadowserver sent nothing for 26 hours; it usually sends each day at 04:00."),
		in(ui.Card("A form"), ui.Summary(ui.Form{Wrong: []ui.Wrong{{Field: "name", Text: "The name is too short"}}}), ui.Field(ui.FieldProps{Name: "name", Label: "Name", Help: "As in the register.", Value: "x", Wrong: "The name is too short", Required: true}),
			ui.Select(ui.FieldProps{Name: "sel", Label: "Severity", Options: []ui.Option{{Value: "a", Text: "high"}}}), ui.Field(ui.FieldProps{Name: "area", Label: "Reason", Kind: "textarea"}), ui.Field(ui.FieldProps{Name: "box", Label: "Tell the owner", Kind: "checkbox"}), ui.Submit("Keep", ui.Info)),
		ui.Copy("0a1b2c3d4e"), ui.Pre("From: a\nTo: b\n\nDear team,"), ui.Empty("Nothing is muted", "Mute a finding and it rests here until its time.", ui.Link{Text: "Findings", Href: "/findings"}),
		ui.Fresh("/gallery/stream", "news", "/gallery?fresh=1"),
	)
}

func rows(now time.Time) ui.TableProps {
	p := ui.TableProps{
		ID: "list", Caption: "Findings", Sort: "-seen", Count: ui.Count{N: 1204}, Next: "x", Act: "/gallery/act", Export: "/gallery/export", Filter: "class:x",
		Columns: []ui.Column{{Title: "What", Main: true, Sort: "what"}, {Title: "Severity", Sort: "severity"}, {Title: "Address"}, {Title: "Owner", Wide: true}, {Title: "State"}, {Title: "Events", Number: true, Sort: "n"}, {Title: "Seen", Sort: "seen"}, {Title: "TLP", Wide: true}},
		Actions: []ui.Action{{Name: "close", Text: "Close", Icon: "check"}, {Name: "mute", Text: "Mute", Icon: "volume-off", Confirm: "They rest until then.", Fields: ui.Field(ui.FieldProps{Name: "reason", Label: "Reason", Required: true})}},
	}
	states := []ui.Tone{ui.Bad, ui.Warn, ui.Good, ui.Info, ui.Quiet}
	for i, severity := range []string{"critical", "high", "medium", "low", "info"} {
		p.Rows = append(p.Rows, ui.Row{ID: fmt.Sprint(i), Href: fmt.Sprintf("/gallery?open=%d", i), Label: "open-rdp", Tone: map[int]ui.Tone{0: ui.Strong}[i], Cells: []templ.Component{
			ui.Text("open-rdp on 3389/tcp"), ui.Severity(severity), ui.Asset(fmt.Sprintf("192.0.2.%d", i)), ui.Org("x", "City Hospital of the Northern District"), ui.State("notified", states[i]), ui.Number(int64(i) * 1713),
			ui.Time(now.Add(-time.Duration(i*7) * time.Hour)), ui.TLP(tlp.Labels()[i]),
		}})
	}
	return p
}

func hours(now time.Time) ui.ChartData {
	d := ui.ChartData{Title: "Events by hour", Unit: "events", Times: true, Range: "/gallery?from={from}&to={to}", Series: []ui.Series{{Name: "scanner"}, {Name: "infected-system"}}}
	for h := range 24 {
		d.Labels = append(d.Labels, now.Add(time.Duration(h-24)*time.Hour).Format(time.RFC3339))
		d.Series[0].Values = append(d.Series[0].Values, float64(10+h*h%17))
		d.Series[1].Values = append(d.Series[1].Values, float64(h%7))
	}
	return d
}

// exhibit adds the gallery to a station's pages.
func exhibit(t *testing.T, s *station.Station) {
	t.Helper()
	sh := s.App.Web.(*shell.Shell)
	sh.Handle("GET /gallery", func(w http.ResponseWriter, r *shell.Request) error {
		return sh.Page(w, r, shell.Page{Title: "Gallery", Body: gallery(), Crumbs: []ui.Link{{Text: "Pages", Href: "/"}, {Text: "Gallery"}}})
	})
	sh.Handle("GET /gallery/complete", func(w http.ResponseWriter, r *shell.Request) error {
		return sh.Fragment(w, r, ui.Completions([]ui.Completion{{Insert: "class:scanner", From: 0, To: len([]rune(r.FormValue("q"))), Note: "31 events"}}))
	})
	sh.Handle("GET /gallery/stream", func(w http.ResponseWriter, r *shell.Request) error {
		return sh.Stream(w, r, func(send func(string, templ.Component) error) error {
			if err := send("news", ui.Text("3")); err != nil {
				return err
			}
			<-r.Context().Done()
			return nil
		})
	})
	sh.Handle("POST /gallery/act", func(w http.ResponseWriter, r *shell.Request) error {
		return sh.Done(w, r, "/gallery", fmt.Sprint(r.FormValue("action"), " ", r.PostForm["id"], " all=", r.FormValue("all"), " reason=", r.FormValue("reason")))
	})
}

func TestGallery(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	exhibit(t, s)
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			b := browser.Open(t, s, look.size, look.dark)
			b.Visit("/gallery")
			b.Axe()
			b.NoOverflow()
			b.NoErrors()
			b.Shot("gallery-" + look.name)
		})
	}
	t.Run("high contrast", func(t *testing.T) {
		b := browser.Open(t, s, browser.Wide, false)
		b.Do(chromedp.Click(chromedp.CSS(`button[name=theme][value=contrast]`)), chromedp.WaitReady(chromedp.CSS(`[data-contrast]`)))
		b.Visit("/gallery")
		b.Axe()
		b.NoErrors()
		b.Shot("gallery-wide-contrast")
	})
}

// TestKeyboard does by keys what the map of the keyboard says.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	exhibit(t, s)
	b := browser.Open(t, s, browser.Wide, false)
	b.Visit("/gallery")
	b.Do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	at := func() string { return browser.Ask(b, chromedp.Location()) }
	b.Keys("jjx")
	if got := browser.Ask(b, chromedp.Evaluate[string](`[...document.querySelectorAll("input[name=id]:checked")].map(b => b.value).join()`)); got != "1" {
		t.Errorf("j j x selected %q", got)
	}
	if got := b.Text(".bulk-n"); got != "1 selected" {
		t.Errorf("the bar says %q", got)
	}
	b.Shot("gallery-selected")
	b.Keys("/")
	if got := browser.Ask(b, chromedp.Evaluate[string](`document.activeElement.name`)); got != "q" {
		t.Errorf("/ leads to %q", got)
	}
	b.Keys("x")
	b.Do(chromedp.WaitVisible(chromedp.CSS(`.completion`)))
	b.Keys("y\t") // before the list is of what stands there now
	b.Until(`document.querySelector("[data-filter]").value === "class:scanner"`)
	b.Do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	b.Keys("?")
	b.Do(chromedp.WaitVisible(chromedp.CSS(`#keys[open]`)))
	b.Axe()
	b.Shot("keys")
	b.Keys("\u001b")
	b.Do(chromedp.WaitNotVisible(chromedp.CSS(`#keys`)))
	b.Do(chromedp.Evaluate[chromedp.Void](`document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true}))`), chromedp.WaitVisible(chromedp.CSS(`#palette[open]`)), chromedp.WaitVisible(chromedp.CSS(`.hit`)))
	b.Shot("palette")
	b.Axe()
	b.Do(chromedp.SendKeys(chromedp.CSS(`#palette input`), "sett"))
	b.Until(`document.querySelectorAll(".hit").length === 1 && document.querySelector(".hit[href='/settings']")?.dataset.q === "sett"`)
	b.Keys("\r")
	b.Until(`location.pathname === "/settings"`)
	b.Visit("/gallery")
	b.Do(chromedp.Evaluate[chromedp.Void](`document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true}))`), chromedp.WaitVisible(chromedp.CSS(`#palette .hit`)))
	b.Keys("sett\r") // before the hits are of what stands there now
	b.Until(`location.pathname === "/settings" || location.pathname + location.search === "/palette?q=sett"`)
	b.Visit("/gallery")
	b.Do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	b.Together("g,")
	b.Until(`location.pathname === "/settings"`)
	b.Visit("/gallery")
	b.Do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	b.Keys("jj\r")
	b.Until(`location.search === "?open=1"`)
	if !strings.HasSuffix(at(), "/gallery?open=1") {
		t.Errorf("Enter leads to %s", at())
	}
	b.NoErrors()
}

// TestSelected acts on selected rows, asking first where the action says so.
func TestSelected(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	exhibit(t, s)
	b := browser.Open(t, s, browser.Wide, false)
	b.Visit("/gallery")
	b.Do(chromedp.Click(chromedp.CSS(`[data-pick-all]`)), chromedp.Click(chromedp.CSS(`.bulk-all input`)), chromedp.Click(chromedp.CSS(`.bulk button[value=close]`)), chromedp.WaitVisible(chromedp.CSS(`.toast`)))
	if got := b.Text(".toast p"); got != "close [0 1 2 3 4] all=1 reason=" {
		t.Errorf("posted %q", got)
	}
	b.Visit("/gallery")
	b.Do(chromedp.Click(chromedp.CSS(`input[name=id][value="2"]`)), chromedp.Click(chromedp.CSS(`.bulk button[commandfor="list-mute"]`)), chromedp.WaitVisible(chromedp.CSS(`#list-mute[open]`)))
	b.Shot("gallery-dialog")
	b.Do(chromedp.SendKeys(chromedp.CSS(`#list-mute input`), "a holiday"), chromedp.Click(chromedp.CSS(`#list-mute button[type=submit]`)), chromedp.WaitVisible(chromedp.CSS(`.toast`)))
	if got := b.Text(".toast p"); got != "mute [2] all= reason=a holiday" {
		t.Errorf("posted %q", got)
	}
	b.NoErrors()
}

// TestFresh waits for news, which stand behind a button.
func TestFresh(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	exhibit(t, s)
	b := browser.Open(t, s, browser.Wide, false)
	b.Visit("/gallery")
	b.Do(chromedp.WaitVisible(chromedp.CSS(`.fresh a`)))
	if got := b.Text(".fresh span"); got != "3 new" {
		t.Errorf("the bar says %q", got)
	}
	b.Do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	b.Keys(".")
	b.Until(`location.search === "?fresh=1"`)
	b.NoErrors()
}

// TestRange drags across a chart, which leads to the list of that time.
func TestRange(t *testing.T) {
	t.Parallel()
	s := station.Open(t, station.Options{Bare: true})
	exhibit(t, s)
	b := browser.Open(t, s, browser.Wide, false)
	b.Visit("/gallery")
	box := browser.Ask(b, chromedp.Evaluate[[]float64](`(() => { const e = document.querySelector("#bars .chart-box"); e.scrollIntoView({block: "center"}); const r = e.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()`))
	y := box[1] + box[3]/2
	b.Do(chromedp.DragAndDropXY(box[0]+box[2]*0.4, y, box[0]+box[2]*0.6, y, 8))
	b.Until(`location.search.startsWith("?from=2026-11-")`)
	if u := browser.Ask(b, chromedp.Location()); !strings.Contains(u, "from=2026-11-19T") || !strings.Contains(u, "to=2026-11-20T") {
		t.Errorf("the range leads to %s", u)
	}
	b.NoErrors()
}
