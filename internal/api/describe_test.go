package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/firehall/firehall/internal/core/clock"
)

// described gives the operations of the description by method and path.
func described(a *API) map[string]*huma.Operation {
	out := map[string]*huma.Operation{}
	for path, item := range a.Description().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Head, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				out[op.Method+" "+path] = op
			}
		}
	}
	return out
}

func TestEachOperationIsDescribed(t *testing.T) {
	ids := map[string]bool{}
	for route, op := range described(New(Options{Clock: clock.Real{}})) {
		if op.Summary == "" || len(op.Tags) != 1 || op.OperationID == "" || len(op.Security) == 0 || len(op.Responses) < 2 {
			t.Errorf("%s is described badly: %+v", route, op)
		}
		if ids[op.OperationID] {
			t.Errorf("two operations are called %s", op.OperationID)
		}
		ids[op.OperationID] = true
		for _, name := range pathNames(op.Path) {
			found := false
			for _, p := range op.Parameters {
				found = found || p.In == "path" && p.Name == name
			}
			if !found {
				t.Errorf("%s does not describe {%s}", route, name)
			}
		}
	}
	if len(ids) < 50 {
		t.Errorf("only %d operations", len(ids))
	}
}

// TestEachRouteIsDescribed walks the routes of the face itself: those of huma describe themselves, so it looks at what else is answered.
func TestEachRouteIsDescribed(t *testing.T) {
	a := New(Options{Clock: clock.Real{}})
	known := described(a)
	for route, op := range known {
		r, err := http.NewRequest(op.Method, strings.NewReplacer("{", "", "}", "").Replace(op.Path), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, pattern := a.plain.Handler(r)
		if ofPushes(r.URL.Path) || op.Method == http.MethodHead {
			continue // package push answers
		}
		if pattern != route {
			t.Errorf("%s is described, and %s answers", route, pattern)
		}
	}
}

func TestSchemasHaveOneName(t *testing.T) {
	text, err := New(Options{Clock: clock.Real{}}).Description().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"openapi":"3.1.0"`, `"FindingView"`, `"/api/v1/live"`, `"/api/v1/feeds/{feed}/push"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the description lacks %s", want)
		}
	}
	if strings.Contains(string(text), "$schema") {
		t.Error("links to schemas are on")
	}
}
