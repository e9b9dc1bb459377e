package walk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// own are the ways to change what is about nobody else: one's own account and sessions, how pages look, what was seen, a question that takes long; what
// only shows what would be done; and the doors for everybody.
var own = []string{
	"/account", "/settings", "/login", "/logout", "/invitation", "/report", "/overview/seen", "/csp-report", "/events/long", "/api/v1/sessions",
	"/api/v1/batches/{id}/correction",
}

// TestWhoMayNotChangesNothing tries everything that changes something, as the auditor, who changes nothing, and as a stranger.
func TestWhoMayNotChangesNothing(t *testing.T) {
	t.Parallel()
	w := planted(t)
	for _, name := range []string{"auditor", "stranger", "disabled", "program audit:read"} {
		p := w.people[name]
		before := w.rows()
		for _, r := range w.routes() {
			if r.method == http.MethodGet || isOwn(r) || p.token != "" && !r.api() {
				continue
			}
			for _, id := range []string{w.ids[0], w.ids[2], w.closed} {
				kind, body := w.body(r)
				got := w.ask(p, r.method, w.path(r, id), kind, body)
				away := got.status == http.StatusSeeOther && strings.HasPrefix(got.header.Get("Location"), "/login")
				if got.status < 400 && !away || got.status >= 500 {
					t.Errorf("%s, %s: %d %.200s", p, r, got.status, got.body)
				}
				if after := w.rows(); after != before {
					t.Fatalf("%s, %s: refused with %d, and changed something:\n%s\nbecame\n%s", p, r, got.status, before, after)
				}
				if !hole.MatchString(r.path) {
					break
				}
			}
		}
	}
}

func isOwn(r route) bool {
	for _, path := range own {
		if r.path == path || strings.HasPrefix(r.path, path+"/") {
			return true
		}
	}
	return false
}

// body makes the least that an operation takes.
func (w *town) body(r route) (kind string, body []byte) {
	if !r.api() {
		return "application/x-www-form-urlencoded", []byte("reason=r&text=t&title=t&ids=" + w.ids[2] + "&id=" + w.ids[2] + "&move=reject&name=x&account=" + w.people["auditor"].id)
	}
	if r.body == nil || r.body.Content["application/json"] == nil {
		return "application/json", []byte("{}")
	}
	text, err := json.Marshal(w.least(r.body.Content["application/json"].Schema))
	w.must(err)
	return "application/json", text
}

// least makes the least value that a schema takes.
func (w *town) least(s *huma.Schema) any {
	if s == nil {
		return nil
	}
	if s.Ref != "" {
		s = w.schemas.SchemaFromRef(s.Ref)
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == huma.TypeObject:
		out := map[string]any{}
		for _, name := range s.Required {
			out[name] = w.least(s.Properties[name])
		}
		return out
	case s.Type == huma.TypeArray:
		return []any{w.least(s.Items)}
	case s.Type == huma.TypeBoolean:
		return true
	case s.Type == huma.TypeInteger || s.Type == huma.TypeNumber:
		return 1
	case s.Format == "date-time":
		return "2027-01-01T00:00:00Z"
	}
	return "x"
}

// rows counts what every table holds, but for those that are the machinery's own.
func (w *town) rows() string {
	w.Helper()
	var parts []string
	err := w.App.DB.Read(w.Context(), func(tx *sqldb.Tx) error {
		parts = nil
		return tx.Each(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT IN ('lease', 'session', 'sessions') ORDER BY name`, nil,
			func(scan func(...any) error) error {
				var name string
				err := scan(&name)
				parts = append(parts, `SELECT '`+name+`' AS name, count(*) AS n FROM "`+name+`"`)
				return err
			})
	})
	w.must(err)
	var b strings.Builder
	for len(parts) > 0 {
		some := parts[:min(50, len(parts))]
		parts = parts[len(some):]
		w.must(w.App.DB.Read(w.Context(), func(tx *sqldb.Tx) error {
			return tx.Each(strings.Join(some, " UNION ALL "), nil, func(scan func(...any) error) error {
				var name string
				var n int
				err := scan(&name, &n)
				fmt.Fprintln(&b, name, n)
				return err
			})
		}))
	}
	return b.String()
}
