package app

import (
	"net/http"
	"sync"
)

// readiness is why the server is not ready: nothing if it is.
type readiness struct {
	mu      sync.Mutex
	reasons []string
}

// Handler is everything that the server answers: / is Web, /api/ is API, and /readyz and /healthz say how it is.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	if a.Web != nil {
		mux.Handle("/", a.Web)
	}
	if a.API != nil {
		mux.Handle("/api/", a.API)
	}
	return mux
}
