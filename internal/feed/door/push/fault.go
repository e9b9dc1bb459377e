package push

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
)

// fault is a refusal, as problem details (RFC 9457).
type fault struct {
	Type   string `json:"type,omitempty"` // about:blank if empty
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`

	// Of a PATCH at another place than where the push stands.
	Expected *int64 `json:"expected-offset,omitempty"`
	Provided *int64 `json:"provided-offset,omitempty"`

	retry  time.Duration
	accept string // what Content-Encoding may be
}

func (f *fault) Error() string { return f.Detail }

// kinds is which status an error of ours has.
var kinds = map[problem.Kind]int{
	problem.NotFound: http.StatusNotFound, problem.Invalid: http.StatusUnprocessableEntity, problem.Forbidden: http.StatusForbidden,
	problem.Conflict: http.StatusConflict, problem.Unavailable: http.StatusServiceUnavailable,
}

func (d *Door) tooLarge() *fault {
	return &fault{Status: http.StatusRequestEntityTooLarge, Detail: "an input has " + d.Config.MaxSize.String() + " at most (push.max_size): send it in parts"}
}

// full tells that the disk is.
func full(err error) bool {
	return errors.Is(err, feed.ErrNoRoom) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// judge finds what to say of an error. What is our own fault is told in the log, not to whom it is none of their business.
func (d *Door) judge(g *guest, err error) *fault {
	var own *fault
	var large *http.MaxBytesError
	var cut error
	if g != nil {
		cut = g.body.broken()
	}
	switch {
	case errors.As(err, &own):
		return own
	case full(err):
		return &fault{
			Status: http.StatusInsufficientStorage, retry: 5 * time.Minute,
			Detail: "the disk is full, and nothing of the input was kept: send it again when the team has made room",
		}
	case errors.As(cut, &large):
		return d.tooLarge()
	case errors.Is(cut, errSlow):
		return d.slowly()
	case cut != nil:
		return &fault{Status: http.StatusBadRequest, Detail: "the input broke off before its end: nothing of it was accepted; send it again"}
	}
	kind := problem.KindOf(err)
	status, known := kinds[kind]
	switch {
	case !known:
		return &fault{Status: http.StatusInternalServerError, Detail: "this went wrong on our side: the server's log says what"}
	case kind == problem.Unavailable:
		return &fault{Status: status, Detail: "the input could not be kept now: send it again later", retry: time.Minute}
	}
	return &fault{Status: status, Detail: err.Error()}
}

// refuse writes an error.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, g *guest, err error) {
	f := d.judge(g, err)
	if f.Status >= http.StatusInternalServerError {
		d.Log.WarnContext(r.Context(), "a push failed", "feed", r.PathValue("feed"), "error", err, "status", f.Status)
	}
	f.Title = http.StatusText(f.Status)
	h := w.Header()
	if f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="push"`)
	}
	if f.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.retry.Seconds()))))
	}
	if f.accept != "" {
		h.Set("Accept-Encoding", f.accept)
	}
	write(w, f.Status, "application/problem+json", f)
}

// write answers with JSON.
func write(w http.ResponseWriter, status int, media string, v any) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who does not listen any more is not told
}
