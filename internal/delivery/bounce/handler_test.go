package bounce

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/token"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// TestTake takes each sample as it comes to a valid return path, twice: the second time nothing changes.
func TestTake(t *testing.T) {
	untouched := state{Delivery: delivery.Delivered, Health: constituency.Unknown, Heard: 1, Audited: 1}
	with := func(change func(s *state)) state {
		s := untouched
		change(&s)
		return s
	}
	tests := []struct {
		name, text string // a file, or the fields of a notification
		did        Did
		want       state
	}{
		{"no such user", "Action: failed\nStatus: 5.1.1\n", Bounced, with(func(s *state) {
			s.Delivery, s.Attempts, s.Health, s.Tasks, s.Failed = delivery.Bounced, 1, constituency.Bad, []string{"bounce"}, 1
		})},
		{"given up on", "exim.eml", Bounced, with(func(s *state) {
			s.Delivery, s.Attempts, s.Health, s.Tasks, s.Failed = delivery.Bounced, 1, constituency.Doubtful, []string{"bounce"}, 1
		})},
		{"mailbox full", "exchange.eml", Bounced, with(func(s *state) {
			s.Delivery, s.Attempts, s.Health, s.Tasks, s.Failed = delivery.Bounced, 1, constituency.Doubtful, []string{"bounce"}, 1
		})},
		{"refused by policy", "Action: failed\nStatus: 5.7.1\n", Bounced, with(func(s *state) {
			s.Delivery, s.Attempts, s.Tasks, s.Failed = delivery.Bounced, 1, []string{"bounce"}, 1
		})},
		{"delayed", "gmail.eml", Noted, with(func(s *state) { s.Attempts = 1 })},
		{"delivered", "Action: delivered\nStatus: 2.0.0\n", Noted, untouched},
		{"relayed", "Action: relayed\nStatus: 2.0.0\n", Noted, untouched},
		{"expanded", "Action: expanded\nStatus: 2.0.0\n", Noted, untouched},
		{"an action nobody knows", "Action: exploded\nStatus: 5.1.1\n", Noted, untouched},
		{"an absence", "vacation.eml", Asked, with(func(s *state) { s.Tasks = []string{"automatic-answer"} })},
		{"a bounce in plain words", "qmail.eml", Asked, with(func(s *state) { s.Tasks = []string{"automatic-answer"} })},
		{"an answer", "answer.eml", Asked, with(func(s *state) { s.Tasks = []string{"answer"} })},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				w := newTeam(t, sqldbtest.Open(t, db.Engine()))
				text := dsn("Delivered-To: "+token.Address(w.Secret[:], w.sent, "cert.example")+"\nMessage-Id: <m@x>\n", tt.text)
				if strings.HasSuffix(tt.text, ".eml") {
					text = w.came(t, tt.text, w.sent)
				}
				for i, did := range []Did{tt.did, Known} {
					out := w.take(t, text)
					if len(out.Results) != 1 || out.Unused != 0 || out.Results[0].Did != did || out.Results[0].Delivery != w.sent || out.Results[0].Why == "" {
						t.Errorf("time %d: %+v", i+1, out)
					}
					if d := cmp.Diff(tt.want, w.state(t)); d != "" {
						t.Errorf("time %d (-want +got)\n%s", i+1, d)
					}
				}
			})
		}
	})
}

// TestForgedReportsChangeNothing is the promise of the package.
func TestForgedReportsChangeNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newTeam(t, db)
		before := w.state(t)
		path := token.Address(w.Secret[:], w.sent, "cert.example")
		other := [32]byte{9}
		local, _, _ := strings.Cut(path, "@")
		fields := "Final-Recipient: rfc822; abuse@isp.example\nOriginal-Recipient: rfc822; " + path + "\nAction: failed\nStatus: 5.1.1\n"
		original := "\n--b\nContent-Type: message/rfc822\n\nReturn-Path: <" + path + ">\nDelivered-To: " + path + "\nTo: " + path + "\nMessage-Id: <" + w.sent + "@cert.example>\n\nx\n"
		forged := map[string]string{
			"to the team":              dsn("To: cert@cert.example\n", fields+original),
			"made with another key":    dsn("To: "+token.Address(other[:], w.sent, "cert.example")+"\n", fields+original),
			"for another message":      dsn("To: "+strings.Replace(path, w.sent, id.New(), 1)+"\n", fields+original),
			"cut":                      dsn("To: "+local[:len(local)-1]+"@cert.example\n", fields+original),
			"the id alone":             dsn("To: bounce+"+w.sent+"@cert.example\n", fields+original),
			"its own return path":      dsn("Return-Path: <"+path+">\nFrom: "+path+"\nReferences: "+path+"\nTo: cert@cert.example\n", fields+original),
			"nobody":                   dsn("", fields+original),
			"in the text":              "To: cert@cert.example\n\nDelivered-To: " + path + "\n",
			"no mail":                  "broken\n\n" + path,
			"in a message in the text": "To: cert@cert.example\nContent-Type: message/rfc822\n\n" + dsn("To: "+path+"\n", fields),
		}
		for name, text := range forged {
			out := w.take(t, text)
			if out.Unused != len(out.Results) || out.Unused == 0 || out.Results[0].Did != Nothing || out.Results[0].Why == "" {
				t.Errorf("%s: %+v", name, out)
			}
		}
		if d := cmp.Diff(before, w.state(t)); d != "" {
			t.Errorf("something changed:\n%s", d)
		}
	})
}

func TestValidPathsOfWhatCannotHaveComeBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newTeam(t, db)
		waiting := w.enqueue(t)
		unknown := id.New()
		before := w.state(t)
		for _, name := range []string{waiting, unknown} {
			out := w.take(t, w.came(t, "exim.eml", name))
			if out.Unused != 1 || out.Results[0].Did != Nothing || out.Results[0].Delivery != name {
				t.Errorf("%+v", out)
			}
		}
		if d := cmp.Diff(before, w.state(t)); d != "" {
			t.Errorf("something changed:\n%s", d)
		}
		w.drain(t) // what could not be used then can be now
		if out := w.take(t, w.came(t, "exim.eml", waiting)); out.Results[0].Did != Bounced {
			t.Errorf("%+v", out)
		}
	})
}

// Several addresses behind ours may each fail, and each failure may come back more than once: one bounce, one task.
func TestManyReportsOfOneMessage(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newTeam(t, db)
		header := "Delivered-To: " + token.Address(w.Secret[:], w.sent, "cert.example") + "\n"
		two := dsn(header, "Final-Recipient: rfc822; ada@isp.example\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; bob@isp.example\nAction: failed\nStatus: 5.1.1\n")
		late := dsn(header+"Message-Id: <late@x>\n", "Action: failed\nStatus: 4.4.7\n")
		sep := "From x Sun Nov 22 03:00:01 2026\n"
		out := w.take(t, sep+two+"\n"+sep+two+"\n"+sep+late)
		var did []Did
		for _, r := range out.Results {
			did = append(did, r.Did)
		}
		if d := cmp.Diff([]Did{Bounced, Known, Known, Known, Known}, did); d != "" {
			t.Error(d)
		}
		s := w.state(t)
		if s.Health != constituency.Bad || s.Failed != 1 || len(s.Tasks) != 1 || s.Tasks[0] != "bounce" {
			t.Errorf("%+v", s)
		}
		tasks, err := w.queue.List(ctx, actor, false, 10)
		if err != nil || !strings.Contains(tasks[0].Detail+tasks[0].Title, "ada@isp.example") {
			t.Errorf("the task does not say which address failed: %+v, %v", tasks, err)
		}
	})
}

// An absence notice comes for each message: one task for the contact, counted.
func TestAutomaticAnswersAreOneTask(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newTeam(t, db)
		second := w.enqueue(t)
		w.drain(t)
		for _, name := range []string{w.sent, second, second} {
			w.take(t, w.came(t, "vacation.eml", name))
		}
		tasks, err := w.queue.List(ctx, actor, false, 10)
		if err != nil || len(tasks) != 1 || tasks[0].Count != 2 || !strings.Contains(tasks[0].Detail, "Bitte schreiben Sie an soc@isp.example.") {
			t.Fatalf("%+v, %v", tasks, err)
		}
		if tasks[0].Contact != w.to.Contact.ID || tasks[0].Organisation != w.to.Organisation.ID || tasks[0].Advice == "" {
			t.Errorf("%+v", tasks[0])
		}
	})
}

func TestNobodyMayTake(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newTeam(t, db)
		before := w.state(t)
		_, err := w.Take(ctx, identity.Actor{}, strings.NewReader(w.came(t, "exim.eml", w.sent)))
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("got %v", err)
		}
		if d := cmp.Diff(before, w.state(t)); d != "" {
			t.Error(d)
		}
	})
}

// What was done before something failed is done, and told; the same input again does the rest.
func TestGoingOnAfterAFailure(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newTeam(t, db)
		sep := "From x Sun Nov 22 03:00:01 2026\r\n"
		first := sep + w.came(t, "answer.eml", w.sent) + "\r\n"
		whole := first + sep + w.came(t, "exim.eml", w.sent)
		broken := errors.New("input/output error")
		out, err := w.Take(ctx, actor, io.MultiReader(strings.NewReader(first+sep+"To: x@y\r\n\r\n"), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) || len(out.Results) != 1 || out.Results[0].Did != Asked {
			t.Errorf("%+v, %v", out, err)
		}
		stopped, stop := context.WithCancel(ctx)
		stop()
		if _, err := w.Take(stopped, actor, strings.NewReader(whole)); err == nil {
			t.Error("it went on after it was stopped")
		}
		if out := w.take(t, whole); out.Results[0].Did != Known || out.Results[1].Did != Bounced {
			t.Errorf("%+v", out)
		}
	})
}
