package main

import (
	"encoding/json"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	told "github.com/firehall/firehall/internal/release"
)

type releaseExplainCmd struct {
	Item   string `arg:"" help:"A report (R-…), an incident (I-…), a finding or something shared, by its number or id."`
	To     string `help:"An organisation or a sharing group by its name, a contact by its address, or public." placeholder:"RECIPIENT" required:""`
	Chosen bool   `help:"As if a person wrote to them: that they need to know is given then." default:"true" negatable:""`
	JSON   bool   `help:"Print JSON."`
}

// stepLine is a step as printed.
type stepLine struct {
	Fact  string `json:"fact"`
	Holds bool   `json:"holds"`
	Why   string `json:"why"`
}

// explained is an explanation as printed.
type explained struct {
	Item      string      `json:"item"`
	Kind      string      `json:"kind"`
	To        string      `json:"to"`
	Audience  string      `json:"audience"`
	Outcome   string      `json:"outcome"`
	Allowed   bool        `json:"allowed"`
	Rule      string      `json:"rule"`
	Reason    string      `json:"reason"`
	TLP       string      `json:"tlp"`
	Effective string      `json:"effective"`
	PAP       string      `json:"pap"`
	IEP       []string    `json:"iep,omitempty"` // statements in force
	Profile   string      `json:"profile,omitempty"`
	Policy    int         `json:"policy"`
	Later     []laterLine `json:"later,omitempty"`   // the labels to come
	Embargo   string      `json:"embargo,omitempty"` // until when nothing leaves, if that is to come
	Stands    []standLine `json:"stands,omitempty"`  // of something shared: the decisions by which it stands in collections
	Steps     []stepLine  `json:"steps"`
}

// laterLine is a label to come.
type laterLine struct {
	At  string `json:"at"`
	TLP string `json:"tlp"`
}

// standLine is a decision by which something stands in a collection.
type standLine struct {
	Decision string `json:"decision"`
	At       string `json:"at"`
	Outcome  string `json:"outcome"`
	Rule     string `json:"rule"`
	TLP      string `json:"tlp"`
	Item     string `json:"item"` // what was decided about: it, the thing that it tells of, or the collection and the source
}

// Run explains.
func (c *releaseExplainCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	item, err := a.Release.ItemOf(s.ctx, actor, c.Item)
	if err != nil {
		return err
	}
	to, err := c.recipient(s, a, actor, item)
	if err != nil {
		return err
	}
	d, err := a.Release.Explain(s.ctx, actor, item, to)
	if err != nil {
		return err
	}
	name := to.Organisation.Name
	if name == "" {
		name = c.To
	}
	e := explained{
		Item: c.Item, Kind: item.Kind, To: name, Audience: string(d.To), Outcome: string(d.Outcome), Allowed: d.Allowed, Rule: d.Rule, Reason: d.Reason,
		TLP: d.Label.String(), Effective: d.Effective.String(), PAP: d.Item.PAP.String(), IEP: d.Item.Terms.IEP.List(), Profile: d.Profile, Policy: d.Policy,
	}
	for _, step := range d.Steps {
		e.Steps = append(e.Steps, stepLine(step))
	}
	if err := e.inTime(s, a, actor, item); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(e)
	}
	s.tellExplained(e)
	return nil
}

// inTime adds what is to come, and by what something shared stands.
func (e *explained) inTime(s *session, a *app.App, actor identity.Actor, item told.Item) error {
	schedule, err := a.Release.ScheduleOf(s.ctx, actor, item)
	if err != nil {
		return err
	}
	now, zone := a.Clock.Now(), a.Zone()
	for _, g := range schedule.Stages {
		if g.At.After(now) {
			e.Later = append(e.Later, laterLine{g.At.In(zone).Format(time.RFC3339), g.Label.String()})
		}
	}
	if schedule.Embargo.After(now) {
		e.Embargo = schedule.Embargo.In(zone).Format(time.RFC3339)
	}
	stands, err := a.StandsBy(s.ctx, actor, item)
	for _, d := range stands {
		e.Stands = append(e.Stands, standLine{d.ID, d.At.In(zone).Format(time.RFC3339), string(d.Outcome), d.Rule, d.Effective.String(), d.Item.Kind + " " + d.Item.ID})
	}
	return err
}

// recipient is who is asked about; what a program sends by itself, as messages about findings, nobody chooses.
func (c *releaseExplainCmd) recipient(s *session, a *app.App, actor identity.Actor, item told.Item) (told.Recipient, error) {
	to, err := a.RecipientOf(s.ctx, actor, c.To)
	if err == nil && c.Chosen && item.Kind != "findings" && to.As != told.Public {
		to.Chosen = actor.ID
	}
	return to, err
}

func (s *session) tellExplained(e explained) {
	s.printf("%s  %s to %s (%s): rule %s\n%s\n", e.Outcome, render.Clean(e.Item, 60), render.Clean(e.To, 60), e.Audience, e.Rule, render.Clean(e.Reason, 1000))
	s.printf("%s", e.TLP)
	if e.Effective != e.TLP {
		s.printf(", by its schedule %s now", e.Effective)
	}
	s.printf(", %s, policy %d\n", e.PAP, e.Policy)
	if len(e.IEP) > 0 {
		s.printf("  its source's policy: %s\n", render.Clean(strings.Join(e.IEP, ", "), 1000))
	}
	for _, l := range e.Later {
		s.printf("  from %s  %s\n", l.At, l.TLP)
	}
	if e.Embargo != "" {
		s.printf("  embargo until %s\n", e.Embargo)
	}
	if e.Profile != "" {
		s.printf("  only a redacted copy, by the profile for %s, that is looked through before it leaves\n", e.Profile)
	}
	for _, d := range e.Stands {
		s.printf("  stands in a collection by decision %s of %s: %s, rule %s, %s, about %s\n", d.Decision, d.At, d.Outcome, d.Rule, d.TLP, render.Clean(d.Item, 120))
	}
	for _, step := range e.Steps {
		mark := " "
		if step.Holds {
			mark = "*"
		}
		s.printf("  %s %-16s %s\n", mark, step.Fact, render.Clean(step.Why, 300))
	}
}

type releaseApproveCmd struct {
	ID     string `arg:"" help:"The decision."`
	Reason string `help:"Why; it is recorded." placeholder:"TEXT" required:""`
	JSON   bool   `help:"Print JSON."`
}

// Run lets it go.
func (c *releaseApproveCmd) Run(s *session) error {
	return s.secondPerson(c.ID, c.Reason, c.JSON, func(a *app.App, actor identity.Actor) (told.Decision, error) {
		return a.Release.Approve(s.ctx, actor, c.ID, c.Reason)
	})
}

type releaseRefuseCmd struct {
	ID     string `arg:"" help:"The decision."`
	Reason string `help:"Why; it is recorded." placeholder:"TEXT" required:""`
	JSON   bool   `help:"Print JSON."`
}

// Run keeps it back.
func (c *releaseRefuseCmd) Run(s *session) error {
	return s.secondPerson(c.ID, c.Reason, c.JSON, func(a *app.App, actor identity.Actor) (told.Decision, error) {
		return a.Release.Refuse(s.ctx, actor, c.ID, c.Reason)
	})
}

func (s *session) secondPerson(id, reason string, asJSON bool, do func(*app.App, identity.Actor) (told.Decision, error)) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	d, err := do(a, actor)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(s.out).Encode(map[string]string{"id": d.ID, "outcome": string(d.Outcome), "reason": reason})
	}
	s.printf("Decision %s is %s now. Who asked can send it again.\n", render.Clean(id, 40), d.Outcome)
	return nil
}

type releaseHoldersCmd struct {
	Item string `arg:"" help:"A report, an incident, a finding or something shared, by its number or id."`
	JSON bool   `help:"Print JSON, one object a line."`
}

// holderLine is a copy as printed.
type holderLine struct {
	Decision     string `json:"decision"`
	Delivery     string `json:"delivery,omitempty"`
	Name         string `json:"name"`
	Address      string `json:"address,omitempty"`
	Audience     string `json:"audience"`
	TLP          string `json:"tlp"`
	Profile      string `json:"profile,omitempty"`
	Via          string `json:"via"`
	Reached      bool   `json:"reached"`
	Sent         string `json:"sent"`
	Delivered    string `json:"delivered,omitempty"`
	Opened       string `json:"opened,omitempty"`
	Acknowledged string `json:"acknowledged,omitempty"`
	Told         string `json:"told,omitempty"`
	Corrected    string `json:"corrected,omitempty"`
	Recalled     string `json:"recalled,omitempty"`
}

// Run lists who has it.
func (c *releaseHoldersCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	item, err := a.Release.ItemOf(s.ctx, actor, c.Item)
	if err != nil {
		return err
	}
	list, err := a.Release.Holders(s.ctx, actor, item.Kind, item.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		out := json.NewEncoder(s.out)
		for _, h := range list {
			if err := out.Encode(holderLineOf(h)); err != nil {
				return err
			}
		}
		return nil
	}
	return s.tellHolders(list)
}

func holderLineOf(c told.Copy) holderLine {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	return holderLine{
		Decision: c.Decision, Delivery: c.Delivery, Name: c.Name, Address: c.Address, Audience: string(c.To), TLP: c.Label.String(), Profile: c.Profile, Via: c.Via,
		Reached: c.Reached, Sent: at(c.Sent), Delivered: at(c.Delivered), Opened: at(c.Opened), Acknowledged: at(c.Acknowledged), Told: at(c.Told),
		Corrected: at(c.Corrected), Recalled: at(c.Recalled),
	}
}

func (s *session) tellHolders(list []told.Copy) error {
	if len(list) == 0 {
		s.printf("Nobody got anything of it.\n")
		return nil
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	_, _ = w.Write([]byte("SENT\tTO\tADDRESS\tTLP\tVIA\tREACHED\tACKNOWLEDGED\tRECALLED\n"))
	for _, c := range list {
		l := holderLineOf(c)
		reached := "no"
		if l.Reached {
			reached = "yes"
		}
		_, _ = w.Write([]byte(strings.Join([]string{
			l.Sent, render.Clean(l.Name, 40), render.Clean(l.Address, 40), l.TLP, l.Via, reached, l.Acknowledged, l.Recalled,
		}, "\t") + "\n"))
	}
	return w.Flush()
}
