package convert

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/sharing/pattern"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// row is one thing observed: the machine, and the other end where one is told.
type row struct {
	source, dest           end
	transport, application string
	hashes                 stix.Hashes
	names, pages           []string // of one of two ends, and nobody says of which
}

// end is one end.
type end struct {
	ip, local, fqdn, url, account string
	port                          int
}

// fields writes a row as an event's.
func (w row) fields() []Field {
	var f fields
	w.source.fields(&f, "source.")
	w.dest.fields(&f, "destination.")
	f.add(event.FieldTransport, w.transport)
	f.add("protocol.application", w.application)
	for _, h := range hashKinds[:3] {
		f.add("malware.hash."+h.kind, strings.ToLower(w.hashes[h.algorithm]))
	}
	f.add("extra.stix_domains", strings.Join(w.names, " "))
	f.add("extra.stix_urls", strings.Join(w.pages, " "))
	return f
}

func (e end) fields(f *fields, side string) {
	f.add(side+"ip", e.ip)
	f.add(side+"local_ip", e.local)
	f.add(side+"fqdn", e.fqdn)
	f.add(side+"url", e.url)
	f.add(side+"account", e.account)
	if e.port > 0 {
		f.add(side+"port", strconv.Itoa(e.port))
	}
}

// scene is what an observation shows.
type scene struct {
	find     func(id string) stix.Body
	addrs    []string
	names    []*stix.DomainName
	urls     []string
	accounts []string
	files    []stix.Hashes
	flows    []*stix.NetworkTraffic
	networks []string
	lost     []string
	rows     []row
	used     map[string]bool // addresses that are an end of traffic
}

// scene puts the observables of an observation together as rows; a reason if there are none.
//
// Traffic makes a row, its sender the machine observed. An address that is no end of traffic makes one too. A name that resolves to an address of a row, or a
// URL on it, belongs there. Of the others, the only one of its kind belongs to the only machine; beside traffic of two ends they are kept apart, since
// nobody says of which end they are; else they are rows of their own. An address of the inside is that of the only machine.
func (r *reading) scene(o *stix.ObservedData) (rows []row, code, reason string) {
	inside, err := o.Inside()
	if err != nil {
		return nil, event.RejectSyntax, err.Error()
	}
	s := scene{used: map[string]bool{}, find: func(id string) stix.Body {
		if b := inside[id]; b != nil {
			return b
		}
		if known := r.byID[id]; known != nil {
			return known.Body
		}
		return nil
	}}
	for _, id := range o.ObjectRefs {
		s.take(id)
	}
	for _, id := range sortedKeys(inside) {
		s.take(id)
	}
	s.traffic()
	s.addresses()
	s.domains()
	s.pages()
	s.rest()
	if len(s.rows) > 0 {
		return s.rows, "", ""
	}
	switch {
	case len(s.lost) > 0:
		return nil, event.RejectMissing, fmt.Sprintf("what was seen did not come along: %s; send it together with its observables", s.lost[0])
	case len(s.networks) > 0:
		return nil, event.RejectAddress, s.networks[0] + " is a network, and an event is about one machine"
	}
	return nil, event.RejectMissing, "it names no address, domain name or URL, so nobody can tell whose it is"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// take sorts one observable.
func (s *scene) take(id string) {
	b := s.find(id)
	switch o := b.(type) {
	case nil:
		s.lost = append(s.lost, id)
	case *stix.IPv4Address:
		s.address(o.Value)
	case *stix.IPv6Address:
		s.address(o.Value)
	case *stix.DomainName:
		s.names = append(s.names, o)
	case *stix.URL:
		s.urls = append(s.urls, o.Value)
	case *stix.NetworkTraffic:
		s.flows = append(s.flows, o)
	case *stix.UserAccount:
		if o.Login != "" {
			s.accounts = append(s.accounts, o.Login)
		}
	case *stix.File:
		if len(o.Hashes) > 0 {
			s.files = append(s.files, o.Hashes)
		}
	}
}

func (s *scene) address(value string) {
	kind, value, ok := network(value)
	switch {
	case ok && kind == "ip":
		s.addrs = append(s.addrs, value)
	case ok:
		s.networks = append(s.networks, value)
	}
}

// end reads one end of traffic.
func (s *scene) end(id string, port *int) (e end) {
	switch b := s.find(id).(type) {
	case *stix.IPv4Address:
		e.ip = s.host(b.Value)
	case *stix.IPv6Address:
		e.ip = s.host(b.Value)
	case *stix.DomainName:
		e.fqdn = domainOf(b)
		s.used[e.fqdn] = true
	}
	if port != nil {
		e.port = *port
	}
	return e
}

func (s *scene) host(value string) string {
	kind, v, ok := network(value)
	if !ok || kind != "ip" {
		return ""
	}
	s.used[v] = true
	return v
}

func domainOf(b *stix.DomainName) string { return strings.ToLower(strings.TrimSuffix(b.Value, ".")) }

// traffic makes the rows of what went between two ends.
func (s *scene) traffic() {
	for _, t := range s.flows {
		w := row{source: s.end(t.Source, t.SourcePort), dest: s.end(t.Destination, t.DestinationPort)}
		if w.source.ip == "" && w.source.fqdn == "" && w.dest.ip == "" && w.dest.fqdn == "" {
			s.lost = append(s.lost, t.Source+t.Destination)
			continue
		}
		w.transport, w.application = protocols(t.Protocols)
		s.rows = append(s.rows, w)
	}
}

// transports are the protocols that carry others.
var transports = []string{"tcp", "udp", "icmp", "icmp6", "ipv6-icmp", "sctp", "dccp", "gre", "esp", "quic"}

// protocols picks what carries and what is carried out of a stack of protocols.
func protocols(list []string) (transport, application string) {
	for _, p := range list {
		switch p = strings.ToLower(p); {
		case slices.Contains(transports, p):
			transport = p
		case p != "ip" && p != "ipv4" && p != "ipv6" && p != "ethernet":
			application = p
		}
	}
	return transport, application
}

// addresses makes rows of those that are no end of traffic; one of the inside belongs to the only machine.
func (s *scene) addresses() {
	var inner []string
	for _, a := range s.addrs {
		switch ip, err := netip.ParseAddr(a); {
		case s.used[a]:
		case err == nil && ip.IsPrivate():
			inner = append(inner, a)
		default:
			s.used[a] = true
			s.rows = append(s.rows, row{source: end{ip: a}})
		}
	}
	if len(inner) == 1 && len(s.rows) == 1 {
		s.rows[0].source.local = inner[0]
		return
	}
	for _, a := range inner {
		s.rows = append(s.rows, row{source: end{ip: a}})
	}
}

// domains puts names to their addresses.
func (s *scene) domains() {
	only := s.only()
	alone := only != nil && len(s.names) == 1 && only.fqdn == ""
	for _, b := range s.names {
		name := domainOf(b)
		if s.used[name] {
			continue
		}
		if w := s.resolved(b); w != nil {
			w.fqdn = name
			continue
		}
		switch {
		case alone:
			only.fqdn = name
		case len(s.flows) > 0 && len(s.rows) > 0:
			s.rows[0].names = append(s.rows[0].names, name)
		default:
			s.rows = append(s.rows, row{source: end{fqdn: name}})
		}
	}
}

// only is the only end that there is; nil if there are several, or none.
func (s *scene) only() *end {
	if len(s.rows) != 1 {
		return nil
	}
	w := &s.rows[0]
	switch from, to := w.source.ip+w.source.fqdn+w.source.url != "", w.dest.ip+w.dest.fqdn != ""; {
	case from && to:
		return nil
	case to:
		return &w.dest
	}
	return &w.source
}

// resolved finds the end to whose address a name leads.
func (s *scene) resolved(b *stix.DomainName) *end {
	for _, id := range b.ResolvesTo {
		var value string
		switch a := s.find(id).(type) {
		case *stix.IPv4Address:
			_, value, _ = network(a.Value)
		case *stix.IPv6Address:
			_, value, _ = network(a.Value)
		}
		for i := range s.rows {
			for _, e := range []*end{&s.rows[i].source, &s.rows[i].dest} {
				if value != "" && e.ip == value && e.fqdn == "" {
					return e
				}
			}
		}
	}
	return nil
}

// pages puts URLs to their hosts.
func (s *scene) pages() {
	only := s.only()
	alone := only != nil && len(s.urls) == 1
	for _, text := range s.urls {
		u, err := url.Parse(text)
		host := ""
		if err == nil {
			host, _ = pattern.Domain.Normal(u.Hostname())
		}
		e := s.hosted(host)
		switch {
		case e != nil:
			e.url = text
		case alone && only.url == "":
			only.url = text
		case len(s.flows) > 0 && len(s.rows) > 0:
			s.rows[0].pages = append(s.rows[0].pages, text)
		default:
			s.rows = append(s.rows, row{source: end{url: text}})
		}
	}
}

func (s *scene) hosted(host string) *end {
	for i := range s.rows {
		for _, e := range []*end{&s.rows[i].source, &s.rows[i].dest} {
			if host != "" && (e.ip == host || e.fqdn == host) && e.url == "" {
				return e
			}
		}
	}
	return nil
}

// rest gives what can be of one machine only to that, and a file to all.
func (s *scene) rest() {
	if len(s.accounts) == 1 && len(s.rows) == 1 {
		s.rows[0].source.account = s.accounts[0]
	}
	if len(s.files) != 1 {
		return
	}
	for i := range s.rows {
		s.rows[i].hashes = s.files[0]
	}
}
