package team

import (
	"context"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/token"
)

// A contact of a team changes by two people's word, whichever way it is tried, and the old address hears of each step.
func TestSecondPerson(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		h.load(someTeams, ImportOptions{})
		e := h.named("CERT Quiet")
		old := e.Contacts[0]
		moved := old
		moved.Address, moved.Health = "cert@new.example", constituency.Good
		p, err := h.Propose(ctx, ada, Proposal{Organisation: e.Team.Organisation, Contact: old.ID, Body: &moved, Reason: "they wrote"})
		if err != nil || p.State != Open {
			t.Fatalf("%+v, %v", p, err)
		}
		h.wrote(TellPropose, "cert@quiet.example", "+ cert@new.example")
		if _, err := h.Decide(ctx, ada, p.ID, true, ""); !problem.Is(err, problem.Forbidden) {
			t.Errorf("the same person: %v", err)
		}
		if got := h.named("CERT Quiet").Contacts[0].Address; got != old.Address {
			t.Errorf("it is %s already", got)
		}
		if list, err := h.Proposals(ctx, watcher, ""); err != nil || len(list) != 1 || list[0].Body.Address != "cert@new.example" {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := h.Decide(ctx, grace, p.ID, true, "I rang them"); err != nil {
			t.Fatal(err)
		}
		h.wrote(TellChange, "cert@quiet.example", "- cert@quiet.example")
		got := h.named("CERT Quiet").Contacts[0]
		if got.Address != "cert@new.example" || got.Health != constituency.Unknown || got.ID != old.ID {
			t.Errorf("%+v", got)
		}
		if _, err := h.Decide(ctx, grace, p.ID, true, ""); !problem.Is(err, problem.Conflict) {
			t.Errorf("twice: %v", err)
		}
	})
}

// by is a program of somebody's.
func (h *hall) by(actor identity.Actor) identity.Actor {
	h.t.Helper()
	tokens := token.New(token.Options{DB: h.DB, Clock: h.now, Resolve: func(context.Context, string) (identity.Actor, error) { return actor, nil }})
	text, _, err := tokens.Make(ctx, actor, token.Draft{Name: "a script", Scopes: []identity.Scope{identity.ConstituencyWrite}})
	if err != nil {
		h.t.Fatal(err)
	}
	program, ok, err := tokens.Check(ctx, text)
	if err != nil || !ok {
		h.t.Fatal(ok, err)
	}
	return program
}

// Nobody is a second person to a program of their own.
func TestSecondPersonOfOnesProgram(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		h.load(someTeams, ImportOptions{})
		team := h.named("CERT Quiet").Team.Organisation
		p, err := h.Propose(ctx, h.by(ada), Proposal{Organisation: team, Body: &constituency.Contact{Address: "x@new.example"}, Reason: "they wrote"})
		if err != nil || p.State != Open {
			t.Fatalf("%+v, %v", p, err)
		}
		if _, err := h.Decide(ctx, ada, p.ID, true, ""); !problem.Is(err, problem.Forbidden) {
			t.Errorf("whose program it is: %v", err)
		}
		if _, err := h.Decide(ctx, grace, p.ID, true, ""); err != nil {
			t.Errorf("somebody else: %v", err)
		}
	})
}

// A link that lies in a mailbox that is the team's no more confirms nothing.
func TestLinkEndsWithItsContact(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		h.load(someTeams, ImportOptions{})
		e := h.named("CERT Quiet")
		if err := h.Ask(ctx, ada, e.Team.Organisation); err != nil {
			t.Fatal(err)
		}
		secret, moved := secretOf(t, h.letters[0]), e.Contacts[0]
		moved.Address = "cert@new.example"
		p, err := h.Propose(ctx, ada, Proposal{Organisation: e.Team.Organisation, Contact: moved.ID, Body: &moved, Reason: "they wrote"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Follow(ctx, secret); err != nil {
			t.Errorf("before it is decided: %v", err)
		}
		if _, err := h.Decide(ctx, grace, p.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		_, followed := h.Follow(ctx, secret)
		_, confirmed := h.ConfirmLink(ctx, secret, e.Stamp())
		if !problem.Is(followed, problem.NotFound) || !problem.Is(confirmed, problem.NotFound) {
			t.Errorf("%v, %v", followed, confirmed)
		}
	})
}

// wrote looks whether the last letter is of a kind, went to an address and holds a line.
func (h *hall) wrote(kind LetterKind, to, holds string) {
	h.t.Helper()
	if len(h.letters) == 0 {
		h.t.Fatal("no letter")
	}
	l := h.letters[len(h.letters)-1]
	if l.Kind != kind || l.To.Address != to || !strings.Contains(strings.Join(l.Details, "\n"), holds) {
		h.t.Errorf("%+v", l)
	}
}

func TestRegisterRefusesBehindTheBack(t *testing.T) {
	h := one(t)
	h.load(someTeams, ImportOptions{})
	e := h.named("CERT Quiet")
	c := e.Contacts[0]
	other := c
	other.Address = "x@evil.example"
	_, changed := h.Register.ChangeContact(ctx, ada, other)
	_, added := h.Register.AddContact(ctx, ada, constituency.Contact{Organisation: c.Organisation, Address: "y@evil.example"})
	removed := h.Register.RemoveContact(ctx, ada, c.ID, c.Version)
	for name, err := range map[string]error{"change": changed, "add": added, "remove": removed} {
		if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "second person") {
			t.Errorf("%s: %v", name, err)
		}
	}
	rep, err := h.Register.Import(ctx, ada, strings.NewReader("organisation,contact,purpose\nCERT Quiet,z@evil.example,abuse\nNCSC-FI,,\n"), constituency.ImportOptions{})
	if err != nil || len(rep.Rejected) != 1 || rep.Rejected[0].Line != 2 {
		t.Errorf("import: %+v, %v", rep, err)
	}
	c.Language = "sv"
	if _, err := h.Register.ChangeContact(ctx, ada, c); err != nil {
		t.Errorf("its language: %v", err)
	}
}

func TestRefuse(t *testing.T) {
	h := one(t)
	h.load(someTeams, ImportOptions{})
	e := h.named("UniCERT")
	p, err := h.Propose(ctx, ada, Proposal{Organisation: e.Team.Organisation, Contact: e.Contacts[0].ID, Reason: "gone"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Decide(ctx, grace, p.ID, false, ""); !problem.Is(err, problem.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := h.Decide(ctx, ada, p.ID, false, "I take it back"); err != nil {
		t.Error(err)
	}
	h.wrote(TellRefused, "cert@uni.example", "- cert@uni.example")
	if got := h.named("UniCERT").Contacts; len(got) != 1 {
		t.Errorf("%+v", got)
	}
	p, err = h.Propose(ctx, ada, Proposal{Organisation: e.Team.Organisation, Contact: e.Contacts[0].ID, Reason: "gone"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Decide(ctx, grace, p.ID, true, ""); err != nil || len(h.named("UniCERT").Contacts) != 0 {
		t.Errorf("removed: %v", err)
	}
	first := constituency.Contact{Address: "new@uni.example"}
	if p, err = h.Propose(ctx, ada, Proposal{Organisation: e.Team.Organisation, Body: &first, Reason: "they rang"}); err != nil || p.State != Approved {
		t.Errorf("a first contact: %+v, %v", p, err)
	}
}

func TestProposalsThatCannotBe(t *testing.T) {
	h := one(t)
	h.load(someTeams, ImportOptions{})
	e, other := h.named("UniCERT"), h.named("NCSC-FI")
	good := constituency.Contact{Address: "a@b.example"}
	for name, tt := range map[string]struct {
		p    Proposal
		want problem.Kind
	}{
		"no reason":         {Proposal{Organisation: e.Team.Organisation, Body: &good}, problem.Invalid},
		"nothing":           {Proposal{Organisation: e.Team.Organisation, Reason: "x"}, problem.Invalid},
		"no address":        {Proposal{Organisation: e.Team.Organisation, Reason: "x", Body: &constituency.Contact{Address: "nobody"}}, problem.Invalid},
		"no team":           {Proposal{Organisation: "x", Reason: "x", Body: &good}, problem.NotFound},
		"another's contact": {Proposal{Organisation: e.Team.Organisation, Reason: "x", Contact: other.Contacts[0].ID}, problem.NotFound},
		"an old version":    {Proposal{Organisation: e.Team.Organisation, Reason: "x", Contact: e.Contacts[0].ID, Seen: 7}, problem.Conflict},
	} {
		if _, err := h.Propose(ctx, ada, tt.p); !problem.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Decide(ctx, grace, "x", true, ""); !problem.Is(err, problem.NotFound) {
		t.Errorf("no such: %v", err)
	}
}
