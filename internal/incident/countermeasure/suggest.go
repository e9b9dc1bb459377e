package countermeasure

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// Suggestion is a party that can likely act, and why. A person chooses.
type Suggestion struct {
	Party  Party  `json:"party"`
	Reason string `json:"reason"`          // a code: where it comes from
	About  string `json:"about,omitempty"` // what was asked about, such as an address
}

// Where suggestions come from, as codes.
const (
	FromRegister = "register"    // our register has the address or domain as theirs
	FromRDAP     = "rdap"        // the registry names them as the network's abuse contact
	FromRegistry = "rdap-domain" // the registry names them as the domain's registrar
	FromConfig   = "provider"    // the configuration has their abuse API
	FromHosts    = "cdn"         // by its network or name, a content network stands before the site
)

// Suggestions are whom to ask, the likeliest first, and what was not asked and why.
type Suggestions struct {
	Parties []Suggestion `json:"parties"`
	Notes   []string     `json:"notes,omitempty"` // codes
}

// What was not asked, and why, as codes.
const (
	NotedPassive = "pap-passive" // the PAP forbids to ask registries
	NotedActive  = "pap-active"  // the PAP forbids to ask the DNS of the target
	NotedOff     = "rdap-off"    // the configuration does not allow it
	NotedFailed  = "failed"      // a registry did not answer
	NotedOrigin  = "origin"      // compromised or malicious is not answered: that decides whom to ask
	NotedOwner   = "owner"       // it was made for its purpose: its owner is left out
	NotedHidden  = "cdn"         // a content network hides where the site is
	NotedForAll  = "for-all"     // anybody gets a mailbox there: its registrar is left out
)

// inquiry collects suggestions.
type inquiry struct {
	s     *Service
	ctx   context.Context
	actor identity.Actor
	r     *record
	pap   tlp.PAP
	ask   bool     // registries and the DNS may be asked now
	left  []string // mail addresses of owners who are left out
	alias string   // what the name of the site stands for in the DNS
	out   Suggestions
}

// Suggest says who can act, by the asset's kind and whether it was compromised: from the register, and with ask from registries (RDAP) and the DNS as far
// as the incident's PAP and the configuration allow. Errors: NotFound.
func (s *Service) Suggest(ctx context.Context, actor identity.Actor, name string, ask bool) (Suggestions, error) {
	op := OpRead
	if ask {
		op = OpEdit
	}
	if err := actor.Authorise(op, name); err != nil {
		return Suggestions{}, err
	}
	q := &inquiry{s: s, ctx: ctx, actor: actor, ask: ask, out: Suggestions{Parties: []Suggestion{}}}
	var about string
	if err := s.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) { about, err = of(tx, name); return err }); err != nil {
		return Suggestions{}, err
	}
	err := s.o.Incidents.Look(ctx, actor, OpRead, about, func(tx *sqldb.Tx, in *incident.Inside) (err error) {
		q.pap = in.PAP
		q.r, err = s.one(tx, in, name)
		return err
	})
	if err != nil {
		return Suggestions{}, hidden(err, about, name)
	}
	if err := q.run(); err != nil {
		return Suggestions{}, err
	}
	return q.out, nil
}

func (q *inquiry) run() error {
	domain, addr := q.r.Asset.parts()
	if q.r.Checklist.Origin == "" {
		q.note(NotedOrigin)
	}
	search := q.site
	if q.r.Asset.Kind == Mailbox {
		search = q.mailbox
	}
	if err := search(domain, addr); err != nil {
		return err
	}
	for _, p := range q.s.o.Providers {
		q.add(Suggestion{Party: Party{Party: incident.Party{Name: p.Name}, Role: SomeParty, Provider: p.Name}, Reason: FromConfig})
	}
	q.sort()
	return nil
}

// site asks who can act about what is reached by its name or address.
func (q *inquiry) site(domain string, addr netip.Addr) error {
	addrs := []netip.Addr{addr}
	if domain != "" {
		err := q.each(func() error { return q.who(domain, Owner) }, func() error { return q.registrar(domain) }, func() error { return q.standsFor(domain) })
		if err == nil && !addr.IsValid() {
			addrs, err = q.resolve(domain)
		}
		if err != nil {
			return err
		}
	}
	return q.at(addrs, Hoster)
}

// mailbox asks who can act about a mailbox: who holds the domain's mail. Its registrar can end the domain with all mailboxes in it: they are asked only
// about one that was registered for the purpose.
func (q *inquiry) mailbox(domain string, addr netip.Addr) error {
	if domain == "" {
		return q.at([]netip.Addr{addr}, MailHost)
	}
	if err := q.who(domain, MailHost); err != nil {
		return err
	}
	list, err := q.exchangers(domain)
	for _, host := range list {
		var addrs []netip.Addr
		if err == nil && host != domain {
			err = q.who(host, MailHost)
		}
		if err == nil {
			addrs, err = q.resolve(host)
		}
		if err == nil {
			err = q.at(addrs, MailHost)
		}
	}
	if err != nil || q.r.Checklist.Origin != Malicious {
		return err
	}
	if forAll(domain) {
		q.note(NotedForAll)
		return nil
	}
	return q.registrar(domain)
}

func (q *inquiry) each(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// at asks about addresses.
func (q *inquiry) at(addrs []netip.Addr, role Role) error {
	for _, addr := range addrs {
		if addr.IsValid() {
			if err := q.who(addr.String(), role); err != nil {
				return err
			}
		}
	}
	return nil
}

// parts are the domain and the address of an asset, as far as it has them.
func (a Asset) parts() (domain string, addr netip.Addr) {
	addr, _ = netip.ParseAddr(a.Seen)
	switch a.Kind {
	case URL:
		if u, err := url.Parse(a.Value); err == nil {
			domain = strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
		}
	case Domain:
		domain = a.Value
	case Mailbox:
		_, domain, _ = strings.Cut(a.Value, "@")
	case Address:
		addr, _ = netip.ParseAddr(a.Value)
	}
	if named, err := netip.ParseAddr(domain); err == nil {
		domain, addr = "", named
	}
	return domain, addr
}

// who asks the register, and by it the registry of a network.
func (q *inquiry) who(about string, role Role) error {
	if q.s.o.Who == nil {
		return nil
	}
	rdap := false
	_, named := netip.ParseAddr(about)
	if named == nil && q.ask {
		var err error
		if rdap, err = q.allowed("rdap", release.Passive, NotedPassive); err != nil {
			return err
		}
	}
	a, err := q.s.o.Who(q.ctx, q.actor, constituency.Question{Text: about, RDAP: rdap})
	if err != nil {
		return err
	}
	if role == Hoster {
		role = q.front(a.ASN)
	}
	asked := slices.ContainsFunc(a.Chain, func(s constituency.Step) bool {
		return s.Step == constituency.StepRDAP && s.Result == constituency.ResultTold
	})
	for _, c := range a.Contacts {
		if c.Channel != constituency.Mail {
			continue
		}
		from, as := FromRegister, role
		if asked {
			from = FromRDAP
		} else if role == Hoster && q.r.Checklist.Origin != Malicious && a.Told == a.Organisation && a.Organisation != "" {
			as = Owner // of the network; who did it on purpose has it from them
		}
		q.add(Suggestion{Party: Party{Party: incident.Party{Name: cmp.Or(c.Organisation, a.Told), Email: c.Address}, Role: as}, Reason: from, About: about})
	}
	return nil
}

// front is the role of who answers at an address: a content network is named, also if nobody knows how to reach it.
func (q *inquiry) front(asn uint32) Role {
	name := before(asn, q.alias)
	if name == "" {
		return Hoster
	}
	q.note(NotedHidden)
	q.add(Suggestion{Party: Party{Party: incident.Party{Name: name}, Role: CDN}, Reason: FromHosts, About: cmp.Or(q.alias, name)})
	return CDN
}

// registrar asks the registry of a domain.
func (q *inquiry) registrar(domain string) error {
	if !q.ask {
		return nil
	}
	if q.s.o.Registered == nil {
		q.note(NotedOff)
		return nil
	}
	may, err := q.allowed("rdap", release.Passive, NotedPassive)
	if err != nil || !may {
		return err
	}
	registered, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		registered = domain
	}
	a, err := q.s.o.Registered(q.ctx, registered)
	if problem.Is(err, problem.Forbidden) {
		q.note(NotedPassive)
		return nil
	}
	if err != nil {
		q.note(NotedFailed)
		return nil //nolint:nilerr // what a registry does not answer keeps nobody from asking others
	}
	for _, c := range a.Contacts {
		q.add(Suggestion{Party: Party{Party: incident.Party{Name: cmp.Or(c.Name, c.Mail), Email: c.Mail}, Role: Registrar}, Reason: FromRegistry, About: registered})
	}
	return nil
}

// resolve asks the DNS for the addresses of a name: that reaches servers of the target.
func (q *inquiry) resolve(domain string) ([]netip.Addr, error) {
	if !q.ask || q.s.o.Resolve == nil {
		return nil, nil
	}
	may, err := q.allowed("dns", release.Active, NotedActive)
	if err != nil || !may {
		return nil, err
	}
	list, err := q.s.o.Resolve(q.ctx, domain)
	if err != nil {
		q.note(NotedFailed)
		return nil, nil //nolint:nilerr // as above
	}
	return list[:min(len(list), 4)], nil
}

// standsFor asks the DNS what the name of the site stands for.
func (q *inquiry) standsFor(domain string) error {
	if !q.ask || q.s.o.Alias == nil {
		return nil
	}
	may, err := q.allowed("dns", release.Active, NotedActive)
	if err != nil || !may {
		return err
	}
	alias, err := q.s.o.Alias(q.ctx, domain)
	if alias = strings.TrimSuffix(alias, "."); err == nil && alias != domain {
		q.alias = clip(line(alias), 253)
	}
	return nil // a name that stands for no other is none that failed
}

// exchangers asks the DNS who takes the mail of a domain; without an answer it is the domain itself (RFC 5321 section 5.1).
func (q *inquiry) exchangers(domain string) ([]string, error) {
	if !q.ask || q.s.o.Mail == nil {
		return nil, nil
	}
	may, err := q.allowed("dns", release.Active, NotedActive)
	if err != nil || !may {
		return nil, err
	}
	found, err := q.s.o.Mail(q.ctx, domain)
	var dns *net.DNSError
	if err != nil && (!errors.As(err, &dns) || !dns.IsNotFound) {
		q.note(NotedFailed)
		return nil, nil //nolint:nilerr // as above
	}
	list := []string{}
	for _, host := range found {
		if host = strings.ToLower(strings.TrimSuffix(host, ".")); host != "" && len(list) < 3 { // a dot alone: it takes none (RFC 7505)
			list = append(list, host)
		}
	}
	if len(found) == 0 {
		list = append(list, domain)
	}
	return list, nil
}

// allowed asks release; a refusal is noted.
func (q *inquiry) allowed(to string, touch release.Touch, code string) (ok bool, err error) {
	err = q.s.o.DB.Write(q.ctx, func(tx *sqldb.Tx) error {
		d, err := q.s.o.Release.ForLookup(tx, q.actor, q.r.ID, to, touch, q.pap)
		ok = d.Allowed
		return err
	})
	if err == nil && !ok {
		q.note(code)
	}
	return ok, err
}

func (q *inquiry) note(code string) {
	if !slices.Contains(q.out.Notes, code) {
		q.out.Notes = append(q.out.Notes, code)
	}
}

func (q *inquiry) add(s Suggestion) {
	if s.Party.Role == Owner && q.r.Checklist.Origin == Malicious {
		q.left = append(q.left, s.Party.Email)
		q.note(NotedOwner)
		return
	}
	same := func(t Suggestion) bool {
		return t.Party.Role == s.Party.Role && t.Party.Email == s.Party.Email && t.Party.Provider == s.Party.Provider
	}
	if !slices.ContainsFunc(q.out.Parties, same) {
		q.out.Parties = append(q.out.Parties, s)
	}
}

// likeliest are the roles in the order in which they can act about a site; ofMail, about a mailbox.
var (
	likeliest = map[Origin][]Role{
		Compromised: {Owner, Hoster, CDN, Upstream, Registrar, Registry, CSIRT},
		Malicious:   {Registrar, Hoster, CDN, Registry, Upstream, CSIRT},
		"":          {Hoster, Owner, Registrar, CDN, Registry, Upstream, CSIRT},
	}
	ofMail = []Role{MailHost, Owner, Hoster, Upstream, Registrar, Registry, CSIRT}
)

// sort puts the likeliest first. Of what was made for the purpose, the owner is who did it: they are not told, whatever they are beside.
func (q *inquiry) sort() {
	q.out.Parties = slices.DeleteFunc(q.out.Parties, func(s Suggestion) bool { return s.Party.Email != "" && slices.Contains(q.left, s.Party.Email) })
	order := likeliest[q.r.Checklist.Origin]
	if q.r.Asset.Kind == Mailbox {
		order = ofMail
	}
	rank := func(s Suggestion) int {
		if i := slices.Index(order, s.Party.Role); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(q.out.Parties, func(a, b Suggestion) int { return cmp.Compare(rank(a), rank(b)) })
}
