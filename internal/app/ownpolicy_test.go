package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/release"
)

// policies are what a peer's events say of themselves, by the address that they are about; its owner is told at the mailbox of that name.
var policies = []struct{ mailbox, address, policy string }{
	{"open", "192.0.2.1", ""},
	{"silent", "192.0.2.2", "affected_party_notifications=must-not"},
	{"covered", "192.0.2.3", "obfuscate_affected_parties=must"},
	{"nameless", "192.0.2.4", "attribution=must-not"},
}

// observedBy is what a peer says as STIX of one machine that did something to victim.example, under a marking of a policy.
func observedBy(address, policy string, at time.Time) string {
	const zeros = "-0000-4000-8000-000000000000"
	made := `"spec_version":"2.1","created":"` + at.Format(time.RFC3339) + `","modified":"` + at.Format(time.RFC3339) + `"`
	objects := []string{
		`{"type":"identity","id":"identity--0000000a` + zeros + `",` + made + `,"name":"CERT Berg","identity_class":"organization"}`,
		`{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--0000000a` + zeros + `","value":"` + address + `"}`,
		`{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--0000000b` + zeros + `","value":"203.0.113.20"}`,
		`{"type":"network-traffic","spec_version":"2.1","id":"network-traffic--0000000a` + zeros + `","src_ref":"ipv4-addr--0000000a` + zeros + `","dst_ref":"ipv4-addr--0000000b` + zeros + `","protocols":["tcp"]}`,
	}
	refs := ""
	if name, value, ok := strings.Cut(policy, "="); ok {
		objects = append(objects, `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--0000000e`+zeros+`","created":"`+at.Format(time.RFC3339)+`","name":"IEP",
			"extensions":{"extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a":{"extension_type":"property-extension","iep_id":"7","policy_name":"Of Ms Berg","`+name+`":"`+value+`"}}}`)
		refs = `,"object_marking_refs":["marking-definition--0000000e` + zeros + `"]`
	}
	objects = append(objects, `{"type":"observed-data","id":"observed-data--0000000`+address[len(address)-1:]+zeros+`",`+made+`,"created_by_ref":"identity--0000000a`+zeros+`","first_observed":"`+at.Format(time.RFC3339)+`","last_observed":"`+
		at.Format(time.RFC3339)+`","number_observed":1,"labels":["brute-force"],"object_refs":["ipv4-addr--0000000a`+zeros+`","ipv4-addr--0000000b`+zeros+`","network-traffic--0000000a`+zeros+`"]`+refs+`}`)
	return `{"type":"bundle","id":"bundle--0000000a` + zeros + `","objects":[` + strings.Join(objects, ",\n") + `]}`
}

// mailedBy is the same as a peer mails it.
func mailedBy(address, policy string, at time.Time) string {
	when := at.Format(time.RFC3339)
	mail := fmt.Sprintf(peersMail, "m", at.Format(time.RFC1123Z), "0001", when, address, when, when)
	mail = strings.ReplaceAll(mail, `"org": "CERT B"`, `"org": "CERT Berg"`)
	if policy != "" {
		mail = strings.Replace(mail, `{"xarf_version"`, `{"firehall_iep": ["policy_name=Of Ms Berg", "`+policy+`"], "xarf_version"`, 1)
	}
	return strings.ReplaceAll(mail, "\n", "\r\n")
}

// An event's own policy decides about the finding that it shows, also where its feed has none: whom it affects is not told, whom it happened to is covered up, who
// told is not named.
func TestAnEventsOwnPolicyDecides(t *testing.T) {
	for format, write := range map[string]func(address, policy string, at time.Time) string{"stix": observedBy, "arf": mailedBy} {
		t.Run(format, func(t *testing.T) {
			eachInward(t, func(h *house) {
				h.conf.Team.Name, h.conf.Team.Email, h.conf.Mail.Maildir, h.conf.Notify.Every = "CERT", "cert@cert.example", h.TempDir(), "at once"
				terms := config.DefaultFeed()
				terms.Format, terms.TLP, terms.Receivers, terms.Attribution, terms.DocumentationAddresses = format, "green", []string{"constituent"}, "Seen by CERT Berg", true
				h.conf.Feeds = map[string]config.Feed{"of-berg": terms}
			}, func(w *inward) { ownPolicyDecides(w, write) })
		})
	}
}

func ownPolicyDecides(w *inward, write func(address, policy string, at time.Time) string) {
	ctx := w.Context()
	owners := map[string]constituency.Organisation{}
	for _, p := range policies {
		o, err := w.a.Register.AddOrganisation(ctx, tester, constituency.Organisation{Name: "House " + p.mailbox, Kind: constituency.Constituent})
		w.must(err)
		_, err = w.a.Register.AddNetwork(ctx, tester, constituency.Network{Organisation: o.ID, Rule: constituency.ByPrefix, Value: p.address + "/32"})
		w.must(err)
		_, err = w.a.Register.AddContact(ctx, tester, constituency.Contact{Organisation: o.ID, Channel: constituency.Mail, Address: p.mailbox + "@house.example", Purpose: constituency.Abuse})
		w.must(err)
		owners[p.mailbox] = o
		res, err := w.a.Feeds.Ingest(ctx, tester, feed.Source{Feed: "of-berg", Name: p.mailbox, Reader: strings.NewReader(write(p.address, p.policy, w.clock.Now().Add(-time.Hour).UTC()))})
		if err != nil || res.Events != 1 || res.SetAside != 0 {
			w.Fatalf("%s: %+v, %v", p.mailbox, res, err)
		}
	}
	_, err := w.a.ApplyFindings(ctx, tester, nil)
	w.must(err)
	_, err = w.a.Notify.Approve(ctx, tester, notification.ApproveOptions{})
	w.must(err)
	_, err = w.a.Notify.Send(ctx, tester, nil)
	w.must(err)

	list, err := w.a.Delivery.List(ctx, tester, delivery.Query{})
	w.must(err)
	var told []string
	for _, d := range list.Items {
		told = append(told, d.Address)
	}
	slices.Sort(told)
	if want := []string{"covered@house.example", "nameless@house.example", "open@house.example"}; !slices.Equal(told, want) {
		w.Fatalf("told: %v, want %v", told, want)
	}
	for _, c := range []struct {
		mailbox     string
		victim, who bool // whether each stands in the message
	}{{"open", true, true}, {"covered", false, true}, {"nameless", true, false}} {
		_, text := w.carried(c.mailbox + "@house.example")
		if strings.Contains(text, "203.0.113.20") != c.victim || strings.Contains(text, "Berg") != c.who || strings.Contains(text, "of-berg") != c.who || strings.Contains(text, "Ms Berg") {
			w.Errorf("%s is told\n%s", c.mailbox, text)
		}
	}
	w.refusedToTell(owners["silent"])

	events, _, err := w.a.toldEvents(ctx, tester, "source.ip:192.0.2.2", 10)
	if err != nil || len(events) != 1 || events[0].IEP == nil || !events[0].IEP.NoNotify {
		w.Errorf("told as STIX: %+v, %v", events, err)
	}
}

// refusedToTell expects that the one finding of an owner was not told because its source forbids it, and that this is what who asks is told.
func (w *inward) refusedToTell(owner constituency.Organisation) {
	w.Helper()
	ctx := w.Context()
	list, err := w.a.Release.Decisions(ctx, tester, release.Filter{Kind: findingItems, Limit: 50})
	w.must(err)
	if !slices.ContainsFunc(list, func(d release.Decision) bool {
		return d.Organisation == owner.ID && d.Outcome == release.Refused && d.Rule == "iep-affected" && strings.Contains(d.Reason, "forbids to tell those whom it affects, and "+owner.Name+" is one of them")
	}) {
		w.Errorf("decided: %+v", list)
	}
	key := finding.KeyOf(w.asset("192.0.2.2"))
	f, err := w.a.Findings.Get(ctx, tester, key.ID())
	if err != nil || !f.Told.IsZero() {
		w.Fatalf("%+v, %v", f, err)
	}
	item, err := w.a.Release.ItemOf(ctx, tester, key.ID())
	w.must(err)
	contacts, err := w.a.Register.Contacts(ctx, tester, owner.ID)
	w.must(err)
	seen, err := w.a.Release.Preview(ctx, tester, []release.Ask{{Item: item, To: release.Recipient{Contact: contacts[0], Organisation: owner}}})
	if err != nil || seen[0].Rule != "iep-affected" || item.Terms.IEP == nil || *item.Terms.IEP != (iep.Policy{NoNotify: true}) {
		w.Errorf("asked: %+v, %v", seen, err)
	}
}

// asset is the machine that the newest event about an address is about.
func (w *inward) asset(address string) (a finding.Asset) {
	w.Helper()
	err := w.a.evidence(w.Context(), notification.EvidenceQuery{Organisations: w.organisations()}, func(e notification.Evidence) error {
		if e.Asset.Addr.String() == address {
			a = e.Asset
		}
		return nil
	})
	w.must(err)
	return a
}

// organisations are the ids of all of the register.
func (w *inward) organisations() (ids []string) {
	w.Helper()
	for _, p := range policies {
		o, err := w.a.Register.OrganisationByName(w.Context(), tester, "House "+p.mailbox)
		w.must(err)
		ids = append(ids, o.ID)
	}
	return ids
}
