package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/notification/message"
)

type notifyCmd struct {
	DryRun         bool   `help:"Show what would be sent, to whom, and what would not, and why. Changes nothing; so it is without any flag."`
	Approve        bool   `help:"Approve what waits: feeds, organisations and classes of which nobody was told yet, and odd amounts."`
	Send           bool   `help:"Make the messages that may go, and send them."`
	Organisation   string `help:"Show or approve only what is about this organisation's networks." placeholder:"NAME"`
	Feed           string `help:"Show or approve only what this feed saw." placeholder:"NAME"`
	Class          string `help:"Show or approve only this type of the taxonomy (RSIT)." placeholder:"TYPE"`
	JSON           bool   `help:"Print JSON: of --dry-run one object a message, of --approve one an approval, of --send one in all."`
	WriteTemplates string `help:"Write the built-in texts into a folder, for you to change; what is there stays. Does nothing else." placeholder:"DIR" type:"path"`
}

// Run shows, approves and sends, as far as it was asked to.
func (c *notifyCmd) Run(s *session) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.WriteTemplates != "" {
		return s.writeTemplates(c.WriteTemplates)
	}
	conf, err := s.existing()
	if err != nil {
		return err
	}
	a, actor, stop, err := s.openWith(conf, c.Approve || c.Send)
	if err != nil {
		return err
	}
	defer stop()
	only, err := c.only(s, a, actor)
	if err != nil {
		return err
	}
	if err := s.applyFindings(a, actor); err != nil {
		return err
	}
	n := &notifying{session: s, notifyCmd: c, app: a, actor: actor, only: only}
	if !c.Approve && !c.Send {
		return n.show()
	}
	return n.act()
}

// check refuses flags that contradict each other.
func (c *notifyCmd) check() error {
	narrowed := c.Organisation != "" || c.Feed != "" || c.Class != ""
	switch {
	case c.WriteTemplates != "" && (c.DryRun || c.Approve || c.Send || narrowed || c.JSON):
		return problem.New(problem.Invalid, "--write-templates does nothing else: leave the other flags away")
	case c.DryRun && (c.Approve || c.Send):
		return problem.New(problem.Invalid, "--dry-run changes nothing: leave it away to approve or to send")
	case c.Send && !c.Approve && narrowed:
		return problem.New(problem.Invalid, "--send sends all that may go; --organisation, --feed and --class narrow what --dry-run shows and --approve approves")
	}
	return nil
}

func (s *session) writeTemplates(dir string) error {
	wrote, err := message.WriteTemplates(dir)
	if err != nil {
		return err
	}
	for _, name := range wrote {
		s.printf("%s\n", render.Clean(name, 200))
	}
	s.printf("%s written to %s; what was there stayed as it was. They are used once the configuration says:\n\n[notify]\ntemplates = %q\n",
		plural(int64(len(wrote)), "file"), s.tidyPath(dir), dir)
	return nil
}

// only reads what a plan is narrowed to. A name that is nobody's is an error: an empty plan would look as if nothing were to be told.
func (c *notifyCmd) only(s *session, a *app.App, actor identity.Actor) (notification.PlanOptions, error) {
	o := notification.PlanOptions{Organisation: c.Organisation, Feed: c.Feed, Class: c.Class}
	if c.Organisation != "" {
		names, err := a.Register.Names(s.ctx, actor)
		if err != nil {
			return o, err
		}
		if err := knownName(c.Organisation, names); err != nil {
			return o, err
		}
	}
	if c.Feed != "" {
		if err := a.KnowsFeed(c.Feed); err != nil {
			return o, err
		}
	}
	if c.Class != "" {
		class, ok := rsit.Lookup(c.Class)
		if !ok {
			var known []string
			for _, t := range rsit.Types() {
				known = append(known, string(t))
			}
			return o, problem.New(problem.Invalid, "%q is no type of the taxonomy (RSIT)%s", render.Clean(c.Class, 80), nearest.Hint(c.Class, known))
		}
		o.Class = string(class)
	}
	return o, nil
}

// knownName is nil if an organisation has that name or id.
func knownName(name string, names map[string]string) error {
	var known []string
	for id, n := range names {
		if id == name || strings.EqualFold(n, name) {
			return nil
		}
		known = append(known, n)
	}
	return problem.New(problem.NotFound, "no organisation in the register is called %q%s", render.Clean(name, 120), nearest.Hint(name, known))
}

// notifying is one run of the command.
type notifying struct {
	*session
	*notifyCmd
	app   *app.App
	actor identity.Actor
	only  notification.PlanOptions
}

// show prints the plan.
func (n *notifying) show() error {
	plan, err := n.app.Notify.Plan(n.ctx, n.actor, n.only)
	if err != nil {
		return err
	}
	if n.JSON {
		return printLines(n.session, plan.Messages)
	}
	return n.tellPlan(plan)
}

// printLines prints one JSON object a line.
func printLines[T any](s *session, list []T) error {
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	for i := range list {
		if err := enc.Encode(list[i]); err != nil {
			return err
		}
	}
	return nil
}

// act approves and sends.
func (n *notifying) act() error {
	if n.Send {
		if err := n.wayOut(); err != nil {
			return err
		}
	}
	var approved []notification.Approval
	if n.Approve {
		var err error
		if approved, err = n.app.Notify.Approve(n.ctx, n.actor, n.only); err != nil {
			return err
		}
		if err := n.tellApprovals(approved); err != nil || !n.Send {
			return err
		}
	}
	return n.send(approved)
}

// wayOut is an error if there is no channel by which anything due could be sent.
func (n *notifying) wayOut() error {
	if err := n.app.MailFault(); err != nil {
		return err
	}
	c := n.app.Config.Mail
	if c.Relay != "" || c.Maildir != "" {
		return nil
	}
	plan, err := n.app.Notify.Plan(n.ctx, n.actor, notification.PlanOptions{})
	if err != nil {
		return err
	}
	for _, m := range plan.Messages {
		if m.Channel == "webhook" {
			return nil
		}
	}
	return problem.New(problem.Invalid, "there is no way out for messages, so nothing was changed. Say in the configuration (%s) where mail goes, and whom it comes from:\n\n"+
		"[team]\nemail = \"cert@example.org\"\n\n[mail]\nrelay = \"smtp.example.org:587\"   # or, to try it out: maildir = \"mail\"\n\nor give contacts a webhook in the register",
		n.configName())
}

// configName is the file that the configuration comes from, or would.
func (n *notifying) configName() string {
	if n.cli.Config != "" {
		return n.tidyPath(n.cli.Config)
	}
	return n.tidyPath(n.app.Config.Data.Dir + "/" + app.ConfigName)
}

// sending is what came of --send, as printed.
type sending struct {
	Approved     []notification.Approval `json:"approved,omitempty"`
	Batch        string                  `json:"batch,omitempty"` // what outbox, stop and resume call this run
	Messages     int64                   `json:"messages"`        // made now
	Findings     int64                   `json:"findings"`
	Observations int64                   `json:"observations"`
	Unapproved   int64                   `json:"unapproved"` // messages that wait for a person
	Held         []notification.Message  `json:"held"`
	Moved        int64                   `json:"moved"` // findings that are another's since the register changed
	Woken        int64                   `json:"woken"` // findings whose muting ended
	Seconds      float64                 `json:"seconds"`
	Delivery     delivery.Tally          `json:"delivery"`
	Stops        []delivery.StopOrder    `json:"stops"`
	Tasks        int64                   `json:"tasks"` // that this run raised, or raised again
}

// send makes messages, sends them, and says what came of it.
func (n *notifying) send(approved []notification.Approval) error {
	begun := n.app.Clock.Now()
	bar := newProgress(n.err, n.JSON)
	run, err := n.app.Notify.Send(n.ctx, n.actor, func(done, all int) { bar.say("making messages: %d of %d", done, all) })
	bar.end()
	if err != nil {
		return err
	}
	out := sending{
		Approved: approved, Batch: run.ID, Messages: run.Messages, Findings: run.Findings, Observations: run.Events, Unapproved: run.Waiting,
		Held: run.Held, Moved: run.Moved, Woken: run.Woken, Seconds: run.Seconds, Stops: []delivery.StopOrder{},
	}
	if !n.JSON {
		n.tellRun(out)
	}
	if out.Delivery, err = n.deliver(n.app, n.actor, n.JSON); err != nil {
		return err
	}
	if out.Tasks, err = n.tasksSince(begun); err != nil {
		return err
	}
	if err := n.tellSent(out); err != nil {
		return err
	}
	if out.Delivery.Failed > 0 || out.Delivery.Down != "" {
		return errPartly
	}
	return nil
}

// mostTasks bounds how many tasks are looked at to count new ones.
const mostTasks = 1000

// tasksSince counts the open tasks that were raised since.
func (n *notifying) tasksSince(begun time.Time) (count int64, err error) {
	tasks, err := n.app.Queue.List(n.ctx, n.actor, false, mostTasks)
	for _, t := range tasks {
		if !t.Last.Before(begun.Truncate(time.Millisecond)) { // the database keeps milliseconds
			count++
		}
	}
	return count, err
}

// tellSent prints the end of a run.
func (n *notifying) tellSent(out sending) error {
	if n.JSON {
		stops, err := n.app.Delivery.Stops(n.ctx, n.actor)
		if err != nil {
			return err
		}
		out.Stops = append(out.Stops, stops...)
		if out.Held == nil {
			out.Held = []notification.Message{}
		}
		return printLines(n.session, []sending{out})
	}
	if err := n.tellTally(n.app, n.actor, out.Delivery); err != nil {
		return err
	}
	n.tellHeld(out.Held, sentHeld, n.command("notify", "--dry-run"))
	if out.Unapproved > 0 {
		n.hang("", fmt.Sprintf("%s for a person's approval: %s", waitText(out.Unapproved), n.command("notify", "--dry-run")))
	}
	if out.Tasks > 0 {
		n.hang("", fmt.Sprintf("%s for a person of the team: %s", plural(out.Tasks, "task"), n.command("queue")))
	}
	return nil
}

func waitText(messages int64) string {
	if messages == 1 {
		return "1 message waits"
	}
	return grouped(messages) + " messages wait"
}
