package walk

import (
	"net/http"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// fewestFiles is how many routes give a file to a member of the team, at least: a walk that finds fewer does not look.
const fewestFiles = 15

// TestEachFileIsOnRecord asks for everything that there is as who may see most, and finds of each answer that is a file who took it, by which question and by
// which decision.
func TestEachFileIsOnRecord(t *testing.T) {
	t.Parallel()
	w := planted(t)
	files := map[string]bool{}
	for _, p := range []*walker{w.people["member"], w.people["owner"]} {
		for _, r := range w.routes() {
			if r.method != http.MethodGet || p.token != "" || w.streams[r.path] {
				continue
			}
			paths := []string{r.path}
			if hole.MatchString(r.path) {
				paths = nil
				for _, id := range append([]string{w.file}, w.ids...) {
					paths = append(paths, w.path(r, id))
				}
			}
			for _, path := range paths {
				before := w.takings(path)
				got := w.ask(p, r.method, path, "", nil)
				if !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") || got.status >= http.StatusBadRequest {
					continue
				}
				files[r.String()] = true
				if w.takings(path) != before+1 {
					t.Errorf("%s gives %s the file %s, and nobody can see that it was taken", r, p.name, got.header.Get("Content-Disposition"))
				}
			}
		}
	}
	if len(files) < fewestFiles {
		t.Errorf("only %d routes gave a file: %v", len(files), files)
	}
}

// takings counts how often a path was taken as a file, each by a decision that let it go.
func (w *town) takings(path string) (n int) {
	w.Helper()
	path, _, _ = strings.Cut(path, "?")
	w.must(w.App.DB.Read(w.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM audit_payload WHERE operation = 'release.take' AND object = $1 AND after_value LIKE '%"decision"%'`, path).Scan(&n)
	}))
	return n
}
