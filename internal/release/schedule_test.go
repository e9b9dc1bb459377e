package release

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// post is a room of deliveries that keeps letters in memory.
type post struct {
	sent    []Sent
	letters []Letter
}

func (p *post) wire(w *world) {
	w.o.Deliveries = func(_ *sqldb.Tx, decisions []string) (out []Sent, err error) {
		for _, s := range p.sent {
			if strings.Contains(strings.Join(decisions, " "), s.Decision) {
				out = append(out, s)
			}
		}
		return out, nil
	}
	w.o.Post = func(_ *sqldb.Tx, permit Permit, l Letter) (string, error) {
		if !permit.Valid() || !permit.Covers(l.To) {
			return "", problem.New(problem.Forbidden, "no permit for %s", l.To.Address)
		}
		p.letters = append(p.letters, l)
		return id.New(), nil
	}
}

// deliver notes that something went out under a decision.
func (p *post) deliver(w *world, d Decision, to Recipient) {
	p.sent = append(p.sent, Sent{
		Decision: d.ID, Delivery: id.New(), Contact: to.Contact, Name: to.Organisation.Name, Channel: "mail", Subject: "About you", MessageID: "<a@b>",
		Created: w.now.Now(), Delivered: w.now.Now(), Reached: true,
	})
}

var told = Item{Kind: "report", ID: "r-1", Source: ByReporter, Terms: Terms{Label: tlp.AmberStrict}, Count: 1}

// With the clock moved the same request yields more, exactly by schedule, and holders hear of it.
func TestDecay(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, mail := open(t, db), &post{}
		mail.wire(w)
		to := chosenBy(person, w.nordic)
		own := told
		own.Owner = w.hospital.Organisation.ID
		_, d := w.ask(t, own, w.hospital)
		mail.deliver(w, d, w.hospital)
		year := day.AddDate(1, 0, 0)
		three := day.AddDate(3, 0, 0)
		s, err := w.Relax(ctx, person, Relaxation{Item: own, Stages: []Stage{{At: year, Label: tlp.Amber}, {At: three, Label: tlp.Clear}}, Word: "Ms Berg of the hospital, by telephone"})
		if err != nil || s.Version != 1 {
			t.Fatalf("%+v, %v", s, err)
		}
		for _, tt := range []struct {
			at      time.Time
			outcome Outcome
			label   tlp.Label
			letters int
		}{
			{day, Refused, tlp.AmberStrict, 0},
			{year.Add(-time.Millisecond), Refused, tlp.AmberStrict, 0},
			{year, Allowed, tlp.Amber, 1},
			{three, Allowed, tlp.Clear, 2},
		} {
			w.now.Set(tt.at)
			got, err := w.Explain(ctx, person, own, to)
			if err != nil || got.Outcome != tt.outcome || got.Effective != tt.label {
				t.Errorf("%s: %s under %s, %v", tt.at, got.Outcome, got.Effective, err)
			}
			for range 2 { // a second look tells nobody twice
				if _, err := w.Decay(ctx, system); err != nil {
					t.Fatal(err)
				}
			}
			if len(mail.letters) != tt.letters {
				t.Errorf("%s: %d letters", tt.at, len(mail.letters))
			}
		}
		if last := mail.letters[1]; !strings.Contains(last.Text, "TLP:CLEAR") || last.To.Address != "soc@hospital.example" {
			t.Errorf("%+v", last)
		}
		// Made stricter since, it stays strict.
		own.Terms.Label = tlp.Red
		if got, err := w.Explain(ctx, person, own, to); err != nil || got.Effective != tlp.Red {
			t.Errorf("%s, %v", got.Effective, err)
		}
	})
}

func TestEmbargo(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	w := open(t, db)
	item := about(w.hospital, tlp.Green)
	item.Kind, item.Terms.Feed = "incident", ""
	until := day.Add(48 * time.Hour)
	if _, err := w.Relax(ctx, person, Relaxation{Item: item, Embargo: until}); err != nil {
		t.Fatal(err)
	}
	if _, d := w.ask(t, item, w.hospital); d.Rule != "embargo" || !strings.Contains(d.Reason, "2026-11-24 03:00 UTC") {
		t.Errorf("%s: %s", d.Rule, d.Reason)
	}
	w.now.Set(until)
	if _, d := w.ask(t, item, w.hospital); !d.Allowed {
		t.Errorf("%s: %s", d.Rule, d.Reason)
	}
}

func TestRelaxRefuses(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	w := open(t, db)
	step := []Stage{{At: day.Add(time.Hour), Label: tlp.Green}}
	tests := []struct {
		name  string
		actor identity.Actor
		r     Relaxation
		want  problem.Kind
	}{
		{"nobody", identity.Actor{}, Relaxation{Item: told, Stages: step, Word: "yes"}, problem.Forbidden},
		{"a part of Firehall", system, Relaxation{Item: told, Stages: step, Word: "yes"}, problem.Forbidden},
		{"without the source's word", person, Relaxation{Item: told, Stages: step}, problem.Invalid},
		{"no step", person, Relaxation{Item: told, Stages: []Stage{{At: day, Label: tlp.Red}}, Word: "yes"}, problem.Invalid},
		{"backwards", person, Relaxation{Item: told, Stages: []Stage{{At: day.Add(time.Hour), Label: tlp.Amber}, {At: day, Label: tlp.Green}}, Word: "yes"}, problem.Invalid},
		{"an embargo that is over", person, Relaxation{Item: told, Embargo: day, Word: "yes"}, problem.Invalid},
		{"a review that is over", person, Relaxation{Item: told, Review: day, Word: "yes"}, problem.Invalid},
		{"changed meanwhile", person, Relaxation{Item: told, Stages: step, Word: "yes", Version: 3}, problem.Conflict},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := w.Relax(ctx, tt.actor, tt.r); !problem.Is(err, tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A recall reaches exactly those who got it, each once; who only was refused, or whose message is not sent, hears nothing.
func TestRecallReachesExactlyTheHolders(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, mail := open(t, db), &post{}
		mail.wire(w)
		item := about(w.hospital, tlp.Green)
		item.Kind, item.Terms.Feed = "incident", ""
		_, first := w.ask(t, item, w.hospital)
		_, second := w.ask(t, item, chosenBy(person, w.region))
		_, refused := w.ask(t, item, w.nordic)
		mail.deliver(w, first, w.hospital)
		mail.deliver(w, first, w.hospital)
		mail.deliver(w, second, w.region)
		mail.sent[2].Reached = false
		if refused.Allowed {
			t.Fatal(refused.Reason)
		}
		if err := w.Acknowledge(ctx, person, first.ID, w.hospital.Contact.Address, "phone"); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the same words again tell nobody twice
			list, err := w.Correct(ctx, person, Correction{Item: item, Words: "The list was another's.", Recall: true})
			if err != nil || len(list) != 1 {
				t.Fatalf("%+v, %v", list, err)
			}
		}
		if len(mail.letters) != 1 || mail.letters[0].To.Address != "soc@hospital.example" || !strings.Contains(mail.letters[0].Text, "The list was another's.") {
			t.Errorf("%+v", mail.letters)
		}
		copies, err := w.Holders(ctx, person, item.Kind, item.ID)
		if err != nil || len(copies) != 3 {
			t.Fatalf("%+v, %v", copies, err)
		}
		for _, c := range copies {
			if hospital := c.Address == "soc@hospital.example"; hospital == c.Recalled.IsZero() || hospital == c.Acknowledged.IsZero() {
				t.Errorf("%+v", c)
			}
		}
	})
}

func TestCorrectRefuses(t *testing.T) {
	w := open(t, sqldbtest.Open(t, sqldb.SQLite))
	if _, err := w.Correct(ctx, identity.Actor{}, Correction{Item: told, Words: "x"}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := w.Correct(ctx, person, Correction{Item: told, Words: " \n"}); !problem.Is(err, problem.Invalid) {
		t.Errorf("no words: %v", err)
	}
	if _, err := w.Correct(ctx, person, Correction{Item: told, Words: "x"}); !problem.Is(err, problem.Unavailable) {
		t.Errorf("no mail: %v", err)
	}
}

func TestAskSource(t *testing.T) {
	w, mail := open(t, sqldbtest.Open(t, sqldb.SQLite)), &post{}
	mail.wire(w)
	w.o.SourceOf = func(context.Context, identity.Actor, Item) (Recipient, error) {
		return Recipient{Contact: Correspondence("finder@example.org"), As: Reporter, Organisation: constituency.Organisation{ID: Correspondent}}, nil
	}
	item := told
	item.Terms.Label = tlp.Red
	if d, err := w.AskSource(ctx, person, item, tlp.Amber, "The owner has to know."); err != nil || d == "" || len(mail.letters) != 1 {
		t.Fatalf("%q, %v", d, err)
	}
	if l := mail.letters[0]; l.To.Address != "finder@example.org" || !strings.Contains(l.Text, "TLP:AMBER") {
		t.Errorf("%+v", l)
	}
	if _, err := w.AskSource(ctx, person, item, tlp.Red, "again"); !problem.Is(err, problem.Invalid) {
		t.Errorf("the same label: %v", err)
	}
	if _, err := w.AskSource(ctx, person, ours1, tlp.Green, "again"); !problem.Is(err, problem.Conflict) {
		t.Errorf("our own: %v", err)
	}
}
