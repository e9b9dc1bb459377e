package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/taking"
)

// describe adds an operation that is a plain handler to the description.
func (a *API) describe(o operation, change func(*huma.Operation)) {
	op := &huma.Operation{
		Method: o.method, Path: Root + o.path, OperationID: o.id, Summary: o.summary, Description: o.detail, Tags: []string{o.tag},
		Security: bySessionOrToken(), Responses: map[string]*huma.Response{},
	}
	problem := huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, typeOf[huma.ErrorModel]())
	op.Responses["default"] = &huma.Response{Description: "What went wrong and what to do", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}}
	for _, name := range pathNames(o.path) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "path", Required: true, Schema: text()})
	}
	change(op)
	a.huma.OpenAPI().AddOperation(op)
}

// pathNames are the names in braces.
func pathNames(path string) (names []string) {
	for part := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

func text() *huma.Schema { return &huma.Schema{Type: "string"} }

func answers(op *huma.Operation, status, description, kind string, s *huma.Schema) {
	r := &huma.Response{Description: description}
	if kind != "" {
		r.Content = map[string]*huma.MediaType{kind: {Schema: s}}
	}
	op.Responses[status] = r
}

func asks(op *huma.Operation, in, name, doc string) {
	op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: in, Description: doc, Schema: text()})
}

// ofPushes tells of the addresses to which inputs are pushed.
func ofPushes(path string) bool {
	rest, ok := strings.CutPrefix(path, Root+"/feeds/")
	_, after, _ := strings.Cut(rest, "/")
	return ok && (after == "push" || strings.HasPrefix(after, "push/"))
}

// addPush describes the door of pushes, which package push serves.
func (a *API) addPush() {
	token := []map[string][]string{{securityToken: {}}}
	bytes := map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	a.describe(operation{
		method: http.MethodPost, path: "/feeds/{feed}/push", id: "push", tag: tagFeeds, summary: "Push an input to a feed",
		detail: "202 once it is durable: Location names the input, whose counts can be asked with the same token. A feed of IntelMQ's events takes an object, a list or lines of them. With Upload-Complete: ?0 the push can be gone on with (draft-ietf-httpbis-resumable-upload).",
	}, func(op *huma.Operation) {
		op.Security, op.RequestBody = token, &huma.RequestBody{Required: true, Content: bytes}
		asks(op, "query", "name", "The file's name, from which the kind of report may follow.")
		asks(op, "header", "Content-Encoding", "gzip or zstd.")
		asks(op, "header", "Upload-Complete", "?0 begins a push that can be gone on with, ?1 ends one.")
		answers(op, "202", "Accepted: it will not be lost.", "application/json", &huma.Schema{Type: "object"})
		answers(op, "201", "A push that can be gone on with, at Location.", "", nil)
	})
	for _, o := range []operation{
		{method: http.MethodHead, id: "look-push", summary: "How much of a push is durable", detail: "Upload-Offset tells it."},
		{method: http.MethodPatch, id: "proceed-push", summary: "Go on with a push at its offset"},
		{method: http.MethodDelete, id: "give-up-push", summary: "Give a push up"},
	} {
		o.path, o.tag = "/feeds/{feed}/push/{upload}", tagFeeds
		a.describe(o, func(op *huma.Operation) {
			op.Security = token
			answers(op, "204", "Done; Upload-Offset tells how far it is.", "", nil)
			if o.method == http.MethodPatch {
				op.RequestBody = &huma.RequestBody{Required: true, Content: bytes}
				asks(op, "header", "Upload-Offset", "Where the body goes on.")
				asks(op, "header", "Upload-Complete", "?1 when this is the rest.")
				answers(op, "202", "Whole and accepted.", "application/json", &huma.Schema{Type: "object"})
			}
		})
	}
}

// The plain handlers that answer as they go.
const (
	liveRoute   = Root + "/live"
	exportRoute = Root + "/events/export"
	registerOut = Root + "/register/export"
)

// streamed tells of requests whose answer is not held back.
func streamed(r *http.Request) bool {
	return r.URL.Path == liveRoute || r.URL.Path == exportRoute || r.URL.Path == registerOut || ofPushes(r.URL.Path) || ofFiles(r.URL.Path)
}

// addStreams adds what is answered as it goes: exports, and the changes as they happen.
func (a *API) addStreams() {
	stream := func(o operation, kind string, h func(http.ResponseWriter, *http.Request, identity.Actor) error, params ...[2]string) {
		a.describe(o, func(op *huma.Operation) {
			for _, p := range params {
				asks(op, "query", p[0], p[1])
			}
			answers(op, "200", "As it goes.", kind, text())
		})
		a.plain.HandleFunc(o.method+" "+Root+o.path, a.asked(h))
	}
	stream(operation{method: http.MethodGet, path: "/events/export", id: "export-events", tag: tagEvents, summary: "All events that a query means"},
		"text/csv", a.exportEvents, [2]string{"q", "The query language; empty for everything."}, [2]string{"format", "csv, json or ndjson."}, [2]string{"fields", "Columns, with commas."})
	stream(operation{method: http.MethodGet, path: "/register/export", id: "export-register", tag: tagRegister, summary: "The register as a file that can be imported"},
		"text/csv", a.exportRegister, [2]string{"format", "csv or yaml."})
	stream(operation{
		method: http.MethodGet, path: "/live", id: "live", tag: tagHouse, summary: "What changes, as it happens",
		detail: "Server-sent events: each `change` names topics (findings, intakes, messages, stops, ...) in a JSON list. What changed is then asked for.",
	}, "text/event-stream", a.live)
}

// asked gives a handler who asks, and writes its error if nothing was written yet.
func (a *API) asked(h func(http.ResponseWriter, *http.Request, identity.Actor) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		actor, ok := actorIn(r.Context())
		if !ok {
			refuse(w, http.StatusUnauthorized, unknown)
			return
		}
		first := &begun{ResponseWriter: w}
		out := taking.Watch(first, func(name string) error {
			return a.Release.Take(r.Context(), actor, release.Taking{Route: r.Pattern, Path: r.URL.Path, Query: r.URL.RawQuery, Name: name})
		})
		err := h(out, r, actor)
		if refused := out.Refused(); refused != nil {
			err = refused
		}
		switch {
		case err == nil:
		case first.yes:
			if r.Context().Err() == nil {
				a.Log.ErrorContext(r.Context(), "an answer was cut off", "path", r.URL.Path, "error", err)
			}
			panic(http.ErrAbortHandler) // so that what is half is not taken for whole
		default:
			p := a.problemOf(r.Context(), err)
			w.Header().Del("Content-Disposition")
			refuse(w, p.GetStatus(), p.Error())
		}
	}
}

// begun notes that something was written.
type begun struct {
	http.ResponseWriter
	yes bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController through.
func (b *begun) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// kinds are the content types of exports.
var kinds = map[string]string{
	"csv": "text/csv; charset=utf-8", "json": "application/json", "ndjson": "application/x-ndjson", "yaml": "application/yaml",
}

func (a *API) exportEvents(w http.ResponseWriter, r *http.Request, actor identity.Actor) error {
	format := orElse(r.FormValue("format"), "csv")
	q := desk.EventQuery{Text: r.FormValue("q"), Format: format}
	if fields := r.FormValue("fields"); fields != "" {
		q.Fields = strings.Split(fields, ",")
	}
	attach(w, kinds[format], "events."+format)
	_, err := a.Desk.Events(r.Context(), actor, q, w)
	return err
}

func (a *API) exportRegister(w http.ResponseWriter, r *http.Request, actor identity.Actor) error {
	format, err := constituency.ParseFormat(orElse(r.FormValue("format"), "csv"))
	if err != nil {
		return err
	}
	attach(w, kinds[string(format)], "register."+string(format))
	_, err = a.Register.Export(r.Context(), actor, w, format)
	return err
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func attach(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// beat is how often a reader hears that the server is still there.
const beat = 20 * time.Second

// live tells what changes until the reader leaves, or the session ends.
func (a *API) live(w http.ResponseWriter, r *http.Request, actor identity.Actor) error {
	if err := actor.Authorise(desk.OpOverview, "live"); err != nil {
		return err
	}
	ctx, leave, err := a.Sessions.Follow(r)
	if err != nil {
		return err
	}
	defer leave()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{})
	say := func(text string) bool {
		_, err := fmt.Fprint(w, text)
		return err == nil && out.Flush() == nil
	}
	if a.Live == nil || !say(": here\n\n") {
		return nil
	}
	changes := a.Live.Subscribe(ctx)
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case c, ok := <-changes:
			topics, err := json.Marshal(c.Topics)
			if !ok || err != nil || !say("event: change\ndata: "+string(topics)+"\n\n") {
				return err
			}
		case <-tick.C:
			if !say(": still here\n\n") {
				return nil
			}
		}
	}
}
