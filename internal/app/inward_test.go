package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// inward is a house, and a team that gives it things under an agreement.
type inward struct {
	*house
	a *App
}

// eachInward opens a house for each engine; change changes its one feed.
func eachInward(t *testing.T, change func(h *house), do func(w *inward)) {
	t.Helper()
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			h := houseOn(t, engine)
			change(h)
			w := &inward{house: h}
			w.a, _ = h.open()
			do(w)
		})
	}
}

func (w *inward) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// signed puts a team into the register with which an agreement takes what is so strict at most.
func (w *inward) signed(name, address string, in tlp.Label) {
	w.Helper()
	o, err := w.a.Register.AddOrganisation(w.Context(), tester, constituency.Organisation{Name: name, Kind: constituency.Peer})
	w.must(err)
	_, err = w.a.Register.AddContact(w.Context(), tester, constituency.Contact{Organisation: o.ID, Channel: constituency.Mail, Address: address, Purpose: constituency.Security})
	w.must(err)
	_, err = w.a.Teams.Put(w.Context(), tester, team.Team{Organisation: o.ID})
	w.must(err)
	now := w.clock.Now()
	_, err = w.a.Teams.Sign(w.Context(), tester, team.Agreement{
		Organisation: o.ID, Kind: team.NDA, Version: "1", Signed: now, SignedUs: "us", SignedThem: "them", From: now.Add(-time.Minute), Out: tlp.Amber, In: in,
	})
	w.must(err)
}

// kinds are the open tasks of the team, by their kind.
func (w *inward) kinds() (out []string) {
	w.Helper()
	list, err := w.a.Queue.List(w.Context(), tester, true, 0)
	w.must(err)
	for _, task := range list {
		out = append(out, task.Kind)
	}
	return out
}

// A feed's file under a label that the agreement with who gives it does not take is set aside whole, with the reason; one that it takes comes in.
func TestAFeedFileOutsideTheAgreementIsSetAside(t *testing.T) {
	for _, tt := range []struct {
		takes tlp.Label
		in    int64
	}{{tlp.Green, 0}, {tlp.Amber, 1}} {
		t.Run(tt.takes.Short(), func(t *testing.T) {
			eachInward(t, func(h *house) {
				f := h.conf.Feeds["desk"]
				f.Source, f.TLP = "CERT B", "amber"
				h.conf.Feeds["desk"] = f
			}, func(w *inward) {
				w.signed("CERT B", "cert@b.example", tt.takes)
				got, err := w.a.Feeds.Ingest(w.Context(), tester, feed.Source{Feed: "desk", Name: "list.txt", Reader: strings.NewReader("192.0.2.1\n")})
				w.must(err)
				why := ""
				for _, one := range got.Intakes {
					why += one.Undec
				}
				if got.Events != tt.in || strings.Contains(why, "the agreement with who sends it takes TLP:GREEN at most") != (tt.in == 0) || got.Partly() != (tt.in == 0) {
					w.Errorf("%d events, %q: %+v", got.Events, why, got)
				}
			})
		})
	}
}

// A report under a label that the agreement with who sends it does not take is kept, marked, and told to the team; others are not.
func TestAReportOutsideTheAgreementIsMarked(t *testing.T) {
	eachInward(t, func(*house) {}, func(w *inward) {
		w.signed("CERT B", "cert@b.example", tlp.Green)
		for _, tt := range []struct {
			address string
			label   tlp.Label
			outside bool
		}{{"cert@b.example", tlp.Amber, true}, {"cert@b.example", tlp.Green, false}, {"anybody@elsewhere.example", tlp.Amber, false}} {
			before := len(w.kinds())
			done, err := w.a.Incidents.Accept(w.Context(), handler, incident.Draft{
				Door: incident.Phone, Subject: "Odd things", Text: "Somebody guesses passwords.", TLP: tt.label, Reporter: incident.Reporter{Email: tt.address},
			})
			w.must(err)
			r, err := w.a.Incidents.Report(w.Context(), handler, done.ID)
			w.must(err)
			told := slices.Contains(w.kinds()[:len(w.kinds())-before], "outside-agreement")
			if slices.Contains(r.Trust.Faults, incident.OutsideAgreement) != tt.outside || told != tt.outside {
				w.Errorf("%s under %s: faults %v, the team was told: %v", tt.address, tt.label, r.Trust.Faults, told)
			}
		}
	})
}

// Nobody outside is asked about what a feed showed whose source forbids that, nor about a name below a domain that an incident keeps in.
func TestALookUpStopsAtThePAPOfAFeedAndOfAnIncident(t *testing.T) {
	eachInward(t, func(h *house) {
		f := h.conf.Feeds["desk"]
		f.PAP = "red"
		h.conf.Feeds["desk"] = f
	}, func(w *inward) {
		_, err := w.a.Feeds.Ingest(w.Context(), tester, feed.Source{Feed: "desk", Name: "list.txt", Reader: strings.NewReader("192.0.2.1\n")})
		w.must(err)
		_, err = w.a.ApplyFindings(w.Context(), tester, nil)
		w.must(err)
		i, err := w.a.Incidents.OpenIncident(w.Context(), handler, incident.Opening{Title: "A matter", TLP: tlp.Amber, PAP: new(tlp.PAPRed)})
		w.must(err)
		_, err = w.a.Observables.Add(w.Context(), handler, i.ID, []observable.Draft{{Kind: "domain", Value: "evil.example", Role: observable.Infrastructure}})
		w.must(err)
		for asked, about := range map[string]string{"192.0.2.1": "feed/desk", "198.51.100.1": "", "evil.example": i.ID, "www.evil.example": i.ID, "other.example": ""} {
			d, err := w.a.mayAsk(w.Context(), tester, asked, "")
			w.must(err)
			if d.Allowed != (about == "") || about != "" && (d.Rule != "lookup-pap-passive" || d.Item.ID != about) || d.ID == "" {
				w.Errorf("%s: %s by %s about %q", asked, d.Outcome, d.Rule, d.Item.ID)
			}
			may, why, err := w.a.mayAskWho(w.Context(), tester, asked)
			w.must(err)
			if may != d.Allowed || why != d.Reason {
				w.Errorf("who asks the register about %s is told %v, %s", asked, may, why)
			}
			if about == "" {
				continue
			}
			if _, err := w.a.registrarOf(w.Context(), asked); err == nil {
				w.Errorf("the registrar of %s is asked for", asked)
			}
		}
	})
}

// The PAP of an incident rises to that of what is linked to it, and stays there.
func TestPAPRisesWithWhatIsLinked(t *testing.T) {
	eachInward(t, func(*house) {}, func(w *inward) {
		report := func(pap tlp.PAP) string {
			done, err := w.a.Incidents.Accept(w.Context(), handler, incident.Draft{
				Door: incident.Phone, Subject: "Odd things", Text: "Somebody guesses passwords.", TLP: tlp.Amber, Answers: incident.Answers{PAP: pap}, Reporter: incident.Reporter{Email: "berg@victim.example"},
			})
			w.must(err)
			return done.ID
		}
		i, err := w.a.Incidents.OpenIncident(w.Context(), handler, incident.Opening{Title: "A matter", TLP: tlp.Amber, PAP: new(tlp.PAPGreen)})
		w.must(err)
		for _, tt := range []struct{ pap, want tlp.PAP }{{tlp.PAPClear, tlp.PAPGreen}, {tlp.PAPAmber, tlp.PAPAmber}, {tlp.PAPRed, tlp.PAPRed}, {tlp.PAPGreen, tlp.PAPRed}} {
			_, err := w.a.Incidents.Link(w.Context(), handler, i.ID, []string{report(tt.pap)})
			w.must(err)
			got, err := w.a.Incidents.Incident(w.Context(), handler, i.ID)
			w.must(err)
			item, err := w.a.Release.ItemOf(w.Context(), handler, i.ID)
			w.must(err)
			if got.PAP != tt.want || item.PAP != tt.want {
				w.Errorf("with a report that is %s it is %s, and released as %s, not %s", tt.pap, got.PAP, item.PAP, tt.want)
			}
		}
	})
}

// What is said of a finding beforehand is what becomes of it: its owner, and who is granted, get it whole; a group gets a copy without names.
func TestAFindingIsExplainedAsItIsTold(t *testing.T) {
	eachInward(t, func(h *house) {
		f := h.conf.Feeds["desk"]
		f.Receivers = []string{"constituent", "peer"}
		h.conf.Feeds["desk"] = f
	}, func(w *inward) {
		_, err := w.a.Register.Import(w.Context(), tester, strings.NewReader(twoOwners), importOptions)
		w.must(err)
		_, err = w.a.Feeds.Ingest(w.Context(), tester, feed.Source{Feed: "desk", Name: "list.txt", Reader: strings.NewReader("192.0.2.1\n")})
		w.must(err)
		_, err = w.a.ApplyFindings(w.Context(), tester, nil)
		w.must(err)
		g, err := w.a.Teams.PutGroup(w.Context(), tester, team.Group{Name: "Northlight", Cap: tlp.Amber})
		w.must(err)
		explain := func(to string) release.Decision {
			w.Helper()
			list, err := w.a.Desk.ListFindings(w.Context(), tester, desk.FindingQuery{})
			w.must(err)
			item, err := w.a.Release.ItemOf(w.Context(), tester, list.Items[0].ID)
			w.must(err)
			whom, err := w.a.RecipientOf(w.Context(), tester, to)
			w.must(err)
			d, err := w.a.Release.Explain(w.Context(), tester, item, whom)
			w.must(err)
			return d
		}
		for _, tt := range []struct {
			to      string
			outcome release.Outcome
			rule    string
		}{
			{"City Hospital", release.Allowed, "own-network"},
			{"Northlight", release.Refused, "another-owner"}, // the organisation goes before the group
			{"group:northlight", release.AllowedRedacted, "group"},
			{g.ID, release.AllowedRedacted, "group"},
		} {
			if d := explain(tt.to); d.Outcome != tt.outcome || d.Rule != tt.rule {
				w.Errorf("to %s: %s by %s, want %s by %s", tt.to, d.Outcome, d.Rule, tt.outcome, tt.rule)
			}
		}
		names, err := w.a.Register.Names(w.Context(), tester)
		w.must(err)
		grant := release.Grant{Reason: "they asked by telephone", Until: w.clock.Now().Add(time.Hour)}
		for id, name := range names {
			switch name {
			case "City Hospital":
				grant.About = id
			case "Northlight":
				grant.To = id
			}
		}
		_, err = w.a.Release.Grant(w.Context(), identity.Actor{ID: "os:1", Name: "root", Kind: identity.OSUserKind, Via: "cli"}, grant)
		w.must(err)
		if d := explain("Northlight"); d.Outcome != release.Allowed || d.Rule != "granted" || d.Profile != "" {
			w.Errorf("granted: %s by %s, profile %q", d.Outcome, d.Rule, d.Profile)
		}
	})
}
