package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/web/ui"
)

// Whatever is answered, by a page, an error or nobody, carries the headers that protect it.
func TestHeaders(t *testing.T) {
	f := open(t, nil)
	for _, path := range []string{"/login", "/nothing", "/assets/nothing.js", "/settings"} {
		res, _ := f.get(path, nil)
		h := res.Header
		if h.Get("Content-Security-Policy") != policy || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" ||
			h.Get("Cross-Origin-Opener-Policy") != "same-origin" || h.Get("Permissions-Policy") == "" {
			t.Errorf("%s: %v", path, h)
		}
		if path != "/assets/nothing.js" && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %q", path, h.Get("Cache-Control"))
		}
	}
}

func TestPolicyHasNoHoles(t *testing.T) {
	for _, word := range []string{"unsafe", "*", "http:", "https:", "blob:", "nonce"} {
		if strings.Contains(policy, word) {
			t.Errorf("the content policy has %q", word)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'") {
		t.Error("the content policy allows what it does not name")
	}
}

func TestHSTSOnlyOverTLS(t *testing.T) {
	f := open(t, nil)
	if res, _ := f.get("/login", nil); res.Header.Get("Strict-Transport-Security") != "" {
		t.Error("a server without TLS tells browsers to come by TLS only")
	}
	f.shell.o.Sessions.Secure = true
	if res, _ := f.get("/login", nil); res.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS")
	}
}

func TestWhoIsNotInIsLedToTheLogin(t *testing.T) {
	f := open(t, func(s *Shell) { s.Handle("POST /change", say("")) })
	tests := []struct {
		name, method, path string
		header             http.Header
		status             int
		to                 string
	}{
		{"a page", "GET", "/settings?x=1&y=2", nil, 303, "/login?next=%2Fsettings%3Fx%3D1%26y%3D2"},
		{"the front page", "GET", "/", nil, 303, "/login"},
		{"a part", "GET", "/settings", hx, 401, ""},
		{"a change", "POST", "/change", nil, 401, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, body := f.send(tt.method, tt.path, "", tt.header)
			if res.StatusCode != tt.status || res.Header.Get("Location") != tt.to {
				t.Errorf("%s to %q", res.Status, res.Header.Get("Location"))
			}
			if tt.name == "a part" && res.Header.Get("HX-Redirect") != "/login" {
				t.Error("htmx is not told where to go")
			}
			if tt.name == "a change" && !strings.Contains(body, "what you typed is still there") {
				t.Errorf("the page does not comfort: %s", body)
			}
		})
	}
}

func TestLoginByLink(t *testing.T) {
	f := open(t, nil)
	token := f.token()
	for range 3 { // looking uses nothing up
		if res, body := f.get("/login?token="+url.QueryEscape(token)+"&next=/settings", nil); res.StatusCode != 200 || !strings.Contains(body, "Press the button") {
			t.Fatalf("%s: %s", res.Status, body)
		}
	}
	res, _ := f.post("/login", url.Values{"token": {token}, "next": {"/settings"}}, nil)
	if res.StatusCode != 303 || res.Header.Get("Location") != "/settings" {
		t.Fatalf("%s to %s", res.Status, res.Header.Get("Location"))
	}
	if res, body := f.get("/settings", nil); res.StatusCode != 200 || !strings.Contains(body, "duty") {
		t.Errorf("%s: %s", res.Status, body)
	}
	f.Client = browser(t)
	if res, body := f.post("/login", url.Values{"token": {token}}, nil); res.StatusCode != 403 || !strings.Contains(body, "used before") {
		t.Errorf("a second time: %s: %s", res.Status, body)
	}
	if strings.Contains(f.log.String(), strings.SplitN(token, ".", 2)[1]) {
		t.Error("the secret of a link was logged")
	}
}

func TestLogout(t *testing.T) {
	f := open(t, nil).enter()
	if res, _ := f.post("/logout", nil, nil); res.Header.Get("Location") != "/login" {
		t.Errorf("led to %q", res.Header.Get("Location"))
	}
	if res, _ := f.get("/settings", nil); res.StatusCode != 303 {
		t.Errorf("still in: %s", res.Status)
	}
}

func TestAfterLoginOnlyToOurPages(t *testing.T) {
	for to, want := range map[string]string{
		"": "/", "/events?q=a": "/events?q=a", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "javascript:alert(1)": "/",
		"/a\r\nSet-Cookie: x": "/", "events": "/", "/" + strings.Repeat("a", 1<<20): "/",
	} {
		if got := Local(to); got != want {
			t.Errorf("%q leads to %q", to, got)
		}
	}
}

// What another site makes a browser send is not carried out.
func TestCrossOrigin(t *testing.T) {
	done := 0
	f := open(t, func(s *Shell) {
		s.Handle("POST /change", func(w http.ResponseWriter, r *Request) error { done++; return s.Done(w, r, "/", "") })
	}).enter()
	tests := []struct {
		name   string
		header http.Header
		want   int
	}{
		{"from our page", http.Header{"Sec-Fetch-Site": {"same-origin"}}, 303},
		{"from another site", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		{"from a sibling", http.Header{"Sec-Fetch-Site": {"same-site"}}, 403},
		{"an older browser, another origin", http.Header{"Sec-Fetch-Site": nil, "Origin": {"https://evil.example"}}, 403},
		{"an older browser, our origin", http.Header{"Sec-Fetch-Site": nil, "Origin": {f.url}}, 303},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := done
			res, body := f.post("/change", nil, tt.header)
			if res.StatusCode != tt.want || (done > before) != (tt.want == 303) {
				t.Errorf("%s, done %v: %s", res.Status, done > before, body)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	hostile := `<script>alert("x")</script>`
	tests := []struct {
		name   string
		err    error
		status int
		says   string
		hides  string
	}{
		{"not found", problem.New(problem.NotFound, "finding %s is not there", hostile), 404, "There is nothing here", hostile},
		{"invalid", problem.New(problem.Invalid, "no number"), 422, "no number", ""},
		{"forbidden", problem.New(problem.Forbidden, "not you"), 403, "You may not do this", ""},
		{"conflict", problem.New(problem.Conflict, "somebody was faster"), 409, "somebody was faster", ""},
		{"unavailable", problem.New(problem.Unavailable, "the engine is away"), 503, "the engine is away", ""},
		{"a defect", errors.New("secret of the machine"), 500, "Firehall failed", "secret of the machine"},
		{"wrapped", fmt.Errorf("page: %w", problem.New(problem.Conflict, "x")), 409, "page: x", ""},
		{"too large", fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 9}), 413, "That is too large", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := open(t, func(s *Shell) { s.Handle("GET /fails", func(http.ResponseWriter, *Request) error { return tt.err }) }).enter()
			res, body := f.get("/fails", nil)
			id := res.Header.Get("X-Request-ID")
			if res.StatusCode != tt.status || !strings.Contains(body, tt.says) || id == "" || !strings.Contains(body, id) || !strings.Contains(body, "<!doctype html>") {
				t.Errorf("%s (%s): %s", res.Status, id, body)
			}
			if tt.hides != "" && strings.Contains(body, tt.hides) {
				t.Errorf("the page shows %s", tt.hides)
			}
			if logged := strings.Contains(f.log.String(), id); logged != (tt.status >= 500) {
				t.Errorf("logged %v: %s", logged, f.log)
			}
			res, body = f.get("/fails", hx)
			if res.StatusCode != tt.status || res.Header.Get("HX-Retarget") != "#toasts" || !strings.HasPrefix(body, `<div class="toast`) {
				t.Errorf("to htmx %s: %s", res.Status, body)
			}
		})
	}
}

func TestPanicsBecomePages(t *testing.T) {
	f := open(t, func(s *Shell) {
		s.Handle("GET /panics", func(http.ResponseWriter, *Request) error { panic("deep inside") })
	}).enter()
	if res, body := f.get("/panics", nil); res.StatusCode != 500 || strings.Contains(body, "deep inside") {
		t.Errorf("%s: %s", res.Status, body)
	}
	if !strings.Contains(f.log.String(), "deep inside") {
		t.Error("the log does not tell")
	}
}

func TestNoSuchPage(t *testing.T) {
	f := open(t, nil)
	for _, path := range []string{"/nothing", "/settings/nothing", "/logout"} {
		if res, body := f.get(path, nil); res.StatusCode != 404 || !strings.Contains(body, "There is nothing here") {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}

// A field of ten megabytes is answered by a page that says so, and not by a broken connection.
func TestLargeBodies(t *testing.T) {
	f := open(t, func(s *Shell) {
		s.Handle("POST /form", say(""))
		s.Handle("POST /upload", say(""), Body(20<<20))
	}).enter()
	large := url.Values{"field": {strings.Repeat("x", 10<<20)}}
	if res, body := f.post("/form", large, nil); res.StatusCode != 413 || !strings.Contains(body, "That is too large") {
		t.Errorf("%s: %s", res.Status, body)
	}
	if res, _ := f.post("/form", large, hx); res.StatusCode != 413 || res.Header.Get("HX-Retarget") == "" {
		t.Errorf("to htmx: %s", res.Status)
	}
	if res, body := f.post("/upload", large, nil); res.StatusCode != 200 {
		t.Errorf("where it is allowed: %s: %s", res.Status, body)
	}
	many := url.Values{"id": make([]string, maxFields+1)}
	if res, body := f.post("/form", many, nil); res.StatusCode != 422 || !strings.Contains(body, "5,000") {
		t.Errorf("many fields: %s: %s", res.Status, body)
	}
	if res, _ := f.send("POST", "/form", "a=%zz", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}); res.StatusCode != 422 {
		t.Errorf("a broken form: %s", res.Status)
	}
}

func TestDone(t *testing.T) {
	f := open(t, func(s *Shell) {
		s.Handle("POST /change", func(w http.ResponseWriter, r *Request) error {
			return s.Done(w, r, r.FormValue("to"), "It was <b>done</b>")
		})
		s.Handle("GET /after", page(&s, "After", ui.Text("x")))
	}).enter()
	res, _ := f.post("/change", url.Values{"to": {"/after"}}, nil)
	if res.StatusCode != 303 || res.Header.Get("Location") != "/after" {
		t.Fatalf("%s to %q", res.Status, res.Header.Get("Location"))
	}
	if _, body := f.get("/after", nil); !strings.Contains(body, "It was &lt;b&gt;done&lt;/b&gt;") {
		t.Error("no toast")
	}
	if _, body := f.get("/after", nil); strings.Contains(body, "It was") {
		t.Error("the toast came twice")
	}
	if res, _ := f.post("/change", url.Values{"to": {"/after"}}, hx); res.Header.Get("HX-Redirect") != "/after" {
		t.Errorf("htmx is led to %q", res.Header.Get("HX-Redirect"))
	}
	if res, body := f.post("/change", nil, hx); res.Header.Get("HX-Retarget") != "#toasts" || !strings.Contains(body, "It was") {
		t.Errorf("htmx that stays: %v %s", res.Header, body)
	}
}

func TestStopBanner(t *testing.T) {
	f := open(t, func(s *Shell) {
		s.o.Stops = func(_ context.Context, a identity.Actor) ([]Stop, error) {
			return []Stop{{All: true, By: "eve <i>", Reason: "<script>x</script>", At: noon}, {What: "feed x", By: "bob"}}, nil
		}
	}).enter()
	_, body := f.get("/settings", nil)
	if !strings.Contains(body, "All sending is stopped by eve &lt;i&gt;") || !strings.Contains(body, "Sending of feed x is stopped by bob") || strings.Contains(body, "<script>x") {
		t.Error(body)
	}
	f.Client = browser(t)
	if _, body := f.get("/login", nil); strings.Contains(body, "eve") {
		t.Error("strangers see who stopped what")
	}
	f.enter().shell.o.Stops = func(context.Context, identity.Actor) ([]Stop, error) { return nil, errors.New("no database") }
	if res, _ := f.get("/settings", nil); res.StatusCode != 200 || !strings.Contains(f.log.String(), "no database") {
		t.Errorf("a banner that cannot be had: %s", res.Status)
	}
}

func TestThemeAndLanguage(t *testing.T) {
	f := open(t, nil).enter()
	if _, body := f.get("/settings", http.Header{"Accept-Language": {"fr-CA,fr;q=0.9"}}); !strings.Contains(body, `<html lang="fr" data-bs-theme="auto"`) {
		t.Errorf("%.300s", body)
	}
	for theme, want := range map[string]string{"dark": `data-bs-theme="dark"`, "contrast": `data-bs-theme="light" data-contrast`, "light": `data-bs-theme="light"`} {
		if res, _ := f.post("/settings/look", url.Values{"theme": {theme}, "lang": {"fr"}, "next": {"/settings"}}, nil); res.StatusCode != 303 {
			t.Fatal(res.Status)
		}
		if _, body := f.get("/settings", nil); !strings.Contains(body, want) || !strings.Contains(body, "Réglages") {
			t.Errorf("%s: %.300s", theme, body)
		}
	}
	if res, _ := f.post("/settings/look", url.Values{"theme": {"pink"}}, nil); res.StatusCode != 422 {
		t.Errorf("a theme that is none: %s", res.Status)
	}
}

func TestPolicyReports(t *testing.T) {
	f := open(t, nil)
	for range 100 {
		if res, _ := f.send("POST", reportPath, `{"csp-report":{"blocked-uri":"inline"}}`, http.Header{"Content-Type": {"application/csp-report"}, "Sec-Fetch-Site": {"cross-site"}}); res.StatusCode != 204 {
			t.Fatal(res.Status)
		}
	}
	for _, secret := range []string{"/invitation?token=SECRET", "/login?token=SECRET", "/x#SECRET"} {
		g := open(t, nil)
		g.send("POST", reportPath, `{"csp-report":{"document-uri":"https://fire.example`+secret+`","referrer":"https://fire.example`+secret+`","effective-directive":"script-src"}}`, nil)
		if log := g.log.String(); strings.Contains(log, "SECRET") || !strings.Contains(log, "script-src") {
			t.Errorf("the log has the secret of an address, or not what was broken: %s", log)
		}
	}
	if n := strings.Count(f.log.String(), "broke the content policy"); n == 0 || n > 25 {
		t.Errorf("%d lines in the log", n)
	}
	if res, _ := f.send("POST", reportPath, strings.Repeat("x", reportLimit+1), nil); res.StatusCode != 413 {
		t.Errorf("a large report: %s", res.Status)
	}
}

func TestPalette(t *testing.T) {
	f := open(t, func(s *Shell) {
		s.Handle("GET /lookup", say(""))
		s.Handle("GET /findings", say(""))
		s.Palette(func(_ context.Context, _ *Request, q string) ([]Hit, error) {
			return []Hit{{Text: "<b>" + q, Href: "javascript:alert(1)"}}, nil
		})
		s.Palette(func(context.Context, *Request, string) ([]Hit, error) {
			return nil, errors.New("this finder is broken")
		})
	}).enter()
	for q, want := range map[string]string{
		"192.0.2.1": "/lookup?q=192.0.2.1", "2001:db8::/32": "/lookup?q=2001%3Adb8%3A%3A%2F32", "AS64496": "/lookup?q=AS64496", "www.example.org": "/lookup?q=www.example.org",
		"find": `href="/findings"`, "": `href="/settings"`,
	} {
		res, body := f.get("/palette?q="+url.QueryEscape(q), hx)
		if res.StatusCode != 200 || !strings.Contains(body, want) || strings.Contains(body, "javascript:") || strings.Contains(body, "<b>") {
			t.Errorf("%q: %s: %s", q, res.Status, body)
		}
	}
	if _, body := f.get("/palette?q="+strings.Repeat("ä", 500), nil); !strings.Contains(body, "<!doctype html>") {
		t.Error("without script it is no page")
	}
	if !strings.Contains(f.log.String(), "this finder is broken") {
		t.Error("nobody hears of the broken finder")
	}
}

func TestStream(t *testing.T) {
	f := open(t, func(s *Shell) {
		s.Handle("GET /stream", func(w http.ResponseWriter, r *Request) error {
			return s.Stream(w, r, func(send func(string, templ.Component) error) error {
				return errors.Join(send("news", ui.Text("two\nlines\r\rand <b>")), send("more", ui.Text("")))
			})
		})
	}).enter()
	res, body := f.get("/stream", nil)
	want := "retry: 3000\n\nevent: news\ndata: two\ndata: lines\ndata: \ndata: and &lt;b&gt;\n\nevent: more\ndata: \n\n"
	if body != want || res.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		t.Errorf("got %q", body)
	}
}

// A stream is no way to go on looking after one was logged out.
func TestStreamEndsWithTheSession(t *testing.T) {
	f := open(t, func(s *Shell) {
		s.Handle("GET /stream", func(w http.ResponseWriter, r *Request) error {
			return s.Stream(w, r, func(func(string, templ.Component) error) error {
				<-r.Context().Done()
				return nil
			})
		})
	}).enter()
	res, err := f.Client.Get(f.url + "/stream")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	f.post("/logout", nil, nil)
	time.AfterFunc(2*time.Minute, func() { _ = res.Body.Close() })
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Errorf("it goes on: %v", err)
	}
}

// A page that fails while it is put together becomes an error page, not half a page.
func TestHalfPages(t *testing.T) {
	f := open(t, func(s *Shell) {
		broken := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, _ = io.WriteString(w, "the first half")
			return errors.New("the second half")
		})
		s.Handle("GET /half", page(&s, "Half", broken))
	}).enter()
	if res, body := f.get("/half", nil); res.StatusCode != 500 || strings.Contains(body, "the first half") {
		t.Errorf("%s: %s", res.Status, body)
	}
}

func TestRoutesAreListed(t *testing.T) {
	f := open(t, func(s *Shell) { s.Public("GET /open", say("")) })
	found := map[string]bool{}
	for _, r := range f.shell.Routes() {
		found[r.Pattern] = r.Public
	}
	if public, ok := found["GET /open"]; !ok || !public || found["GET /settings"] {
		t.Errorf("%v", found)
	}
}
