package api

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/evidence"
)

// fileTime is how long a file may take on its way.
const fileTime = 10 * time.Minute

// ofFiles tells of the addresses at which files are given out.
func ofFiles(path string) bool {
	return strings.HasPrefix(path, Root+"/files/") && strings.HasSuffix(path, "/content")
}

// addFiles adds what is done with evidence.
func (a *API) addFiles() {
	add(a, operation{method: http.MethodGet, path: "/files/{id}/custody", id: "list-custody", tag: tagIncidents, summary: "Who had a file, when and why"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*all[evidence.Custody], error) {
			list, err := a.Incidents.Custody(ctx, actor, in.ID)
			return whole(list), err
		})
	a.addEvidence()
	binary := &huma.Schema{Type: "string", Format: "binary"}
	a.describe(operation{
		method: http.MethodGet, path: "/files/{id}/content", id: "get-file", tag: tagIncidents, summary: "A file, as it came",
		detail: "That it was taken out is on record before. Nobody looked into it: it may be hostile. What is in quarantine is given to nobody: 409.",
	}, func(op *huma.Operation) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: "reason", In: "query", Required: true, Description: "For the record.", Schema: text()})
		answers(op, "200", "Its bytes, always as an attachment.", "application/octet-stream", binary)
	})
	a.plain.HandleFunc("GET "+Root+"/files/{id}/content", a.asked(a.file))
	a.describe(operation{
		method: http.MethodPost, path: "/files", id: "attach-file", tag: tagIncidents, summary: "Add a file to a report or an incident",
		detail: "The body is the file, at most 64 MiB. It is kept as it is, encrypted; nothing is unpacked.",
	}, func(op *huma.Operation) {
		for _, p := range [][2]string{{"about", "Id or ref of the report or the incident."}, {"name", "The file's name."}} {
			op.Parameters = append(op.Parameters, &huma.Param{Name: p[0], In: "query", Required: true, Description: p[1], Schema: text()})
		}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: binary}}}
		answers(op, "201", "It is kept.", "application/json", huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, typeOf[evidence.Item]()))
	})
	a.plain.HandleFunc("POST "+Root+"/files", a.asked(a.attachFile))
}

// file gives a file out, so that no browser shows it.
func (a *API) file(w http.ResponseWriter, r *http.Request, actor identity.Actor) error {
	why := strings.TrimSpace(r.URL.Query().Get("reason"))
	if why == "" {
		return problem.New(problem.Invalid, "say why, as reason=: who took a file out, and why, goes on record")
	}
	item, content, err := a.Incidents.Evidence(r.Context(), actor, r.PathValue("id"), why)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(fileTime))
	attached := mime.FormatMediaType("attachment", map[string]string{"filename": item.Name})
	if attached == "" {
		attached = "attachment"
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", attached)
	h.Set("Content-Length", strconv.FormatInt(item.Size, 10))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, err = io.Copy(w, content)
	return err
}

// attachFile takes a file.
func (a *API) attachFile(w http.ResponseWriter, r *http.Request, actor identity.Actor) error {
	q := r.URL.Query()
	if q.Get("about") == "" || q.Get("name") == "" {
		return problem.New(problem.Invalid, "say what the file is about and what it is called: about= and name=")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(fileTime))
	item, err := a.Incidents.Attach(r.Context(), actor, q.Get("about"), incident.File{
		Name: q.Get("name"), MediaType: r.Header.Get("Content-Type"), Body: http.MaxBytesReader(w, r.Body, incident.MaxFile+1),
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	return json.NewEncoder(w).Encode(item)
}
