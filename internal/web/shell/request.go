package shell

import (
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// Request is a request of somebody who is in; or, for Public, of anybody: then Actor may be nobody.
type Request struct {
	*http.Request
	Actor identity.Actor
	Lang  words.Lang
	Theme string // auto, light, dark, contrast
	ID    string // names the request in the log and on an error page

	zone  *time.Location
	leave func() // gives up the place among what this person asks; nil without one
}

// HX reports whether htmx asked, for a part of the page. A page asked for through the browser's history is asked for whole.
func (r *Request) HX() bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-History-Restore-Request") != "true"
}

// Zone is the team's zone.
func (r *Request) Zone() *time.Location { return r.zone }

// T is words.T in the reader's language.
func (r *Request) T(key string, args ...any) string { return words.T(r.Context(), key, args...) }

// The cookies that keep how somebody likes the pages. They hold nothing about the person.
const (
	themeCookie = "firehall_theme"
	langCookie  = "firehall_lang"
)

// themes are how the pages can look, the default first. The texts are "shell.theme.auto" and so on.
var themes = []string{"auto", "light", "dark", "contrast"}

// request reads from r what the pages need to know.
func (s *Shell) request(r *http.Request) *Request {
	out := &Request{ID: id.NewAt(s.o.Clock.Now()), Theme: themes[0], Lang: langOf(r), zone: s.o.Zone}
	if c, err := r.Cookie(themeCookie); err == nil {
		for _, t := range themes {
			if c.Value == t {
				out.Theme = t
			}
		}
	}
	ctx := words.With(r.Context(), out.Lang)
	ctx = ui.With(ctx, ui.View{Now: s.o.Clock.Now(), Zone: s.o.Zone, URL: r.URL, Page: s.has})
	out.Request = r.WithContext(ctx)
	return out
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.French})

// langOf is what the reader chose, else what the browser prefers.
func langOf(r *http.Request) words.Lang {
	if c, err := r.Cookie(langCookie); err == nil && words.Lang(c.Value).Known() {
		return words.Lang(c.Value)
	}
	accept := r.Header.Get("Accept-Language")
	if len(accept) > 200 { // no browser's
		return words.English
	}
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return words.English
	}
	_, at, _ := matcher.Match(tags...)
	return words.Langs()[at]
}

// longestPath is the longest path that is gone on to, in bytes: browsers and proxies take no header that is much longer.
const longestPath = 6000

// Local is a path of ours to go on to; anything else becomes the front page.
func Local(to string) string {
	if len(to) > longestPath || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}
