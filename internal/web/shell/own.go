package shell

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity/session"
	"github.com/firehall/firehall/internal/web/words"
)

// The pages that are the shell's own.
const (
	loginPath    = session.LinkPath
	settingsPath = "/settings"
	reportPath   = "/csp-report"
)

func (s *Shell) own() {
	s.Public("GET "+loginPath, s.login)
	s.Public("POST "+loginPath, s.redeem, Body(8<<10))
	s.Public("POST "+reportPath, s.report, Body(reportLimit))
	s.Handle("POST /logout", s.logout)
	s.Handle("GET "+palettePath, s.palette)
	s.Handle("GET "+settingsPath, s.settings)
	s.Handle("POST /settings/look", s.look)
	s.Handle("POST /settings/sessions/{id}/end", s.endSession)
}

// login shows how to get in; with a token, the button that goes in. Nothing is used up by looking: mail scanners look too.
func (s *Shell) login(w http.ResponseWriter, r *Request) error {
	next := Local(r.FormValue("next"))
	token := r.FormValue(session.LinkParam)
	if r.Actor.ID != "" && token == "" {
		http.Redirect(w, r.Request, next, http.StatusSeeOther)
		return nil
	}
	if token == "" && s.o.Ways != nil {
		return s.LogIn(w, r, s.o.Ways(r, next), http.StatusOK)
	}
	return s.Page(w, r, Page{Title: r.T("shell.login.title"), Body: loginPage(token, next, s.o.Team)})
}

// LogIn answers with the page to log in, which shows ways in.
func (s *Shell) LogIn(w http.ResponseWriter, r *Request, ways templ.Component, status int) error {
	return s.Page(w, r, Page{Title: r.T("shell.login.title"), Body: waysPage(s.o.Team, ways), Status: status})
}

// Speak keeps a language of the pages in a cookie, as the settings do; one that there is no text in is left out.
func (s *Shell) Speak(w http.ResponseWriter, lang string) {
	if words.Lang(lang).Known() {
		s.keep(w, langCookie, lang)
	}
}

// redeem uses the link up.
func (s *Shell) redeem(w http.ResponseWriter, r *Request) error {
	if _, err := s.o.Sessions.Redeem(r.Request, r.PostFormValue(session.LinkParam)); err != nil {
		if problem.Is(err, problem.Forbidden) {
			return s.Page(w, r, Page{Title: r.T("shell.login.title"), Body: loginRefused(), Status: http.StatusForbidden})
		}
		return err
	}
	http.Redirect(w, r.Request, Local(r.PostFormValue("next")), http.StatusSeeOther)
	return nil
}

func (s *Shell) logout(w http.ResponseWriter, r *Request) error {
	if err := s.o.Sessions.End(r.Request); err != nil {
		return err
	}
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r.Request, loginPath, http.StatusSeeOther)
	return nil
}

// settings shows how the pages look and who is in.
func (s *Shell) settings(w http.ResponseWriter, r *Request) error {
	list, err := s.o.Sessions.List(r.Context(), r.Actor)
	if err != nil && !problem.Is(err, problem.Forbidden) {
		return err
	}
	return s.Page(w, r, Page{Title: r.T("shell.nav.settings"), Section: "settings", Body: settingsPage(s.settingsOf(r, list))})
}

// look keeps how somebody likes the pages, in cookies of the browser.
func (s *Shell) look(w http.ResponseWriter, r *Request) error {
	theme, lang := r.PostFormValue("theme"), words.Lang(r.PostFormValue("lang"))
	if theme != "" && !slices.Contains(themes, theme) || lang != "" && !lang.Known() {
		return problem.New(problem.Invalid, "there is no such theme or language")
	}
	if theme != "" {
		s.keep(w, themeCookie, theme)
	}
	if lang != "" {
		s.keep(w, langCookie, string(lang))
	}
	return s.Done(w, r, Local(r.PostFormValue("next")), "")
}

// keep sets a cookie for a year. A browser takes the prefix __Host- only over TLS, so it has none: it holds nothing to be protected.
func (s *Shell) keep(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: url.QueryEscape(value), Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: s.o.Sessions.Secure,
	})
}

func (s *Shell) endSession(w http.ResponseWriter, r *Request) error {
	if err := s.o.Sessions.EndOne(r.Context(), r.Actor, r.PathValue("id")); err != nil {
		return err
	}
	return s.Done(w, r, settingsPath, r.T("shell.settings.ended"))
}

// reportLimit bounds a browser's report, in bytes.
const reportLimit = 16 << 10

// asked are the parts of addresses that hold what was asked for: a browser reports the whole address of the page, and that of an invitation or a
// log-in link lets somebody in.
var asked = regexp.MustCompile(`[?#][^"\s]*`)

// withoutQueries is a report as the log has it.
func withoutQueries(body []byte) string {
	text := asked.ReplaceAllString(string(body), "?…")
	return strings.ToValidUTF8(text[:min(len(text), 2000)], "")
}

// report takes a browser's word that a page broke the content policy. Anybody can send one, so it is counted and logged briefly, and no more.
func (s *Shell) report(w http.ResponseWriter, r *Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	s.counts.reports.Inc()
	if s.reports.Allow() {
		s.o.Log.WarnContext(r.Context(), "a page broke the content policy", "request", r.ID, "report", withoutQueries(body))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
