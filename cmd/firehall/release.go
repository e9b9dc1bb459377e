package main

import (
	"encoding/json"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	told "github.com/firehall/firehall/internal/release" // release is the program's version here
)

type releaseCmd struct {
	List    releaseListCmd    `cmd:"" default:"withargs" help:"What was decided, newest first, and why."`
	Explain releaseExplainCmd `cmd:"" help:"What would be decided about a report, an incident, a finding or something shared, for somebody, and each step of it."`
	Approve releaseApproveCmd `cmd:"" help:"Let go what needs a second person."`
	Refuse  releaseRefuseCmd  `cmd:"" help:"Keep back what needs a second person."`
	Holders releaseHoldersCmd `cmd:"" help:"Who got what of an item."`
	Relax   releaseRelaxCmd   `cmd:"" help:"Record what a source agreed about its label in time: steps, an embargo, a review."`
	Ask     releaseAskCmd     `cmd:"" help:"Write to the source of something for a wider label."`
	Wish    releaseWishCmd    `cmd:"" help:"Record whom a reporter lets be told, and what keeps it in."`
	Correct releaseCorrectCmd `cmd:"" help:"Correct or recall: write to exactly those who have it."`
	Ack     releaseAckCmd     `cmd:"" help:"Note that somebody said that they have it."`
	Leaks   releaseLeaksCmd   `cmd:"" help:"Copies that were stopped because they name somebody."`
	AskLeak releaseAskLeakCmd `cmd:"" name:"ask-leak" help:"Ask a second person to let a stopped copy go; or be that person."`
	Grant   releaseGrantCmd   `cmd:"" help:"Your word that another organisation may be told about somebody's networks."`
	Grants  releaseGrantsCmd  `cmd:"" help:"Whose word lets whom be told."`
	Revoke  releaseRevokeCmd  `cmd:"" help:"Take a grant back."`
}

type releaseListCmd struct {
	Refused      bool   `help:"Only what was not allowed."`
	Pending      bool   `help:"Only what needs a second person."`
	Organisation string `help:"Only about this organisation's networks, or to it." placeholder:"NAME"`
	Limit        int    `help:"At most so many (10000 at most)." default:"50"`
	JSON         bool   `help:"Print JSON, one object a line."`
}

// decisionLine is a decision as printed.
type decisionLine struct {
	ID           string   `json:"id"`
	At           string   `json:"at"`
	Outcome      string   `json:"outcome"`
	Rule         string   `json:"rule"`
	Reason       string   `json:"reason"`
	Owner        string   `json:"owner"`
	Organisation string   `json:"organisation"`
	Contact      string   `json:"contact"` // id
	Kind         string   `json:"kind"`
	Item         string   `json:"item"`
	Version      string   `json:"version"`
	Count        int64    `json:"count"`
	Feed         string   `json:"feed"`
	TLP          string   `json:"tlp"`
	PAP          string   `json:"pap"`
	IEP          []string `json:"iep,omitempty"` // statements that were in force
	Receivers    []string `json:"receivers"`
	Grant        string   `json:"grant,omitempty"`
	Policy       int      `json:"policy"`
	By           string   `json:"by"`
	InsteadOf    string   `json:"instead_of,omitempty"` // the decision under an older policy
}

// Run lists decisions.
func (c *releaseListCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	f := told.Filter{Refused: c.Refused, Limit: c.Limit}
	if c.Pending {
		f.Outcome = told.Second
	}
	if c.Organisation != "" {
		if f.Organisation, err = s.organisation(a, actor, c.Organisation); err != nil {
			return err
		}
	}
	list, err := a.Release.Decisions(s.ctx, actor, f)
	if err != nil {
		return err
	}
	names, err := a.Register.Names(s.ctx, actor)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.decisionsJSON(list, names)
	}
	s.tellDecisions(list, names)
	return nil
}

// organisation finds the id of an organisation by its name.
func (s *session) organisation(a *app.App, actor identity.Actor, name string) (string, error) {
	o, err := a.Register.OrganisationByName(s.ctx, actor, name)
	if problem.Is(err, problem.NotFound) {
		return "", problem.New(problem.NotFound, "no organisation in the register is called %q", name)
	}
	return o.ID, err
}

func (s *session) decisionsJSON(list []told.Decision, names map[string]string) error {
	out := json.NewEncoder(s.out)
	for _, d := range list {
		i := d.Item
		err := out.Encode(decisionLine{
			ID: d.ID, At: d.At.Format(time.RFC3339), Outcome: string(d.Outcome), Rule: d.Rule, Reason: d.Reason, Owner: names[i.Owner],
			Organisation: names[d.Organisation], Contact: d.Contact, Kind: i.Kind, Item: i.ID, Version: i.Version, Count: i.Count,
			Feed: i.Terms.Feed, TLP: d.Label.String(), PAP: i.PAP.String(), IEP: i.Terms.IEP.List(), Receivers: i.Terms.Receivers, Grant: d.Grant, Policy: d.Policy, By: d.By,
			InsteadOf: d.InsteadOf,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tellDecisions prints two lines a decision: the reason is sentences, which fit no column.
func (s *session) tellDecisions(list []told.Decision, names map[string]string) {
	if len(list) == 0 {
		s.printf("Nothing was decided that fits.\n")
	}
	for _, d := range list {
		s.printf("%s  %s  %s, feed %s, about %s, to %s\n    %s\n", d.At.Format(time.DateTime), d.Outcome, d.Label, render.Clean(d.Item.Terms.Feed, 40),
			render.Clean(orNobody(names[d.Item.Owner]), 60), render.Clean(orNobody(names[d.Organisation]), 60), render.Clean(d.Reason, 1000))
	}
}

func orNobody(name string) string {
	if name == "" {
		return "nobody known"
	}
	return name
}

type releaseGrantCmd struct {
	About  string `help:"The organisation whose networks it is about." placeholder:"ORG" required:""`
	To     string `help:"The organisation that may be told." placeholder:"ORG" required:""`
	Reason string `help:"Who decided it, and why; it is recorded." placeholder:"TEXT" required:""`
	Until  string `help:"When it ends: after so long (90d), or on a day (2027-01-31, which it no longer holds on)." default:"90d" placeholder:"90d|DATE"`
	JSON   bool   `help:"Print JSON."`
}

// grantLine is a grant as printed.
type grantLine struct {
	ID         string `json:"id"`
	About      string `json:"about"`
	To         string `json:"to"`
	Reason     string `json:"reason"`
	By         string `json:"by"`
	From       string `json:"from"`
	Until      string `json:"until"`
	InForce    bool   `json:"in_force"`
	Revoked    string `json:"revoked,omitempty"`
	RevokedBy  string `json:"revoked_by,omitempty"`
	RevokedFor string `json:"revoked_for,omitempty"`
}

func grantLineOf(g told.Grant, names map[string]string, now time.Time) grantLine {
	l := grantLine{
		ID: g.ID, About: names[g.About], To: names[g.To], Reason: g.Reason, By: g.By, From: g.From.Format(time.RFC3339),
		Until: g.Until.Format(time.RFC3339), InForce: g.InForce(now), RevokedBy: g.RevokedBy, RevokedFor: g.RevokedFor,
	}
	if !g.Revoked.IsZero() {
		l.Revoked = g.Revoked.Format(time.RFC3339)
	}
	return l
}

// state says in a word how a grant stands.
func (l grantLine) state(g told.Grant, now time.Time) string {
	switch {
	case l.Revoked != "":
		return "revoked"
	case l.InForce:
		return "in force"
	case now.Before(g.From):
		return "not begun"
	}
	return "ended"
}

// Run records a grant.
func (c *releaseGrantCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	g := told.Grant{Reason: c.Reason}
	if g.Until, err = grantEnd(c.Until, a.Clock.Now()); err != nil {
		return err
	}
	if g.About, err = s.organisation(a, actor, c.About); err != nil {
		return err
	}
	if g.To, err = s.organisation(a, actor, c.To); err != nil {
		return err
	}
	if g, err = a.Release.Grant(s.ctx, actor, g); err != nil {
		return err
	}
	names, err := a.Register.Names(s.ctx, actor)
	if err != nil {
		return err
	}
	l := grantLineOf(g, names, a.Clock.Now())
	if c.JSON {
		return json.NewEncoder(s.out).Encode(l)
	}
	s.printf("Granted: %s may be told about the networks of %s until %s (grant %s).\n%s takes it back.\n", render.Clean(l.To, 200),
		render.Clean(l.About, 200), g.Until.Format(time.DateOnly), l.ID, s.command("release", "revoke", l.ID, "--reason", "TEXT"))
	return nil
}

// grantEnd reads how long a grant holds.
func grantEnd(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	d, err := config.ParseDuration(text)
	if err != nil {
		return time.Time{}, problem.New(problem.Invalid, "--until %q is neither a duration such as 90d nor a day such as %s", text, now.AddDate(0, 3, 0).Format(time.DateOnly))
	}
	return now.Add(d), nil
}

type releaseGrantsCmd struct {
	About string `help:"Only about this organisation's networks." placeholder:"ORG"`
	JSON  bool   `help:"Print JSON, one object a line."`
}

// Run lists grants.
func (c *releaseGrantsCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	about := ""
	if c.About != "" {
		if about, err = s.organisation(a, actor, c.About); err != nil {
			return err
		}
	}
	list, err := a.Release.Grants(s.ctx, actor, about)
	if err != nil {
		return err
	}
	names, err := a.Register.Names(s.ctx, actor)
	if err != nil {
		return err
	}
	return s.tellGrants(list, names, a.Clock.Now(), c.JSON)
}

func (s *session) tellGrants(list []told.Grant, names map[string]string, now time.Time, asJSON bool) error {
	if asJSON {
		out := json.NewEncoder(s.out)
		for _, g := range list {
			if err := out.Encode(grantLineOf(g, names, now)); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		s.printf("There are no grants: every organisation is told about its own networks only.\n")
		return nil
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	_, _ = w.Write([]byte("GRANT\tSTATE\tUNTIL\tABOUT\tTO\tBY\tREASON\n"))
	for _, g := range list {
		l := grantLineOf(g, names, now)
		_, _ = w.Write([]byte(strings.Join([]string{
			l.ID, l.state(g, now), g.Until.Format(time.DateOnly), render.Clean(l.About, 40), render.Clean(l.To, 40), render.Clean(l.By, 24), render.Clean(l.Reason, 80),
		}, "\t") + "\n"))
	}
	return w.Flush()
}

type releaseRevokeCmd struct {
	ID     string `arg:"" help:"The grant."`
	Reason string `help:"Why; it is recorded." placeholder:"TEXT" required:""`
	JSON   bool   `help:"Print JSON."`
}

// Run takes a grant back.
func (c *releaseRevokeCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	if err := a.Release.Revoke(s.ctx, actor, c.ID, c.Reason); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(map[string]string{"revoked": c.ID})
	}
	s.printf("Revoked: grant %s lets nobody be told any more. What was sent already cannot be called back.\n", render.Clean(c.ID, 40))
	return nil
}
