// Package browser looks at the pages of a station with a real browser, Debian's chromium: whether they show without an error, without
// breaking the content policy, and without a serious fault of accessibility (axe-core).
//
// Without chromium a test is skipped, or fails if FIREHALL_TEST_REQUIRE=1. With -update, Picture writes docs/pictures.
package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	cdproto "github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	cdp "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/firehall/firehall/test/station"
	"github.com/firehall/firehall/test/station/asking"
)

var update = flag.Bool("update", false, "write the pictures of docs/pictures")

// Size is the width of the window.
type Size int

// The sizes that pages are looked at.
const (
	Wide   Size = 1440
	Narrow Size = 390
)

// height is the window's, by its width.
func (s Size) height() int64 {
	if s == Narrow {
		return 844
	}
	return 900
}

// wait is how long a page may take to stand on a machine that has much else to do.
const wait = 3 * time.Minute

// patient makes pages wait as long: good news stays to be read, which else leaves after six seconds, and parts may come late.
const patient = `(() => {
	const later = window.setTimeout;
	window.setTimeout = (f, ms, ...rest) => ms === 6000 ? 0 : later(f, ms, ...rest);
	document.addEventListener("readystatechange", () => {
		const meta = document.querySelector("meta[name=htmx-config]");
		if (meta) meta.content = meta.content.replace(/"defaultTimeout":\d+/, '"defaultTimeout":180000');
	}, {once: true});
})()`

//go:embed axe/axe.min.js
var axe string

// Browser is a window, logged in at a station.
type Browser struct {
	t       testing.TB
	ctx     context.Context
	station *station.Station
	dark    bool
	size    Size

	mu     sync.Mutex
	errors []string
	at     string // the path of the page
}

// Open opens a window until the test ends, logged in by a link as a person would.
func Open(t testing.TB, s *station.Station, size Size, dark bool) *Browser {
	t.Helper()
	b := &Browser{t: t, station: s, ctx: start(t), dark: dark, size: size}
	if err := chromedp.Listen(b.ctx, b.hear); err != nil { // starts the browser, too
		t.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, log.Enable, cdproto.Empty{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		t.Fatal(err) // several windows of one browser: each behaves as if it were in front
	}
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: patient}); err != nil {
		t.Fatal(err)
	}
	b.Dark(dark)
	b.Do(chromedp.EmulateViewport(int64(size), size.height()))
	b.Login()
	return b
}

// Dark makes the reader's system dark, or light.
func (b *Browser) Dark(dark bool) {
	b.t.Helper()
	b.dark = dark
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: map[bool]string{false: "light", true: "dark"}[dark]}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
		b.t.Fatal(err)
	}
}

// The one browser of a test binary. Each window of it has its own cookies, as a person's own browser would.
var (
	starting sync.Once
	browser  context.Context
	closers  []func()
	missing  error
)

// Main is for TestMain: it runs the tests with several windows at a time, and closes the browser.
func Main(m *testing.M) int {
	flag.Parse()
	_ = flag.Set("test.parallel", windows)
	defer func() {
		for _, c := range slices.Backward(closers) {
			c()
		}
	}()
	return asking.Main(m)
}

// windows is how many windows are looked at at a time: pages wait more than they work.
const windows = "4"

// start opens a window for a test.
func start(t testing.TB) context.Context {
	t.Helper()
	starting.Do(launch)
	if missing != nil {
		if os.Getenv("FIREHALL_TEST_REQUIRE") == "1" {
			t.Fatalf("chromium is not there, and FIREHALL_TEST_REQUIRE=1: %v", missing)
		}
		t.Skip("chromium is not there")
	}
	ctx, stop := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	return ctx
}

// launch starts the browser.
func launch() {
	program, err := exec.LookPath("chromium")
	if err != nil {
		missing = err
		return
	}
	dir, err := os.MkdirTemp("", "firehall-browser-")
	if err != nil {
		missing = err
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(dir), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("force-device-scale-factor", "1"), chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	first, stop := chromedp.NewContext(ctx)
	closers = append(closers, func() { _ = os.RemoveAll(dir) }, cancel, stop)
	browser, missing = first, chromedp.Do(first)
}

// hear remembers what a browser complains of.
func (b *Browser) hear(event any) {
	switch e := event.(type) {
	case *cdp.EventExceptionThrown:
		b.complain("a script failed: " + thrown(e.ExceptionDetails))
	case *cdp.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			b.complain("console: " + said(e))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" {
			b.complain(fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	}
}

func said(e *cdp.EventConsoleAPICalled) string {
	var parts []string
	for _, a := range e.Args {
		parts = append(parts, string(a.Value)+a.Description)
	}
	return strings.Join(parts, " ")
}

func thrown(d *cdp.ExceptionDetails) string {
	if d.Exception != nil {
		return d.Exception.Description
	}
	return d.Text
}

func (b *Browser) complain(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = append(b.errors, b.at+": "+text)
}

// Do runs chromedp's actions, and fails the test if that takes too long.
func (b *Browser) Do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, wait)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v", b.at, err)
	}
}

// Ask runs an action of chromedp's that has an answer, such as chromedp.Text.
func Ask[T any](b *Browser, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, wait)
	defer cancel()
	answer, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatalf("%s: %v", b.at, err)
	}
	return answer
}

// Login goes in by a link and its button: at first, and again when so much time has passed that the session is over.
func (b *Browser) Login() {
	b.t.Helper()
	b.Do(chromedp.Navigate(b.station.Link(b.t).String()))
	b.Until(Stands)
	b.Do(chromedp.Click(chromedp.CSS(`form[action="/login"] button`)))
	b.Until(Stands + ` && !document.querySelector("form[action='/login']")`)
	b.forgive() // of what stood there before there were pages
}

// forgive forgets what was complained of.
func (b *Browser) forgive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = nil
}

// Visit opens a path and waits until it stands, with its parts and charts.
func (b *Browser) Visit(path string) {
	b.t.Helper()
	b.mu.Lock()
	b.at = path
	b.mu.Unlock()
	b.Do(
		chromedp.Navigate(b.station.URL+path),
		chromedp.WaitReady(chromedp.CSS(`#main`)),
	)
	b.Until(Settled)
}

// Stands is an expression that tells that a page is whole, and painted: before that a browser takes no keys and no clicks for it.
const Stands = `document.readyState === "complete" && performance.getEntriesByType("paint").length > 0`

// Settled is an expression that tells that nothing of a page is still to come: parts that are counted, and charts.
const Settled = Stands + ` && !document.querySelector("main p[role=status], [hx-get='/overview/now']") &&
	[...document.querySelectorAll("[data-chart]")].every(f => f.dataset.drawn || !JSON.parse(f.dataset.chart).series?.length)`

// Until waits for an expression to become true, across pages too: poll it and the page that goes takes the question with it.
func (b *Browser) Until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, wait)
	defer cancel()
	for ctx.Err() == nil {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")")); err == nil && ok {
			return
		}
		time.Sleep(30 * time.Millisecond)
	}
	said, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + " " + document.readyState + " " + (document.querySelector("main") || document.body).innerText.slice(0, 1000)`))
	b.t.Fatalf("%s: never came true: %s\n%s", b.at, expression, said)
}

// Text is what an element says; the test fails if there is none. It is one question, so that a part may be replaced meanwhile.
func (b *Browser) Text(selector string) string {
	b.t.Helper()
	element := `document.querySelector(` + strconv.Quote(selector) + `)`
	b.Until(element)
	return strings.TrimSpace(Ask(b, chromedp.Evaluate[string](element+`?.innerText ?? ""`)))
}

// Title is the page's title.
func (b *Browser) Title() string {
	b.t.Helper()
	return Ask(b, chromedp.Title())
}

// Keys presses keys, one after the other: "g", "e". See chromedp/kb for the others.
func (b *Browser) Keys(keys string) {
	b.t.Helper()
	b.Do(chromedp.KeyEvent(keys))
}

// Together presses keys that count only soon after each other: the page's clock stands meanwhile, so that nobody is too slow.
func (b *Browser) Together(keys string) {
	b.t.Helper()
	b.Do(chromedp.Evaluate[chromedp.Void](`(now => { Date.now = () => now; })(Date.now())`))
	b.Keys(keys)
}

// finding is what axe-core has to say.
type finding struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Axe fails the test on what axe-core finds serious or critical, by WCAG 2.2 AA. In the dark only colours are judged: the rest is as in the
// light.
func (b *Browser) Axe() {
	b.t.Helper()
	rules := `runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	if b.dark {
		rules = `runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}`
	}
	// From the top: what a bar that stays in sight covers is not hidden, only scrolled away.
	if !Ask(b, chromedp.Evaluate[bool](`scrollTo(0, 0), !!window.axe`)) {
		b.Do(chromedp.Evaluate[chromedp.Void](axe + ";0"))
	}
	// It came in by the tools of the browser: the page's policy forbids foreign scripts.
	text := Ask(b, chromedp.Evaluate[string](`axe.run(document, {
		`+rules+`, resultTypes: ["violations"],
	}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	var found []finding
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		b.t.Fatal(err)
	}
	for _, f := range found {
		if f.Impact != "serious" && f.Impact != "critical" {
			continue
		}
		for _, n := range f.Nodes[:min(len(f.Nodes), 5)] {
			b.t.Errorf("%s: axe: %s (%s): %s\n%s\n%s", b.at, f.ID, f.Impact, f.Help, n.HTML, n.Summary)
		}
	}
}

// Shot takes a picture of the whole page and puts it into the folder that FIREHALL_SHOTS names, to be looked at.
func (b *Browser) Shot(name string) {
	b.t.Helper()
	dir := os.Getenv("FIREHALL_SHOTS")
	if dir == "" {
		return
	}
	picture := Ask(b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// NoOverflow fails the test if the page is wider than the window: then it has to be pushed about on a small screen.
func (b *Browser) NoOverflow() {
	b.t.Helper()
	wide := Ask(b, chromedp.Evaluate[string](`(() => {
		const w = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= w) return "";
		return [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > w + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 200)).join("\n") || "the page";
	})()`))
	if wide != "" {
		b.t.Errorf("%s is wider than the window:\n%s", b.at, wide)
	}
}

// NoErrors fails the test if a page so far wrote an error to the console, broke the content policy or failed to load something.
func (b *Browser) NoErrors() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.errors {
		b.t.Error(e)
	}
	b.errors = nil
}

// Context is the chromedp context, for what has no helper here.
func (b *Browser) Context() context.Context { return b.ctx }
