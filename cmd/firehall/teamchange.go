package main

import (
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
)

type teamSetCmd struct {
	Name        string  `arg:"" help:"The team's name. One that the register does not have comes into it as a peer, with --new."`
	New         bool    `help:"The team is new: put it into the register, too."`
	Country     string  `help:"Of a new team, two letters." placeholder:"CC"`
	FullName    *string `help:"Its whole name." placeholder:"TEXT"`
	Host        *string `help:"Of whom it is a part." placeholder:"TEXT"`
	Serves      *string `help:"Whom it serves." placeholder:"TEXT"`
	National    *string `help:"Whether it answers for its country: yes or no." placeholder:"YES"`
	Sectors     *string `help:"Sectors that it serves, separated by commas." placeholder:"LIST"`
	Hours       *string `help:"When it works." placeholder:"TEXT"`
	Zone        *string `help:"The time zone of the hours." placeholder:"ZONE"`
	Languages   *string `help:"Languages, such as en,fi." placeholder:"LIST"`
	Handling    *string `help:"The strictest TLP label that it takes." placeholder:"TLP"`
	Memberships *string `help:"first, tf-csirt, national." placeholder:"LIST"`
	Policy      *string `help:"Its page by RFC 2350." placeholder:"URL"`
	Website     *string `help:"Its website." placeholder:"URL"`
	Direct      *string `help:"Whether it wants copies sent directly to its providers, too: yes or no." placeholder:"YES"`
	Public      *string `help:"What it agreed to be shown to everybody: name, mail, phone, website, hours, patch, memberships." placeholder:"LIST"`
}

// Run changes an entry: what is not given stays.
func (c *teamSetCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	if c.New {
		if _, err := a.Teams.Add(s.ctx, actor, c.Name, c.Country); err != nil {
			return err
		}
	}
	organisation, err := s.organisation(a, actor, c.Name)
	if problem.Is(err, problem.NotFound) {
		return problem.New(problem.NotFound, "no organisation in the register is called %q: if the team is new, say --new", c.Name)
	}
	if err != nil {
		return err
	}
	t, err := a.Teams.Get(s.ctx, actor, organisation)
	if problem.Is(err, problem.NotFound) {
		t, err = team.Team{Organisation: organisation, Handling: tlp.AmberStrict}, nil
	}
	if err != nil {
		return err
	}
	if err := c.into(&t); err != nil {
		return err
	}
	_, err = a.Teams.Put(s.ctx, actor, t)
	return err
}

func (c *teamSetCmd) into(t *team.Team) (err error) {
	for at, given := range map[*string]*string{&t.FullName: c.FullName, &t.Host: c.Host, &t.Serves: c.Serves, &t.Hours: c.Hours, &t.Zone: c.Zone, &t.Policy: c.Policy, &t.Website: c.Website} {
		if given != nil {
			*at = *given
		}
	}
	setList(&t.Sectors, c.Sectors)
	setList(&t.Languages, c.Languages)
	setList(&t.Memberships, c.Memberships)
	setList(&t.Public, c.Public)
	if c.Handling != nil {
		if t.Handling, err = tlp.Parse(*c.Handling); err != nil {
			return err
		}
	}
	if err := setYes(&t.National, c.National); err != nil {
		return err
	}
	return setYes(&t.Direct, c.Direct)
}

func setList[T ~string](at *[]T, given *string) {
	if given == nil {
		return
	}
	*at = nil
	for _, w := range strings.FieldsFunc(*given, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		*at = append(*at, T(w))
	}
}

func setYes(at *bool, given *string) error {
	switch {
	case given == nil:
	case slices.Contains([]string{"yes", "true"}, strings.ToLower(*given)):
		*at = true
	case slices.Contains([]string{"no", "false"}, strings.ToLower(*given)):
		*at = false
	default:
		return problem.New(problem.Invalid, "%q: say yes or no", *given)
	}
	return nil
}

type teamProposeCmd struct {
	Name     string `arg:"" help:"The team's name."`
	Address  string `arg:"" optional:"" help:"The new address: a mail address, tel:+358..., https://..."`
	Replaces string `help:"The address that it takes the place of." placeholder:"ADDRESS"`
	Remove   string `help:"The address to remove instead." placeholder:"ADDRESS"`
	Purpose  string `help:"abuse, security, 24/7, technical or legal." default:"security"`
	Key      string `help:"A file with its OpenPGP key, armoured, or its S/MIME certificate (PEM)." placeholder:"FILE"`
	Reason   string `help:"Why: the second person and the team read it." required:"" placeholder:"TEXT"`
}

// Run proposes another contact.
func (c *teamProposeCmd) Run(s *session) error {
	return s.forTeam(c.Name, true, func(a *app.App, actor identity.Actor, e team.Entry) error {
		p := team.Proposal{Organisation: e.Team.Organisation, Reason: c.Reason}
		if old := firstNonEmpty(c.Replaces, c.Remove); old != "" {
			i := slices.IndexFunc(e.Contacts, func(k constituency.Contact) bool { return strings.EqualFold(k.Address, old) })
			if i < 0 {
				return problem.New(problem.NotFound, "%s has no contact %s", e.Organisation.Name, old)
			}
			p.Contact, p.Seen = e.Contacts[i].ID, e.Contacts[i].Version
		}
		if c.Remove == "" {
			p.Body = &constituency.Contact{Address: c.Address, Purpose: constituency.Purpose(c.Purpose)}
			if err := c.readKey(s, p.Body); err != nil {
				return err
			}
		}
		p, err := a.Teams.Propose(s.ctx, actor, p)
		if err != nil {
			return err
		}
		if p.State == team.Approved {
			s.printf("It is the team's first contact: added.\n")
			return nil
		}
		s.printf("Proposed. Another person decides: firehall team decide %s --approve\n", p.ID)
		return nil
	})
}

func firstNonEmpty(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (c *teamProposeCmd) readKey(s *session, into *constituency.Contact) error {
	if c.Key == "" {
		return nil
	}
	f, err := os.Open(s.path(c.Key))
	if err != nil {
		return problem.Wrap(problem.NotFound, err, "open the key")
	}
	defer func() { _ = f.Close() }()
	const most = 1 << 20 // the register says what is too large for a key
	text, err := io.ReadAll(io.LimitReader(f, most))
	into.Key = string(text)
	return err
}

type teamDecideCmd struct {
	Proposal string `arg:"" help:"The proposal's id, from firehall team show."`
	Approve  bool   `help:"It is right: you asked the team by another way." xor:"do"`
	Refuse   bool   `help:"It is not." xor:"do"`
	Reason   string `help:"Why." placeholder:"TEXT"`
}

// Run decides about a proposal.
func (c *teamDecideCmd) Run(s *session) error {
	if !c.Approve && !c.Refuse {
		return problem.New(problem.Invalid, "say --approve or --refuse")
	}
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	_, err = a.Teams.Decide(s.ctx, actor, c.Proposal, c.Approve, c.Reason)
	return err
}

func (s *session) tellProposals(list []team.Proposal) {
	for _, p := range list {
		what := "remove a contact"
		if p.Body != nil {
			what = p.Body.Address
		}
		s.printf("proposal %s: %s, by %s, %s\n", p.ID, render.Clean(what, 200), render.Clean(p.Proposer, 60), p.State)
	}
}

type teamAgreementCmd struct {
	Name    string `arg:"" help:"The organisation's name."`
	Kind    string `help:"Record one that was signed: nda, mou or partner." placeholder:"KIND"`
	Scope   string `help:"What it is about." placeholder:"TEXT"`
	Version string `help:"Which version of the text was signed." placeholder:"TEXT"`
	Signed  string `help:"The day on which it was signed; today if nobody says." placeholder:"DAY"`
	Us      string `help:"Who signed for us." placeholder:"NAME"`
	Them    string `help:"Who signed for them." placeholder:"NAME"`
	From    string `help:"From when it holds; the day of the signature if nobody says." placeholder:"DAY"`
	Until   string `help:"When it ends: a day, or a time as in 365d; never if nobody says." placeholder:"WHEN"`
	Out     string `help:"The strictest label that may flow to them." default:"amber" placeholder:"TLP"`
	In      string `help:"The strictest label that they may send us." default:"amber+strict" placeholder:"TLP"`
	Flows   string `help:"What may flow: observations, incidents, indicators, vulnerabilities, evidence; everything if nobody says." placeholder:"LIST"`
	End     string `help:"End one instead." placeholder:"ID"`
	Reason  string `help:"Why it ends, for the record." placeholder:"TEXT"`
	JSON    bool   `help:"Print JSON."`
}

// Run records, ends or lists agreements.
func (c *teamAgreementCmd) Run(s *session) error {
	if c.Kind != "" && c.End != "" {
		return problem.New(problem.Invalid, "--kind and --end do not go together")
	}
	a, actor, stop, err := s.open(c.Kind+c.End != "")
	if err != nil {
		return err
	}
	defer stop()
	organisation, err := s.organisation(a, actor, c.Name)
	if err != nil {
		return err
	}
	switch {
	case c.End != "":
		err = a.Teams.End(s.ctx, actor, c.End, c.Reason)
	case c.Kind != "":
		err = c.sign(s, a, actor, organisation)
	}
	if err != nil {
		return err
	}
	list, err := a.Teams.Agreements(s.ctx, actor, organisation)
	if err != nil {
		return err
	}
	if c.JSON {
		return objects(s.out, list)
	}
	s.tellAgreements(list, a.Clock.Now())
	return nil
}

func (c *teamAgreementCmd) sign(s *session, a *app.App, actor identity.Actor, organisation string) (err error) {
	g := team.Agreement{Organisation: organisation, Kind: team.Kind(strings.ToLower(c.Kind)), Scope: c.Scope, Version: c.Version, Signed: a.Clock.Now(), SignedUs: c.Us, SignedThem: c.Them}
	for at, day := range map[*time.Time]string{&g.Signed: c.Signed, &g.From: c.From} {
		if day == "" {
			continue
		}
		if *at, err = time.Parse(time.DateOnly, day); err != nil {
			return problem.New(problem.Invalid, "%q is no day: say it as in 2027-03-31", day)
		}
	}
	if g.Until, err = endOf(c.Until, a.Clock.Now()); err != nil {
		return err
	}
	if g.Out, err = tlp.Parse(c.Out); err != nil {
		return err
	}
	if g.In, err = tlp.Parse(c.In); err != nil {
		return err
	}
	flows := c.Flows
	setList(&g.Flows, &flows)
	_, err = a.Teams.Sign(s.ctx, actor, g)
	return err
}

func (s *session) tellAgreements(list []team.Agreement, now time.Time) {
	for _, g := range list {
		state := "not in force"
		if g.Holds(now) {
			state = "in force"
		}
		s.printf("agreement %s: %s %s, signed %s by %s and %s, until %s, %s; out %s, in %s\n", g.ID, g.Kind, render.Clean(g.Version, 40), g.Signed.Format(time.DateOnly),
			render.Clean(g.SignedUs, 60), render.Clean(g.SignedThem, 60), dayOr(g.Until, "no end"), state, g.Out, g.In)
	}
}

type teamGroupCmd struct {
	Name    string  `arg:"" optional:"" help:"The group's name; all are listed if none is given."`
	Cap     *string `help:"The strictest label that may be shared in it." placeholder:"TLP"`
	Members *string `help:"Names of organisations, separated by semicolons: these and no others." placeholder:"LIST"`
	Remove  bool    `help:"Take the group away."`
	JSON    bool    `help:"Print JSON, one object a line."`
}

// Run lists groups, makes one, or changes it.
func (c *teamGroupCmd) Run(s *session) error {
	change := c.Name != "" && (c.Cap != nil || c.Members != nil || c.Remove)
	a, actor, stop, err := s.open(change)
	if err != nil {
		return err
	}
	defer stop()
	if change {
		if err := c.change(s, a, actor); err != nil {
			return err
		}
	}
	list, err := a.Teams.Groups(s.ctx, actor)
	if err != nil {
		return err
	}
	if c.JSON {
		return objects(s.out, list)
	}
	names, err := a.Register.Names(s.ctx, actor)
	for _, g := range list {
		var members []string
		for _, m := range g.Members {
			members = append(members, render.Clean(names[m], 60))
		}
		s.printf("%s (%s, up to %s): %s\n", render.Clean(g.Name, 100), g.ID, g.Cap, strings.Join(members, ", "))
	}
	return err
}

func (c *teamGroupCmd) change(s *session, a *app.App, actor identity.Actor) error {
	list, err := a.Teams.Groups(s.ctx, actor)
	if err != nil {
		return err
	}
	g := team.Group{Name: c.Name, Cap: tlp.Amber}
	if i := slices.IndexFunc(list, func(one team.Group) bool { return strings.EqualFold(one.Name, c.Name) }); i >= 0 {
		g = list[i]
	}
	if c.Remove {
		return a.Teams.RemoveGroup(s.ctx, actor, g.ID, g.Version)
	}
	if c.Cap != nil {
		if g.Cap, err = tlp.Parse(*c.Cap); err != nil {
			return err
		}
	}
	if c.Members != nil {
		g.Members = nil
		for name := range strings.SplitSeq(*c.Members, ";") {
			if strings.TrimSpace(name) == "" {
				continue
			}
			id, err := s.organisation(a, actor, name)
			if err != nil {
				return err
			}
			g.Members = append(g.Members, id)
		}
	}
	_, err = a.Teams.PutGroup(s.ctx, actor, g)
	return err
}
