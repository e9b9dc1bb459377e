package obligation

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// at reads a time as people write it: in a zone, or with its offset.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	if zone, local, ok := strings.Cut(s, " "); ok {
		place, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		m, err := time.ParseInLocation("2006-01-02T15:04", local, place)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// row is a line of a law's table: anchors and submissions, and what each stage comes to.
type row struct {
	name, zone string
	anchors    map[Anchor]string
	submitted  map[string]string // a later one after a space and "+": "T1 + T2" is not needed by most
	facts      []string
	want       map[string]string // "track/stage" or "stage": a time, or "pending", or "" if it is left out
}

// rome is a zone with summer time: on 2026-10-25 clocks go from 03:00 back to 02:00, on 2026-03-29 from 02:00 on to 03:00.
const rome = "Europe/Rome"

var tables = map[string][]row{
	"nis2": {
		{"the night before summer time ends", rome, map[Anchor]string{Aware: "2026-10-24T23:30:00+02:00"}, nil, nil, map[string]string{
			"early-warning": "2026-10-25T22:30:00+01:00", "notification": "2026-10-27T22:30:00+01:00", "answer": "pending", "intermediate": "pending", "final": "pending", "progress": "",
		}},
		{"the night before summer time begins", rome, map[Anchor]string{Aware: "2026-03-28T23:30:00+01:00"}, nil, nil, map[string]string{
			"early-warning": "2026-03-30T00:30:00+02:00", "notification": "2026-04-01T00:30:00+02:00",
		}},
		{"summer time of New York ends", "America/New_York", map[Anchor]string{Aware: "America/New_York 2026-10-31T23:30"}, nil, nil, map[string]string{
			"early-warning": "2026-11-01T22:30:00-05:00", "notification": "2026-11-03T22:30:00-05:00",
		}},
		{"a zone without summer time", "Asia/Tokyo", map[Anchor]string{Aware: "Asia/Tokyo 2026-10-24T23:30"}, nil, nil, map[string]string{
			"early-warning": "2026-10-25T23:30:00+09:00", "notification": "2026-10-27T23:30:00+09:00",
		}},
		{"a zone that goes half an hour", "Australia/Lord_Howe", map[Anchor]string{Aware: "Australia/Lord_Howe 2026-10-03T23:30"}, nil, nil, map[string]string{
			"early-warning": "2026-10-05T00:00:00+11:00",
		}},
		{
			"a month across the end of summer time keeps the time of day", rome,
			map[Anchor]string{Aware: "2026-10-10T08:00:00+02:00"},
			map[string]string{"early-warning": "2026-10-10T12:00:00+02:00", "notification": "2026-10-12T10:00:00+02:00"},
			nil,
			map[string]string{"answer": "2026-10-11T12:00:00+02:00", "final": "2026-11-12T10:00:00+01:00"},
		},
		{"31 January and a month", rome, nil, map[string]string{"notification": "2026-01-31T12:00:00+01:00"}, nil, map[string]string{"final": "2026-02-28T12:00:00+01:00"}},
		{"noon of 28 January and a month", rome, nil, map[string]string{"notification": "2026-01-28T12:00:00+01:00"}, nil, map[string]string{"final": "2026-02-28T12:00:00+01:00"}},
		{"the first moment of 29 January and a month", rome, nil, map[string]string{"notification": "2026-01-29T00:00:00+01:00"}, nil, map[string]string{"final": "2026-02-28T00:00:00+01:00"}},
		{"31 January and a month in a leap year", rome, nil, map[string]string{"notification": "2028-01-31T12:00:00+01:00"}, nil, map[string]string{"final": "2028-02-29T12:00:00+01:00"}},
		{"29 February and a month", rome, nil, map[string]string{"notification": "2028-02-29T23:59:00+01:00"}, nil, map[string]string{"final": "2028-03-29T23:59:00+02:00"}},
		{"31 August and a month", rome, nil, map[string]string{"notification": "2026-08-31T09:00:00+02:00"}, nil, map[string]string{"final": "2026-09-30T09:00:00+02:00"}},
		{"31 December and a month", rome, nil, map[string]string{"notification": "2026-12-31T09:00:00+01:00"}, nil, map[string]string{"final": "2027-01-31T09:00:00+01:00"}},
		{"the month is that of the team's zone", rome, nil, map[string]string{"notification": "2026-01-31T23:30:00Z"}, nil, map[string]string{"final": "2026-03-01T00:30:00+01:00"}},
		{"a month that ends in the hour that there is not", rome, nil, map[string]string{"notification": "2027-02-28T02:30:00+01:00"}, nil, map[string]string{"final": "2027-03-28T03:00:00+02:00"}},
		{"a month that ends in the hour that there is twice", rome, nil, map[string]string{"notification": "2026-09-25T02:30:00+02:00"}, nil, map[string]string{"final": "2026-10-25T02:30:00+02:00"}},
		{"a trust service provider", rome, map[Anchor]string{Aware: "2026-10-24T23:30:00+02:00"}, nil, []string{"trust-service"}, map[string]string{"notification": "2026-10-25T22:30:00+01:00"}},
		{
			"still going on", rome,
			map[Anchor]string{Aware: "2026-05-01T10:00:00+02:00"},
			map[string]string{"notification": "2026-05-03T10:00:00+02:00"},
			[]string{"ongoing"},
			map[string]string{"progress": "2026-06-03T10:00:00+02:00", "final": "pending"},
		},
		{
			"went on, and its handling ended", rome,
			map[Anchor]string{Handled: "2026-07-31T10:00:00+02:00"},
			map[string]string{"notification": "2026-05-03T10:00:00+02:00"},
			[]string{"ongoing"},
			map[string]string{"final": "2026-08-31T10:00:00+02:00"},
		},
		{"an intermediate report is wanted", rome, map[Anchor]string{Wanted: "2026-05-03T10:00:00+02:00"}, nil, nil, map[string]string{"intermediate": "2026-05-03T10:00:00+02:00"}},
	},
	"gdpr": {
		{"the night before summer time ends", rome, map[Anchor]string{Aware: "2026-10-24T23:30:00+02:00"}, nil, nil, map[string]string{"notification": "2026-10-27T22:30:00+01:00"}},
		{"the night before summer time begins", "Europe/London", map[Anchor]string{Aware: "Europe/London 2026-03-28T23:30"}, nil, nil, map[string]string{"notification": "2026-04-01T00:30:00+01:00"}},
		{"over the end of February", rome, map[Anchor]string{Aware: "2026-02-27T10:00:00+01:00"}, nil, nil, map[string]string{"notification": "2026-03-02T10:00:00+01:00"}},
		{"over the end of February in a leap year", rome, map[Anchor]string{Aware: "2028-02-27T10:00:00+01:00"}, nil, nil, map[string]string{"notification": "2028-03-01T10:00:00+01:00"}},
		{"nothing is known", rome, nil, nil, nil, map[string]string{"notification": "pending"}},
	},
	"dora": {
		{"only awareness is known", rome, map[Anchor]string{Aware: "2026-10-24T23:30:00+02:00"}, nil, nil, map[string]string{
			"initial": "2026-10-25T22:30:00+01:00", "intermediate": "pending", "final": "pending",
		}},
		{"classified in the night of the change", rome, map[Anchor]string{Aware: "2026-10-24T23:30:00+02:00", Classified: "2026-10-25T01:00:00+02:00"}, nil, nil, map[string]string{"initial": "2026-10-25T04:00:00+01:00"}},
		{"classified in the night of the other change", rome, map[Anchor]string{Aware: "2026-03-28T23:30:00+01:00", Classified: "2026-03-28T23:30:00+01:00"}, nil, nil, map[string]string{"initial": "2026-03-29T04:30:00+02:00"}},
		{"never later than a day after awareness", rome, map[Anchor]string{Aware: "2026-05-04T08:00:00+02:00", Classified: "2026-05-05T06:00:00+02:00"}, nil, nil, map[string]string{"initial": "2026-05-05T08:00:00+02:00"}},
		{"classified later than that", rome, map[Anchor]string{Aware: "2026-05-04T08:00:00+02:00", Classified: "2026-05-06T08:00:00+02:00"}, nil, nil, map[string]string{"initial": "2026-05-06T12:00:00+02:00"}},
		{"a month from the intermediate report", rome, nil, map[string]string{"initial": "2026-01-29T10:00:00+01:00", "intermediate": "2026-01-31T10:00:00+01:00"}, nil, map[string]string{
			"intermediate": "2026-02-01T10:00:00+01:00", "final": "2026-02-28T10:00:00+01:00",
		}},
		{"a month in a leap year", rome, nil, map[string]string{"intermediate": "2028-01-30T10:00:00+01:00"}, nil, map[string]string{"final": "2028-02-29T10:00:00+01:00"}},
		{"on a Sunday, by noon of Monday", rome, map[Anchor]string{Aware: "2026-10-24T23:30:00+02:00"}, nil, []string{"next-noon"}, map[string]string{"initial": "2026-10-26T12:00:00+01:00"}},
	},
	"cra": {
		{"the night before summer time ends", rome, map[Anchor]string{Aware: "2026-10-24T23:30:00+02:00"}, nil, nil, map[string]string{
			"vulnerability/early-warning": "2026-10-25T22:30:00+01:00", "vulnerability/notification": "2026-10-27T22:30:00+01:00", "vulnerability/final": "pending",
			"incident/early-warning": "2026-10-25T22:30:00+01:00", "incident/notification": "2026-10-27T22:30:00+01:00", "incident/final": "pending",
		}},
		{"a fix, and 14 days over the change", rome, map[Anchor]string{Fixed: "2026-10-20T10:00:00+02:00"}, nil, nil, map[string]string{"vulnerability/final": "2026-11-03T10:00:00+01:00", "incident/final": "pending"}},
		{"a fix, and 14 days over the other change", rome, map[Anchor]string{Fixed: "2026-03-15T02:30:00+01:00"}, nil, nil, map[string]string{"vulnerability/final": "2026-03-29T03:00:00+02:00"}},
		{"14 days over 29 February", rome, map[Anchor]string{Fixed: "2028-02-20T10:00:00+01:00"}, nil, nil, map[string]string{"vulnerability/final": "2028-03-05T10:00:00+01:00"}},
		{"a severe incident at a month's end", rome, nil, map[string]string{"notification": "2026-10-31T10:00:00+01:00"}, nil, map[string]string{"incident/final": "2026-11-30T10:00:00+01:00", "vulnerability/final": "pending"}},
	},
	"circia": {
		{"the night before summer time ends", "America/Chicago", map[Anchor]string{Aware: "America/Chicago 2026-10-31T23:30"}, nil, nil, map[string]string{
			"incident/report": "2026-11-03T22:30:00-06:00", "ransom/payment-report": "pending",
		}},
		{"the night before summer time begins", "America/Chicago", map[Anchor]string{Paid: "America/Chicago 2026-03-07T23:30"}, nil, nil, map[string]string{"ransom/payment-report": "2026-03-09T00:30:00-05:00"}},
		{"over 29 February", "America/Chicago", map[Anchor]string{Aware: "America/Chicago 2028-02-28T10:00"}, nil, nil, map[string]string{"incident/report": "2028-03-02T10:00:00-06:00"}},
	},
	"service": {
		{"the night before summer time ends", rome, map[Anchor]string{Opened: "2026-10-24T23:30:00+02:00"}, nil, nil, map[string]string{
			"acknowledge": "2026-10-25T00:30:00+02:00", "triage": "2026-10-25T02:30:00+01:00", "contain": "2026-10-27T23:30:00+01:00", "close": "2026-11-23T23:30:00+01:00",
		}},
	},
	"reports": {
		{"the night before summer time ends", rome, map[Anchor]string{Received: "2026-10-24T23:30:00+02:00"}, nil, []string{"answerable"}, map[string]string{
			"acknowledge": "2026-10-25T02:30:00+01:00", "triage": "2026-10-25T06:30:00+01:00", "answer": "2026-10-25T23:30:00+01:00",
		}},
		{"an urgent one that nobody can answer", rome, map[Anchor]string{Received: "2026-10-24T23:30:00+02:00"}, nil, []string{"urgent"}, map[string]string{
			"acknowledge": "2026-10-25T00:30:00+02:00", "triage": "2026-10-25T06:30:00+01:00", "answer": "",
		}},
	},
}

// Each law comes to the hours that it says, whatever clocks on walls, months and years do.
func TestLaws(t *testing.T) {
	laws := mustShip(t)
	for _, id := range laws.IDs() {
		if len(tables[id]) == 0 {
			t.Errorf("law %s has no table", id)
		}
	}
	for id, rows := range tables {
		for _, r := range rows {
			t.Run(id+"/"+r.name, func(t *testing.T) {
				law, err := laws.Find(id, time.Now())
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]string{}
				for _, s := range law.Stages("", r.made(t)) {
					text := string(Pending)
					if !s.Due.IsZero() {
						text = s.Due.UTC().Format(time.RFC3339)
					}
					got[s.ID], got[s.Track+"/"+s.ID] = text, text
				}
				for stage, want := range r.want {
					if want != "" && want != string(Pending) {
						want = at(t, want).UTC().Format(time.RFC3339)
					}
					if got[stage] != want {
						t.Errorf("%s is due %q, want %q", stage, got[stage], want)
					}
				}
			})
		}
	}
}

func (r *row) made(t testing.TB) Case {
	zone, err := time.LoadLocation(r.zone)
	if err != nil {
		t.Fatal(err)
	}
	c := Case{Zone: zone, Facts: r.facts, Anchors: map[Anchor]time.Time{}, Submitted: map[string][]time.Time{}}
	for a, s := range r.anchors {
		c.Anchors[a] = at(t, s)
	}
	for stage, s := range r.submitted {
		c.Submitted[stage] = append(c.Submitted[stage], at(t, s))
	}
	return c
}

func mustShip(t testing.TB) *Laws {
	t.Helper()
	laws, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return laws
}

// A stage is never due before what it is counted from, a later anchor never makes it due earlier but for the calendar's leaps, and what waits for a submission
// is pending until then.
func TestDueProperties(t *testing.T) {
	laws := mustShip(t)
	zones := []string{"UTC", rome, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca"}
	rapid.Check(t, func(t *rapid.T) {
		zone, _ := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		law := laws.list[rapid.IntRange(0, len(laws.list)-1).Draw(t, "law")]
		moment := rapid.Int64Range(time.Date(2009, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
		first := time.Unix(moment.Draw(t, "first"), 0)
		later := first.Add(time.Duration(rapid.Int64Range(0, 3*24*3600).Draw(t, "later")) * time.Second)
		facts := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"ongoing", "trust-service", "next-noon"}), rapid.ID[string]).Draw(t, "facts")
		one, two := everywhere(law, first, zone, facts), everywhere(law, later, zone, facts)
		for i, s := range one {
			if s.Due.IsZero() || s.Due.Before(s.FromAt) {
				t.Fatalf("%s of %s: due %s, from %s", s.ID, s.Law, s.Due, s.FromAt)
			}
			if two[i].Due.Before(s.Due.Add(-leap(two[i], first, later, zone))) && !s.Moved { // by noon of Monday, and by its first moment: the law's own leap
				t.Fatalf("%s of %s is due %s from %s, and %s from the later %s", s.ID, s.Law, s.Due, first, two[i].Due, later)
			}
		}
		for _, s := range law.Stages("", Case{Zone: zone, Facts: facts, Now: first}) {
			if s.State != Pending || !s.Due.IsZero() {
				t.Fatalf("%s of %s is %s of nothing", s.ID, s.Law, s.State)
			}
		}
	})
}

// leap is how much earlier a stage may be due by the calendar though it is counted from a later moment: noon of 28 January and the first moment of the 29th
// both come to 28 February, each at its own time of day; and where clocks are set back, the later moment has the earlier time of day.
func leap(s Stage, first, later time.Time, zone *time.Location) time.Duration {
	switch {
	case s.Within.Unit == Months && s.Due.In(zone).Day() < later.In(zone).Day(): // that month has no such day
		return 24 * time.Hour
	case s.Within.Unit == Days || s.Within.Unit == Months:
		_, before := first.In(zone).Zone()
		_, after := later.In(zone).Zone()
		return time.Duration(max(0, before-after)) * time.Second
	}
	return 0
}

// everywhere calculates with all anchors, and the submissions of all stages, at one moment.
func everywhere(l *Law, at time.Time, zone *time.Location, facts []string) []Stage {
	c := Case{Zone: zone, Facts: facts, Anchors: map[Anchor]time.Time{}, Submitted: map[string][]time.Time{}}
	for _, a := range append(Anchors(), OfReports()...) {
		c.Anchors[a] = at
	}
	for _, t := range l.Tracks {
		for _, r := range t.Stages {
			c.Submitted[r.ID] = []time.Time{at}
		}
	}
	return l.Stages("", c)
}

func TestStates(t *testing.T) {
	law, _ := mustShip(t).Find("gdpr", time.Now())
	aware := at(t, "2026-05-04T08:00:00Z")
	for _, c := range []struct {
		name           string
		now, submitted string
		want           State
	}{
		{"runs", "2026-05-04T09:00:00Z", "", Running},
		{"runs to the last second", "2026-05-07T08:00:00Z", "", Running},
		{"overdue", "2026-05-07T08:00:01Z", "", Overdue},
		{"done", "2026-05-09T08:00:00Z", "2026-05-07T08:00:00Z", Done},
		{"late", "2026-05-09T08:00:00Z", "2026-05-07T08:00:01Z", Late},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := Case{Now: at(t, c.now), Anchors: map[Anchor]time.Time{Aware: aware}}
			if c.submitted != "" {
				k.Submitted = map[string][]time.Time{"notification": {at(t, c.submitted)}}
			}
			if s := law.Stages("breach", k); len(s) != 1 || s[0].State != c.want {
				t.Errorf("%+v", s)
			}
		})
	}
}

// Final reports of DORA count from the latest intermediate report, and are due by the time of the first if there is none other.
func TestLatest(t *testing.T) {
	law, _ := mustShip(t).Find("dora", time.Now())
	first, latest := at(t, "2026-05-04T08:00:00Z"), at(t, "2026-05-20T08:00:00Z")
	for _, s := range law.Stages("incident", Case{Submitted: map[string][]time.Time{"intermediate": {latest, first}}}) {
		if s.ID == "final" && !s.Due.Equal(at(t, "2026-06-20T08:00:00Z")) || s.ID == "intermediate" && !s.Submitted.Equal(first) {
			t.Errorf("%+v", s)
		}
	}
}
