package walk

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/firehall/firehall/internal/api"
	"github.com/firehall/firehall/internal/web/shell"
)

// route is a page, a part or an operation.
type route struct {
	method, path string
	asks         []string // the names of what may be asked of an operation; of pages: all that any page takes
	body         *huma.RequestBody
	open         bool // to everybody
}

func (r route) String() string { return r.method + " " + r.path }

func (r route) api() bool { return strings.HasPrefix(r.path, api.Root) }

// routes lists what the pages and the API serve.
func (w *town) routes() (list []route) {
	w.Helper()
	pages, ok := w.App.Web.(*shell.Shell)
	if !ok {
		w.Fatalf("the pages are a %T", w.App.Web)
	}
	for _, r := range pages.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		list = append(list, route{method: method, path: strings.TrimSuffix(path, "{$}"), asks: []string{"q"}, open: r.Public})
	}
	a := api.New(api.Options{Clock: w.Clock, Version: "walk"})
	w.schemas = a.Description().Components.Schemas
	for path, item := range a.Description().Paths {
		for method, op := range map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
		} {
			if op != nil {
				list = append(list, route{method: method, path: path, asks: texts(op.Parameters), body: op.RequestBody})
			}
		}
	}
	slices.SortFunc(list, func(a, b route) int { return strings.Compare(a.String(), b.String()) })
	return list
}

// texts are the parameters of a query that take any text.
func texts(list []*huma.Param) (names []string) {
	for _, p := range list {
		if p.In == "query" && p.Schema != nil && p.Schema.Type == huma.TypeString && len(p.Schema.Enum) == 0 && p.Schema.Format == "" && p.Name != "after" && p.Name != "cursor" {
			names = append(names, p.Name)
		}
	}
	return names
}

// fills says what stands for each name in a path that is no id of a report or an incident: a new name needs a line. "" is what was planted, or else the id
// that the path is about.
var fills = map[string]string{
	"task": "", "book": "ransomware", "run": "", "kind": "incident", "secret": "", "rest": "policy",
	"feed": "honeynet", "language": "en", "file": "mail.txt", "move": "refer", "n": "0", "job": "", "upload": "", "item": "", "id": "", "report": "", "account": "",
	"observable": "", "relation": "", "sighting": "", "handout": "",
	"how": "related", "other": "", "agreement": "", "index": "0", "note": "",
	"entry": "", "lesson": "", "action": "", "handover": "", "message": "", "group": "",
}

var hole = regexp.MustCompile(`\{[^}]*\}`)

// path fills the holes of a route: the first with an id, the others with what was planted by their name.
func (w *town) path(r route, id string) string {
	w.Helper()
	return w.fill(r, id, w.deep(id))
}

// deep tells whether an id is of what holds things, and not of one of them.
func (w *town) deep(id string) bool {
	return !slices.Contains(slices.Collect(maps.Values(w.things)), id)
}

// fill is path; things: what was planted stands behind the first hole, else the id stands in each.
func (w *town) fill(r route, id string, things bool) string {
	w.Helper()
	first := hole.FindString(r.path)
	return hole.ReplaceAllStringFunc(r.path, func(name string) string {
		text, known := fills[strings.Trim(name, "{}.")]
		if thing := w.things[strings.Trim(name, "{}.")]; things && name != first && thing != "" {
			return thing
		}
		if !known {
			w.Errorf("%s: say in fills what stands for %s", r, name)
		}
		if text == "" {
			return id
		}
		return text
	})
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// A stream is read for this long: what it says at its beginning is said by then.
const streamed = 40 * time.Millisecond

// ask makes a request. Time goes on, so that nobody asks too often.
func (w *town) ask(p *walker, method, path, kind string, body []byte) answer {
	w.Helper()
	if p.asked++; p.asked%100 == 0 {
		w.Clock.Advance(3 * time.Second)
	}
	if p.outside() {
		w.Clock.Advance(time.Second / 2)
	}
	return w.put(p, method, path, kind, body)
}

// put makes a request at the moment of the last one.
func (w *town) put(p *walker, method, path, kind string, body []byte) answer {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, w.URL+path, bytes.NewReader(body))
	w.must(err)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Origin", w.URL)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	res, err := p.client.Do(req)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	stream := strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream")
	if stream {
		time.AfterFunc(streamed, cancel)
	}
	text, err := io.ReadAll(res.Body)
	if !stream {
		w.must(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}
