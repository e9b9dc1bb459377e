package pattern

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/event"
)

// Sight is what one of our events says, as far as patterns can ask for it. Source is the machine observed, destination the other end.
type Sight struct {
	Time                   time.Time
	Count                  int
	Source, Dest           Side
	Transport, Application string
	MD5, SHA1, SHA256      string // of malware
	UserAgent              string
}

// Side is one end.
type Side struct {
	Addr, Local netip.Addr // Local: inside its own network
	Port        int        // 0: not known
	ASN         int64
	FQDN, URL   string
	Account     string
}

// Observation makes an observation of it: addresses, their AS, domain names that resolve to them, URLs, the traffic between the two
// ends, a file by its hashes, accounts.
func (s Sight) Observation() Observation {
	b := builder{Observation: Observation{First: s.Time, Last: s.Time, Count: s.Count, Things: make([]Thing, 0, 8)}}
	from, to := b.side(s.Source), b.side(s.Dest)
	b.traffic(s, from, to)
	var hashes Properties
	for _, h := range [...]Property{{"MD5", s.MD5}, {"SHA-1", s.SHA1}, {"SHA-256", s.SHA256}} {
		if h.Value != "" {
			hashes = append(hashes, h)
		}
	}
	if hashes != nil {
		b.add("file", Properties{{"hashes", hashes}})
	}
	return b.Observation
}

// builder gathers things.
type builder struct{ Observation }

// add adds a thing and gives the id by which others refer to it.
func (b *builder) add(typ string, p Properties) string {
	id := typ + "/" + strconv.Itoa(len(b.Things))
	b.Things = append(b.Things, Thing{typ, id, p})
	return id
}

// side adds what is known of one end, and gives what stands for it in traffic: its address, or else its name.
func (b *builder) side(s Side) (ref string) {
	b.addr(s.Local, "")
	as := ""
	if s.ASN > 0 {
		as = b.add("autonomous-system", Properties{{"number", s.ASN}})
	}
	ref = b.addr(s.Addr, as)
	if s.FQDN != "" {
		p := Properties{{"value", s.FQDN}}
		if ref != "" {
			p = append(p, Property{"resolves_to_refs", List{ref}})
		}
		if name := b.add("domain-name", p); ref == "" {
			ref = name
		}
	}
	if s.URL != "" {
		b.add("url", Properties{{"value", s.URL}})
	}
	if s.Account != "" {
		b.add("user-account", Properties{{"account_login", s.Account}})
	}
	return ref
}

func (b *builder) addr(a netip.Addr, as string) string {
	if !a.IsValid() {
		return ""
	}
	typ := "ipv6-addr"
	if a = a.Unmap(); a.Is4() {
		typ = "ipv4-addr"
	}
	p := Properties{{"value", a.String()}}
	if as != "" {
		p = append(p, Property{"belongs_to_refs", List{as}})
	}
	return b.add(typ, p)
}

// traffic adds what went from one end to the other.
func (b *builder) traffic(s Sight, from, to string) {
	if from == "" && to == "" {
		return
	}
	when := s.Time.UTC().Format("2006-01-02T15:04:05.000Z")
	p := Properties{{"start", when}, {"end", when}}
	for _, x := range [...]struct {
		ref, port, id string
		number        int
	}{{"src_ref", "src_port", from, s.Source.Port}, {"dst_ref", "dst_port", to, s.Dest.Port}} {
		if x.id != "" {
			p = append(p, Property{x.ref, x.id})
		}
		if x.number > 0 {
			p = append(p, Property{x.port, int64(x.number)})
		}
	}
	var protocols List
	for _, name := range [...]string{s.Transport, s.Application} {
		if name != "" {
			protocols = append(protocols, name)
		}
	}
	p = append(p, Property{"protocols", protocols})
	if s.UserAgent != "" {
		header := Properties{{"User-Agent", List{s.UserAgent}}}
		p = append(p, Property{"extensions", Properties{{"http-request-ext", Properties{{"request_header", header}}}}})
	}
	b.add("network-traffic", p)
}

// Rows reads sights from a batch of events.
type Rows struct {
	batch  *event.Batch
	source ends
	dest   ends
	column map[string]*event.Column
}

// ends are the columns of one end.
type ends struct{ addr, local, port, asn, fqdn, url, account *event.Column }

// others are the columns that tell of neither end.
var others = []string{event.FieldTime, event.FieldTransport, "protocol.application", "malware.hash.md5", "malware.hash.sha1", "malware.hash.sha256", "user_agent"}

// Fields are the columns of which sights are made.
func Fields() []string {
	out := append([]string(nil), others...)
	for _, side := range []string{"source", "destination"} {
		for _, f := range []string{".ip", ".local_ip", ".port", ".asn", ".fqdn", ".url", ".account"} {
			out = append(out, side+f)
		}
	}
	return out
}

// NewRows reads a batch; it must not change meanwhile.
func NewRows(b *event.Batch) *Rows {
	side := func(s string) ends {
		return ends{
			b.Find(s + ".ip"), b.Find(s + ".local_ip"), b.Find(s + ".port"), b.Find(s + ".asn"), b.Find(s + ".fqdn"), b.Find(s + ".url"), b.Find(s + ".account"),
		}
	}
	r := &Rows{batch: b, source: side("source"), dest: side("destination"), column: map[string]*event.Column{}}
	for _, name := range others {
		r.column[name] = b.Find(name)
	}
	return r
}

// Len is how many there are.
func (r *Rows) Len() int { return r.batch.Rows() }

// At gives row i.
func (r *Rows) At(i int) Sight {
	s := Sight{
		Count: 1, Source: r.source.at(i), Dest: r.dest.at(i),
		Transport: words(r.column[event.FieldTransport], i), Application: words(r.column["protocol.application"], i),
		MD5: words(r.column["malware.hash.md5"], i), SHA1: words(r.column["malware.hash.sha1"], i), SHA256: words(r.column["malware.hash.sha256"], i),
		UserAgent: words(r.column["user_agent"], i),
	}
	if ms := number(r.column[event.FieldTime], i); ms != 0 {
		s.Time = time.UnixMilli(ms).UTC()
	}
	return s
}

func (e ends) at(i int) Side {
	return Side{addr(e.addr, i), addr(e.local, i), int(number(e.port, i)), number(e.asn, i), words(e.fqdn, i), words(e.url, i), words(e.account, i)}
}

func words(c *event.Column, i int) string {
	if c == nil {
		return ""
	}
	return string(c.Bytes(i))
}

func number(c *event.Column, i int) int64 {
	if c == nil || c.IsNull(i) {
		return 0
	}
	return c.Int64(i)
}

func addr(c *event.Column, i int) netip.Addr {
	if c == nil {
		return netip.Addr{}
	}
	return c.AddrAt(i)
}
