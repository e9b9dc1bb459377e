package app

import (
	"fmt"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/incident/liaison"
	"github.com/firehall/firehall/internal/release"
)

// takedowns asks those who can act to take something away.
func (m *roomMatrix) takedowns(label tlp.Label, pap tlp.PAP) {
	m.Helper()
	i, err := m.a.Incidents.OpenIncident(m.Context(), handler, incident.Opening{Title: "A page that steals", TLP: label, PAP: &pap})
	m.must(err)
	for _, w := range m.whom {
		if w.partner() {
			continue
		}
		c, err := m.a.Countermeasures.Open(m.Context(), handler, i.ID, countermeasure.Plan{
			Asset: &countermeasure.Asset{Kind: countermeasure.URL, Value: "http://" + string(w.kind) + ".lockers.example/pay", Marker: "Pay within three days"},
			Checklist: &countermeasure.Checklist{
				Origin: countermeasure.Malicious, NoEvidence: "it lies in the vault", Police: countermeasure.NoObjection, PoliceAsked: "by telephone", Requester: "we found it",
			},
		})
		m.must(err)
		begun := m.tick()
		_, err = m.a.Countermeasures.Move(m.Context(), handler, c.ID, countermeasure.Moving{Move: countermeasure.MoveAsk, Party: &countermeasure.Party{
			Party: incident.Party{Name: w.String(), Email: w.address, Contact: w.contact}, Role: countermeasure.Hoster,
		}})
		m.stopped(err)
		want := w.byLabel(label, true)
		if pap == tlp.PAPRed { // what they do is seen by whoever put it there
			want = release.Refused
		}
		m.check(fmt.Sprintf("a take-down for an incident that is %s %s, asked of %s", label, pap, w), m.newest("incident", i.ID, begun), want)
	}
}

// handovers gives what is known to the police, with whom nothing was signed.
func (m *roomMatrix) handovers(label tlp.Label, pap tlp.PAP) {
	m.Helper()
	i, err := m.a.Incidents.OpenIncident(m.Context(), handler, incident.Opening{Title: "A matter", TLP: label, PAP: &pap})
	m.must(err)
	track := liaison.New(m.a.Incidents)
	one, err := track.Consider(m.Context(), handler, i.ID, liaison.Facts{Agency: "Police", Basis: "an act", What: "What is known."}, "")
	m.must(err)
	m.must(track.Move(m.Context(), handler, i.ID, one.ID, 1, "decide", ""))
	begun := m.tick()
	m.stopped(track.Move(m.Context(), handler, i.ID, one.ID, 2, "hand-over", ""))
	police := whom{kind: constituency.Authority, agreement: unsigned}
	m.check(fmt.Sprintf("an incident that is %s %s, handed to the police", label, pap), m.newest("incident", i.ID, begun), police.byLabel(label, true))
}
