package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/firehall/firehall/internal/core/problem"
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

// problemOf tells a caller what went wrong. What is our own defect is logged, and told without its inside.
func (a *API) problemOf(ctx context.Context, err error) huma.StatusError {
	kind := problem.KindOf(err)
	if kind == problem.Internal {
		a.Log.ErrorContext(ctx, "an operation of the API failed", "error", err)
		return fault(http.StatusInternalServerError, "something failed that should not: the log of the server says what")
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
