package notification

import (
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/config"
)

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Skip(err)
	}
	return zone
}

func TestNext(t *testing.T) {
	helsinki := zoneOf(t, "Europe/Helsinki") // +2, in summer +3; the clock goes forward on 2026-03-29 at 03:00 and back on 2026-10-25 at 04:00
	tests := []struct {
		name       string
		f          frequency
		at         int
		last, want string
	}{
		{"at once", atOnce, 360, "2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z"},
		{"before the day begins", daily, 360, "2026-11-22T03:59:59Z", "2026-11-22T04:00:00Z"},
		{"as it begins", daily, 360, "2026-11-22T04:00:00Z", "2026-11-23T04:00:00Z"},
		{"after", daily, 360, "2026-11-22T22:30:00Z", "2026-11-23T04:00:00Z"},
		{"a short day", daily, 360, "2026-03-28T04:00:00Z", "2026-03-29T03:00:00Z"},
		{"a long day", daily, 360, "2026-10-24T03:00:00Z", "2026-10-25T04:00:00Z"},
		{"a day that begins in the lost hour", daily, 210, "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"},
		{"after the hour that comes twice", daily, 210, "2026-10-25T01:45:00Z", "2026-10-26T01:30:00Z"},
		{"weekly, on a Sunday", weekly, 360, "2026-11-22T12:00:00Z", "2026-11-23T04:00:00Z"},
		{"weekly, on Monday as it begins", weekly, 360, "2026-11-23T04:00:00Z", "2026-11-30T04:00:00Z"},
		{"weekly, on Monday before", weekly, 360, "2026-11-23T03:00:00Z", "2026-11-23T04:00:00Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := rules{zone: helsinki, dailyAt: test.at}
			last, err := time.Parse(time.RFC3339, test.last)
			if err != nil {
				t.Fatal(err)
			}
			got := r.next(test.f, last).UTC()
			want, _ := time.Parse(time.RFC3339, test.want)
			if lost := got.Add(-time.Hour); !got.Equal(want) && !(test.at == 210 && lost.Equal(want.Add(-time.Hour))) {
				t.Errorf("got %s", got.Format(time.RFC3339))
			}
			if test.f != atOnce && (!got.After(last) || got.Sub(last) > 8*24*time.Hour) {
				t.Errorf("%s after %s", got.Sub(last), last)
			}
		})
	}
	if r := (rules{zone: helsinki}); !r.next(weekly, time.Time{}).IsZero() {
		t.Error("who was never told has to wait")
	}
}

func TestQuiet(t *testing.T) {
	tests := []struct{ hours, now, end string }{
		{"", "2026-11-22T12:00:00Z", ""},
		{"22:00-06:00", "2026-11-22T21:59:59Z", ""},
		{"22:00-06:00", "2026-11-22T22:00:00Z", "2026-11-23T06:00:00Z"},
		{"22:00-06:00", "2026-11-22T05:59:59Z", "2026-11-22T06:00:00Z"},
		{"22:00-06:00", "2026-11-22T06:00:00Z", ""},
		{"12:00-13:00", "2026-11-22T12:30:00Z", "2026-11-22T13:00:00Z"},
		{"12:00-13:00", "2026-11-22T13:00:00Z", ""},
		{"12:00-12:00", "2026-11-22T12:00:00Z", ""},
		{"22:00-00:00", "2026-12-31T23:00:00Z", "2027-01-01T00:00:00Z"},
	}
	for _, test := range tests {
		c := plain
		c.Quiet = test.hours
		r, err := readRules(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		now, _ := time.Parse(time.RFC3339, test.now)
		got := ""
		if end, quiet := r.quietUntil(now); quiet {
			got = end.Format(time.RFC3339)
		}
		if got != test.end {
			t.Errorf("%s at %s: %q", test.hours, test.now, got)
		}
		if waits := r.waitsFor(atOnce, now, now); waits != "" {
			t.Errorf("what is at once waits: %s", waits)
		}
		if waits := r.waitsFor(daily, time.Time{}, now); (waits != "") != (test.end != "") {
			t.Errorf("%s at %s: %q", test.hours, test.now, waits)
		}
	}
}

func TestRules(t *testing.T) {
	c := plain
	c.Classes = map[string]string{"phishing": "at once"}
	c.Organisations = map[string]string{" City Hospital ": "weekly", "city hospital/ddos": "daily"}
	r, err := readRules(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		organisation, class string
		want                frequency
	}{
		{"Shop", "ddos", daily}, {"Shop", "phishing", atOnce}, {"CITY HOSPITAL", "phishing", weekly}, {"City Hospital", "ddos", daily},
	} {
		if got := r.of(test.organisation, test.class); got != test.want {
			t.Errorf("%s/%s: %s", test.organisation, test.class, got)
		}
	}
	if r.again("vulnerable-system") != c.AgainVulnerable || r.again("infected-system") != c.AgainCompromised || r.again("no-type") != c.AgainCompromised {
		t.Error("intervals")
	}
}

func TestBadRules(t *testing.T) {
	for name, change := range map[string]func(*config.Notify){
		"every":         func(c *config.Notify) { c.Every = "hourly" },
		"daily_at":      func(c *config.Notify) { c.DailyAt = "25:00" },
		"quiet":         func(c *config.Notify) { c.Quiet = "at night" },
		"quiet end":     func(c *config.Notify) { c.Quiet = "22:00-" },
		"class":         func(c *config.Notify) { c.Classes = map[string]string{"bad luck": "daily"} },
		"class every":   func(c *config.Notify) { c.Classes = map[string]string{"ddos": "often"} },
		"organisations": func(c *config.Notify) { c.Organisations = map[string]string{"a": "often"} },
	} {
		c := plain
		change(&c)
		if _, err := readRules(c, nil); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
