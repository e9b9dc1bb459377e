package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/release"
)

type (
	marksInput struct {
		Body struct {
			IDs       []string `json:"ids" minItems:"1" maxItems:"200" nullable:"false"`
			Malicious bool     `json:"malicious"`
			Reason    string   `json:"reason" minLength:"1" maxLength:"1000"`
		}
	}
	// HandingManyBody says which files are given to somebody, and why.
	HandingManyBody struct {
		IDs []string `json:"ids" minItems:"1" maxItems:"50" nullable:"false"`
		HandingBody
	}
)

// leftHeader is where the answer that is an archive lists the files that are not in it.
const leftHeader = "Firehall-Unmoved"

// addEvidenceMany adds what is done with several files at once.
func (a *API) addEvidenceMany() {
	add(a, operation{method: http.MethodPost, path: "/files/marks", id: "mark-files", tag: tagIncidents, summary: "Say of several files that they are malicious, or that they are not", detail: eachForItself},
		func(ctx context.Context, actor identity.Actor, in *marksInput) (*body[incident.Moved], error) {
			return given(a.Incidents.MarkSeveral(ctx, actor, in.Body.IDs, in.Body.Malicious, in.Body.Reason))
		})
	a.describe(operation{
		method: http.MethodPost, path: "/files/exports", id: "export-files", tag: tagIncidents, summary: "Give several files out in one archive, each with its chain of custody",
		detail: "A tar with a folder for each file, as one file's export has it; encrypted as a whole where a recipient is named. Each file is decided on, looked through and put on record for itself, before a byte leaves. The archive says nothing of those that may not leave: the header " + leftHeader + " lists them as JSON, `[{\"id\", \"why\"}]`, with why as everywhere: `gone`, `state`, `forbidden`, `unavailable`. If none may leave: 409, or 404 if there are none.",
	}, func(op *huma.Operation) {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, typeOf[HandingManyBody]())}}}
		answers(op, "200", "The archive.", "application/octet-stream", &huma.Schema{Type: "string", Format: "binary"})
	})
	a.plain.HandleFunc("POST "+Root+"/files/exports", a.asked(a.exportFiles))
}

// exportFiles gives several files out with their chains.
func (a *API) exportFiles(w http.ResponseWriter, r *http.Request, actor identity.Actor) error {
	var b HandingManyBody
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return problem.Wrap(problem.Invalid, err, "the body has to be {\"ids\", \"to\", \"for\", \"organisation\", \"reason\", \"recipient\"}")
	}
	moved, name, write, err := a.Incidents.ExportSeveral(r.Context(), actor, b.IDs, incident.Handing{
		To: b.To, Reason: b.Reason, Recipient: b.Recipient, For: release.Audience(b.For), Organisation: b.Organisation,
	})
	if err == nil && write == nil {
		err = incident.NoneLeaves(moved)
	}
	if err != nil {
		return err
	}
	if len(moved.Unmoved) > 0 {
		left := []map[string]string{}
		for _, u := range moved.Unmoved {
			left = append(left, map[string]string{"id": u.ID, "why": u.Why})
		}
		text, err := json.Marshal(left)
		if err != nil {
			return err
		}
		w.Header().Set(leftHeader, string(text))
	}
	sendArchive(w, name, write)
	return nil
}
