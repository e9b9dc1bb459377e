package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/incident/obligation"
)

type clocksCmd struct {
	Law        string            `help:"The law: nis2, gdpr, dora, cra, circia, or one of your own. Without one, those that are known are listed." placeholder:"ID"`
	Track      string            `help:"One kind of event of the law; else all." placeholder:"ID"`
	Aware      string            `help:"When they became aware: 2026-10-24T23:30:00+02:00, or with --zone without an offset." placeholder:"TIME"`
	Classified string            `help:"When it was classified as major." placeholder:"TIME"`
	Paid       string            `help:"When a ransom was paid." placeholder:"TIME"`
	Fixed      string            `help:"When a fix became available." placeholder:"TIME"`
	Handled    string            `help:"When handling it ended." placeholder:"TIME"`
	Wanted     string            `help:"By when an authority wants a report that it asked for." placeholder:"TIME"`
	Opened     string            `help:"When the incident was opened, for service levels." placeholder:"TIME"`
	Submitted  map[string]string `help:"When a stage was submitted; may be given several times." placeholder:"STAGE=TIME" mapsep:"none"`
	Fact       []string          `help:"What holds, such as ongoing; may be given several times." placeholder:"FACT"`
	Zone       string            `help:"Where days and months are counted and times are shown, such as Europe/Rome; else team.timezone, or the offset of the times given." placeholder:"ZONE"`
	JSON       bool              `help:"Print JSON."`
}

// clocksOut is the result as JSON.
type clocksOut struct {
	Law     string     `json:"law"`
	Name    string     `json:"name"`
	Source  string     `json:"source"`
	Article string     `json:"article,omitempty"`
	Status  string     `json:"status"`
	Stages  []clockOut `json:"stages"`
}

// clockOut is a stage; due is "pending" until what it hangs on has happened.
type clockOut struct {
	obligation.Stage
	Due string `json:"due"`
}

// Run calculates. It opens no installation.
func (c *clocksCmd) Run(s *session) error {
	conf, err := s.config()
	if err != nil {
		return err
	}
	laws, err := obligation.Load(conf.Clocks.Laws)
	if err != nil {
		return err
	}
	if c.Law == "" {
		return c.known(s, laws.All(time.Now()))
	}
	zone := c.Zone
	if zone == "" && conf.Team.TimeZone != "UTC" {
		zone = conf.Team.TimeZone
	}
	k, err := c.given(zone, conf.Clocks.Holidays)
	if err != nil {
		return err
	}
	law, err := c.law(laws, &k)
	if err != nil {
		return err
	}
	stages := law.Stages(c.Track, k)
	if c.JSON {
		return c.print(s, law, stages, k.Zone)
	}
	c.show(s, law, stages, k.Zone)
	return nil
}

// law finds what was asked for, as it was at awareness, and refuses words that it does not know.
func (c *clocksCmd) law(laws *obligation.Laws, k *obligation.Case) (*obligation.Law, error) {
	when := k.Anchors[obligation.Aware]
	if when.IsZero() {
		when = time.Now()
	}
	law, err := laws.Find(c.Law, when)
	if problem.Is(err, problem.NotFound) {
		return nil, problem.New(problem.Invalid, "%v", err)
	}
	if err != nil {
		return nil, err
	}
	return law, law.Knows(c.Track, c.Fact, slices.Sorted(maps.Keys(c.Submitted)))
}

// given reads what was said on the command line.
func (c *clocksCmd) given(zone string, holidays []string) (obligation.Case, error) {
	k := obligation.Case{Now: time.Now(), Offsets: zone == "", Facts: c.Fact, Holidays: holidays, Anchors: map[obligation.Anchor]time.Time{}, Submitted: map[string][]time.Time{}}
	if zone != "" {
		var err error
		if k.Zone, err = time.LoadLocation(zone); err != nil {
			return k, problem.New(problem.Invalid, "--zone %s is not known: write it as Europe/Rome", zone)
		}
	}
	for anchor, text := range map[obligation.Anchor]string{
		obligation.Aware: c.Aware, obligation.Classified: c.Classified, obligation.Paid: c.Paid, obligation.Fixed: c.Fixed, obligation.Handled: c.Handled,
		obligation.Wanted: c.Wanted, obligation.Opened: c.Opened,
	} {
		if text == "" {
			continue
		}
		at, err := moment("--"+string(anchor), text, k.Zone)
		if err != nil {
			return k, err
		}
		k.Anchors[anchor] = at
	}
	for stage, text := range c.Submitted {
		at, err := moment("--submitted "+stage+"=", text, k.Zone)
		if err != nil {
			return k, err
		}
		k.Submitted[stage] = []time.Time{at}
	}
	return k, nil
}

// moment reads a time with its offset, or in a zone. Whatever the machine's own zone is does not count.
func moment(flag, text string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			_, offset := at.Zone()
			return at.In(time.FixedZone("", offset)), nil
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(layout, text, time.UTC); err == nil && zone != nil {
			return time.ParseInLocation(layout, text, zone)
		} else if err == nil {
			return at, problem.New(problem.Invalid, "%s %s has no offset: write it as %s+02:00, or say --zone", flag, text, text)
		}
	}
	return time.Time{}, problem.New(problem.Invalid, "%s %s is no time: write it as 2026-10-24T23:30:00+02:00", flag, text)
}

func (c *clocksCmd) print(s *session, law *obligation.Law, stages []obligation.Stage, zone *time.Location) error {
	out := clocksOut{Law: law.ID, Name: law.Name, Source: law.Source, Article: law.Article, Status: string(law.Status), Stages: []clockOut{}}
	for _, one := range stages {
		due := string(obligation.Pending)
		if !one.Due.IsZero() {
			due = in(one.Due, zone).Format(time.RFC3339)
		}
		out.Stages = append(out.Stages, clockOut{one, due})
	}
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// in shows a time in a zone; nil is UTC.
func in(t time.Time, zone *time.Location) time.Time {
	if zone == nil {
		return t.UTC()
	}
	return t.In(zone)
}

func (c *clocksCmd) show(s *session, law *obligation.Law, stages []obligation.Stage, zone *time.Location) {
	s.printf("%s: %s, %s (%s)\n", law.Name, law.Source, law.Article, law.Status)
	track := ""
	for _, one := range stages {
		if one.Track != track {
			t, _ := law.Track(one.Track)
			track = one.Track
			s.printf("\n%s (%s)\n", t.Name, t.ID)
		}
		due, state := string(obligation.Pending), ""
		if !one.Due.IsZero() {
			due, state = in(one.Due, zone).Format("2006-01-02 15:04:05 MST"), string(one.State)+"; "
		}
		s.hang(fmt.Sprintf("  %-16s %-24s ", one.ID, due), fmt.Sprintf("%s%s. %s", state, rule(&one), render.Clean(one.Name, 200)))
	}
}

// rule says from what a stage is counted.
func rule(one *obligation.Stage) string {
	from := string(one.From)
	if stage := one.From.Stage(); stage != "" {
		from = stage + " was submitted"
	}
	if one.Within.N == 0 {
		return "when it is " + from
	}
	return one.Within.String() + " from: " + from
}

// known lists the laws.
func (c *clocksCmd) known(s *session, laws []*obligation.Law) error {
	if c.JSON {
		return json.NewEncoder(s.out).Encode(laws)
	}
	for _, l := range laws {
		s.hang(fmt.Sprintf("%-10s %-14s ", l.ID, l.Status), strings.TrimSuffix(render.Clean(l.Name+": "+l.Source+", "+l.Article, 400), ", "))
	}
	s.printf("\nSee when the stages of one are due: %s\n", s.command("clocks", "--law", "nis2", "--aware", "2026-10-24T23:30:00+02:00"))
	return nil
}
