package incident

import (
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// What is written about what is restricted, and to whom of the team, stands in the outbox for members alone.
func TestMailOfWhatIsRestricted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.sign("ada", "bob")
		h.o.Delivery.Unseen = h.UnseenMail
		plain := h.accept(t, Draft{Door: Mail, Subject: "plain", Reporter: Reporter{Email: "plain@x.example"}})
		secret := h.accept(t, Draft{Door: Mail, Subject: "secret", Reporter: Reporter{Email: "secret@x.example"}})
		for _, r := range []Report{plain, secret} {
			if _, err := h.Reply(t.Context(), ada, r.ID, "answer", "We look at it."); err != nil {
				t.Fatal(err)
			}
		}
		i := h.opened(t, ada, Opening{Title: "Minister", Restricted: true, Reports: []string{secret.ID}})
		for _, d := range []InvestigationDraft{{Incident: i.ID}, {Report: secret.ID}} {
			d.Party, d.Subject, d.Text = Party{Name: "Police", Email: "police@x.example"}, "a question", "Who was it?"
			if _, err := h.Investigate(t.Context(), ada, d); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.BreakGlass(t.Context(), bob, i.ID, "nobody answers"); err != nil { // the team, the manager, two members
			t.Fatal(err)
		}
		system := h.outbox(t, identity.System("test"))
		for _, who := range []struct {
			actor identity.Actor
			mails int // the one of the plain report, and the team's
		}{{eve, 2}, {aud, 2}, {boss, 2}, {ada, 2 + 3}, {bob, 2 + 3}} {
			seen := h.outbox(t, who.actor)
			if len(seen) != who.mails {
				t.Errorf("%s sees %d mails, not %d of %d", who.actor.ID, len(seen), who.mails, len(system))
			}
			for id := range system {
				_, _, get := h.o.Delivery.Get(t.Context(), who.actor, id)
				_, bytes := h.o.Delivery.Bytes(t.Context(), who.actor, id)
				if may := seen[id]; may != (get == nil) || may != (bytes == nil) || !may && !problem.Is(get, problem.NotFound) {
					t.Errorf("%s, mail %s: listed %v, but %v and %v", who.actor.ID, id, may, get, bytes)
				}
			}
			states, err := h.o.Delivery.Count(t.Context(), who.actor)
			if err != nil || states.States[delivery.Queued] != 2 {
				t.Errorf("%s counts %v, %v", who.actor.ID, states.States, err)
			}
		}
	})
}

// outbox lists the deliveries that an actor sees.
func (h *house) outbox(t *testing.T, actor identity.Actor) map[string]bool {
	t.Helper()
	p, err := h.o.Delivery.List(t.Context(), actor, delivery.Query{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, d := range p.Items {
		out[d.ID] = true
	}
	return out
}

// Who sees a restricted incident for a time makes no endless time of it, for themselves or for others.
func TestGlassIsNoMembership(t *testing.T) {
	sqlite(t, func(t *testing.T, h *house) {
		h.sign("ada", "bob", "eve")
		i := h.opened(t, ada, Opening{Title: "Minister", Restricted: true})
		if err := h.AddMember(t.Context(), ada, i.ID, Member{Account: "eve", AdHoc: true, Until: h.clock.Now().Add(GlassFor)}); err != nil {
			t.Fatal(err)
		}
		if err := h.BreakGlass(t.Context(), bob, i.ID, "nobody answers"); err != nil {
			t.Fatal(err)
		}
		for _, actor := range []identity.Actor{bob, eve} {
			for what, err := range map[string]error{
				"stays":        h.AddMember(t.Context(), actor, i.ID, Member{Account: actor.ID}),
				"brings along": h.AddMember(t.Context(), actor, i.ID, Member{Account: "bob"}),
				"puts out":     h.RemoveMember(t.Context(), actor, i.ID, "ada", "mine now"),
				"opens it":     second(h.Restrict(t.Context(), actor, i.ID, false, nil, "for all")),
			} {
				if !problem.Is(err, problem.Forbidden) {
					t.Errorf("%s %s: %v", actor.ID, what, err)
				}
			}
		}
		h.clock.Advance(GlassFor)
		for _, actor := range []identity.Actor{bob, eve} {
			if _, err := h.Incident(t.Context(), actor, i.ID); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s still sees it: %v", actor.ID, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

// A restricted thing's mail that does not arrive is a task that names nobody.
func TestPrivateMail(t *testing.T) {
	sqlite(t, func(t *testing.T, h *house) {
		h.sign("ada")
		h.o.Delivery.Unseen = h.UnseenMail
		i := h.opened(t, ada, Opening{Title: "Minister", Restricted: true})
		v, err := h.Investigate(t.Context(), ada, InvestigationDraft{Incident: i.ID, Party: Party{Name: "Police", Email: "police@x.example"}, Subject: "q", Text: "Who?"})
		if err != nil {
			t.Fatal(err)
		}
		err = h.db.Read(t.Context(), func(tx *sqldb.Tx) error {
			private, err := h.o.Delivery.Private(tx, v.Messages[0].Delivery)
			if !private {
				t.Error("everybody may know of it")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
