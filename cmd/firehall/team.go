package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
)

type teamCmd struct {
	Import    teamImportCmd    `cmd:"" help:"Read teams from FIRST's API, Trusted Introducer's teams.json or CSV."`
	Export    teamExportCmd    `cmd:"" help:"Write the directory in one of these formats."`
	List      teamListCmd      `cmd:"" help:"The teams of the directory."`
	Show      teamShowCmd      `cmd:"" help:"All that is known of one team."`
	Find      teamFindCmd      `cmd:"" help:"What everybody is told who asks for the team of a country, network or name."`
	Set       teamSetCmd       `cmd:"" help:"Make an organisation a team, or change its entry."`
	Approve   teamApproveCmd   `cmd:"" help:"Approve networks that a team claims: from then on it is told about them."`
	Confirm   teamConfirmCmd   `cmd:"" help:"Mail a team a link to confirm its entry, or note that you asked it."`
	Propose   teamProposeCmd   `cmd:"" help:"Propose another contact of a team; a second person decides."`
	Decide    teamDecideCmd    `cmd:"" help:"Approve or refuse a proposed contact."`
	Agreement teamAgreementCmd `cmd:"" help:"What was signed with a team: record, end, list."`
	Group     teamGroupCmd     `cmd:"" help:"Sharing groups: list, make, change."`
}

type teamImportCmd struct {
	DryRun  bool   `help:"Show what would change and change nothing."`
	Approve bool   `help:"Approve the networks that the file claims; else they wait for firehall team approve."`
	JSON    bool   `help:"Print the report as JSON."`
	Format  string `help:"first, ti or csv; by looking at the file if not given." enum:"first,ti,csv," default:""`
	File    string `arg:"" help:"The file; - is standard input."`
}

// Help is what the command's own page says.
func (*teamImportCmd) Help() string {
	return "FIRST's file comes from https://api.first.org/data/v1/teams, Trusted Introducer's from its directory of teams. The columns of CSV: " +
		"name, full_name, country, host, serves, national, sectors, hours, zone, languages, handling, memberships, policy, website, direct, public, email, phone, emergency, networks. " +
		"Another contact or key of a team that has some is proposed to a second person; nothing is taken away."
}

// Run imports the file; good teams, and good parts of others, go in even when something else is bad: exit code 3 then.
func (c *teamImportCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	in := s.in
	if c.File != "-" {
		f, err := os.Open(s.path(c.File))
		if err != nil {
			return problem.Wrap(problem.NotFound, err, "open the teams")
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	rep, err := a.Teams.Import(s.ctx, actor, in, team.ImportOptions{Name: c.File, Format: team.Format(c.Format), DryRun: c.DryRun, Approve: c.Approve})
	if err != nil {
		return err
	}
	if err := c.tell(s, rep); err != nil {
		return err
	}
	if rep.Partly() {
		return errPartly
	}
	return nil
}

func (c *teamImportCmd) tell(s *session, rep team.Report) error {
	if c.JSON {
		return json.NewEncoder(s.out).Encode(rep)
	}
	claims := 0
	for _, d := range rep.Changes {
		s.printf("%s\n", render.Clean(d.String(), 500))
		if d.Op == "claim" {
			claims++
		}
	}
	verb := "done"
	if c.DryRun {
		verb = "would be done"
	}
	s.printf("%d teams from %s: %d changes %s; %d teams set aside, %d parts left out\n", rep.Teams, rep.Source, len(rep.Changes), verb, len(rep.Rejected), len(rep.Left))
	if claims > 0 {
		s.printf("%d networks match nothing until somebody approves them: firehall team approve TEAM\n", claims)
	}
	for _, r := range append(rep.Rejected, rep.Left...) {
		_, _ = fmt.Fprintln(s.err, render.Clean(r.String(), 500))
	}
	return nil
}

type teamExportCmd struct {
	Format string `help:"first, ti or csv." enum:"first,ti,csv" default:"csv"`
	File   string `arg:"" optional:"" help:"The file; standard output if none."`
}

// Run writes the directory.
func (c *teamExportCmd) Run(s *session) (err error) {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	if err := s.taken(a, actor, "team export", c.Format, c.File); err != nil {
		return err
	}
	var out io.Writer = s.out
	if c.File != "" {
		f, err := os.OpenFile(s.path(c.File), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return problem.Wrap(problem.Unavailable, err, "write the directory")
		}
		defer func() { err = firstError(err, f.Close()) }()
		out = f
	}
	return a.Teams.Export(s.ctx, actor, out, team.Format(c.Format))
}

type teamListCmd struct {
	Country string `help:"Only of this country." placeholder:"CC"`
	Stale   bool   `help:"Only those that have to be confirmed again."`
	Waiting bool   `help:"Only those with something that waits for a person."`
	JSON    bool   `help:"Print JSON, one object a line."`
	Text    string `arg:"" optional:"" help:"A part of the name."`
}

// Run lists teams.
func (c *teamListCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	list, err := a.Teams.List(s.ctx, actor, team.Filter{Text: c.Text, Country: constituency.Country(strings.ToUpper(c.Country)), Stale: c.Stale, Waiting: c.Waiting})
	if err != nil {
		return err
	}
	if c.JSON {
		return objects(s.out, list)
	}
	w := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "NAME\tCOUNTRY\tNETWORKS\tCLAIMS\tAGREEMENTS\tPROPOSALS\tCONFIRMED")
	for _, t := range list {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%s\n", render.Clean(t.Name, 60), t.Country, t.Networks, t.Claims, t.Agreements, t.Proposals, dayOr(t.Confirmed, "never"))
	}
	return w.Flush()
}

// objects prints JSON, one object a line.
func objects[T any](w io.Writer, list []T) error {
	out := json.NewEncoder(w)
	for _, v := range list {
		if err := out.Encode(v); err != nil {
			return err
		}
	}
	return nil
}

func dayOr(t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return t.Format(time.DateOnly)
}

type teamShowCmd struct {
	JSON bool   `help:"Print JSON."`
	Name string `arg:"" help:"The team's name."`
}

// Run shows a team.
func (c *teamShowCmd) Run(s *session) error {
	return s.forTeam(c.Name, false, func(a *app.App, actor identity.Actor, e team.Entry) error {
		signed, err := a.Teams.Agreements(s.ctx, actor, e.Team.Organisation)
		if err != nil {
			return err
		}
		proposals, err := a.Teams.Proposals(s.ctx, actor, e.Team.Organisation)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(s.out).Encode(map[string]any{
				"organisation": e.Organisation, "team": e.Team, "contacts": e.Contacts, "networks": e.Networks, "agreements": signed, "proposals": proposals,
			})
		}
		for _, l := range e.Lines() {
			s.printf("%s\n", render.Clean(l, 500))
		}
		for _, n := range e.Networks {
			if !n.Approved() {
				s.printf("waits for approval: %s\n", n.Value)
			}
		}
		s.printf("source: %s; confirmed: %s\n", e.Team.Source, dayOr(e.Team.Confirmed, "never"))
		s.tellAgreements(signed, a.Clock.Now())
		s.tellProposals(proposals)
		return nil
	})
}

// forTeam opens the installation and finds a team.
func (s *session) forTeam(name string, write bool, do func(a *app.App, actor identity.Actor, e team.Entry) error) error {
	a, actor, stop, err := s.open(write)
	if err != nil {
		return err
	}
	defer stop()
	e, err := a.Teams.Named(s.ctx, actor, name)
	if err != nil {
		return err
	}
	return do(a, actor, e)
}

type teamFindCmd struct {
	Question string `arg:"" help:"A country, address, domain, AS number or name."`
}

// Run prints what the public finder answers.
func (c *teamFindCmd) Run(s *session) error {
	a, _, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	answer, err := a.Finder.Find(s.ctx, c.Question)
	if err != nil {
		return err
	}
	out := json.NewEncoder(s.out)
	out.SetIndent("", "  ")
	return out.Encode(answer)
}

type teamApproveCmd struct {
	AlsoOurs bool     `help:"Approve also what covers our own patch, a constituent of ours or the country of one."`
	Name     string   `arg:"" help:"The team's name."`
	Networks []string `arg:"" optional:"" help:"The networks; all that wait if none is given."`
}

// Run approves networks; what is ours, too, only when that is said.
func (c *teamApproveCmd) Run(s *session) error {
	return s.forTeam(c.Name, true, func(a *app.App, actor identity.Actor, e team.Entry) error {
		var ids []string
		for _, value := range c.Networks {
			found := false
			for _, n := range e.Networks {
				if strings.EqualFold(n.Value, value) {
					ids, found = append(ids, n.ID), true
				}
			}
			if !found {
				return problem.New(problem.NotFound, "%s claims no network %s", e.Organisation.Name, value)
			}
		}
		if err := c.warn(s, a, actor, e, ids); err != nil {
			return err
		}
		done, err := a.Teams.Approve(s.ctx, actor, e.Team.Organisation, ids, c.AlsoOurs)
		for _, n := range done {
			s.printf("approved %s\n", n.Value)
		}
		return err
	})
}

// warn says which of the networks are ours to handle, and ends it there unless they are meant.
func (c *teamApproveCmd) warn(s *session, a *app.App, actor identity.Actor, e team.Entry, networks []string) error {
	list, err := a.Teams.Overlaps(s.ctx, actor, e.Team.Organisation, networks)
	if err != nil {
		return err
	}
	for _, o := range list {
		_, _ = fmt.Fprintln(s.err, render.Clean(o.String(), 500))
	}
	if len(list) > 0 && !c.AlsoOurs {
		return problem.New(problem.Conflict, "nothing is approved: %s would be told what is seen in networks of ours. Name the networks that are its own, or say --also-ours", e.Organisation.Name)
	}
	return nil
}

type teamConfirmCmd struct {
	Name string `arg:"" help:"The team's name."`
	How  string `help:"You asked the team and it is right: whom, and how. Else it is mailed a link." placeholder:"TEXT"`
}

// Run asks a team, or notes its word.
func (c *teamConfirmCmd) Run(s *session) error {
	return s.forTeam(c.Name, true, func(a *app.App, actor identity.Actor, e team.Entry) error {
		if c.How != "" {
			return a.Teams.Vouch(s.ctx, actor, e.Team.Organisation, c.How)
		}
		if err := a.Teams.Ask(s.ctx, actor, e.Team.Organisation); err != nil {
			return err
		}
		s.printf("A link goes to %s.\n", e.Organisation.Name)
		return nil
	})
}
