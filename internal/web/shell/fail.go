package shell

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/web/stopped"
)

// statuses are what the kinds of problems are in HTTP.
var statuses = map[problem.Kind]int{
	problem.Internal: http.StatusInternalServerError, problem.NotFound: http.StatusNotFound, problem.Invalid: http.StatusUnprocessableEntity,
	problem.Forbidden: http.StatusForbidden, problem.Conflict: http.StatusConflict, problem.Unavailable: http.StatusServiceUnavailable,
}

// errSignedOut is for a change asked for by somebody whose session has ended.
var errSignedOut = problem.New(problem.Forbidden, "the session has ended")

// failure is what an error page says. Its texts are "shell.fail.KEY.title" and ".next".
type failure struct {
	Status int
	Key    string
	Text   string // the error's own words; empty for our own defects, which tell a stranger nothing
	ID     string
}

func failureOf(r *Request, err error) failure {
	kind := problem.KindOf(err)
	f := failure{Status: statuses[kind], Key: keys[kind], Text: stopped.Words(r.Context(), err), ID: r.ID}
	switch {
	case tooLarge(err):
		f.Status, f.Key, f.Text = http.StatusRequestEntityTooLarge, "large", ""
	case errors.Is(err, errSignedOut):
		f.Status, f.Key, f.Text = http.StatusUnauthorized, "out", ""
	case kind == problem.Internal:
		f.Text = ""
	}
	return f
}

// keys are the words of the kinds.
var keys = map[problem.Kind]string{
	problem.Internal: "internal", problem.NotFound: "notfound", problem.Invalid: "invalid", problem.Forbidden: "forbidden",
	problem.Conflict: "conflict", problem.Unavailable: "unavailable",
}

// title and next give a failure's texts.
func (f failure) title(ctx context.Context) string { return text(ctx, "shell.fail."+f.Key+".title") }
func (f failure) next(ctx context.Context) string  { return text(ctx, "shell.fail."+f.Key+".next") }

// fail answers with an error: a page, or for htmx a toast.
func (s *Shell) fail(w http.ResponseWriter, r *Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, r.Context().Err()) {
		return // the reader left
	}
	f := failureOf(r, err)
	if f.Status >= 500 {
		s.o.Log.ErrorContext(r.Context(), "a page failed", "request", r.ID, "method", r.Method, "path", r.URL.Path, "error", err)
	}
	if f.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "10")
	}
	if r.HX() {
		s.toast(w, r, f.Status, failToast(f))
		return
	}
	if err := s.Page(w, r, Page{Title: f.title(r.Context()), Body: failPage(f), Status: f.Status}); err != nil {
		s.o.Log.ErrorContext(r.Context(), "writing an error page", "request", r.ID, "error", err)
	}
}

// toast answers htmx with a message, whatever part was asked for.
func (s *Shell) toast(w http.ResponseWriter, r *Request, status int, c templ.Component) {
	h := w.Header()
	h.Set("HX-Retarget", "#toasts")
	h.Set("HX-Reswap", "beforeend")
	h.Set("HX-Reselect", ".toast")
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = c.Render(r.Context(), w) // the reader may have left
}

// askIn leads somebody who is not in to the log-in, and back afterwards.
func (s *Shell) askIn(w http.ResponseWriter, r *Request) error {
	next := url.Values{"next": {r.URL.RequestURI()}}
	switch {
	case r.HX():
		w.Header().Set("HX-Redirect", loginPath)
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodGet && r.URL.Path == "/":
		http.Redirect(w, r.Request, loginPath, http.StatusSeeOther)
	case r.Method == http.MethodGet:
		http.Redirect(w, r.Request, loginPath+"?"+next.Encode(), http.StatusSeeOther)
	default:
		return errSignedOut
	}
	return nil
}
