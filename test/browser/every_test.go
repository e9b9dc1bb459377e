package browser_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/web/assets"
	"github.com/firehall/firehall/internal/web/shell"
	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

// apart are the routes that no link of a page leads to, with an example of each or "" and the reason why none is opened.
var apart = map[string]struct{ example, why string }{
	"GET /login":                 {"/login?token=x", ""},
	"GET /report":                {"/report", ""},
	"GET /report/mailbox":        {"/report/mailbox?lang=fr", ""},
	"GET /lookup":                {"/lookup?q=192.0.2.10", ""},
	"GET /teams":                 {"/teams?q=FI", ""},
	"GET /rfc2350":               {"/rfc2350", ""},
	"GET /overview/now":          {"/overview/now", ""},
	"GET /notifications/approve": {"/notifications/approve?feed=honeynet", ""},
	"GET /notifications/preview": {"/notifications/preview?organisation=City+Hospital", ""},

	"GET /.well-known/security.txt":             {"/.well-known/security.txt", ""},
	"GET /.well-known/openpgpkey/{rest...}":     {"/.well-known/openpgpkey/policy", ""},
	"GET /releases/stopped/{id}":                {"", "the demonstration has no copy that was stopped; web/releases' tests look at one"},
	"GET /teams/confirm/{secret}":               {"", "a link is mailed, and works once; app's tests follow one"},
	"GET /directory/import/{upload}/difference": {"", "an upload stands for a day only; web/teams' tests make one"},

	"GET /reports/{id}/files/{item}":   {"", "a file is no page; its own tests take it"},
	"GET /reports/{id}/mail/{item}":    {"", "a mail is shown by itself, without rights; web/reports' tests look at one"},
	"GET /reports/{id}/custody/{item}": {"", "only reports with files lead there; its own tests do"},

	"GET /login/recovery":           {"/login/recovery", ""},
	"GET /login/again":              {"/login/again?next=/account", ""},
	"GET /invitation":               {"", "an invitation is somebody's; TestPasskeys looks at one"},
	"GET /account/password":         {"", "who comes by a link made at the machine has no password; web/login's tests look at the form"},
	"GET /people/{id}":              {"", "there is nobody in the demonstration; web/people's tests look at somebody"},
	"GET /countermeasures/-/export": {"/countermeasures/-/export?format=csv", ""},

	"GET /jobs/{id}":                              {"", noJob},
	"GET /jobs/{id}/progress":                     {"", noJob},
	"GET /events/long/{id}":                       {"", noJob},
	"GET /events/long/{id}/live":                  {"", noJob},
	"GET /findings/-/moves/{job}":                 {"", noJob},
	"GET /findings/-/moves/{job}/progress":        {"", noJob},
	"GET /notifications/runs/{job}":               {"", noJob},
	"GET /notifications/runs/{job}/progress":      {"", noJob},
	"GET /sharing/orders/{job}":                   {"", noJob},
	"GET /sharing/orders/{job}/progress":          {"", noJob},
	"GET /templates/versions/{id}":                {"", "a text has versions once somebody wrote one; its own tests do"},
	"GET /organisations/import/{upload}":          {"", "an upload stands for a while only; its own tests make one"},
	"GET /organisations/import/{upload}/progress": {"", "an upload stands for a while only; its own tests make one"},
}

const noJob = "a job's page lives as long as its job; its own tests make one"

// link finds where a page leads.
var link = regexp.MustCompile(`(?:href|hx-get|data-stream|data-complete)="(/[^"]*)"`)

// walk is a reader who follows every link, and keeps one address for each route.
type walk struct {
	*testing.T
	*station.Station
	mux     *http.ServeMux
	found   map[string]string // by pattern
	pages   map[string]bool   // patterns whose answer is a whole page
	waiting []string
}

// routes are the pages that a shell serves by GET.
func routes(t *testing.T, s *station.Station) (out []string) {
	t.Helper()
	sh, ok := s.App.Web.(*shell.Shell)
	if !ok {
		t.Fatalf("the pages are a %T", s.App.Web)
	}
	for _, r := range sh.Routes() {
		if strings.HasPrefix(r.Pattern, "GET ") {
			out = append(out, r.Pattern)
		}
	}
	return out
}

func explore(t *testing.T, s *station.Station) *walk {
	t.Helper()
	w := &walk{T: t, Station: s, mux: http.NewServeMux(), found: map[string]string{}, pages: map[string]bool{}, waiting: []string{"/", "/palette", "/settings"}}
	for _, pattern := range routes(t, s) {
		w.mux.Handle(pattern, http.NotFoundHandler())
		if a, ok := apart[pattern]; ok && a.example != "" {
			w.waiting = append([]string{a.example}, w.waiting...)
		}
	}
	for len(w.waiting) > 0 {
		next := w.waiting[0]
		w.waiting = w.waiting[1:]
		w.look(next)
	}
	return w
}

// look reads one address, if its route was not read yet.
func (w *walk) look(path string) {
	w.Helper()
	u, err := url.Parse(strings.ReplaceAll(path, "&amp;", "&"))
	if err != nil {
		w.Errorf("a page leads to %q: %v", path, err)
		return
	}
	req, _ := http.NewRequestWithContext(w.Context(), http.MethodGet, w.URL+u.RequestURI(), nil)
	_, pattern := w.mux.Handler(req)
	if pattern == "" || w.found[pattern] != "" {
		return
	}
	w.found[pattern] = u.RequestURI()
	res, err := w.Client.Do(req)
	if err != nil {
		w.Error(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		w.Errorf("%s answered %s, %v", u, res.Status, err)
		return
	}
	w.weigh(u.Path, body)
	w.pages[pattern] = strings.Contains(string(body), `<main id="main"`)
	for _, m := range link.FindAllStringSubmatch(string(body), -1) {
		w.waiting = append(w.waiting, m[1])
	}
}

// weigh fails the test if a page, with all that it loads before charts, is 100 kB or more on the way.
func (w *walk) weigh(path string, body []byte) {
	w.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(body)
	_ = z.Close()
	sum := packed.Len()
	for _, name := range []string{"firehall.css", "htmx.js", "app.js", "icons.svg"} {
		sum += assets.Weight(name)
	}
	if sum >= 100_000 {
		w.Errorf("%s weighs %d bytes on the way, %d of them its own", path, sum, packed.Len())
	}
}

// TestEveryRouteIsReached holds that a reader who follows links comes to every page and part that there is.
func TestEveryRouteIsReached(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true, Reports: true, Handled: true, Fellows: true})
	w := explore(t, s)
	for _, pattern := range routes(t, s) {
		if w.found[pattern] == "" && apart[pattern].why == "" {
			t.Errorf("no page leads to %s: name it in apart, with an example or with the reason", pattern)
		}
	}
}

// TestEveryPage looks at every page of an installation, wide and narrow, in light and dark: full, with nothing in it, and while names and fields try to break it.
func TestEveryPage(t *testing.T) {
	for _, kind := range []struct {
		name string
		o    station.Options
	}{{"full", station.Options{Sent: true, Reports: true, Handled: true, Fellows: true}}, {"empty", station.Options{Bare: true}}, {"hostile", station.Options{Bare: true, Hostile: true, Fellows: true}}} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			s := station.Open(t, kind.o)
			essential(t, s)
			w := explore(t, s)
			for name, size := range map[string]browser.Size{"wide": browser.Wide, "narrow": browser.Narrow} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					w.visit(t, browser.Open(t, s, size, false), kind.name+"-%s-"+name)
				})
			}
		})
	}
}

// visit looks at every page in a window.
func (w *walk) visit(t *testing.T, b *browser.Browser, shot string) {
	t.Helper()
	for _, pattern := range routes(t, w.Station) {
		if !w.pages[pattern] {
			continue
		}
		b.Visit(w.found[pattern])
		if title := b.Title(); strings.Contains(title, "broken") && !strings.Contains(title, "document.title") {
			t.Errorf("%s ran a script", w.found[pattern])
		}
		b.NoOverflow()
		for _, dark := range []bool{false, true} { // the same page, as the reader's system turns dark
			b.Dark(dark)
			b.Axe()
			b.Shot(fmt.Sprintf(shot, picture(pattern)) + map[bool]string{true: "-dark"}[dark])
		}
		b.Dark(false)
		b.NoErrors()
	}
}

// picture names the picture of a route.
func picture(pattern string) string {
	words := strings.FieldsFunc(strings.TrimPrefix(pattern, "GET "), func(r rune) bool { return !('a' <= r && r <= 'z') })
	if len(words) == 0 || slices.Equal(words, []string{""}) {
		return "overview"
	}
	return strings.Join(words, "-")
}
