package convert

import (
	"net/netip"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/release/redact"
	"github.com/firehall/firehall/internal/sharing/pattern"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// Seen is what an event or a finding says.
type Seen struct {
	ID          string // of the finding, or of the event
	First, Last time.Time
	Count       int64
	Sight       pattern.Sight
	Type        string // RSIT type
	Malware     string
	Owner       *Party // of the machine observed, where it may be told
	Label       *Label // nil: that of the set
}

// hostile are the types in which the machine observed does harm to others: others may block it, so it becomes an indicator. Of all
// others it is a victim's, and no one but the owner has to know it.
var hostile = map[rsit.Type]bool{
	rsit.C2Server: true, "malware-distribution": true, "malware-configuration": true, "phishing": true, "scanner": true,
	"brute-force": true, "ids-alert": true, "exploit": true, "spam": true, rsit.DDoS: true,
}

// Hostile tells whether the machine observed does harm to others, so that they may have to know which it is.
func (e Seen) Hostile() bool { return hostile[rsit.Type(e.Type)] }

// Seen adds an observation: the observed-data with its observables; where the machine observed does harm, its indicator and a sighting
// of that; where malware is named, the family and a sighting of it. It gives the id of the observed-data, "" if there is nothing to see.
func (s *Set) Seen(e Seen) string {
	sense := redact.Victim
	if e.Hostile() {
		sense = redact.Technical
	}
	g := gatherer{set: s, label: e.Label}
	from := g.side(e.Sight.Source, sense)
	to := g.side(e.Sight.Dest, redact.Technical)
	g.traffic(e.Sight, from, to)
	for kind, hash := range map[string]string{"md5": e.Sight.MD5, "sha1": e.Sight.SHA1, "sha256": e.Sight.SHA256} {
		g.value(kind, hash, redact.Technical)
	}
	if len(g.refs) == 0 {
		return ""
	}
	data := &stix.ObservedData{FirstObserved: stix.At(e.First), LastObserved: stix.At(e.Last), NumberObserved: min(max(e.Count, 1), 999_999_999), ObjectRefs: g.refs}
	id := s.add(&draft{body: data, whole: redact.Technical, label: e.Label}, "observed-data", e.ID, e.Last)
	data.Labels = labels(e)
	if e.Owner != nil {
		e.Owner.Part = Victim
		s.relate("related-to", id, s.Party(*e.Owner))
	}
	s.sightings(e, id)
	return id
}

// typeLabel begins the label of an observation that says its RSIT type.
const typeLabel = "rsit:"

func labels(e Seen) []string {
	if e.Type == "" {
		return nil
	}
	return []string{typeLabel + e.Type}
}

// sightings says what was seen again.
func (s *Set) sightings(e Seen, data string) {
	var of []string
	if kind, value := e.target(); value != "" && e.Hostile() {
		o := Observable{Kind: kind, Value: value, First: e.First, Last: e.Last, Label: e.Label}
		based, err := s.value(kind, value, redact.Technical, e.Label)
		if err == nil {
			of = append(of, s.indicator(o, based))
		}
	}
	if e.Malware != "" {
		m := &stix.Malware{Name: e.Malware, IsFamily: true}
		of = append(of, s.add(&draft{body: m, whole: redact.Technical, label: e.Label}, "malware", strings.ToLower(e.Malware), e.First))
	}
	for _, id := range of {
		n := min(max(e.Count, 1), 999_999_999)
		sighting := &stix.Sighting{Of: id, Count: &n, FirstSeen: stix.At(e.First), LastSeen: stix.At(e.Last), ObservedData: []string{data}, Where: []string{s.self}}
		s.add(&draft{body: sighting, whole: redact.Technical, label: e.Label}, "sighting", e.ID+" "+id, e.Last)
	}
}

// target is the most exact name of what does harm.
func (e Seen) target() (kind, value string) {
	switch side := e.Sight.Source; {
	case side.URL != "":
		return "url", side.URL
	case side.FQDN != "":
		return "domain", side.FQDN
	case side.Addr.IsValid():
		return "ip", side.Addr.Unmap().String()
	}
	return "", ""
}

// gatherer collects the observables of an observation.
type gatherer struct {
	set   *Set
	label *Label
	refs  []string
}

// value adds a value that has a form; "" if it has none.
func (g *gatherer) value(kind, value string, sense redact.Sensitivity) string {
	if value == "" {
		return ""
	}
	id, err := g.set.value(kind, value, sense, g.label)
	if err == nil {
		g.refs = append(g.refs, id)
	}
	return id
}

// side adds one end, and gives what stands for it in traffic. A local address is of the inside of a victim's network.
func (g *gatherer) side(s pattern.Side, sense redact.Sensitivity) string {
	ref := g.addr(s.Addr, sense)
	g.addr(s.Local, redact.Victim)
	if name := g.value("domain", s.FQDN, sense); ref == "" {
		ref = name
	}
	g.value("url", s.URL, sense)
	g.value("account", s.Account, redact.Victim)
	return ref
}

func (g *gatherer) addr(a netip.Addr, sense redact.Sensitivity) string {
	if !a.IsValid() {
		return ""
	}
	return g.value("ip", a.Unmap().WithZone("").String(), sense)
}

// traffic adds what went between the ends. It is no more than its ends are: where one is dropped the other end stays.
func (g *gatherer) traffic(s pattern.Sight, from, to string) {
	t := &stix.NetworkTraffic{Start: stix.At(s.Time), Source: from, Destination: to, Protocols: []string{"ip"}}
	for i, name := range []string{s.Transport, s.Application} {
		if name = strings.ToLower(name); name != "" && i == 0 {
			t.Protocols = []string{name}
		} else if name != "" {
			t.Protocols = append(t.Protocols, name)
		}
	}
	if s.Source.Port > 0 {
		t.SourcePort = &s.Source.Port
	}
	if s.Dest.Port > 0 {
		t.DestinationPort = &s.Dest.Port
	}
	if from == "" && to == "" {
		return
	}
	if id, err := g.set.observe("network-traffic", &draft{body: t, whole: redact.Technical, label: g.label}); err == nil {
		g.refs = append(g.refs, id)
	}
}
