package app

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed/format/formattest"
	"github.com/firehall/firehall/internal/platform/config"
)

// configured gives an App that knows the feeds of a configuration and nothing else.
func configured(t *testing.T, text string) *App {
	t.Helper()
	c, err := config.Parse("test.toml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Data.Dir = t.TempDir()
	return &App{Options: Options{Config: c, Clock: formattest.Clock}}
}

// Each key that says how a feed is read must reach the format that reads it.
func TestConfiguredFeedsAreReadAsTheySay(t *testing.T) {
	a := configured(t, `
[feeds.bank]
format = "json"
records = "data.attacks"
times = ["02.01.2006 15:04"]
zone = "Europe/Helsinki"
mapping = { "from.ip" = "source.ip", "when" = "time.source", "note" = "-" }
constants = { "classification.type" = "brute-force", "attribution.role" = "destination", "attribution.standing" = "victim", "feed.provider" = "bank" }

[feeds.bare]
format = "csv"
separator = "tab"
columns = ["ip", "what, then"]
assume_time = true
mapping = { "ip" = "source.ip" }
`)
	for name, c := range map[string]struct {
		input string
		want  map[string]string
	}{
		"bank": {`{"data":{"attacks":[{"from":{"ip":"192.0.2.1"},"when":"21.11.2026 12:00","note":"secret"}]}}`, map[string]string{
			"source.ip": "192.0.2.1", "time.source": "2026-11-21T10:00:00Z", "extra.note": "", "classification.type": "brute-force",
			"attribution.role": "destination", "attribution.standing": "victim", "feed.provider": "bank", "feed.report": "bank",
		}},
		"bare": {"192.0.2.2\ta, b\n", map[string]string{"source.ip": "192.0.2.2", "extra.what__then": "a, b", "time.source": "2026-11-22T12:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, _, err := a.format(name)
			if err != nil {
				t.Fatal(err)
			}
			r := formattest.Decode(t, f, "in", c.input, 0)
			if r.Rows() != 1 {
				t.Fatalf("%d rows, %v", r.Rows(), r.Rejects())
			}
			formattest.Want(t, r.Row(0), c.want)
		})
	}
}

// A feed that is not configured has the format of its name.
func TestEachFormatIsAFeed(t *testing.T) {
	a := configured(t, "")
	for _, name := range slices.Sorted(maps.Keys(formats)) {
		if err := a.KnowsFeed(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongFeedsAreRefused(t *testing.T) {
	a := configured(t, `
[feeds.type]
format = "list"
constants = { "classification.type" = "infected-sytem" }
[feeds.role]
format = "list"
constants = { "attribution.role" = "sorce" }
[feeds.standing]
format = "list"
constants = { "attribution.standing" = "victm" }
[feeds.field]
format = "csv"
mapping = { "a" = "source.ipp" }
`)
	for name, want := range map[string]string{
		"type": `"infected-system"`, "role": `"source"`, "standing": `"victim"`, "field": `"source.ip"`, "shadowservr": "do you mean shadowserver?",
	} {
		err := a.KnowsFeed(name)
		if problem.KindOf(err) != problem.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
