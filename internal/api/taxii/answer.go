package taxii

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/firehall/firehall/internal/core/problem"
)

// fault is TAXII's error message (§3.6.1).
type fault struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Status      string `json:"http_status"`
}

var statuses = map[problem.Kind]int{
	problem.NotFound: http.StatusNotFound, problem.Invalid: http.StatusBadRequest, problem.Forbidden: http.StatusForbidden,
	problem.Conflict: http.StatusConflict, problem.Unavailable: http.StatusServiceUnavailable, problem.Internal: http.StatusInternalServerError,
}

// Refuse answers with an error.
func Refuse(w http.ResponseWriter, status int, text string) {
	send(w, status, fault{Title: http.StatusText(status), Description: text, Status: strconv.Itoa(status)})
}

// send answers with a JSON object.
func send(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"title":"Internal Server Error","http_status":"500"}`)
	}
	raw(w, status, body)
}

func raw(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", MediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// fail answers for an error of a room. What is our own defect is logged, and told without its inside.
func (s *Server) fail(ctx context.Context, w http.ResponseWriter, err error) {
	var long *http.MaxBytesError
	kind := problem.KindOf(err)
	switch {
	case errors.As(err, &long):
		Refuse(w, http.StatusRequestEntityTooLarge, "more than "+strconv.FormatInt(long.Limit, 10)+" bytes at once: give it in parts")
	case kind == problem.Internal:
		s.Log.ErrorContext(ctx, "TAXII: something failed", "error", err)
		Refuse(w, http.StatusInternalServerError, "something failed that should not: the log of the server says what")
	default:
		Refuse(w, statuses[kind], err.Error())
	}
}
