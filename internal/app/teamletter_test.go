package app

import (
	"context"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
)

// What is changed or removed is told to the address that it was, which is no contact of the team's any more when the letter is sent.
func TestOldAddressHearsOfItsChange(t *testing.T) {
	n := startNation(t, "CERT A", "a.example", "desk", config.DefaultFeed())
	second := identity.Actor{ID: "os:99", Name: "bo", Kind: identity.OSUserKind, Via: "cli"}
	teams := "name,country,email\nCERT B,SE,cert@b.example soc@b.example\n"
	if _, err := n.app.Teams.Import(t.Context(), tester, strings.NewReader(teams), team.ImportOptions{Name: "teams.csv"}); err != nil {
		t.Fatal(err)
	}
	e, err := n.app.Teams.Named(t.Context(), tester, "cert b")
	if err != nil {
		t.Fatal(err)
	}
	moved := e.Contacts[0]
	moved.Address = "new@b.example"
	for _, p := range []team.Proposal{
		{Organisation: e.Team.Organisation, Contact: moved.ID, Body: &moved, Reason: "they wrote"},
		{Organisation: e.Team.Organisation, Contact: e.Contacts[1].ID, Reason: "nobody reads it"},
	} {
		p, err := n.app.Teams.Propose(t.Context(), tester, p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.app.Teams.Decide(t.Context(), second, p.ID, true, "I rang them"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.app.Deliver(context.WithoutCancel(t.Context()), tester, nil); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(recipients(n.mails()), "\n")
	for _, old := range []string{e.Contacts[0].Address, e.Contacts[1].Address} {
		if !strings.Contains(got, old+": A contact of CERT B was changed") {
			t.Errorf("%s heard nothing of its change:\n%s", old, got)
		}
	}
}
