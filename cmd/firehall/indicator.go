package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/sharing/indicator"
)

// indicatorCmd is `firehall indicator`.
type indicatorCmd struct {
	List  indicatorListCmd  `cmd:"" help:"What is looked for, and how much it still means."`
	Show  indicatorShowCmd  `cmd:"" help:"All that is known of one: who saw it, what has its values."`
	Add   indicatorAddCmd   `cmd:"" help:"Put an indicator of your own into a collection."`
	Sight indicatorSightCmd `cmd:"" help:"Say that one was seen, is a false positive, or has ended."`
}

// indicatorListCmd is `firehall indicator list`.
type indicatorListCmd struct {
	State  string `help:"fresh, fading, disputed, warned, early, expired or revoked."`
	Kind   string `help:"ip, cidr, domain, url, a hash and others."`
	Source string `help:"The id of an organisation; - is your team."`
	Limit  int    `help:"How many." default:"100"`
	Value  string `arg:"" optional:"" help:"An exact value, or an id."`
}

// Run lists.
func (c *indicatorListCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	if _, err := a.Indicators.Digest(s.ctx, identity.System("indicator")); err != nil {
		return err
	}
	found, err := a.Indicators.List(s.ctx, actor, indicator.Filter{
		State: indicator.State(c.State), Kind: c.Kind, Source: c.Source, Value: c.Value, Page: core.Request{Limit: c.Limit},
	})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "STATE\tSTRENGTH\tKIND\tVALUE\tSEEN BY\tEXPIRES\tLABEL\tID")
	for _, i := range found.Items {
		value := i.Value
		if value == "" {
			value = i.Name
		}
		_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\t%s\t%s\t%s\n", i.State, i.Strength, i.Kind, oneLine(value), i.Sightings, dayOf(i.Ends), i.Label, i.ID)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%d of %d\n", len(found.Items), found.Total)
	return err
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.DateOnly)
}

// indicatorShowCmd is `firehall indicator show ID`.
type indicatorShowCmd struct {
	ID string `arg:"" help:"The indicator's id."`
}

// Run shows one.
func (c *indicatorShowCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	w, err := a.Indicators.Look(s.ctx, actor, c.ID)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.out, "%s\n%s, strength %d, expires %s\n%s\n", w.ID, w.State, w.Strength, dayOf(w.Ends), oneLine(w.Pattern))
	if len(w.Warned) > 0 {
		_, _ = fmt.Fprintf(s.out, "On warning lists: %s\n", strings.Join(w.Warned, ", "))
	}
	for _, x := range w.Said {
		_, _ = fmt.Fprintf(s.out, "  %s  %-8s  %s  %s\n", x.At.UTC().Format(time.RFC3339), x.Says, x.Seer, oneLine(x.Value+" "+x.Feed+" "+x.Note))
	}
	for _, l := range w.Alike {
		_, _ = fmt.Fprintf(s.out, "%s stands in %d other objects\n", oneLine(l.Value.Value), l.Total)
	}
	for _, r := range w.Relations {
		_, _ = fmt.Fprintf(s.out, "%s %s\n", r.Kind, r.Other)
	}
	return nil
}

// indicatorAddCmd is `firehall indicator add VALUE --collection NAME`.
type indicatorAddCmd struct {
	Collection string    `help:"Id or alias of the collection." required:""`
	Kind       string    `help:"Its kind; found by the value if not given."`
	Name       string    `help:"What it is called."`
	Confidence *int      `help:"How sure you are, 0 to 100."`
	Until      time.Time `help:"Until when it holds (RFC 3339); else it fades by its kind." placeholder:"TIME"`
	TLP        string    `help:"Its label." default:"green"`
	PAP        string    `help:"What may be done with it." default:"green"`
	Value      string    `arg:"" help:"An address, network, domain, URL, hash."`
}

// Run adds it.
func (c *indicatorAddCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	d := indicator.Draft{Collection: c.Collection, Kind: c.Kind, Value: c.Value, Name: c.Name, Confidence: c.Confidence, Until: c.Until}
	if d.Label, err = tlp.Parse(c.TLP); err != nil {
		return err
	}
	if d.PAP, err = tlp.ParsePAP(c.PAP); err != nil {
		return err
	}
	id, err := a.Indicators.Add(s.ctx, actor, d)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, id)
	return err
}

// indicatorSightCmd is `firehall indicator sight ID`.
type indicatorSightCmd struct {
	Says string `help:"positive, false or expired." default:"positive" enum:"positive,false,expired"`
	Note string `help:"Why."`
	ID   string `arg:"" help:"The indicator's id."`
}

// Run keeps it.
func (c *indicatorSightCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	return a.Indicators.Sight(s.ctx, actor, c.ID, indicator.Saying{Says: indicator.Says(c.Says), Note: c.Note})
}

// blocklistCmd is `firehall blocklist COLLECTION KIND`.
type blocklistCmd struct {
	Collection string `arg:"" help:"Id or alias of a collection."`
	Kind       string `arg:"" help:"ip, cidr, domain, url, email, asn, md5, sha1, sha256 or sha512."`
}

// Run prints what is to be blocked, one value a line.
func (c *blocklistCmd) Run(s *session) error {
	a, actor, stop, err := s.open(true)
	if err != nil {
		return err
	}
	defer stop()
	if err := s.taken(a, actor, "blocklist", c.Collection+" "+c.Kind, ""); err != nil {
		return err
	}
	list, err := a.Indicators.Blocklist(s.ctx, actor, c.Collection, c.Kind)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.out, "# %s\n", list.Label)
	for _, x := range list.Items {
		if _, err := fmt.Fprintln(s.out, x.Value); err != nil {
			return err
		}
	}
	return nil
}
