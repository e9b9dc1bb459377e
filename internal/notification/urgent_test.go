package notification

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/config"
)

func TestNextDay(t *testing.T) {
	helsinki, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, quiet, now, want string }{
		{"later today", "", "2026-11-22T03:00:00Z", "2026-11-22T04:00:00Z"},
		{"tomorrow", "", "2026-11-22T04:00:00Z", "2026-11-23T04:00:00Z"},
		{"when the quiet hours end", "22:00-07:30", "2026-11-22T03:00:00Z", "2026-11-22T05:30:00Z"},
		{"the clock went forward that night", "", "2026-03-28T20:00:00Z", "2026-03-29T03:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := config.Default().Notify
			conf.Quiet = c.quiet
			r, err := readRules(conf, helsinki)
			if err != nil {
				t.Fatal(err)
			}
			now, _ := time.Parse(time.RFC3339, c.now)
			if got := (&Service{rules: r}).NextDay(now).UTC().Format(time.RFC3339); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
