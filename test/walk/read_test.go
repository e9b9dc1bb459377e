package walk

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/identity"
)

// none is an id, and never a ref, that nothing has.
const none = "01zzzzzzzzzzzzzzzzzzzzzzzz"

// TestWhatOneMayNotSeeIsNotThere walks everything as everybody.
func TestWhatOneMayNotSeeIsNotThere(t *testing.T) {
	t.Parallel()
	w := planted(t)
	routes := w.routes()
	if len(routes) < 250 {
		t.Fatalf("only %d routes were found: does the walk look in the right place?", len(routes))
	}
	found := map[string]map[string]bool{} // mark, who found it
	for _, p := range w.people {
		for _, r := range routes {
			if r.method == http.MethodGet && (p.token == "" || r.api()) {
				w.walk(p, r, found)
			}
		}
	}
	w.shown(routes, w.seen)
	for _, c := range []struct{ mark, who string }{
		{restrictedMark, "member"}, {restrictedMark, "glass"}, {confidentialMark, "volunteer"}, {confidentialMark, "program reports:read"},
	} {
		if !found[c.mark][c.who] {
			t.Errorf("%s is not shown what they may see (%s): this walk would find nothing", c.who, c.mark)
		}
	}
}

// walk asks for a route in every way that could give something away.
func (w *town) walk(p *walker, r route, found map[string]map[string]bool) {
	w.Helper()
	if w.streams[r.path] && p.name != "incident-handler" {
		return // one is enough: each of them takes a while
	}
	if !compared[p.name] && !p.sees() && !near.MatchString(r.path) {
		if !hole.MatchString(r.path) {
			w.check(p, r, r.path, w.ask(p, r.method, r.path, "", nil), found)
		}
		return
	}
	if hole.MatchString(r.path) {
		ids := w.ids
		if !compared[p.name] && !p.sees() {
			ids = []string{ids[0], ids[2], ids[5], ids[10]}
		}
		for _, id := range ids {
			w.look(p, r, w.path(r, id), w.fill(r, none, w.deep(id)), id, none, found)
		}
		return
	}
	w.check(p, r, r.path, w.ask(p, r.method, r.path, "", nil), found)
	asked := words[:1]
	if searched.MatchString(r.path) {
		asked = words
	}
	for _, name := range r.asks {
		for _, word := range asked {
			never := strings.Repeat("z", len(word))
			w.look(p, r, r.path+"?"+name+"="+url.QueryEscape(word), r.path+"?"+name+"="+url.QueryEscape(never), word, never, found)
		}
	}
}

// near is what could lead to reports and incidents: of the rest everybody sees the page alone, and those who are compared all.
var near = regexp.MustCompile(`report|incident|investig|notification|palette|suggest|lookup|audit|job|file|note|releases`)

// searched are what finds reports and incidents by words.
var searched = regexp.MustCompile(`/(reports|incidents|palette|suggest|lookup|audit)$`)

// look asks for something that is there, and, as who may not see it, for something that is not: the answers are the same.
func (w *town) look(p *walker, r route, path, other, id, never string, found map[string]map[string]bool) {
	w.Helper()
	got := w.ask(p, r.method, path, "", nil)
	w.check(p, r, path, got, found)
	if p.sees() && got.status < 300 {
		w.seen[r.String()] = true
	}
	if p.sees() || !compared[p.name] || r.open || r.path == "/account/password" /* a new secret each time */ || strings.HasPrefix(r.path, "/audit") || r.path == "/api/v1/audit" {
		return
	}
	if p.asked++; p.asked%100 == 0 {
		p.asked-- // these two are of one moment: time goes on with the next question
	}
	want := w.put(p, r.method, other, "", nil)
	if got.status != want.status || plain(got.body, id) != plain(want.body, never) {
		w.Errorf("%s, %s: %d, and %d for what is not there%s", p, path, got.status, want.status, difference(plain(got.body, id), plain(want.body, never)))
	}
}

// compared are those whose answers are held against answers about what is not there; of the others only the words are looked at.
var compared = map[string]bool{"incident-handler": true, "auditor": true, "former": true, "unsigned": true, "program of a member": true}

// plain takes out of a body what was asked for, and what differs in every answer.
func plain(body, asked string) string {
	for _, form := range []string{asked, strings.ToUpper(asked), strings.ToLower(asked), url.QueryEscape(asked)} {
		body = strings.ReplaceAll(body, form, "ASKED")
	}
	body = sealed.ReplaceAllString(body, "SEALED")
	return moment.ReplaceAllString(requestID.ReplaceAllString(body, "REQUEST"), "TIME")
}

// check looks whether an answer says what it should not.
func (w *town) check(p *walker, r route, path string, got answer, found map[string]map[string]bool) {
	w.Helper()
	if got.status >= http.StatusInternalServerError && got.status != http.StatusServiceUnavailable || got.status == http.StatusTooManyRequests && p.name != "feed" {
		w.Errorf("%s, %s: %d %.300s", p, path, got.status, got.body)
	}
	if strings.HasPrefix(got.header.Get("Content-Type"), "text/event-stream") {
		w.streams[r.path] = true
	}
	text := got.body
	for name, values := range got.header {
		text += "\n" + name + ": " + strings.Join(values, " ")
	}
	for _, mark := range []string{restrictedMark, confidentialMark, anonymousMark, reporterMark, quarantinedMark} {
		if !strings.Contains(text, mark) {
			continue
		}
		if found[mark] == nil {
			found[mark] = map[string]bool{}
		}
		found[mark][p.name] = true
		if !p.may(mark, r) {
			at := strings.Index(text, mark)
			w.Errorf("%s finds %s at %s: ...%s", p, mark, path, text[max(0, at-200):min(len(text), at+50)])
		}
	}
	if p.outside() && !r.open && got.status < 300 && !described(path) {
		w.Errorf("%s is answered at %s: %d", p, path, got.status)
	}
}

// described are the pages that describe the API, for everybody.
func described(path string) bool {
	return strings.HasPrefix(path, "/api/v1/openapi") || strings.HasPrefix(path, "/api/v1/docs")
}

// may tells where somebody may find a mark.
func (p *walker) may(mark string, r route) bool {
	reports := strings.HasPrefix(r.path, "/reports") || strings.HasPrefix(r.path, "/api/v1/reports")
	switch {
	case mark == reporterMark || mark == quarantinedMark:
		return false
	case mark == restrictedMark:
		return p.sees()
	case p.token != "":
		return reports && (p.name == "program "+string(identity.ReportsRead) || p.name == "program of a member")
	}
	return reports && p.name != "stranger" && p.name != "disabled"
}
