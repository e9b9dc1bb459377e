package walk

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/incident"
)

// TestOthersSeeNoDifference looks at every list, count and figure as somebody who is no member, before there is a restricted incident and after: with all
// that hangs on it, overdue and due, it changes nothing for them, but that the record of what is done grows.
func TestOthersSeeNoDifference(t *testing.T) {
	t.Parallel()
	w := build(t)
	var routes []route
	for _, r := range w.routes() {
		if r.method == http.MethodGet && !hole.MatchString(r.path) && !grows.MatchString(r.path) {
			routes = append(routes, r)
		}
	}
	w.ordinary()
	w.counted()
	p := w.people["incident-handler"]
	w.answers(p, routes) // that they took files is decided once, and on record from then on
	before := w.answers(p, routes)
	w.plant()
	after := w.answers(p, routes)
	for path, was := range before {
		if is := after[path]; is != was {
			t.Errorf("%s shows that there is a restricted incident%s", path, difference(was, is))
		}
	}
}

// grows are what tells of everything that is done, by numbers that say nothing of what (the record, jobs); and what is another
// each time, such as a signature.
var grows = regexp.MustCompile(`^/(audit|jobs|account/password|login|\.well-known/security|rfc2350\.txt)|^/api/v1/(audit|jobs|openapi|docs)`)

// ordinary lets everybody know that something happens here: an incident, and a letter.
func (w *town) ordinary() {
	w.Helper()
	i, err := w.App.Incidents.OpenIncident(w.Context(), machine, incident.Opening{Title: "An ordinary matter"})
	w.must(err)
	w.must(second(w.App.Incidents.Investigate(w.Context(), machine, incident.InvestigationDraft{
		Incident: i.ID, Party: incident.Party{Name: "Net One", Email: "abuse@net-one.example"}, Subject: "A question", Text: "Who was it?",
	})))
}

// answers are what somebody is shown, without what differs each time.
func (w *town) answers(p *walker, routes []route) map[string]string {
	w.Helper()
	out := map[string]string{}
	for _, r := range routes {
		got := w.ask(p, r.method, r.path, "", nil)
		if !strings.HasPrefix(got.header.Get("Content-Type"), "text/event-stream") {
			out[r.path] = plain(got.body, "no such word")
		}
	}
	return out
}
