package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/release"
)

// carried is what the newest mail to an address says that may be done with it, and the text that it has.
func (w *inward) carried(address string) (under []string, text string) {
	w.Helper()
	list, err := w.a.Delivery.List(w.Context(), tester, delivery.Query{})
	w.must(err)
	n := slices.IndexFunc(list.Items, func(d delivery.Delivery) bool { return d.Address == address }) // the newest first
	if n < 0 {
		w.Fatalf("nothing was sent to %s", address)
	}
	d, _, err := w.a.Delivery.Get(w.Context(), tester, list.Items[n].ID)
	w.must(err)
	raw, err := w.a.Delivery.Bytes(w.Context(), identity.System("test"), d.ID)
	w.must(err)
	return d.Under, strings.ReplaceAll(string(decoded(raw)), "\r\n", "\n")
}

// What is shown of a letter before it is sent says the same of what may be done with it as the mail does, whatever is written: by whom, to whom, of which thing.
func TestWhatIsShownIsWhatIsSent(t *testing.T) {
	eachInward(t, func(h *house) {
		h.conf.Team.Name, h.conf.Team.Email, h.conf.Mail.Maildir = "CERT", "cert@cert.example", t.TempDir()
		f := h.conf.Feeds["desk"]
		f.TLP, f.PAP, f.Receivers, f.IEP = "green", "amber", []string{"constituent"}, map[string]string{"attribution": "must-not"}
		h.conf.Feeds["desk"] = f
	}, func(w *inward) {
		ctx := w.Context()
		report, err := w.a.Incidents.Accept(ctx, handler, incident.Draft{
			Door: incident.Phone, Subject: "Odd things", Text: "Somebody guesses passwords.", TLP: tlp.Green, Reporter: incident.Reporter{Email: "berg@victim.example"},
			Answers: incident.Answers{Peers: true, Provider: true, PAP: tlp.PAPGreen, IEP: &iep.Policy{Actions: iep.IndirectAction}},
		})
		w.must(err)
		item, err := w.a.Release.ItemOf(ctx, handler, report.ID)
		w.must(err)
		policy := &iep.Policy{Actions: iep.IndirectAction, TLP: tlp.Amber, NoResale: true}
		_, err = w.a.Release.Record(ctx, handler, item, release.Wish{PAP: new(tlp.PAPAmber), IEP: policy, Consent: release.WithPeers | release.WithProvider, Word: "Ms Berg, by mail"})
		w.must(err)
		i, err := w.a.Incidents.OpenIncident(ctx, handler, incident.Opening{Title: "A matter", TLP: tlp.Green, Reports: []string{report.ID}})
		w.must(err)
		const want = "TLP:AMBER PAP:AMBER\nIEP: permitted_actions=externally-visible-indirect-actions, tlp=amber, unmodified_resale=must-not"

		d := incident.Outgoing{Parties: []incident.Party{{Name: "Host", Email: "abuse@host.example"}}, Subject: "A question", Text: "Who uses 198.51.100.9?", Need: "they can act"}
		seen, err := w.a.Incidents.Foresee(ctx, handler, i.ID, d)
		w.must(err)
		_, err = w.a.Incidents.WriteToAll(ctx, handler, i.ID, d)
		w.must(err)
		w.shown("a letter about an incident", seen.Recipients[0].Under, "abuse@host.example", want)

		under, err := w.a.Incidents.Under(ctx, handler, report.ID, incident.Ask)
		w.must(err)
		_, err = w.a.Incidents.Reply(ctx, handler, report.ID, "", "Which host?")
		w.must(err)
		w.shown("an answer to who reported", under, "berg@victim.example", want)

		o, err := w.a.Register.AddOrganisation(ctx, tester, constituency.Organisation{Name: "City Hospital", Kind: constituency.Constituent})
		w.must(err)
		_, err = w.a.Register.AddNetwork(ctx, tester, constituency.Network{Organisation: o.ID, Rule: constituency.ByPrefix, Value: "192.0.2.0/24"})
		w.must(err)
		_, err = w.a.Register.AddContact(ctx, tester, constituency.Contact{Organisation: o.ID, Channel: constituency.Mail, Address: "soc@hospital.example", Purpose: constituency.Abuse})
		w.must(err)
		_, err = w.a.Feeds.Ingest(ctx, tester, feed.Source{Feed: "desk", Name: "list.txt", Reader: strings.NewReader("192.0.2.1\n")})
		w.must(err)
		_, err = w.a.ApplyFindings(ctx, tester, nil)
		w.must(err)
		_, err = w.a.Notify.Approve(ctx, tester, notification.ApproveOptions{})
		w.must(err)
		run, err := w.a.Notify.Send(ctx, tester, nil)
		w.must(err)
		const ofFeed = "TLP:GREEN PAP:AMBER\nIEP: attribution=must-not"
		w.shown("a message about findings", strings.Split(ofFeed, "\n"), "soc@hospital.example", ofFeed)
		_, err = w.a.Deliver(ctx, tester, nil)
		w.must(err)
		c, err := w.a.Notify.PreviewCorrection(ctx, tester, run.ID, "It was another host.")
		w.must(err)
		w.clock.Advance(time.Second)
		_, err = w.a.Notify.Correct(ctx, tester, run.ID, "It was another host.")
		w.must(err)
		w.shown("a correction", c.To[0].Under, "soc@hospital.example", ofFeed)
	})
}

// shown holds what was shown before to what was sent.
func (w *inward) shown(what string, before []string, address, want string) {
	w.Helper()
	under, text := w.carried(address)
	if !slices.Equal(before, under) || strings.Join(under, "\n") != want || !strings.Contains(text, "\n\n"+want+"\n") {
		w.Errorf("%s: shown %q, noted %q, want %q, and the mail is\n%s", what, before, under, want, text)
	}
}
