package notification

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/abuse"
	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// copying is a house that tells a fellow team, with a registry at the world's edge.
type copying struct {
	*house
	team   string
	direct bool
	asked  []string
	answer map[string]string // address -> mailbox; an address that is not here is not known
	forbid map[string]bool   // what release lets nobody be asked about
}

func newCopying(t *testing.T, db *sqldb.DB) *copying {
	c := &copying{house: newHouse(t, db, plain), answer: map[string]string{}, forbid: map[string]bool{}}
	c.team = c.organisation("CERT B", constituency.Constituent, "cert@b.example")
	provider := c.organisation("Far Hosting", constituency.Provider, "abuse@hosting.example")
	c.Copies = Copies{
		Direct: func(context.Context) (map[string]bool, error) { return map[string]bool{c.team: c.direct}, nil },
		Provider: func(_ context.Context, _ identity.Actor, f finding.Finding) (string, error) {
			if strings.HasPrefix(f.Addr.String(), "192.0.2.") {
				return provider, nil
			}
			return "", nil
		},
		MayAsk: func(feed string) bool { return feed == "green" },
		Abuse: abuse.New(abuse.Options{
			DB: db, Clock: c.clock, Keep: 7 * 24 * time.Hour,
			Allow: func(_ context.Context, _ identity.Actor, a netip.Addr) (abuse.Verdict, error) {
				return abuse.Verdict{Decision: "d", Allowed: !c.forbid[a.String()], Reason: "PAP:RED"}, nil
			},
			Ask: func(_ context.Context, a netip.Addr) (rdap.Answer, error) {
				c.asked = append(c.asked, a.String())
				if c.answer[a.String()] == "" {
					return rdap.Answer{}, problem.New(problem.NotFound, "none")
				}
				return rdap.Answer{Name: "NET", Source: "rdap.example", From: a, To: a, Contacts: []rdap.Contact{{Mail: c.answer[a.String()]}}}, nil
			},
		}),
	}
	return c
}

// inShort are a plan's messages.
func inShort(list []Message) (out []string) {
	for _, m := range list {
		what := m.To
		switch {
		case m.CopyOf != "" && m.Held != "":
			what = "no copy " + m.To + ": " + m.Held
		case m.CopyOf != "":
			what = "copy " + m.To
		}
		out = append(out, what)
	}
	return out
}

// TestCopiesByRegistries tells a team, and those who answer for the networks in its patch by their registries: only if the team wants it, the feeds allow
// that registries are asked, and release does. What goes is shown before.
func TestCopiesByRegistries(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := newCopying(t, db)
		c.answer = map[string]string{"198.51.100.7": "Abuse@far.example", "198.51.100.8": "abuse@far.example", "203.0.113.7": "cert@b.example"}
		c.forbid["198.51.100.66"] = true
		sights := []sight{}
		for _, ip := range []string{"192.0.2.7", "198.51.100.7", "198.51.100.8", "198.51.100.9", "198.51.100.66", "203.0.113.7"} {
			c.owners[ip] = c.team
			sights = append(sights, sight{feed: "green", ip: ip})
		}
		c.owners["203.0.113.99"] = c.team
		c.see(append(sights, sight{feed: "amber", ip: "203.0.113.99"})...)
		if n, err := c.AskRegistries(ctx, system); n != 0 || err != nil || len(c.asked) != 0 {
			t.Fatalf("the team did not ask for copies, and registries were asked %v, %v", c.asked, err)
		}
		if p, err := c.Plan(ctx, system, PlanOptions{}); err != nil || len(p.Messages) != 1 {
			t.Fatalf("%v, %v", inShort(p.Messages), err)
		}
		c.direct = true
		before, err := c.Plan(ctx, system, PlanOptions{})
		c.must(err)
		want := []string{
			"cert@b.example", "copy abuse@hosting.example",
			"no copy : no copy goes to a provider: " + string(whyUnasked), "no copy : no copy goes to a provider: " + string(whyTerms),
		}
		if got := inShort(before.Messages); !slices.Equal(got, want) || before.Messages[1].Goes() {
			t.Fatalf("a plan asks nobody, and shows: %q", got)
		}
		_, err = c.Approve(ctx, person, ApproveOptions{})
		c.must(err)

		if n, err := c.AskRegistries(ctx, system); n != 5 || err != nil {
			t.Fatalf("%d questions, %v", n, err)
		}
		slices.Sort(c.asked)
		if want := []string{"198.51.100.7", "198.51.100.8", "198.51.100.9", "203.0.113.7"}; !slices.Equal(c.asked, want) {
			t.Fatalf("asked: %v", c.asked)
		}
		p, err := c.Plan(ctx, system, PlanOptions{Organisation: "cert b"})
		c.must(err)
		want = []string{
			"cert@b.example", "copy abuse@hosting.example", "copy abuse@far.example",
			"no copy : no copy goes to a provider: " + string(whyNothing), "no copy : no copy goes to a provider: " + string(whyNoPermit) + ": PAP:RED",
			"no copy : no copy goes to a provider: " + string(whyTeams), "no copy : no copy goes to a provider: " + string(whyTerms),
		}
		slices.Sort(want[3:])
		got := inShort(p.Messages)
		slices.Sort(got[3:])
		if !slices.Equal(got, want) {
			t.Fatalf("planned: %q", got)
		}
		if far := p.Messages[2]; far.Findings != 2 || !far.Goes() || far.CopyOf != "CERT B" || far.Organisation != "far.example" || far.Label != "TLP:GREEN" {
			t.Errorf("%+v", far)
		}
		written, err := c.Preview(ctx, system, PlanOptions{Organisation: "CERT B"}, nil)
		c.must(err)
		if len(written) != 3 || written[2].To != "abuse@far.example" || !strings.Contains(written[2].Parts[0].Text, "198.51.100.7") || strings.Contains(written[2].Parts[0].Text, "192.0.2.7") {
			t.Errorf("written out: %+v", written)
		}

		run, err := c.Send(ctx, system, nil)
		c.must(err)
		if run.Messages != 3 {
			t.Fatalf("%+v", run)
		}
		told := map[string]string{}
		for _, d := range c.post.drafts {
			told[d.To.Address] += d.Text
		}
		if text := told["abuse@far.example"]; !strings.Contains(text, "198.51.100.8") || strings.Contains(text, "198.51.100.9") || strings.Contains(text, "203.0.113") {
			t.Errorf("the network's own abuse contact is told: %s", text)
		}
		if again, err := c.Send(ctx, system, nil); err != nil || again.Messages != 0 {
			t.Errorf("again: %+v, %v", again, err)
		}
		correction, err := c.PreviewCorrection(ctx, person, run.ID, "It was a test.")
		c.must(err)
		for _, to := range correction.To {
			if to.Held != "" && to.Address == "abuse@far.example" {
				t.Errorf("who got a copy cannot be corrected: %s", to.Held)
			}
		}
		decided := 0
		c.must(db.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow("SELECT count(*) FROM release_decision WHERE contact = 'correspondent' AND owner = $1 AND outcome = 'allowed'", c.team).Scan(&decided)
		}))
		if decided != 1 {
			t.Errorf("%d decisions stand on record about the copy", decided)
		}
	})
}

// TestCopiesKeepToTerms lets no copy go that the terms of the feed do not let providers have.
func TestCopiesKeepToTerms(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := newCopying(t, db)
		c.direct, c.answer["198.51.100.7"] = true, "abuse@far.example"
		c.owners["198.51.100.7"] = c.team
		terms := feeds["green"]
		terms.Receivers = []string{"constituent"}
		c.intake(terms, []sight{{feed: "green", ip: "198.51.100.7"}})
		_, err := c.Findings.Apply(ctx, system, nil)
		c.must(err)
		_, err = c.AskRegistries(ctx, system)
		c.must(err)
		_, err = c.Approve(ctx, person, ApproveOptions{})
		c.must(err)
		p, err := c.Plan(ctx, system, PlanOptions{})
		c.must(err)
		if len(p.Messages) != 2 || !strings.Contains(p.Messages[1].Held, "is of the kind provider") {
			t.Errorf("%+v", p.Messages)
		}
		if run, err := c.Send(ctx, system, nil); err != nil || run.Messages != 1 {
			t.Errorf("%+v, %v", run, err)
		}
		if _, err := c.AskRegistries(ctx, identity.Actor{}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("nobody may ask: %v", err)
		}
	})
}
