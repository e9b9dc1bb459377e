package convert

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/firehall/firehall/internal/release/leak"
	"github.com/firehall/firehall/internal/release/redact"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// coreExtension is the OASIS committee's extension of the incident, "Incident Core": what the stub of STIX 2.1 cannot say.
const coreExtension = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"

// Incident is an incident, as far as it may be told.
type Incident struct {
	ID, Ref        string
	Title, Summary string
	Class          string // RSIT class
	State          string // open, resolved, abandoned
	Severity       string // low to critical; "" when nobody said
	Determination  string // of the extension's words; "": suspected
	Opened         time.Time
	Changed        time.Time

	Parties         []Party
	Observables     []Observable
	Vulnerabilities []Vulnerability
	Measures        []Measure
}

// Vulnerability is a weakness of a product.
type Vulnerability struct {
	ID, CVE     string // of ours; CVE-2021-44228, "" when there is none
	Title, Text string
	Changed     time.Time
}

// Measure is what is, or was, done against something.
type Measure struct {
	ID, Ref string
	Kind    string // takedown, block
	Words   string
	Kinds   string // kind of observable that it is against
	Value   string // its value; "" when it is against none
	Changed time.Time
}

// core is the extension of an incident.
type core struct {
	Type          string   `json:"extension_type"`
	Determination string   `json:"determination"`
	Status        string   `json:"investigation_status"`
	Types         []string `json:"incident_types,omitempty"`
	Criticality   *int     `json:"criticality,omitzero"`
}

// criticality is a severity on the extension's scale of 0 to 100.
var criticality = map[string]int{"low": 25, "medium": 50, "high": 75, "critical": 100}

// statuses are states in the extension's words.
var statuses = map[string]string{"open": "open", "resolved": "closed", "abandoned": "closed", "merged": "closed"}

func (in Incident) core() core {
	c := core{Type: "property-extension", Determination: in.Determination, Status: statuses[in.State]}
	if c.Determination == "" {
		c.Determination = "suspected"
	}
	if c.Status == "" {
		c.Status = "new"
	}
	if in.Class != "" {
		c.Types = []string{in.Class}
	}
	if n, ok := criticality[in.Severity]; ok {
		c.Criticality = &n
	}
	return c
}

// Incident adds an incident with all that is given of it, and gives its id. What STIX has no form for is left out and listed, by kind.
func (s *Set) Incident(in Incident) (id string, without []string) {
	body := &stix.Incident{Name: in.Title, Description: in.Summary}
	if body.Name == "" {
		body.Name = in.Class + " incident"
	}
	if raw, err := json.Marshal(in.core()); err == nil {
		body.Extensions = map[string]jsontext.Value{coreExtension: raw}
	}
	d := &draft{body: body, whole: redact.Technical, slots: []slot{
		text(&body.Name, "title", redact.Technical, leak.Text, true),
		text(&body.Description, "summary", redact.Technical, leak.Text, false),
	}}
	d.ticket(in.Ref)
	id = s.add(d, "incident", in.ID, in.Changed)
	if at := stix.At(in.Opened); !at.IsZero() && at.Before(body.Modified.Time) {
		body.Created = at
	}
	return id, s.parts(id, in)
}

// parts adds what is given of an incident, related to it.
func (s *Set) parts(id string, in Incident) (without []string) {
	for _, p := range in.Parties {
		kind := map[Part]string{Victim: "targets", Reporter: "related-to", Involved: "related-to"}[p.Part]
		s.relate(kind, id, s.Party(p))
	}
	for _, v := range in.Vulnerabilities {
		s.relate("related-to", id, s.Vulnerability(v))
	}
	for _, o := range in.Observables {
		one, err := s.Observable(o)
		if err != nil {
			without = append(without, o.Kind)
			continue
		}
		s.relate("related-to", id, one)
	}
	for _, m := range in.Measures {
		s.relate("mitigates", s.Measure(m), id)
	}
	return without
}

// ticket adds the team's number of a thing, which is its own.
func (d *draft) ticket(ref string) {
	if ref == "" {
		return
	}
	_, t := d.body.Common()
	t.ExternalReferences = []stix.ExternalReference{{SourceName: "firehall", ExternalID: ref}}
	d.slots = append(d.slots, text(&t.ExternalReferences[0].ExternalID, "ref", redact.Internal, leak.Ticket, false))
}

// Vulnerability adds a weakness and gives its id.
func (s *Set) Vulnerability(v Vulnerability) string {
	body := &stix.Vulnerability{Name: v.Title, Description: v.Text}
	key := v.ID
	if v.CVE != "" {
		body.ExternalReferences = []stix.ExternalReference{{SourceName: "cve", ExternalID: strings.ToUpper(v.CVE)}}
		key = strings.ToUpper(v.CVE)
	}
	if body.Name == "" {
		body.Name = key
	}
	return s.add(&draft{body: body, whole: redact.Technical, slots: []slot{
		text(&body.Name, "title", redact.Technical, leak.Text, true),
		text(&body.Description, "text", redact.Technical, leak.Text, false),
	}}, "vulnerability", key, v.Changed)
}

// Measure adds a countermeasure and gives its id.
func (s *Set) Measure(m Measure) string {
	name := strings.TrimSpace(m.Kind + " " + m.Value)
	body := &stix.CourseOfAction{Name: name, Description: m.Words}
	d := &draft{body: body, whole: redact.Technical, slots: []slot{
		text(&body.Name, "kind", redact.Technical, leak.Text, true),
		text(&body.Description, "words", redact.Technical, leak.Text, false),
	}}
	d.ticket(m.Ref)
	id := s.add(d, "course-of-action", m.ID, m.Changed)
	if p := s.byID[stix.IDFrom("indicator", s.digest("indicator", m.Kinds+" "+m.Value))]; p != nil {
		h, _ := p.body.Common()
		s.relate("mitigates", id, h.ID)
	}
	return id
}
