package app

import (
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/release"
)

// Who holds a letter about an incident hears once that it is stricter: by the policy or the PAP of one of its reports, be it part of it or linked to it since, by its
// own PAP, or by that of another one.
func TestAPolicyAtAReportIsToldToWhoHoldsItsIncident(t *testing.T) {
	eachInward(t, func(h *house) {
		h.conf.Team.Name, h.conf.Team.Email, h.conf.Mail.Maildir = "CERT", "cert@cert.example", t.TempDir()
	}, func(w *inward) {
		ctx := w.Context()
		o, err := w.a.Register.AddOrganisation(ctx, tester, constituency.Organisation{Name: "City Hospital", Kind: constituency.Constituent})
		w.must(err)
		_, err = w.a.Register.AddContact(ctx, tester, constituency.Contact{Organisation: o.ID, Channel: constituency.Mail, Address: "soc@hospital.example", Purpose: constituency.Abuse})
		w.must(err)
		for how, say := range map[string]func(incident.Incident, incident.Report){
			"by a person's word": func(_ incident.Incident, r incident.Report) {
				item, err := w.a.Release.ItemOf(ctx, handler, r.ID)
				w.must(err)
				_, err = w.a.Release.Record(ctx, handler, item, release.Wish{IEP: &iep.Policy{TLP: tlp.Amber}, Consent: release.WithPeers, Word: "Ms Berg, by mail"})
				w.must(err)
			},
			"by a PAP of its report": func(_ incident.Incident, r incident.Report) {
				item, err := w.a.Release.ItemOf(ctx, handler, r.ID)
				w.must(err)
				_, err = w.a.Release.Record(ctx, handler, item, release.Wish{PAP: new(tlp.PAPRed), Consent: release.WithPeers, Word: "Ms Berg, by mail"})
				w.must(err)
			},
			"by a policy that names no label": func(_ incident.Incident, r incident.Report) {
				item, err := w.a.Release.ItemOf(ctx, handler, r.ID)
				w.must(err)
				_, err = w.a.Release.Record(ctx, handler, item, release.Wish{IEP: &iep.Policy{NoResale: true}, Consent: release.WithPeers, Word: "Ms Berg, by mail"})
				w.must(err)
			},
			"by its own PAP": func(i incident.Incident, _ incident.Report) {
				now, err := w.a.Incidents.Incident(ctx, handler, i.ID)
				w.must(err)
				_, err = w.a.Incidents.EditIncident(ctx, handler, i.ID, now.Version, incident.Revision{PAP: new(tlp.PAPRed)})
				w.must(err)
			},
			"by another incident that is merged into it": func(i incident.Incident, _ incident.Report) {
				strict, err := w.a.Incidents.OpenIncident(ctx, handler, incident.Opening{Title: "The same", TLP: tlp.Green, Reports: []string{w.reported(nil).ID}})
				w.must(err)
				_, err = w.a.Incidents.EditIncident(ctx, handler, strict.ID, strict.Version, incident.Revision{PAP: new(tlp.PAPRed)})
				w.must(err)
				_, err = w.a.Incidents.MergeIncident(ctx, handler, strict.ID, i.ID, "the same")
				w.must(err)
			},
			"by a report that is linked": func(i incident.Incident, _ incident.Report) {
				more := w.reported(&iep.Policy{TLP: tlp.Amber})
				_, err := w.a.Incidents.Link(ctx, handler, i.ID, []string{more.ID})
				w.must(err)
			},
		} {
			r := w.reported(nil)
			i, err := w.a.Incidents.OpenIncident(ctx, handler, incident.Opening{Title: "A matter", TLP: tlp.Green, Reports: []string{r.ID}})
			w.must(err)
			_, err = w.a.Incidents.WriteToAll(ctx, handler, i.ID, incident.Outgoing{Parties: []incident.Party{{Name: "City Hospital", Email: "soc@hospital.example"}}, Subject: "A question", Text: "Who uses 198.51.100.9?"})
			w.must(err)
			_, err = w.a.Deliver(ctx, tester, nil)
			w.must(err)
			before := w.lettersTo("soc@hospital.example")
			w.clock.Advance(time.Hour)
			w.must(w.a.tellOfDecay(ctx))
			if n := w.lettersTo("soc@hospital.example"); n != before {
				w.Errorf("%s: %d letters, and nothing was raised", how, n-before)
			}
			say(i, r)
			for range 2 { // a second look tells nobody twice
				w.clock.Advance(time.Hour)
				w.must(w.a.tellOfDecay(ctx))
			}
			if n := w.lettersTo("soc@hospital.example"); n != before+1 {
				w.Errorf("%s: %d letters, want one", how, n-before)
			}
		}
	})
}

// reported is a report under TLP:GREEN, with a policy.
func (w *inward) reported(policy *iep.Policy) incident.Report {
	w.Helper()
	r, err := w.a.Incidents.Accept(w.Context(), handler, incident.Draft{
		Door: incident.Phone, Subject: "Odd things", Text: "Somebody guesses passwords.", TLP: tlp.Green, Reporter: incident.Reporter{Email: "berg@victim.example"},
		Answers: incident.Answers{Peers: true, IEP: policy},
	})
	w.must(err)
	return r
}

// lettersTo counts the mails to an address.
func (w *inward) lettersTo(address string) (n int) {
	w.Helper()
	list, err := w.a.Delivery.List(w.Context(), identity.System("test"), delivery.Query{})
	w.must(err)
	return len(slices.DeleteFunc(list.Items, func(d delivery.Delivery) bool { return d.Address != address }))
}
