package main

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	told "github.com/firehall/firehall/internal/release"
)

// released opens the installation for a change of an item.
func (s *session) released(name string, do func(a *app.App, actor identity.Actor, item told.Item) error) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	item, err := a.Release.ItemOf(s.ctx, actor, name)
	if err != nil {
		return err
	}
	return do(a, actor, item)
}

type releaseRelaxCmd struct {
	Item    string   `arg:"" help:"A report, an incident or something shared, by its number or id."`
	Step    []string `help:"A label from a time on: TLP:GREEN@2029-11-22, or TLP:AMBER@now. As often as there are steps; they take the place of those that stood." placeholder:"LABEL@TIME" sep:"none"`
	Embargo string   `help:"Before which nothing leaves: a day, or a time with its zone such as 2027-01-31T09:00:00+01:00." placeholder:"TIME"`
	Review  string   `help:"When the team is reminded to look at it again." placeholder:"TIME"`
	Word    string   `help:"Who of the source agreed, how and when; it is recorded. It may be left out only for what we ourselves labelled." placeholder:"TEXT"`
	JSON    bool     `help:"Print JSON."`
}

// Run records a schedule.
func (c *releaseRelaxCmd) Run(s *session) error {
	return s.released(c.Item, func(a *app.App, actor identity.Actor, item told.Item) error {
		before, err := a.Release.ScheduleOf(s.ctx, actor, item)
		if err != nil {
			return err
		}
		r := told.Relaxation{Item: item, Word: c.Word, Version: before.Version}
		zone := a.Zone()
		if r.Embargo, err = timeIn(c.Embargo, "--embargo", zone); err != nil {
			return err
		}
		if r.Review, err = timeIn(c.Review, "--review", zone); err != nil {
			return err
		}
		for _, step := range c.Step {
			g, err := stageOf(step, zone)
			if err != nil {
				return err
			}
			r.Stages = append(r.Stages, g)
		}
		schedule, err := a.Release.Relax(s.ctx, actor, r)
		if err != nil {
			return err
		}
		return s.tellSchedule(c.Item, schedule, zone, c.JSON)
	})
}

// stageOf reads a step.
func stageOf(text string, zone *time.Location) (g told.Stage, err error) {
	label, at, _ := strings.Cut(text, "@")
	if g.Label, err = tlp.Parse(label); err != nil {
		return g, err
	}
	if at != "now" {
		g.At, err = timeIn(at, "--step", zone)
	}
	return g, err
}

// timeIn reads a day, which begins in the team's zone, or a time with its zone; "" is the zero time.
func timeIn(text, flag string, zone *time.Location) (time.Time, error) {
	if text = strings.TrimSpace(text); text == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, problem.New(problem.Invalid, "%s %.60q is neither a day such as 2029-11-22 nor a time with its zone such as 2029-11-22T09:00:00+01:00", flag, text)
	}
	return t, nil
}

func (s *session) tellSchedule(name string, schedule told.Schedule, zone *time.Location, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(s.out).Encode(schedule)
	}
	s.printf("%s is %s.\n", render.Clean(name, 60), schedule.Base)
	for _, g := range schedule.Stages {
		s.printf("  from %s  %s\n", g.At.In(zone).Format(time.RFC3339), g.Label)
	}
	if !schedule.Embargo.IsZero() {
		s.printf("  embargo until %s\n", schedule.Embargo.In(zone).Format(time.RFC3339))
	}
	if !schedule.Review.IsZero() {
		s.printf("  review on %s\n", schedule.Review.In(zone).Format(time.RFC3339))
	}
	s.printf("Agreed: %s\n", render.Clean(schedule.Word, 500))
	return nil
}

type releaseAskCmd struct {
	Item  string `arg:"" help:"A report, an incident or something shared, by its number or id."`
	Label string `help:"The label that is asked for." placeholder:"TLP:AMBER" required:""`
	Words string `help:"What its source is told." placeholder:"TEXT" required:""`
	JSON  bool   `help:"Print JSON."`
}

// Run asks.
func (c *releaseAskCmd) Run(s *session) error {
	return s.released(c.Item, func(a *app.App, actor identity.Actor, item told.Item) error {
		label, err := tlp.Parse(c.Label)
		if err != nil {
			return err
		}
		letter, err := a.Release.AskSource(s.ctx, actor, item, label, c.Words)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(s.out).Encode(map[string]string{"letter": letter})
		}
		s.printf("Its source is asked (message %s). Record the answer with %s.\n", letter, s.command("release", "relax", c.Item, "--step", label.String()+"@now", "--word", "WHO"))
		return nil
	})
}

type releaseWishCmd struct {
	Item    string   `arg:"" help:"A report, an incident, something shared, or a finding (then it counts for all that its feed brings), by its number or id."`
	Consent []string `help:"Whom the reporter lets be told, of police, peers, vendor, provider; those not named may not be told any more. Of a report alone." placeholder:"WHO"`
	Mark    []string `help:"What keeps it in, of privileged, exempt (left out of freedom-of-information answers)." placeholder:"MARK"`
	PAP     string   `help:"What may be done with it: clear, green, amber, red." placeholder:"PAP:AMBER"`
	IEP     []string `help:"What else its source lets be done, a statement of IEP 2.0 each; none takes away what was recorded." placeholder:"permitted_actions=none"`
	Word    string   `help:"Who said so, how and when; it is recorded." placeholder:"TEXT" required:""`
	JSON    bool     `help:"Print JSON."`
}

// permits reads what may be done into a wish; what is not named stays as it was recorded.
func (c *releaseWishCmd) permits(w *told.Wish) error {
	if c.PAP != "" {
		pap, err := tlp.ParsePAP(c.PAP)
		if err != nil {
			return err
		}
		w.PAP = &pap
	}
	if len(c.IEP) == 0 {
		return nil
	}
	if len(c.IEP) == 1 && c.IEP[0] == "none" {
		w.IEP = &told.IEP{}
		return nil
	}
	policy, err := iep.ParseList(c.IEP)
	w.IEP = cmp.Or(policy, &told.IEP{})
	return err
}

// Run records.
func (c *releaseWishCmd) Run(s *session) error {
	return s.released(c.Item, func(a *app.App, actor identity.Actor, item told.Item) error {
		before, _, err := a.Release.Wish(s.ctx, actor, item)
		if err != nil {
			return err
		}
		w := told.Wish{Word: c.Word, Version: before.Version, PAP: before.PAP, IEP: before.IEP}
		if err := c.permits(&w); err != nil {
			return err
		}
		if w.Consent, err = told.ParseConsents(c.Consent); err != nil {
			return err
		}
		if w.Marks, err = told.ParseMarks(c.Mark); err != nil {
			return err
		}
		if w, err = a.Release.Record(s.ctx, actor, item, w); err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(s.out).Encode(map[string]any{
				"consent": w.Consent.Names(), "marks": w.Marks.Names(), "pap": w.PAP, "iep": w.IEP.Statements(), "version": w.Version,
			})
		}
		s.printf("%s: may be told to %s; marks: %s.\n", render.Clean(c.Item, 60), orNone(w.Consent.Names()), orNone(w.Marks.Names()))
		if w.PAP != nil || w.IEP != nil {
			pap := "PAP as before"
			if w.PAP != nil {
				pap = w.PAP.String()
			}
			s.printf("  %s; policy: %s\n", pap, orNone(w.IEP.List()))
		}
		return nil
	})
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

type releaseCorrectCmd struct {
	Item   string `arg:"" help:"A report, an incident, a finding or something shared, by its number or id."`
	Words  string `help:"What those who have it have to know." placeholder:"TEXT" required:""`
	Recall bool   `help:"It must not be used any more, and is to be deleted."`
	JSON   bool   `help:"Print JSON, one object a line."`
}

// Run writes to those who have it.
func (c *releaseCorrectCmd) Run(s *session) error {
	return s.released(c.Item, func(a *app.App, actor identity.Actor, item told.Item) error {
		list, err := a.Release.Correct(s.ctx, actor, told.Correction{Item: item, Words: c.Words, Recall: c.Recall})
		if c.JSON {
			out := json.NewEncoder(s.out)
			for _, r := range list {
				if err := out.Encode(map[string]any{"copy": holderLineOf(r.Copy), "letter": r.Letter, "why": r.Why}); err != nil {
					return err
				}
			}
			return err
		}
		for _, r := range list {
			became := "written to"
			if r.Letter == "" {
				became = r.Why
			}
			s.printf("%s  %s: %s\n", render.Clean(r.Name, 60), render.Clean(r.Address, 60), render.Clean(became, 300))
		}
		if len(list) == 0 && err == nil {
			s.printf("Nobody has it, and nobody was written to.\n")
		}
		return err
	})
}

type releaseAckCmd struct {
	Decision string `arg:"" help:"The decision of the copy: firehall release holders shows it with --json."`
	Address  string `help:"Of the copy; none for one that was fetched." placeholder:"ADDRESS"`
	Via      string `help:"How they said so: mail, phone, portal, api or taxii." default:"phone" placeholder:"WAY"`
	JSON     bool   `help:"Print JSON."`
}

// Run notes it.
func (c *releaseAckCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	if err := a.Release.Acknowledge(s.ctx, actor, c.Decision, c.Address, c.Via); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(map[string]string{"acknowledged": c.Decision})
	}
	s.printf("Noted.\n")
	return nil
}

type releaseLeaksCmd struct {
	JSON bool `help:"Print JSON, one object a line."`
}

// leakLine is a stopped copy as printed.
type leakLine struct {
	ID     string   `json:"id"`
	State  string   `json:"state"`
	Found  string   `json:"found"`
	By     string   `json:"by"`
	To     string   `json:"to"`
	Places []string `json:"places"`
	Asked  string   `json:"asked_for,omitempty"`
	Said   string   `json:"seconded_for,omitempty"`
}

// Run lists.
func (c *releaseLeaksCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	list, err := a.Release.StoppedCopies(s.ctx, actor)
	if err != nil {
		return err
	}
	if len(list) == 0 && !c.JSON {
		s.printf("No copy was stopped.\n")
	}
	for _, one := range list {
		l := leakLine{ID: one.ID, State: string(one.State), Found: one.Found.Format(time.RFC3339), By: one.FoundBy, To: string(one.To), Places: []string{}, Asked: one.For, Said: one.SecondedFor}
		for _, p := range one.Places {
			l.Places = append(l.Places, p.String())
		}
		if c.JSON {
			if err := json.NewEncoder(s.out).Encode(l); err != nil {
				return err
			}
			continue
		}
		s.printf("%s  %s  %s, by %s, to %s\n", l.ID, l.Found, l.State, render.Clean(l.By, 40), l.To)
		for _, p := range l.Places {
			s.printf("    %s\n", render.Clean(p, 200))
		}
	}
	return nil
}

type releaseAskLeakCmd struct {
	ID      string `arg:"" help:"The stopped copy."`
	Reason  string `help:"Why it should go, or not; it is recorded." placeholder:"TEXT" required:""`
	Approve bool   `help:"Be the second person, and let exactly this copy go." xor:"word"`
	Refuse  bool   `help:"Be the second person, and keep it back." xor:"word"`
	JSON    bool   `help:"Print JSON."`
}

// Run asks, or settles.
func (c *releaseAskLeakCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	became := "asked"
	switch {
	case c.Approve:
		became, err = "approved", a.Release.SettleLeak(s.ctx, actor, c.ID, true, c.Reason)
	case c.Refuse:
		became, err = "refused", a.Release.SettleLeak(s.ctx, actor, c.ID, false, c.Reason)
	default:
		err = a.Release.AskLeak(s.ctx, actor, c.ID, c.Reason)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(map[string]string{"id": c.ID, "state": became})
	}
	s.printf("The copy is %s.\n", became)
	return nil
}
