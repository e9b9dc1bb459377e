package incident

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/seal"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/release/leak"
)

// referralBody is what of a referral is sealed.
type referralBody struct {
	To      Party  `json:"to"`
	Text    string `json:"text,omitempty"`
	Reason  string `json:"reason"`
	Outcome string `json:"outcome,omitempty"`
}

// check puts a party right.
func (p *Party) check() error {
	p.Name, p.Email, p.Contact = line(p.Name), line(p.Email), line(p.Contact)
	if p.Name == "" || len(p.Name) > MaxField || len(p.Email) > MaxField || len(p.Contact) > MaxField {
		return problem.New(problem.Invalid, "say who the party is, by a name of at most %d bytes", MaxField)
	}
	if p.As != "" && !slices.Contains(release.Parties(), p.As) {
		return problem.New(problem.Invalid, "a party is one of %v, not %q", release.Parties(), p.As)
	}
	r := Reporter{Email: p.Email}
	return r.check()
}

// contactOf gives a party's contact: that of the register, or its address.
func contactOf(tx *sqldb.Tx, p *Party) (constituency.Contact, error) {
	if p.Contact == "" {
		return release.Correspondence(p.Email), nil
	}
	c, err := constituency.ContactIn(tx, p.Contact)
	if err == nil && c.Channel != constituency.Mail {
		return c, problem.New(problem.Invalid, "the contact %s is no mailbox: write to another, or call", p.Contact)
	}
	p.Email = c.Address
	return c, err
}

// Refer passes a report on to another team, which goes on with it under a clock of its own. With a text it is written to them; without, they were told
// another way. Errors: NotFound; Invalid; Conflict if the report is done, or if its label lets nobody else have it.
func (s *Service) Refer(ctx context.Context, actor identity.Actor, name string, d ReferralDraft) (out Referral, err error) {
	if err := actor.Authorise(OpRefer, name); err != nil {
		return out, err
	}
	if d.Reason, err = reason(d.Reason); err != nil {
		return out, err
	}
	if err := d.To.check(); err != nil {
		return out, err
	}
	if !d.Due.After(s.now()) {
		return out, problem.New(problem.Invalid, "say by when they should have answered: a time to come")
	}
	d.Text = strings.TrimSpace(text(d.Text))
	err = s.change(ctx, actor, name, 0, func(tx *sqldb.Tx, r *record) error {
		out, err = s.refer(tx, actor, r, d)
		return err
	})
	return out, err
}

func (s *Service) refer(tx *sqldb.Tx, actor identity.Actor, r *record, d ReferralDraft) (out Referral, err error) {
	m, _ := find(reportMoves, Pass)
	if err := m.possible(r.State, "report "+r.Ref); err != nil {
		return out, err
	}
	f, err := s.full(r)
	if err != nil {
		return out, err
	}
	now := r.at(s.now())
	out = Referral{ID: id.NewAt(now), Report: r.ID, To: d.To, Text: d.Text, Reason: d.Reason, By: actor.ID, At: now, Due: d.Due}
	delivered := ""
	if d.Text != "" {
		if delivered, err = s.writeTo(tx, actor, &out.To, r.ID, &f, d.Text); err != nil {
			return out, err
		}
	}
	sealed, err := put(f.key, "referral/"+out.ID, referralBody{To: out.To, Text: d.Text, Reason: d.Reason})
	if err != nil {
		return out, err
	}
	_, err = tx.Exec(`INSERT INTO referral (id, report, actor, at, due, answered, raised, delivery, body) VALUES ($1, $2, $3, $4, $5, 0, 0, $6, $7)`,
		out.ID, r.ID, actor.ID, now, d.Due, delivered, sealed)
	if err == nil {
		err = s.asked(tx, r, Pass)
	}
	if err != nil {
		return out, err
	}
	return out, actor.Audit(tx, now, OpRefer, r.ID, nil, map[string]any{"referral": out.ID, "due": d.Due, "delivery": delivered})
}

// writeTo writes to another team about a report.
func (s *Service) writeTo(tx *sqldb.Tx, actor identity.Actor, p *Party, about string, f *full, words string) (string, error) {
	if s.o.Delivery == nil || s.o.Release == nil {
		return "", problem.New(problem.Unavailable, "no mail can be sent: name a mail.relay, or a mail.maildir, in the configuration")
	}
	to, err := contactOf(tx, p)
	if err != nil {
		return "", err
	}
	item := f.item()
	item.Terms.Label, item.Holds = max(f.label(), tlp.Green), sensitive
	permit, to, err := s.o.Release.ForParty(tx, actor, item, to, cmp.Or(p.As, release.Peer))
	if err != nil {
		return "", err
	}
	names, err := s.namesFor(tx, place{id: f.ID, report: &f.record}, *p, f.Ref, nil)
	if err != nil {
		return "", err
	}
	l := letter{subject: s.subjectOf(f, ""), generic: "[" + f.Ref + "] " + s.o.TeamName, text: words}
	if len(leak.Check(leak.Content{Subject: l.subject}, names)) > 0 { // the reporter wrote it, and nobody can change it
		l.subject = l.generic
	}
	l.checked = checked{actor, func(*sqldb.Tx) (leak.Names, error) { return names, nil }}
	delivered, message, err := s.send(tx, permit, to, p.Name, l)
	if err != nil {
		return "", err
	}
	return delivered, s.remember(tx, s.now(), message, about)
}

// Answered ends a referral's clock. Errors: NotFound, Invalid without an outcome, Conflict if it is answered already.
func (s *Service) Answered(ctx context.Context, actor identity.Actor, referral, outcome string) error {
	if err := actor.Authorise(OpRefer, referral); err != nil {
		return err
	}
	outcome, err := reason(outcome)
	if err != nil {
		return problem.New(problem.Invalid, "say what they answered")
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var report string
		err := tx.QueryRow(`SELECT report FROM referral WHERE id = $1`, referral).Scan(&report)
		if sqldb.NoRows(err) {
			return gone("referral", referral)
		}
		if err != nil {
			return err
		}
		return s.answered(tx, actor, referral, report, outcome)
	})
}

func (s *Service) answered(tx *sqldb.Tx, actor identity.Actor, referral, report, outcome string) error {
	v, err := s.SightOf(tx, actor)
	if err != nil {
		return err
	}
	r, err := s.report(tx, v, report)
	if problem.Is(err, problem.NotFound) {
		return gone("referral", referral)
	}
	if err != nil {
		return err
	}
	key, err := s.key(&r)
	if err != nil {
		return err
	}
	list, err := referralsOf(tx, key, r.ID)
	if err != nil {
		return err
	}
	now := r.at(s.now())
	for _, one := range list {
		if one.ID != referral {
			continue
		}
		if !one.Answered.IsZero() {
			return problem.New(problem.Conflict, "that was answered already: %s", one.Outcome)
		}
		sealed, err := put(key, "referral/"+one.ID, referralBody{one.To, one.Text, one.Reason, outcome})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE referral SET answered = $2, body = $3 WHERE id = $1`, referral, now, sealed); err != nil {
			return err
		}
	}
	return actor.Audit(tx, now, OpRefer, r.ID, nil, map[string]any{"referral": referral, "answered": now})
}

func referralsOf(tx *sqldb.Tx, k seal.Key, report string) (list []Referral, err error) {
	err = tx.Each(`SELECT id, report, actor, at, due, answered, body FROM referral WHERE report = $1 ORDER BY at, id`, []any{report}, func(scan func(...any) error) error {
		var r Referral
		var sealed []byte
		if err := scan(&r.ID, &r.Report, &r.By, moment{&r.At}, moment{&r.Due}, moment{&r.Answered}, &sealed); err != nil {
			return err
		}
		b, err := get[referralBody](k, "referral/"+r.ID, sealed)
		r.To, r.Text, r.Reason, r.Outcome = b.To, b.Text, b.Reason, b.Outcome
		list = append(list, r)
		return err
	})
	return list, err
}

// Overdue raises a task for each referral that is due and not answered, once, and returns how many it raised.
func (s *Service) Overdue(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(OpReferralsRemind, ""); err != nil {
		return 0, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		list, err := dueReferrals(tx, s.now())
		for _, d := range list {
			if err != nil {
				return err
			}
			_, err = queue.Raise(tx, s.now(), queue.Task{
				Kind: "referral-due", Object: d.id, Title: "Nobody has answered about report " + d.ref,
				Detail: "It was passed on to another team, which should have answered by " + d.due.Format(time.RFC3339) + ".",
				Advice: "Ask them, or take the report back. What they answered is noted with the report.",
			})
			if err == nil {
				_, err = tx.Exec(`UPDATE referral SET raised = $2 WHERE id = $1`, d.id, s.now())
			}
			n++
		}
		if err == nil && n > 0 {
			err = actor.Audit(tx, s.now(), OpReferralsRemind, "", nil, map[string]any{"referrals": n})
		}
		return err
	})
	return n, err
}

type due struct {
	id, ref string
	due     time.Time
}

func dueReferrals(tx *sqldb.Tx, now time.Time) (list []due, err error) {
	err = tx.Each(`SELECT f.id, r.ref, f.due FROM referral f JOIN report r ON r.id = f.report WHERE f.answered = 0 AND f.raised = 0 AND f.due <= $1 ORDER BY f.due LIMIT 500`,
		[]any{now}, func(scan func(...any) error) error {
			var d due
			err := scan(&d.id, &d.ref, moment{&d.due})
			list = append(list, d)
			return err
		})
	return list, err
}
