package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/dossier"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing"
)

// The states of agreements: what is signed with who gets it.
const (
	unsigned = "none"
	inForce  = "in force"
	lapsed   = "lapsed"
)

// whom is a recipient of the register.
type whom struct {
	kind      constituency.Kind
	agreement string
	id        string
	contact   string
	address   string
}

func (w whom) partner() bool {
	return slices.Contains([]constituency.Kind{constituency.Vendor, constituency.Peer, constituency.Authority}, w.kind)
}

func (w whom) String() string { return string(w.kind) + ", agreement " + w.agreement }

// roomMatrix is an installation in which every sender is asked to send to everybody what stands in it.
type roomMatrix struct {
	*inward
	whom  []whom
	cells int
}

// feedReceivers are the terms of the feeds of the matrix.
var feedReceivers = map[string][]string{"both": {"constituent", "provider"}, "one": {"constituent"}, "none": {}}

func openRoomMatrix(t *testing.T, engine sqldb.Engine) *roomMatrix {
	h := houseOn(t, engine)
	h.conf.Team.Name, h.conf.Team.Email, h.conf.Mail.Maildir = "CERT", "cert@cert.example", t.TempDir()
	for _, label := range tlp.Labels() {
		for name, receivers := range feedReceivers {
			f := h.conf.Feeds["desk"]
			f.TLP, f.Receivers = strings.TrimPrefix(label.Short(), "tlp:"), receivers
			h.conf.Feeds[feedName(label, name)] = f
		}
	}
	m := &roomMatrix{inward: &inward{house: h}}
	m.a, _ = h.open()
	for _, kind := range []constituency.Kind{constituency.Constituent, constituency.Provider, constituency.Vendor, constituency.Peer, constituency.Authority} {
		for _, state := range []string{unsigned, inForce, lapsed} {
			if w := (whom{kind: kind, agreement: state}); state == unsigned || w.partner() {
				m.add(w)
			}
		}
	}
	return m
}

func feedName(label tlp.Label, receivers string) string {
	return strings.NewReplacer("+", "-").Replace(label.Short()) + "-" + receivers
}

func (m *roomMatrix) add(w whom) {
	m.Helper()
	o, err := m.a.Register.AddOrganisation(m.Context(), tester, constituency.Organisation{Name: w.String(), Kind: w.kind})
	m.must(err)
	w.id, w.address = o.ID, fmt.Sprintf("soc%d@org.example", len(m.whom))
	c, err := m.a.Register.AddContact(m.Context(), tester, constituency.Contact{Organisation: o.ID, Channel: constituency.Mail, Address: w.address, Purpose: constituency.Abuse})
	m.must(err)
	w.contact = c.ID
	if w.agreement != unsigned {
		_, err = m.a.Teams.Put(m.Context(), tester, team.Team{Organisation: o.ID, Handling: tlp.Red})
		m.must(err)
		now := m.clock.Now()
		g := team.Agreement{
			Organisation: o.ID, Kind: team.NDA, Version: "1", Signed: now.AddDate(-1, 0, 0), SignedUs: "us", SignedThem: "them", From: now.AddDate(-1, 0, 0),
			Out: tlp.AmberStrict, In: tlp.AmberStrict,
		}
		if w.agreement == lapsed {
			g.Until = now.Add(-time.Hour)
		}
		_, err = m.a.Teams.Sign(m.Context(), tester, g)
		m.must(err)
	}
	m.whom = append(m.whom, w)
}

// newest is the outcome of the newest decision about an item; a redacted copy is allowed too.
func (m *roomMatrix) newest(kind, id string, before time.Time) release.Decision {
	m.Helper()
	list, err := m.a.Release.Decisions(m.Context(), tester, release.Filter{Kind: kind, ID: id, Limit: 1})
	m.must(err)
	if len(list) == 0 || list[0].At.Before(before) {
		m.Fatalf("nothing was decided about %s %s", kind, id)
	}
	return list[0]
}

// check holds what a room decided against the guide.
func (m *roomMatrix) check(what string, got release.Decision, want release.Outcome) {
	m.Helper()
	outcome := got.Outcome
	if outcome == release.AllowedRedacted {
		outcome = release.Allowed
	}
	if m.cells++; outcome != want {
		m.Errorf("%s: %s by %s, want %s", what, got.Outcome, got.Rule, want)
	}
}

// byLabel is what docs/guide/release.md says of the label alone, for somebody outside: ours is what we ourselves marked.
func (w whom) byLabel(label tlp.Label, ours bool) release.Outcome {
	switch {
	case label == tlp.Red, label == tlp.AmberStrict && !ours:
		return release.Refused
	case label == tlp.AmberStrict, label >= tlp.Amber && w.partner() && w.agreement != inForce:
		return release.Second
	}
	return release.Allowed
}

// stopped drops that a sender was stopped by a decision: that is what is looked at.
func (m *roomMatrix) stopped(err error) {
	m.Helper()
	if _, is := release.Stopped(err); err != nil && !is {
		m.Fatal(err)
	}
}

// letters writes about incidents of ours.
func (m *roomMatrix) letters(label tlp.Label, pap tlp.PAP) {
	m.Helper()
	i, err := m.a.Incidents.OpenIncident(m.Context(), handler, incident.Opening{Title: "A matter", TLP: label, PAP: &pap})
	m.must(err)
	for _, w := range m.whom {
		begun := m.tick()
		_, err := m.a.Incidents.Investigate(m.Context(), handler, incident.InvestigationDraft{
			Incident: i.ID, Party: incident.Party{Name: w.String(), Email: w.address, Contact: w.contact}, Subject: "A question", Text: "Who uses 198.51.100.9?",
		})
		m.stopped(err)
		want := w.byLabel(label, true)
		if !w.partner() && pap == tlp.PAPRed { // whoever is asked to act: what they do, others see
			want = release.Refused
		}
		m.check(fmt.Sprintf("a letter about an incident that is %s %s, to %s", label, pap, w), m.newest("incident", i.ID, begun), want)
	}
}

// tick lets a moment pass, so that what is decided next is the newest.
func (m *roomMatrix) tick() time.Time {
	m.clock.Advance(time.Millisecond)
	return m.clock.Now()
}

// reports writes about what somebody reported.
func (m *roomMatrix) reports(label tlp.Label, agreed bool) {
	m.Helper()
	for _, w := range m.whom {
		r, err := m.a.Incidents.Accept(m.Context(), handler, incident.Draft{
			Door: incident.Phone, Subject: "Odd things", Text: "Somebody guesses passwords.", TLP: label, Reporter: incident.Reporter{Email: "berg@victim.example"},
			Answers: incident.Answers{Peers: agreed, Police: agreed, Vendor: agreed, Provider: agreed},
		})
		m.must(err)
		begun := m.tick()
		_, err = m.a.Incidents.Investigate(m.Context(), handler, incident.InvestigationDraft{
			Report: r.ID, Party: incident.Party{Name: w.String(), Email: w.address, Contact: w.contact}, Subject: "A question", Text: "Who uses 198.51.100.9?",
		})
		m.stopped(err)
		want := w.byLabel(label, false)
		if w.partner() && !agreed {
			want = release.Refused
		}
		m.check(fmt.Sprintf("a letter about a report that is %s, consent %v, to %s", label, agreed, w), m.newest("report", r.ID, begun), want)
	}
}

// documents hands the printed report of an incident out.
func (m *roomMatrix) documents(label tlp.Label, pap tlp.PAP) {
	m.Helper()
	i, err := m.a.Incidents.OpenIncident(m.Context(), handler, incident.Opening{Title: "A matter", TLP: label, PAP: &pap})
	m.must(err)
	give := func(what string, o dossier.Order, want release.Outcome) {
		begun := m.tick()
		_, err := m.a.Dossier.HandOut(m.Context(), handler, i.ID, o, "they asked")
		if _, asked := release.Stopped(err); problem.Is(err, problem.Conflict) && !asked { // what is stricter than the audience may have is not even drafted
			m.check(what, release.Decision{Outcome: release.Refused, Rule: err.Error()}, release.Refused)
			if want == release.Allowed {
				m.Errorf("%s gets nothing of what is %s %s: %v", what, label, pap, err)
			}
			return
		}
		m.stopped(err)
		m.check(fmt.Sprintf("the printed report of an incident that is %s %s, to %s", label, pap, what), m.newest("incident", i.ID, begun), want)
	}
	for _, w := range m.whom {
		switch w.kind {
		case constituency.Constituent:
			give(w.String(), dossier.Order{Audience: dossier.Constituent, Organisation: w.id}, w.byLabel(label, true))
		case constituency.Authority:
			give(w.String(), dossier.Order{Audience: dossier.Authority, Organisation: w.id}, w.byLabel(label, true))
		}
	}
	want := release.Refused
	if label == tlp.Clear && pap == tlp.PAPClear {
		want = release.Allowed
	}
	give("everybody", dossier.Order{Audience: dossier.Public}, want)
}

// shares puts incidents into a collection of a group that shares up to TLP:AMBER.
func (m *roomMatrix) shares(pap tlp.PAP) {
	m.Helper()
	g, err := m.a.Teams.PutGroup(m.Context(), tester, team.Group{Name: "Friends " + pap.String(), Cap: tlp.Amber})
	m.must(err)
	c, err := m.a.Sharing.Open(m.Context(), tester, sharing.Draft{
		Title: "Shared " + pap.String(), Alias: strings.ToLower(strings.ReplaceAll(pap.String(), ":", "-")), Group: g.ID, CanRead: true, Label: tlp.Amber,
	})
	m.must(err)
	for _, label := range tlp.Labels() {
		i, err := m.a.Incidents.OpenIncident(m.Context(), handler, incident.Opening{Title: "A matter", TLP: label, PAP: &pap})
		m.must(err)
		d, err := m.a.Give.Draft(m.Context(), handler, i.ID, c.ID)
		m.must(err)
		want := release.Allowed
		if label > tlp.Amber {
			want = release.Refused
		}
		m.check(fmt.Sprintf("an incident that is %s %s into a collection", label, pap), release.Decision{Outcome: d.Outcome, Rule: d.Rule}, want)
		to, err := m.a.RecipientOf(m.Context(), handler, "group:"+g.Name)
		m.must(err)
		item, err := m.a.Release.ItemOf(m.Context(), handler, i.ID)
		m.must(err)
		to.Chosen = handler.ID
		explained, err := m.a.Release.Explain(m.Context(), handler, item, to)
		m.must(err)
		m.check(fmt.Sprintf("an incident that is %s %s, explained for a group", label, pap), explained, want)
	}
}

// readers ask a collection, and are let in or not.
func (m *roomMatrix) readers(label tlp.Label) {
	m.Helper()
	var members []string
	for _, w := range m.whom {
		if w.kind == constituency.Peer {
			members = append(members, w.id)
		}
	}
	g, err := m.a.Teams.PutGroup(m.Context(), tester, team.Group{Name: "Readers " + label.String(), Cap: tlp.Red, Members: members})
	m.must(err)
	for _, w := range m.whom {
		err := m.a.DB.Read(m.Context(), func(tx *sqldb.Tx) error {
			s, err := m.a.standing(tx, w.id, sharing.Collection{Group: g.ID, Label: label}, m.clock.Now())
			if m.cells++; s.May != (w.kind == constituency.Peer && (label < tlp.Amber || w.agreement == inForce && label < tlp.Red)) {
				m.Errorf("a collection that takes %s, read by %s: %+v", label, w, s)
			}
			return err
		})
		m.must(err)
	}
}

// lookups ask a registry about what incidents hold.
func (m *roomMatrix) lookups() {
	m.Helper()
	for pap := tlp.PAPClear; pap <= tlp.PAPRed; pap++ {
		i, err := m.a.Incidents.OpenIncident(m.Context(), handler, incident.Opening{Title: "A matter", TLP: tlp.Amber, PAP: &pap})
		m.must(err)
		d, err := m.a.mayAsk(m.Context(), handler, "other.example", i.ID)
		m.must(err)
		want := release.Allowed
		if pap == tlp.PAPRed {
			want = release.Refused
		}
		m.check("a look-up for an incident that is "+pap.String(), d, want)
	}
}

// notifications tells owners what feeds of all terms show.
func (m *roomMatrix) notifications() {
	m.Helper()
	owners := slices.DeleteFunc(slices.Clone(m.whom), whom.partner)
	for n, w := range owners {
		_, err := m.a.Register.AddNetwork(m.Context(), tester, constituency.Network{Organisation: w.id, Rule: constituency.ByPrefix, Value: fmt.Sprintf("198.51.100.%d/25", n*128)})
		m.must(err)
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(m.conf.Feeds)), func(name string) bool { return name == "desk" })
	for n, name := range names {
		list := ""
		for k := range owners {
			list += fmt.Sprintf("198.51.100.%d\n", k*128+n+1)
		}
		got, err := m.a.Feeds.Ingest(m.Context(), tester, feed.Source{Feed: name, Name: name + ".txt", Reader: strings.NewReader(list)})
		m.must(err)
		if got.Attributed != int64(len(owners)) {
			m.Fatalf("%s: %+v", name, got)
		}
	}
	_, err := m.a.ApplyFindings(m.Context(), tester, nil)
	m.must(err)
	begun := m.tick()
	_, err = m.a.Notify.Approve(m.Context(), tester, notification.ApproveOptions{})
	m.must(err)
	_, err = m.a.Notify.Send(m.Context(), tester, nil)
	m.must(err)
	for _, w := range owners {
		for _, label := range tlp.Labels() {
			for name, receivers := range feedReceivers {
				want := release.Allowed // the owner, whatever an agreement says: it is their own network
				if label == tlp.Red || !slices.Contains(receivers, string(w.kind)) {
					want = release.Refused
				}
				m.check(fmt.Sprintf("findings of a feed that is %s, for %v, to %s", label, receivers, w), m.newest("findings", w.id+"/"+feedName(label, name), begun), want)
			}
		}
	}
}

// Each room is asked to send what stands in it, as it builds it itself: what comes of it is what the guide says, by label, audience and agreement.
func TestEachRoomDecidesAsTheGuideSays(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			m := openRoomMatrix(t, engine)
			for _, label := range tlp.Labels() {
				for _, pap := range []tlp.PAP{tlp.PAPClear, tlp.PAPRed} {
					m.letters(label, pap)
					m.documents(label, pap)
					m.takedowns(label, pap)
					m.handovers(label, pap)
				}
				m.reports(label, true)
				m.reports(label, false)
				m.readers(label)
			}
			m.shares(tlp.PAPClear)
			m.shares(tlp.PAPRed)
			m.lookups()
			m.notifications()
			if m.cells < 400 {
				t.Errorf("only %d cells", m.cells)
			}
		})
	}
}
