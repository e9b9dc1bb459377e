package api

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/release"
)

type (
	// HandingBody says to whom a file is given, and why.
	HandingBody struct {
		To           string `json:"to" minLength:"1" maxLength:"200"`
		Reason       string `json:"reason" minLength:"1" maxLength:"1000"`
		For          string `json:"for,omitempty" enum:"self,authority,peer,provider,vendor,party" doc:"What they are, if they stand in no register; none: somebody else (party). For self, the team, nothing is looked through."`
		Organisation string `json:"organisation,omitempty" maxLength:"100" doc:"Id in the register: it says what they are."`
		Recipient    string `json:"recipient,omitempty" maxLength:"200" doc:"A public key of age, to which the archive is encrypted; needed for what is restricted or TLP:RED." example:"age1..."`
	}
	markInput struct {
		ByID
		Body struct {
			Malicious bool   `json:"malicious"`
			Reason    string `json:"reason" minLength:"1" maxLength:"1000"`
		}
	}
)

// addEvidence adds what is done with the evidence of incidents.
func (a *API) addEvidence() {
	add(a, operation{method: http.MethodGet, path: "/incidents/{id}/evidence", id: "list-evidence", tag: tagIncidents, summary: "The files of an incident and of its reports"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*all[evidence.Item], error) {
			_, list, err := a.Incidents.EvidenceOf(ctx, actor, in.ID)
			return whole(list), err
		})
	add(a, operation{method: http.MethodGet, path: "/files/{id}", id: "get-exhibit", tag: tagIncidents, summary: "One file: its digests, its chain of custody and whether that holds"},
		func(ctx context.Context, actor identity.Actor, in *ByID) (*body[incident.Shown], error) {
			return given(a.Incidents.Exhibit(ctx, actor, in.ID))
		})
	add(a, operation{method: http.MethodPut, path: "/files/{id}/malicious", id: "mark-file", tag: tagIncidents, summary: "Say that a file is malicious, or that it is not", status: http.StatusNoContent},
		func(ctx context.Context, actor identity.Actor, in *markInput) (*none, error) {
			return done(a.Incidents.MarkEvidence(ctx, actor, in.ID, in.Body.Malicious, in.Body.Reason))
		})
	a.describe(operation{
		method: http.MethodPost, path: "/files/{id}/export", id: "export-file", tag: tagIncidents, summary: "Give a file out with its chain of custody",
		detail: "A tar with the file, its chain, digests and a signature; its README.txt says how it is verified with sha256sum and openssl. What is malicious is packed in a zip with the password infected. With a recipient the tar is encrypted by age. That it was given out is on record before a byte leaves. Release decides whether they may have it, and its names, its chain and a small text are looked through for whom they may not know of: 409 says why not, and what a second person can be asked.",
	}, func(op *huma.Operation) {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, typeOf[HandingBody]())}}}
		answers(op, "200", "The archive.", "application/octet-stream", &huma.Schema{Type: "string", Format: "binary"})
	})
	a.plain.HandleFunc("POST "+Root+"/files/{id}/export", a.asked(a.exportFile))
	a.addEvidenceMany()
}

// exportFile gives a file out with its chain.
func (a *API) exportFile(w http.ResponseWriter, r *http.Request, actor identity.Actor) error {
	var b HandingBody
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return problem.Wrap(problem.Invalid, err, "the body has to be {\"to\", \"for\", \"organisation\", \"reason\", \"recipient\"}")
	}
	name, write, err := a.Incidents.ExportEvidence(r.Context(), actor, r.PathValue("id"), incident.Handing{
		To: b.To, Reason: b.Reason, Recipient: b.Recipient, For: release.Audience(b.For), Organisation: b.Organisation,
	})
	if err != nil {
		return err
	}
	sendArchive(w, name, write)
	return nil
}

// sendArchive answers with an archive, so that no browser shows it.
func sendArchive(w http.ResponseWriter, name string, write func(io.Writer) error) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(fileTime))
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "no-store")
	if err := write(w); err != nil {
		panic(http.ErrAbortHandler) // the answer has begun: it must not look whole
	}
}
