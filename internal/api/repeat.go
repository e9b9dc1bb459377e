package api

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/firehall/firehall/internal/platform/idempotent"
)

const (
	repeatHeader = "Idempotency-Key"
	longestKey   = 200
)

// repeated lets a change that carries an Idempotency-Key be sent again, when its answer was lost: it is made once, and the answer is the first
// one's. The key is the person's own: another's key of the same text is another key.
func (a *API) repeated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get(repeatHeader)
		actor, ok := actorIn(r.Context())
		if key == "" || !ok || secret(r) || r.Method == http.MethodGet || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		if len(key) > longestKey {
			refuse(w, http.StatusBadRequest, "the Idempotency-Key is too long: 200 characters at most")
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			refuse(w, http.StatusRequestEntityTooLarge, "the body is too long, or was cut off: 1 MiB at most")
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		call := idempotent.Call{Actor: actor.ID, Key: key, What: sha256.Sum256(append([]byte(r.Method+" "+r.URL.RequestURI()+"\x00"), body...))}
		a.once(w, r, call, next)
	})
}

// secret tells of changes whose answer is told once, and is therefore not kept. Reports have keys of their own: nothing is kept of who sent one.
func secret(r *http.Request) bool {
	return r.URL.Path == Root+"/reports" || strings.HasSuffix(r.URL.Path, "/tokens") || strings.HasSuffix(r.URL.Path, "/accounts") || strings.HasSuffix(r.URL.Path, "/invitation")
}

// once makes the change if nobody has made it under this key, and else gives the answer that there was.
func (a *API) once(w http.ResponseWriter, r *http.Request, call idempotent.Call, next http.Handler) {
	had, err := a.Repeats.Begin(r.Context(), call)
	switch {
	case errors.Is(err, idempotent.ErrOther):
		refuse(w, http.StatusUnprocessableEntity, "this Idempotency-Key was used for another request: take a new key for each change")
	case errors.Is(err, idempotent.ErrRunning):
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusConflict, "the request with this Idempotency-Key is still being worked on: ask again in a moment")
	case err != nil:
		p := a.problemOf(r.Context(), err)
		refuse(w, p.GetStatus(), p.Error())
	case had != nil:
		w.Header().Set("Content-Type", had.Type)
		w.Header().Set("Idempotency-Replayed", "true")
		w.WriteHeader(had.Status)
		_, _ = w.Write(had.Body)
	default:
		a.first(w, r, call, next)
	}
}

// first makes the change, and keeps its answer. An answer that asks for another attempt is not kept: the next one is a first one again.
func (a *API) first(w http.ResponseWriter, r *http.Request, call idempotent.Call, next http.Handler) {
	k := &keeper{ResponseWriter: w, status: http.StatusOK}
	settled := false
	defer func() {
		if !settled { // a panic goes up through here
			_ = a.Repeats.Drop(r.Context(), call)
		}
	}()
	next.ServeHTTP(k, r)
	answer := idempotent.Answer{Status: k.status, Type: w.Header().Get("Content-Type"), Body: k.body.Bytes()}
	var err error
	if k.passed || k.status >= http.StatusInternalServerError || k.status == http.StatusTooManyRequests {
		err = a.Repeats.Drop(r.Context(), call)
	} else {
		err = a.Repeats.Finish(r.Context(), call, answer)
	}
	settled = true
	if err != nil {
		a.Log.ErrorContext(r.Context(), "the answer for an Idempotency-Key could not be kept", "error", err)
	}
	if !k.passed {
		k.pass()
	}
}
