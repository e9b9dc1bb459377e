package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
)

// statuses are the HTTP statuses of the kinds of problems.
var statuses = map[problem.Kind]int{
	problem.NotFound: http.StatusNotFound, problem.Invalid: http.StatusUnprocessableEntity, problem.Forbidden: http.StatusForbidden,
	problem.Conflict: http.StatusConflict, problem.Unavailable: http.StatusServiceUnavailable, problem.Internal: http.StatusInternalServerError,
}

// fault is a problem in the words of RFC 9457.
func fault(status int, detail string) *huma.ErrorModel {
	return &huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail}
}

// Conflict says that somebody else changed a text meanwhile, and gives both: neither is lost. Or it says over what an incident cannot be closed without
// a word.
type Conflict struct {
	huma.ErrorModel
	Clash    *incident.Clash    `json:"clash,omitempty" doc:"Your text and theirs. Put them together, and send that with this version."`
	Standing *incident.Standing `json:"standing,omitempty" doc:"What is in force, and what would end too. Send lift to end it all."`
}

// problemOf tells a caller what went wrong. What is our own defect is logged, and told without its inside.
func (a *API) problemOf(ctx context.Context, err error) huma.StatusError {
	kind := problem.KindOf(err)
	if kind == problem.Internal {
		a.Log.ErrorContext(ctx, "an operation of the API failed", "error", err)
		return fault(http.StatusInternalServerError, "something failed that should not: the log of the server says what")
	}
	var c *incident.Clash
	if errors.As(err, &c) {
		return &Conflict{ErrorModel: *fault(statuses[kind], err.Error()), Clash: c}
	}
	var standing *incident.Standing
	if errors.As(err, &standing) {
		return &Conflict{ErrorModel: *fault(statuses[kind], err.Error()), Standing: standing}
	}
	return fault(statuses[kind], err.Error())
}

// refuse answers a request that reaches no operation.
func refuse(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(fault(status, detail))
}

// How much of what was wrong is told: so many faults, and of each text so many bytes.
const (
	mostFaults  = 20
	longestText = 300
)

// brief keeps problem details short. They name what was wrong with what was sent, which may be a megabyte, and be wrong a hundred thousand times.
func brief(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	m.Errors = m.Errors[:min(len(m.Errors), mostFaults)]
	for _, e := range m.Errors {
		if text, err := json.Marshal(e.Value); err != nil || len(text) > longestText {
			e.Value = nil
		}
		e.Message, e.Location = short(e.Message), short(e.Location)
	}
	return m, nil
}

func short(s string) string {
	if len(s) <= longestText {
		return s
	}
	return strings.ToValidUTF8(s[:longestText], "") + "…"
}
