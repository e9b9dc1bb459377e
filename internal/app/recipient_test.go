package app

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/config"
)

// Who asks about somebody that nobody knows is told what could be named, and nothing of the database.
func TestNobodyIsCalledThat(t *testing.T) {
	n := startNation(t, "CERT A", "a.example", "desk", config.DefaultFeed())
	for _, name := range []string{"Nobody At All", "group:none", "", strings.Repeat("x", 5000)} {
		_, err := n.app.RecipientOf(t.Context(), tester, name)
		if !problem.Is(err, problem.NotFound) || !strings.Contains(err.Error(), "name an organisation") || strings.Contains(err.Error(), "sql") || len(err.Error()) > 500 {
			t.Errorf("%.20q: %v", name, err)
		}
	}
}
